--- What Redis does for the queue, each in one step: Lua that runs inside Redis (EVAL, scripting), whose keys are those
--- of facequery.queue.redis, in its order.

local PACE = require "facequery.queue.pace"
local parts = require "facequery.queue.script_parts"

local scripts = {}

--- Adds orders that are not in the queue: number, and seconds since the epoch of the verification, by turns.  Whose
--- time is "" is taken for one that has a day left.  Returns how many were added.
scripts.add = parts.COMMON .. [=[
local time, added = now(), 0
for i = 1, #ARGV, 2 do
  local order_no, verified_at = ARGV[i], verified_of(ARGV[i + 1], time)
  if not redis.call("ZSCORE", dead, order_no)
    and redis.call("ZADD", open, "NX", verified_at + RETENTION, order_no) == 1 then
    redis.call("XADD", stream_for(verified_at + RETENTION, time), "*",
      "order_no", order_no, "verified_at", ("%.3f"):format(verified_at))
    added = added + 1
  end
end
return added
]=]

-- What workers do goes on while Redis' memory is full: it makes room.  Redis 7 reads such flags in a script's first line.
local WHILE_FULL = "#!lua flags=allow-oom\n"

--- Asks the fleet's pace: how many requests, the highest rate or "", the epoch that a refusal came in or "".  Returns
--- how many may be sent now, in how many seconds the next, the epoch, and the rate or "".
scripts.pace = WHILE_FULL .. parts.COMMON .. PACE .. [=[
local time = now()
local state = pace_now(tonumber(ARGV[2]), time)
if ARGV[3] ~= "" then
  pace_slow(state, tonumber(ARGV[3]), time)
end
local granted, wait = pace_grant(state, tonumber(ARGV[1]), time)
pace_keep(state)
return { granted, tostring(wait), state.epoch, state.rate and tostring(state.rate) or "" }
]=]

