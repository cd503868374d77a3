-- How an answer gets out: JSON whose media are written as they stand, and a body whose length is
-- known before it is made.

local cjson = require "cjson"

local answer = {}

-- The page's order of fields, of the root and of `result` alike.  Others follow.
local ORDER = {
  "code", "msg", "orderNo", "liveRate", "similarity", "occurredTime", "appId", "photo", "video",
  "bizSeqNo", "result", "sdkVersion", "trtcFlag", "transactionTime",
}
local RANKED = {}
for _, name in ipairs(ORDER) do RANKED[name] = true end

local function write(parts, value)
  if type(value) == "table" and value.raw then
    for _, part in ipairs(value.raw) do parts[#parts + 1] = part end
  elseif type(value) ~= "table" or value[1] ~= nil then
    parts[#parts + 1] = cjson.encode(value)
  else
    local separator = "{"
    local function field(name, content)
      parts[#parts + 1] = separator .. '"' .. name .. '":'
      separator = ","
      write(parts, content)
    end
    for _, name in ipairs(ORDER) do
      if value[name] ~= nil then field(name, value[name]) end
    end
    for name, content in pairs(value) do
      if not RANKED[name] then field(name, content) end
    end
    parts[#parts + 1] = separator == "{" and "{}" or "}"
  end
end

local function length(parts)
  local bytes = 0
  for _, part in ipairs(parts) do
    bytes = bytes + (type(part) == "string" and #part or #part.text * part.times)
  end
  return bytes
end

--- The parts of an answer's text: strings, and `{ text =, times = }`.
---@param body string|table a table as JSON, in which `{ raw = { … } }` stands for JSON text made of such parts;
---field names are written as they are
---@param edit? fun(text: string): string changes the whole text
---@return (string|{ text: string, times: integer })[]
function answer.parts(body, edit)
  local parts = { body }
  if type(body) == "table" then
    parts = {}
    write(parts, body)
  end
  return edit and { edit(table.concat(parts)) } or parts
end

--- Sends a body as answer.parts has it.
---@param body string|table
---@param how? table status, type, location; delay (seconds); edit (function of the whole text);
---pieces (over how many tenths of a second); cut (the connection ends half-way); silent (no answer)
function answer.send(body, how)
  how = how or {}
  if how.delay then ngx.sleep(how.delay) end
  if how.silent then return ngx.exit(444) end

  local parts = answer.parts(body, how.edit)
  ngx.status = how.status or 200
  ngx.header.content_type = how.type or "application/json;charset=UTF-8"
  ngx.header.location = how.location
  ngx.header.content_length = ("%.0f"):format(length(parts))

  if how.cut then
    local text = table.concat(parts)
    ngx.print(text:sub(1, math.floor(#text / 2)))
    ngx.flush(true)
    return ngx.exit(444)
  elseif how.pieces then
    local text = table.concat(parts)
    local piece = math.ceil(#text / how.pieces)
    for from = 1, #text, piece do
      ngx.print(text:sub(from, from + piece - 1))
      ngx.flush(true)
      ngx.sleep(0.1)
    end
    return
  end
  for _, part in ipairs(parts) do
    if type(part) == "string" then
      ngx.print(part)
    else
      for _ = 1, part.times do
        ngx.print(part.text)
        if not ngx.flush(true) then return end
      end
    end
  end
end

return answer
