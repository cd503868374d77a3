--- A client: what can be asked of the service.  Its state lives in closures, so that whoever prints or logs the
--- client sees neither ticket nor secret.

local ask = require "facequery.ask"
local check = require "facequery.check"
local config = require "facequery.config"
local core = require "facequery.core"
local errors = require "facequery.errors"
local foreign = require "facequery.foreign"
local record = require "facequery.service.record"
local request = require "facequery.service.query"
local archives = require "facequery.evidence.disk"
local bundle = require "facequery.evidence.bundle"
local each = require "facequery.many.loop"
local pace = require "facequery.many.pace"
local pools = require "facequery.transport.pool"
local given = require "facequery.tickets.given"
local keeper = require "facequery.tickets.keeper"
local transport = require "facequery.transport"

local client = {}

--- What on_event hears: "request" before each exchange, "response" after it, "retry" before a
--- back-off, "pending" before a poll's next attempt, "ticket" when one was fetched, could not be, or
--- what the store held was ignored.
---@class facequery.Event
---@field type "request"|"response"|"retry"|"pending"|"ticket"
---@field order_no? string
---@field action? "fetched"|"failed"|"ignored"|"unwritten" of "ticket"
---@field attempt integer from 1
---@field method? string
---@field url? string without its query string
---@field code? string the service's, or the error's
---@field kind? facequery.Kind of the error
---@field status? integer HTTP
---@field time? number seconds
---@field reused? boolean the connection was open already
---@field delay? number seconds until the next attempt

---@class facequery.PollQuery : facequery.Query
---@field attempts? integer default 3
---@field interval? number seconds, default 2

---@class facequery.ArchiveQuery
---@field order_no string
---@field dir string the archive's folder
---@field hashes? string[] digests of the files besides "sha256": "sm3"
---@field incomplete? boolean archive a verified order without its files, too, when they never come
---@field query_version? string
---@field attempts? integer default 3
---@field interval? number seconds, default 2

---@class facequery.EachOptions
---@field concurrency? integer orders at once, default 16, at most 250
---@field max_rate? number requests a second
---@field dir? string archive each order there, and get bundles instead of records
---@field hashes? string[] with dir, as in archive
---@field incomplete? boolean with dir, as in archive
---@field method? "poll"|"query" default "poll"
---@field get_file? string|integer
---@field query_version? string
---@field attempts? integer
---@field interval? number

---@class facequery.Client
---@field query fun(self: facequery.Client, query: facequery.Query): facequery.Record|nil, facequery.Error|nil
---@field poll fun(self: facequery.Client, query: facequery.PollQuery): facequery.Record|nil, facequery.Error|nil
---@field archive fun(self: facequery.Client, query: facequery.ArchiveQuery): facequery.Bundle|nil, facequery.Error|nil
---@field each fun(self: facequery.Client, orders: string[]|(fun(): string|nil), options?: facequery.EachOptions): (fun(): string|nil, facequery.Record|facequery.Bundle|nil, facequery.Error|nil)|nil, facequery.Error|nil
---@field verify_callback fun(self: facequery.Client, callback: { code: string, orderNo: string, newSign?: string, newSignature?: string }): true|nil, facequery.Error|nil
---@field ticket_status fun(self: facequery.Client): { age?: number, expires_in?: number, renews_in?: number }|nil, facequery.Error|nil
---@field close fun(self: facequery.Client)

local poll_fields = {
  attempts = {
    types = "number",
    values = "1, 2, 3, ...",
    valid = function(value) return value >= 1 and (value == math.huge or value % 1 == 0) end,
  },
  interval = {
    types = "number",
    values = ">= 0, < 1000000000",
    valid = function(value) return value >= 0 and value < 1e9 end,
  },
}
for name, rule in pairs(request.fields) do
  poll_fields[name] = rule
end

local HASHES = { sha256 = true, sm3 = true }

local function are_hashes(names)
  for _, name in ipairs(names) do
    if not HASHES[name] then
      return false
    end
  end
  return true
end

local archive_fields = {
  order_no = poll_fields.order_no,
  query_version = poll_fields.query_version,
  attempts = poll_fields.attempts,
  interval = poll_fields.interval,
  dir = { types = "string", code = "INVALID_PATH", valid = check.is_clean },
  hashes = { types = "table", valid = are_hashes, values = '"sha256", "sm3"' },
  incomplete = { types = "boolean" },
}

-- Each takes two files and a connection, of the 1024 that a process usually has.
local CONCURRENCY, MOST_AT_ONCE = 16, 250

