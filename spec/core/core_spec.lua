-- facequery.core: what it signs, what it draws, where it sends, what becomes of its objects.

local core = require "facequery.core"
local request_for = require "help.request"
local support = require "help.support"

local quote, must = support.quote, support.must

-- Of the provider's page.
local TICKET = "XO99Qfxlti9iTVgHAjwvJdAZKN3nMuUhrsPdPlPVKlcyS50N6tlLnfuFBPIucaMS"
local NONCE = "kHoSxvLZGxSoFsjxlbzEoUzh5PAnTU7T"
local USER = "userID19959248596551"

describe("core.sign", function()
  it("gives the provider's own signatures", function()
    assert.equal("4AE72E6FBC2E9E1282922B013D1B4C2CBD38C4BD", core.sign("TIDA0001", USER, "1.0.0", TICKET, NONCE))
    assert.equal("D7606F1741DDCF90757DA924EDCF152A200AC7F0", core.sign("IDAXXXXX", USER, "1.0.0", TICKET, NONCE))
  end)

  it("gives FIPS 180's digests of single values", function()
    assert.equal("A9993E364706816ABA3E25717850C26C9CD0D89D", core.sign("abc"))
    assert.equal("DA39A3EE5E6B4B0D3255BFEF95601890AFD80709", core.sign(""))
    assert.equal("34AA973CD4C4DAA4F61EEB2BDBAD27316534016F", core.sign(("a"):rep(1000000)))
  end)

  it("does not mind the order it is given", function()
    local values = { "TIDA0001", USER, "1.0.0", TICKET, NONCE }
    for i = 1, #values do
      table.insert(values, table.remove(values, i))
      table.insert(values, 1, table.remove(values, #values - i % 3))
      assert.equal("4AE72E6FBC2E9E1282922B013D1B4C2CBD38C4BD", core.sign((table.unpack or unpack)(values)))
    end
  end)

  -- As sort and openssl have it.
  local function expected(values)
    local words = {}
    for i, value in ipairs(values) do
      words[i] = quote(value)
    end
    return must("printf '%s\\n' " .. table.concat(words, " ")
      .. " | LC_ALL=C sort | tr -d '\\n' | openssl sha1 -r | cut -c 1-40 | tr a-f A-F")
  end

  it("sorts by bytes", function()
    for _, values in ipairs {
      { "b", "B", "a", "A", "0", "_", "~" },
      { "\255", "a", "\128", "\127", "\195\169", "Z" },
      { "abc", "ab", "abcd", "a", "", "abb" },
      { "same", "same", "same" },
      { "10", "9", "1.0.0", "1" },
    } do
      assert.equal(expected(values), core.sign((table.unpack or unpack)(values)))
    end
  end)

  it("signs values of any length, short ones beside long ones", function()
    for _, lengths in ipairs {
      { 511, 1 }, { 512, 1 }, { 513, 1 }, { 1, 511, 1 }, { 1, 512 }, { 300, 300, 300 }, { 5, 600, 5, 600, 5 },
      { 0, 512, 0, 1 },
    } do
      local values = {}
      for i, length in ipairs(lengths) do
        values[i] = (string.char(96 + i)):rep(length)
      end
      assert.equal(expected(values), core.sign((table.unpack or unpack)(values)))
      assert.equal(expected(values), core.signer({}, error)(values))
    end
  end)

  it("sorts by bytes whatever the locale", function()
    local before = os.setlocale(nil, "collate")
    for name in must("locale -a"):gmatch("%S+") do
      os.setlocale(name, "collate")
      local sign = core.sign("b", "B", "a", "A", "_")
      os.setlocale(before, "collate")
      assert.equal(expected { "b", "B", "a", "A", "_" }, sign)
    end
  end)

  it("signs every byte, NUL too", function()
    -- Sorted: "a", "a\0", "a\0b", "a\1".
    assert.equal(must("printf 'aa\\0a\\0ba\\1' | openssl sha1 -r | cut -c 1-40 | tr a-f A-F"),
      core.sign("a\1", "a\0b", "a", "a\0"))
  end)

  it("signs a hundred values as well as five", function()
    local values = {}
    for i = 1, 100 do
      values[i] = ("%x"):format(i * 7919 % 10007)
    end
    assert.equal(expected(values), core.sign((table.unpack or unpack)(values)))
  end)

  it("signs the same again and again", function()
    for _ = 1, 1000 do
      assert.equal("A9993E364706816ABA3E25717850C26C9CD0D89D", core.sign("abc"))
    end
  end)

  it("raises when a value is not a string", function()
    assert.has_error(function() core.sign() end)
    for _, wrong in ipairs { 1, 1.5, true, {}, print } do
      assert.has_error(function() core.sign("a", wrong) end)
    end
    assert.has_error(function() core.sign("a", nil) end)
  end)
end)

describe("core.nonce", function()
  it("is 32 letters and digits, another one every time", function()
    local seen = {}
    for _ = 1, 1000 do
      local nonce = core.nonce()
      assert.truthy(nonce:find("^" .. ("[A-Za-z0-9]"):rep(32) .. "$"))
      assert.is_nil(seen[nonce])
      seen[nonce] = true
    end
  end)

  it("favours none of the 62 characters", function()
    local count, characters = {}, 0
    for _ = 1, 4000 do
      for character in core.nonce():gmatch(".") do
        characters = characters + (count[character] and 0 or 1)
        count[character] = (count[character] or 0) + 1
      end
    end
    assert.equal(62, characters)
    -- 2064.5 each, deviation 45.  A remainder of a byte would make eight of them 2500.
    for character, times in pairs(count) do
      assert.is_true(times > 1764 and times < 2364, character .. ": " .. times)
    end
  end)

  it("differs between processes", function()
    local code = 'print(require("facequery.core").nonce())'
    assert.not_equal(must(support.lua_command(code)), must(support.lua_command(code)))
  end)
end)

describe("core.random", function()
  it("spreads over [0, 1)", function()
    local tenths = {}
    for _ = 1, 20000 do
      local number = core.random()
      assert.is_true(number >= 0 and number < 1)
      local tenth = math.floor(number * 10)
      tenths[tenth] = (tenths[tenth] or 0) + 1
    end
    -- 2000 each, deviation 42.
    for tenth = 0, 9 do
      assert.is_true(tenths[tenth] > 1700 and tenths[tenth] < 2300)
    end
  end)

  it("differs between processes", function()
    local code = 'print(("%.17g"):format(require("facequery.core").random()))'
    assert.not_equal(must(support.lua_command(code)), must(support.lua_command(code)))
  end)
end)

describe("core.sleep", function()
  it("sleeps as long as it was told, without using the processor", function()
    local started, cpu = support.now(), os.clock()
    core.sleep(0.3)
    cpu = os.clock() - cpu
    local elapsed = support.now() - started
    assert.is_true(elapsed >= 0.3 and elapsed < 10, elapsed)
    assert.is_true(cpu < 0.1, cpu)
  end)

  it("comes back at once from no seconds", function()
    local started = support.now()
    for _ = 1, 1000 do
      core.sleep(0)
    end
    assert.is_true(support.now() - started < 10)
  end)

  it("raises when it is not given seconds", function()
    for _, wrong in ipairs { -1, 0 / 0, math.huge, "soon", {} } do
      assert.has_error(function() core.sleep(wrong) end)
    end
    assert.has_error(function() core.sleep() end)
  end)
end)

describe("core.check_url", function()
  it("takes https to anywhere", function()
    for _, url in ipairs {
      "https://kyc1.qcloud.com", "https://kyc1.qcloud.com/api/v2/base/queryfacerecord?orderNo=1",
      "HTTPS://kyc1.qcloud.com:8443/", "https://192.0.2.1", "https://[2001:db8::1]:443/", "https://localhost",
    } do
      assert.is_true(core.check_url(url), url)
    end
  end)

  it("takes http to this machine", function()
    for _, url in ipairs {
      "http://localhost", "http://localhost:8080/x", "http://127.0.0.1", "http://127.255.0.9:1/", "http://[::1]:80/",
    } do
      assert.is_true(core.check_url(url), url)
    end
  end)

  it("refuses http to any other, and what is neither", function()
    for _, url in ipairs {
      "http://example.org", "http://kyc1.qcloud.com", "http://128.0.0.1", "http://126.255.255.255",
      "http://localhost.example.org", "http://127.0.0.1.example.org", "http://[2001:db8::1]", "http://[::2]",
      "http://0.0.0.0", "ftp://localhost/", "gopher://127.0.0.1/",
    } do
      local ok, failure = core.check_url(url)
      assert.is_nil(ok)
      assert.same({ status = "INSECURE_URL" }, failure)
    end
  end)

  it("refuses what is no url, and one with a user name", function()
    for _, url in ipairs {
      "", "kyc1.qcloud.com", "https://", "file:///etc/passwd", "://x", "https://a b", "https://user@kyc1.qcloud.com",
      "https://user:password@kyc1.qcloud.com", "http://127.0.0.1@example.org", "https://kyc1.qcloud.com:99999",
    } do
      local ok, failure = core.check_url(url)
      assert.is_nil(ok, url)
      assert.same({ status = "INVALID_BASE_URL" }, failure)
    end
  end)

  it("raises when it is not given a string of C's", function()
    for _, wrong in ipairs { 1, true, {}, "https://example.org\0.example.com" } do
      assert.has_error(function() core.check_url(wrong) end)
    end
    assert.has_error(function() core.check_url() end)
  end)
end)

-- Files and sockets that this process has open.
local function descriptors()
  local file = assert(io.open("/proc/self/stat"))
  local pid = file:read("*n")
  file:close()
  return must(("readlink /proc/%.0f/fd/* 2>/dev/null | grep -v pipe | wc -l"):format(pid))
end

describe("core's objects", function()
  local function answer() return assert(core.answer(request_for())) end
  local makers = { answer = answer, connection = core.connection }

  for name, make in pairs(makers) do
    describe("(" .. name .. ")", function()
      it("may be closed twice", function()
        local object = make()
        object:close()
        object:close()
      end)

      it("show nothing of what is inside", function()
        local object = make()
        assert.truthy(tostring(object):find("^[%a.]+: 0?x?%x+$"))
        object:close()
        assert.truthy(tostring(object):find("^[%a.]+: 0?x?%x+$"))
      end)

      it("raise for another kind of object", function()
        local object = make()
        local other = make == answer and core.connection() or answer()
        for _, wrong in ipairs { other, io.stdout, {}, "x" } do
          assert.has_error(function() object.close(wrong) end)
        end
        assert.has_error(function() object.close() end)
      end)

      if _VERSION == "Lua 5.4" then
        it("close themselves at the end of a block", function()
          local inner
          local block = assert(load([[
            local make, see = ...
            local object <close> = make()
            see(object)
          ]]))
          block(make, function(object) inner = object end)
          local ok, message
          if name == "answer" then
            ok, message = pcall(inner.feed, inner, "{")
          else
            ok, message = pcall(core.exchange, request_for { url = "https://localhost" }, inner)
          end
          assert.is_false(ok)
          assert.truthy(message:find("the " .. name .. " is closed", 1, true), message)
        end)
      end
    end)
  end

  it("raise when they are used closed: an answer", function()
    local object = answer()
    object:close()
    for _, method in ipairs { "feed", "finish", "envelope", "digest", "keep" } do
      local ok, message = pcall(object[method], object, "{}")
      assert.is_false(ok)
      assert.truthy(tostring(message):find("the answer is closed", 1, true), message)
    end
  end)

  it("raise when they are used closed: an answer after keep", function()
    local object = answer()
    assert(object:feed("{}") and object:finish() and object:keep())
    assert.has_error(function() object:keep() end)
    object:close()
  end)

  it("raise when they are used closed: a connection", function()
    local object = core.connection()
    object:close()
    local ok, message = pcall(core.exchange, request_for { url = "https://localhost" }, object)
    assert.is_false(ok)
    assert.truthy(tostring(message):find("the connection is closed", 1, true), message)
  end)

  it("raise when they are closed while a request is read: a connection", function()
    local object = core.connection()
    local request = request_for { url = "https://localhost:1" }
    local files = request.files
    request.files = nil
    setmetatable(request, {
      __index = function(_, name)
        if name == "files" then
          object:close()
          return files
        end
      end,
    })
    local ok, message = pcall(core.exchange, request, object)
    assert.is_false(ok)
    assert.truthy(tostring(message):find("the connection is closed", 1, true), message)
  end)

  it("raise before files are opened: a connection that is closed or none", function()
    local folder = support.folder()
    local closed = core.connection()
    closed:close()
    collectgarbage "stop"
    local before = descriptors()
    for _, object in ipairs { closed, {} } do
      assert.has_error(function()
        core.exchange(request_for { url = "https://localhost:1", photo_path = folder .. "/p" }, object)
      end)
    end
    local after = descriptors()
    collectgarbage "restart"
    assert.equal(before, after)
    support.remove_folder(folder)
  end)

  it("leave nothing open when they are dropped", function()
    local folder = support.folder()
    collectgarbage()
    collectgarbage()
    local before = descriptors()
    for i = 1, 20 do
      local path = folder .. "/" .. i
      local object = assert(core.answer(request_for { photo_path = path .. ".jpg", video_path = path .. ".mp4" }))
      assert(object:feed('{"photo":"' .. ("QUJD"):rep(100000)))
    end
    assert.not_equal(before, descriptors())
    collectgarbage()
    collectgarbage()
    assert.equal(before, descriptors())
    assert.equal("", support.list(folder))
    support.remove_folder(folder)
  end)

  -- Lua collects garbage where the core makes a string, a table or a userdata, and a finalizer may then
  -- close what a method is at work on.  What reads on nevertheless, the sanitizer sees.
  describe("find out that a finalizer closed them:", function()
    -- Calls a method in such a way that the first thing it makes starts a collection.
    local function closed_in(object, method, ...)
      collectgarbage "stop"
      if newproxy then
        getmetatable(newproxy(true)).__gc = function() object:close() end
      else
        setmetatable({}, { __gc = function() object:close() end })
      end
      local call = object[method]
      collectgarbage "restart"
      local ok, message = pcall(call, object, ...)
      assert.is_false(ok)
      assert.matches("is closed", message, 1, true)
    end

    -- Modes in which a collection is done in one go.
    local before
    before_each(function()
      before = jit and collectgarbage("setstepmul", 0) or collectgarbage "generational"
    end)
    after_each(function()
      if jit then
        collectgarbage("setstepmul", before)
      else
        collectgarbage(before)
      end
    end)

    it("an answer", function()
      closed_in(answer(), "feed", 12.5)
      for _, method in ipairs { "envelope", "keep" } do
        local object = answer()
        assert(object:feed '{"code":"0","photo":"QUJD","video":"QUJDRA=="}' and object:finish())
        closed_in(object, method)
      end
    end)

    it("a pool", function()
      for _, method in ipairs { "wait", "finish" } do
        local pool = core.pool()
        assert.equal(0, pool:start(request_for { url = "https://127.0.0.1:1" }))
        if method == "finish" then
          assert.same({ 0 }, pool:wait(5))
        end
        closed_in(pool, method, 0)
      end
    end)
  end)

  it("raise for options of a wrong type", function()
    for _, options in ipairs {
      { max_media = "1" }, { max_media = -1 }, { max_media = 0 / 0 }, { max_envelope = {} }, { max_envelope = 2 ^ 60 },
      { photo_path = 1 }, { video_path = true }, { photo_path = "/tmp/a\0b" }, { hashes = "sha256" },
      { hashes = { "md5" } }, { hashes = { 1 } }, { within = 1 }, { within = "" }, { within = ("x"):rep(32) },
      { unique = 1 }, { unique = { 1 } }, { unique = { "a\0b" } },
    } do
      assert.has_error(function() core.answer(request_for(options)) end)
    end
    for _, files in ipairs { 1, { 1 }, { {} }, { { name = 1 } }, { { name = "" } }, { { name = "a\0b" } } } do
      local options = request_for()
      options.files = files
      assert.has_error(function() core.answer(options) end)
    end
    for _, name in ipairs { "files", "unique", "max_envelope", "max_media" } do
      local options = request_for()
      options[name] = nil
      assert.has_error(function() core.answer(options) end)
    end
    local many = {}
    for i = 1, 20 do
      many[i] = { name = "field" .. i }
      local options = request_for { unique = {} }
      options.files = many
      assert.equal(i <= 4, (pcall(core.answer, options)))
    end
    assert.has_error(function() core.answer() end)
    assert.has_error(function() answer():feed() end)
    assert.has_error(function() answer():feed {} end)
  end)

  it("raise for requests of a wrong type", function()
    for _, field in ipairs {
      { url = 1 }, { url = "https://localhost\0" }, { timeout = 0 }, { timeout = -1 }, { timeout = 0 / 0 },
      { timeout = "1" }, { timeout = math.huge }, { connect_timeout = 0 }, { headers = "x" }, { headers = { "x" } },
      { ca_file = 1 }, { proxy = 1 }, { body = {} }, { max_media = -1 },
      { headers = { A = 1 } }, { headers = { A = "b\r\nC: d" } }, { headers = { ["A\n"] = "b" } },
      { headers = { A = "b\0" } }, { headers = { ["\0"] = "b" } }, { headers = { A = "\127" } },
    } do
      local request = request_for { url = "https://localhost:1" }
      for name, value in pairs(field) do
        request[name] = value
      end
      assert.has_error(function() core.exchange(request) end)
    end
    for _, name in ipairs { "url", "timeout", "connect_timeout" } do
      local request = request_for { url = "https://localhost:1" }
      request[name] = nil
      assert.has_error(function() core.exchange(request) end)
    end
    assert.has_error(function() core.exchange {} end)
    assert.has_error(function() core.exchange() end)
    assert.has_error(function() core.exchange(request_for { url = "https://localhost:1" }, {}) end)
  end)
end)

-- A thread of libcurl's may still wait for a name server when a program closes Lua, and goes on.
describe("the module", function()
  it("stays loaded when Lua is closed", function()
    local CODE = [[
import ctypes
lua = ctypes.CDLL("%s", ctypes.RTLD_GLOBAL)
lua.luaL_newstate.restype = ctypes.c_void_p
state = ctypes.c_void_p(lua.luaL_newstate())
lua.luaL_openlibs(state)
lua.luaL_loadstring(state, b"require 'facequery.core'")
print(lua.%s)
lua.lua_close(state)
print("facequery/core.so" in open("/proc/self/maps").read())
]]
    local library = jit and "libluajit-5.1.so.2" or "liblua5.4.so.0"
    local call = jit and "lua_pcall(state, 0, 0, 0)" or "lua_pcallk(state, 0, 0, 0, 0, None)"
    assert.equal("0\nTrue", must(("LD_PRELOAD=%s ASAN_OPTIONS=detect_leaks=0 python3 -c %s"):format(
      quote(os.getenv "LD_PRELOAD" or ""), quote(CODE:format(library, call)))))
  end)
end)
