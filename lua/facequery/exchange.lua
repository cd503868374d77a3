--- One exchange with the service: a request out, a record back, both told to the client's listener.

local core = require "facequery.core"
local errors = require "facequery.errors"
local foreign = require "facequery.foreign"
local records = require "facequery.service.record"

local exchange = {}

--- What a client's listener hears: "request" before an exchange, "response" after it, "retry" before a back-off,
--- "pending" before a poll's next attempt, "ticket" when one was fetched, could not be, or what the store held was
--- ignored.
--- It holds no ticket, secret, token or signature, no name and no file.
---@class facequery.Event
---@field type "request"|"response"|"retry"|"pending"|"ticket" what happened
---@field order_no? string the order that is asked for
---@field action? "fetched"|"failed"|"ignored"|"unwritten" of "ticket"
---@field attempt? integer from 1: of the request, in "pending" of the poll
---@field method? "POST"|"GET" HTTP's
---@field url? string without its query string, which holds secrets
---@field code? string the service's, or the error's
---@field kind? facequery.Kind of the error
---@field biz_seq_no? string the service's bizSeqNo ("请求业务流水号"), for the provider's support
---@field odd? string[] the files in whose place the answer has neither base64 nor nothing
---@field status? integer HTTP
---@field time? number seconds that the exchange took
---@field reused? boolean the connection was open already
---@field delay? number seconds until the next attempt

--- Who asks: what an exchange needs of its client.  asker.lua makes them.
---@class facequery.Asker
---@field settings facequery.Config complete
---@field send facequery.Transport
---@field sleep fun(seconds: number)
---@field tickets facequery.TicketSource
---@field rest? fun(seconds: number) sleeps, and leaves the order's place in a run to another order
---@field pace? facequery.Pace of a run over many orders
---@field on_answer? fun(record: facequery.Record, response: facequery.Response, odd: string[]|nil) hears each answer that is a record

-- A bizSeqNo as text: the service says String, and its answers may hold anything.
local function serial_of(value)
  if type(value) == "number" then
    return ("%.14g"):format(value)
  end
  return type(value) == "string" and value or nil
end

--- Tells the client's listener.
---@param asker facequery.Asker
---@param event facequery.Event its biz_seq_no as an answer had it
function exchange.tell(asker, event)
  if asker.settings.on_event then
    event.biz_seq_no = serial_of(event.biz_seq_no)
    -- A listener that raises must not cost an answer; one that yields where nobody could resume it is
    -- heard before anything is asked.
    local ok, raised = pcall(asker.settings.on_event, event)
    if not ok and foreign.has_yielded(raised) then
      error(raised, 0)
    end
  end
end

local function tell_request(asker, request, attempt)
  exchange.tell(asker, {
    type = "request",
    order_no = request.order_no,
    attempt = attempt,
    method = request.method,
    url = request.url:match "^[^?]*",
  })
end

-- `seconds`: how long it took, where no answer says so.
local function tell_response(asker, request, attempt, response, record, err, odd, seconds)
  local got = type(response) == "table" and response or {}
  local trouble = err or (record.damaged and errors.from_damage(asker.settings.lang, record, request.order_no))
  exchange.tell(asker, {
    type = "response",
    order_no = request.order_no,
    attempt = attempt,
    method = request.method,
    url = request.url:match "^[^?]*",
    code = trouble and trouble.code or record.code,
    kind = trouble and trouble.kind,
    biz_seq_no = record and record.bizSeqNo,
    odd = odd,
    status = got.status or (trouble and trouble.kind == "http" and tonumber(trouble.code)) or nil,
    time = got.time or seconds,
    reused = got.reused,
  })
end

-- The error that an exchange has ended with; nil for a record of code 0.
local function error_of(settings, request, record, failure)
  if not record then
    return errors.from_failure(settings.lang, failure, request.order_no)
  elseif record.code ~= "0" then
    return errors.from_record(settings.lang, record, request.order_no, settings.secret ~= nil)
  end
end

---@param asker facequery.Asker
---@param request facequery.Request
---@param attempt integer from 1, for the listener
---@return facequery.Record|nil record of any code, with `damaged` where a file is
---@return facequery.Error|nil err where there is none, or its code is not 0
---@return facequery.Failure|nil failure where there is none: plain, so that it can be stored
function exchange.run(asker, request, attempt)
  -- Most clients have no listener, and then no event is made up.
  local has_listener = asker.settings.on_event ~= nil
  if has_listener then
    tell_request(asker, request, attempt)
  end
  local began = has_listener and core.clock()
  local response, failed = asker.send(request)
  local record, failure, odd = records.from_response(response, failed, request.order_no)
  local err = error_of(asker.settings, request, record, failure)
  if has_listener then
    tell_response(asker, request, attempt, response, record, err, odd, core.clock() - began)
  end
  if record and asker.on_answer then
    asker.on_answer(record, response, odd)
  end
  return record, err, failure
end

return exchange
