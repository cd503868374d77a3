--- What several of the queue's scripts have in common: Lua that runs inside Redis, to be put before a script's own.

local parts = {}

-- Seconds since the epoch, Redis' own, which all of a fleet share.
parts.COMMON = [=[
local orders, urgent, later, open, dead, why, tries, pace, sweeper = unpack(KEYS)
local GROUP, RETENTION, URGENT = "workers", 259200, 86400
local function now()
  local time = redis.call("TIME")
  return time[1] + time[2] / 1000000
end
-- When an order was verified, as somebody has written it: seconds since the epoch.  Who says nothing that can be so has
-- an order with a day left.
local function verified_of(text, time)
  local seconds = tonumber(text)
  return seconds and seconds > 0 and seconds <= time + 86400 and seconds or time - RETENTION + URGENT
end
-- The stream for an order whose files are deleted at `deadline`.
local function stream_for(deadline, time)
  return deadline - time <= URGENT and urgent or orders
end
]=]

-- Puts an order to the dead.
parts.DIE = [=[
local function die(order_no, deadline, code)
  redis.call("ZADD", dead, deadline, order_no)
  redis.call("HSET", why, order_no, code)
  redis.call("ZREM", open, order_no)
  redis.call("HDEL", tries, order_no)
end
]=]

-- { stream, id, order_no, deadline, tries, deliveries } of an entry as a consumer has it.  An entry without an order
-- number, whoever wrote it, is dead.
parts.ENTRY = [=[
local function entry_of(stream, id, fields, deliveries, time)
  local entry = {}
  for i = 1, #(fields or {}), 2 do
    entry[fields[i]] = fields[i + 1]
  end
  local order_no = entry.order_no
  if not order_no or order_no == "" or #order_no > 1000 then
    redis.call("XACK", stream, GROUP, id)
    redis.call("XDEL", stream, id)
    die("entry " .. id, time, "INVALID_ORDER_NO")
    return nil
  end
  local deadline = redis.call("ZSCORE", open, order_no)
  if not deadline then -- added by a bare XADD: it is open from now on
    deadline = verified_of(entry.verified_at, time) + RETENTION
    redis.call("ZADD", open, deadline, order_no)
  end
  return {
    stream = stream, id = id, order_no = order_no, deadline = deadline,
    text = table.concat({ stream, id, deadline, redis.call("HGET", tries, order_no) or 0, deliveries, order_no }, " ")
  }
end
]=]

-- Ends entries, each a text in ARGV: what became of it ("done", "later", "dead", or "back": it was not begun), its
-- stream, id, the order number's length and the order number, and behind that of "later" in how many seconds, of "dead"
-- the code.  An entry that was ended before is left alone.  Returns how many were not.
parts.FINISH = [=[
local function finish(first, time)
  local ended = 0
  for i = first, #ARGV do
    local what, stream, id, length, rest = ARGV[i]:match "^(%S+) (%S+) (%S+) (%d+) (.*)$"
    local order_no, more = rest:sub(1, length), rest:sub(length + 1)
    local due = what == "later" and time + more or time -- before anything is done: a bad number ends nothing
    if redis.call("XACK", stream, GROUP, id) == 1 then
      ended = ended + 1
      redis.call("XDEL", stream, id)
      if what == "later" or what == "back" then
        redis.call("ZADD", later, due, order_no)
        if what == "later" then
          redis.call("HINCRBY", tries, order_no, 1)
        end
      elseif what == "dead" then
        die(order_no, redis.call("ZSCORE", open, order_no) or time, more)
      end
    end
    -- Whoever has archived it, it is archived; also where Redis has forgotten that it gave it away.
    if what == "done" then
      redis.call("ZREM", open, order_no)
      redis.call("HDEL", tries, order_no)
      redis.call("ZREM", later, order_no)
      redis.call("ZREM", dead, order_no)
      redis.call("HDEL", why, order_no)
    end
  end
  return ended
end
]=]

-- XPENDING: what consumers have been given.  Nothing, where there is no group yet.
parts.PENDING = [=[
local function pending(...)
  local reply = redis.pcall("XPENDING", ...)
  if reply.err and not reply.err:find "NOGROUP" then
    error(reply)
  end
  return reply.err and {} or reply
end
]=]

-- Who works under a consumer's name at the moment: a key that ends by itself.
parts.NAME = [=[
local function name_of(consumer)
  return sweeper .. ":" .. consumer
end
local function hold(consumer, word, milliseconds)
  local name = name_of(consumer)
  local holder = redis.call("GET", name)
  if holder and holder ~= word then
    return 0
  end
  redis.call("SET", name, word, "PX", milliseconds)
  return 1
end
]=]

return parts
