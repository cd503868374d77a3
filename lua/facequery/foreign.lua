--- Checks what users' own functions (transports, ticket stores, listeners) return, where it comes in.  An error
--- names what was expected and the type of what came, and never repeats a value: it may be a ticket.

local errors = require "facequery.errors"
local records = require "facequery.service.record"

local foreign = {}

local MEDIA = records.MEDIA

local function is_count(value)
  return type(value) == "number" and value >= 0 and value % 1 == 0
end

-- A shallow copy of a user's table without its metatable, whose metamethods must not run later; any other value
-- as it is.
local function plain(value)
  if type(value) ~= "table" then
    return value
  end
  local copy = {}
  for name, inner in next, value do
    copy[name] = inner
  end
  return copy
end

-- The failure that a user's function has returned beside nil; nil when that is not a failure.
local function failure_in(value)
  if errors.is_error(value) then
    return value
  end
  value = plain(value)
  return errors.is_failure(value) and value or nil
end

-- Says that a field in a user's table is of none of the types that `expected` names ("string or nil"); nil when it
-- is of one of them.
local function mismatch(name, value, expected)
  for kind in expected:gmatch "%a+" do
    if type(value) == kind then
      return nil
    end
  end
  return ("%s: %s expected, got %s"):format(name, expected, type(value))
end

-- Says where a user's function has raised an error, and nothing else of its message, which may hold anything.
local function raised(message)
  local place = type(message) == "string" and message:match "^([%w%._/-]+:%d+): "
  return "it raised an error" .. (place and " at " .. place or "")
end

-- Transports --------------------------------------------------------------------------------------

local function wrong_medium(name, medium)
  return mismatch(name, medium, "table")
    or mismatch(name .. (medium.path and ".path" or ".data"), medium.path or medium.data, "string")
    or mismatch(name .. ".size", medium.size, "number or nil")
    or mismatch(name .. ".mime", medium.mime, "string or nil")
    or mismatch(name .. ".format", medium.format, "string or nil")
    or mismatch(name .. ".sha256", medium.sha256, "string or nil")
    or mismatch(name .. ".sm3", medium.sm3, "string or nil")
end

local DAMAGES = { BASE64_FOREIGN = true, BASE64_CUT = true, MEDIA_TOO_LARGE = true, DUPLICATE_MEDIA = true }

-- A damaged file's code becomes the code of an error: none but these four are let through, and "0" least of all.
local function wrong_damage(name, damage)
  return mismatch(name, damage, "table or nil")
    or damage and (mismatch(name .. ".code", damage.code, "string")
      or (not DAMAGES[damage.code] and name .. ".code: none of a damaged file's")
      or mismatch(name .. ".offset", damage.offset, "number or nil")
      or mismatch(name .. ".data", damage.data, "string or nil")
      or mismatch(name .. ".size", damage.size, "number or nil")
      or mismatch(name .. ".exact", damage.exact, "boolean or nil")
      or mismatch(name .. ".sha256", damage.sha256, "string or nil")
      or mismatch(name .. ".sm3", damage.sm3, "string or nil"))
    or nil
end

local SPELLING = { prefix = "string", unpadded = "boolean", slash = "string", line = "number", lines = "number",
  ending = "string" }

local function wrong_place(name, place)
  local wrong = mismatch(name, place, "table")
    or mismatch(name .. ".name", place.name, "string")
    or mismatch(name .. ".at", place.at, "number")
    or mismatch(name .. ".base64", place.base64, "table or nil")
  for field, kind in pairs(not wrong and place.base64 and SPELLING or {}) do
    wrong = wrong or mismatch(name .. ".base64." .. field, place.base64[field], kind .. " or nil")
  end
  return wrong
end

local function wrong_layout(layout)
  local wrong = mismatch("layout", layout, "table or nil")
  for i, place in ipairs(not wrong and layout or {}) do
    wrong = wrong or wrong_place(("layout[%d]"):format(i), place)
  end
  return wrong
end

