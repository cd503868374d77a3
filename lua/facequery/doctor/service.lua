--- What the service says to a signed query.

local ask = require "facequery.ask"
local asker = require "facequery.asker"
local clock = require "facequery.doctor.clock"
local codes = require "facequery.codes"
local core = require "facequery.core"
local errors = require "facequery.errors"
local findings = require "facequery.doctor.findings"
local network = require "facequery.doctor.network"
local transport = require "facequery.transport"
local words = require "facequery.doctor.words"

local service = {}

-- What the service answers once it has found the signature good.
local ACCEPTED = { not_found = true, rejected = true, expired = true, risk = true, media = true, pending = true }

-- The longest order number that there may be.
local ORDER_LENGTH = 32

-- An order number that nobody has, for nobody can have guessed it; or nil and a failure.
local function unknown_order()
  local nonce, failure = core.nonce()
  return nonce and ("doctor" .. nonce):sub(1, ORDER_LENGTH), failure
end

-- The transport, with what it has brought in `notes`.
local function watched(send, notes)
  return function(request)
    request.provenance, request.diagnose = true, true
    local response, failure = send(request)
    notes[#notes + 1] = { response = response, failure = failure }
    return response, failure
  end
end

-- What the store of tickets can't do, as findings, once the settings' listener has heard of it.
local function listen(lang, settings)
  local list, hears = {}, settings.on_event
  settings.on_event = function(event)
    if hears then
      hears(event)
    end
    if event.type == "ticket" and (event.action == "ignored" or event.action == "unwritten") then
      list[#list + 1] = findings.warning(lang, "ticket", event.code)
    end
  end
  return list
end

-- Whether a failure is a word of the service's about who asks.
local function is_refusal(failure)
  return failure.status == "SERVICE" and codes.explain_service(failure.code).kind == "auth"
end

-- What is known of a ticket that is there: of one that was given, its form was told.
local function ticket_there(lang, settings, source)
  local status = source:status() or {}
  if status.age then
    return findings.ok(lang, "ticket", "ticket_fetched", status.age, status.expires_in, status.renews_in)
  elseif type(settings.ticket) == "function" then
    return findings.ok(lang, "ticket", "ticket_function")
  end
end

-- Why there is no ticket.
local function no_ticket(lang, failure)
  local err = errors.from_failure(lang, failure)
  if is_refusal(failure) then
    return findings.failure(lang, "secret", "SECRET_REFUSED", words.of(lang, "refused", err.code, err.message))
  end
  return findings.of_error("ticket", err)
end

-- What the answer to the query means.
local function verdict(lang, settings, order_no, is_unknown, record, err)
  local meaning = record and codes.explain("0", lang) or err
  if record or ACCEPTED[err.kind] then
    if is_unknown and err and err.kind == "not_found" then
      return findings.ok(lang, "query", "accepted_none", meaning.message, order_no)
    end
    return findings.ok(lang, "query", "accepted", meaning.code, meaning.message, order_no)
  elseif codes.renews_ticket(err.code) and not settings.secret then
    return findings.failure(lang, "query", "TICKET_REFUSED", words.of(lang, "refused", err.code, err.message))
  end
  return findings.of_error("query", err)
end

-- A ticket.  Where nobody was asked for one, because the store keeps an earlier failure and says to wait, asks now:
-- wanted is today's failure.
local function ticket_of(own, notes)
  local ticket, failure = own.tickets:get()
  local known = own.tickets.known -- a keeper's; of what is given there is none
  if ticket or notes[1] or not (known and known.retry_at) then
    return ticket, failure
  end
  local renewed, today = own.tickets:renew(known.ticket)
  return renewed, today or failure
end

-- Asks; returns what was found of the ticket, and of the query.
local function query(lang, own, order_no, notes)
  local ticket, failure = ticket_of(own, notes)
  if not ticket then
    return { no_ticket(lang, failure) }
  end
  local asked = order_no
  if not asked then
    asked, failure = unknown_order()
  end
  if not asked then
    return { findings.of_error("query", errors.from_failure(lang, failure)) }
  end
  local record, err = ask.once(own, { order_no = asked })
  local list = { ticket_there(lang, own.settings, own.tickets) }
  list[#list + 1] = verdict(lang, own.settings, asked, order_no == nil, record, err)
  return list
end

-- The clock of the first answer that has a Date.
local function clock_of(lang, notes)
  for _, note in ipairs(notes) do
    if note.response and note.response.provenance then
      return clock.check(lang, note.response.provenance)
    end
  end
  return {}
end

--- Sends a signed query, as a client with these settings would, but once.
---@param lang facequery.Lang
---@param settings facequery.Config complete; its `retries` become 0, and its `on_event` hears through ours
---@param order_no? string nil: one that does not exist, whose "no such result" says that the signature was accepted
---@return facequery.Finding[]
function service.check(lang, settings, order_no)
  settings.retries = 0
  local store = listen(lang, settings)
  local notes = {}
  local send, sleep, close = transport.choose(settings)
  if not send then
    return { findings.of_error("connection", errors.from_failure(lang, sleep)) }
  end
  local own, failure = asker.new(settings, watched(send, notes), sleep)
  if not own then
    return { findings.of_error("ticket", errors.from_failure(lang, failure)) }
  end
  local answers = query(lang, own, order_no, notes)
  if close then
    close()
  end
  local list, is_through = {}, true
  if notes[1] then
    list, is_through = network.check(lang, settings, notes[1].response, notes[1].failure)
  end
  for _, part in ipairs { clock_of(lang, notes), store, is_through and answers or {} } do
    for _, finding in ipairs(part) do
      list[#list + 1] = finding
    end
  end
  return list
end

return service
