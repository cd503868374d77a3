--- Asks about one order: signed with the current ticket, at the run's pace, and again where that helps.

local codes = require "facequery.codes"
local errors = require "facequery.errors"
local exchange = require "facequery.exchange"
local files = require "facequery.files"
local queries = require "facequery.service.query"
local retry = require "facequery.retry"

local ask = {}

-- In a run over many orders, "too many requests" is the whole run's matter: it costs an order none of its retries, up
-- to so many refusals.
local MOST_REFUSALS = 20

local function failed(asker, order_no, failure)
  return nil, errors.from_failure(asker.settings.lang, failure, order_no)
end

-- One exchange, signed with `ticket`.
local function signed(asker, order_no, make, ticket, attempt)
  local request, unsigned = make(ticket)
  if not request then
    return failed(asker, order_no, unsigned)
  end
  local record, err = exchange.run(asker, request, attempt)
  if record and not codes.renews_ticket(record.code) then
    asker.tickets:accepted(ticket)
  end
  if err then
    return nil, err
  end
  return record
end

-- With the current ticket, and once more with a new one when the service refuses it.
local function with_ticket(asker, order_no, make, attempt)
  local ticket, failure = asker.tickets:get()
  if not ticket then
    return failed(asker, order_no, failure)
  end
  local record, err = signed(asker, order_no, make, ticket, attempt)
  if record or not codes.renews_ticket(err.code) then
    return record, err
  end
  local renewed
  renewed, failure = asker.tickets:renew(ticket)
  if renewed then
    files.discard(err.record)
    return signed(asker, order_no, make, renewed, attempt)
  elseif failure then
    return failed(asker, order_no, failure)
  end
  return nil, err
end

-- Did the service say "too often", or a gateway before it (HTTP 429, Too Many Requests)?
local function is_too_often(err)
  return err.kind == "rate_limited" or (err.kind == "http" and err.code == "429")
end

-- Asks at the run's pace, where there is one.
local function paced(asker, order_no, make, attempt)
  if not asker.pace then
    return with_ticket(asker, order_no, make, attempt)
  end
  local refusals = 0
  while true do
    asker.pace:before()
    local record, err = with_ticket(asker, order_no, make, attempt)
    local is_refusal = not record and is_too_often(err)
    asker.pace:after(is_refusal)
    refusals = refusals + 1
    if not is_refusal or refusals == MOST_REFUSALS then
      return record, err
    end
    files.discard(err.record)
  end
end

-- What `once` returns, which is told which attempt it is; called again where that may help.
local function again(asker, order_no, once)
  local attempt = 1
  while true do
    local result, err, is_last = once(attempt)
    local delay = not result and not is_last and retry.delay(err, attempt, asker.settings.retries)
    if not delay then
      return result, err
    end
    exchange.tell(asker, {
      type = "retry",
      order_no = order_no,
      attempt = attempt,
      code = err.code,
      kind = err.kind,
      biz_seq_no = err.bizSeqNo,
      delay = delay,
    })
    files.discard(err.record)
    asker.sleep(delay)
    attempt = attempt + 1
  end
end

--- The answer to whatever is signed with a SIGN ticket.
---@param asker facequery.Asker
---@param order_no string
---@param make fun(ticket: string): facequery.Request|nil, facequery.Failure|nil signs the request, for each attempt anew
---@return facequery.Record|nil record of code 0, with `damaged` where a file is
---@return facequery.Error|nil
function ask.signed(asker, order_no, make)
  return again(asker, order_no, function(attempt)
    return paced(asker, order_no, make, attempt)
  end)
end

-- What fails before anything of a request is sent.
local NOT_SENT = { COULDNT_RESOLVE_HOST = true, COULDNT_RESOLVE_PROXY = true, COULDNT_CONNECT = true }

--- The same, of what the service takes once: a request whose answer is lost may have counted, and the next one would be
--- refused for that, which hides what happened.  So it is asked again only as long as none can have been sent, and once
--- where the service refused the ticket.
---@param asker facequery.Asker
---@param order_no string
---@param make fun(ticket: string): facequery.Request|nil, facequery.Failure|nil
---@return facequery.Record|nil record of code 0
---@return facequery.Error|nil
function ask.signed_once(asker, order_no, make)
  return again(asker, order_no, function(attempt)
    local is_made = false
    local record, err = paced(asker, order_no, function(ticket)
      is_made = true
      return make(ticket)
    end, attempt)
    return record, err, is_made and not record and not NOT_SENT[err.code]
  end)
end

--- A NONCE ticket: for one start by one user, within its 120 seconds.
---@param asker facequery.Asker
---@param user_id string checked
---@param order_no? string for which it is
---@return facequery.NonceTicket|nil
---@return facequery.Error|nil
function ask.nonce_ticket(asker, user_id, order_no)
  return again(asker, order_no, function()
    local ticket, failure = asker.tickets:nonce(user_id)
    if ticket then
      return ticket
    end
    local _, err = failed(asker, order_no, failure)
    err.msg = nil -- the service's words may repeat the user's id
    return nil, err
  end)
end

--- The answer about an order, with the files asked for as far as they came.
---@param asker facequery.Asker
---@param query facequery.Query checked
---@param media { photo: boolean, video: boolean } to ask for
---@return facequery.Record|nil record of code 0, with `damaged` where a file is
---@return facequery.Error|nil
function ask.answer(asker, query, media)
  return ask.signed(asker, query.order_no, function(ticket)
    return queries.request(asker.settings, query, media, ticket)
  end)
end

--- Fails closed: a record with a damaged file is an error.
---@param asker facequery.Asker
---@param record facequery.Record
---@param order_no string
---@return facequery.Record|nil
---@return facequery.Error|nil err with the record, where a file of it is damaged
function ask.whole(asker, record, order_no)
  if record.damaged then
    return nil, errors.from_damage(asker.settings.lang, record, order_no)
  end
  return record
end

--- The result, and the media asked for.
---@param asker facequery.Asker
---@param query facequery.Query checked
---@return facequery.Record|nil
---@return facequery.Error|nil
function ask.once(asker, query)
  local record, err = ask.answer(asker, query, queries.media(query))
  if not record then
    return nil, err
  end
  return ask.whole(asker, record, query.order_no)
end

return ask
