--- What a worker lets its operators see: metrics on a port or in a file, whether it is alive and ready, and systemd's
--- watchdog.  All of it runs in coroutines of the worker's pool.

local core = require "facequery.core"
local codes = require "facequery.codes"
local failures = require "facequery.cli.failures"
local json = require "facequery.json"
local listener = require "facequery.cli.listener"
local metrics = require "facequery.queue.metrics"
local notify = require "facequery.cli.notify"
local version = require "facequery.version"

local monitor = {}

-- Seconds that an answer of Redis' or of the disk's is good for.
local FRESH = 2
-- Between two times that the metrics' file is written.
local WRITE_AGAIN = 15
-- How long the service keeps an order's files.
local RETENTION = 3 * 86400
-- What is written to see whether the archive can be written: one page of memory.
local PROBE = ("\0"):rep(4096)

local EXPOSITION = "text/plain; version=0.0.4; charset=utf-8"

---@class facequery.Monitor
---@field args table the command's
---@field run facequery.Run
---@field counts facequery.Metrics
---@field listener? facequery.Listener
---@field queue fun(): facequery.MetricsKnown what Redis says
---@field writes fun(): boolean whether the archive can be written
---@field worker? facequery.Worker once it has begun
---@field is_ready? boolean it works under its name
---@field has_rival? boolean it waits, because another worker has its name
---@field has_complained? boolean that the file can't be written
local Monitor = {}
Monitor.__index = Monitor

-- Returns what is true for a while, or asks again.
local function cached(ask)
  local until_then, value = 0, nil
  return function()
    if core.clock() >= until_then then
      value = ask()
      until_then = core.clock() + FRESH
    end
    return value
  end
end

local function ask_queue(engine)
  local status, failure = engine:status()
  local rate
  if status then
    rate, failure = engine:rate()
  end
  if failure then
    return { is_up = false }
  end
  return {
    is_up = true,
    status = status,
    oldest_age = status.oldest_deadline and core.now() - status.oldest_deadline + RETENTION or nil,
    rate = rate,
  }
end

-- Writes something where a bundle would be begun: that finds a full disk, too.
local function can_write(place)
  local draft = place:begin "probe"
  local ok = draft and draft:write("probe", PROBE)
  if draft then
    draft:discard()
  end
  return ok == true
end

---@param args table the command's
---@param engine facequery.QueueEngine
---@param run facequery.Run
---@return facequery.Monitor|nil nil where the port can't be listened on, which was said
---@return integer|nil exit status, then
function monitor.new(args, engine, run)
  local build = json.merge({ version = version, lua = jit and jit.version or _VERSION }, core.build())
  local self = setmetatable({ args = args, run = run, counts = metrics.new(build) }, Monitor)
  self.queue = cached(function()
    -- Who has just waited for Redis in vain need not do so twice.
    local is_away = self.worker and self.worker.failures > 0
    return is_away and { is_up = false } or ask_queue(engine)
  end)
  self.writes = cached(function() return can_write(run.place) end)
  if args.metrics then
    local message
    self.listener, message = listener.open(args.metrics, function(path) return self:answer(path) end)
    if not self.listener then
      return nil, failures.code(args, "facequery", "PORT_UNUSABLE", { detail = message })
    end
  end
  return self
end

function Monitor:text()
  local known, tickets = json.merge({}, self.queue()), self.run.asker.tickets
  known.ticket_expires = tickets.expires_in and tickets:expires_in()
  return self.counts:text(known)
end

-- Why it takes no orders; nil where it does.
function Monitor:unready()
  if not self.queue().is_up then
    return "Redis does not answer"
  elseif not self.is_ready then
    return self.has_rival and "another worker has this one's name" or "the worker is starting"
  end
  return not self.writes() and "the archive can't be written" or nil
end

-- The pages.
function Monitor:answer(path)
  if path == "/metrics" then
    return 200, self:text(), EXPOSITION
  elseif path == "/healthz" then
    return 200, "ok\n"
  elseif path == "/readyz" then
    local wrong = self:unready()
    return wrong and 503 or 200, (wrong or "ok") .. "\n"
  end
end

-- Written aside and renamed, so that nobody reads half of it.
local function write(self)
  local path = self.args.metrics_file
  local file, message = io.open(path .. ".tmp", "w")
  local ok = file ~= nil
  if file then
    ok, message = file:write(self:text())
    local is_closed, unclosed = file:close()
    ok, message = ok and is_closed, message or unclosed
  end
  if ok then
    ok, message = os.rename(path .. ".tmp", path)
  end
  if not ok and not self.has_complained then
    failures.code({ lang = self.args.lang }, "facequery", "FILE_UNWRITABLE", { field = path, detail = message })
  end
  self.has_complained = not ok
end

--- The worker's work, counted.
---@param work fun(order_no: string): facequery.Bundle|nil, facequery.Error|nil never raises
---@return fun(order_no: string): facequery.Bundle|nil, facequery.Error|nil
function Monitor:count(work)
  local counts, asker = self.counts, self.run.asker
  local send = asker.send
  function asker.send(request)
    local response, failure = send(request)
    if response then
      counts:received(response)
    end
    return response, failure
  end
  return function(order_no, ...)
    local begun = core.clock()
    counts:begin()
    local bundle, err = work(order_no, ...)
    counts:fetched(core.clock() - begun)
    return bundle, err
  end
end

--- Hears what became of an order, as the worker's `report` does.
function Monitor:ended(bundle, err, after)
  local result = after.what ~= "done" and after.what or bundle and bundle.existing and "existing" or "archived"
  local kind = err and err.kind or after.code and codes.explain(after.code, "en").kind
  self.counts:ended(result, kind)
end

-- A coroutine of the pool's that does something now and then.
local function every(self, seconds, work)
  self.run.pool:start(function()
    while true do
      work()
      self.run.pool:sleep(seconds)
    end
  end)
end

--- Begins.
---@param worker facequery.Worker
function Monitor:start(worker)
  self.worker = worker
  if self.listener then
    self.run.pool:start(function() self.listener:run(self.run.pool) end)
  end
  if self.args.metrics_file then
    every(self, WRITE_AGAIN, function() write(self) end)
  end
end

--- Hears what keeps the worker from the queue, as its `trouble` does.
---@param failure facequery.Failure
function Monitor:trouble(failure)
  self.has_rival = self.has_rival or failure.code == "WORKER_NAME_TAKEN"
end

--- Says that the worker takes orders from now on.
function Monitor:ready()
  self.is_ready = true
  notify.tell "READY=1"
  if notify.interval() then
    every(self, notify.interval(), function() notify.tell "WATCHDOG=1" end)
  end
end

--- Says that the worker is asked to stop.
function Monitor.stopping()
  notify.tell "STOPPING=1"
end

--- Ends: what was counted last is written, too.
function Monitor:close()
  if self.listener then
    self.listener:close()
  end
  if self.args.metrics_file then
    write(self)
  end
end

return monitor
