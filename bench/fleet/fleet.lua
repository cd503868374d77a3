--- A fleet of the product's own workers (facequery.queue.worker), over the queue's own engine and scripts, which ask the
--- service as the product does (facequery.ask).  Simulated are the clock, Redis' commands, the service, and death.

local ask = require "facequery.ask"
local errors = require "facequery.errors"
local redis = require "facequery.queue.redis"
local standin = require "help.standin.redis"
local worker = require "facequery.queue.worker"

---@class bench.Fleet
---@field clock bench.Clock
---@field service bench.Service
---@field jobs integer of each worker
---@field lease number
---@field archived table<string, boolean>
---@field on_archived fun(entry: facequery.QueueEntry)
---@field on_dead fun(entry: facequery.QueueEntry, code: string)
local Fleet = {}
Fleet.__index = Fleet

local fleet = {}

-- Seconds that a worker lives, on average, and until it is started again.
local LIFE, ABSENCE = 3600, 30

---@return bench.Fleet
function fleet.new(options)
  local self = setmetatable(options, Fleet)
  self.redis = standin.new(function() return self.clock.time end)
  self.archived, self.idle = {}, {}
  self.engine = redis.new(self.redis.call, "faces")
  -- Redis wakes all workers that wait, of which one gets the order.  Here that one is woken alone.
  function self.redis.database.on_add(key)
    local waiting = key ~= self.engine.keys.dead and next(self.idle)
    if waiting then
      self.clock:wake(waiting)
      self.idle[waiting] = nil
    end
  end
  return self
end

-- What the product's workers know of a pool.
local function new_pool(clock)
  local pool = { is_dead = false, parked = 0, resting = 0 }
  function pool.sleep(_, seconds) clock:sleep(seconds, pool) end
  function pool.wake(_, thread) clock:wake(thread) end
  function pool.start(_, work) clock:start(work) end
  function pool.step() coroutine.yield() end
  return pool
end

-- Redis as one worker asks it: it may wait there.
local function caller(self, pool)
  return function(command, ...)
    if command ~= "xread" then
      return self.redis.call(command, ...)
    end
    local _, milliseconds, _, _, _, urgent, orders, seen_urgent, seen_orders = ...
    local database = self.redis.database
    if database[urgent].last_id == seen_urgent and database[orders].last_id == seen_orders then
      local waiting = coroutine.running()
      self.idle[waiting] = true
      pool:sleep(milliseconds / 1000)
      self.idle[waiting] = nil
    end
  end
end

-- The function that archives an order: what facequery.archive does of it, without a disk.
local function archivist(self, asker)
  return function(order_no)
    if self.archived[order_no] then
      return {}
    end
    local record, err = ask.signed(asker, order_no, function()
      return { order_no = order_no, url = "" }
    end)
    if record and not record.photo then
      return nil, errors.new("en", "MEDIA_PENDING")
    elseif err and err.kind ~= "rejected" then
      return nil, err
    end
    return {}
  end
end

local function report(self, entry, after)
  if after.what == "dead" then
    self.on_dead(entry, after.code)
  elseif after.what == "done" and not self.archived[entry.order_no] then
    self.archived[entry.order_no] = true
    self.on_archived(entry)
  end
end

-- One life of a worker.
local function live(self, name)
  local pool = new_pool(self.clock)
  local asker = {
    settings = { lang = "en", retries = 0 },
    tickets = { get = function() return "ticket" end, accepted = function() end },
    send = function(request) return self.service:send(request, pool) end,
    sleep = function(seconds) pool:sleep(seconds) end,
  }
  local one = worker.new {
    engine = redis.new(caller(self, pool), "faces"),
    pool = pool,
    work = archivist(self, asker),
    consumer = name,
    jobs = self.jobs,
    lease = self.lease,
    is_stopping = function() return false end,
    patience = 60,
    report = function(entry, _, _, after) report(self, entry, after) end,
    ready = function() end,
    trouble = error,
  }
  asker.pace = one:pace()
  self.clock:start(function() one:run() end)
  self.clock:sleep(-LIFE * math.log(1 - math.random()))
  pool.is_dead = true
end

--- Starts a worker, which dies and comes back for ever.
---@param name string
function Fleet:start(name)
  self.clock:start(function()
    while true do
      live(self, name)
      self.clock:sleep(ABSENCE)
    end
  end)
end

return fleet
