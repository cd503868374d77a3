--- Checks of what callers pass: a wrong type raises, a wrong value is named by its error's code.

local check = {}

---@class facequery.Field
---@field types string the Lua types allowed, separated by blanks
---@field code? string the error's code when `valid` says no
---@field least? integer of text: its length
---@field most? integer
---@field is_alphanumeric? boolean of text: nothing but letters and digits of ASCII
---@field valid? fun(value: any, fields: table): boolean|nil

local function accepts(types, value)
  return (" " .. types .. " "):find(" " .. type(value) .. " ", 1, true) ~= nil
end

-- Letters and digits of ASCII, whatever the locale says; and all but control characters.
local ALPHANUMERIC, CLEAN = "^[0-9A-Za-z]+$", "^%C+$"

--- A string that C and a log line take whole.
---@param value string
---@return boolean
function check.is_clean(value)
  return value:find(CLEAN) ~= nil
end

--- A rule for text of so many characters: letters and digits alone, or anything but control characters.
---@param code string
---@param least integer
---@param most integer
---@param is_alphanumeric? boolean
---@return facequery.Field
function check.text(code, least, most, is_alphanumeric)
  local pattern = is_alphanumeric and ALPHANUMERIC or CLEAN
  return {
    types = "string",
    code = code,
    least = least,
    most = most,
    is_alphanumeric = is_alphanumeric,
    valid = function(value) return #value >= least and #value <= most and value:find(pattern) ~= nil end,
  }
end

--- Raises at the caller of the public function unless `fields` is a table of known fields of the
--- right types; says which has a bad value.
---@param name string the public function's
---@param fields table
---@param known table<string, facequery.Field>
---@param level? integer as error's; default 3, for a public function that calls this itself
---@return string|nil code of a bad value
---@return string|nil field its name
function check.fields(name, fields, known, level)
  level = level or 3
  if type(fields) ~= "table" then
    error(("bad argument #1 to '%s' (table expected, got %s)"):format(name, type(fields)), level)
  end
  local bad
  for field, value in pairs(fields) do
    local rule = known[field]
    if not rule then
      error(("bad argument #1 to '%s' (unknown field '%s')"):format(name, tostring(field)), level)
    elseif type(value) ~= rule.types and not accepts(rule.types, value) then
      local expected = rule.types:gsub(" ", " or ")
      error(("bad argument #1 to '%s' (field '%s': %s expected, got %s)"):format(
        name, field, expected, type(value)), level)
    elseif rule.valid and not rule.valid(value, fields) and not bad then
      bad = field
    end
  end
  return bad and (known[bad].code or "INVALID_SETTING"), bad
end

return check
