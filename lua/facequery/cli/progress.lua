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

local function size(bytes)
  for _, unit in ipairs { { "GB", 1e9 }, { "MB", 1e6 } } do
    if bytes >= unit[2] then
      return ("%.1f %s"):format(bytes / unit[2], unit[1])
    end
  end
  return ("%.0f kB"):format(bytes / 1e3)
end

-- The line that is drawn again and again; nothing where stderr is no terminal.
local function status_line(is_plain)
  local drawn = 0
  local line = { is_shown = not is_plain and is_terminal(io.stderr) }

  function line.clear()
    if line.is_shown and drawn > 0 then
      io.stderr:write("\r\27[K")
    end
  end

  -- `text` is a function that returns the line; it is called where it is time for it, or `is_due`.
  function line.draw(text, is_due)
    local now = line.is_shown and core.clock()
    if now and (is_due or now - drawn >= REDRAW) then
      drawn = now
      io.stderr:write("\r", text(), "\27[K")
    end
  end

  return line
end

--- Of bytes that are read.
---@param is_plain? boolean for a machine: nothing
function progress.bytes(is_plain)
  local line, started = status_line(is_plain), core.clock()
  local self = { clear = line.clear }

  --- Tells how far it is.  How many bytes there are is known at the end; until then the bundles read so far have to
  --- say how large the others are.
  ---@param bundles integer
  ---@param of integer bundles there are
  ---@param bytes integer
  function self.read(bundles, of, bytes)
    line.draw(function()
      local share = math.min(1, bundles / math.max(of, 1))
      local passed = math.max(core.clock() - started, 0.001)
      if bundles == 0 then
        return ("%s  %s"):format(bar(0), size(bytes))
      end
      return ("%s  %s of about %s  %s/s, %s"):format(bar(share), size(bytes), size(bytes / share),
        size(bytes / passed), duration(passed * (1 / share - 1)))
    end)
  end

  --- Prints lines of their own, over the line that is drawn.
  ---@param print_lines fun()
  function self.print(print_lines)
    line.clear()
    print_lines()
  end

  return self
end

--- Of orders.
---@param total? integer orders, where it is known
---@param is_plain? boolean for a machine: a line for each order, wherever it runs
function progress.new(total, is_plain)
  local line = status_line(is_plain)
  -- On a terminal only failures are worth a line of their own; a file or a pipe is to get them all.
  local is_brief = line.is_shown and is_terminal(io.stdout)
  local started = core.clock()
  local self = { done = 0, failed = 0 }

  local function text()
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
    return table.concat(parts, "  ")
  end

  --- Counts an order.
  ---@param ok boolean
  ---@param print_line fun()
  function self.count(ok, print_line)
    self.done = self.done + (ok and 1 or 0)
    self.failed = self.failed + (ok and 0 or 1)
    if not ok then
      line.clear()
    end
    if not ok or not is_brief then
      print_line()
    end
    line.draw(text, not ok)
  end

  --- Clears the status line, and returns how the run went as one line of text.
  ---@return string
  function self.summary()
    line.clear()
    return ("%d done, %d failed, in %s"):format(self.done, self.failed, duration(core.clock() - started))
  end

  return self
end

return progress
