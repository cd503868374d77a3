--- Checks of what callers pass: a wrong type raises, a wrong value is named by its error's code.

local core = require "facequery.core"

local check = {}

---@class facequery.Field
---@field types string the Lua types allowed, separated by blanks
---@field code? string the error's code when `valid` says no
---@field least? integer of text: its length
---@field most? integer
---@field class? "alphanumeric"|"token" of text: what its characters are; nil: no control characters
---@field values? string for people: what `valid` lets pass, in signs that every language reads
---@field valid? fun(value: any, fields: table): boolean|nil

local function accepts(types, value)
  return (" " .. types .. " "):find(" " .. type(value) .. " ", 1, true) ~= nil
end

--- Is it free of control characters?  A NUL would end it in C, and a line break would end a line of a log.
---@param value string
---@return boolean
function check.is_clean(value)
  return core.is_text(value, "clean")
end

--- Can it be a ticket or a secret?  They are opaque, but what is copied from a page, a file or a variable
--- with a blank, a line break, a byte order mark or its quotation marks is none.
---@param value string
---@return boolean
function check.is_token(value)
  return core.is_text(value, "token")
end

--- The rule for a text of so many bytes of a class: without a class, anything but control characters.
---@param code string
---@param least integer
---@param most integer
---@param class? "alphanumeric"|"token"
---@return facequery.Field
function check.text(code, least, most, class)
  return {
    types = "string",
    code = code,
    least = least,
    most = most,
    class = class,
    valid = function(value) return #value >= least and #value <= most and core.is_text(value, class) end,
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
---@return string|nil values what it can be
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
  if bad then
    return known[bad].code or "INVALID_SETTING", bad, known[bad].values
  end
end

return check
