--- facequery: ask the face verification service for its result, and get it right.

local check = require "facequery.check"
local client = require "facequery.client"
local codes = require "facequery.codes"
local config = require "facequery.config"
local core = require "facequery.core"
local errors = require "facequery.errors"
local queries = require "facequery.service.query"
local risk = require "facequery.service.risk"

local facequery = {
  --- The version of facequery: "1.2.3".
  ---@type string
  _VERSION = require "facequery.version",
  new = client.new,
  explain = codes.explain,
  risk_tags = risk.tags,
}

local sign_fields = {
  app_id = config.fields.app_id,
  order_no = queries.fields.order_no,
  ticket = check.text("INVALID_TICKET", 1, 2 ^ 53, "token"),
  nonce = check.text("INVALID_NONCE", 32, 32, "alphanumeric"),
  version = config.fields.version,
}

local REQUIRED = { "app_id", "order_no", "ticket", "nonce" }

-- core.signer calls this for values that it has not signed, to say by the same rules what is wrong with them.  A
-- wrong type is raised at the caller of facequery.sign, which is the C function between.
local function refuse(values, failure)
  if failure then
    return nil, errors.from_failure("en", failure)
  end
  for index = 1, type(values) == "table" and #values or 0 do
    if type(values[index]) ~= "string" then
      error(("bad argument #1 to 'sign' (value %d: string expected, got %s)"):format(
        index, type(values[index])), 3)
    end
  end
  local code, field = check.fields("sign", values, sign_fields, 4)
  for _, name in ipairs(REQUIRED) do
    if rawget(values, name) == nil then
      error(("bad argument #1 to 'sign' (field '%s': string expected, got nil)"):format(name), 3)
    end
  end
  return nil, errors.new("en", code, { field = field })
end

local function new_signer()
  local list = {}
  for name, rule in pairs(sign_fields) do
    list[#list + 1] = {
      name = name,
      least = rule.least,
      most = rule.most,
      class = rule.class,
      otherwise = name == "version" and config.VERSION or nil,
    }
  end
  return core.signer(list, refuse)
end

--- What is signed for a query ("合作方后台生成签名"), each under the page's name.
---@class facequery.SignValues
---@field app_id string 1 to 8 letters and digits
---@field order_no string 1 to 32 letters and digits
---@field ticket string a SIGN ticket ("api ticket")
---@field nonce string 32 letters and digits ("nonceStr"): see facequery.nonce
---@field version? string up to 20 characters, default "1.0.0"

--- The signature of a query ("合作方后台生成签名"), from its five values by name; or of any other call of the service,
--- from a list of its values, the ticket among them.
---@diagnostic disable-next-line: undefined-doc-param -- what new_signer returns takes them
---@param values facequery.SignValues|string[] by name, or a list of all that is signed
---@return string|nil sign 40 upper-case hex digits
---@return facequery.Error|nil err INVALID_APP_ID, INVALID_ORDER_NO, INVALID_TICKET, INVALID_NONCE, INVALID_VERSION
facequery.sign = new_signer()

--- A fresh nonce ("nonceStr"): 32 letters and digits from the system's CSPRNG.
---@return string|nil nonce
---@return facequery.Error|nil err CRYPTO_FAILED: the system has no random bytes
function facequery.nonce()
  local nonce, failure = core.nonce()
  if not nonce then
    return nil, errors.from_failure("en", failure)
  end
  return nonce
end

--- Decodes a photo or a video ("响应参数", photo and video): base64 with or without padding, line breaks, a data URL's
--- prefix.
---@param base64 string as it came
---@return string|nil bytes
---@return "jpeg"|"png"|"mp4"|nil|facequery.Error format as the bytes say, nil where they are none of these; or the error: BASE64_FOREIGN, BASE64_CUT
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

--- The app SDK's callback rule ("人脸核身结果查询接口", 注意): is there a record to be queried?
---@param domain? string the callback's error domain; nil after a success
---@return boolean has_record
function facequery.should_query(domain)
  if domain ~= nil and type(domain) ~= "string" then
    error(("bad argument #1 to 'should_query' (string expected, got %s)"):format(type(domain)), 2)
  end
  return domain == nil or domain == "WBFaceErrorDomainCompareServer"
end

--- Settings of facequery.new and fields of client:query together.
---@class facequery.ScriptQuery : facequery.Config, facequery.Query

--- One query with a client of its own: for scripts.
---@param fields facequery.ScriptQuery
---@return facequery.Record|nil record of code "0" alone
---@return facequery.Error|nil err as of facequery.new and client:query
function facequery.query(fields)
  if type(fields) ~= "table" then
    error(("bad argument #1 to 'query' (table expected, got %s)"):format(type(fields)), 2)
  end
  local settings, query = {}, {}
  for name, value in pairs(fields) do
    local part = queries.fields[name] and query or settings
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
