--- A ticket source over the user's own ticket: a string, or a function that knows the current one.

local check = require "facequery.check"

local given = {}

local Given = {}
Given.__index = Given

---@param ticket string|fun(): string|nil
---@return facequery.TicketSource
function given.new(ticket)
  return setmetatable({ ticket = ticket }, Given)
end

function Given:get()
  if type(self.ticket) == "string" then
    return self.ticket
  end
  local ok, value = pcall(self.ticket)
  if not ok or type(value) ~= "string" or not check.is_token(value) then
    -- The failure does not repeat what the user's function has raised or returned: it may hold the ticket.
    return nil, { status = "TICKET_FAILED" }
  end
  return value
end

function Given:renew(refused)
  local value = self:get()
  return value ~= refused and value or nil
end

function Given.accepted() end

-- A NONCE ticket takes an access token, and that takes the secret.
function Given.nonce()
  return nil, { status = "SECRET_MISSING" }
end

function Given.abandon() end

function Given:candidates()
  local value, failure = self:get()
  return { value }, failure
end

-- Says nothing: only the user knows how old the ticket is.
function Given:status()
  local value, failure = self:get()
  if not value then
    return nil, failure
  end
  return {}
end

return given
