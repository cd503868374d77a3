--- What becomes of an order that was asked for: the queue's decisions, without a clock, a network or chance of their own.

local plan = {}

local MINUTE, HOUR, DAY = 60, 3600, 86400

-- What may be there the next time: files that are late, an order that the service does not know yet.  By how often it
-- was put off.
local LADDER = { 10, MINUTE, 5 * MINUTE, 30 * MINUTE, 2 * HOUR }
-- What is no order's fault: full jitter (between nothing and the back-off), up to a quarter of an hour.
local FIRST, LONGEST = 5, 15 * MINUTE
-- Whatever it is: asked for again in time for a person to help.
local RESERVE = HOUR
-- In the reserve, and beyond it, orders are asked for as often as this.
local LAST = MINUTE

-- Errors that are no order's, but the service's, the network's, the disk's, or a wrong ticket's.
local TROUBLE = { transport = true, http = true, service = true, rate_limited = true, auth = true, storage = true }
-- How often an order is asked for that is met with one of the others, before it is dead.
local MOST = { expired = 1, pending = math.huge }
local MOST_OF_OTHERS = 5

-- An order that was given to workers so often, alone at the last, and came to no end, ends them: it is dead.
plan.MOST_DELIVERIES = 5

---@class facequery.QueueAfter
---@field what "later"|"dead"
---@field seconds? number
---@field code? string

local function later(seconds, left)
  return { what = "later", seconds = left > RESERVE and math.min(seconds, left - RESERVE) or math.min(seconds, LAST) }
end

--- Is it time to take what there is?
---@param left number seconds until the service deletes an order's files
---@return boolean
function plan.is_last(left)
  return left <= RESERVE
end

--- What becomes of an order that is not archived.
---@param err { kind: string, code: string }
---@param tries integer how often it was put off before
---@param left number seconds until the service deletes its files, as far as the queue knows
---@param random number from 0 to below 1
---@return facequery.QueueAfter
function plan.after(err, tries, left, random)
  local is_trouble = TROUBLE[err.kind]
  -- Past its time an order is asked for still: nobody knows the time better than the service.
  if left <= 0 and (not is_trouble or left <= -DAY) then
    return { what = "dead", code = "RETENTION_OVER" }
  elseif is_trouble then
    return later(math.min(LONGEST, FIRST * 2 ^ tries) * random, left)
  elseif tries + 1 >= (MOST[err.kind] or MOST_OF_OTHERS) then
    return { what = "dead", code = err.code }
  end
  return later(LADDER[math.min(tries + 1, #LADDER)], left)
end

-- What one answer weighs among those before it.
local WEIGHT = 0.1
-- So much trouble gives a worker a rest.
local TOO_MUCH = 0.5

--- How much trouble a worker has, from 0 to 1: an exponential average over what its orders ended with.
---@param before number
---@param err? { kind: string }
---@return number
function plan.trouble(before, err)
  return before + ((err and TROUBLE[err.kind] and 1 or 0) - before) * WEIGHT
end

--- For how long a worker rests, while the service, the network or its disk is away: what waits in the queue is better
--- off than what is asked for in vain.
---@param trouble number
---@param rests integer how often it has rested since an order ended well
---@param random number from 0 to below 1
---@return number|nil seconds nil: it works on
function plan.rest(trouble, rests, random)
  return trouble > TOO_MUCH and math.min(MINUTE, 2 ^ rests) * (0.5 + random / 2) or nil
end

-- Seconds that it may take to ask the queue, where it and the worker are busy.
local ASKING = 0.02

--- How many orders a worker takes beyond those that it can begin at once: as many as end while it asks for more.  So
--- one that is fast asks for many at a time, and one that is slow leaves them to others.
---@param ended integer orders that have ended
---@param seconds number in which they did
---@param jobs integer orders at once: not more than these
---@return integer
function plan.ahead(ended, seconds, jobs)
  return math.floor(math.min(jobs, ended * ASKING / math.max(seconds, 1e-9)))
end

return plan
