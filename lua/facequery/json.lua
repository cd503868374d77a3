--- JSON through an instance of lua-cjson of our own (cjson.new), which the application's settings of its
--- cjson don't reach.  lua-cjson would lose digits beyond a double's, the difference between an empty list
--- and an empty object, and text that is not UTF-8: the core marks them for it first (see csrc/json_plain.h).
--- Canonical JSON (RFC 8785), for what is printed, stored and hashed, is written here, because lua-cjson
--- writes an object's keys in no fixed order.

local core = require "facequery.core"
local new = require("cjson").new

local json = {}

local function make()
  local instance = new()
  instance.decode_invalid_numbers(false)
  return instance
end

local instance
local function cjson()
  instance = instance or make()
  return instance
end

-- For each decoded table (a weak key): by field, the text of a number that Lua would print otherwise than the
-- JSON had it.
local literals = setmetatable({}, { __mode = "k" })
-- For each decoded list (a weak key) the length that `#` doesn't tell: an empty list looks like an empty
-- object, and nulls at the end of a list are gone.
local lengths = setmetatable({}, { __mode = "k" })

-- LuaJIT and Lua 5.4 print a number with more significant digits differently, and a double may not hold it.
local DIGITS = 14

local to_integer = math.tointeger or function(value) return value end

-- Returns a JSON number as a Lua number when both Luas print it with all of its digits, else its text; and
-- second the text, when it is not what Lua prints for that number.
local function number_of(literal)
  local digits = literal:match("^%-?0*%.?0*([%d.]*)"):gsub("%.", "")
  local exponent = tonumber(literal:match "[eE]([+-]?%d+)$" or "0")
  if #digits > DIGITS or exponent > 99 or exponent < -99 then
    return literal, literal
  end
  local value = tonumber(literal)
  value = value == 0 and 0 or to_integer(value) or value
  return value, literal ~= ("%.14g"):format(value) and literal or nil
end

-- Takes the marks back out of a decoded value that the core has put in for lua-cjson: see csrc/json_plain.h.
local function unmark(value)
  if type(value) == "table" then
    for field, inner in pairs(value) do
      local plain, literal = unmark(inner)
      value[field] = plain
      if literal then
        literals[value] = literals[value] or {}
        literals[value][field] = literal
      end
    end
  elseif type(value) == "string" and value:byte(1) == 1 then
    local mark, rest = value:sub(2, 2), value:sub(3)
    if mark == "n" then
      return number_of(rest)
    elseif mark == "a" then
      local list = {}
      lengths[list] = 0
      return list
    end
    return rest
  end
  return value
end

--- What json.decode leaves for JSON's null.
---@return lightuserdata
function json.null()
  return cjson().null
end

-- In what lua-cjson has decoded a null still fills its place in a list, and an object's names are strings: a
-- value at 1 means a list, whose length `#` tells.
local function drop_null(value, null)
  if value[1] ~= nil then
    lengths[value] = #value
  end
  for key, inner in pairs(value) do
    if inner == null then
      value[key] = nil
    elseif type(inner) == "table" then
      drop_null(inner, null)
    end
  end
end

--- Replaces JSON's null by nil: lua-cjson decodes it to a lightuserdata, which is true in an `if`.  The other
--- values of a list keep their places.
---@param decoded table
function json.drop_null(decoded)
  drop_null(decoded, json.null())
end

--- Marks a table as a list, so that json.canonical writes [] even when it is empty.
---@param list table
---@return table list
function json.list(list)
  lengths[list] = #list
  return list
end

--- Decodes strict JSON (RFC 8259), nested 128 deep at most.  U+FFFD replaces what is no character: bytes that
--- are not UTF-8, half a surrogate pair, control characters that were not escaped.  A number that would lose
--- digits as a Lua number becomes a string of them: see json.literal.
---@param text any
---@return any|nil value
---@return facequery.Failure|nil failure its `status` is NOT_JSON, JSON_TOO_DEEP or NO_MEMORY
function json.decode(text)
  local plain, has_marks = core.plain_json(type(text) == "string" and text or "")
  if not plain then
    return nil, has_marks
  end
  local ok, value = pcall(cjson().decode, plain)
  if not ok then
    return nil, { status = "NOT_JSON" }
  end
  return has_marks and (unmark(value)) or value
