--- The queue of a command, by --redis and --queue.

local connection = require "facequery.queue.connection"
local failures = require "facequery.cli.failures"
local inputs = require "facequery.cli.inputs"
local redis = require "facequery.queue.redis"
local tickets = require "facequery.tickets"

local queues = {}

--- Opens it; nothing is sent yet.
---@param args table the command's
---@return facequery.QueueEngine|nil nil where the password can't be read, which was said
---@return fun() close
---@return integer|nil exit status where there is none
function queues.open(args)
  local password = os.getenv "FACEQUERY_REDIS_PASSWORD"
  if args.redis_password_from then
    local failure
    password, failure = inputs.first_line(args.redis_password_from, args.lang)
    if not password then
      return nil, function() end, failures.of(args, "facequery", failure)
    end
  end
  local call, close = connection.open(connection.parse(args.redis), {
    password = password,
    ca_file = args.redis_ca_file,
  })
  return redis.new(call, args.queue), close
end

-- The queue's Redis as a client object.
local function client_of(call)
  return setmetatable({}, { __index = function(_, command)
    return function(_, ...)
      local value, failure = call(command, ...)
      return value, failure and "Redis can't be asked"
    end
  end })
end

--- Where the fleet that works on a queue shares its tickets: in the same Redis.
---@param queue facequery.QueueEngine
---@return facequery.TicketStore
function queues.ticket_store(queue)
  return tickets.redis(client_of(queue.call))
end

return queues
