--- A worker: takes orders from the queue, has them archived, and ends them there when they are durable.  One coroutine,
--- the steward, talks to the queue; each order has one of its own; all are a pool's.

local core = require "facequery.core"
local plan = require "facequery.queue.plan"

local worker = {}

-- Seconds.  Between two looks at a queue that had nothing to give, while orders are under way.
local LOOK_AGAIN = 0.1
-- An idle worker waits in Redis, and looks at what it was told meanwhile (a signal) as often as this.
local IDLE = 0.25
-- Ended orders are told to the queue together: so many, or for so long.
local TELL_MANY, TELL_WITHIN = 16, 0.05
-- After a failure of the queue's, twice as long each time.
local FIRST_REST, LONGEST_REST = 0.25, 5
-- A worker's name is its own for so long after it was last heard of, and it is heard of as often as this, or four times
-- in a lease.
local HELD, TEND = 20, 5

---@class facequery.WorkerOptions
---@field engine facequery.QueueEngine
---@field pool facequery.Pool
---@field work fun(order_no: string, incomplete: boolean): facequery.Bundle|nil, facequery.Error|nil archives one; never raises
---@field incomplete boolean archive verified orders without their files, too, when these have not come until the last hour
---@field consumer string its name: one that no other worker has, and the same after a restart
---@field jobs integer orders at once
---@field lease number seconds after which an order of a worker that says nothing is given to another
---@field max_rate? number requests a second, of all workers together
---@field is_stopping fun(): boolean
---@field patience number seconds that orders under way have to end, once it is stopping
---@field report fun(entry: facequery.QueueEntry, bundle: facequery.Bundle|nil, err: facequery.Error|nil, after: facequery.QueueAfter|nil) hears of each order, when it is durable
---@field ready fun() hears that it works under its name
---@field trouble fun(failure: facequery.Failure) hears that the queue can't be asked

---@class facequery.Worker : facequery.WorkerOptions
---@field held table<facequery.QueueEntry, boolean> orders in hand: under way, or taken ahead
---@field ahead facequery.QueueEntry[] orders that were taken ahead, and are not begun
---@field count integer of orders under way
---@field fetched integer orders that have ended since the last that were taken
---@field took_at number by core.clock: when these were
---@field ended facequery.QueueEnd[] and not yet told
---@field ended_at number by core.clock: the first of these
---@field tokens integer requests that the pace has granted, and that were not sent
---@field epochs table<thread, integer> of the pace, in which each order has sent its last request
---@field failures integer of the queue, one after the other
---@field is_doubtful? boolean the queue could not be asked, since this worker last looked what it has
---@field troubled number see plan.trouble
---@field rests integer see plan.rest
---@field rests_until number by core.clock
---@field tend_at number by core.clock: when to say that its orders are in hand still
---@field sweep_at number by core.clock: when to look for orders of workers that were lost
---@field steward thread
---@field steward_sleeps boolean
local Worker = {}
Worker.__index = Worker

---@param options facequery.WorkerOptions
---@return facequery.Worker
function worker.new(options)
  local self = {
    held = {},
    ahead = {},
    count = 0,
    fetched = 0,
    took_at = 0,
    ended = {},
    ended_at = 0,
    tokens = 0,
    epochs = setmetatable({}, { __mode = "k" }),
    failures = 0,
    troubled = 0,
    rests = 0,
    rests_until = 0,
    tend_at = 0,
    sweep_at = 0,
  }
  for name, value in pairs(options) do
    self[name] = value
  end
  return setmetatable(self, Worker)
end

-- Wakes the steward: an order has ended.
local function call_steward(self)
  if self.steward_sleeps then
    self.steward_sleeps = false
    self.pool:wake(self.steward)
  end
end

-- The steward sleeps, until an order has ended at the longest.
local function nap(self, seconds)
  self.steward_sleeps = true
  self.pool:sleep(seconds)
  self.steward_sleeps = false
end

-- Puts down how an order ended; too much trouble gives the worker a rest.
local function watch(self, err)
  self.troubled = plan.trouble(self.troubled, err)
  local now = core.clock()
  if not err then
    self.rests = 0
  elseif now >= self.rests_until then
    local seconds = plan.rest(self.troubled, self.rests, core.random() or 0)
    if seconds then
      self.rests, self.rests_until = self.rests + 1, now + seconds
    end
  end
end

