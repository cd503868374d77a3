-- How a run tells of its progress: on a terminal and elsewhere.  Each in a process of its own, on a
-- terminal that script(1) makes, by a clock of its own.

local support = require "help.support"

local quote = support.quote

-- The process's clock stands still: only `pass` moves it.
local CLOCK = [[
  local core = require "facequery.core"
  local now = core.clock()
  core.clock = function() return now end
  local function pass(seconds) now = now + seconds end
]]

-- A run of 4 orders, of which 1 fails.
local CODE = CLOCK .. [[
  local progress = require("facequery.cli.progress").new("en", %s)
  for i = 1, 4 do
    pass(%s)
    progress.count(i ~= 3, function() io.stdout:write("line ", i, "\n") io.stdout:flush() end)
  end
  io.stderr:write(progress.summary(), "\n")
]]

-- What the process writes to a terminal.
local function on_terminal(code)
  return (support.must(("TERM=xterm script -qec %s /dev/null </dev/null"):format(quote(support.lua_command(code))))
    :gsub("\r\n", "\n"):gsub("\r$", ""))
end

local function elsewhere(code)
  return (support.start_lua(code).wait())
end

describe("a run's progress", function()
  it("elsewhere than on a terminal is a line for each order and a summary, without control characters", function()
    for _, total in ipairs { "4", "nil" } do
      local output = elsewhere(CODE:format(total, "0"))
      assert.equal("line 1\nline 2\nline 3\nline 4\n3 done, 1 failed, in 0 s", output)
    end
  end)

  it("for a machine is the same on a terminal", function()
    local output = on_terminal(CODE:format("4, true", "0"))
    assert.equal("line 1\nline 2\nline 3\nline 4\n3 done, 1 failed, in 0 s", output)
  end)

  it("on a terminal is one line that redraws itself: done, failed, left, rate and time left", function()
    local output = on_terminal(CODE:format("8", "0.25"))
    assert.matches("\r[##------------------]  1 done, 0 failed  7 left, 4.0/s, 2 s\27[K", output, 1, true)
    assert.matches("\r[#####---------------]  2 done, 0 failed  6 left, ", output, 1, true)
    assert.matches("\r[##########----------]  3 done, 1 failed  4 left, ", output, 1, true)
    assert.matches("\r\27%[K3 done, 1 failed, in 1 s$", output)
  end)

  it("on a terminal prints a line of an order's own when it failed, over the line that is drawn", function()
    local output = on_terminal(CODE:format("4", "0.25"))
    assert.matches("\r\27[Kline 3\n\r[", output, 1, true)
    assert.equal(1, select(2, output:gsub("line", "")))
  end)

  it("on a terminal is the line that redraws itself, and a line for each order where stdout goes elsewhere", function()
    local folder = support.folder()
    finally(function() support.remove_folder(folder) end)
    local drawn = support.must(("TERM=xterm script -qec %s /dev/null </dev/null"):format(
      quote(support.lua_command(CODE:format("4", "0.25")) .. " >" .. folder .. "/out")))
    assert.equal("line 1\nline 2\nline 3\nline 4\n", support.read_file(folder .. "/out"))
    assert.matches("\r[####################]  3 done, 1 failed  0 left, ", drawn, 1, true)
    assert.is_nil(drawn:find("line", 1, true))
  end)

  it("on a terminal without a total says what it knows", function()
    local output = on_terminal(CODE:format("nil", "0.25"))
    assert.matches("\r1 done, 0 failed  [34]%.%d/s\27%[K", output)
    assert.is_nil(output:find("left", 1, true))
  end)

  it("on a terminal is not redrawn for each of many", function()
    local output = on_terminal(CLOCK .. [[
      local progress = require("facequery.cli.progress").new("en", 1000)
      for i = 1, 1000 do
        pass(0.001)
        progress.count(true, error)
      end
      io.stderr:write(progress.summary(), "\n")
    ]])
    assert.is_true(select(2, output:gsub("\r%[", "")) <= 11)
    assert.matches("1000 done, 0 failed", output, 1, true)
  end)

  it("tells long times in minutes and hours", function()
    local output = on_terminal(CLOCK .. [[
      local progress = require("facequery.cli.progress").new("en", 10000)
      for _, step in ipairs { 10, 90, 3600 } do
        pass(step)
        progress.count(true, error)
      end
      io.stderr:write(progress.summary(), "\n")
    ]])
    -- 9999 orders at 10 s each; 9998 at 50 s each; 9997 at 1233.3 s each
    assert.matches("9999 left, 0.1/s, 27 h 46 min", output, 1, true)
    assert.matches("9998 left, 0.0/s, 138 h 51 min", output, 1, true)
    assert.matches("3 done, 0 failed, in 1 h 01 min", output, 1, true)
  end)

  it("of no orders is no line but the summary", function()
    local output = on_terminal [[
      io.stderr:write(require("facequery.cli.progress").new("en", 0).summary(), "\n")
    ]]
    assert.matches("^0 done, 0 failed, in %d s$", output)
  end)

  it("of bytes is a line that redraws itself: what was read, of about how much, rate and time left", function()
    local code = CLOCK .. [[
      local progress = require("facequery.cli.progress").bytes("en", %s)
      pass(1)
      progress.read(0, 8, 500000)
      pass(1)
      progress.read(2, 8, 3e9)
      progress.print(function() io.stdout:write "a problem\n" io.stdout:flush() end)
      pass(0.1)
      progress.read(3, 8, 4e9)
      pass(1.9)
      progress.read(9, 8, 12000)
      progress.clear()
    ]]
    -- 3 GB in 2 s, a quarter of it all; 12 kB of 12 kB in 4 s
    assert.equal("\r[--------------------]  500 kB\27[K"
      .. "\r[#####---------------]  3.0 GB of about 12.0 GB  1.5 GB/s, 6 s\27[K\r\27[Ka problem\n"
      .. "\r[####################]  12 kB of about 12 kB  3 kB/s, 0 s\27[K\r\27[K", on_terminal(code:format "false"))
    assert.equal("a problem", elsewhere(code:format "false"))
    assert.equal("a problem", on_terminal(code:format "true"))
  end)

  it("on a narrow terminal has as much of the line as fits, so that it stays one", function()
    local function lines(columns)
      local drawn = support.must(("TERM=xterm script -qec %s /dev/null </dev/null"):format(quote(
        ("stty cols %d; %s"):format(columns, support.lua_command(CODE:format("8", "0.25"))))))
      return drawn
    end
    assert.matches("\r[##------------------]  1 done, 0 failed\27[K", lines(45), 1, true)
    assert.matches("\r[##------------------]\27[K", lines(30), 1, true)
    assert.matches("\r\27[K", lines(12), 1, true)
  end)

  it("on a terminal that knows no escape codes is what it is elsewhere", function()
    for _, kind in ipairs { "dumb", "" } do
      local output = support.must(("TERM=%s script -qec %s /dev/null </dev/null"):format(kind,
        quote(support.lua_command(CODE:format("4", "0"))))):gsub("\r", "")
      assert.equal("line 1\nline 2\nline 3\nline 4\n3 done, 1 failed, in 0 s", output)
    end
  end)

  it("counts for its rate only what this run has done", function()
    local output = on_terminal(CLOCK .. [[
      local progress = require("facequery.cli.progress").new("en", 8)
      for i = 1, 6 do
        pass(0.25)
        progress.count(true, error, i <= 4)
      end
    ]])
    -- Four that were there, and then two in 0.5 s.
    assert.matches("6 done, 0 failed  2 left, 4.0/s, 1 s", output, 1, true)
  end)

  it("tells no rate and no time while it has only met what was there", function()
    for total, line in pairs { ["800"] = "\r[--------------------]  3 done, 0 failed  797 left\27[K",
      ["nil"] = "\r3 done, 0 failed\27[K" } do
      local output = on_terminal(CLOCK .. ([[
        local progress = require("facequery.cli.progress").new("en", %s)
        for _ = 1, 3 do
          pass(1)
          progress.count(true, error, true)
        end
      ]]):format(total))
      assert.matches(line, output, 1, true)
      assert.is_nil(output:find("/s", 1, true))
    end
  end)

  it("is told in Chinese", function()
    local output = on_terminal(CODE:format('8', "0.25"):gsub('"en"', '"zh"'))
    assert.matches("完成 1，失败 0  剩余 7，4.0/秒，2 秒", output, 1, true)
    assert.matches("完成 3 个，失败 1 个，用时 1 秒", output, 1, true)
  end)
end)
