--- Where tickets are kept.  A store is anything with these three; values are opaque strings that
--- hold a ticket: keep them as you would keep a password.

---@class facequery.TicketStore
---@field get fun(self, key: string): string|nil, table|nil, string|nil the value; or nil and a failure when the store can't be asked; or nil, nil and the code of why what was there is not to be trusted
---@field set fun(self, key: string, value: string, seconds: number): boolean|nil, table|nil `seconds`: how long the value is of use
---@field lock fun(self, key: string, seconds: number): (fun()|false|nil), table|nil without waiting: a function that releases the lock; false when another has it; or nil and a failure. The lock ends by itself, after `seconds` or with its owner

local tickets = {}

--- In this Lua state; nothing is shared with another process.
---@return facequery.TicketStore
function tickets.memory()
  return require("facequery.tickets.memory").new()
end

--- In a file, shared between this machine's processes of one user; survives a restart.
---@param path string
---@return facequery.TicketStore
function tickets.file(path)
  return require("facequery.tickets.file").new(path)
end

--- In nginx's lua_shared_dict, between the workers.
---@param name string
---@return facequery.TicketStore
function tickets.shared_dict(name)
  return require("facequery.tickets.shared_dict").new(name)
end

--- In Redis, between machines.
---@param client table|function a connected lua-resty-redis or redis-lua client; or a function that returns one, and optionally another that is called when it is done with
---@return facequery.TicketStore
function tickets.redis(client)
  return require("facequery.tickets.redis").new(client)
end

return tickets
