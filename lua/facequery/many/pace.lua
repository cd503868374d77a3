--- How fast a run may ask: under a rate of the user's, and slower while the service says "too often".
--- One order's refusal slows the whole run down: it halves the rate, and every answer after that
--- raises it a little, as TCP does with its window.

local core = require "facequery.core"

local pace = {}

-- After a refusal nothing is sent for a moment; then at half the rate that led to it.
local PAUSE = 1 -- seconds
local SLOWEST, FASTEST = 0.1, 1000 -- requests a second; beyond FASTEST there is nothing to pace
-- By an answer that is no refusal.
local RISE_BY, RISE_TIMES = 0.1, 1.01

---@class facequery.Pace
---@field before fun() waits until a request may be sent
---@field after fun(is_rate_limited: boolean) what its answer said

---@param sleep fun(seconds: number)
---@param max_rate? number requests a second; nil: no limit
---@return facequery.Pace
function pace.new(sleep, max_rate)
  local highest = max_rate or math.huge
  local rate = highest
  local next_slot, paused_until = 0, 0
  -- What was sent since, to know the rate that was too much.
  local sent, since = 0, core.clock()
  local self = {}

  local function reserve(earliest)
    local slot = math.max(earliest, next_slot)
    next_slot = slot + 1 / rate
    return slot
  end

  function self.before()
    local slot, of_pause = reserve(core.clock()), paused_until
    while true do
      if of_pause ~= paused_until then -- refused meanwhile: the slot was one of the old rate
        slot, of_pause = reserve(paused_until), paused_until
      end
      local left = slot - core.clock()
      if left <= 0 then
        sent = sent + 1
        return
      end
      sleep(left)
    end
  end

  function self.after(is_rate_limited)
    local now = core.clock()
    if now < paused_until then
      return -- the answer to a request from before the pause says nothing of it
    elseif is_rate_limited then
      local measured = sent / math.max(now - since, 0.001)
      rate = math.max(SLOWEST, math.min(rate, measured) / 2)
      paused_until = now + PAUSE
      next_slot = paused_until
      sent, since = 0, paused_until
    elseif rate < highest then
      rate = rate * RISE_TIMES + RISE_BY
      rate = rate > FASTEST and highest or math.min(rate, highest)
    end
  end

  return self
end

return pace
