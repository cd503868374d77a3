--- The queue's engine: Redis Streams with a consumer group, for orders that wait or are being fetched, and sorted sets
--- for those that are asked for again later and for all that are open.  Each function is one step of Redis' (a script),
--- so that no crash leaves an order between two places.

local scripts = require "facequery.queue.scripts"

local redis = {}

-- In the order that the scripts have them.
local KEYS = { "orders", "urgent", "dead", "later", "open", "tries", "pace", "sweeper" }

---@class facequery.QueueEntry an order as a worker has it
---@field stream string
---@field id string
---@field order_no string
---@field deadline number seconds since the epoch: when the service deletes its files
---@field tries integer how often it was put off before
---@field deliveries integer how often a worker was given it, this time included

---@class facequery.QueueStatus
---@field waiting integer
---@field in_flight integer given to workers
---@field later integer to be asked for again
---@field dead integer
---@field open integer all of them
---@field due_6h integer whose files are deleted within six hours, or were
---@field due_24h integer
---@field oldest_deadline? number seconds since the epoch

--- What a queue needs of its engine.  Another one is a file with these.
---@class facequery.QueueEngine
---@field add fun(self, pairs: string[]): integer|nil, facequery.Failure|nil how many were added, of order numbers and times of verification by turns
---@field take fun(self, consumer: string, most: integer): facequery.QueueEntry[]|nil, facequery.Failure|nil
---@field claim fun(self, consumer: string, idle: number, of: string|nil, most: integer): facequery.QueueEntry|nil, facequery.Failure|nil
---@field finish fun(self, ended: table[]): integer|nil, facequery.Failure|nil done, later or dead
local Engine = {}
Engine.__index = Engine

--- The engine over a function that asks Redis.
---@param call fun(command: string, ...): any, facequery.Failure|nil
---@param name string the queue's
---@return facequery.RedisQueue
function redis.new(call, name)
  local self = setmetatable({ call = call, keys = {} }, Engine)
  for i, key in ipairs(KEYS) do
    -- In braces is what tells a cluster's slot: that of all keys is the same.
    self.keys[i] = ("fq:{%s}:%s"):format(name, key)
    self.keys[key] = self.keys[i]
  end
  return self
end

-- Runs a script.  Its text goes with it each time: a Redis that has been restarted, or another that has taken its
-- place, does not know it (NOSCRIPT), and Redis compiles it once.
local function run(self, name, arguments)
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
    local count, failure = run(self, "add", part)
    if not count then
      return nil, failure
    end
    added = added + count
  end
  return added
end

local function entry_of(reply)
  return {
    stream = reply[1],
    id = reply[2],
    order_no = reply[3],
    deadline = tonumber(reply[4]),
    tries = tonumber(reply[5]),
    deliveries = tonumber(reply[6]),
  }
end

--- Gives the consumer orders that wait, the urgent first.
---@param consumer string
---@param most integer
---@param highest? number requests a second that the fleet may send
---@return facequery.QueueEntry[]|nil entries for each of which one request may be sent now
---@return facequery.Failure|nil
function Engine:take(consumer, most, highest)
  local reply, failure = run(self, "take", { consumer, most, highest or "" })
  if not reply then
    return nil, failure
  end
  local entries = {}
  for i, entry in ipairs(reply[5]) do
    entries[i] = entry_of(entry)
  end
  self.seen = { urgent = reply[3], orders = reply[4] }
  -- Redis' clock and this machine's may differ: what counts is the time from now.
  self.next_later = tonumber(reply[1]) and math.max(0, tonumber(reply[1]) - tonumber(reply[2]))
  self.paced, self.epoch = tonumber(reply[6]), reply[7]
  return entries
end

--- Asks whether requests may be sent, beyond those of `take`.
---@param most integer
---@param highest? number requests a second
---@param slowed_in? integer the epoch of one that the service has refused as too many, or that tells of trouble
---@param is_trouble? boolean
---@return integer|nil how many
---@return number|facequery.Failure in how many seconds the next
---@return integer|nil epoch
function Engine:pace(most, highest, slowed_in, is_trouble)
  local reply, failure = run(self, "pace", { most, highest or "", slowed_in or "", is_trouble and "trouble" or "" })
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

--- Gives the consumer one order that was given to a worker and came to no end, to be fetched alone.
---@param consumer string
---@param idle number seconds since it was given
---@param of? string the worker that it was given to; nil: any
---@param most integer an order that was given so often is dead
---@return facequery.QueueEntry|nil
---@return facequery.Failure|nil
function Engine:claim(consumer, idle, of, most)
  local reply, failure = run(self, "claim", { consumer, ("%.0f"):format(idle * 1000), of or "", most })
  return reply and entry_of(reply), failure
end

--- Has another worker lost an order, and is it up to this one to fetch it?  If so, nobody else is told so until
--- `end_sweep`, or for a lease.
---@param consumer string
---@param lease number seconds
---@return boolean|nil
---@return facequery.Failure|nil
function Engine:has_lost(consumer, lease)
  local reply, failure = run(self, "has_lost", { consumer, ("%.0f"):format(lease * 1000) })
  return reply and reply == 1, failure
end

---@param consumer string
---@return true|nil
---@return facequery.Failure|nil
function Engine:end_sweep(consumer)
  local _, failure = run(self, "end_sweep", { consumer })
  return not failure or nil, failure
end

--- Makes what a worker reads from.
---@return true|nil
---@return facequery.Failure|nil
function Engine:prepare()
  local _, failure = run(self, "prepare", {})
  return not failure or nil, failure
end

