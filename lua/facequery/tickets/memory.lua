--- Tickets in this Lua state; the lock is between its coroutines.

local core = require "facequery.core"

local memory = {}

---@return facequery.TicketStore
function memory.new()
  local values, locks = {}, {}
  local store = {}

  function store.get(_, key)
    return values[key]
  end

  function store.set(_, key, value)
    values[key] = value
    return true
  end

  function store.lock(_, key, seconds)
    local now = core.clock()
    if locks[key] and now < locks[key].ends then
      return false
    end
    local mine = { ends = now + seconds }
    locks[key] = mine
    return function()
      if locks[key] == mine then
        locks[key] = nil
      end
    end
  end

  return store
end

-- One store for this Lua state, so that a client that is made anew for each request does not fetch a ticket each
-- time.
local shared

--- The default where nothing else is configured.
---@return facequery.TicketStore
function memory.shared()
  shared = shared or memory.new()
  return shared
end

return memory
