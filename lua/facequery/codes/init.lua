--- What every code means: the service's own, HTTP's, and the names of what can go wrong here.
-- Codes, names and kinds are stable; sentences are not.

local doctor = require "facequery.codes.doctor"
local details = require "facequery.codes.details"
local front = require "facequery.codes.front"
local http = require "facequery.codes.http"
local kinds = require "facequery.codes.kinds"
local nearest = require "facequery.codes.nearest"
local ours = require "facequery.codes.ours"
local service = require "facequery.codes.service"

local codes = {}

local unpack = table.unpack or unpack -- luacheck: ignore 143

--- The language of messages.
---@alias facequery.Lang "en"|"zh"

--- Whose an error is, and what may help.
---@alias facequery.Kind
---| "invalid_request" # the service or facequery refuses the request as it is
---| "auth" # ticket, signature or App ID are refused, or there is no ticket
---| "not_found" # the service has no such result: 66660011 and its causes
---| "rejected" # not the person, or not a usable scan
---| "expired" # the session or its codes are too old
---| "risk" # stopped by the service's risk control
---| "rate_limited" # too many requests; retried
---| "service" # the service is unwell; retried
---| "unknown" # a code of the service that is not known here, as it came
---| "transport" # no answer came
---| "http" # an HTTP status other than 200
---| "protocol" # the answer is not one JSON object, or is about another order
---| "media" # a photo or a video is damaged, or too large
---| "storage" # a file that can't be written, or is there already
---| "pending" # verified, but the files never came

--- What a code means.
---@class facequery.Meaning
---@field code string the service's code, the HTTP status, or a name of ours
---@field kind facequery.Kind|"success" "success" for code 0 alone
---@field message string one sentence
---@field causes string[] what may have led to it; often empty
---@field advice string what to do next
---@field retryable boolean asking again, unchanged, may help

--- Where something went wrong.
---@class facequery.Where
---@field field? string what it is about: "photo", "timeout", …
---@field offset? number in characters from 0
---@field limit? number the limit that was passed, in the message's unit
---@field detail? string what a library below said; never a secret, never content
---@field values? string what it can be

--- The kinds of errors: nine that the service answers, then six of ours.
---@type facequery.Kind[]
codes.kinds = kinds.names

-- The words for where something went wrong, which stand in brackets at a message's end.
local marks = {
  en = {
    offset = "at offset %.0f", limit = "limit %.0f", values = "possible: %s", open = " (", comma = ", ", close = ")",
  },
  zh = {
    offset = "位置 %.0f", limit = "上限 %.0f", values = "可用值：%s", open = "（", comma = "，", close = "）",
  },
}

-- Level 4 is whoever called the public function, when that calls a check_… function which calls this.
local function argument_error(position, name, expected, got)
  error(("bad argument #%d to '%s' (%s expected, got %s)"):format(position, name, expected, got), 4)
end

local function check_lang(lang, position, name)
  if lang == nil then
    return "en"
  end
  if lang ~= "en" and lang ~= "zh" then
    local got = type(lang) == "string" and ('"%s"'):format(lang) or type(lang)
    argument_error(position, name, '"en" or "zh"', got)
  end
  return lang
end

local function check_where(where, position, name)
  if where ~= nil and type(where) ~= "table" then
    argument_error(position, name, "table", type(where))
  end
  return where
end

-- A code as the text that the service would write.  A number may come from JSON, which has made 0.0 of a 0.
local function check_code(code, name)
  if type(code) == "string" then
    return code
  end
  if type(code) ~= "number" then
    argument_error(1, name, "string or number", type(code))
  end
  if code == 0 then
    return "0" -- -0.0 would be "-0"
  end
  return ("%.14g"):format(code)
end

local function check_status(status, name)
  local text = status
  if type(status) == "number" then
    text = ("%.14g"):format(status)
  elseif type(status) ~= "string" then
    argument_error(1, name, "string or number", type(status))
  end
  if not text:match("^%d+$") then
    argument_error(1, name, "HTTP status", ('"%s"'):format(text))
  end
  return text
end

local function check_name(transport_name, name)
  if type(transport_name) ~= "string" then
    argument_error(1, name, "string", type(transport_name))
  end
  return transport_name
end

