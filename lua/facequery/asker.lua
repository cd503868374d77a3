--- Makes who asks: a client's settings, transport and sleep, with the source of its tickets.

local given = require "facequery.tickets.given"
local keeper = require "facequery.tickets.keeper"

local asker = {}

---@param settings facequery.Config complete
---@param send facequery.Transport
---@param sleep fun(seconds: number)
---@param send_for_tickets? facequery.Transport where a ticket must not wait as orders do; default `send`
---@return facequery.Asker|nil
---@return facequery.Failure|nil
function asker.new(settings, send, sleep, send_for_tickets)
  local self = { settings = settings, send = send, sleep = sleep }
  local failure
  if settings.secret then
    self.tickets, failure = keeper.new { settings = settings, send = send_for_tickets or send, sleep = sleep }
  else
    self.tickets = given.new(settings.ticket)
  end
  if not self.tickets then
    return nil, failure
  end
  return self
end

return asker
