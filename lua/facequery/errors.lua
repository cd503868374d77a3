--- The error that every function returns, made of a code or of the core's failure.

local codes = require "facequery.codes"

local errors = {}

--- What stands beside nil.  `tostring(err)` is one line for a log.  Kinds and codes are stable; sentences are not.
---@class facequery.Error
---@field kind facequery.Kind whose it is, and what may help
---@field code string the service's code, the HTTP status, or a name of ours
---@field message string one sentence, in the client's language
---@field msg? string the service's own words, untouched
---@field causes string[] possible causes; often empty
---@field advice string what to do next
---@field retryable boolean asking again, unchanged, may help
---@field orderNo? string the order's number, where it is one
---@field bizSeqNo? string the service's ("业务流水号"), for the provider's support
---@field record? facequery.Record what the service did send with a non-zero code or beside a damaged file, good files included, and `damaged` ones as they came
---@field bundle? facequery.Bundle of client:archive and client:each: what was kept all the same, with a damaged file
---@field offset? integer BASE64_FOREIGN: the character's place in the value, from 0
---@field field? string what it is about: "photo", "video" or a setting's name
---@field detail? string what a library below said; never a secret, never content
---@field values? string what the setting can be

--- What the core, a transport and a ticket store return beside nil: a plain table, which can cross to
--- another thread and be stored, and which an Error is made of where it reaches the caller.
---@class facequery.Failure
---@field status string a name of ours, as an error's code may be; or "TRANSPORT", "HTTP", "SERVICE"
---@field code? string of TRANSPORT: libcurl's name without CURLE_, or one of ours; of SERVICE: what the service answered, never "0"
---@field http_status? integer of HTTP: the status
---@field msg? string of SERVICE: its words
---@field bizSeqNo? string of SERVICE: for the provider's support
---@field secret_for? "fetch" of SERVICE: asked for a ticket
---@field field? string what it is about: "photo", "video", a setting's name, a path
---@field offset? integer BASE64_FOREIGN: the character's place in the value, from 0
---@field detail? string what a library below said; never a secret, never content
---@field values? string what the setting can be

local metatable = {
  __name = "facequery.error",
  -- The service's msg is left out: nobody who logs an error has asked for somebody else's words in the log.
  __tostring = function(err)
    local order = err.orderNo and " (order " .. err.orderNo .. ")" or ""
    return ("facequery: %s %s: %s%s"):format(err.kind, err.code, err.message, order)
  end,
}

local function from_meaning(meaning, fields)
  for name, value in pairs(fields or {}) do
    meaning[name] = value
  end
  return setmetatable(meaning, metatable)
end

--- An error of a code: the service's, or a name of ours.
---@param lang facequery.Lang
---@param code string
---@param fields? table fields to add: `field`, `offset`, `detail`, `orderNo`, …
---@return facequery.Error
function errors.new(lang, code, fields)
  return from_meaning(codes.explain(code, lang, fields), fields)
end

local function is_status(value)
  return type(value) == "number" and value >= 0 and value < 1000 and value == math.floor(value)
end

---@param value any
---@return boolean
function errors.is_error(value)
  return getmetatable(value) == metatable
end

--- Is this a failure, as the core and every transport return it?  A name of ours begins with a letter,
--- unlike a code.
---@param value any
---@return boolean
function errors.is_failure(value)
  if type(value) ~= "table" or type(value.status) ~= "string" or not value.status:find("^[A-Z]") then
    return false
  end
  return (value.status ~= "HTTP" or is_status(value.http_status))
    and (value.status ~= "TRANSPORT" or type(value.code) == "string")
    and (value.status ~= "SERVICE" or type(value.code) == "string" and value.code ~= "0")
end

-- libcurl quotes a proxy's url that it can't parse, with the password in it.
local function without_credentials(detail)
  if type(detail) == "string"
    and not detail:find("@", 1, true) and not detail:find("Unsupported proxy", 1, true) then
    return detail
  end
end

--- An error of a failure: the plain table { status =, code =, http_status =, … } of the core and of
--- every transport.  Whatever else a transport returned is one of kind transport, and not repeated.
---@param lang facequery.Lang
---@param failure any
---@param order_no? string
---@return facequery.Error
function errors.from_failure(lang, failure, order_no)
  if errors.is_error(failure) then
    return failure
  end
  if not errors.is_failure(failure) then
    failure = { status = "TRANSPORT", code = "OTHER_TRANSPORT_ERROR" }
  end
  local fields = {
    field = type(failure.field) == "string" and failure.field or nil,
    offset = type(failure.offset) == "number" and failure.offset or nil,
    values = type(failure.values) == "string" and failure.values or nil,
    detail = without_credentials(failure.detail),
    orderNo = order_no,
  }
  if failure.status == "HTTP" then
    return from_meaning(codes.explain_http(failure.http_status, lang), fields)
  elseif failure.status == "SERVICE" then
    fields.msg, fields.bizSeqNo = failure.msg, failure.bizSeqNo
    return from_meaning(codes.explain_service(failure.code, lang, failure.secret_for), fields)
  elseif failure.status == "TRANSPORT" then
    return from_meaning(codes.explain_transport(failure.code, lang, fields), fields)
  end
  return errors.new(lang, failure.status, fields)
end

--- The error that a record with a non-zero code is.
---@param lang facequery.Lang
---@param record facequery.Record
---@param order_no? string
---@param has_secret? boolean the client's: it has renewed its ticket already
---@return facequery.Error
function errors.from_record(lang, record, order_no, has_secret)
  return from_meaning(codes.explain_service(record.code, lang, has_secret and "query" or nil), {
    msg = record.msg,
    orderNo = order_no,
    bizSeqNo = record.bizSeqNo,
    record = record,
  })
end

--- The error that a record with a damaged medium is, whatever its code.
---@param lang facequery.Lang
---@param record facequery.Record with `damaged`
---@param order_no? string
---@return facequery.Error
function errors.from_damage(lang, record, order_no)
  local field = record.damaged.photo and "photo" or "video"
  local damage = record.damaged[field]
  return errors.new(lang, damage.code, {
    field = field,
    offset = damage.offset,
    msg = record.msg,
    orderNo = order_no,
    bizSeqNo = record.bizSeqNo,
    record = record,
  })
end

return errors
