--- The fleet's pace, as Lua that runs inside Redis: what the scripts that send or are refused begin with.  `pace` is the
--- key of its hash.

-- The fleet's pace: so many requests a second, under the highest rate that any worker was told.  The service's "too
-- often" lowers it a little below what was sent, once for all that were sent at it (an epoch), and time raises it again:
-- fast to the neighbourhood of what was refused, the knee, and slowly from there (as CUBIC does with TCP's congestion
-- window), so that it lies near the service's rate most of the time.  What may be sent is GCRA (the leaky bucket as a meter, of ATM): `tat` is when the next request is
-- due, and it may be that much early.
return [=[
local EARLY, PAUSE, SLOWEST, FASTEST = 0.25, 1, 0.1, 1000
local AFTER_REFUSAL, KNEE, RECENT = 0.85, 0.95, 4
local FIELDS = { "rate", "tat", "epoch", "paused", "at", "sent", "since", "refused_at", "beyond" }
-- Half a request a second more each second up to the knee; beyond it, a tenth more in 25 seconds, twofold in 70.
local function pace_grow(state, seconds)
  local knee = KNEE * (state.refused_at or math.huge)
  local fast = math.max(0, math.min(seconds, (knee - state.rate) / 0.5))
  local slow = math.min(seconds - fast, 3600)
  state.rate = (state.rate + 0.5 * fast) * 1.00015 ^ (slow * (2 * state.beyond + slow))
  state.beyond = state.beyond + slow
end
local function pace_now(highest, time)
  local field = redis.call("HMGET", pace, unpack(FIELDS))
  local state = {}
  for i, name in ipairs(FIELDS) do
    state[name] = tonumber(field[i] or nil)
  end
  state.epoch, state.paused, state.tat = state.epoch or 0, state.paused or 0, state.tat or 0
  state.sent, state.since, state.at = state.sent or 0, state.since or time, state.at or time
  state.beyond = state.beyond or 0
  if state.rate then
    pace_grow(state, math.max(0, time - math.max(state.at, state.paused)))
  end
  if not state.rate or state.rate > FASTEST or (highest and state.rate > highest) then
    state.rate = highest
  end
  if time - state.since > RECENT then -- what was sent long ago was sent at another rate
    state.sent = state.sent / (time - state.since) * RECENT / 2
    state.since = time - RECENT / 2
  end
  state.at = time
  return state
end
local function pace_slow(state, epoch, time)
  if epoch ~= state.epoch or time < state.paused then
    return -- that refusal has slowed the fleet already: nothing was sent since
  end
  local measured = state.sent / math.max(time - state.since, 0.1)
  local before = math.min(state.rate or measured, measured)
  state.rate = math.max(SLOWEST, before * AFTER_REFUSAL)
  state.refused_at, state.beyond = before, 0
  state.epoch, state.paused, state.sent, state.since = epoch + 1, time + PAUSE, 0, time + PAUSE
  state.tat = math.max(state.tat, time + PAUSE)
end
-- How many of `most` requests may be sent now, and in how many seconds the next.
local function pace_grant(state, most, time)
  if state.paused > time then
    return 0, state.paused - time
  elseif not state.rate then
    state.sent = state.sent + most
    return most, 0
  end
  local granted = 0
  state.tat = math.max(state.tat, time)
  while granted < most and state.tat <= time + EARLY do
    state.tat = state.tat + 1 / state.rate
    granted = granted + 1
  end
  state.sent = state.sent + granted
  return granted, math.max(0, state.tat - EARLY - time)
end
local function pace_keep(state)
  local words = {}
  for i, name in ipairs(FIELDS) do
    words[2 * i - 1], words[2 * i] = name, state[name] or ""
  end
  redis.call("HSET", pace, unpack(words))
end
]=]
