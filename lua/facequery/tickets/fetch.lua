--- Asks the service for an access token, and with it for a SIGN ticket.

local errors = require "facequery.errors"
local record = require "facequery.service.record"

local fetch = {}

local TOKEN_PATH, TICKET_PATH = "/api/oauth2/access_token", "/api/oauth2/api_ticket"
local MAX_ENVELOPE = 64 * 1024

-- Where an answer says nothing that can be read: the provider's own interval of renewal.
local DEFAULT_LIFE = 20 * 60 -- seconds

local function escape(text)
  return (text:gsub("[^A-Za-z0-9._~-]", function(char)
    return ("%%%02X"):format(char:byte())
  end))
end

-- A list of names and values, so that the url reads as in the provider's pages.
local function url_of(settings, path, parameters)
  local parts = {}
  for _, pair in ipairs(parameters) do
    parts[#parts + 1] = pair[1] .. "=" .. escape(pair[2])
  end
  return settings.base_url .. path .. "?" .. table.concat(parts, "&")
end

-- expire_in, which comes as a string or as a number.
local function seconds_of(value)
  value = tonumber(value)
  return value and value > 0 and value < 2 ^ 31 and value or DEFAULT_LIFE
end

local function get(settings, transport, emit, path, parameters)
  local url = url_of(settings, path, parameters)
  emit { type = "request", method = "GET", url = url:match("^[^?]*"), attempt = 1 }
  local response, failure = transport {
    method = "GET",
    url = url,
    headers = { Accept = "application/json" },
    timeout = settings.timeout,
    connect_timeout = settings.connect_timeout,
    ca_file = settings.ca_file,
    proxy = settings.proxy,
    max_envelope = MAX_ENVELOPE,
    max_media = 0,
    hashes = {},
  }
  local answer
  answer, failure = record.from_response(response, failure)
  local got = type(response) == "table" and response or {}
  emit {
    type = "response",
    url = url:match("^[^?]*"),
    attempt = 1,
    code = answer and answer.code or errors.from_failure("en", failure).code,
    status = got.status,
    time = got.time,
    reused = got.reused,
  }
  if not answer then
    return nil, failure
  end
  if answer.code ~= "0" then
    return nil, {
      status = "SERVICE",
      secret_for = "fetch",
      code = answer.code,
      msg = answer.msg,
      bizSeqNo = answer.bizSeqNo,
    }
  end
  return answer
end

--- Two exchanges.
---@param settings facequery.Config with secret
---@param transport function
---@param emit fun(event: facequery.Event)
---@return { ticket: string, life: number }|nil life in seconds
---@return table|nil failure
function fetch.ticket(settings, transport, emit)
  local app_id = { settings.app_id_parameter, settings.app_id }
  local version = { "version", settings.version }
  local answer, failure = get(settings, transport, emit, TOKEN_PATH, {
    app_id, { "secret", settings.secret }, { "grant_type", "client_credential" }, version,
  })
  if not answer then
    return nil, failure
  end
  if type(answer.access_token) ~= "string" then
    return nil, { status = "NO_TICKET" }
  end
  local life = seconds_of(answer.expire_in)
  answer, failure = get(settings, transport, emit, TICKET_PATH, {
    app_id, { "access_token", answer.access_token }, { "type", "SIGN" }, version,
  })
  if not answer then
    return nil, failure
  end
  local ticket = type(answer.tickets) == "table" and answer.tickets[1]
  if type(ticket) ~= "table" or type(ticket.value) ~= "string" or ticket.value == "" then
    return nil, { status = "NO_TICKET" }
  end
  -- When an access token dies, its tickets die.
  return { ticket = ticket.value, life = math.min(life, seconds_of(ticket.expire_in)) }
end

return fetch
