-- What the sandbox answers for each word of an order number.
-- Only on lua5.4: none of the module's code is held to account here.

local service = require "help.service"
local support = require "help.support"

local env, shell = support.env, support.shell
local code, holds, is_verified, query = service.code, service.holds, service.is_verified, service.query

describe("the sandbox's order numbers", function()
  setup(service.begin)
  teardown(service.finish)
  before_each(service.reset)

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
    local escaped = query("escaped1")
    is_verified(escaped)
    assert.equal(0, select(2, shell([[grep -qF '"\u0070hoto":"\u002f' ]] .. escaped.file)))
    assert.equal(0, select(2, shell([[grep -qF '\/' ]] .. escaped.file)))
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