local each_fields = {
  concurrency = {
    types = "number",
    values = "1, 2, ..., " .. MOST_AT_ONCE,
    valid = function(value) return value >= 1 and value <= MOST_AT_ONCE and value % 1 == 0 end,
  },
  max_rate = { types = "number", values = "> 0", valid = function(value) return value > 0 end },
  method = {
    types = "string",
    values = '"poll", "query"',
    valid = function(value) return value == "poll" or value == "query" end,
  },
  get_file = poll_fields.get_file,
  query_version = poll_fields.query_version,
  attempts = poll_fields.attempts,
  interval = poll_fields.interval,
  dir = archive_fields.dir,
  hashes = archive_fields.hashes,
  incomplete = archive_fields.incomplete,
}

-- A file can't be made in a folder that isn't there: said before anything is asked for.
local function check_paths(state, query)
  for _, name in ipairs(record.MEDIA) do
    local path = query[name .. "_path"]
    local folder = path and check.missing_folder(path)
    if folder then
      return nil, errors.from_failure(state.settings.lang, {
        status = "FILE_UNWRITABLE",
        field = name,
        detail = folder .. ": no such folder",
      }, query.order_no)
    end
  end
  return true
end

-- Raises at the public method's caller; a bad value is an error's code.
local function check_query(state, name, query, fields)
  local code, field, values = check.fields(name, query, fields, 4)
  if query.order_no == nil then
    error(("bad argument #1 to '%s' (field 'order_no': string expected, got nil)"):format(name), 3)
  end
  if code then
    -- A bad order number is not repeated: it is anything but an order number.
    return nil, errors.from_failure(state.settings.lang, { status = code, field = field, values = values })
  end
  return check_paths(state, query)
end

-- An order number from a list is one order's error, whatever it is.
local function check_order(state, order_no)
  if request.is_order_no(order_no) then
    return true
  end
  return nil, errors.new(state.settings.lang, "INVALID_ORDER_NO", { field = "order_no" })
end

-- Nothing to compare with is no forgery: a failure.
local function verify_callback(state, callback)
  local mismatch = { status = "INVALID_CALLBACK_SIGN" }
  local code, order_no = callback.code, callback.orderNo
  local sign = callback.newSign or callback.newSignature
  if type(code) ~= "string" or type(order_no) ~= "string" or type(sign) ~= "string" then
    return nil, mismatch
  end
  -- Another process may have renewed the ticket since: a second look at the store, never a renewal,
  -- which a forged url must not cause.
  local failure
  for _, fresh in ipairs { false, true } do
    local tickets
    tickets, failure = state.tickets.candidates(fresh)
    for _, ticket in ipairs(tickets) do
      local expected = core.sign(state.settings.app_id, order_no, ticket, code)
      if expected and core.equal(expected, sign:upper()) then
        return true
      end
    end
  end
  return nil, failure or mismatch
end

-- The keeper of a client's tickets; or nil and a failure.
local function tickets_of(state, send)
  if state.settings.secret then
    return keeper.new(state.settings, send, state.sleep, function(event) ask.emit(state, event) end)
  end
  return given.new(state.settings.ticket)
end

-- The same client, for coroutines of a pool: waits let others run.
local function in_pool(state, pool, options)
  local settings = foreign.close_all(state.settings)
  local own_transport = type(settings.transport) == "function" and foreign.transport(settings.transport)
  local pooled = {
    settings = settings,
    transport = own_transport or pool.transport,
    sleep = pool.sleep,
    rest = pool.rest,
    pace = pace.new(pool.sleep, options.max_rate),
  }
  local failure
  pooled.tickets, failure = tickets_of(pooled, own_transport or pool.at_once)
  return pooled.tickets and pooled, failure
end

-- What each does with an order: archive it, poll or query.
local function work_of(options, archive)
  local function query_of(order_no)
    return {
      order_no = order_no,
      get_file = options.get_file,
      query_version = options.query_version,
      attempts = options.attempts,
      interval = options.interval,
      hashes = options.hashes,
      incomplete = options.incomplete,
    }
  end
  if archive then
    return function(pooled, order_no)
      return bundle.fetch(archive, pooled, query_of(order_no))
    end
  end
  local method = options.method == "query" and ask.once or ask.poll
  return function(pooled, order_no)
    return method(pooled, query_of(order_no))
  end
end

