--- A client: query and poll.  Its state lives in closures, so that whoever prints or logs the
--- client sees neither ticket nor secret.

local check = require "facequery.check"
local codes = require "facequery.codes"
local config = require "facequery.config"
local core = require "facequery.core"
local errors = require "facequery.errors"
local record = require "facequery.record"
local request = require "facequery.request"
local retry = require "facequery.retry"
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

---@class facequery.Client
---@field query fun(self: facequery.Client, query: facequery.Query): facequery.Record|nil, facequery.Error|nil
---@field poll fun(self: facequery.Client, query: facequery.PollQuery): facequery.Record|nil, facequery.Error|nil
---@field verify_callback fun(self: facequery.Client, callback: { code: string, orderNo: string, newSign?: string, newSignature?: string }): true|nil, facequery.Error|nil
---@field ticket_status fun(self: facequery.Client): { age?: number, expires_in?: number, renews_in?: number }|nil, facequery.Error|nil
---@field close fun(self: facequery.Client)

-- The page: "轮询3次,每次2s".
local ATTEMPTS, INTERVAL = 3, 2

local poll_fields = {
  attempts = {
    types = "number",
    valid = function(value) return value >= 1 and (value == math.huge or value % 1 == 0) end,
  },
  interval = { types = "number", valid = function(value) return value >= 0 and value < 1e9 end },
}
for name, rule in pairs(request.fields) do
  poll_fields[name] = rule
end

local function emit(state, event)
  if state.settings.on_event then
    -- A listener that fails must not cost an answer.
    pcall(state.settings.on_event, event)
  end
end

local function failed(state, query, failure)
  return nil, errors.from_failure(state.settings.lang, failure, query.order_no)
end

-- One exchange, signed with `ticket`.
local function exchange(state, query, media, ticket, attempt)
  local sent, response, answer, failure
  sent, failure = request.query(state.settings, query, media, ticket)
  if not sent then
    return failed(state, query, failure)
  end
  emit(state, {
    type = "request",
    order_no = query.order_no,
    attempt = attempt,
    method = sent.method,
    url = sent.url:match("^[^?]*"),
  })
  response, failure = state.transport(sent)
  if type(response) ~= "table" then
    response = nil
  else
    answer, failure = record.from_response(response, query.order_no)
  end
  local err
  if not answer then
    err = errors.from_failure(state.settings.lang, failure, query.order_no)
  elseif answer.code ~= "0" then
    err = errors.from_record(state.settings.lang, answer, query.order_no)
  end
  emit(state, {
    type = "response",
    order_no = query.order_no,
    attempt = attempt,
    code = err and err.code or answer.code,
    kind = err and err.kind,
    status = response and response.status,
    time = response and response.time,
    reused = response and response.reused,
  })
  if answer and not codes.renews_ticket(answer.code) then
    state.tickets.accepted(ticket)
  end
  if err then
    return nil, err
  end
  return answer
end

-- With the current ticket, and once more with a new one when the service refuses it.
local function ask(state, query, media, attempt)
  local ticket, failure = state.tickets.get()
  if not ticket then
    return failed(state, query, failure)
  end
  local answer, err = exchange(state, query, media, ticket, attempt)
  if answer or not codes.renews_ticket(err.code) then
    return answer, err
  end
  local renewed
  renewed, failure = state.tickets.renew(ticket)
  if renewed then
    return exchange(state, query, media, renewed, attempt)
  elseif failure then
    return failed(state, query, failure)
  end
  return nil, err
end

local function ask_with_retries(state, query, media)
  return retry.run(state.settings.retries, state.sleep, function(attempt)
    return ask(state, query, media, attempt)
  end, function(err, attempt, delay)
    emit(state, {
      type = "retry",
      order_no = query.order_no,
      attempt = attempt,
      code = err.code,
      kind = err.kind,
      delay = delay,
    })
  end)
end

-- Raises at the public method's caller; a bad value is an error's code.
local function check_query(state, name, query, fields)
  local code, field = check.fields(name, query, fields, 4)
  if query.order_no == nil then
    error(("bad argument #1 to '%s' (field 'order_no': string expected, got nil)"):format(name), 3)
  end
  if code then
    -- A bad order number is not repeated: it is anything but an order number.
    return failed(state, {}, { status = code, field = field })
  end
  return true
end

local function query_once(state, query)
  return ask_with_retries(state, query, request.media(query))
end

local function poll(state, query)
  local attempts, interval = query.attempts or ATTEMPTS, query.interval or INTERVAL
  local missing, merged = request.media(query), nil
  if not missing.photo and not missing.video then
    missing = { photo = true, video = true }
  end
  for attempt = 1, attempts do
    local answer, err = ask_with_retries(state, query, missing)
    if not answer then
      -- What came before stays known: a file has been written.
      for name in pairs { photo = true, video = true } do
        if err.record and merged and not err.record[name] then
          err.record[name] = merged[name]
        end
      end
      err.record = err.record or merged
      return nil, err
    end
    for name in pairs { photo = true, video = true } do
      answer[name] = answer[name] or merged and merged[name]
      missing[name] = missing[name] and not answer[name]
    end
    merged = answer
    if not missing.photo and not missing.video then
      return merged
    end
    if attempt < attempts then
      emit(state, {
        type = "pending",
        order_no = query.order_no,
        attempt = attempt,
        delay = interval,
      })
      state.sleep(interval)
    end
  end
  return nil, errors.new(state.settings.lang, "MEDIA_PENDING", {
    orderNo = query.order_no,
    bizSeqNo = merged.bizSeqNo,
    msg = merged.msg,
    record = merged,
  })
end

local function verify_callback(state, callback)
  local code, order_no = callback.code, callback.orderNo
  local sign = callback.newSign or callback.newSignature
  if type(code) ~= "string" or type(order_no) ~= "string" or type(sign) ~= "string" then
    return false
  end
  -- Another process may have renewed the ticket since: a second look at the store, never a renewal,
  -- which a forged url must not cause.
  for _, fresh in ipairs { false, true } do
    for _, ticket in ipairs(state.tickets.candidates(fresh)) do
      local expected = core.sign(state.settings.app_id, order_no, ticket, code)
      if expected and core.equal(expected, sign:upper()) then
        return true
      end
    end
  end
  return false
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
  if settings.secret then
    state.tickets = keeper.new(settings, send, sleep, function(event) emit(state, event) end)
  else
    state.tickets = given.new(settings.ticket)
  end

  local self = {}

  --- The result, and the media that were asked for.
  function self.query(_, query)
    local ok, err = check_query(state, "query", query, request.fields)
    if not ok then
      return nil, err
    end
    return query_once(state, query)
  end

  --- As query, until the media asked for (default: both) are there; each is fetched once.
  --- MEDIA_PENDING when they never came.
  function self.poll(_, query)
    local ok, err = check_query(state, "poll", query, poll_fields)
    if not ok then
      return nil, err
    end
    return poll(state, query)
  end

  --- Is the H5 return url the service's own?  Constant in time; covers code and orderNo, and neither
  --- liveRate nor h5faceId.  Whatever comes from a url is no type to raise for: what is not a string
  --- does not match.
  function self.verify_callback(_, callback)
    if type(callback) ~= "table" then
      error(("bad argument #1 to 'verify_callback' (table expected, got %s)"):format(type(callback)), 2)
    end
    if verify_callback(state, callback) then
      return true
    end
    return nil, errors.new(settings.lang, "INVALID_CALLBACK_SIGN")
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
