--- Opening a scan that was registered ("启动人脸核身"): the url for a browser, or the parameters for an app's SDK or a
--- mini program, signed with a NONCE ticket.

local check = require "facequery.check"
local core = require "facequery.core"
local url_of = require "facequery.service.url"

local login = {}

--- What a scan is opened with ("启动人脸核身").
---@class facequery.Login
---@field return_url? string where the browser is led afterwards; wanted where `product` has a page
---@field result_type? string|integer "1": straight to return_url; without: the provider's result page first
---@field from? "browser"|"App"|"app" "browser" (default), or the web view of an app
---@field redirect_type? string|integer "1": replaces the page in the browser's history
---@field licence? string of the app's SDK, from the provider's console; goes along

local function is_one(value)
  return value == "1" or value == 1
end

local FROM = { browser = true, App = true, app = true }

---@type table<string, facequery.Field>
login.fields = {
  return_url = {
    types = "string",
    code = "INVALID_RETURN_URL",
    valid = function(value) return check.is_clean(value) and value:find "^https?://[^/%s][^%s]*$" ~= nil end,
  },
  result_type = { types = "string number", values = '"1"', valid = is_one },
  from = { types = "string", values = '"browser", "App"', valid = function(value) return FROM[value] ~= nil end },
  redirect_type = { types = "string number", values = '"1"', valid = is_one },
  licence = { types = "string", valid = check.is_clean },
}

-- Which of these fields each form takes.
local TAKES = {
  browser = { return_url = true, result_type = true, from = true, redirect_type = true },
  page = { return_url = true },
  mini_program = { result_type = true },
  sdk = { licence = true },
}

--- Whether the fields are those of the product.
---@param fields facequery.Login each of whose values is valid
---@param product facequery.Product
---@return string|nil code of what is wrong
---@return string|nil field
function login.wrong(fields, product)
  for name in pairs(login.fields) do
    if fields[name] ~= nil and not TAKES[product.form][name] then
      return "FIELD_UNUSED", name
    end
  end
end

-- 1 as the page has it; nil for nil.
local function one(value)
  return value and "1"
end

-- The parameters of the url, in the page's order.
local function url_parameters(settings, fields, product, opened)
  local is_browser = product.form == "browser"
  return {
    { fields.app_id_parameter or "appId", settings.app_id },
    { "version", settings.version },
    { "nonce", opened.nonce },
    { "orderNo", fields.order_no },
    { product.id, opened.face_id },
    { "url", fields.return_url },
    { "resultType", one(fields.result_type) },
    { "userId", fields.user_id },
    { "sign", opened.sign },
    { "from", is_browser and (fields.from or "browser") or nil },
    { "redirectType", one(fields.redirect_type) },
  }
end

local function parameters(settings, fields, product, opened)
  local is_sdk = product.form == "sdk"
  return {
    [fields.app_id_parameter or (is_sdk and "appId" or "webankAppId")] = settings.app_id,
    version = settings.version,
    nonce = opened.nonce,
    userId = fields.user_id,
    sign = opened.sign,
    orderNo = fields.order_no,
    [product.id] = opened.face_id,
    resultType = one(fields.result_type),
    licence = fields.licence,
  }
end

-- The SDK's login signs neither the scan's id nor the order; the others sign both.
local function sign(settings, fields, product, face_id, nonce, ticket)
  if product.form == "sdk" then
    return core.sign(settings.app_id, fields.user_id, settings.version, nonce, ticket)
  end
  return core.sign(settings.app_id, fields.user_id, fields.order_no, settings.version, face_id, nonce, ticket)
end

---@class facequery.Opened
---@field url? string for a browser: works once, while the NONCE ticket lives
---@field login? table<string, string> for an app's SDK or a mini program, under its own names
---@field host string at which

--- Opens a registered scan, with a nonce of its own: each signature's is its own.
---@param settings facequery.Config complete
---@param fields facequery.Registration|facequery.Login checked
---@param product facequery.Product
---@param registered { face_id: string, host?: string }
---@param ticket string a NONCE ticket of fields.user_id
---@return facequery.Opened|nil
---@return facequery.Failure|nil
function login.open(settings, fields, product, registered, ticket)
  local opened = { face_id = registered.face_id }
  local failure
  opened.nonce, failure = core.nonce()
  if not opened.nonce then
    return nil, failure
  end
  opened.sign, failure = sign(settings, fields, product, opened.face_id, opened.nonce, ticket)
  if not opened.sign then
    return nil, failure
  end
  -- Older answers name no host: it is the one that registered the scan.
  local host = registered.host or settings.base_url:match "^%a+://([^/]*)"
  if not product.login then
    return { host = host, login = parameters(settings, fields, product, opened) }
  end
  local origin = registered.host and "https://" .. registered.host or settings.base_url
  return { host = host, url = url_of(origin .. product.login, url_parameters(settings, fields, product, opened)) }
end

return login
