--- When to ask again: the one place that decides it.

local core = require "facequery.core"

local retry = {}

local FIRST, LONGEST = 0.5, 8 -- seconds

--- Full jitter: anywhere between nothing and the back-off, so that clients that failed together
--- don't come back together.
---@param attempt integer the one that failed, from 1
---@return number seconds
function retry.delay(attempt)
  local longest = math.min(LONGEST, FIRST * 2 ^ (attempt - 1))
  return longest * (core.random() or 1)
end

--- Calls `ask(attempt)` until it succeeds, fails for good, or has failed `retries` + 1 times.
---@generic T
---@param retries integer
---@param sleep fun(seconds: number)
---@param ask fun(attempt: integer): T|nil, facequery.Error|nil
---@param on_retry fun(err: facequery.Error, attempt: integer, delay: number)
---@return T|nil
---@return facequery.Error|nil
function retry.run(retries, sleep, ask, on_retry)
  local attempt = 1
  while true do
    local result, err = ask(attempt)
    if result or not err.retryable or attempt > retries then
      return result, err
    end
    local delay = retry.delay(attempt)
    on_retry(err, attempt, delay)
    sleep(delay)
    attempt = attempt + 1
  end
end

return retry