--- Gives a consumer up to so many orders that wait, as the fleet's pace lets it: consumer, how many, the highest rate
--- or "", and entries that it has ended, as scripts.finish has them: a busy worker does both in one round trip.  Before
--- that, those of `later` whose time has come wait again.  Returns when the next of `later` is due, or
--- "", the time, the streams' last ids, the entries, and the pace as scripts.pace does: a request is granted for each
--- entry, and none else.
scripts.take = WHILE_FULL .. parts.COMMON .. PACE .. parts.DIE .. parts.FINISH .. parts.ENTRY .. [=[
local consumer, time = ARGV[1], now()
finish(4, time)
local state = pace_now(tonumber(ARGV[3]), time)
local before = { tat = state.tat, sent = state.sent }
local most = pace_grant(state, tonumber(ARGV[2]), time)
for _, order_no in ipairs(redis.call("ZRANGEBYSCORE", later, "-inf", time, "LIMIT", 0, 100)) do
  redis.call("ZREM", later, order_no)
  local deadline = tonumber(redis.call("ZSCORE", open, order_no) or nil)
  if deadline then
    -- It has waited once: with two days left it does not wait behind a long backlog's end again.
    redis.call("XADD", stream_for(deadline - URGENT, time), "*",
      "order_no", order_no, "verified_at", ("%.3f"):format(deadline - RETENTION))
  end
end
local function read(stream, count)
  local function ask()
    return redis.pcall("XREADGROUP", "GROUP", GROUP, consumer, "COUNT", count, "STREAMS", stream, ">")
  end
  local reply = ask()
  if reply and reply.err and reply.err:find "NOGROUP" then
    redis.call("XGROUP", "CREATE", stream, GROUP, "0", "MKSTREAM")
    reply = ask()
  end
  if reply and reply.err then
    error(reply)
  end
  return reply and reply[1][2] or {}
end
local entries = {}
for _, stream in ipairs { urgent, orders } do
  if most > 0 then
    for _, one in ipairs(read(stream, most)) do
      most = most - 1
      local entry = entry_of(stream, one[1], one[2], 1, time)
      entries[#entries + 1] = entry and entry.text
    end
  end
end
local next_later = redis.call("ZRANGE", later, 0, 0, "WITHSCORES")
-- Of use to who waits for more, and has got nothing.
local function last_id(stream)
  local info = redis.pcall("XINFO", "STREAM", stream)
  for i = 1, #info, 2 do
    if info[i] == "last-generated-id" then
      return info[i + 1]
    end
  end
  return "0-0" -- there is no such stream yet
end
state.tat, state.sent = before.tat, before.sent
local _, wait = pace_grant(state, #entries, time)
pace_keep(state)
return {
  next_later[2] or "", tostring(time), entries[1] and "" or last_id(urgent), entries[1] and "" or last_id(orders),
  entries, tostring(wait), state.epoch
}
]=]

--- Gives a consumer, to be fetched alone, one order that was given to some consumer and came to no end: consumer,
--- milliseconds that it must be idle, "" or whose it must be, deliveries from which on it is not given any more but
--- dead.  Returns an entry, with "WORKER_LOST" behind it where it is dead now; or false.
scripts.claim = WHILE_FULL .. parts.COMMON .. parts.PENDING .. parts.DIE .. parts.ENTRY .. [=[
local consumer, idle, of, most, time = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4]), now()
local function oldest(stream)
  local words = { stream, GROUP, "IDLE", idle, "-", "+", 1 }
  if of ~= "" then
    words[#words + 1] = of
  end
  return pending(unpack(words))[1]
end
for _, stream in ipairs { urgent, orders } do
  local one = oldest(stream)
  while one do
    local id, deliveries = one[1], one[4]
    if deliveries >= most then
      local entry = redis.call("XRANGE", stream, id, id)[1]
      local order = entry and entry_of(stream, id, entry[2], deliveries, time)
      redis.call("XACK", stream, GROUP, id)
      redis.call("XDEL", stream, id)
      if order then
        die(order.order_no, order.deadline, "WORKER_LOST")
        return { order.text, "WORKER_LOST" }
      end
    else
      local claimed = redis.call("XCLAIM", stream, GROUP, consumer, idle, id)[1]
      local order = claimed and entry_of(stream, id, claimed[2], deliveries + 1, time)
      if order then
        return { order.text }
      end
      redis.call("XACK", stream, GROUP, id) -- its entry was deleted by hand
    end
    one = oldest(stream)
  end
end
return false
]=]

--- Ends entries: what became of each, as above.
scripts.finish = WHILE_FULL .. parts.COMMON .. parts.DIE .. parts.FINISH .. [=[
return finish(1, now())
]=]

-- Is the entry still with the consumer that it was given to?
local OWNER = parts.PENDING .. [=[
local function is_its(consumer, stream, id)
  return pending(stream, GROUP, id, id, 1, consumer)[1] ~= nil
end
]=]

--- Gives entries back that were not begun: consumer, milliseconds of the lease, then stream, id and deliveries of
--- each before.  The next to claim finds them at once.
scripts.give_back = WHILE_FULL .. parts.COMMON .. OWNER .. [=[
local consumer, lease = ARGV[1], ARGV[2]
for i = 3, #ARGV, 3 do
  local stream, id, before = unpack(ARGV, i, i + 2)
  if is_its(consumer, stream, id) then
    redis.call("XCLAIM", stream, GROUP, consumer, 0, id, "IDLE", lease, "RETRYCOUNT", before, "JUSTID")
  end
end
return true
]=]

--- Says that a consumer has its entries in hand still, so that their lease begins anew: consumer, its word, milliseconds
--- that its name stays its own, and stream and id of each.  What another has claimed meanwhile is that one's.
scripts.renew = WHILE_FULL .. parts.COMMON .. parts.NAME .. OWNER .. [=[
local consumer = ARGV[1]
for i = 4, #ARGV, 2 do
  local stream, id = ARGV[i], ARGV[i + 1]
  if is_its(consumer, stream, id) then
    redis.call("XCLAIM", stream, GROUP, consumer, 0, id, "JUSTID")
  end
end
return hold(consumer, ARGV[2], ARGV[3])
]=]

--- Gives a consumer its name, where no other works under it: consumer, a word of its own, milliseconds.  Returns 1 where
--- it has it.
scripts.hold = WHILE_FULL .. parts.COMMON .. parts.NAME .. [=[
return hold(ARGV[1], ARGV[2], ARGV[3])
]=]

--- Gives the name back: consumer, its word.
scripts.release = WHILE_FULL .. parts.COMMON .. parts.NAME .. [=[
local name = name_of(ARGV[1])
if redis.call("GET", name) == ARGV[2] then
  redis.call("DEL", name)
end
return true
]=]

--- How the queue is: waiting, in flight, later, dead, open, due within 6 and 24 hours, deadline of the nearest that is
--- open, or "".  Due is what is open, also past its time, and of the dead what a person can save still.
scripts.status = WHILE_FULL .. parts.COMMON .. parts.PENDING .. [=[
local time, waiting, in_flight = now(), 0, 0
for _, stream in ipairs { urgent, orders } do
  local given = pending(stream, GROUP)[1] or 0
  in_flight = in_flight + given
  waiting = waiting + redis.call("XLEN", stream) - given
end
local nearest = redis.call("ZRANGE", open, 0, 0, "WITHSCORES")
local function due(hours)
  local until_then = time + hours * 3600
  return redis.call("ZCOUNT", open, "-inf", until_then) + redis.call("ZCOUNT", dead, time, until_then)
end
return {
  waiting, in_flight, redis.call("ZCARD", later), redis.call("ZCARD", dead), redis.call("ZCARD", open), due(6), due(24),
  nearest[2] or "", tostring(time)
}
]=]

--- Is there an order whose worker was lost, and is it this consumer who fetches these now?  Consumer, milliseconds of
--- the lease.  1 holds until scripts.end_sweep, or for a lease.
scripts.has_lost = WHILE_FULL .. parts.COMMON .. parts.PENDING .. [=[
local consumer, lease = ARGV[1], ARGV[2]
for _, stream in ipairs { urgent, orders } do
  if pending(stream, GROUP, "IDLE", lease, "-", "+", 1)[1] then
    return redis.call("SET", sweeper, consumer, "NX", "PX", lease) and 1 or 0
  end
end
return 0
]=]

--- Ends what scripts.has_lost has begun.
scripts.end_sweep = WHILE_FULL .. parts.COMMON .. [=[
if redis.call("GET", sweeper) == ARGV[1] then
  redis.call("DEL", sweeper)
end
return true
]=]

--- Makes streams and consumer group where they are not there.  They begin at the first entry, not at the next.
scripts.prepare = WHILE_FULL .. parts.COMMON .. [=[
for _, stream in ipairs { urgent, orders } do
  local reply = redis.pcall("XGROUP", "CREATE", stream, GROUP, "0", "MKSTREAM")
  if reply.err and not reply.err:find "BUSYGROUP" then
    return reply
  end
end
return true
]=]

--- The dead, from rank to rank by their deadlines: { order number, code, deadline } each.
scripts.dead = WHILE_FULL .. parts.COMMON .. [=[
local page, list = redis.call("ZRANGE", dead, ARGV[1], ARGV[2], "WITHSCORES"), {}
for i = 1, #page, 2 do
  list[#list + 1] = { page[i], redis.call("HGET", why, page[i]), page[i + 1] }
end
return list
]=]

--- Puts dead orders back, those of these numbers.  Returns how many there were.
scripts.retry = parts.COMMON .. [=[
local time, count = now(), 0
for _, order_no in ipairs(ARGV) do
  local deadline = redis.call("ZSCORE", dead, order_no)
  if deadline then
    redis.call("ZREM", dead, order_no)
    redis.call("HDEL", why, order_no)
    redis.call("ZADD", open, "NX", deadline, order_no)
    redis.call("XADD", stream_for(tonumber(deadline), time), "*",
      "order_no", order_no, "verified_at", ("%.3f"):format(deadline - RETENTION))
    count = count + 1
  end
end
return count
]=]

--- Takes dead orders out of the queue, those of these numbers.  Returns how many there were.
scripts.drop = parts.COMMON .. [=[
local count = 0
for _, order_no in ipairs(ARGV) do
  if redis.call("ZREM", dead, order_no) == 1 then
    redis.call("HDEL", why, order_no)
    count = count + 1
  end
end
return count
]=]

--- Makes open orders wait that are nowhere: order number and deadline by turns.  One that was ended or put off
--- meanwhile is left alone.  Returns how many.
scripts.reopen = parts.COMMON .. [=[
local time, count = now(), 0
for i = 1, #ARGV, 2 do
  local order_no = ARGV[i]
  if redis.call("ZSCORE", open, order_no) and not redis.call("ZSCORE", later, order_no) then
    redis.call("XADD", stream_for(tonumber(ARGV[i + 1]), time), "*",
      "order_no", order_no, "verified_at", ("%.3f"):format(ARGV[i + 1] - RETENTION))
    count = count + 1
  end
end
return count
]=]

return scripts
