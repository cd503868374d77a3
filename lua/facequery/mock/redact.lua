--- What of an exchange may stand in a file: what is known to be harmless, and nothing else.

local errors = require "facequery.errors"
local json = require "facequery.json"
local placeholders = require "facequery.mock.placeholders"
local records = require "facequery.service.record"
local sandbox = require "facequery.sandbox.records"

local redact = {}

local MEDIA = records.MEDIA

-- Fields whose values stay, where they look as they should: most characters, and a pattern.
local HARMLESS = {
  code = { 32, "^%-?[%u%d_]+$" },
  bizSeqNo = { 64, "^%w+$" },
  transactionTime = { 14, "^%d+$" },
  occurredTime = { 14, "^%d+$" },
  expire_time = { 14, "^%d+$" },
  expire_in = { 10, "^%d+$" },
  liveRate = { 8, "^[%d.]+$" },
  similarity = { 8, "^[%d.]+$" },
  appId = { 8, "^%w+$" },
  sdkVersion = { 16, "^[%d.]+$" },
  trtcFlag = { 1, "^%u$" },
  optimalDomain = { 64, "^[%l%d.-]+:?%d*$" },
}
-- Of a record's risk information: tags of two digits.
local TAGS = "^[%d,]*$"
local RISK = { riskInfo = true, RiskInfo = true }

-- The service's own words, for any code: others may hold whatever a request had in it.
local function known_words()
  local known = {}
  for _, words in pairs(sandbox.MESSAGES) do
    known[words] = true
  end
  return known
end

---@class facequery.Redactor
---@field words table<string, true>
---@field names table<string, string> what stands for a value that is not told
---@field count integer
local Redactor = {}
Redactor.__index = Redactor

--- Gives each value that it hides a name of its own, so that a ticket that was renewed is another one still.
---@return facequery.Redactor
function redact.new()
  return setmetatable({ words = known_words(), names = {}, count = 0 }, Redactor)
end

local function name_of(self, value)
  local name = self.names[value]
  if not name then
    self.count = self.count + 1
    name = "REDACTED" .. self.count
    self.names[value] = name
  end
  return name
end

local function is_harmless(self, name, text, order_no, is_risk)
  local rule = HARMLESS[name]
  return rule and #text <= rule[1] and text:find(rule[2]) ~= nil
    or name == "orderNo" and text == order_no
    or name == "msg" and self.words[text]
    or is_risk and #text <= 64 and text:find(TAGS) ~= nil and not text:find "%d%d%d"
    or false
end

-- A file's place: "" is where it was, and what is none stays none.
local function is_file(name, value)
  return (name == "photo" or name == "video") and type(value) == "string"
end

local function replace(self, object, name, value, order_no, is_risk)
  local literal = json.literal(object, name)
  local text = literal or (type(value) == "number" and ("%.14g"):format(value)) or value
  if type(name) == "string" and not (name:find "^[%a_][%w_]*$" and #name <= 40) then
    object[name] = nil
  elseif is_file(name, value) then
    object[name] = value:match "^%s*$" or ""
  elseif type(text) == "string" and not is_harmless(self, name, text, order_no, is_risk) then
    json.set(object, name, (literal or type(value) == "number") and 0 or name_of(self, value))
  end
end

-- Replaces values in place, so that numbers stay written as they were.
local function hide(self, object, order_no, is_risk)
  local names = {}
  for name in pairs(object) do
    names[#names + 1] = name
  end
  for _, name in ipairs(names) do
    local value = object[name]
    if type(value) == "table" then
      hide(self, value, order_no, is_risk or RISK[name])
    end
    replace(self, object, name, value, order_no, is_risk)
  end
end

-- Puts a small file where one was: at the root, or in its result.
local function put_files(answer, media)
  local result = type(answer[records.WITHIN]) == "table" and answer[records.WITHIN] or answer
  for _, name in ipairs(MEDIA) do
    local medium = media[name]
    if medium then
      local holder = result[name] == "" and result or answer
      holder[name] = placeholders[medium.format] or placeholders.other
    end
  end
end

local function noted(media, fields)
  local notes
  for _, name in ipairs(MEDIA) do
    if media[name] then
      notes = notes or {}
      notes[name] = {}
      for _, field in ipairs(fields) do
        notes[name][field] = media[name][field]
      end
    end
  end
  return notes
end

--- What of an answer may be told.
---@param response facequery.Response
---@param order_no? string that was asked for
---@return table|nil { status =, time =, answer =, media =, damaged = }; nil where the answer can't be read
function Redactor:response(response, order_no)
  local answer = json.decode(response.envelope)
  if type(answer) ~= "table" then
    answer = response.record and json.merge({}, response.record)
  end
  if not answer then
    return nil
  end
  hide(self, answer, order_no)
  local media = response.media or {}
  put_files(answer, media)
  return {
    status = response.status,
    time = response.time,
    answer = answer,
    media = noted(media, { "format", "size" }),
    damaged = response.damaged and noted(response.damaged, { "code", "offset", "size" }),
  }
end

--- What of a failure may be told: names and numbers, and no library's words.
---@param failure any
---@return facequery.Failure
function redact.failure(failure)
  if errors.is_error(failure) or not errors.is_failure(failure) then
    return { status = "TRANSPORT", code = "OTHER_TRANSPORT_ERROR" }
  end
  local code = failure.code
  return {
    status = failure.status,
    code = type(code) == "string" and code:find "^[%u%d_]+$" and code or nil,
    http_status = failure.http_status,
    offset = failure.offset,
  }
end

--- What of a request may be told, and what tells requests apart: where it goes, about which order, for which files.
---@param request facequery.Request
---@return { endpoint: string, orderNo?: string, getFile?: string, type?: string }
function redact.request(request)
  local body = request.body and json.decode(request.body)
  local get_file = type(body) == "table" and body.getFile
  return {
    endpoint = request.url:match "^%a+://[^/]*.-(/api/[%w/_]*)" or "/",
    orderNo = request.order_no or request.url:match "[?&]orderNo=(%w+)",
    getFile = type(get_file) == "string" and get_file:match "^%d$" or nil,
    type = request.url:match "[?&]type=(%u+)",
  }
end

return redact
