--- A run over many orders in one thread: who asks in it, and what is done with each order.

local ask = require "facequery.ask"
local asker = require "facequery.asker"
local check = require "facequery.check"
local collect = require "facequery.collect"
local errors = require "facequery.errors"
local foreign = require "facequery.foreign"
local loop = require "facequery.many.loop"
local pace = require "facequery.many.pace"
local pools = require "facequery.transport.pool"
local queries = require "facequery.service.query"

local many = {}

--- How client:each asks for its orders.
---@class facequery.EachOptions
---@field concurrency? integer orders at once, default 16, at most 250
---@field max_rate? number requests a second at most
---@field dir? string archive each order there, and get bundles instead of records
---@field hashes? string[] with dir, as facequery.ArchiveQuery's
---@field incomplete? boolean with dir, as facequery.ArchiveQuery's
---@field encrypt_to? string[] with dir, as facequery.ArchiveQuery's
---@field encrypt_media_to? string[] with dir, as facequery.ArchiveQuery's
---@field beside? fun(pool: facequery.Pool) runs in a coroutine beside the orders, and ends with them
---@field method? "poll"|"query" default "poll"
---@field get_file? string|integer as facequery.Query's
---@field query_version? string as facequery.Query's
---@field attempts? integer as facequery.PollQuery's
---@field interval? number seconds, as facequery.PollQuery's

-- An order takes two files and a connection: three of the 1024 file descriptors that a process usually may have.
many.MOST_AT_ONCE = 250
local CONCURRENCY = 16

local fields = {
  concurrency = {
    types = "number",
    values = "1, 2, ..., " .. many.MOST_AT_ONCE,
    valid = function(value) return value >= 1 and value <= many.MOST_AT_ONCE and value % 1 == 0 end,
  },
  max_rate = { types = "number", values = "> 0", valid = function(value) return value > 0 end },
  beside = { types = "function" },
  method = {
    types = "string",
    values = '"poll", "query"',
    valid = function(value) return value == "poll" or value == "query" end,
  },
}

-- What every order of a run may be asked with.
local OF_QUERIES = { "get_file", "query_version", "attempts", "interval" }
for _, name in ipairs(OF_QUERIES) do
  fields[name] = collect.fields[name]
end

for name, rule in pairs(collect.archive_fields) do
  fields[name] = rule
end

-- The asker for the coroutines of a pool, whose waits let other coroutines run.  A user's function that yields there
-- would never be resumed: see foreign.close_all.
local function asker_in(pool, settings, max_rate)
  settings = foreign.close_all(settings)
  local own_send = type(settings.transport) == "function" and foreign.transport(settings.transport)
  local function send(request) return pool:send(request) end
  local function send_at_once(request) return pool:send_at_once(request) end
  local function sleep(seconds) pool:sleep(seconds) end
  local self, failure = asker.new(settings, own_send or send, sleep, own_send or send_at_once)
  if not self then
    return nil, failure
  end
  self.rest = function(seconds) pool:rest(seconds) end
  self.pace = pace.new(sleep, max_rate)
  return self
end

-- The fields of a query for an order of the run.
local function query_of(options, order_no, incomplete)
  if incomplete == nil then
    incomplete = options.incomplete
  end
  local query = { order_no = order_no, hashes = options.hashes, incomplete = incomplete }
  for _, name in ipairs(OF_QUERIES) do
    query[name] = options[name]
  end
  return query
end

-- What is done with an order: archived in the place, polled for its files, or queried once.
local function work_of(self, options, place)
  if place then
    local archive = require "facequery.archive"
    return function(order_no, incomplete)
      return archive.fetch(place, self, query_of(options, order_no, incomplete))
    end
  end
  local ask_for = options.method == "query" and ask.once or collect.poll
  return function(order_no) return ask_for(self, query_of(options, order_no)) end
end

-- Wraps the work, so that an error that it raises is one order's and does not end the run: the other orders' three
-- days are running, too.
local function guarded(settings, work)
  return function(order_no, incomplete)
    if not queries.is_order_no(order_no) then
      return nil, errors.new(settings.lang, "INVALID_ORDER_NO", { field = "order_no" })
    end
    local ok, result, err = pcall(work, order_no, incomplete)
    if not ok and foreign.has_yielded(result) then
      return nil, errors.from_failure(settings.lang, result, order_no)
    elseif not ok then
      return nil, errors.new(settings.lang, "RAISED", { orderNo = order_no, detail = tostring(result) })
    end
    return result, err
  end
end

-- The pool, its asker and, with `dir`, the place for bundles; or nil and a failure.
local function prepare(settings, options, concurrency)
  local place, pool, self, failure
  if options.dir then
    place, failure = require("facequery.archive").open(options.dir, options, true)
  end
  if not failure then
    pool, failure = pools.new(concurrency)
  end
  if not failure then
    self, failure = asker_in(pool, settings, options.max_rate)
  end
  if failure and place then
    place:close()
  elseif place then
    -- While another process has the lock, and while the disk is at work, other orders go on.
    place.sleep = self.sleep
    function place.await(threads) pool:await(threads:descriptor()) end
    function place.hold(threads) pool:hold(threads:descriptor()) end
    function place.park() pool:park() end
    function place.wake(thread) pool:wake(thread) end
  end
  return not failure and { place = place, pool = pool, asker = self } or nil, failure
end

---@class facequery.Run
---@field pool facequery.Pool
---@field asker facequery.Asker
---@field place? facequery.Place with `dir`
---@field work fun(order_no: string, incomplete?: boolean): facequery.Record|facequery.Bundle|nil, facequery.Error|nil for coroutines of the pool; never raises. `incomplete`: nil is the option's
---@field finish fun() to be called once, at the end

--- What a run over many orders consists of.
---@param settings facequery.Config complete
---@param options facequery.EachOptions checked
---@param concurrency integer
---@return facequery.Run|nil
---@return facequery.Failure|nil
function many.begin(settings, options, concurrency)
  local run, failure = prepare(settings, options, concurrency)
  if not run then
    return nil, failure
  end
  run.work = guarded(settings, work_of(run.asker, options, run.place))
  function run.finish()
    run.asker.tickets:abandon()
    if run.place then
      run.place:close()
    end
  end
  return run
end

--- The iterator of client:each.  A wrong type raises at the caller of client:each, which is one level up: client:each
--- calls this as a tail call.
---@param settings facequery.Config complete
---@param orders string[]|fun(): string|nil
---@param options facequery.EachOptions
---@return (fun(): string|nil, facequery.Record|facequery.Bundle|nil, facequery.Error|nil)|nil
---@return facequery.Error|nil err where nothing can be begun
function many.each(settings, orders, options)
  if type(orders) ~= "table" and type(orders) ~= "function" then
    error(("bad argument #1 to 'each' (table or function expected, got %s)"):format(type(orders)), 2)
  end
  local code, field, values = check.fields("each", options, fields, 3)
  if code then
    return nil, errors.from_failure(settings.lang, { status = code, field = field, values = values })
  end
  local concurrency = options.concurrency or CONCURRENCY
  local run, failure = many.begin(settings, options, concurrency)
  if not run then
    return nil, errors.from_failure(settings.lang, failure)
  end
  if options.beside then
    run.pool:start(function() options.beside(run.pool) end)
  end
  return loop.run(run.pool, orders, concurrency, run.work, run.finish)
end

return many