local PROVENANCE = { host = "string", sent = "number", received = "number", date = "string", tls = "string",
  cipher = "string", certificate = "string" }

local function wrong_provenance(provenance)
  local wrong = mismatch("provenance", provenance, "table or nil")
  for field, kind in pairs(not wrong and provenance and PROVENANCE or {}) do
    wrong = wrong or mismatch("provenance." .. field, provenance[field], kind .. " or nil")
  end
  return wrong
end

local function wrong_record(record)
  local wrong = mismatch("record", record, "table") or mismatch("record.code", record.code, "string")
    or (record.code == "" and "record.code: empty" or nil)
  for _, name in ipairs(wrong and {} or MEDIA) do
    wrong = wrong or (record[name] ~= nil and wrong_medium("record." .. name, record[name]))
  end
  return wrong or nil
end

-- A copy of a transport's response, down to the tables of its files: what the transport does with its own later
-- must not change what was checked.
local function copy_of(response)
  local copy = plain(response)
  if type(copy) == "table" then
    copy.record, copy.media, copy.provenance = plain(copy.record), plain(copy.media), plain(copy.provenance)
  end
  for _, holder in ipairs(type(copy) == "table" and { "media", "record" } or {}) do
    local media = copy[holder]
    if type(media) == "table" then
      media.photo, media.video = plain(media.photo), plain(media.video)
    end
  end
  if type(copy) == "table" and type(copy.layout) == "table" then
    copy.layout = plain(copy.layout)
    for i, place in ipairs(copy.layout) do
      copy.layout[i] = plain(place)
      if type(copy.layout[i]) == "table" then
        copy.layout[i].base64 = plain(copy.layout[i].base64)
      end
    end
  end
  -- A `damaged` without a photo or a video in it is dropped: its mere presence would be an error.
  if type(copy) == "table" and type(copy.damaged) == "table" then
    local photo, video = plain(rawget(copy.damaged, "photo")), plain(rawget(copy.damaged, "video"))
    copy.damaged = (photo ~= nil or video ~= nil) and { photo = photo, video = video } or nil
  end
  return copy
end

-- What is wrong with an answer; nil where nothing is.
local function wrong_response(response)
  if type(response) ~= "table" then
    return mismatch("response", response, "table")
  end
  local wrong = mismatch("status", response.status, "number")
    or (not (is_count(response.status) and response.status >= 100 and response.status < 1000)
      and "status: 100 to 999 expected")
    or mismatch("time", response.time, "number or nil")
    or mismatch("reused", response.reused, "boolean or nil")
    or mismatch("sha256", response.sha256, "string or nil")
    or mismatch("media", response.media, "table or nil")
    or mismatch("odd", response.odd, "table or nil")
    or mismatch("damaged", response.damaged, "table or nil")
    or wrong_layout(response.layout)
    or wrong_provenance(response.provenance)
    or (response.record ~= nil and wrong_record(response.record))
    or mismatch("envelope", response.envelope,
      (response.record or response.status ~= 200) and "string or nil" or "string")
  for _, name in ipairs(wrong and {} or MEDIA) do
    local medium, damage = (response.media or {})[name], (response.damaged or {})[name]
    wrong = wrong or (medium ~= nil and wrong_medium("media." .. name, medium))
      or wrong_damage("damaged." .. name, damage)
  end
  return wrong or nil
end

local function bad_transport(detail)
  return nil, { status = "BAD_TRANSPORT", field = "transport", detail = detail }
end

--- A user's transport whose answers and failures are of the right shape.
---@param transport function
---@return facequery.Transport
function foreign.transport(transport)
  return function(request)
    local ok, response, failure = pcall(transport, request)
    if not ok then
      return bad_transport(raised(response))
    elseif response == nil then
      failure = failure_in(failure)
      if failure then
        return nil, failure
      end
      return bad_transport "nil, and no failure { status = ... } beside it"
    end
    response = copy_of(response)
    local wrong = wrong_response(response)
    if wrong then
      return bad_transport(wrong)
    elseif not response.record and not response.envelope then
      return nil, { status = "HTTP", http_status = response.status }
    end
    local order_no = response.record and response.record.orderNo
    if order_no and request.order_no and order_no ~= request.order_no then
      return nil, { status = "WRONG_ORDER" }
    end
    return response
  end
