--- What is known of the terminal that a command may run on.

local core = require "facequery.core"

local terminal = {}

local DESCRIPTORS = { stdin = 0, stdout = 1, stderr = 2 }

--- Whether it is a terminal.
---@param name "stdin"|"stdout"|"stderr"
---@return boolean
function terminal.is(name)
  return core.columns(DESCRIPTORS[name]) ~= nil
end

--- Whether it obeys escape codes: a terminal that says it is dumb does not.
---@return boolean
function terminal.is_dumb()
  local kind = os.getenv "TERM"
  return kind == nil or kind == "" or kind == "dumb"
end

-- Of a terminal that does not say how wide it is, as a serial line.
local USUAL = 80

--- How many columns it has now; nil where it is none.
---@param name "stdin"|"stdout"|"stderr"
---@return integer|nil
function terminal.columns(name)
  local columns = core.columns(DESCRIPTORS[name])
  return columns == 0 and USUAL or columns
end

return terminal
