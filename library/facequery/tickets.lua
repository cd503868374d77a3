---@meta facequery.tickets

-- Made of the annotations in lua/ by `make docs`.

--- Where tickets are kept.
local tickets = {}

--- In this Lua state; nothing is shared with another process.
---@return facequery.TicketStore store
function tickets.memory() end

--- In a file, shared between this machine's processes of one user; survives a restart.
---@param path string made where it is missing, with mode 0600; locked on `path.lock`
---@return facequery.TicketStore store
function tickets.file(path) end

--- In nginx's lua_shared_dict, between the workers.
---@param name string as nginx.conf names it
---@return facequery.TicketStore store
function tickets.shared_dict(name) end

--- In Redis, between machines.
---@param client table|(fun(): table|nil, any) a connected lua-resty-redis or redis-lua client; or a function that returns one, and optionally another that is called when it is done with
---@return facequery.TicketStore store
function tickets.redis(client) end

return tickets
