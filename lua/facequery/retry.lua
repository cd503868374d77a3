--- When to ask again: the one place that decides it.

local core = require "facequery.core"

local retry = {}

local FIRST, LONGEST = 0.5, 8 -- seconds

--- Full jitter: anywhere between nothing and the back-off, so that clients that failed together
--- don't come back together.
---@param err facequery.Error
---@param attempt integer the number, from 1, of the attempt that ended with this error
---@param retries integer at most
---@return number|nil seconds to wait before the next attempt; nil when there is to be none
function retry.delay(err, attempt, retries)
  if not err.retryable or attempt > retries then
    return nil
  end
  local longest = math.min(LONGEST, FIRST * 2 ^ (attempt - 1))
  return longest * (core.random() or 1)
end

return retry
