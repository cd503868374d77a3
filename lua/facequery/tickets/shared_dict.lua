--- Tickets in nginx's lua_shared_dict, and the lock as an entry of it that expires.

local core = require "facequery.core"

local shared_dict = {}

---@param name string
---@return facequery.TicketStore
function shared_dict.new(name)
  if type(name) ~= "string" then
    error(("bad argument #1 to 'shared_dict' (string expected, got %s)"):format(type(name)), 3)
  end
  local dict = ngx and ngx.shared[name]
  if not dict then
    error(("no lua_shared_dict named '%s' in nginx.conf"):format(name), 3)
  end
  local store = {}

  local function unwritable(reason)
    return nil, { status = "STORE_UNWRITABLE", detail = reason }
  end

  function store.get(_, key)
    return (dict:get(key))
  end

  function store.set(_, key, value, seconds)
    local ok, reason = dict:set(key, value, seconds)
    if not ok then
      return unwritable(reason)
    end
    return true
  end

  function store.lock(_, key, seconds)
    local entry, owner = key .. ":lock", core.nonce()
    local ok, reason = dict:add(entry, owner, seconds)
    if ok then
      return function()
        if dict:get(entry) == owner then
          dict:delete(entry)
        end
      end
    end
    if reason == "exists" then
      return false
    end
    return unwritable(reason)
  end

  return store
end

return shared_dict
