--- A listener that writes a line about each event: `on_event = require "facequery.debug"`.

local core = require "facequery.core"

-- What may stand in a value, and how long it may be: what the service sends may be anything.
local HARMLESS, LONGEST = "[^%w_.,/-]", 80

-- The fields of an event, in the order of the line: its name there, and how it is written.
local function whole(value) return ("%d"):format(value) end
local function milliseconds(value) return ("%.0f"):format(value * 1000) end
local FIELDS = {
  { "action" },
  { "order_no", "order" },
  { "method" },
  { "url", "path", function(url) return url:match "^%a+://[^/]*.-(/api/.*)$" or "/" end },
  { "status", "status", whole },
  { "code" },
  { "kind" },
  { "biz_seq_no", "bizSeqNo" },
  { "odd", "odd", function(names) return table.concat(names, ",") end },
  { "time", "ms", milliseconds },
  { "delay", "wait_ms", milliseconds },
  { "reused", "reused", tostring },
  { "attempt", "attempt", whole },
}

local function write_to_stderr(line)
  io.stderr:write(line, "\n")
end

local function time_of(now)
  local seconds = math.floor(now)
  return os.date("!%Y-%m-%dT%H:%M:%S", seconds) .. (".%03dZ"):format(math.floor((now - seconds) * 1000))
end

--- Writes a line about an event: when, its type, and its fields as NAME=VALUE.  A line has nothing in it that an event
--- does not have: no ticket, secret or signature, no name, no picture; and of a url its path alone.
---@param event facequery.Event
---@param write? fun(line: string) default: to stderr
return function(event, write)
  local parts = { time_of(core.now()), event.type }
  for _, field in ipairs(FIELDS) do
    local value = event[field[1]]
    if value ~= nil then
      local text = (field[3] or tostring)(value):gsub(HARMLESS, "?"):sub(1, LONGEST)
      parts[#parts + 1] = (field[2] or field[1]) .. "=" .. text
    end
  end
  (write or write_to_stderr)(table.concat(parts, " "))
end