end

--- The text that a decoded number had, where Lua would print it otherwise, or where it became a string to keep
--- its digits.
---@param decoded table
---@param field string|integer
---@return string|nil
function json.literal(decoded, field)
  return literals[decoded] and literals[decoded][field]
end

--- Copies one decoded table's fields into another, and the texts of their numbers (json.literal) with them.
---@param into table
---@param from table
---@return table into
function json.merge(into, from)
  local known, others = literals[into], literals[from]
  if others and not known then
    known = {}
    literals[into] = known
  end
  for field, value in pairs(from) do
    into[field] = value
    if known then
      known[field] = others and others[field]
    end
  end
  return into
end

--- Sets a field of a decoded table, and forgets the text that its old value had (json.literal).
---@param decoded table
---@param field string
---@param value any
function json.set(decoded, field, value)
  decoded[field] = value
  if literals[decoded] then
    literals[decoded][field] = nil
  end
end

--- Encodes for a request's body: fast, an object's keys in no particular order.
---@param value any
---@return string
function json.encode(value)
  return cjson().encode(value)
end

-- Raises the core's failure, a table, when the core is out of memory: json.canonical catches and returns it.
local function write_string(text)
  local written, failure = core.json_string(text)
  return written or error(failure, 0)
end

-- The shortest text that reads back as the same double, as RFC 8785 wants it; all digits of a Lua integer.
local function write_number(value)
  if math.type and math.type(value) == "integer" then
    return ("%d"):format(value)
  elseif value ~= value or value == math.huge or value == -math.huge then
    return "null"
  elseif value % 1 == 0 and value > -2 ^ 53 and value < 2 ^ 53 then
    return ("%.0f"):format(value + 0.0) -- -0 is 0
  end
  for precision = 15, 17 do
    local text = ("%." .. precision .. "g"):format(value)
    if tonumber(text) == value then
      return (text:gsub("e([+-])0*(%d+)$", "e%1%2"))
    end
  end
end

--- An object's names in the order of RFC 8785, which is no locale's.
---@param object table
---@return string[]
function json.names(object)
  local texts, by_text = {}, {}
  for name in pairs(object) do
    local text = tostring(name)
    texts[#texts + 1] = text
    by_text[text] = name
  end
  local names = core.sort_names(texts)
  for index, text in ipairs(names) do
    names[index] = by_text[text]
  end
  return names
end

-- The length of a list, holes included; nil when the table is an object.
local function length_of(value)
  local length = lengths[value] or 0
  for index in pairs(value) do
    if type(index) ~= "number" or index < 1 or index % 1 ~= 0 then
      return nil
    end
    length = math.max(length, index)
  end
  return (length > 0 or lengths[value]) and length or nil
end

local write

local function write_table(value)
  local parts, own, length = {}, literals[value], length_of(value)
  for index = 1, length or 0 do
    parts[index] = own and own[index] or write(value[index])
  end
  if length then
    return "[" .. table.concat(parts, ",") .. "]"
  end
  for index, name in ipairs(json.names(value)) do
    parts[index] = write_string(tostring(name)) .. ":" .. (own and own[name] or write(value[name]))
  end
  return "{" .. table.concat(parts, ",") .. "}"
end

function write(value)
  local kind = type(value)
  if kind == "table" then
    return write_table(value)
  elseif kind == "string" then
    return write_string(value)
  elseif kind == "number" then
    return write_number(value)
  end
  return kind == "boolean" and tostring(value) or "null"
end

--- Encodes what is printed, stored and hashed: UTF-8, keys sorted as in RFC 8785, numbers and empty lists as
--- they were decoded.
---@param value any
---@return string|nil text
---@return facequery.Failure|nil failure its `status` is NO_MEMORY
function json.canonical(value)
  local ok, text = pcall(write, value)
  if ok then
    return text
  elseif type(text) == "table" then
    return nil, text
  end
  error(text, 0)
end

return json
