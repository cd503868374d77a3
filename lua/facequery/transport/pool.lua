--- Many exchanges at once in one thread: coroutines over libcurl's multi interface.

local core = require "facequery.core"
local settle = require "facequery.transport.settle"

local pool = {}

-- A wait lasts until a transfer moves or the next sleeper is due; where nobody sleeps, for so long.
local LONGEST_WAIT = 60 -- seconds

--- The exchanges of a run over many orders.
---@class facequery.Pool
---@field transfers userdata core.pool's
---@field places integer exchanges that may begin at once
---@field by_transfer table<integer, thread> coroutines that wait for an exchange, by its number
---@field queue thread[] coroutines that wait for a place, from `first` to `last`
---@field first integer
---@field last integer
---@field sleepers table<thread, number> when to wake whom, by core.clock
---@field parked integer coroutines that wait to be woken by another
---@field kept integer[] exchanges that ended during `hold`
---@field resting integer coroutines that sleep and have left their place to another
local Pool = {}
Pool.__index = Pool

---@param places integer exchanges at once; more wait for their turn
---@return facequery.Pool|nil
---@return facequery.Failure|nil
function pool.new(places)
  local transfers, failure = core.pool()
  if not transfers then
    return nil, failure
  end
  return setmetatable({
    transfers = transfers,
    places = places,
    by_transfer = {},
    queue = {},
    first = 1,
    last = 0,
    sleepers = {},
    parked = 0,
    kept = {},
    resting = 0,
  }, Pool)
end

local function resume(thread)
  local ok, message = coroutine.resume(thread)
  if not ok then
    error(message, 0)
  end
end

-- Takes a place.  One that becomes free goes to the coroutine that has waited longest.
local function take_place(self)
  if self.places > 0 then
    self.places = self.places - 1
  else
    self.last = self.last + 1
    self.queue[self.last] = coroutine.running()
    coroutine.yield()
  end
end

local function leave_place(self)
  if self.first > self.last then
    self.places = self.places + 1
  else
    local waiting = self.queue[self.first]
    self.queue[self.first] = nil
    self.first = self.first + 1
    self.sleepers[waiting] = 0 -- it wakes at the next step, not in the middle of this one
  end
end

--- A transport for coroutines of `start` that takes no place: for tickets, which others wait for.
---@param request facequery.Request
---@return facequery.Response|nil
---@return facequery.Failure|nil
function Pool:send_at_once(request)
  local received, info
  local id, refused = self.transfers:start(request)
  if id then
    self.by_transfer[id] = coroutine.running()
    coroutine.yield()
    received, info = self.transfers:finish(id)
  end
  if not received then
    return nil, refused or info
  end
  return settle(received, info, request)
end

--- The transport for coroutines of `start`.
---@param request facequery.Request
---@return facequery.Response|nil
---@return facequery.Failure|nil
function Pool:send(request)
  take_place(self)
  local response, refused = self:send_at_once(request)
  leave_place(self)
  return response, refused
end

--- For coroutines of `start`.
---@param seconds number
function Pool:sleep(seconds)
  local thread = coroutine.running()
  self.sleepers[thread] = core.clock() + seconds
  coroutine.yield()
  self.sleepers[thread] = nil -- who was resumed by another than `step` must not be so again
end

--- Sleeps, too, and leaves the place to another order meanwhile: counted in `resting`.
---@param seconds number
function Pool:rest(seconds)
  self.resting = self.resting + 1
  self:sleep(seconds)
  self.resting = self.resting - 1
end

--- Runs a coroutine until its first wait.
---@param work fun()
function Pool.start(_, work)
  resume(coroutine.create(work))
end

--- For coroutines of `start`: leaves its place to another until `wake`.
function Pool:park()
  self.parked = self.parked + 1
  self:rest(math.huge)
  self.parked = self.parked - 1
end

--- Ends a coroutine's `park`, at the next step.
---@param thread thread
function Pool:wake(thread)
  self.sleepers[thread] = 0
end

--- For coroutines of `start`, one at a time: leaves its place to another until the descriptor can be read.
---@param descriptor integer
function Pool:await(descriptor)
  self.descriptor, self.awaiting = descriptor, coroutine.running()
  self.resting = self.resting + 1
  coroutine.yield()
  self.resting = self.resting - 1
  self.descriptor, self.awaiting = nil, nil
end

--- Waits until the descriptor can be read.  Meanwhile transfers move, but no coroutine is resumed: for what may not
--- be left in the middle, as with a lock.
---@param descriptor integer
function Pool:hold(descriptor)
  repeat
    local ended, is_readable = self.transfers:wait(LONGEST_WAIT, descriptor)
    for _, id in ipairs(ended) do
      self.kept[#self.kept + 1] = id
    end
  until is_readable
end

local function wake(self)
  local now, woken = core.clock(), {}
  for sleeper, time in pairs(self.sleepers) do
    if time <= now then
      woken[#woken + 1] = sleeper
    end
  end
  for _, sleeper in ipairs(woken) do
    self.sleepers[sleeper] = nil
    resume(sleeper)
  end
  return #woken > 0
end

local function until_next(self)
  local next_time = math.huge
  for _, time in pairs(self.sleepers) do
    next_time = math.min(next_time, time)
  end
  return math.max(0, math.min(LONGEST_WAIT, next_time - core.clock()))
end

local function resume_ended(self, ended)
  for _, id in ipairs(ended) do
    local waiting = self.by_transfer[id]
    self.by_transfer[id] = nil
    resume(waiting)
  end
end

--- Resumes the coroutines whose exchanges have ended, or whose sleep is over.
---@param is_patient boolean waits until there is one
function Pool:step(is_patient)
  if wake(self) then
    return
  end
  local kept = self.kept
  local seconds = is_patient and not kept[1] and until_next(self) or 0
  local ended, is_readable = self.transfers:wait(seconds, self.descriptor)
  self.kept = {}
  resume_ended(self, kept)
  resume_ended(self, ended)
  if is_readable and self.awaiting then
    resume(self.awaiting)
  end
end

function Pool:close()
  self.transfers:close()
end

return pool
