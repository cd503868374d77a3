--- Starts a scan: registers it, fetches a NONCE ticket, and signs what the front end opens it with.

local ask = require "facequery.ask"
local errors = require "facequery.errors"
local logins = require "facequery.service.login"
local products = require "facequery.service.products"
local registrations = require "facequery.service.register"

local start = {}

--- What client:start takes: what a scan is registered with, and what it is opened with.
---@class facequery.StartQuery : facequery.Registration, facequery.Login

--- A scan that was registered, and what opens it.
---@class facequery.Scan
---@field order_no string by which its result is queried
---@field face_id string the service's id of the scan: faceId or h5faceId
---@field host string at which it is opened
---@field url? string for a browser: opened once, by this user, within `expires_in`
---@field login? table<string, string> for an app's SDK or a mini program: the same
---@field expires_in number seconds that the url or the login works
---@field bizSeqNo? string of the registration, for the provider's support

--- The newest of the provider's pages.
local DEFAULT = "plus_h5"

---@type table<string, facequery.Field>
start.fields = {}
for _, fields in ipairs { registrations.fields, logins.fields } do
  for name, rule in pairs(fields) do
    start.fields[name] = rule
  end
end

local function product_of(fields)
  return products[fields.product or DEFAULT]
end

--- What a start wants beside order_no and user_id: a page leads back to where the caller says.
---@param fields facequery.StartQuery
---@return string[]
function start.required(fields)
  local product = type(fields) == "table" and product_of(fields)
  return { "order_no", "user_id", product and product.login and "return_url" or nil }
end

local function failed(asker, fields, failure)
  return nil, errors.from_failure(asker.settings.lang, failure, fields.order_no)
end

-- The order's number may be used up: the same start again is of no use.
local function for_new_order(err)
  err.retryable = false
  return err
end

local function register(asker, fields, product)
  local record, err = ask.signed_once(asker, fields.order_no, function(ticket)
    return registrations.request(asker.settings, fields, product, ticket)
  end)
  if not record then
    -- What the service answers to a refused registration is no evidence, and it, as its words alone, may repeat the
    -- person.
    err.record, err.msg = nil, nil
    return nil, for_new_order(err)
  end
  local face_id, host = registrations.read(record, product)
  if not face_id then
    return failed(asker, fields, { status = "NO_FACE_ID" })
  end
  return { face_id = face_id, host = host, bizSeqNo = record.bizSeqNo }
end

---@param asker facequery.Asker
---@param fields facequery.StartQuery each of whose values is valid
---@return facequery.Scan|nil
---@return facequery.Error|nil
function start.run(asker, fields)
  local product = product_of(fields)
  local code, field = registrations.wrong(fields, product)
  if not code then
    code, field = logins.wrong(fields, product)
  end
  if code then
    return nil, errors.from_failure(asker.settings.lang, { status = code, field = field })
  elseif not asker.settings.secret then
    return failed(asker, fields, { status = "SECRET_MISSING" }) -- before the order's number is used up
  end
  local registered, err = register(asker, fields, product)
  if not registered then
    return nil, err
  end
  local ticket
  ticket, err = ask.nonce_ticket(asker, fields.user_id, fields.order_no)
  if not ticket then
    return nil, for_new_order(err)
  end
  local opened, failure = logins.open(asker.settings, fields, product, registered, ticket.value)
  if not opened then
    return failed(asker, fields, failure)
  end
  return {
    order_no = fields.order_no,
    face_id = registered.face_id,
    host = opened.host,
    url = opened.url,
    login = opened.login,
    expires_in = ticket.expires_in,
    bizSeqNo = registered.bizSeqNo,
  }
end

return start
