-- The functions of the module facequery, and what requiring it leaves behind.

local clients = require "help.clients"
local facequery = require "facequery"
local support = require "help.support"

local must = support.must
local raises = clients.raises

-- The example on the provider's page of signatures.
local USER = "userID19959248596551"
local TICKET = "XO99Qfxlti9iTVgHAjwvJdAZKN3nMuUhrsPdPlPVKlcyS50N6tlLnfuFBPIucaMS"
local NONCE = "kHoSxvLZGxSoFsjxlbzEoUzh5PAnTU7T"
local SIGNS = {
  TIDA0001 = "4AE72E6FBC2E9E1282922B013D1B4C2CBD38C4BD",
  IDAXXXXX = "D7606F1741DDCF90757DA924EDCF152A200AC7F0",
}

local function named(changes)
  local values = { app_id = "IDAXXXXX", order_no = USER, ticket = TICKET, nonce = NONCE, version = "1.0.0" }
  for name, value in pairs(changes or {}) do
    values[name] = value
  end
  return values
end

describe("facequery.sign", function()
  it("gives the provider's own signatures, by name", function()
    for app_id, sign in pairs(SIGNS) do
      assert.equal(sign, facequery.sign(named { app_id = app_id }))
    end
  end)

  it("gives them from a list, in any order", function()
    for app_id, sign in pairs(SIGNS) do
      assert.equal(sign, facequery.sign { app_id, USER, "1.0.0", TICKET, NONCE })
      assert.equal(sign, facequery.sign { NONCE, TICKET, "1.0.0", USER, app_id })
    end
  end)

  it("takes 1.0.0 where no version is named", function()
    local values = named()
    values.version = nil
    assert.equal(SIGNS.IDAXXXXX, facequery.sign(values))
    assert.not_equal(SIGNS.IDAXXXXX, facequery.sign(named { version = "2.0.0" }))
  end)

  it("signs any number of values, sorted by their bytes", function()
    assert.equal("A9993E364706816ABA3E25717850C26C9CD0D89D", facequery.sign { "abc" }) -- FIPS 180
    assert.equal("A9993E364706816ABA3E25717850C26C9CD0D89D", facequery.sign { "c", "a", "b" })
    for _, values in ipairs {
      { "b", "B", "a", "A", "é", "~", "0" }, { "ab", "a", "abc", "" }, { "10", "9", "1" },
    } do
      assert.equal(support.sign(values), facequery.sign(values))
    end
    local many = {}
    for i = 1, 200 do
      many[i] = ("%d"):format(i * 7919 % 1009)
    end
    assert.equal(support.sign(many), facequery.sign(many))
  end)

  it("leaves the given values as they are", function()
    local list = { "b", "a" }
    facequery.sign(list)
    assert.same({ "b", "a" }, list)
  end)

  it("raises on wrong types", function()
    raises("bad argument #1 to 'sign' (table expected, got nil)", facequery.sign)
    raises("table expected, got string", facequery.sign, TICKET)
    for _, name in ipairs { "app_id", "order_no", "ticket", "nonce", "version" } do
      raises(("field '%s': string expected, got number"):format(name), facequery.sign, named { [name] = 1 })
      raises(("field '%s': string expected, got table"):format(name), facequery.sign, named { [name] = {} })
      if name ~= "version" then
        local values = named()
        values[name] = nil
        raises(("field '%s': string expected, got nil"):format(name), facequery.sign, values)
      end
    end
    raises("field 'ticket'", facequery.sign, named { ticket = function() return TICKET end })
    raises("unknown field 'order'", facequery.sign, named { order = "a" })
    raises("field 'app_id': string expected, got nil", facequery.sign, {})
    raises("value 1: string expected, got number", facequery.sign, { 1 })
    raises("value 3: string expected, got boolean", facequery.sign, { "a", "b", false })
  end)

  it("returns nil and an error for values that no query may have", function()
    for _, case in ipairs {
      { "app_id", "INVALID_APP_ID", "", "IDAXXXXXX", "IDA-XXX", "IDA\0" },
      { "order_no", "INVALID_ORDER_NO", "", ("1"):rep(33), "a-b", "a\0", "a\n", "订单" },
      { "ticket", "INVALID_TICKET", "", "a\0b", "a\nb" },
      { "nonce", "INVALID_NONCE", "", NONCE:sub(2), NONCE .. "1", NONCE:sub(2) .. "-" },
      { "version", "INVALID_VERSION", "", ("1"):rep(21), "1\0" },
    } do
      for i = 3, #case do
        local sign, err = facequery.sign(named { [case[1]] = case[i] })
        assert.is_nil(sign)
        assert.same({ "invalid_request", case[2], case[1], false }, { err.kind, err.code, err.field, err.retryable })
        assert.is_nil(tostring(err):find(TICKET, 1, true))
      end
    end
  end)
end)

