--- The requests for an access token, a SIGN ticket and a NONCE ticket ("获取 Access Token", "获取 SIGN ticket", "获取 NONCE
--- ticket") and what their answers say.

local check = require "facequery.check"
local request_of = require "facequery.service.request"
local url_of = require "facequery.service.url"

local ticket = {}

local TOKEN_PATH, TICKET_PATH = "/api/oauth2/access_token", "/api/oauth2/api_ticket"

--- The provider's rules: renew every 20 minutes; the old ticket stays valid for one minute more.
ticket.RENEW_AFTER, ticket.OVERLAP = 20 * 60, 60 -- seconds

-- A SIGN ticket's and a NONCE ticket's life in seconds, when the answer states none that can be read.
local DEFAULT_LIFE, NONCE_LIFE = ticket.RENEW_AFTER, 120

--- Whom client:nonce_ticket fetches one for.
---@class facequery.NonceQuery
---@field user_id string 1 to 32 letters and digits: the page wants no special characters, and another one for each user

---@type table<string, facequery.Field>
ticket.fields = { user_id = check.text("INVALID_USER_ID", 1, 32, "alphanumeric") }

local function get(settings, path, parameters)
  return request_of(settings, {
    method = "GET",
    url = url_of(settings.base_url .. path, parameters),
    headers = { Accept = "application/json" },
  })
end

-- expire_in, which comes as a string or as a number.
local function seconds_of(value, otherwise)
  value = tonumber(value)
  return value and value > 0 and value < 2 ^ 31 and value or otherwise
end

---@param settings facequery.Config with secret
---@return facequery.Request
function ticket.token_request(settings)
  return get(settings, TOKEN_PATH, {
    { settings.app_id_parameter, settings.app_id }, { "secret", settings.secret },
    { "grant_type", "client_credential" }, { "version", settings.version },
  })
end

---@param record facequery.Record of code 0
---@return string|nil access_token nil where the answer has none
---@return number|nil life seconds
function ticket.read_token(record)
  if type(record.access_token) ~= "string" then
    return nil
  end
  return record.access_token, seconds_of(record.expire_in, DEFAULT_LIFE)
end

---@param settings facequery.Config
---@param access_token string
---@return facequery.Request
function ticket.ticket_request(settings, access_token)
  return get(settings, TICKET_PATH, {
    { settings.app_id_parameter, settings.app_id }, { "access_token", access_token },
    { "type", "SIGN" }, { "version", settings.version },
  })
end

--- A NONCE ticket is for one start by one user.
---@param settings facequery.Config
---@param access_token string
---@param user_id string checked
---@return facequery.Request
function ticket.nonce_request(settings, access_token, user_id)
  return get(settings, TICKET_PATH, {
    { settings.app_id_parameter, settings.app_id }, { "access_token", access_token },
    { "type", "NONCE" }, { "version", settings.version }, { "user_id", user_id },
  })
end

local function read(record, otherwise)
  local first = type(record.tickets) == "table" and record.tickets[1]
  if type(first) ~= "table" or type(first.value) ~= "string" or first.value == "" then
    return nil
  end
  return first.value, seconds_of(first.expire_in, otherwise)
end

---@param record facequery.Record of code 0
---@return string|nil value nil where the answer has none
---@return number|nil life seconds
function ticket.read_ticket(record)
  return read(record, DEFAULT_LIFE)
end

---@param record facequery.Record of code 0
---@return string|nil value nil where the answer has none
---@return number|nil life seconds
function ticket.read_nonce(record)
  return read(record, NONCE_LIFE)
end

return ticket