local function locate(message, where, lang)
  if where == nil then
    return message
  end
  local mark, parts = marks[lang], {}
  if type(where.field) == "string" then
    parts[#parts + 1] = where.field
  end
  if type(where.offset) == "number" then
    parts[#parts + 1] = mark.offset:format(where.offset)
  end
  if type(where.limit) == "number" then
    parts[#parts + 1] = mark.limit:format(where.limit)
  end
  if type(where.values) == "string" then
    parts[#parts + 1] = mark.values:format(where.values)
  end
  if type(where.detail) == "string" and where.detail ~= "" then
    parts[#parts + 1] = details.of(lang, where.detail)
  end
  if #parts == 0 then
    return message
  end
  return message .. mark.open .. table.concat(parts, mark.comma) .. mark.close
end

local function build(code, meaning, lang, where)
  local default = kinds.defaults[meaning.kind]
  local causes = {}
  if meaning.causes ~= nil then
    for i, cause in ipairs(meaning.causes[lang]) do
      causes[i] = cause
    end
  end
  local retryable = meaning.retryable
  if retryable == nil then
    retryable = default.retryable
  end
  return {
    code = code,
    kind = meaning.kind,
    message = locate(meaning[lang], where, lang),
    causes = causes,
    advice = (meaning.advice or default)[lang],
    retryable = retryable,
  }
end

-- An HTTP status.
local function is_http(text)
  return text:find "^[1-5]%d%d$" ~= nil
end

local function build_http(code, lang, where)
  local result = build(code, http.meaning(tonumber(code)), lang, where)
  result.message = result.message:gsub("<status>", code, 1)
  return result
end

--- What a code means: the service's, or what its pages call that, the code of H5's return url or of the
--- app SDK, an HTTP status of three digits, or a name of ours.
--- Never fails for a code that is not known: that is kind "unknown".
---@param code string|number as it came, or an error's
---@param lang? facequery.Lang default "en"
---@param where? facequery.Where added to the message
---@return facequery.Meaning meaning the caller's own
function codes.explain(code, lang, where)
  local text = check_code(code, "explain")
  lang = check_lang(lang, 2, "explain")
  where = check_where(where, 3, "explain")
  text = service.code_of(text)
  local meaning = service.meaning(text) or ours.meaning(text) or front.meaning(text) or doctor.meaning(text)
  if meaning == nil and is_http(text) then
    return build_http(text, lang, where)
  end
  return build(text, meaning or service.unknown, lang, where)
end

--- What a code that the service has answered means.  It is looked up among the service's alone: one
--- that reads like an HTTP status or a name of ours is kind "unknown".
---@param code string|number
---@param lang? facequery.Lang default "en"
---@param secret_for? "fetch"|"query" what a client with a secret had asked for: it is told of nothing that
--- it has done already
---@return facequery.Meaning meaning the caller's own
function codes.explain_service(code, lang, secret_for)
  local text = check_code(code, "explain_service")
  lang = check_lang(lang, 2, "explain_service")
  local meaning = service.meaning(text) or service.unknown
  local result = build(text, meaning, lang)
  if secret_for and meaning.with_secret then
    local special = meaning.with_secret[secret_for]
    result.causes, result.advice = { unpack(special.causes[lang]) }, special.advice[lang]
  end
  return result
end

--- What an HTTP status means, where the answer was not the service's.
---@param status string|number
---@param lang? facequery.Lang default "en"
---@return facequery.Meaning meaning of kind "http"; the caller's own
function codes.explain_http(status, lang)
  local text = check_status(status, "explain_http")
  lang = check_lang(lang, 2, "explain_http")
  return build_http(text, lang)
end

--- What a transport's failure means. A name that is not known is still a failed exchange, never a
--- code of the service: no transport can make an answer of it.
---@param name string libcurl's without CURLE_, or one of ours
---@param lang? facequery.Lang default "en"
---@param where? facequery.Where added to the message
---@return facequery.Meaning meaning the caller's own
function codes.explain_transport(name, lang, where)
  name = check_name(name, "explain_transport")
  lang = check_lang(lang, 2, "explain_transport")
  where = check_where(where, 3, "explain_transport")
  return build(name, ours.transport_meaning(name), lang, where)
end

--- The codes that a text may have been meant to be.
---@param code string|number
---@return string[]|nil at most three; nil where the text is a code that is known
function codes.nearest(code)
  local text = service.code_of(check_code(code, "nearest"))
  if service.meaning(text) or ours.meaning(text) or front.meaning(text) or doctor.meaning(text) or is_http(text) then
    return nil
  end
  local all = {}
  for _, names in ipairs { service.names(), ours.names(), front.names(), doctor.names() } do
    for _, name in ipairs(names) do
      all[#all + 1] = name
    end
  end
  return nearest.of(text, all)
end

--- Whether a new ticket and a new signature may turn the service's answer.
---@param code string|number
---@return boolean
function codes.renews_ticket(code)
  return service.renews_ticket(check_code(code, "renews_ticket"))
end

return codes
