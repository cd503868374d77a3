--- Tickets in Redis, over the user's own client object: lua-resty-redis or redis-lua.

local core = require "facequery.core"

local redis = {}

local RELEASE = [[
if redis.call("get", KEYS[1]) == ARGV[1] then
  return redis.call("del", KEYS[1])
end
return 0]]

-- Of a Redis that can't be asked.  It has no detail, because what Redis says may quote the command, and the ticket in
-- it.
local UNREACHABLE = { status = "TRANSPORT", code = "REDIS" }

-- nil in redis-lua, ngx.null in lua-resty-redis, false in some others.
local function is_nothing(value)
  return value == nil or value == false or (ngx and value == ngx.null)
end

---@param client table|fun(): table|nil, any
---@return facequery.TicketStore
function redis.new(client)
  if type(client) ~= "table" and type(client) ~= "function" then
    error(("bad argument #1 to 'redis' (table or function expected, got %s)"):format(type(client)), 3)
  end

  -- One command.  redis-lua raises on failure, lua-resty-redis returns nil (or false) and a message.
  local function call(method, ...)
    local connected, done = client, nil
    if type(client) == "function" then
      local ok
      ok, connected, done = pcall(client)
      if not ok or type(connected) ~= "table" then
        return nil, UNREACHABLE
      end
    end
    local ok, value, message = pcall(connected[method], connected, ...)
    if type(done) == "function" then
      pcall(done)
    end
    if not ok or (is_nothing(value) and message ~= nil) then
      return nil, UNREACHABLE
    end
    return not is_nothing(value) and value or nil
  end

  local store = {}

  function store.get(_, key)
    return call("get", key)
  end

  function store.set(_, key, value, seconds)
    local ok, failure = call("set", key, value, "PX", ("%.0f"):format(math.max(1, seconds * 1000)))
    return ok and true, failure
  end

  function store.lock(_, key, seconds)
    local entry, owner = key .. ":lock", core.nonce()
    local ok, failure = call("set", entry, owner, "NX", "PX", ("%.0f"):format(seconds * 1000))
    if ok then
      return function() call("eval", RELEASE, 1, entry, owner) end
    end
    if failure then
      return nil, failure
    end
    return false
  end

  return store
end

return redis
