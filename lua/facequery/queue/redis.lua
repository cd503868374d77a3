--- The queue's engine: Redis Streams with a consumer group, for orders that wait or are being fetched, and sorted sets
--- for those that are asked for again later and for all that are open.  Each function is one step of Redis' (a script),
--- so that no crash leaves an order between two places.

local core = require "facequery.core"
local scripts = require "facequery.queue.scripts"

local redis = {}

-- In the order that the scripts have them.
local KEYS = { "orders", "urgent", "later", "open", "dead", "why", "tries", "pace", "sweeper" }

---@class facequery.QueueEntry an order as a worker has it
---@field stream string
---@field id string
---@field order_no string
---@field deadline number seconds since the epoch: when the service deletes its files
---@field tries integer how often it was put off before
---@field deliveries integer how often a worker was given it, this time included
---@field dead? string why it is dead, and not to be fetched

---@class facequery.QueueStatus
---@field waiting integer
---@field in_flight integer given to workers
---@field later integer to be asked for again
---@field dead integer not to be asked for any more
---@field open integer all of the others
---@field due_6h integer open ones whose files are deleted within six hours, or were; and dead ones whose files will be
---@field due_24h integer
---@field oldest_deadline? number seconds since the epoch, of the open ones

--- What a queue needs of its engine.  Another one is a file with these.
---@class facequery.QueueEngine
---@field add fun(self, pairs: string[]): integer|nil, facequery.Failure|nil how many were added, of order numbers and times of verification by turns
---@field take fun(self, consumer: string, most: integer, highest: number|nil, ended: table[]|nil): facequery.QueueEntry[]|nil, facequery.Failure|nil
---@field claim fun(self, consumer: string, idle: number, of: string|nil, most: integer): facequery.QueueEntry|nil, facequery.Failure|nil
---@field finish fun(self, ended: table[]): integer|nil, facequery.Failure|nil done, later or dead
local Engine = {}
Engine.__index = Engine

--- The engine over a function that asks Redis.
---@param call fun(command: string, ...): any, facequery.Failure|nil
---@param name string the queue's
---@return facequery.QueueEngine
function redis.new(call, name)
  local self = setmetatable({
    call = call,
    keys = {},
    -- As before the first `take`.
    seen = { urgent = "0-0", orders = "0-0" },
    paced = 0,
    epoch = 0,
  }, Engine)
  for i, key in ipairs(KEYS) do
    -- In braces is what tells a cluster's slot: that of all keys is the same.
    self.keys[i] = ("fq:{%s}:%s"):format(name, key)
    self.keys[key] = self.keys[i]
  end
  return self
end

