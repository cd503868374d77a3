--- facequery: ask the face verification service for its result, and get it right.

local check = require "facequery.check"
local client = require "facequery.client"
local codes = require "facequery.codes"
local config = require "facequery.config"
local core = require "facequery.core"
local errors = require "facequery.errors"
local request = require "facequery.request"
local risk = require "facequery.risk"

local facequery = {
  _VERSION = require "facequery.version",
  new = client.new,
  explain = codes.explain,
  risk_tags = risk.tags,
}

local sign_fields = {
  app_id = config.fields.app_id,
  order_no = request.fields.order_no,
  ticket = { types = "string", code = "INVALID_TICKET", valid = check.is_clean },
  nonce = {
    types = "string",
    code = "INVALID_NONCE",
    valid = function(value) return #value == 32 and check.is_alphanumeric(value, 32) end,
  },
  version = config.fields.version,
}

local REQUIRED = { "app_id", "order_no", "ticket", "nonce" }

--- The signature of a query ("合作方后台生成签名"), from its five values by name; or of any other call
--- of the service, from a list of its values.
---@param values { app_id: string, order_no: string, ticket: string, nonce: string, version?: string }|string[]
---@return string|nil sign 40 upper-case hex digits
---@return facequery.Error|nil
function facequery.sign(values)
  local sign, failure = core.sign_list(values)
  if sign then
    return sign
  elseif not failure then
    local code, field = check.fields("sign", values, sign_fields)
    for _, name in ipairs(REQUIRED) do
      if values[name] == nil then
        error(("bad argument #1 to 'sign' (field '%s': string expected, got nil)"):format(name), 2)
      end
    end
    if code then
      return nil, errors.new("en", code, { field = field })
    end
    sign, failure = core.sign(values.app_id, values.order_no, values.ticket, values.nonce,
      values.version or "1.0.0")
  end
  if not sign then
    return nil, errors.from_failure("en", failure)
  end
  return sign
end

--- A fresh nonce ("nonceStr"): 32 letters and digits from the system's CSPRNG.
---@return string|nil
---@return facequery.Error|nil
function facequery.nonce()
  local nonce, failure = core.nonce()
  if not nonce then
    return nil, errors.from_failure("en", failure)
  end
  return nonce
end

--- Decodes a photo or a video: base64 with or without padding, line breaks, a data URL's prefix.
---@param base64 string
---@return string|nil bytes
---@return "jpeg"|"png"|"mp4"|nil|facequery.Error format as the bytes say, or the error
function facequery.decode_media(base64)
  if type(base64) ~= "string" then
    error(("bad argument #1 to 'decode_media' (string expected, got %s)"):format(type(base64)), 2)
  end
  local bytes, format = core.decode_media(base64)
  if not bytes then
    return nil, errors.from_failure("en", format)
  end
  return bytes, format
end

--- The app SDK's callback rule: is there a record to be queried?
---@param domain? string the callback's error domain; nil after a success
---@return boolean
function facequery.should_query(domain)
  if domain ~= nil and type(domain) ~= "string" then
    error(("bad argument #1 to 'should_query' (string expected, got %s)"):format(type(domain)), 2)
  end
  return domain == nil or domain == "WBFaceErrorDomainCompareServer"
end

--- One query with a client of its own: for scripts.
---@param fields table settings of facequery.new and fields of client:query together
---@return facequery.Record|nil
---@return facequery.Error|nil
function facequery.query(fields)
  if type(fields) ~= "table" then
    error(("bad argument #1 to 'query' (table expected, got %s)"):format(type(fields)), 2)
  end
  local settings, query = {}, {}
  for name, value in pairs(fields) do
    local part = request.fields[name] and query or settings
    part[name] = value
  end
  local self, err = client.new(settings)
  if not self then
    return nil, err
  end
  local record
  record, err = self:query(query)
  self:close()
  return record, err
end

return facequery
