--- A clock that jumps to when the next of its coroutines is to go on.

local heap = require "help.standin.heap"

---@class bench.Clock
---@field time number seconds since the epoch
---@field events help.Heap of { at, tie, thread, owner }
---@field sleepers table<thread, table> the event of each that sleeps
local Clock = {}
Clock.__index = Clock

local clock = {}

-- Seconds: of a clock that jumps, less could be nothing, for ever.
local SHORTEST = 0.001

---@param time number
---@return bench.Clock
function clock.new(time)
  return setmetatable({ time = time, events = heap.new(), sleepers = {}, count = 0 }, Clock)
end

local function schedule(self, thread, at, owner)
  self.count = self.count + 1
  local event = { at = at, tie = self.count, thread = thread, owner = owner }
  self.sleepers[thread] = event
  self.events:push(event)
end

local function resume(thread)
  local ok, message = coroutine.resume(thread)
  if not ok then
    error(debug.traceback(thread, message), 0)
  end
end

--- Runs a coroutine until its first wait.
function Clock.start(_, work)
  resume(coroutine.create(work))
end

--- For coroutines.  One whose owner `is_dead` meanwhile does not go on.
---@param seconds number
---@param owner? { is_dead: boolean }
function Clock:sleep(seconds, owner)
  schedule(self, coroutine.running(), self.time + math.max(seconds, SHORTEST), owner)
  coroutine.yield()
end

--- Ends a coroutine's sleep.
---@param thread thread
function Clock:wake(thread)
  local event = self.sleepers[thread]
  if event then
    event.thread = nil
    schedule(self, thread, self.time, event.owner)
  end
end

--- Lets time pass until `is_over` says so.
---@param is_over fun(): boolean
function Clock:run(is_over)
  while not is_over() do
    local event = self.events:pop()
    local thread = event.thread
    if thread then
      self.sleepers[thread] = nil
      if not (event.owner and event.owner.is_dead) then
        self.time = event.at
        resume(thread)
      end
    end
  end
end

return clock
