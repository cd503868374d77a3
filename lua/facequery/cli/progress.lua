--- Shows how a run is going: on stderr, where that is a terminal, a status line that is drawn again and again; on
--- stdout, where that is none, a line for each order.

local core = require "facequery.core"

local progress = {}

local REDRAW = 0.2 -- seconds

-- lua-term need not be installed: without it, nothing is taken for a terminal.
local function is_terminal(file)
  local ok, term = pcall(require, "term")
  return ok and term.isatty(file)
end

local function duration(seconds)
  if seconds >= 3600 then
    return ("%d h %02d min"):format(math.floor(seconds / 3600), math.floor(seconds % 3600 / 60))
  elseif seconds >= 60 then
    return ("%d min %02d s"):format(math.floor(seconds / 60), math.floor(seconds % 60))
  end
  return ("%d s"):format(math.ceil(seconds))
end

local function bar(share)
  local width = 20
  local full = math.floor(share * width)
  return "[" .. ("#"):rep(full) .. ("-"):rep(width - full) .. "]"
end

---@param total? integer orders, where it is known
---@param is_plain? boolean for a machine: a line for each order, wherever it runs
function progress.new(total, is_plain)
  local terminal = not is_plain and is_terminal(io.stderr)
  -- On a terminal only failures are worth a line of their own; a file or a pipe is to get them all.
  local is_brief = terminal and is_terminal(io.stdout)
  local started, drawn = core.clock(), 0
  local self = { done = 0, failed = 0 }

  local function clear()
    if terminal and drawn > 0 then
      io.stderr:write("\r\27[K")
    end
  end

  local function draw()
    local finished = self.done + self.failed
    local rate = finished / math.max(core.clock() - started, 0.001)
    local parts = { ("%d done, %d failed"):format(self.done, self.failed) }
    if total then
      local left = total - finished
      table.insert(parts, 1, bar(total > 0 and finished / total or 1))
      parts[#parts + 1] = ("%d left, %.1f/s, %s"):format(left, rate, duration(left / math.max(rate, 0.001)))
    else
      parts[#parts + 1] = ("%.1f/s"):format(rate)
    end
    io.stderr:write("\r", table.concat(parts, "  "), "\27[K")
  end

  --- Counts an order.
  ---@param ok boolean
  ---@param print_line fun()
  function self.count(ok, print_line)
    self.done = self.done + (ok and 1 or 0)
    self.failed = self.failed + (ok and 0 or 1)
    if not ok then
      clear()
    end
    if not ok or not is_brief then
      print_line()
    end
    if not terminal then
      return
    end
    if not ok or core.clock() - drawn >= REDRAW then
      drawn = core.clock()
      draw()
    end
  end

  --- Clears the status line, and returns how the run went as one line of text.
  ---@return string
  function self.summary()
    clear()
    return ("%d done, %d failed, in %s"):format(self.done, self.failed, duration(core.clock() - started))
  end

  return self
end

return progress
