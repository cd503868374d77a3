--- facequery work: a worker, which fetches what is in a queue until it is told to stop.

local archiving = require "facequery.cli.archiving"
local clients = require "facequery.cli.client"
local config = require "facequery.config"
local core = require "facequery.core"
local errors = require "facequery.errors"
local failures = require "facequery.cli.failures"
local folders = require "facequery.cli.folders"
local many = require "facequery.many"
local monitor = require "facequery.cli.monitor"
local queues = require "facequery.cli.queues"
local statuses = require "facequery.cli.statuses"
local values = require "facequery.cli.values"
local words = require "facequery.cli.words"
local worker = require "facequery.queue.worker"

-- Counts and prints what became of an order.
local function reporter(args, watch)
  return function(entry, bundle, err, after)
    watch:ended(bundle, err, after)
    local order_no = values.order(entry.order_no) -- any program can add to Redis' streams
    err = err or not bundle and errors.new(args.lang, after.code) or nil
    if args.json then
      words.print_json {
        order_no = order_no,
        ok = bundle ~= nil and not (err and err.bundle),
        path = bundle and bundle.path,
        existing = bundle and bundle.existing,
        code = bundle and bundle.code or err and err.code,
        kind = err and err.kind,
        message = err and err.message,
        advice = err and err.advice,
        after = after.what,
        seconds = after.seconds,
      }
    elseif after.what == "later" then
      words.say(args.lang, "put_off", order_no, err.message, err.kind, err.code, after.seconds)
    elseif after.what == "dead" then
      words.say(args.lang, "died", order_no, err.message, err.kind, err.code)
    else
      io.stdout:write(order_no, " ", bundle.path, "\n")
    end
    io.stdout:flush()
  end
end

-- Hears what keeps the worker from the queue.
local function listener(args, watch)
  return function(failure)
    watch:trouble(failure)
    words.say(args.lang, "queue_trouble", args.queue, errors.from_failure(args.lang, failure).message)
  end
end

local function stopper(signals, watch)
  local is_stopping = false
  return function()
    if not is_stopping and signals:next() then
      is_stopping = true
      watch.stopping()
    end
    return is_stopping
  end
end

-- The run; or nil and the exit status where there can be none, which is said.
local function begin(args, engine)
  local settings, status = clients.settings(args)
  if not settings then
    return nil, status
  end
  local failure
  settings.ticket_store = queues.ticket_store(engine)
  -- The queue asks again, here too: an order that waits in its worker for the fleet's pace may outlive its lease.
  settings.retries = 0
  settings, failure = config.complete(settings)
  local run
  if settings then
    -- One attempt: for files that are not there yet the queue asks again.
    run, failure = many.begin(settings, archiving(args, 1), args.jobs)
  end
  return run, not run and failures.of(args, "facequery", failure) or nil
end

-- Whether the engine is right for evidence: a Redis that may forget orders is refused, one that a crash empties is
-- told of.
local function check(args, engine)
  local failure, warning = engine:check()
  if warning then
    words.explain_error(args.redis, errors.from_failure(args.lang, warning), args.lang)
  end
  return failure and failures.of(args, args.redis, failure) or statuses.OK
end

---@param args table
---@return integer exit status
return function(args)
  local engine, close
  local status = folders.can_hold(args, args.out)
  if status == statuses.OK then
    engine, close, status = queues.open(args)
  end
  status = engine and check(args, engine) or status
  if status ~= statuses.OK then
    return status
  end
  local run, watch
  run, status = begin(args, engine)
  if not run then
    return status
  end
  local signals, refused = core.signals()
  if not signals then
    return failures.of(args, "facequery", refused)
  end
  watch, status = monitor.new(args, engine, run)
  if not watch then
    return status
  end
  local self = worker.new {
    engine = engine,
    pool = run.pool,
    work = watch:count(run.work),
    consumer = ("%s:%d"):format(core.machine(), args.instance),
    jobs = args.jobs,
    incomplete = args.incomplete == true,
    lease = args.lease,
    max_rate = args.max_rate,
    is_stopping = stopper(signals, watch),
    patience = args.patience,
    report = reporter(args, watch),
    ready = function() watch:ready() end,
    trouble = listener(args, watch),
  }
  run.asker.pace = self:pace()
  watch:start(self)
  local ok, raised = pcall(self.run, self)
  watch:close()
  run.pool:close()
  run.finish()
  close()
  signals:close()
  if not ok then
    error(raised, 0)
  end
  return statuses.OK
end
