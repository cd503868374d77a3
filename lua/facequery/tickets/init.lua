--- Where tickets are kept.

--- A store of tickets: anything with these three.  Values are opaque strings that hold a ticket: keep them as you would
--- keep a password.  What a user's own does is checked: BAD_STORE.
---@class facequery.TicketStore
---@field get fun(self, key: string): string|nil, facequery.Failure|nil, string|nil the value; or nil and a failure when the store can't be asked; or nil, nil and the code of why what was there is not to be trusted
---@field set fun(self, key: string, value: string, seconds: number): boolean|nil, facequery.Failure|nil `seconds`: how long the value is of use
---@field lock fun(self, key: string, seconds: number): (fun()|false|nil), facequery.Failure|nil without waiting: a function that releases the lock; false when another has it; or nil and a failure. The lock ends by itself, after `seconds` or with its owner

--- Where a client gets its ticket from: keeper.lua's, over a store, or given.lua's, over the user's own.
---@class facequery.TicketSource
---@field get fun(self): string|nil, facequery.Failure|nil the current ticket
---@field renew fun(self, refused: string): string|nil, facequery.Failure|nil another one than the service has refused; nil and nothing when asking for one is of no use
---@field accepted fun(self, ticket: string) the service has accepted it
---@field nonce fun(self, user_id: string): facequery.NonceTicket|nil, facequery.Failure|nil a NONCE ticket, fetched each time and kept nowhere
---@field candidates fun(self, fresh: boolean): string[], facequery.Failure|nil all that the service may have signed with; fresh: as others know them by now
---@field status fun(self): facequery.TicketAge|nil, facequery.Failure|nil
---@field abandon fun(self) nobody will resume a renewal under way: its lock is released

--- How old a ticket is, as far as that is known: nothing of one that the user gives.
---@class facequery.TicketAge
---@field age? number seconds since it was fetched
---@field expires_in? number seconds that the service takes it, by its answer
---@field renews_in? number seconds until it is time to fetch another

local tickets = {}

--- In this Lua state; nothing is shared with another process.
---@return facequery.TicketStore store
function tickets.memory()
  return require("facequery.tickets.memory").new()
end

--- In a file, shared between this machine's processes of one user; survives a restart.
---@param path string made where it is missing, with mode 0600; locked on `path.lock`
---@return facequery.TicketStore store
function tickets.file(path)
  return require("facequery.tickets.file").new(path)
end

--- In nginx's lua_shared_dict, between the workers.
---@param name string as nginx.conf names it
---@return facequery.TicketStore store
function tickets.shared_dict(name)
  return require("facequery.tickets.shared_dict").new(name)
end

--- In Redis, between machines.
---@param client table|(fun(): table|nil, any) a connected lua-resty-redis or redis-lua client; or a function that returns one, and optionally another that is called when it is done with
---@return facequery.TicketStore store
function tickets.redis(client)
  return require("facequery.tickets.redis").new(client)
end

return tickets