end

-- Ticket stores -----------------------------------------------------------------------------------

local function bad_store(detail)
  return nil, { status = "BAD_STORE", field = "ticket_store", detail = detail }
end

-- Calls one of the three functions of a ticket store.  `is_right` tells whether a value is one that the function
-- may return when it does not fail.
local function call(store, name, expected, is_right, ...)
  local ok, value, failure, more = pcall(store[name], store, ...)
  if not ok then
    return bad_store(name .. ": " .. raised(value))
  elseif failure ~= nil then
    local understood = failure_in(failure)
    if understood then
      return nil, understood
    end
    return bad_store(("%s: a failure { status = ... } expected, got %s"):format(name, type(failure)))
  elseif not is_right(value) then
    return bad_store(("%s: %s expected, got %s"):format(name, expected, type(value)))
  end
  return value, nil, type(more) == "string" and more or nil
end

local function is_value(value)
  return value == nil or type(value) == "string"
end

local function is_done(value)
  return value == nil or value == true
end

local function is_lock(value)
  return value == false or type(value) == "function"
end

--- A user's ticket store that does not raise, and whose values are of the right types.
---@param store table
---@return facequery.TicketStore
function foreign.store(store)
  local checked = {}

  function checked.get(_, key)
    return call(store, "get", "string or nil", is_value, key)
  end

  function checked.set(_, key, value, seconds)
    return call(store, "set", "true", is_done, key, value, seconds)
  end

  function checked.lock(_, key, seconds)
    local release, failure = call(store, "lock", "function or false", is_lock, key, seconds)
    if failure then
      return nil, failure
    end
    -- An error while a lock is released is ignored: a store's lock also ends by itself.
    return release and function() pcall(release) end
  end

  return checked
end

-- Coroutines --------------------------------------------------------------------------------------

-- The failures that foreign.closed has made (a weak set).  A failure is a plain table, so that no metatable tells.
local yields = setmetatable({}, { __mode = "k" })

--- Is this the failure that a function made by foreign.closed returns, or raises, for one that has yielded?
function foreign.has_yielded(failure)
  return yields[failure] == true
end

local function finish(thread, failure, ok, ...)
  if not ok then
    error((...), 0)
  elseif coroutine.status(thread) ~= "dead" then
    return nil, failure
  end
  return ...
end

--- A user's function for client:each, which resumes no coroutine but its own.  It runs in a coroutine of its own;
--- when it yields, that coroutine is abandoned, and nil and a failure are returned.
---@param name string the setting's
---@param work function
---@return function
function foreign.closed(name, work)
  local failure = { status = "YIELDED", field = name }
  yields[failure] = true
  return function(...)
    local thread = coroutine.create(work)
    return finish(thread, failure, coroutine.resume(thread, ...))
  end
end

--- A copy of the settings with each of the user's functions made by foreign.closed.
---@param settings facequery.Config complete
---@return facequery.Config
function foreign.close_all(settings)
  local closed = {}
  for name, value in pairs(settings) do
    closed[name] = type(value) == "function" and foreign.closed(name, value) or value
  end
  local on_event, store = closed.on_event, settings.ticket_store
  if on_event then
    -- Whoever calls a listener ignores its results; so its failure, that it has yielded, is raised.
    closed.on_event = function(event)
      local _, failure = on_event(event)
      if foreign.has_yielded(failure) then
        error(failure, 0)
      end
    end
  end
  if store and settings.secret then
    local lock = foreign.closed("ticket_store", store.lock)
    closed.ticket_store = {
      get = foreign.closed("ticket_store", store.get),
      set = foreign.closed("ticket_store", store.set),
      lock = function(...)
        local release, failure = lock(...)
        return release and foreign.closed("ticket_store", release), failure
      end,
    }
  end
  return closed
end

return foreign
