--- The user's own ticket: a string, or a function that knows the current one.  The same functions as
--- keeper.lua's.

local check = require "facequery.check"

local given = {}

---@param ticket string|fun(): string|nil
function given.new(ticket)
  local keep = {}

  function keep.get()
    if type(ticket) == "string" then
      return ticket
    end
    local ok, value = pcall(ticket)
    if not ok or type(value) ~= "string" or not check.is_token(value) then
      -- Its error may hold anything, the ticket included: not repeated.
      return nil, { status = "TICKET_FAILED" }
    end
    return value
  end

  function keep.renew(refused)
    local value = keep.get()
    return value ~= refused and value or nil
  end

  function keep.accepted() end

  function keep.abandon() end

  function keep.candidates()
    local value, failure = keep.get()
    return { value }, failure
  end

  --- Its age is the user's to know.
  function keep.status()
    local value, failure = keep.get()
    if not value then
      return nil, failure
    end
    return {}
  end

  return keep
end

return given