-- Archives an order, and puts down what became of it.
local function fetch(self, entry)
  local left, after = entry.deadline - core.now(), nil
  local bundle, err = self.work(entry.order_no, self.incomplete and plan.is_last(left))
  watch(self, err)
  -- An order whose files came damaged is archived as it came: asking again brings the same.
  if not bundle and not err.bundle then
    after = plan.after(err, entry.tries, entry.deadline - core.now(), core.random() or 0)
  end
  after = after or { what = "done" }
  self.ended_at = self.ended[1] and self.ended_at or core.clock()
  self.ended[#self.ended + 1] = { what = after.what, entry = entry, seconds = after.seconds, code = after.code }
  self.report(entry, bundle or err and err.bundle, err, after)
end

local function start(self, entry)
  self.held[entry] = true
  self.count = self.count + 1
  self.pool:start(function()
    local ok, raised = pcall(fetch, self, entry)
    self.held[entry] = nil
    self.count = self.count - 1
    self.fetched = self.fetched + 1
    -- An order that was there already has sent nothing.
    self.tokens = math.min(self.tokens, self.count + #self.ahead)
    self.raised = self.raised or not ok and { raised } or nil
    call_steward(self)
  end)
end

-- How many orders may be begun now.
local function room_of(self)
  -- After a rest one order tries how things are.
  local jobs = self.rests > 0 and 1 or self.jobs
  -- Those on their way to the disk leave their places to others, as many again at most: as facequery archive does.
  return self.pool.parked < jobs and core.clock() >= self.rests_until and jobs - (self.count - self.pool.resting) or 0
end

-- Begins what was taken ahead, where there is room.
local function begin_ahead(self)
  while self.ahead[1] and room_of(self) > 0 and not self.is_stopping() do
    start(self, table.remove(self.ahead, 1))
  end
end

-- Puts back what was taken ahead, for others.
local function put_back(self)
  for _, entry in ipairs(self.ahead) do
    self.held[entry] = nil
    self.ended[#self.ended + 1] = { what = "back", entry = entry }
  end
  self.ahead = {}
  self.tokens = math.min(self.tokens, self.count)
end

-- Hears what the queue has answered; one that can't be asked is told of once, and left alone for a while.
local function heard(self, result, failure)
  if not failure then
    self.failures = 0
    return result
  end
  self.failures, self.is_doubtful = self.failures + 1, true
  if self.failures == 1 then
    self.trouble(failure)
  end
  self.pool:sleep(math.min(LONGEST_REST, FIRST_REST * 2 ^ (self.failures - 1)))
  return nil
end

-- Tells the queue what has ended, by `how`, which returns the queue's answer.  What it does not hear is told again.
local function tell_by(self, how)
  local ended = self.ended
  self.ended = {}
  local answer = heard(self, how(ended))
  if not answer then
    for _, one in ipairs(ended) do
      self.ended[#self.ended + 1] = one
    end
  end
  return answer
end

local function tell(self)
  return not self.ended[1] or tell_by(self, function(ended) return self.engine:finish(ended) end) ~= nil
end

-- Tells what has ended, and that the others are in hand still.
local function keep(self)
  if #self.ended >= TELL_MANY or self.count == 0 or core.clock() - self.ended_at >= TELL_WITHIN then
    tell(self)
  end
  if core.clock() >= self.tend_at then
    self.tend_at = core.clock() + math.min(TEND, self.lease / 4)
    heard(self, self.engine:renew(self.consumer, math.min(HELD, self.lease), self.held))
  end
end

local function tend(self)
  if self.raised then
    error(self.raised[1], 0)
  end
  keep(self)
end

-- Naps until nothing is under way and the queue has heard of all that has ended, or it is time to stop.
local function wait_until_alone(self)
  put_back(self)
  while (self.count > 0 or self.ended[1]) and not self.is_stopping() do
    if self.count > 0 then
      nap(self, LOOK_AGAIN)
    end
    tend(self)
  end
end

-- Orders that were given to a worker and came to no end are fetched alone, one after the other: should one of them end
-- its worker, no other is near, and its count of deliveries is its own.
local function fetch_lost(self, idle, of)
  wait_until_alone(self)
  while not self.is_stopping() do
    local entry = heard(self, self.engine:claim(self.consumer, idle, of, plan.MOST_DELIVERIES))
    if entry and entry.dead then
      self.report(entry, nil, nil, { what = "dead", code = entry.dead })
    elseif entry then
      start(self, entry)
      wait_until_alone(self)
    elseif self.failures == 0 then
      return
    end
  end
end

-- Looks for what other workers have lost, as often as a lease has four quarters; not all at once.
local function sweep(self)
  if core.clock() < self.sweep_at then
    return
  end
  self.sweep_at = core.clock() + self.lease / 4 * (0.5 + (core.random() or 0.5))
  if heard(self, self.engine:has_lost(self.consumer, self.lease)) then
    fetch_lost(self, self.lease)
    heard(self, self.engine:end_sweep(self.consumer))
  end
end

-- Takes as many as there is room for, and so many ahead that the queue is asked for many at a time, and that places do
-- not stay empty meanwhile.  Returns whether there were any.
local function take(self)
  begin_ahead(self)
  if core.clock() < self.rests_until then
    put_back(self)
    return false
  elseif self.pool.parked >= self.jobs then
    return false
  end
  local ahead = self.rests > 0 and 0 or plan.ahead(self.fetched, core.clock() - self.took_at, self.jobs)
  local wanted = room_of(self) + ahead - #self.ahead
  if wanted < 1 or (next(self.held) and wanted < math.max(self.jobs / 4, ahead)) then
    return false
  end
  self.fetched, self.took_at = 0, core.clock()
  local entries = tell_by(self, function(ended)
    return self.engine:take(self.consumer, wanted, self.max_rate, ended)
  end)
  for _, entry in ipairs(entries or {}) do
    self.tokens = self.tokens + 1
    self.held[entry] = true
    self.ahead[#self.ahead + 1] = entry
  end
  begin_ahead(self)
  return entries ~= nil and entries[1] ~= nil
end

-- Until there is something to do.
local function rest(self, has_taken)
  if next(self.held) or has_taken or self.failures > 0 then
    return nap(self, self.ended[1] and TELL_WITHIN or LOOK_AGAIN)
  end
  -- Orders may wait, and may not be taken yet?
  local barred = math.max(self.engine.paced, self.rests_until - core.clock())
  if barred > 0 then
    return self.pool:sleep(math.min(IDLE, barred))
  end
  local due = math.min(self.engine.next_later or IDLE, self.sweep_at - core.clock())
  heard(self, self.engine:wait(math.min(IDLE, math.max(0.01, due))))
  self.pool:sleep(0) -- lets the others of the pool go on, who could not meanwhile
end

-- Begins under its name, once nobody else works under it.
local function begin(self)
  local is_told = false
  heard(self, self.engine:prepare())
  while not self.is_stopping() do
    local is_own = heard(self, self.engine:hold(self.consumer, math.min(HELD, self.lease)))
    if is_own then
      return self.ready()
    elseif is_own == false then
      if not is_told then
        self.trouble { status = "TRANSPORT", code = "WORKER_NAME_TAKEN" }
        is_told = true
      end
      self.pool:sleep(LOOK_AGAIN)
    end
  end
end

local function attend(self)
  begin(self)
  fetch_lost(self, 0, self.consumer)
  while not self.is_stopping() do
    -- A Redis that was away may have come back with what it knew before: that this worker has what it has ended.
    if self.is_doubtful and self.failures == 0 then
      self.is_doubtful = false
      fetch_lost(self, 0, self.consumer)
    end
    sweep(self)
    local has_taken = take(self)
    tend(self)
    rest(self, has_taken)
  end
end

-- Lets orders under way end, for as long; gives back what has not, and its name.
local function drain(self, patience)
  local deadline = core.clock() + patience
  put_back(self)
  while self.count > 0 and core.clock() < deadline do
    nap(self, LOOK_AGAIN)
    keep(self)
  end
  while not tell(self) and core.clock() < deadline do end
  self.engine:give_back(self.consumer, self.lease, self.held)
  self.engine:release(self.consumer)
end

--- The pace of the whole fleet, for who asks the service.
---@return { before: fun(self), after: fun(self, is_rate_limited: boolean) }
function Worker:pace()
  local pace = {}
  function pace.before()
    while self.tokens < 1 do
      local granted, wait, epoch
      -- A queue that can't be asked is left alone; the service has a pace of its own.
      if self.failures == 0 then
        granted, wait, epoch = self.engine:pace(1, self.max_rate)
      end
      self.engine.epoch = epoch or self.engine.epoch
      self.tokens = self.tokens + (granted or 1)
      if not granted or granted < 1 then
        self.pool:sleep(granted and wait or 1)
      end
    end
    self.tokens = self.tokens - 1
    self.epochs[coroutine.running()] = self.engine.epoch
  end
  function pace.after(_, is_rate_limited)
    -- The epoch is that in which this request was sent: of a wave of refusals the first slows the fleet, once.
    if is_rate_limited and self.failures == 0 then
      local _, _, epoch = self.engine:pace(0, self.max_rate, self.epochs[coroutine.running()])
      self.engine.epoch = epoch or self.engine.epoch
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
    -- What has raised is no reason to keep what was taken.
    local drained, why_not = pcall(drain, self, ok and self.patience or 0)
    raised = not ok and { message } or not drained and { why_not } or nil
    is_over = true
  end)
  while not is_over do
    self.pool:step(true)
    begin_ahead(self)
  end
  if raised then
    error(raised[1], 0)
  end
end

return worker
