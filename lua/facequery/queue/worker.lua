--- A worker: takes orders from the queue, has them archived, and ends them there when they are durable.  One coroutine,
--- the steward, talks to the queue; each order has one of its own; all are a pool's.

local core = require "facequery.core"
local plan = require "facequery.queue.plan"

local worker = {}

-- Seconds.  Between two looks at a queue that had nothing to give, while orders are under way.
local LOOK_AGAIN = 0.1
-- An idle worker waits in Redis, and looks at what it was told meanwhile (a signal) as often as this.
local IDLE = 1
-- Ended orders are told to the queue together: so many, or for so long.
local TELL_MANY, TELL_WITHIN = 16, 0.05
-- After a failure of the queue's, twice as long each time.
local FIRST_REST, LONGEST_REST = 0.25, 5

---@class facequery.WorkerOptions
---@field engine facequery.QueueEngine
---@field pool facequery.Pool
---@field work fun(order_no: string, incomplete: boolean): facequery.Bundle|nil, facequery.Error|nil archives one; never raises
---@field incomplete boolean archive verified orders without their files, too, when these have not come until the last hour
---@field find fun(order_no: string): facequery.Bundle|nil, facequery.Failure|nil what is archived already
---@field consumer string its name: one that no other worker has, and the same after a restart
---@field jobs integer orders at once
---@field lease number seconds after which an order of a worker that says nothing is given to another
---@field max_rate? number requests a second, of all workers together
---@field is_stopping fun(): boolean
---@field patience number seconds that orders under way have to end, once it is stopping
---@field report fun(entry: facequery.QueueEntry, bundle: facequery.Bundle|nil, err: facequery.Error|nil, after: facequery.QueueAfter|nil) hears of each order, when it is durable
---@field trouble fun(failure: facequery.Failure) hears that the queue can't be asked

---@class facequery.Worker : facequery.WorkerOptions
---@field running table<facequery.QueueEntry, boolean> orders under way
---@field count integer of these
---@field ended facequery.QueueEnd[] and not yet told
---@field ended_at number by core.clock: the first of these
---@field tokens integer requests that the pace has granted, and that were not sent
---@field troubled number see plan.trouble
---@field sweep_at number by core.clock: when to look for orders of workers that were lost
---@field paused_until number by core.clock
---@field steward_sleeps boolean
local Worker = {}
Worker.__index = Worker

---@param options facequery.WorkerOptions
---@return facequery.Worker
function worker.new(options)
  local self = {}
  for name, value in pairs(options) do
    self[name] = value
  end
  self.running, self.count, self.ended, self.tokens, self.failures = {}, 0, {}, 0, 0
  self.sweep_at, self.ended_at, self.paused_until, self.troubled = 0, 0, 0, 0
  return setmetatable(self, Worker)
end

-- Wakes the steward: an order has ended.
local function call_steward(self)
  if self.steward_sleeps then
    self.steward_sleeps = false
    self.pool:wake(self.steward)
  end
end

-- The fleet asks less: once for all that was sent at the pace of this epoch.
local function slow(self, is_trouble)
  local _, _, epoch = self.engine:pace(0, self.max_rate, self.engine.epoch, is_trouble)
  self.engine.epoch = epoch or self.engine.epoch
end

local function watch(self, err)
  self.paused_until = math.max(self.paused_until, core.clock() + plan.pause(err))
  self.troubled = plan.trouble(self.troubled, err)
  if plan.slows(self.troubled) then
    self.troubled = 0
    slow(self, true)
  end
end

