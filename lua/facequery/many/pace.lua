--- How fast a run may ask: under a rate of the user's, and slower while the service says "too often".
--- One order's refusal slows the whole run down: it halves the rate, and every answer after that raises
--- it a little (additive increase, multiplicative decrease, as TCP's congestion window has it).

local core = require "facequery.core"

local pace = {}

-- After a refusal nothing is sent for a moment; then at half the rate that led to it.
local PAUSE = 1 -- seconds
local SLOWEST, FASTEST = 0.1, 1000 -- requests a second; beyond FASTEST there is nothing to pace
-- An answer that is no refusal raises the rate by one per cent and a tenth of a request a second.
local RISE_BY, RISE_TIMES = 0.1, 1.01

---@class facequery.Pace
---@field sleep fun(seconds: number)
---@field highest number requests a second, of the user's
---@field rate number requests a second, now
---@field next_slot number by core.clock: when the next request may be sent
---@field paused_until number by core.clock
---@field sent integer requests since `since`, which tell the rate that was too much
---@field since number by core.clock
local Pace = {}
Pace.__index = Pace

---@param sleep fun(seconds: number)
---@param max_rate? number requests a second; nil: no limit
---@return facequery.Pace
function pace.new(sleep, max_rate)
  local highest = max_rate or math.huge
  return setmetatable({
    sleep = sleep,
    highest = highest,
    rate = highest,
    next_slot = 0,
    paused_until = 0,
    sent = 0,
    since = core.clock(),
  }, Pace)
end

local function reserve(self, earliest)
  local slot = math.max(earliest, self.next_slot)
  self.next_slot = slot + 1 / self.rate
  return slot
end

--- Waits until a request may be sent.
function Pace:before()
  local slot, of_pause = reserve(self, core.clock()), self.paused_until
  while true do
    if of_pause ~= self.paused_until then -- a refusal came meanwhile: the slot was one of the old rate
      slot, of_pause = reserve(self, self.paused_until), self.paused_until
    end
    local left = slot - core.clock()
    if left <= 0 then
      self.sent = self.sent + 1
      return
    end
    self.sleep(left)
  end
end

--- Takes note of whether an answer was a refusal.
---@param is_rate_limited boolean
function Pace:after(is_rate_limited)
  local now = core.clock()
  if now < self.paused_until then
    return -- the answer to a request from before the pause says nothing of the rate after it
  elseif is_rate_limited then
    local measured = self.sent / math.max(now - self.since, 0.001)
    self.rate = math.max(SLOWEST, math.min(self.rate, measured) / 2)
    self.paused_until = now + PAUSE
    self.next_slot = self.paused_until
    self.sent, self.since = 0, self.paused_until
  elseif self.rate < self.highest then
    local rate = self.rate * RISE_TIMES + RISE_BY
    self.rate = rate > FASTEST and self.highest or math.min(rate, self.highest)
  end
end

return pace
