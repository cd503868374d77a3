-- The command as a shell sees it: what it prints where, its exit status, its files.

local cjson = require "cjson"
local cli = require "help.cli"
local support = require "help.support"

local facequery, must, order, queries = cli.run, support.must, support.order, support.queries
local decode = cjson.decode

local USAGE = "^Usage: facequery "

-- The JSON of each line.
local function records(output)
  local list = {}
  for line in output:gmatch "([^\n]*)\n" do
    list[#list + 1] = decode(line)
  end
  return list
end

local function has(part, text)
  assert.is_truthy(text:find(part, 1, true), ("no %q in:\n%s"):format(part, text))
end

local function has_not(part, text)
  assert.is_falsy(text:find(part, 1, true), ("%q in:\n%s"):format(part, text))
end

local function mode(path)
  return must("stat -c %a -- " .. support.quote(path))
end

local function sha256(path)
  return (must("sha256sum -- " .. support.quote(path)):match "^%x+")
end

local function medium_sha256(name)
  return sha256(support.env "SANDBOX_DIR" .. "/sandbox/media/" .. name)
end

-- Until the sandbox has been asked for an order.
local function wait_for_query(number)
  local deadline = support.real_now() + 30
  while queries(number) < 1 do
    assert(support.real_now() < deadline)
  end
end

describe("facequery", function()
  local folder
  before_each(function() folder = support.folder() end)
  after_each(function() support.remove_folder(folder) end)

  it("prints its version", function()
    local output, messages, status = facequery { "--version" }
    assert.matches("^facequery %d+%.%d+%.%d+\n$", output)
    assert.same({ "", 0 }, { messages, status })
  end)

  it("explains itself on stdout when asked to", function()
    local output, messages, status = facequery { "--help" }
    assert.same({ "", 0 }, { messages, status })
    for _, name in ipairs { "query", "poll", "archive", "verify", "purge", "count", "sign", "ticket",
      "decode", "explain", "sandbox" } do
      assert.matches("\n   " .. name .. " +%u", output)
    end
    output, messages, status = facequery { "poll", "--help" }
    assert.same({ "", 0 }, { messages, status })
    assert.matches(USAGE .. "poll", output)
    has("--interval", output)
  end)

  it("exits with 2 for wrong usage, and says on stderr how that command is used", function()
    for _, case in ipairs {
      { "", "a command is required" },
      { "nonsense", "unknown command 'nonsense'" },
      { "query", "missing argument 'order_no'", "query" },
      { "query o --get-file=all", "must be one of", "query" },
      { "query o --timeout=soon", "'soon' is not a number above 0", "query" },
      { "query o --timeout=-1", "'-1' is not a number above 0", "query" },
      { "query o --attempts=2", "unknown option '--attempts'", "query" },
      { "poll o --attempts=0", "'0' is not a whole number above 0", "poll" },
      { "poll o --attempts=1.5", "'1.5' is not a whole number above 0", "poll" },
      { "poll o --lang=fr", "must be one of", "poll" },
      { "poll o --out", "requires an argument", "poll" },
      { "archive", "missing option '--out'", "archive" },
      { "purge " .. folder, "missing option '--older-than'", "purge" },
      { "purge " .. folder .. " --older-than=week", "'week' is no duration", "purge" },
      { "query o --timeout=1e9", "'1e9' is not a number of seconds below", "query" },
      { "query o --query-version=123456789", "'123456789' is not a version of at most 8", "query" },
      { "query o --query-version=", "'' is not a version", "query" },
      { "query o --out=", "'' is not a path", "query" },
      { "poll o --interval=1e10", "'1e10' is not a number of seconds below", "poll" },
      { "archive --out=" .. folder .. " --interval=1e10", "'1e10' is not a number of seconds below", "archive" },
      { "archive --out=" .. folder .. " --query-version=123456789", "is not a version", "archive" },
      { "archive --out=", "'' is not a path", "archive" },
      { "archive --out=" .. folder .. " --retention=99999999999999d", "is no duration", "archive" },
      { "purge " .. folder .. " --older-than=99999999999999d", "of a century at most", "purge" },
      { "decode --out=", "'' is not a path", "decode" },
      { "sign", "missing argument 'order_no'", "sign" },
      { "sign one two", "too many arguments", "sign" },
      { "explain", "missing argument 'code'", "explain" },
      { "decode --nonsense", "unknown option '--nonsense'", "decode" },
    } do
      local arguments = {}
      for word in case[1]:gmatch "%S+" do
        arguments[#arguments + 1] = word
      end
      local output, messages, status = facequery(arguments)
      assert.same({ "", 2 }, { output, status }, case[1])
      assert.matches(USAGE .. (case[3] or "%["), messages)
      has(case[2], messages)
    end
  end)

  it("does not call lost what a full disk has swallowed a success", function()
    support.write_file(folder .. "/big", ("QUJD"):rep(100000))
    for _, arguments in ipairs { "explain 0", "decode " .. folder .. "/big" } do
      local messages, status = support.shell(("LD_PRELOAD=%s %s/bin/facequery %s >/dev/full"):format(
        support.quote(os.getenv "LD_PRELOAD" or ""), support.build, arguments))
      assert.equal(1, status)
      has("No space left on device", messages)
    end
  end)

  it("says in one line what nobody expected, and exits with 1", function()
    support.write_file(folder .. "/lfs.lua", 'error "broken"')
    local output, messages, status = facequery({ "count", folder }, { env = { LUA_PATH = folder .. "/?.lua;;" } })
    assert.same({ "", 1 }, { output, status })
    assert.matches("^facequery: [^\n]*broken\n$", messages)
  end)

  describe("query", function()
    it("prints the record as a line of JSON, and asks for no files", function()
      local number = order "verified"
      local output, messages, status = facequery { "query", number }
      assert.same({ "", 0 }, { messages, status })
      assert.matches("^%b{}\n$", output)
      local record = decode(output)
      assert.same({ "0", number, "99", "88.01", support.env "APP_ID" },
        { record.code, record.orderNo, record.liveRate, record.similarity, record.appId })
      assert.same({}, { record.photo, record.video })
    end)

    it("gives the size and the digest of files that are not saved, never their bytes", function()
      local output, _, status = facequery { "query", order "verified", "--get-file", "both" }
      assert.equal(0, status)
      assert.is_true(#output < 2000)
      local record = decode(output)
      assert.same({ size = #support.medium "photo.jpg", format = "jpeg", mime = "image/jpeg",
        sha256 = medium_sha256 "photo.jpg" }, record.photo)
      assert.same({ size = #support.medium "video.mp4", format = "mp4", mime = "video/mp4",
        sha256 = medium_sha256 "video.mp4" }, record.video)
    end)

    it("saves the file that --get-file names", function()
      local number = order "png"
      local output, _, status = facequery { "query", number, "--get-file", "photo", "--out", folder }
      assert.equal(0, status)
      assert.equal(number .. "-photo.png", support.list(folder))
      assert.equal(support.medium "photo.png", support.read_file(folder .. "/" .. number .. "-photo.png"))
      assert.is_nil(decode(output).video)
    end)

    it("saves both with --out alone", function()
      local number = order "verified"
      local _, messages, status = facequery { "query", number, "--out", folder }
      assert.same({ "", 0 }, { messages, status })
      assert.equal(number .. "-photo.jpg\n" .. number .. "-video.mp4", support.list(folder))
      assert.equal(support.medium "photo.jpg", support.read_file(folder .. "/" .. number .. "-photo.jpg"))
    end)

    it("says in words what is wrong with an order, and exits with 1", function()
      local number = order "rejected"
      local output, messages, status = facequery { "query", number }
      assert.same({ "", 1 }, { output, status })
      assert.matches("^" .. number .. ": .*%(rejected 66660004%)\n", messages)
      has("the service says: 无法确认为同一人\n", messages)
      has("risk tag 03: ", messages)
      has("risk tag 12: ", messages)
      has("what to do: ", messages)
      assert.matches("for the provider's support: orderNo " .. number .. ", bizSeqNo %d+\n", messages)
      has_not("{", messages)
    end)

    it("lists the six causes of an order that isn't there", function()
      local _, messages, status = facequery { "query", order "nosuch" }
      assert.equal(1, status)
      local causes = 0
      for number in messages:gmatch "possible cause (%d):" do
        causes = causes + 1
        assert.equal(causes, tonumber(number))
      end
      assert.equal(6, causes)
    end)

    it("speaks Chinese with --lang zh", function()
      local _, messages = facequery { "query", order "rejected", "--lang", "zh" }
      has("请用新订单重新发起", messages)
      for line in messages:gmatch "\n(  [^\n]*)" do
        assert.matches("^  [^%a]", line)
      end
      has("服务返回：无法确认为同一人\n", messages)
      _, messages = facequery { "query", order "stall", "--lang", "zh", "--timeout", "0.1" }
      assert.matches("%d 秒后重新查询\n", messages)
      has_not("asking", messages)
      _, messages = facequery { "query", "bad-order", "--lang", "zh" }
      has("须为 1 到 32 位字母或数字", messages)
    end)

    it("goes on after an order that failed, in the order of the arguments, and exits with 1", function()
      local first, bad, last = order "verified", order "nosuch", order "flat"
      local output, messages, status = facequery { "query", first, bad, "no/order", last }
      assert.equal(1, status)
      local list = records(output)
      assert.same({ 2, first, last }, { #list, list[1].orderNo, list[2].orderNo })
      assert.matches("^" .. bad .. ": .*%(not_found 66660011%)\n", messages)
      assert.matches("\nno/order: .*%(invalid_request INVALID_ORDER_NO%)\n", messages)
      has_not(first, messages)
    end)

    it("prints what came, fields that nobody knows included", function()
      local record = decode((facequery { "query", order "unknownfields" }))
      assert.same({ true, false }, { record.newTrue, record.newFalse })
      assert.same({ 1, "two", { 3 }, { four = 4 }, cjson.null, {}, {} }, record.newList)
    end)

    it("asks for sdkVersion and trtcFlag with --query-version", function()
      local record = decode((facequery { "query", order "verified", "--query-version", "1.0" }))
      assert.same({ "string", "string" }, { type(record.sdkVersion), type(record.trtcFlag) })
    end)

    it("takes options in place of the environment", function()
      local output, messages, status = facequery({ "query", order "verified",
        "--app-id", support.env "APP_ID", "--base-url", support.env "BASE_URL",
        "--ca-file", support.env "CA_FILE", "--ticket-from", "-",
      }, { input = support.env "TICKET" .. "\n", env = { FACEQUERY_APP_ID = false,
        FACEQUERY_BASE_URL = false, FACEQUERY_CA_FILE = false, FACEQUERY_TICKET = false } })
      assert.same({ "", 0 }, { messages, status })
      assert.equal("0", decode(output).code)
    end)

    it("tells of what it waits for, and gives up after --timeout", function()
      local started = support.now()
      local output, messages, status = facequery { "query", order "stall", "--timeout", "0.1" }
      assert.same({ "", 1 }, { output, status })
      assert.is_true(support.now() - started < 30) -- it would stall for a minute
      has("transport OPERATION_TIMEDOUT; asking again in ", messages)
      has("(transport OPERATION_TIMEDOUT)\n", messages)
    end)

    it("needs an App ID and a ticket, and names the variables to set", function()
      local output, messages, status = facequery({ "query", order "verified" },
        { env = { FACEQUERY_TICKET = false } })
      assert.same({ "", 1 }, { output, status })
      has("(auth TICKET_MISSING)", messages)
      has("FACEQUERY_TICKET", messages)
      output, messages, status = facequery({ "query", order "verified" },
        { env = { FACEQUERY_APP_ID = false } })
      assert.same({ "", 1 }, { output, status })
      has("(invalid_request INVALID_APP_ID)", messages)
      has("FACEQUERY_APP_ID", messages)
    end)
  end)

  describe("poll", function()
    it("asks until the files are there, and saves them under the order's name, for the owner alone", function()
      local number = order "late"
      local out = folder .. "/new"
      local output, messages, status = facequery { "poll", number, "--out", out, "--interval", "0.05" }
      assert.equal(0, status)
      assert.equal(3, queries(number))
      local _, waits = messages:gsub("asking again in 0%.05 s\n", "")
      assert.equal(2, waits)
      local photo, video = out .. "/" .. number .. "-photo.jpg", out .. "/" .. number .. "-video.mp4"
      assert.equal(number .. "-photo.jpg\n" .. number .. "-video.mp4", support.list(out))
      assert.equal(support.medium "photo.jpg", support.read_file(photo))
      assert.equal(support.medium "video.mp4", support.read_file(video))
      assert.same({ "600", "600" }, { mode(photo), mode(video) })
      local record = decode(output)
      assert.same({ path = photo, size = #support.medium "photo.jpg", format = "jpeg",
        mime = "image/jpeg", sha256 = sha256(photo) }, record.photo)
      assert.same({ path = video, size = #support.medium "video.mp4", format = "mp4",
        mime = "video/mp4", sha256 = sha256(video) }, record.video)
    end)

    it("names files by their content, not by what they should be", function()
      local png, short = order "png", order "size2x3n"
      local _, _, status = facequery { "poll", png, short, "--out", folder }
      assert.equal(0, status)
      assert.equal(table.concat({ png .. "-photo.png", png .. "-video.mp4",
        short .. "-photo.bin", short .. "-video.bin" }, "\n"), support.list(folder))
      assert.equal("image/png", must("file -b --mime-type " .. folder .. "/" .. png .. "-photo.png"))
    end)

    it("asks for nothing when a file of that name is there", function()
      local number = order "verified"
      local photo = folder .. "/" .. number .. "-photo.jpg"
      support.write_file(photo, "mine")
      local output, messages, status = facequery { "poll", number, "--out", folder }
      assert.same({ "", 1 }, { output, status })
      assert.matches("%(photo%) %(storage FILE_EXISTS%)", messages)
      assert.same({ "mine", number .. "-photo.jpg", 0 },
        { support.read_file(photo), support.list(folder), queries(number) })
    end)

    it("never overwrites a file that came meanwhile, and leaves none under another name", function()
      local number = order "slow2000x"
      local photo, video = folder .. "/" .. number .. "-photo.jpg", folder .. "/" .. number .. "-video.mp4"
      local process = support.start(("%s/bin/facequery poll %s --out %s"):format(
        support.build, number, folder), { LD_PRELOAD = os.getenv "LD_PRELOAD" or "" })
      wait_for_query(number)
      support.write_file(photo, "mine")
      local messages, status = process.wait()
      assert.equal(1, status)
      assert.matches("%(photo%) %(storage FILE_EXISTS%)", messages)
      assert.equal("mine", support.read_file(photo))
      assert.equal(support.medium "video.mp4", support.read_file(video))
      assert.equal(number .. "-photo.jpg\n" .. number .. "-video.mp4", support.list(folder))
    end)

    it("fails when the files never came", function()
      local number = order "nomedia"
      local output, messages, status = facequery { "poll", number, "--out", folder,
        "--attempts", "2", "--interval", "0.01" }
      assert.same({ "", 1, "" }, { output, status, support.list(folder) })
      has("(pending MEDIA_PENDING)", messages)
      assert.equal(2, queries(number))
    end)

    it("saves the evidence of a rejected order, too", function()
      local number = order "rejected"
      local output, messages, status = facequery { "poll", number, "--out", folder }
      assert.same({ "", 1 }, { output, status })
      has("(rejected 66660004)", messages)
      has("photo saved: " .. folder .. "/" .. number .. "-photo.jpg\n", messages)
      has("video saved: " .. folder .. "/" .. number .. "-video.mp4\n", messages)
      assert.equal(support.medium "photo.jpg",
        support.read_file(folder .. "/" .. number .. "-photo.jpg"))
    end)

    it("keeps the good file when the other is broken, and that as it came, nothing of another order's", function()
      for _, word in ipairs { "badbase64", "cutbase64" } do
        local number = order(word)
        local output, messages, status = facequery { "poll", number, "--out", folder }
        local path = ("%s/%s-video.mp4"):format(folder, number)
        local broken = ("%s/%s-photo.base64"):format(folder, number)
        local files = ("%s-photo.base64\n%s-video.mp4"):format(number, number)
        assert.same({ "", 1, files }, { output, status, support.list(folder) }, word)
        has("video saved: " .. path, messages)
        has("photo saved: " .. broken, messages)
        assert.equal(support.medium "video.mp4", support.read_file(path))
        support.write_file(folder .. "/photo", support.medium "photo.jpg")
        assert.equal(must(("base64 -w 0 %s/photo"):format(folder)):sub(1, 1000), support.read_file(broken):sub(1, 1000))
        must(("rm %s/*"):format(folder))
      end
      local _, _, status = facequery { "poll", order "wrongorder", "--out", folder }
      assert.same({ 1, "" }, { status, support.list(folder) })
    end)

    it("asks for nothing when the folder can't be made", function()
      local number = order "verified"
      support.write_file(folder .. "/file", "")
      local output, messages, status = facequery { "poll", number, "--out", folder .. "/file/new" }
      assert.same({ "", 1 }, { output, status })
      has("(storage FILE_UNWRITABLE)", messages)
      assert.equal(0, queries(number))
    end)
  end)

  describe("with secrets", function()
    local ticket
    before_each(function() ticket = support.env "TICKET" end)

    it("takes a ticket from a file's first line, however that ends", function()
      for _, ending in ipairs { "", "\n", "\r\n", "\nmore\n" } do
        support.write_file(folder .. "/ticket", ticket .. ending)
        local _, messages, status = facequery(
          { "query", order "verified", "--ticket-from", folder .. "/ticket" },
          { env = { FACEQUERY_TICKET = "wrong" } })
        assert.same({ "", 0 }, { messages, status })
      end
    end)

    it("takes the app's secret from a file or from stdin", function()
      local secret = support.env "SANDBOX_SECRET"
      support.write_file(folder .. "/secret", secret .. "\n")
      for _, path in ipairs { folder .. "/secret", "-" } do
        local output, messages, status = facequery(
          { "query", order "verified", "--secret-from", path },
          { input = secret, env = { FACEQUERY_TICKET = "wrong" } })
        assert.same({ "", 0 }, { messages, status })
        has_not(secret, output)
      end
    end)

    it("says so when there is none in the file", function()
      support.write_file(folder .. "/empty", "\n" .. ticket)
      for path, message in pairs {
        [folder .. "/empty"] = "empty", [folder .. "/none"] = "No such file or directory",
        [folder] = "Is a directory",
      } do
        local output, messages, status = facequery { "query", order "verified", "--ticket-from", path }
        assert.same({ "", 1 }, { output, status })
        assert.equal(("facequery: %s: %s\n"):format(path, message), messages)
      end
    end)

    it("has no option to take them from the command line, and does not repeat what was tried", function()
      for _, option in ipairs { "--ticket", "--secret" } do
        for _, arguments in ipairs { { option, ticket }, { option .. "=" .. ticket } } do
          local output, messages, status = facequery { "query", order "verified",
            arguments[1], arguments[2] }
          assert.same({ "", 2 }, { output, status })
          has_not(ticket, messages)
        end
      end
    end)

    it("shows them to nobody who lists the processes", function()
      support.write_file(folder .. "/ticket", ticket .. "\n")
      local number = order "slow3000x"
      local process = support.start(("%s/bin/facequery query %s --ticket-from %s/ticket"):format(
        support.build, number, folder),
        { FACEQUERY_TICKET = "wrong", LD_PRELOAD = os.getenv "LD_PRELOAD" or "" })
      wait_for_query(number)
      local listed = must "ps -e -ww -o args"
      has("facequery query " .. number .. " --ticket-from", listed)
      has_not(ticket, listed)
      local output, status = process.wait()
      assert.equal(0, status)
      has_not(ticket, output)
    end)

    it("prints no ticket whatever fails", function()
      local output, messages = facequery { "query", order "code400101x", order "http404x",
        order "cut", order "notjson", order "fullwidth", order "wrongorder", order "rejected",
        order "httpx", ticket, "--get-file", "both" }
      has_not(ticket, output)
      -- But where it was given for an order number, which it isn't.
      has_not(ticket, (messages:gsub(ticket .. ": ", "")))
      output, messages = facequery { "query", order "verified", "--base-url", "https://localhost:1" }
      has_not(ticket, output .. messages)
    end)
  end)

  describe("sign", function()
    -- The provider's own example.
    local USER = "userID19959248596551"
    local TICKET = "XO99Qfxlti9iTVgHAjwvJdAZKN3nMuUhrsPdPlPVKlcyS50N6tlLnfuFBPIucaMS"
    local NONCE = "kHoSxvLZGxSoFsjxlbzEoUzh5PAnTU7T"

    it("gives the provider's own signatures", function()
      for app_id, sign in pairs {
        TIDA0001 = "4AE72E6FBC2E9E1282922B013D1B4C2CBD38C4BD",
        IDAXXXXX = "D7606F1741DDCF90757DA924EDCF152A200AC7F0",
      } do
        local output, messages, status = facequery({ "sign", USER, "--nonce", NONCE },
          { env = { FACEQUERY_APP_ID = app_id, FACEQUERY_TICKET = TICKET } })
        assert.same({ "", 0 }, { messages, status })
        assert.same({ appId = app_id, orderNo = USER, version = "1.0.0", nonce = NONCE, sign = sign },
          decode(output))
      end
    end)

    it("signs with a nonce of its own, as openssl does", function()
      local nonces = {}
      for _ = 1, 3 do
        local signed = decode((facequery({ "sign", USER, "--app-id", "IDA1", "--ticket-from", "-" },
          { input = TICKET })))
        assert.matches("^%w+$", signed.nonce)
        assert.equal(32, #signed.nonce)
        assert.is_nil(nonces[signed.nonce])
        nonces[signed.nonce] = true
        assert.equal(support.sign { "IDA1", USER, "1.0.0", TICKET, signed.nonce }, signed.sign)
      end
    end)

    it("prints what the service takes for a query", function()
      local number = order "verified"
      support.write_file(folder .. "/body", (facequery { "sign", number }))
      local answer = must(("curl -s --cacert %s -H 'Content-Type: application/json' -d @%s/body"
        .. " '%s/api/v2/base/queryfacerecord?orderNo=%s'"):format(
        support.quote(support.env "CA_FILE"), folder, support.env "BASE_URL", number))
      assert.equal("0", decode(answer).code)
    end)

    it("refuses what can't be right, in the user's language", function()
      for code, arguments in pairs {
        INVALID_ORDER_NO = { "sign", "bad-order" },
        INVALID_NONCE = { "sign", USER, "--nonce", "short" },
        INVALID_APP_ID = { "sign", USER, "--app-id", "" },
      } do
        local output, messages, status = facequery(arguments)
        assert.same({ "", 1 }, { output, status }, code)
        has("(invalid_request " .. code .. ")", messages)
        arguments[#arguments + 1] = "--lang=zh"
        messages = select(2, facequery(arguments))
        assert.matches("[\228-\233][\128-\191]", messages)
      end
      local _, messages, status = facequery({ "sign", USER }, { env = { FACEQUERY_TICKET = false } })
      assert.equal(1, status)
      has("(auth TICKET_MISSING)", messages)
      -- A secret is no ticket, and is not shown.
      _, messages, status = facequery({ "sign", USER },
        { env = { FACEQUERY_TICKET = false, FACEQUERY_SECRET = "aSECRET" } })
      assert.equal(1, status)
      has("(auth TICKET_MISSING)", messages)
      has("sign takes the SIGN ticket itself. A secret only serves to fetch one", messages)
      assert.is_nil(messages:find("aSECRET", 1, true))
      _, messages, status = facequery({ "sign", USER }, { env = { FACEQUERY_TICKET = "\239\187\191aTICKET " } })
      assert.equal(1, status)
      has("a byte order mark (FACEQUERY_TICKET)", messages)
      assert.is_nil(messages:find("aTICKET", 1, true))
    end)

    it("does not print the ticket", function()
      has_not(support.env "TICKET", (facequery { "sign", USER }))
    end)
  end)

  describe("decode", function()
    it("names the folder that its file is missing", function()
      local output, messages, status = facequery({ "decode", "--out", folder .. "/at/all/x.jpg" }, { input = "aGk=" })
      assert.same({ "", 1 }, { output, status })
      has(("the file cannot be written (%s/at/all/: no such folder)"):format(folder), messages)
    end)

    -- The bytes of a file in base64, as `base64` writes it with these options.
    local function encode(path, options)
      return must(("base64 %s %s"):format(options, support.quote(path))) .. "\n"
    end

    it("writes what base64 -d writes", function()
      local media = support.env "SANDBOX_DIR" .. "/sandbox/media/"
      must("head -c 1000 /dev/urandom >" .. folder .. "/random1")
      must("head -c 1001 /dev/urandom >" .. folder .. "/random2")
      must("head -c 100000 /dev/urandom >" .. folder .. "/random3")
      for _, path in ipairs { media .. "photo.jpg", media .. "photo.png", media .. "video.mp4",
        folder .. "/random1", folder .. "/random2", folder .. "/random3" } do
        for _, options in ipairs { "-w 0", "-w 76" } do
          support.write_file(folder .. "/text", encode(path, options))
          local output, messages, status = facequery { "decode", folder .. "/text" }
          assert.same({ "", 0 }, { messages, status })
          support.write_file(folder .. "/decoded", output)
          must(("base64 -d %s/text | cmp - %s/decoded"):format(folder, folder))
        end
      end
    end)

    it("reads stdin without a file, or with -", function()
      for _, arguments in ipairs { { "decode" }, { "decode", "-" } } do
        local output, _, status = facequery(arguments, { input = "AP8Q\n" })
        assert.same({ "\0\255\16", 0 }, { output, status })
      end
    end)

    it("reads a socket, as an inetd gives it", function()
      local code = [[
import socket, subprocess, sys
ours, theirs = socket.socketpair()
ours.sendall(b"QUJD")
ours.shutdown(socket.SHUT_WR)
sys.exit(subprocess.call(sys.argv[1:], stdin=theirs))]]
      local output, status = support.shell(("python3 -c %s %s"):format(support.quote(code), cli.words "decode -"))
      assert.same({ "ABC", 0 }, { output, status })
    end)

    it("takes a data: url's prefix and missing padding", function()
      assert.equal("AB", (facequery({ "decode" }, { input = "data:image/png;base64,QUI" })))
    end)

    it("saves a file for the owner alone, and says what it is", function()
      local text = encode(support.env "SANDBOX_DIR" .. "/sandbox/media/photo.png", "-w 76")
      local path = folder .. "/photo.jpg"
      local output, messages, status = facequery({ "decode", "--out", path }, { input = text })
      assert.same({ "", 0 }, { messages, status })
      assert.same({ path = path, size = #support.medium "photo.png", format = "png" }, decode(output))
      assert.equal(support.medium "photo.png", support.read_file(path))
      assert.equal("600", mode(path))
    end)

    it("never overwrites a file", function()
      local path = folder .. "/photo.jpg"
      support.write_file(path, "mine")
      local output, messages, status = facequery({ "decode", "--out", path }, { input = "QUJD" })
      assert.same({ "", 1, "mine" }, { output, status, support.read_file(path) })
      has("(storage FILE_EXISTS)", messages)
    end)

    it("names the offset of a foreign character, and writes nothing", function()
      for text, offset in pairs { ["*AAA"] = 0, ["AAAA*AAA"] = 4, ["AAAA\nAA?A"] = 7, ["AA=A"] = 3 } do
        local path = folder .. "/bytes"
        for _, arguments in ipairs { { "decode" }, { "decode", "--out", path } } do
          local output, messages, status = facequery(arguments, { input = text })
          assert.same({ "", 1, "" }, { output, status, support.list(folder) }, text)
          has(("(at offset %d) (media BASE64_FOREIGN)"):format(offset), messages)
        end
        local _, messages = facequery({ "decode", "--lang", "zh" }, { input = text })
        has(("（位置 %d）"):format(offset), messages)
      end
    end)

    it("tells of base64 that was cut", function()
      local output, messages, status = facequery({ "decode" }, { input = "QUJDQ" })
      assert.same({ "", 1 }, { output, status })
      has("(media BASE64_CUT)", messages)
    end)

    it("tells of a file that can't be read", function()
      for path, message in pairs { [folder .. "/none"] = "No such file or directory",
        [folder] = "Is a directory" } do
        local output, messages, status = facequery { "decode", path }
        assert.same({ "", 1 }, { output, status })
        assert.equal(("facequery: %s: %s\n"):format(path, message), messages)
      end
    end)
  end)

  describe("explain", function()
    it("prints what codes mean, a line each, in the order of the arguments", function()
      local output, messages, status = facequery { "explain", "66660011", "-1101", "0", "503",
        "OPERATION_TIMEDOUT", "12345" }
      assert.same({ "", 0 }, { messages, status })
      local list = records(output)
      local kinds, codes = {}, {}
      for i, meaning in ipairs(list) do
        kinds[i], codes[i] = meaning.kind, meaning.code
      end
      assert.same({ "66660011", "-1101", "0", "503", "OPERATION_TIMEDOUT", "12345" }, codes)
      assert.same({ "not_found", "rejected", "success", "http", "transport", "unknown" }, kinds)
      assert.equal(6, #list[1].causes)
      assert.is_nil(list[2].causes)
      assert.same({ true, false }, { list[5].retryable, list[1].retryable })
    end)

    it("takes the service's negative codes for codes, not for options", function()
      for _, arguments in ipairs { { "explain", "-5001" }, { "explain", "--", "-5001" },
        { "explain", "-5001", "--lang", "en" }, { "explain", "--lang=en", "-5001" } } do
        local output, messages, status = facequery(arguments)
        assert.same({ "", 0 }, { messages, status })
        local list = records(output)
        assert.same({ 1, "-5001", "rejected" }, { #list, list[1].code, list[1].kind })
      end
    end)

    it("speaks Chinese with --lang zh, in the page's own words", function()
      local list = records((facequery { "explain", "66660011", "-1101", "--lang", "zh" }))
      assert.equal("无此查询结果", list[1].message)
      has("用户中途退出刷脸", list[1].causes[2])
      assert.equal("未检测到人脸", list[2].message)
    end)
  end)

  describe("sandbox", function()
    if support.is_asan then
      return -- nginx doesn't run under it
    end

    -- Without this sandbox's variables.
    local function sandbox(...)
      return facequery({ "sandbox", ... }, { clean = true })
    end

    it("runs a command in a sandbox, and ends with its exit status", function()
      local command = must("readlink -f " .. support.quote(support.build .. "/bin/facequery"))
      local output, _, status = sandbox("sh", "-c", '"$1" query verified1 && exit 7', "sh", command)
      assert.same({ "0", 7 }, { decode(output).code, status })
      assert.same({ "a  'b\n", "", 0 }, { sandbox("echo", "a  'b") })
      assert.same({ "x\n", "", 0 }, { sandbox("--", "echo", "x") })
    end)

    it("says how it is used", function()
      local output, messages, status = sandbox "--help"
      assert.same({ "", 0 }, { messages, status })
      assert.matches("^usage: ", output)
      output, messages, status = sandbox "--nonsense"
      assert.same({ "", 2 }, { output, status })
      assert.matches("^usage: ", messages)
    end)

    it("prints the environment to use without a command, and runs until interrupted", function()
      local process = support.start("-i PATH=\"$PATH\" " .. support.build .. "/bin/facequery sandbox")
      process.wait_for "Ctrl-C ends it."
      local exports = process.output():gsub("[^\n]*sandbox: [^\n]*\n?", "")
      support.write_file(folder .. "/env", exports)
      local record = must((". %s/env && %s/bin/facequery query verified1"):format(folder, support.build))
      assert.equal("0", decode(record).code)
      local dir = exports:match "FACEQUERY_SANDBOX_DIR='([^']+)'"
      must("test -d " .. dir)
      must("kill -TERM $(ps -o pid= --ppid " .. process.pid .. ")")
      local _, status = process.wait()
      assert.equal(143, status)
      must("! test -e " .. dir)
    end)
  end)
end)