-- Archives an order, and puts down what became of it.
local function fetch(self, entry)
  local left = entry.deadline - core.now()
  local bundle, err, after
  if left <= 0 then
    bundle = self.find(entry.order_no)
    after = not bundle and plan.after({ kind = "expired", code = "RETENTION_OVER" }, 0, left, 0) or nil
  else
    bundle, err = self.work(entry.order_no, self.incomplete and plan.is_last(left))
    watch(self, err)
    -- An order whose files came damaged is archived as it came: asking again brings the same.
    if not bundle and not err.bundle then
      after = plan.after(err, entry.tries, entry.deadline - core.now(), core.random() or 0)
    end
  end
  after = after or { what = "done" }
  self.ended_at = self.ended[1] and self.ended_at or core.clock()
  self.ended[#self.ended + 1] = { what = after.what, entry = entry, seconds = after.seconds, code = after.code }
  self.report(entry, bundle or err and err.bundle, err, after)
end

local function start(self, entry)
  self.running[entry] = true
  self.count = self.count + 1
  self.pool:start(function()
    fetch(self, entry)
    self.running[entry] = nil
    self.count = self.count - 1
    call_steward(self)
  end)
end

-- Hears what the queue has answered; one that can't be asked is told of once, and left alone for a while.
local function heard(self, result, failure)
  if not failure then
    self.failures = 0
    return result
  end
  self.failures = self.failures + 1
  if self.failures == 1 then
    self.trouble(failure)
  end
  self.pool:sleep(math.min(LONGEST_REST, FIRST_REST * 2 ^ (self.failures - 1)))
  return nil
end

-- Tells the queue what has ended.  What it does not hear is told again.
local function tell(self)
  local ended = self.ended
  if not ended[1] then
    return true
  end
  self.ended = {}
  local told = heard(self, self.engine:finish(ended))
  if not told then
    for _, one in ipairs(ended) do
      self.ended[#self.ended + 1] = one
    end
  end
  return told ~= nil
end

-- Orders that were given to a worker and came to no end are fetched alone, one after the other: should one of them end
-- its worker, no other is near, and its count of deliveries is its own.
local function fetch_lost(self, idle, of)
  local entry
  repeat
    entry = heard(self, self.engine:claim(self.consumer, idle, of, plan.MOST_DELIVERIES))
    if entry then
      fetch(self, entry)
      while not tell(self) and not self.is_stopping() do end
    end
  until not entry or self.is_stopping()
end

local function wait_until_alone(self)
  while self.count > 0 do
    self.steward_sleeps = true
    self.pool:sleep(LOOK_AGAIN)
    self.steward_sleeps = false
    tell(self)
  end
end

-- Looks for what other workers have lost, as often as a lease has four quarters; not all at once.
local function sweep(self)
  if core.clock() < self.sweep_at then
    return
  end
  self.sweep_at = core.clock() + self.lease / 4 * (0.5 + (core.random() or 0.5))
  if heard(self, self.engine:has_lost(self.consumer, self.lease)) then
    wait_until_alone(self)
    fetch_lost(self, self.lease)
    heard(self, self.engine:end_sweep(self.consumer))
  end
end

-- Takes as many as there is room for.  Returns whether there were any.
local function take(self)
  local room = self.jobs - self.count
  if core.clock() < self.paused_until then
    return false
  end
  -- Few at a time are as many round trips as many.
  if self.count > 0 and room < math.max(1, self.jobs / 4) then
    return false
  end
  local entries = heard(self, self.engine:take(self.consumer, room, self.max_rate))
  for _, entry in ipairs(entries or {}) do
    self.tokens = self.tokens + 1
    start(self, entry)
  end
  return entries ~= nil and entries[1] ~= nil
end

-- Until there is something to do.
local function rest(self, has_taken)
  local is_idle = self.count == 0 and not has_taken and self.failures == 0
  if not is_idle then
    self.steward_sleeps = true
    self.pool:sleep(self.ended[1] and TELL_WITHIN or LOOK_AGAIN)
    self.steward_sleeps = false
    return
  end
  local now = core.clock()
  local longest = math.min(IDLE, self.engine.next_later or IDLE, math.max(0.01, self.sweep_at - now))
  -- Orders may wait, and may not be taken yet?
  local barred = math.max(self.engine.paced, self.paused_until - now)
  if barred > 0 then
    self.pool:sleep(math.min(longest, barred))
  else
    heard(self, self.engine:wait(longest))
  end
end

local function attend(self)
  heard(self, self.engine:prepare())
  fetch_lost(self, 0, self.consumer)
  while not self.is_stopping() do
    sweep(self)
    local has_taken = take(self)
    if #self.ended >= TELL_MANY or self.count == 0 or core.clock() - self.ended_at >= TELL_WITHIN then
      tell(self)
    end
    rest(self, has_taken)
  end
end

-- Lets orders under way end; gives back what has not in time.
local function drain(self)
  local deadline = core.clock() + self.patience
  while self.count > 0 and core.clock() < deadline do
    self.steward_sleeps = true
    self.pool:sleep(LOOK_AGAIN)
    self.steward_sleeps = false
  end
  while not tell(self) and core.clock() < deadline do end
  local left = {}
  for entry in pairs(self.running) do
    left[#left + 1] = entry
  end
  if left[1] then
    self.engine:give_back(self.consumer, self.lease, left)
  end
end

--- The pace of the whole fleet, for who asks the service.
---@return { before: fun(self), after: fun(self, is_rate_limited: boolean) }
function Worker:pace()
  local pace = {}
  function pace.before()
    while self.tokens < 1 do
      local granted, wait = self.engine:pace(1, self.max_rate)
      if not granted then
        return -- the pace is the queue's; the service has one of its own
      end
      self.tokens = self.tokens + granted
      if granted < 1 then
        self.pool:sleep(wait)
      end
    end
    self.tokens = self.tokens - 1
  end
  function pace.after(_, is_rate_limited)
    if is_rate_limited then
      slow(self, false)
    end
  end
  return pace
end

--- Works until it is to stop, and orders under way have ended or were given back.
function Worker:run()
  local is_over, raised = false, nil
  self.pool:start(function()
    self.steward = coroutine.running()
    local ok, message = pcall(attend, self)
    if ok then
      ok, message = pcall(drain, self)
    end
    is_over, raised = true, not ok and { message } or nil
  end)
  while not is_over do
    self.pool:step(true)
  end
  if raised then
    error(raised[1], 0)
  end
end

return worker