---@class facequery.QueueEnd
---@field what "done"|"later"|"dead"
---@field entry facequery.QueueEntry
---@field seconds? number of later
---@field code? string of dead: why

--- Ends entries.
---@param ended facequery.QueueEnd[]
---@return integer|nil how many were not ended before
---@return facequery.Failure|nil
function Engine:finish(ended)
  local words = {}
  for _, one in ipairs(ended) do
    local entry = one.entry
    for _, word in ipairs { one.what, entry.stream, entry.id, entry.order_no,
      one.code or one.seconds and ("%.3f"):format(one.seconds) or "" } do
      words[#words + 1] = word
    end
  end
  return run(self, "finish", words)
end

--- Gives entries back that were not begun, or not ended: the next to claim finds them at once, and as if they had not
--- been given.
---@param consumer string
---@param lease number seconds
---@param entries facequery.QueueEntry[]
---@return true|nil
---@return facequery.Failure|nil
function Engine:give_back(consumer, lease, entries)
  local words = { consumer, ("%.0f"):format(lease * 1000) }
  for _, entry in ipairs(entries) do
    for _, word in ipairs { entry.stream, entry.id, ("%d"):format(entry.deliveries - 1) } do
      words[#words + 1] = word
    end
  end
  local _, failure = run(self, "give_back", words)
  return not failure or nil, failure
end

--- Is this a Redis that keeps what it is given?  One that evicts keys when its memory is full loses orders.
---@return facequery.Failure|nil failure
function Engine:check()
  local reply, failure = self.call("config", "GET", "maxmemory-policy")
  if failure and failure.code == "REDIS_REFUSED" then
    return nil -- a service that lets nobody ask
  elseif failure then
    return failure
  end
  local policy = reply[2] or reply["maxmemory-policy"]
  return policy and policy ~= "noeviction" and { status = "TRANSPORT", code = "REDIS_EVICTS" } or nil
end

---@return facequery.QueueStatus|nil
---@return facequery.Failure|nil
function Engine:status()
  local reply, failure = run(self, "status", {})
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

-- Entries, or members of a sorted set, looked at in one step.
local PAGE = 1000

-- Runs a script over the dead, page by page.  Returns how many it has counted.
local function each_dead(self, script, order_no)
  local count, behind = 0, "0-0"
  repeat
    local reply, failure = run(self, script, { order_no or "", behind, PAGE })
    if not reply then
      return nil, failure
    end
    count, behind = count + reply[1], reply[2]
  until behind == ""
  return count
end

--- Puts dead orders back to those that wait.
---@param order_no? string nil: all of them
---@return integer|nil how many
---@return facequery.Failure|nil
function Engine:retry(order_no)
  return each_dead(self, "retry", order_no)
end

--- Takes dead orders out of the queue: nobody is told of them any more.
---@param order_no? string nil: all whose files the service has deleted
---@return integer|nil how many
---@return facequery.Failure|nil
function Engine:drop(order_no)
  return each_dead(self, "drop", order_no)
end

-- Calls `visit` with each entry's fields of a stream, from behind `id` on.  Returns the last id.
local function each_entry(self, key, id, visit)
  while true do
    local page, failure = self.call("xrange", key, "(" .. id, "+", "COUNT", PAGE)
    if not page then
      return nil, failure
    end
    for _, one in ipairs(page) do
      local entry = {}
      for i = 1, #one[2], 2 do
        entry[one[2][i]] = one[2][i + 1]
      end
      visit(entry)
      id = one[1]
    end
    if #page < PAGE then
      return id
    end
  end
end

---@class facequery.DeadOrder
---@field order_no string
---@field code string why
---@field verified_at? string seconds since the epoch

--- The dead orders, the first to die first.
---@param visit fun(dead: facequery.DeadOrder)
---@return string|nil not nil
---@return facequery.Failure|nil
function Engine:dead(visit)
  return each_entry(self, self.keys.dead, "0-0", visit)
end

local function each_member(self, key, visit)
  local cursor = "0"
  repeat
    local reply, failure = self.call("zscan", key, cursor, "COUNT", PAGE)
    if not reply then
      return nil, failure
    end
    cursor = reply[1]
    for i = 1, #reply[2], 2 do
      visit(reply[2][i], tonumber(reply[2][i + 1]))
    end
  until cursor == "0"
  return true
end

--- Looks for orders that are open and nowhere: a crash of Redis' may have lost an entry.  Those are made to wait again.
---@return integer|nil how many
---@return facequery.Failure|nil
function Engine:audit()
  local seen, last = {}, {}
  local function see(entry)
    seen[entry.order_no or ""] = true
  end
  -- An order that moves meanwhile goes from a stream to `later` and from there to a stream's end, which is looked at
  -- once more.
  for _, key in ipairs { "urgent", "orders", "dead" } do
    local id, failure = each_entry(self, self.keys[key], "0-0", see)
    if not id then
      return nil, failure
    end
    last[key] = id
  end
  local ok, failure = each_member(self, self.keys.later, function(order_no) seen[order_no] = true end)
  for _, key in ipairs { "urgent", "orders", "dead" } do
    if ok then
      ok, failure = each_entry(self, self.keys[key], last[key], see)
    end
  end
  local lost = {}
  if ok then
    ok, failure = each_member(self, self.keys.open, function(order_no, deadline)
      if not seen[order_no] then
        lost[#lost + 1] = order_no
        lost[#lost + 1] = ("%.3f"):format(deadline)
      end
    end)
  end
  if not ok then
    return nil, failure
  end
  return lost[1] and run(self, "reopen", lost) or 0
end

return redis
