--- Fetches from the service: a SIGN ticket, in two exchanges, an access token and with it the ticket; and with a token
--- that is there already, a NONCE ticket.

local exchange = require "facequery.exchange"
local service = require "facequery.service.ticket"

local fetch = {}

-- The answer where its code is 0.
local function get(asker, request)
  local record, _, failure = exchange.run(asker, request, 1)
  if record and record.code ~= "0" then
    return nil, {
      status = "SERVICE",
      secret_for = "fetch",
      code = record.code,
      msg = record.msg,
      bizSeqNo = record.bizSeqNo,
    }
  end
  return record, failure
end

---@param asker facequery.Asker its settings with secret
---@return { ticket: string, access_token: string, life: number }|nil life in seconds
---@return facequery.Failure|nil
function fetch.ticket(asker)
  local record, failure = get(asker, service.token_request(asker.settings))
  if not record then
    return nil, failure
  end
  local token, token_life = service.read_token(record)
  if not token then
    return nil, { status = "NO_TICKET" }
  end
  record, failure = get(asker, service.ticket_request(asker.settings, token))
  if not record then
    return nil, failure
  end
  local ticket, life = service.read_ticket(record)
  if not ticket then
    return nil, { status = "NO_TICKET" }
  end
  -- When an access token dies, its tickets die with it.
  return { ticket = ticket, access_token = token, life = math.min(life, token_life) }
end

--- A NONCE ticket ("获取 NONCE ticket").
---@class facequery.NonceTicket
---@field value string for one start by one user
---@field expires_in number seconds

---@param asker facequery.Asker its settings with secret
---@param access_token string
---@param user_id string
---@return facequery.NonceTicket|nil
---@return facequery.Failure|nil
function fetch.nonce(asker, access_token, user_id)
  local record, failure = get(asker, service.nonce_request(asker.settings, access_token, user_id))
  if not record then
    return nil, failure
  end
  local value, life = service.read_nonce(record)
  if not value then
    return nil, { status = "NO_TICKET" }
  end
  return { value = value, expires_in = life }
end

return fetch
