--- Fetches a SIGN ticket from the service, in two exchanges: an access token, and with it the ticket.

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
---@return { ticket: string, life: number }|nil life in seconds
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
  return { ticket = ticket, life = math.min(life, token_life) }
end

return fetch
