--- How fast a run may ask: under a rate of the user's, and slower while the service says "too often".
--- One order's refusal slows the whole run down.

local core = require "facequery.core"

local pace = {}

local FIRST_PAUSE, LONGEST_PAUSE = 1, 60 -- seconds

---@class facequery.Pace
---@field before fun() waits until a request may be sent
---@field after fun(is_rate_limited: boolean) what its answer said

---@param sleep fun(seconds: number)
---@param max_rate? number requests a second; nil: no limit
---@return facequery.Pace
function pace.new(sleep, max_rate)
  local interval = max_rate and 1 / max_rate or 0
  local next_slot, paused_until, pause = 0, 0, 0
  local self = {}

  local function reserve(earliest)
    local slot = math.max(earliest, next_slot)
    next_slot = slot + interval
    return slot
  end

  function self.before()
    local slot = reserve(core.now())
    while true do
      if slot < paused_until then
        slot = reserve(paused_until)
      end
      local left = slot - core.now()
      if left <= 0 then
        return
      end
      sleep(left)
    end
  end

  function self.after(is_rate_limited)
    local now = core.now()
    if now < paused_until then
      return -- the answer to a request from before the pause says nothing of it
    elseif is_rate_limited then
      pause = math.min(LONGEST_PAUSE, math.max(FIRST_PAUSE, pause * 2))
      paused_until = now + pause
      next_slot = math.max(next_slot, paused_until)
    else
      pause = pause / 2
    end
  end

  return self
end

return pace
