--- Shows how a run is going: on stderr, where that is a terminal, a status line that is drawn again and again; on
--- stdout, where that is none, a line for each order.

local core = require "facequery.core"
local layout = require "facequery.cli.layout"
local terminal = require "facequery.cli.terminal"
local words = require "facequery.cli.words"

local progress = {}

local REDRAW = 0.2 -- seconds

local function duration(lang, seconds)
  if seconds >= 3600 then
    return words.of(lang, "hours"):format(math.floor(seconds / 3600), math.floor(seconds % 3600 / 60))
  elseif seconds >= 60 then
    return words.of(lang, "minutes"):format(math.floor(seconds / 60), math.floor(seconds % 60))
  end
  return words.of(lang, "seconds"):format(math.ceil(seconds))
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

-- As many of the parts as fit into a line of the terminal: the first first.  A line that is as long as the terminal is
-- wide would move the cursor to the next.
local function fit(parts, columns)
  local text = ""
  for _, part in ipairs(parts) do
    local longer = text == "" and part or text .. "  " .. part
    if layout.width(longer) >= columns then
      break
    end
    text = longer
  end
  return text
end

-- The line that is drawn again and again; nothing where stderr is no terminal, or one that knows no escape codes.
local function status_line(is_plain)
  local drawn = 0
  local line = { is_shown = not is_plain and terminal.is "stderr" and not terminal.is_dumb() }

  function line.clear()
    if line.is_shown and drawn > 0 then
      io.stderr:write("\r\27[K")
    end
  end

  -- `parts` is a function that returns the line's parts, what matters most first; it is called where it is time for it,
  -- or `is_due`.
  function line.draw(parts, is_due)
    local now = line.is_shown and core.clock()
    if now and (is_due or now - drawn >= REDRAW) then
      drawn = now
      io.stderr:write("\r", fit(parts(), terminal.columns "stderr"), "\27[K")
    end
  end

  return line
end

--- Of bytes that are read.
---@param lang facequery.Lang
---@param is_plain? boolean for a machine: nothing
function progress.bytes(lang, is_plain)
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
        return { bar(0), size(bytes) }
      end
      return {
        bar(share), words.of(lang, "read"):format(size(bytes), size(bytes / share)),
        words.of(lang, "speed"):format(size(bytes / passed), duration(lang, passed * (1 / share - 1))),
      }
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
---@param lang facequery.Lang
---@param total? integer orders, where it is known
---@param is_plain? boolean for a machine: a line for each order, wherever it runs
function progress.new(lang, total, is_plain)
  local line = status_line(is_plain)
  -- On a terminal only failures are worth a line of their own; a file or a pipe is to get them all.
  local is_brief = line.is_shown and terminal.is "stdout"
  local started = core.clock()
  local self = { done = 0, failed = 0 }
  -- What an earlier run has done took this one no time: the rate's clock starts behind what of that comes first.
  local existing, rated_from = 0, started

  local function parts()
    local finished = self.done + self.failed
    local is_rated = finished > existing
    local rate = (finished - existing) / math.max(core.clock() - rated_from, 0.001)
    local list = { words.of(lang, "done"):format(self.done, self.failed) }
    if total then
      local left = total - finished
      table.insert(list, 1, bar(total > 0 and finished / total or 1))
      list[#list + 1] = is_rated
        and words.of(lang, "rest"):format(left, rate, duration(lang, left / math.max(rate, 0.001)))
        or words.of(lang, "unrated_rest"):format(left)
    elseif is_rated then
      list[#list + 1] = words.of(lang, "rate"):format(rate)
    end
    return list
  end

  --- Counts an order.
  ---@param ok boolean
  ---@param print_line fun()
  ---@param was_there? boolean an earlier run has archived it
  function self.count(ok, print_line, was_there)
    self.done = self.done + (ok and 1 or 0)
    self.failed = self.failed + (ok and 0 or 1)
    existing = existing + (was_there and 1 or 0)
    if existing == self.done + self.failed then
      rated_from = core.clock()
    end
    if not ok then
      line.clear()
    end
    if not ok or not is_brief then
      print_line()
    end
    line.draw(parts, not ok)
  end

  --- Clears the status line, and returns how the run went as one line of text.
  ---@return string
  function self.summary()
    line.clear()
    return words.of(lang, "summary"):format(self.done, self.failed, duration(lang, core.clock() - started))
  end

  return self
end

return progress