describe("facequery.nonce", function()
  it("is 32 letters and digits, never the same", function()
    local seen = {}
    for _ = 1, 2000 do
      local nonce = facequery.nonce()
      assert.matches("^[A-Za-z0-9]+$", nonce)
      assert.equal(32, #nonce)
      assert.is_nil(seen[nonce])
      seen[nonce] = true
    end
  end)
end)

describe("facequery.decode_media", function()
  local formats = { ["photo.jpg"] = "jpeg", ["photo.png"] = "png", ["video.mp4"] = "mp4" }

  for name, format in pairs(formats) do
    it("decodes what base64 made of a " .. format, function()
      local path = support.quote(support.env("SANDBOX_DIR") .. "/sandbox/media/" .. name)
      local bytes, found = facequery.decode_media(must("base64 -w 0 " .. path))
      assert.is_true(bytes == support.medium(name))
      assert.equal(format, found)
      bytes = facequery.decode_media(must("base64 " .. path)) -- with line breaks
      assert.is_true(bytes == support.medium(name))
    end)
  end

  it("decodes data urls, and what lacks its padding", function()
    assert.equal("Man", facequery.decode_media("TWFu"))
    assert.equal("Ma", facequery.decode_media("data:image/jpeg;base64,TWE="))
    assert.equal("Ma", facequery.decode_media("TWE"))
  end)

  it("names no format that it does not know", function()
    local bytes, format = facequery.decode_media("TWFu")
    assert.equal("Man", bytes)
    assert.is_nil(format)
  end)

  it("says where a foreign character is", function()
    local text = ("QUJD"):rep(1000)
    for _, offset in ipairs { 0, 1, 2, 3, 4, 1000, 3999 } do
      for _, character in ipairs { "*", " ", "\0", "-", "\255" } do
        local bytes, err = facequery.decode_media(text:sub(1, offset) .. character .. text:sub(offset + 2))
        assert.is_nil(bytes)
        assert.same({ "media", "BASE64_FOREIGN", offset }, { err.kind, err.code, err.offset })
        assert.is_nil(tostring(err):find("QUJD", 1, true))
      end
    end
  end)

  it("says when the end is missing", function()
    for _, text in ipairs { "T", "TWFuT", "TWFuTQ=", "TWFuTR" } do
      local bytes, err = facequery.decode_media(text)
      assert.is_nil(bytes)
      assert.same({ "media", "BASE64_CUT" }, { err.kind, err.code })
    end
  end)

  it("raises on what is no string", function()
    for _, value in ipairs { 5, true, {}, print } do
      raises("bad argument #1 to 'decode_media' (string expected, got " .. type(value) .. ")",
        facequery.decode_media, value)
    end
    raises("string expected, got nil", facequery.decode_media)
  end)
end)

describe("facequery.should_query", function()
  it("is true after a success and for the compare server's domain", function()
    assert.is_true(facequery.should_query())
    assert.is_true(facequery.should_query(nil))
    assert.is_true(facequery.should_query("WBFaceErrorDomainCompareServer"))
  end)

  it("is false for every other domain", function()
    for _, domain in ipairs {
      "WBFaceErrorDomainParams", "WBFaceErrorDomainLoginNetwork", "WBFaceErrorDomainNativeProcess",
      "WBFaceErrorDomainCompareNetwork", "wbfaceerrordomaincompareserver", "WBFaceErrorDomainCompareServer ",
      "WBFaceErrorDomainCompareServers", "WBFaceErrorDomainCompareServer\0", "0", "",
    } do
      assert.is_false(facequery.should_query(domain), domain)
    end
  end)

  it("raises on a wrong type", function()
    for _, value in ipairs { 0, false, {} } do
      raises("bad argument #1 to 'should_query' (string expected, got " .. type(value) .. ")",
        facequery.should_query, value)
    end
  end)
end)

describe("facequery.risk_tags and facequery.explain", function()
  it("say what the page says", function()
    assert.same({ { tag = "03", text = "疑似翻拍攻击" }, { tag = "12", text = "脸部区域疑似存在攻击痕迹" } },
      facequery.risk_tags({ riskInfo = { LivenessInfoTag = "03,12" } }, "zh"))
    local meaning = facequery.explain("66660011", "zh")
    assert.same({ "66660011", "not_found", "无此查询结果", 6 },
      { meaning.code, meaning.kind, meaning.message, #meaning.causes })
  end)
end)

describe("facequery.query", function()
  it("asks once, with settings and query in one table", function()
    local order = support.order("verified")
    local events = {}
    local record, err = facequery.query {
      order_no = order, get_file = "photo", query_version = "1.0",
      timeout = 5, on_event = function(event) events[#events + 1] = event.type end,
    }
    assert.is_nil(err)
    assert.same({ "0", order, "1.12.12", "jpeg", nil },
      { record.code, record.orderNo, record.sdkVersion, record.photo.format, record.video })
    assert.same({ "request", "response" }, events)
    assert.equal(1, support.queries(order))
  end)

  it("returns nil and an error as a client does", function()
    local record, err = facequery.query { order_no = support.order("rejected") }
    assert.is_nil(record)
    assert.equal("66660004", err.code)
    record, err = facequery.query { order_no = "a-b" }
    assert.is_nil(record)
    assert.equal("INVALID_ORDER_NO", err.code)
    record, err = facequery.query { order_no = "a", app_id = "too long for one", lang = "zh" }
    assert.is_nil(record)
    assert.equal("INVALID_APP_ID", err.code)
    assert.is_truthy(err.message:find("[\128-\255]"))
  end)

  it("raises on wrong types", function()
    raises("bad argument #1 to 'query' (table expected, got nil)", facequery.query)
    raises("table expected, got string", facequery.query, "verified1")
    raises("unknown field 'attempts'", facequery.query, { order_no = "a", attempts = 1 })
    raises("field 'timeout': number expected, got string", facequery.query, { order_no = "a", timeout = "1" })
    raises("field 'order_no': string expected, got number", facequery.query, { order_no = 1 })
    raises("field 'order_no': string expected, got nil", facequery.query, {})
  end)

  it("leaves no connection open", function()
    collectgarbage()
    collectgarbage("stop")
    local before = support.sockets()
    for _ = 1, 3 do
      assert(facequery.query { order_no = support.order("verified") })
    end
    local after = support.sockets()
    collectgarbage("restart")
    assert.equal(before, after)
  end)
end)

describe("require", function()
  -- Runs `code` in a process and prints which globals, open files, sockets and threads it adds.  Lua's own
  -- functions that open files or processes raise meanwhile.
  local function traces(code)
    return must(support.lua_command(([[
      local popen, getmetatable_of_text = io.popen, getmetatable("")
      local listings = {
        -- Pipes don't count: popen may not have closed the other end of one yet.
        fd = "readlink /proc/$PPID/fd/* 2>/dev/null | grep -vc pipe:",
        task = "ls /proc/$PPID/task | wc -l",
      }
      local function count(of)
        local pipe = popen(listings[of])
        local number = pipe:read("*n")
        pipe:close()
        return number
      end
      local function names()
        local found = {}
        for _, holder in ipairs { _G, string, table, math, io, os, package, getmetatable_of_text } do
          for name, value in pairs(holder) do found[holder] = found[holder] or {} found[holder][name] = value end
        end
        return found
      end
      local originals = {}
      local function forbid(library)
        for name, value in pairs(library) do
          if type(value) == "function" then
            originals[#originals + 1] = { library, name, value }
            library[name] = function() error("called " .. name) end
          end
        end
      end
      local before, files, threads = names(), count "fd", count "task"
      local function run() %s end
      forbid(io)
      forbid(os)
      local ok, message = pcall(run)
      for _, original in ipairs(originals) do original[1][original[2] ] = original[3] end
      if not ok then print(message) end
      for holder, found in pairs(names()) do
        for name, value in pairs(found) do
          if before[holder][name] ~= value then print("name", name) end
        end
      end
      if count "fd" ~= files then print "files" end
      if count "task" ~= threads then print "threads" end
      print "done"]]):format(code)))
  end

  it("does no work and creates no global", function()
    assert.equal("done", traces 'require "facequery"')
  end)

  it("creates no global when everything is used, either", function()
    assert.equal("done", traces [[
      local facequery = require "facequery"
      facequery.sign { "a" }
      facequery.nonce()
      facequery.decode_media("QUJD")
      facequery.decode_media("*")
      facequery.should_query()
      facequery.explain("0")
      facequery.risk_tags("03")
      os.getenv = function() end
      local client = facequery.new {
        app_id = "A", ticket = "t", sleep = function() end, on_event = function() end,
        transport = function(request)
          if request.order_no == "fail" then return nil, { status = "HTTP", http_status = 503 } end
          return { status = 200, envelope = '{"code":"0","result":{}}', media = {} }
        end,
      }
      assert(client:query { order_no = "a" })
      assert(not client:query { order_no = "fail" })
      assert(not client:poll { order_no = "a" })
      assert(tostring(select(2, client:query { order_no = "-" })))
      client:close()]])
  end)

  it("sees to its probe: what it looks for would be found", function()
    assert.matches("name\tleaked", traces "leaked = 1", 1, true)
    assert.matches("called open", traces 'io.open("/dev/null")', 1, true)
    assert.matches("files", traces 'kept = require("socket").tcp4()', 1, true)
  end)
end)