-- The iterator, or nil and an error where nothing can be begun.  Raises where each's caller is wrong:
-- one level up, as each makes way with a tail call.
local function many(state, orders, options)
  if type(orders) ~= "table" and type(orders) ~= "function" then
    error(("bad argument #1 to 'each' (table or function expected, got %s)"):format(type(orders)), 2)
  end
  local code, field, values = check.fields("each", options, each_fields, 3)
  if code then
    return nil, errors.from_failure(state.settings.lang, { status = code, field = field, values = values })
  end
  local concurrency = options.concurrency or CONCURRENCY
  local archive, pool, failure
  if options.dir then
    archive, failure = archives.open(options.dir, true)
  end
  if not failure then
    pool, failure = pools.new(concurrency)
  end
  local pooled
  if not failure then
    pooled, failure = in_pool(state, pool, options)
  end
  if failure then
    if archive then
      archive:close()
    end
    return nil, errors.from_failure(state.settings.lang, failure)
  end
  local work = work_of(options, archive)
  if archive then
    archive.sleep = pool.sleep -- for another process's lock: others go on
  end
  return each.run(pool, orders, concurrency, function(order_no)
    local valid, invalid = check_order(state, order_no)
    if not valid then
      return nil, invalid
    end
    local ok, result, err = pcall(work, pooled, order_no)
    if not ok and foreign.has_yielded(result) then
      return nil, errors.from_failure(state.settings.lang, result, order_no)
    elseif not ok then
      -- One order's trouble, whatever it is: the others have three days, too.
      return nil, errors.new(state.settings.lang, "RAISED", { orderNo = order_no, detail = tostring(result) })
    end
    return result, err
  end, function()
    pooled.tickets.abandon()
    if archive then
      archive:close()
    end
  end)
end

local metatable = {
  __name = "facequery.client",
  __tostring = function() return "facequery.client" end,
}

--- Raises on wrong types; nil and an error for a setting with a bad value.
---@param options? facequery.Config
---@return facequery.Client|nil
---@return facequery.Error|nil
function client.new(options)
  if options == nil then
    options = {}
  end
  check.fields("new", options, config.fields)
  local settings, failure = config.complete(options)
  if not settings then
    local lang = options.lang == "zh" and "zh" or "en"
    return nil, errors.from_failure(lang, failure)
  end
  local state = { settings = settings }
  local send, sleep, close = transport.choose(settings)
  if not send then
    return nil, errors.from_failure(settings.lang, sleep)
  end
  state.transport, state.sleep = send, sleep
  state.tickets, failure = tickets_of(state, send)
  if not state.tickets then
    return nil, errors.from_failure(settings.lang, failure)
  end

  local self = {}

  --- The result, and the media that were asked for.
  function self.query(_, query)
    local ok, err = check_query(state, "query", query, request.fields)
    if not ok then
      return nil, err
    end
    return ask.once(state, query)
  end

  --- As query, until the media asked for (default: both) are there; each is fetched once.
  --- MEDIA_PENDING when they never came.
  function self.poll(_, query)
    local ok, err = check_query(state, "poll", query, poll_fields)
    if not ok then
      return nil, err
    end
    return ask.poll(state, query)
  end

  --- Fetches the order's evidence into a bundle in the archive: the record, photo, video and a
  --- manifest of their digests.  An order that is there already is left alone.  Waits for the disk:
  --- not for nginx.
  function self.archive(_, query)
    local ok, err = check_query(state, "archive", query, archive_fields)
    if not ok then
      return nil, err
    end
    if query.dir == nil then
      error("bad argument #1 to 'archive' (field 'dir': string expected, got nil)", 2)
    end
    local existing = bundle.find(archives.at(query.dir), query.order_no)
    if existing then
      return bundle.judge(settings.lang, existing, query.incomplete)
    end
    local archive, unopened = archives.open(query.dir)
    if not archive then
      return nil, errors.from_failure(settings.lang, unopened, query.order_no)
    end
    local done, fetched
    done, fetched, err = pcall(bundle.fetch, archive, state, query)
    archive:close()
    if not done then
      error(fetched, 0)
    end
    return fetched, err
  end

  --- Many orders at once, in one thread: `for order_no, record, err in client:each(orders) do`.
  --- Results come as they are ready.  Nil and an error where nothing can be begun.  Blocks: not for
  --- nginx.
  function self.each(_, orders, how)
    return many(state, orders, how or {})
  end

  --- Is the H5 return url the service's own?  Constant in time; covers code and orderNo, and neither
  --- liveRate nor h5faceId.  Whatever comes from a url is no type to raise for: what is not a string
  --- does not match.
  function self.verify_callback(_, callback)
    if type(callback) ~= "table" then
      error(("bad argument #1 to 'verify_callback' (table expected, got %s)"):format(type(callback)), 2)
    end
    local ok, mismatch = verify_callback(state, callback)
    if not ok then
      return nil, errors.from_failure(settings.lang, mismatch)
    end
    return true
  end

  --- Gets a ticket, renewed where it is time, and says how old it is: what a timer calls to keep it
  --- fresh.
  function self.ticket_status()
    local status, err = state.tickets.status()
    if not status then
      return nil, errors.from_failure(settings.lang, err)
    end
    return status
  end

  --- Closes the connection; the next query opens another.
  function self.close()
    if close then
      close()
    end
  end

  return setmetatable(self, metatable)
end

return client
