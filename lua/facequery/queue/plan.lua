--- What becomes of an order that was asked for: the queue's decisions, without a clock, a network or chance of their own.

local plan = {}

local MINUTE, HOUR = 60, 3600

-- Files that are not there yet, by how often the order was put off.
local LATE = { 10, MINUTE, 5 * MINUTE, 30 * MINUTE, 2 * HOUR }
-- Full jitter (between nothing and the back-off), up to a quarter of an hour.
local FIRST, LONGEST = 5, 15 * MINUTE
-- Whatever it is: asked for again in time for a person to help.
local RESERVE = HOUR
-- In the reserve, and beyond it, orders are asked for as often as this.
local LAST = MINUTE
-- An order that the service does not know may be one that it does not know yet.
local UNKNOWN = 4
-- An order whose fetching raises, or whose files it can't make sense of, is no better the next time.
local HOPELESS = 5

-- What of an error is the order's own, and no trouble of the service's, the network's, the disk's or the caller's.
local OF_ORDER = { not_found = UNKNOWN, expired = 1, invalid_request = HOPELESS, media = HOPELESS, unknown = HOPELESS }
-- What concerns every order alike.
local FOR_ALL = { INVALID_APP_ID = true, INVALID_TICKET = true }

-- An order that was given to workers so often, alone at the last, and came to no end, ends them: it is dead.
plan.MOST_DELIVERIES = 5

---@class facequery.QueueAfter
---@field what "later"|"dead"
---@field seconds? number
---@field code? string

--- Is it time to take what there is?
---@param left number seconds until the service deletes an order's files
---@return boolean
function plan.is_last(left)
  return left <= RESERVE
end

local function later(seconds, left)
  return { what = "later", seconds = left > RESERVE and math.min(seconds, left - RESERVE) or math.min(seconds, LAST) }
end

--- What becomes of an order that is not archived.
---@param err { kind: string, code: string, retryable: boolean }
---@param tries integer how often it was put off before
---@param left number seconds until the service deletes its files
---@param random number from 0 to below 1
---@return facequery.QueueAfter
function plan.after(err, tries, left, random)
  if left <= 0 then
    return { what = "dead", code = "RETENTION_OVER" }
  elseif err.kind == "pending" then
    return later(LATE[math.min(tries + 1, #LATE)], left)
  end
  local most = err.code == "RAISED" and HOPELESS or not FOR_ALL[err.code] and not err.retryable and OF_ORDER[err.kind]
  if most and tries + 1 >= most then
    return { what = "dead", code = err.code }
  end
  return later(math.min(LONGEST, FIRST * 2 ^ tries) * random, left)
end

-- Errors that are no order's, but the service's, the network's, or a wrong ticket's.
local TROUBLE = { transport = true, http = true, service = true, auth = true }
-- What one answer weighs among those before it.
local WEIGHT = 0.1

--- How much trouble there is, from 0 to 1: an exponential average over the answers.
---@param before number
---@param err? { kind: string }
---@return number
function plan.trouble(before, err)
  return before + ((err and TROUBLE[err.kind] and 1 or 0) - before) * WEIGHT
end

--- Is it so much that the fleet should ask less?  While the service is away, what waits in the queue is better off than
--- what is asked for in vain.
---@param trouble number
---@return boolean
function plan.slows(trouble)
  return trouble > 0.5
end

--- For how long a worker should take no more, because its own disk takes nothing.
---@param err? { kind: string }
---@return number seconds
function plan.pause(err)
  return err and err.kind == "storage" and 10 or 0
end

return plan