-- Runs a script.  Its text goes with it each time: a Redis that has been restarted, or another that has taken its
-- place, does not know it (NOSCRIPT), and Redis compiles it once.
function Engine:run(name, arguments)
  local words = { scripts[name], #self.keys }
  for _, key in ipairs(self.keys) do
    words[#words + 1] = key
  end
  for _, argument in ipairs(arguments) do
    words[#words + 1] = argument
  end
  return self.call("eval", (table.unpack or unpack)(words))
end

-- As many as Lua may push at once in any of its versions, with room to spare.
local AT_ONCE = 500

function Engine:add(list)
  local added = 0
  for first = 1, #list, 2 * AT_ONCE do
    local part = {}
    for i = first, math.min(#list, first + 2 * AT_ONCE - 1) do
      part[#part + 1] = list[i]
    end
    local count, failure = self:run("add", part)
    if not count then
      return nil, failure
    end
    added = added + count
  end
  return added
end

-- An entry and an end are a text each: fields of their own would be as many times as much for the client to read.
-- Neither streams nor ids have blanks in them.  What order numbers and the service's codes have, nobody knows: the one
-- is the last, or has its length before it, and so the other is.
local ENTRY, END = "^(%S+) (%S+) (%S+) (%S+) (%S+) (.*)$", "%s %s %s %d "

local function entry_of(text, dead)
  local stream, id, deadline, tries, deliveries, order_no = text:match(ENTRY)
  return {
    stream = stream,
    id = id,
    order_no = order_no,
    deadline = tonumber(deadline),
    tries = tonumber(tries),
    deliveries = tonumber(deliveries),
    dead = dead,
  }
end

local function words_of(ended, words)
  for _, one in ipairs(ended) do
    local entry = one.entry
    words[#words + 1] = END:format(one.what, entry.stream, entry.id, #entry.order_no) .. entry.order_no
      .. (one.code or one.seconds and ("%.3f"):format(one.seconds) or "")
  end
  return words
end

--- Gives the consumer orders that wait, the urgent first, and ends others in the same step.
---@param consumer string
---@param most integer
---@param highest? number requests a second that the fleet may send
---@param ended? facequery.QueueEnd[] as for `finish`
---@return facequery.QueueEntry[]|nil entries for each of which one request may be sent now
---@return facequery.Failure|nil
function Engine:take(consumer, most, highest, ended)
  local reply, failure = self:run("take", words_of(ended or {}, { consumer, most, highest or "" }))
  if not reply then
    return nil, failure
  end
  local entries = {}
  for i, entry in ipairs(reply[5]) do
    entries[i] = entry_of(entry)
  end
  if not entries[1] then
    self.seen = { urgent = reply[3], orders = reply[4] }
  end
  -- Redis' clock and this machine's may differ: what counts is the time from now.
  self.next_later = tonumber(reply[1]) and math.max(0, tonumber(reply[1]) - tonumber(reply[2]))
  self.paced, self.epoch = tonumber(reply[6]), reply[7]
  return entries
end

--- Asks whether requests may be sent, beyond those of `take`.
---@param most integer
---@param highest? number requests a second
---@param refused_in? integer the epoch of one that the service has refused as too many
---@return integer|nil how many
---@return number|facequery.Failure in how many seconds the next
---@return integer|nil epoch
function Engine:pace(most, highest, refused_in)
  local reply, failure = self:run("pace", { most, highest or "", refused_in or "" })
  if not reply then
    return nil, failure
  end
  return reply[1], tonumber(reply[2]), reply[3]
end

--- The fleet's pace as the last worker that took orders has left it.
---@return number|nil requests a second; math.huge where nothing bounds them
---@return facequery.Failure|nil
function Engine:rate()
  local rate, failure = self.call("hget", self.keys.pace, "rate")
  return not failure and (tonumber(rate) or math.huge) or nil, failure
end

--- Returns when orders may wait that the last `take` has not seen, or after so many seconds.
---@param seconds number
---@return true|nil
---@return facequery.Failure|nil
function Engine:wait(seconds)
  local _, failure = self.call("xread", "BLOCK", ("%.0f"):format(math.max(1, seconds * 1000)), "COUNT", "1",
    "STREAMS", self.keys.urgent, self.keys.orders, self.seen.urgent, self.seen.orders)
  return not failure or nil, failure
end

--- Gives the consumer one order that was given to a worker and came to no end, to be fetched alone; or tells of one
--- that has died of it.
---@param consumer string
---@param idle number seconds since it was given
---@param of? string the worker that it was given to; nil: any
---@param most integer an order that was given so often is dead
---@return facequery.QueueEntry|nil
---@return facequery.Failure|nil
function Engine:claim(consumer, idle, of, most)
  local reply, failure = self:run("claim", { consumer, ("%.0f"):format(idle * 1000), of or "", most })
  return reply and entry_of(reply[1], reply[2]), failure
end

--- Has another worker lost an order, and is it up to this one to fetch it?  If so, nobody else is told so until
--- `end_sweep`, or for a lease.
---@param consumer string
---@param lease number seconds
---@return boolean|nil
---@return facequery.Failure|nil
function Engine:has_lost(consumer, lease)
  local reply, failure = self:run("has_lost", { consumer, ("%.0f"):format(lease * 1000) })
  return reply and reply == 1, failure
end

---@param consumer string
---@return true|nil
---@return facequery.Failure|nil
function Engine:end_sweep(consumer)
  local _, failure = self:run("end_sweep", { consumer })
  return not failure or nil, failure
end

--- Makes what a worker reads from.
---@return true|nil
---@return facequery.Failure|nil
function Engine:prepare()
  local _, failure = self:run("prepare", {})
  return not failure or nil, failure
end

---@class facequery.QueueEnd
---@field what "done"|"later"|"dead"|"back" back: it was not begun
---@field entry facequery.QueueEntry
---@field seconds? number of later
---@field code? string of dead: why

--- Ends entries.
---@param ended facequery.QueueEnd[]
---@return integer|nil how many were not ended before
---@return facequery.Failure|nil
function Engine:finish(ended)
  return self:run("finish", words_of(ended, {}))
end

--- Gives entries back that were not begun, or not ended: the next to claim finds them at once, and as if they had not
--- been given.
---@param consumer string
---@param lease number seconds
---@param entries table<facequery.QueueEntry, boolean>
---@return true|nil
---@return facequery.Failure|nil
function Engine:give_back(consumer, lease, entries)
  local words = { consumer, ("%.0f"):format(lease * 1000) }
  for entry in pairs(entries) do
    for _, word in ipairs { entry.stream, entry.id, ("%d"):format(entry.deliveries - 1) } do
      words[#words + 1] = word
    end
  end
  local _, failure = self:run("give_back", words)
  return not failure or nil, failure
end

-- What tells this worker from another of its name.
local function word_of(self)
  self.word = self.word or core.nonce() or tostring(self)
  return self.word
end

--- Makes a consumer's name its own.
---@param consumer string
---@param seconds number for so long, unless renewed
---@return boolean|nil false: another worker has it
---@return facequery.Failure|nil
function Engine:hold(consumer, seconds)
  local reply, failure = self:run("hold", { consumer, word_of(self), ("%.0f"):format(seconds * 1000) })
  if failure then
    return nil, failure
  end
  return reply == 1
end

--- Says that the consumer is at work still: its name stays its own, and the leases of its entries begin anew.
---@param consumer string
---@param seconds number that the name stays its own
---@param entries table<facequery.QueueEntry, boolean>
---@return true|nil
---@return facequery.Failure|nil
function Engine:renew(consumer, seconds, entries)
  local words = { consumer, word_of(self), ("%.0f"):format(seconds * 1000) }
  for entry in pairs(entries) do
    words[#words + 1] = entry.stream
    words[#words + 1] = entry.id
  end
  local _, failure = self:run("renew", words)
  return not failure or nil, failure
end

--- Gives the consumer's name back.
---@param consumer string
---@return true|nil
---@return facequery.Failure|nil
function Engine:release(consumer)
  local _, failure = self:run("release", { consumer, word_of(self) })
  return not failure or nil, failure
end

-- A setting of Redis' own; nil where it lets nobody ask.
local function setting(self, name)
  local reply, failure = self.call("config", "GET", name)
  if failure then
    return nil, failure.code ~= "REDIS_REFUSED" and failure or nil
  end
  return reply[2] or reply[name]
end

--- Is this a Redis that keeps what it is given?  One that evicts keys when its memory is full loses orders while all
--- goes well; one without an append-only file loses them in a crash.
---@return facequery.Failure|nil failure
---@return facequery.Failure|nil warning
function Engine:check()
  local policy, failure = setting(self, "maxmemory-policy")
  if failure then
    return failure
  elseif policy and policy ~= "noeviction" then
    return { status = "TRANSPORT", code = "REDIS_EVICTS" }
  end
  local appends
  appends, failure = setting(self, "appendonly")
  return failure, appends == "no" and { status = "TRANSPORT", code = "REDIS_NOT_DURABLE" } or nil
end

---@return facequery.QueueStatus|nil
---@return facequery.Failure|nil
function Engine:status()
  local reply, failure = self:run("status", {})
  if not reply then
    return nil, failure
  end
  return {
    waiting = reply[1],
    in_flight = reply[2],
    later = reply[3],
    dead = reply[4],
    open = reply[5],
    due_6h = reply[6],
    due_24h = reply[7],
    oldest_deadline = tonumber(reply[8]),
  }
end

for name, work in pairs(require "facequery.queue.operator") do
  Engine[name] = work
end

return redis
