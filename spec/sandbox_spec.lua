-- The sandbox as other tools see it: curl asks, openssl signs, jq and cmp judge.  Runs inside a
-- sandbox: sandbox/start -- busted spec/sandbox_spec.lua
-- Only on lua5.4: none of the module's code runs here.

local function quote(text) return "'" .. tostring(text):gsub("'", "'\\''") .. "'" end

-- The output of a shell command without its last line break, and its exit status.
local function shell(command)
  local pipe = assert(io.popen("( " .. command .. "\n) 2>&1; code=$?; echo; echo $code"))
  local output, status = pipe:read("*a"):match("^(.*)\n(%d+)\n$")
  pipe:close()
  return (output:gsub("\n$", "")), tonumber(status)
end

local function env(name)
  return os.getenv("FACEQUERY_" .. name) or error("run this inside sandbox/start", 2)
end

local NONCE = ("n0NCE567"):rep(4)

describe("the sandbox", function()
  local folder, media

  setup(function()
    folder = shell("mktemp -d")
    media = env("SANDBOX_DIR") .. "/sandbox/media/"
  end)

  teardown(function() shell("rm -rf " .. quote(folder)) end)

  -- GET, or POST where said: body, HTTP status.
  local function ask(path, method)
    local output = shell(("curl -s --cacert %s -X %s -w '\\n%%{http_code}' %s"):format(
      quote(env("CA_FILE")), method or "GET", quote(env("BASE_URL") .. path)))
    local body, status = output:match("^(.*)\n(%d+)$")
    return body, tonumber(status)
  end

  local function jq(filter, text)
    return (shell("printf %s " .. quote(text) .. " | jq -r " .. quote(filter)))
  end

  before_each(function() ask("/sandbox/reset", "POST") end)

  local function sign(values)
    for i, value in ipairs(values) do values[i] = quote(value) end
    return shell("printf '%s\\n' " .. table.concat(values, " ")
      .. " | LC_ALL=C sort | tr -d '\\n' | openssl sha1 -r | cut -c 1-40 | tr a-f A-F")
  end

  -- Asks for an order.  `fields` replace fields of the body (false leaves one out); `options`:
  -- ticket, url (path and parameters), type, body, curl (more arguments).
  local function query(order, fields, options)
    fields, options = fields or {}, options or {}
    local all = {
      appId = env("APP_ID"), version = "1.0.0", nonce = NONCE, orderNo = order, getFile = "1",
    }
    for name, value in pairs(fields) do all[name] = value end
    all.sign = all.sign
      or sign { all.appId or "", all.orderNo or "", all.version or "", all.nonce or "",
        options.ticket or env("TICKET") }
    if fields.sign == false then all.sign = nil end
    local members = {}
    for name, value in pairs(all) do
      if value then
        members[#members + 1] = ('"%s":%s'):format(name,
          type(value) == "string" and '"' .. value .. '"' or tostring(value))
      end
    end
    local answer, headers = folder .. "/answer", folder .. "/headers"
    local url = env("BASE_URL")
      .. (options.url or "/api/v2/base/queryfacerecord?orderNo=" .. order)
    local output, exit = shell(("rm -f %s %s; curl -s --cacert %s -H %s -d %s -o %s -D %s "
      .. "-w '%%{http_code} %%{http_version} %%{size_download} %%{redirect_url}' %s %s"):format(
      answer, headers, quote(env("CA_FILE")),
      quote("Content-Type: " .. (options.type or "application/json")),
      quote(options.body or "{" .. table.concat(members, ",") .. "}"), answer, headers,
      options.curl or "", quote(url)))
    local status, version, size, redirect = output:match("^(%d+) (%S+) (%d+) (.*)$")
    return {
      exit = exit, status = tonumber(status), version = version, size = tonumber(size),
      redirect = redirect, file = answer, headers = shell("cat " .. headers),
      jq = function(filter)
        return (shell("jq -r " .. quote(filter) .. " " .. answer))
      end,
    }
  end

  local function code(...) return query(...).jq(".code") end

  -- Whether a medium in the answer, as jq finds it, is this file.
  local function holds(answer, filter, path)
    local text, status = shell(("jq -rj %s %s | base64 -di | cmp - %s"):format(quote(filter),
      answer.file, quote(media .. path)))
    assert(status == 0, text)
  end

  local function is_verified(answer)
    assert.equal("0", answer.jq(".code"))
    holds(answer, ".result.photo", "photo.jpg")
    holds(answer, ".result.video", "video.mp4")
  end

  describe("checks", function()
    it("signs by the page's rule", function()
      assert.equal("D7606F1741DDCF90757DA924EDCF152A200AC7F0", sign {
        "IDAXXXXX", "userID19959248596551", "1.0.0",
        "XO99Qfxlti9iTVgHAjwvJdAZKN3nMuUhrsPdPlPVKlcyS50N6tlLnfuFBPIucaMS",
        "kHoSxvLZGxSoFsjxlbzEoUzh5PAnTU7T",
      })
      assert.equal("0", code("verified1"))
    end)

    it("takes a sign in either case, and a nonce a second time", function()
      local lower = sign { env("APP_ID"), "verified1", "1.0.0", NONCE, env("TICKET") }:lower()
      assert.equal("0", code("verified1", { sign = lower }))
      assert.equal("0", code("verified1", { sign = lower }))
    end)

    it("refuses a sign that does not match", function()
      assert.equal("400105", code("verified1", { sign = ("0"):rep(40) }))
      assert.equal("400105", code("verified1", {}, { ticket = "another" }))
      assert.equal("2", jq(".refused_signs", (ask("/sandbox/counters"))))
    end)

    it("refuses any field that is missing, of another type or of a wrong length", function()
      local wrong = {
        appId = { false, 12345678, "IDAXXXXXX", "" },
        version = { false, 1, ("1"):rep(21) },
        nonce = { false, 1, NONCE:sub(2), NONCE .. "1", NONCE:sub(2) .. "-" },
        orderNo = { false, 1, ("1"):rep(33), "a-b", "" },
        sign = { false, 1, ("A"):rep(39), ("A"):rep(41), ("G"):rep(40) },
        getFile = { 1, true, "11", "null" },
        queryVersion = { 1.0, "1.0000000" },
      }
      for name, values in pairs(wrong) do
        for _, value in ipairs(values) do
          local fields = { [name] = value }
          local options
          if value == "null" then -- as JSON's null
            options = { body = '{"appId":"IDAXXXXX","version":"1.0.0","nonce":"' .. NONCE
              .. '","orderNo":"verified1","sign":"' .. ("A"):rep(40) .. '","getFile":null}' }
          end
          local answer = query("verified1", fields, options)
          assert.equal("66660000", answer.jq(".code"))
          assert.matches(": " .. name .. "$", answer.jq(".msg"))
        end
      end
    end)

    it("refuses a body that is not a JSON object", function()
      for _, body in ipairs { "", "[]", "null", "{", "appId=IDAXXXXX" } do
        local answer = query("verified1", {}, { body = body })
        assert.equal("66660000", answer.jq(".code"))
      end
    end)

    it("refuses another order number in the url, or none", function()
      local path = "/api/v2/base/queryfacerecord"
      assert.equal("66660000", code("verified1", {}, { url = path }))
      assert.equal("66660000", code("verified1", {}, { url = path .. "?orderNo=verified2" }))
    end)

    it("refuses another version, another app and another content type", function()
      assert.equal("400502", code("verified1", { version = "1.0.1" }))
      assert.equal("400101", code("verified1", { appId = "IDAYYYYY" }))
      local answer = query("verified1", {}, { type = "text/plain" })
      assert.equal("66660000", answer.jq(".code"))
      assert.matches("Content%-Type", answer.jq(".msg"))
      assert.equal("0", code("verified1", {}, { type = "application/json; charset=utf-8" }))
    end)

    it("answers POST alone, and nothing elsewhere", function()
      local _, status = ask("/api/v2/base/queryfacerecord?orderNo=verified1")
      assert.equal(405, status)
      assert.equal(404, query("verified1", {}, { url = "/elsewhere" }).status)
    end)

    it("speaks HTTP/2 and 1.1 over TLS 1.3 and 1.2, and no older one", function()
      assert.equal("2", query("verified1").version)
      assert.equal("1.1", query("verified1", {}, { curl = "--http1.1 --tls-max 1.2" }).version)
      assert.equal("2", query("verified1", {}, { curl = "--tlsv1.3" }).version)
      assert.equal(35, query("verified1", {},
        { curl = "--tls-max 1.1 --tlsv1.0 --ciphers DEFAULT@SECLEVEL=0" }).exit)
    end)

    it("has a certificate for localhost and 127.0.0.1, from its own authority alone", function()
      local url = env("BASE_URL") .. "/sandbox/neighbour"
      local ca = " --cacert " .. quote(env("CA_FILE")) .. " "
      assert.equal("ok", (shell("curl -s" .. ca .. url)))
      assert.equal("ok", (shell("curl -s" .. ca .. url:gsub("localhost", "127.0.0.1"))))
      assert.equal(60, select(2, shell("curl -s " .. url)))
    end)
  end)

  describe("order numbers", function()
    it("answer with the page's fields and the files asked for", function()
      local answer = query("verified1")
      assert.equal("application/json;charset=UTF-8",
        answer.headers:match("content%-type: ([^\r\n]*)"))
      assert.equal("bizSeqNo,code,msg,result,transactionTime", answer.jq('keys|join(",")'))
      assert.equal("appId,bizSeqNo,liveRate,occurredTime,orderNo,photo,similarity,video",
        answer.jq('.result|keys|join(",")'))
      assert.equal("verified1", answer.jq(".result.orderNo"))
      assert.equal("请求成功", answer.jq(".msg"))
      assert.matches("^%d+$", answer.jq(".bizSeqNo"))
      assert.equal(32, #answer.jq(".bizSeqNo"))
      assert.matches("^20%d+$", answer.jq(".transactionTime"))
      assert.equal(14, #answer.jq(".transactionTime"))
      is_verified(answer)
    end)

    it("give the photo for 2, the video for 3, no file for anything else", function()
      local files = '.result|[has("photo","video")]|join(",")'
      assert.equal("true,false", query("verified1", { getFile = "2" }).jq(files))
      assert.equal("false,true", query("verified1", { getFile = "3" }).jq(files))
      assert.equal("false,false", query("verified1", { getFile = "0" }).jq(files))
      assert.equal("false,false", query("verified1", { getFile = "" }).jq(files))
      assert.equal("false,false", query("verified1", { getFile = false }).jq(files))
    end)

    it("give sdkVersion and trtcFlag for queryVersion 1.0", function()
      assert.equal("1.12.12 Y", query("verified1", { queryVersion = "1.0" })
        .jq('.result.sdkVersion + " " + .result.trtcFlag'))
      assert.equal("false", query("verified1", { queryVersion = "2.0" })
        .jq('.result|has("sdkVersion")'))
    end)

    it("late: the files come with the third query that asks for them", function()
      local files = '.result|tojson|fromjson|[has("photo"),.photo,has("video"),.video]|tojson'
      query("late1", { getFile = "0" })
      assert.equal("[false,null,false,null]", query("late1").jq(files))
      query("late1", { getFile = "0" })
      assert.equal('[true,"",true,null]', query("late1").jq(files))
      is_verified(query("late1"))
      assert.equal("[false,null,false,null]", query("late2").jq(files))
    end)

    it("png, nomedia, flat, dataurl, unpadded", function()
      holds(query("png1"), ".result.photo", "photo.png")
      assert.equal("true null", query("nomedia1")
        .jq('.result|"\\(has("photo")) \\(.photo)"'))
      local flat = query("flat1")
      assert.equal("flat1 99 false", flat.jq('"\\(.orderNo) \\(.liveRate) \\(has("result"))"'))
      holds(flat, ".photo", "photo.jpg")
      local url = query("dataurl1")
      holds(url, '.result.photo|ltrimstr("data:image/jpeg;base64,")', "photo.jpg")
      holds(url, '.result.video|ltrimstr("data:video/mp4;base64,")', "video.mp4")
      assert.equal("data:image/jpeg;base64,/9j/", url.jq(".result.photo[0:27]"))
      local unpadded = query("unpadded1")
      assert.equal("2 false",
        unpadded.jq('.result.photo|"\\(length % 4) \\(contains("="))"'))
      holds(unpadded, '.result.photo + "=="', "photo.jpg")
    end)

    it("rejected: the reason, the scores and the files; or no files", function()
      local answer = query("rejected1")
      assert.equal("66660004 03,12 88.01",
        answer.jq('"\\(.code) \\(.result.RiskInfo.livenessInfoTag) \\(.result.similarity)"'))
      holds(answer, ".result.photo", "photo.jpg")
      assert.equal("66660004 03,12 false", query("rejectednomedia1").jq(
        '"\\(.code) \\(.result.RiskInfo.livenessInfoTag) \\(.result|has("photo"))"'))
    end)

    it("rejectedlate: the same, the files with the third query that asks for them", function()
      local function files() return query("rejectedlate1").jq(
        '[.code, .result.RiskInfo.livenessInfoTag, .result.photo, .result.video]|tojson') end
      query("rejectedlate1", { getFile = "0" })
      assert.equal('["66660004","03,12",null,null]', files())
      assert.equal('["66660004","03,12","",null]', files())
      local answer = query("rejectedlate1")
      holds(answer, ".result.photo", "photo.jpg")
      holds(answer, ".result.video", "video.mp4")
    end)

    it("codeN, codeminusN and unknown words: that code", function()
      local answer = query("code66660017")
      assert.equal("66660017 验证次数超限 code66660017",
        answer.jq('"\\(.code) \\(.msg) \\(.orderNo)"'))
      assert.equal("400504", code("code400504x7"))
      assert.equal("-1101", code("codeminus1101x7"))
      assert.equal("66660011 无此查询结果", query("nobody1").jq('"\\(.code) \\(.msg)"'))
      for _, order in ipairs { "verifiedA1", "Verified1", "1", "code1y", "size1x1x1" } do
        assert.equal("66660011", code(order))
      end
    end)

    it("unknownfields: new fields and other types", function()
      local answer = query("unknownfields1")
      assert.equal("number number true",
        answer.jq('"\\(.code|type) \\(.result.liveRate|type) \\(has("newObject"))"'))
      holds(answer, ".result.photo", "photo.jpg")
    end)

    it("escaped, linebroken: the same files behind the escapes", function()
      is_verified(query("escaped1"))
      assert.equal(0, select(2, shell([[grep -qF '"\u0070hoto":"\u002f' ]] .. folder .. "/answer")))
      assert.equal(0, select(2, shell([[grep -qF '\/' ]] .. folder .. "/answer")))
      local broken = query("linebroken1")
      is_verified(broken)
      assert.equal("76", broken.jq('.result.video|split("\\r\\n")|.[1]|length'))
    end)

    it("badbase64, cutbase64: a photo that cannot be decoded", function()
      assert.equal("*", query("badbase641").jq(".result.photo[1000:1001]"))
      assert.equal("1001", query("cutbase641").jq(".result.photo|length"))
    end)

    it("cutjson, notjson, array, trailing, deep, fullwidth: not one plain JSON object", function()
      local cut = query("cutjson1")
      assert.equal(0, cut.exit)
      assert.equal(tostring(cut.size), cut.headers:match("content%-length: (%d+)"))
      assert.matches("Unfinished", (shell("jq . " .. cut.file)))
      local page = query("notjson1")
      assert.equal(200, page.status)
      assert.matches("text/html", page.headers, 1, true)
      assert.equal("array", query("array1").jq("type"))
      assert.equal("object\nobject", query("trailing1").jq("type"))
      assert.equal("100000", (shell("tr -dc '[' <" .. query("deep1").file .. " | wc -c")))
      local sample = query("fullwidth1")
      assert.equal("”,”photo”:”", (shell("grep -o '”,”photo”:”' " .. sample.file)))
      assert.equal("1617091885609174325769165852",
        (shell("grep -o 1617091885609174325769165852 " .. sample.file)))
    end)

    it("bigenvelope, wrongorder, noorder", function()
      assert.equal("2097152", query("bigenvelope1").jq(".padding|length"))
      assert.equal("someoneelse1", query("wrongorder1").jq(".result.orderNo"))
      assert.equal("false false", query("noorder1").jq(
        '"\\(has("orderNo")) \\(.result|has("orderNo"))"'))
    end)

    it("gzip: compressed for those who accept it, and for that word alone", function()
      local answer = query("gzip1", {}, { curl = "--compressed" })
      assert.matches("content%-encoding: gzip", answer.headers)
      is_verified(answer)
      assert.not_matches("content%-encoding", query("gzip1").headers)
      assert.not_matches("content%-encoding",
        query("verified1", {}, { curl = "--compressed" }).headers)
    end)

    it("httpN: that status; 3xx lead elsewhere", function()
      assert.equal(503, query("http503").status)
      assert.equal(404, query("http404x1").status)
      local answer = query("http302x1")
      assert.equal(302, answer.status)
      assert.equal(env("SANDBOX_HTTP") .. "/sandbox/neighbour", answer.redirect)
    end)

    it("flaky, ratelimit: better the next time", function()
      assert.equal(503, query("flaky1").status)
      is_verified(query("flaky1"))
      assert.equal("400504", code("ratelimit1"))
      assert.equal("400504", code("ratelimit1"))
      is_verified(query("ratelimit1"))
    end)

    it("cut, cutonce: the connection ends half-way", function()
      for _, order in ipairs { "cut1", "cut1", "cutonce1" } do
        local answer = query(order, {}, { curl = "--http1.1" })
        -- CURLE_PARTIAL_FILE, or CURLE_RECV_ERROR: a newer curl tells of TLS's own end, which is missing, too.
        assert.is_true(answer.exit == 18 or answer.exit == 56, answer.exit)
        assert.is_true(answer.size > 600000)
      end
      assert.equal(92, query("cutonce2").exit) -- CURLE_HTTP2_STREAM
      is_verified(query("cutonce1"))
    end)

    it("stall, slowN, drip: late or never", function()
      local stalled = query("stall1", {}, { curl = "--max-time 0.5" })
      assert.equal(28, stalled.exit) -- CURLE_OPERATION_TIMEDOUT
      assert.equal("", stalled.headers)
      assert.equal(28, query("slow700x1", {}, { curl = "--max-time 0.5" }).exit)
      is_verified(query("slow700x1", {}, { curl = "--max-time 30" }))
      local dripping = query("drip1", {}, { curl = "--max-time 2" })
      assert.equal(28, dripping.exit)
      assert.is_true(dripping.size > 100000 and dripping.size < 1100000, dripping.size)
    end)

    it("sizeAxB: files of that size, and their content by offset", function()
      local function sha256(answer, name)
        return (shell(("jq -rj .result.%s %s | base64 -d | sha256sum"):format(name, answer.file)))
      end
      local function expected(magic, bytes)
        return (shell(([[python3 -c 'import sys, hashlib
magic, size = bytes.fromhex("%s"), %d
content = bytes(range(256)) * (size // 256 + 1)
print(hashlib.sha256((magic + content[len(magic):])[:size]).hexdigest() + "  -")']]):format(magic,
          bytes)))
      end
      local jpeg, mp4 = "ffd8ffe000104a46494600", "000000206674797069736f6d"
      local answer = query("size200kx1m")
      assert.equal(expected(jpeg, 204800), sha256(answer, "photo"))
      assert.equal(expected(mp4, 1048576), sha256(answer, "video"))
      answer = query("size98304x49153n7") -- whole blocks, and one byte more
      assert.equal(expected(jpeg, 98304), sha256(answer, "photo"))
      assert.equal(expected(mp4, 49153), sha256(answer, "video"))
      answer = query("size0x1n7")
      assert.equal('""', answer.jq(".result.photo|tojson"))
      assert.equal("AA==", answer.jq(".result.video"))
      assert.equal(0, select(2, shell("jq -rj .result.photo " .. query("size1kx0").file
        .. " | base64 -d | file - | grep -q JPEG")))
      assert.equal(0, select(2, shell("jq -rj .result.video " .. query("size0x1k").file
        .. " | base64 -d | file - | grep -q MP4")))
    end)

    it("sizeAxB: large ones without large memory", function()
      local function resident()
        local master = env("SANDBOX_PID")
        return tonumber((shell("ps -o rss= --ppid " .. master .. " | sort -n | tail -1")))
      end
      local before = resident()
      local answer = query("size0x40m")
      assert.is_true(answer.size > 40 * 1024 * 1024 * 4 / 3)
      assert.is_true(resident() - before < 16 * 1024) -- KiB
    end)

    it("latesizeAxB: the same, late", function()
      query("latesize1kx1k")
      query("latesize1kx1k")
      assert.equal("1368", query("latesize1kx1k").jq(".result.photo|length"))
    end)
  end)

  describe("tokens and tickets", function()
    local TOKEN = "/api/oauth2/access_token?grant_type=client_credential&version=1.0.0&"
    local TICKET = "/api/oauth2/api_ticket?type=SIGN&version=1.0.0&"

    local function token_answer()
      return (ask(TOKEN .. "app_id=IDAXXXXX&secret=" .. env("SANDBOX_SECRET")))
    end
    local function token() return jq(".access_token", token_answer()) end
    local function ticket_answer(value)
      return (ask(TICKET .. "app_id=IDAXXXXX&access_token=" .. value))
    end
    local function ticket(value) return jq(".tickets[0].value", ticket_answer(value)) end
    local function skip(seconds) ask("/sandbox/skip?seconds=" .. seconds, "POST") end
    local function accepts(value)
      return code("verified1", { getFile = "0" }, { ticket = value }) == "0"
    end

    it("are granted as documented, and sign queries", function()
      local answer = token_answer()
      assert.equal('["0","7200"]', jq("[.code,.expire_in]|tojson", answer))
      answer = ticket_answer(jq(".access_token", answer))
      assert.equal('["0",1,3600]', jq("[.code,(.tickets|length),.tickets[0].expire_in]|tojson",
        answer))
      assert.is_true(accepts(jq(".tickets[0].value", answer)))
    end)

    it("take appId for app_id", function()
      local answer = ask(TOKEN .. "appId=IDAXXXXX&secret=" .. env("SANDBOX_SECRET"))
      assert.equal("0", jq(".code", answer))
      answer = ask(TICKET .. "appId=IDAXXXXX&access_token=" .. jq(".access_token", answer))
      assert.equal("0", jq(".code", answer))
    end)

    it("are refused to a wrong secret, app, version, kind or token", function()
      local secret = "secret=" .. env("SANDBOX_SECRET")
      assert.equal("400101", jq(".code", (ask(TOKEN .. "app_id=IDAXXXXX&secret=wrong"))))
      assert.equal("400101", jq(".code", (ask(TOKEN .. "app_id=IDAYYYYY&" .. secret))))
      assert.equal("400101", jq(".code", (ask(TOKEN .. secret))))
      assert.equal("400502", jq(".code", (ask("/api/oauth2/access_token?app_id=IDAXXXXX&"
        .. "grant_type=client_credential&" .. secret))))
      assert.equal("66660000", jq(".code", (ask("/api/oauth2/access_token?app_id=IDAXXXXX&"
        .. "version=1.0.0&" .. secret))))
      assert.equal("400101", jq(".code", ticket_answer("wrong")))
      assert.equal("66660000", jq(".code", (ask("/api/oauth2/api_ticket?type=NONCE&version=1.0.0&"
        .. "app_id=IDAXXXXX&access_token=" .. token()))))
      assert.equal(405, select(2, ask(TOKEN .. "app_id=IDAXXXXX&" .. secret, "POST")))
    end)

    it("end with their own life", function()
      local access = token()
      local first = ticket(access)
      skip(3599)
      assert.is_true(accepts(first))
      skip(1)
      assert.is_false(accepts(first))
      local second = ticket(access)
      assert.is_true(accepts(second))
      skip(3600) -- the token's end is the ticket's end
      assert.is_false(accepts(second))
      assert.equal("15", jq(".code", ticket_answer(access)))
      assert.is_true(accepts(env("TICKET")))
    end)

    it("leave their predecessors one minute", function()
      local access = token()
      local first, second = ticket(access), ticket(access)
      skip(59)
      assert.is_true(accepts(first))
      skip(1)
      assert.is_false(accepts(first))
      assert.is_true(accepts(second))
      token()
      skip(59)
      assert.is_true(accepts(second))
      assert.equal("0", jq(".code", ticket_answer(access)))
      skip(1)
      assert.is_false(accepts(second))
      assert.equal("15", jq(".code", ticket_answer(access)))
    end)

    it("end when they are revoked", function()
      local access = token()
      local value = ticket(access)
      ask("/sandbox/revoke", "POST")
      assert.is_false(accepts(value))
      assert.equal("15", jq(".code", ticket_answer(access)))
      assert.is_true(accepts(env("TICKET")))
      assert.is_true(accepts(ticket(token())))
    end)

    it("are limited to 20 within a second", function()
      local url = quote(env("SANDBOX_HTTP") .. TOKEN .. "app_id=IDAXXXXX&secret="
        .. env("SANDBOX_SECRET") .. "&n=[1-30]")
      assert.equal(" 20 0 10 400504 ",
        (shell("curl -s -Z --parallel-max 30 " .. url
          .. " 2>/dev/null | jq -r .code | sort | uniq -c | tr -s ' \\n' ' '")))
      assert.equal('[20,30,10]', jq("[.access_tokens,.access_token_requests,.rate_limited]|tojson",
        (ask("/sandbox/counters"))))
      assert.equal("400101", jq(".code", ticket_answer("wrong"))) -- each endpoint for itself
      skip(1)
      assert.equal("0", jq(".code", token_answer()))
    end)

    it("can be made to fail and to stall", function()
      ask("/sandbox/fail?access_token=2&api_ticket=1", "POST")
      local path = TOKEN .. "app_id=IDAXXXXX&secret=" .. env("SANDBOX_SECRET")
      assert.equal(500, select(2, ask(path)))
      assert.equal(500, select(2, ask(path)))
      local access = token()
      assert.equal(500, select(2, ask(TICKET .. "app_id=IDAXXXXX&access_token=" .. access)))
      assert.equal("0", jq(".code", ticket_answer(access)))
      local url = quote(env("SANDBOX_HTTP") .. path)
      local function seconds() return tonumber((shell("curl -s -o /dev/null -w '%{time_total}' " .. url))) end
      ask("/sandbox/stall?access_token=60", "POST")
      assert.equal(28, select(2, shell("curl -s --max-time 0.3 " .. url)))
      ask("/sandbox/stall?access_token=0.5", "POST")
      assert.is_true(seconds() >= 0.499)
      ask("/sandbox/stall?access_token=0", "POST")
      assert.equal(0, select(2, shell("curl -s --max-time 30 " .. url)))
    end)
  end)

  describe("controls", function()
    it("count queries, and the queries of each order", function()
      for _, order in ipairs { "verified1", "verified1", "nobody1" } do query(order) end
      query("verified2", { sign = ("0"):rep(40) })
      local counters = ask("/sandbox/counters")
      assert.equal("4 1 1", jq('"\\(.queries) \\(.refused_requests) \\(.refused_signs)"', counters))
      assert.equal('{"nobody1":1,"verified1":2}', jq("tojson|fromjson|to_entries|sort_by(.key)"
        .. "|from_entries|tojson", (ask("/sandbox/orders"))))
      assert.equal("2\n", (ask("/sandbox/orders/verified1")))
      assert.equal("0\n", (ask("/sandbox/orders/verified2")))
    end)

    it("forget everything at a reset", function()
      query("verified1")
      ask("/sandbox/reset", "POST")
      assert.equal("{}", (ask("/sandbox/orders")))
      assert.equal("0", jq("add", (ask("/sandbox/counters"))))
    end)

    it("answer over plain HTTP too, change by POST alone, and know no other name", function()
      assert.equal("ok", (shell("curl -s " .. env("SANDBOX_HTTP") .. "/sandbox/neighbour")))
      assert.equal("1", jq(".neighbours", (ask("/sandbox/counters"))))
      assert.equal(405, select(2, ask("/sandbox/reset")))
      assert.equal(405, select(2, ask("/sandbox/counters", "POST")))
      assert.equal(404, select(2, ask("/sandbox/nothing")))
    end)
  end)

  describe("start", function()
    local start, temporary

    setup(function()
      start = quote(env("SANDBOX_DIR") .. "/sandbox/start")
      temporary = folder .. "/tmp"
      shell("mkdir " .. temporary)
    end)

    local function run(command) return shell("export TMPDIR=" .. temporary .. "; " .. command) end

    -- Whether a process is gone within half a minute.  One that nobody has waited for yet is gone.
    local function gone(pid)
      return select(2, shell(("for i in $(seq 300); do "
        .. "grep -qs '^State:[[:space:]]*[^ZX[:space:]]' /proc/%d/status || exit 0; "
        .. "sleep 0.1; done; exit 1"):format(pid))) == 0
    end

    local function no_trace(pid)
      assert.is_true(gone(pid))
      assert.equal("", (shell("ls -A " .. temporary)))
    end

    it("leaves no process and no folder, and ends as its command did", function()
      assert.equal(0, select(2, run(start .. " -- true")))
      local pid, status = run(start .. [[ -- sh -c 'echo $FACEQUERY_SANDBOX_PID; exit 7']])
      assert.equal(7, status)
      no_trace(pid)
    end)

    it("hands its standard input to the command", function()
      assert.equal("hello", (run("echo hello | " .. start .. " -- cat")))
    end)

    it("works from any folder, through links, with blanks in paths, and keeps its own folder",
      function()
        local path = folder .. "/a 'folder'"
        shell("mkdir " .. quote(path) .. " && ln -s " .. quote(env("SANDBOX_DIR") .. "/sandbox")
          .. " " .. quote(path .. "/box"))
        local output = run("cd " .. quote(path) .. " && box/start --dir 'my dir' -- sh -c "
          .. quote([[curl -s --cacert "$FACEQUERY_CA_FILE" $FACEQUERY_BASE_URL/sandbox/neighbour]]))
        assert.equal("ok", output)
        assert.equal(0, select(2, shell("test -f " .. quote(path .. "/my dir/ca.pem"))))
      end)

    it("lets the lives of tickets and tokens be set", function()
      local output = run("FACEQUERY_SANDBOX_TICKET_SECONDS=5 FACEQUERY_SANDBOX_TOKEN_SECONDS=6 "
        .. start .. " -- sh -c " .. quote([[
          api=$FACEQUERY_SANDBOX_HTTP/api/oauth2 app="version=1.0.0&app_id=IDAXXXXX"
          secret="grant_type=client_credential&secret=$FACEQUERY_SANDBOX_SECRET"
          token=$(curl -s "$api/access_token?$app&$secret")
          echo "$token" | jq -r .expire_in
          token=$(echo "$token" | jq -r .access_token)
          curl -s "$api/api_ticket?$app&type=SIGN&access_token=$token" \
            | jq .tickets[0].expire_in]]))
      assert.equal("6\n5", output)
    end)

    it("stops everything at a signal", function()
      for signal, status in pairs { TERM = 143, HUP = 129 } do
        local output, ended = run(start .. [[ -- sh -c 'echo $FACEQUERY_SANDBOX_PID >]] .. folder
          .. [[/pid; exec sleep 60' & for i in $(seq 300); do [ -s ]] .. folder
          .. "/pid ] && break; sleep 0.1; done; kill -" .. signal .. " $!; wait $!")
        assert.equal(status, ended, output)
        no_trace(shell("cat " .. folder .. "/pid"))
        os.remove(folder .. "/pid")
      end
    end)

    it("without a command prints an environment for a shell, and runs", function()
      local output = run(start .. " >" .. folder .. "/env 2>/dev/null & for i in $(seq 300); do "
        .. "grep -qs DIR= " .. folder .. "/env && break; sleep 0.1; done; (. " .. folder .. "/env; "
        .. [[curl -s --cacert "$FACEQUERY_CA_FILE" $FACEQUERY_BASE_URL/sandbox/neighbour; ]]
        .. "echo $FACEQUERY_SANDBOX_PID); kill $!; wait $!")
      assert.matches("^ok\n%d+$", output)
      no_trace(output:match("%d+"))
      assert.equal(8, #shell("cut -d = -f 1 " .. folder .. "/env | sort -u"):gsub("[^\n]", "") + 1)
    end)

    it("starts where nginx has its Lua module inside, as OpenResty's", function()
      -- nginx refuses a module that it has already, and Debian's has it from here on.
      shell("mkdir -p " .. folder .. "/bin")
      local file = assert(io.open(folder .. "/bin/nginx", "w"))
      file:write(([[#!/bin/sh
        real=%s
        if [ "$1" = -V ]; then
          echo "configure arguments: --add-module=../ngx_devel_kit-0.3.3 --add-module=../ngx_lua-0.10.27" >&2
          exit
        fi
        modules=/usr/lib/nginx/modules
        exec $real "$1" "$2" "$3" "$4" -g "load_module $modules/ndk_http_module.so;
          load_module $modules/ngx_http_lua_module.so; $6"]]):format(
        (shell("command -v nginx || command -v /usr/sbin/nginx"))))
      file:close()
      shell("chmod +x " .. folder .. "/bin/nginx")
      assert.equal("ok", (run("PATH=" .. folder .. "/bin:$PATH; " .. start
        .. [[ -- sh -c 'curl -s --cacert "$FACEQUERY_CA_FILE" $FACEQUERY_BASE_URL/sandbox/neighbour']])))
    end)

    it("lets others read its authority's certificate, and nothing else", function()
      if shell("id -u") ~= "0" then
        return -- nobody else to be
      end
      assert.equal("-----BEGIN CERTIFICATE-----\nno\nno", (shell(start .. " -- sh -c " .. quote([[
        as_nobody="setpriv --reuid=65534 --regid=65534 --clear-groups"
        $as_nobody head -n 1 "$FACEQUERY_CA_FILE"
        $as_nobody cat "$FACEQUERY_SANDBOX_DIR/server.key" 2>/dev/null || echo no
        $as_nobody ls "$FACEQUERY_SANDBOX_DIR" 2>/dev/null || echo no]]))))
    end)

    it("takes nginx along when it is killed", function()
      local output = run(start .. [[ -- sh -c 'echo $FACEQUERY_SANDBOX_PID $$ >]] .. folder
        .. [[/pids; exec sleep 60' >/dev/null 2>&1 & for i in $(seq 300); do [ -s ]] .. folder
        .. "/pids ] && break; sleep 0.1; done; kill -9 $!; cat " .. folder .. "/pids")
      local pid, command = output:match("(%d+) (%d+)$")
      no_trace(pid)
      shell("kill " .. command)
    end)

    it("refuses what it does not know", function()
      for _, arguments in ipairs { " --nothing", " true", " --dir", " --" } do
        assert.equal(2, select(2, run(start .. arguments)))
      end
    end)
  end)
end)
