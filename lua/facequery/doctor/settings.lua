--- The settings: which are in force, whence, and whether a ticket or a secret can be one at all.

local check = require "facequery.check"
local config = require "facequery.config"
local core = require "facequery.core"
local errors = require "facequery.errors"
local findings = require "facequery.doctor.findings"
local shown = require "facequery.doctor.shown"
local words = require "facequery.doctor.words"

local settings = {}

-- Those that a person wants to see, in this order.
local SHOWN = { "app_id", "base_url", "ca_file", "timeout", "connect_timeout" }

-- The provider's tickets, in all of its pages.
local TICKET_LENGTH = 64

-- What no ticket and no secret has at its start, at its end, or at all: a pattern, and its name among the words.
local FOREIGN = {
  { "\239\187\191", "mark" }, { "[\r\n]", "line_break" }, { "%s", "blank" }, { "[\"'`]", "quotation_mark" },
  { "\226\128[\152-\157]", "quotation_mark" },
}
local PLACES = { { "^", "", "at_start" }, { "", "$", "at_end" }, { "", "", "within" } }

-- What is wrong with the form of a ticket or a secret, in words; nil where nothing is.
local function misshape(lang, name, value)
  if value == "" then
    return words.of(lang, "empty", name)
  elseif check.is_token(value) then
    return nil
  end
  local digest = shown.digest(lang, value)
  for _, place in ipairs(PLACES) do
    for _, foreign in ipairs(FOREIGN) do
      if value:find(place[1] .. foreign[1] .. place[2]) then
        return words.of(lang, place[3], name, digest, words.of(lang, foreign[2]))
      end
    end
  end
  return words.of(lang, "within", name, digest, words.of(lang, "other"))
end

-- A setting's value and whence it is: the program's, or a variable.
local function origin(given, name)
  if given[name] ~= nil then
    return given[name]
  end
  local variable = config.environment[name]
  local value = variable and os.getenv(variable)
  if value and value ~= "" then
    return value, variable
  end
end

-- Whether a setting's value can be what it is for.
local function is_right(name, value)
  if not config.fields[name].valid(value, {}) then
    return false
  end
  return name ~= "base_url"
    or core.check_url((value:gsub("/+$", ""))) and shown.is_place(value:match "//([^/]*)")
end

-- A setting's value for people.  What can't be one may be a secret that was put into the wrong variable, or have a
-- password in it.
local function value_shown(lang, name, value)
  if type(value) ~= "string" then
    return tostring(value)
  elseif name == "ca_file" then
    return shown.path(lang, value)
  end
  return is_right(name, value) and value or shown.digest(lang, value)
end

-- The form of one of them.
local function check_token(lang, name, called, value)
  local wrong = misshape(lang, called, value)
  if wrong then
    -- The code's own sentence lists what may be wrong, and this one says what is.
    local finding = findings.failure(lang, name, "INVALID_" .. name:upper())
    finding.message, finding.advice = wrong, words.of(lang, "set_anew", called, name)
    return finding
  elseif name == "secret" then
    return findings.ok(lang, name, "secret", shown.digest(lang, value))
  elseif #value ~= TICKET_LENGTH then
    return findings.warning(lang, name, "TICKET_LENGTH", shown.digest(lang, value))
  end
  return findings.ok(lang, name, "ticket_given", shown.digest(lang, value))
end

-- The form of the ticket, and of the secret; and what they are to each other.
local function check_tokens(lang, given, origins)
  local list, found = {}, {}
  -- What the program gives keeps the environment's out.
  local is_given = given.ticket ~= nil or given.secret ~= nil
  for _, name in ipairs { "ticket", "secret" } do
    local value, variable = origin(given, name)
    if type(value) == "string" and not (is_given and variable) then
      found[name] = value
      list[#list + 1] = check_token(lang, name, variable or origins[name] or name, value)
    end
  end
  if found.ticket and found.ticket == found.secret then
    list[#list + 1] = findings.failure(lang, "ticket", "TICKET_IS_SECRET")
  elseif found.ticket and found.secret then
    list[#list + 1] = findings.warning(lang, "ticket", "TICKET_UNUSED")
  end
  return list
end

--- Checks them.  The findings tell a bad ticket from a bad setting; `complete` is nil where a query can't be made.
---@param lang facequery.Lang
---@param given facequery.Config
---@param origins table<string, string> what the command calls a setting that it was given: { ticket = "--ticket-from" }
---@return facequery.Finding[]
---@return facequery.Config|nil complete
function settings.check(lang, given, origins)
  local list = {}
  local complete, failure = config.complete(given)
  local tokens = check_tokens(lang, given, origins)
  local is_told = false
  for _, finding in ipairs(tokens) do
    is_told = is_told or finding.state == "failure" and failure ~= nil and finding.code == failure.status
  end
  if failure and not is_told then
    list[1] = findings.of_error("settings", errors.from_failure(lang, failure))
  end
  local parts = {}
  for _, name in ipairs(SHOWN) do
    local value, variable = origin(given, name)
    local from = variable or value and (origins[name] or words.of(lang, "given")) or words.of(lang, "default")
    value = value or complete and complete[name]
    parts[#parts + 1] = value and words.of(lang, "setting", name, value_shown(lang, name, value), from) or nil
  end
  if parts[1] then
    table.insert(list, 1, findings.ok(lang, "settings", "settings", table.concat(parts, words.of(lang, "comma"))))
  end
  for _, finding in ipairs(tokens) do
    list[#list + 1] = finding
  end
  return list, complete
end

return settings
