-- facequery.core: what it draws, how it waits, and what stays of it when Lua closes.

local core = require "facequery.core"
local support = require "help.support"

local quote, must = support.quote, support.must

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

describe("core.cores", function()
  it("are those that nproc counts, and fewer where the process is held to fewer", function()
    local code = support.lua_command 'print(require("facequery.core").cores())'
    for _, prefix in ipairs { "", [[taskset -c "$(taskset -cp $$ | sed 's/.*: //; s/[,-].*//')" ]] } do
      assert.equal(must(("env -u OMP_NUM_THREADS -u OMP_THREAD_LIMIT %snproc"):format(prefix)), must(prefix .. code))
    end
  end)
end)

describe("core.tls", function()
  it("names libcurl's TLS library, and the authorities that it was built with", function()
    local tls = require("facequery.core").tls()
    local version, names = must "curl --version", must "curl-config --ca"
    assert.is_truthy(version:find(" " .. tls.library .. " ", 1, true))
    assert.equal(names, tls.ca_file)
  end)
end)

describe("core.send_datagram", function()
  local folder

  before_each(function() folder = support.folder() end)
  after_each(function() support.remove_folder(folder) end)

  it("sends to a socket with a path, and to one with an abstract name", function()
    for _, name in ipairs { folder .. "/socket", "@" .. folder } do
      local process = support.start(("python3 -u spec/fixtures/notified.py '%s'"):format(name))
      process.wait_for "bound"
      assert.is_true(core.send_datagram(name, "READY=1\nSTATUS=a\0b"))
      process.wait_for "READY=1\nSTATUS=a\0b\n"
      process.kill()
      process.wait()
    end
  end)

  it("says so where nobody takes it", function()
    assert.is_false(core.send_datagram(folder .. "/none", "READY=1"))
    assert.is_false(core.send_datagram("@" .. folder, "READY=1"))
    assert.is_false(core.send_datagram("", "READY=1"))
    assert.is_false(core.send_datagram("/" .. ("x"):rep(107), "READY=1"))
    assert.is_false(core.send_datagram("/" .. ("x"):rep(10000), "READY=1"))
  end)

  it("says so where no more files can be open", function()
    local process = support.start(("python3 -u spec/fixtures/notified.py '%s/socket'"):format(folder))
    process.wait_for "bound"
    assert.equal("true\nfalse", must("ulimit -n 64; " .. support.lua_command(([[
      local core, name = require "facequery.core", %q
      print(core.send_datagram(name, "READY=1"))
      local files = {}
      for i = 1, 64 do files[i] = io.open "/dev/null" end
      print(core.send_datagram(name, "READY=2"))]]):format(folder .. "/socket"))))
    process.kill()
    process.wait()
  end)
end)

describe("core.columns", function()
  it("is how wide a terminal is, and nil of what is none", function()
    local code = support.lua_command 'local core = require "facequery.core" print(core.columns(1), core.columns(0))'
    assert.matches("^77%s+nil", must(("script -qec %s /dev/null </dev/null"):format(
      quote("stty cols 77; exec </dev/null; " .. code))))
    assert.matches("^0%s", must(("script -qec %s /dev/null </dev/null"):format(quote("stty cols 0; " .. code))))
    assert.is_nil(core.columns(9999))
  end)
end)
