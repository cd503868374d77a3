-- Signals that wait until they are asked for, in a process of their own.

local core = require "facequery.core"
local support = require "help.support"

describe("core.signals", function()
  -- What Lua code prints there, and the exit status; `send` sends the process a signal.
  local function elsewhere(code)
    return support.shell("ulimit -n 64; " .. support.lua_command([[
      local core = require "facequery.core"
      local function send(name) io.popen("kill -" .. name .. " $PPID"):close() end
      io.stdout:setvbuf "no" ]] .. code))
  end

  it("brings the signals that have come, each once, and nothing where none has", function()
    assert.same({ "nil\tTERM\tINT\tnil", 0 }, { elsewhere [[
      local signals = core.signals()
      local before = signals:next()
      send "TERM"
      local first = signals:next()
      send "INT"
      print(before, first, signals:next(), (signals:next()))]] })
  end)

  it("lets them end the process once it is closed", function()
    assert.same({ "closed", 128 + 15 }, { elsewhere [[
      local signals = core.signals()
      signals:close()
      signals:close()
      print "closed"
      send "TERM"
      print "not ended"]] })
  end)

  it("says so where no more files can be open, and leaves the signals alone", function()
    assert.same({ "nil\tOUT_OF_MEMORY", 128 + 15 }, { elsewhere [[
      local files = {}
      for i = 1, 64 do files[i] = io.open "/dev/null" end
      local signals, failure = core.signals()
      for _, file in ipairs(files) do file:close() end
      print(signals, failure.status)
      send "TERM"
      print "not ended"]] })
  end)

  it("raises once it is closed", function()
    local signals = core.signals()
    signals:close()
    assert.has_error(function() signals:next() end)
  end)
end)
