--- Asking about one order: an exchange, its retries, and polling until the files are there.

local codes = require "facequery.codes"
local errors = require "facequery.errors"
local foreign = require "facequery.foreign"
local record = require "facequery.service.record"
local request = require "facequery.service.query"
local retry = require "facequery.retry"

local ask = {}

--- What one call needs of its client.
---@class facequery.State
---@field settings facequery.Config complete
---@field tickets table see tickets/keeper.lua
---@field transport facequery.Transport
---@field sleep fun(seconds: number)
---@field rest? fun(seconds: number) in a run over many orders: leaves the order's place to another
---@field pace? facequery.Pace of a run over many orders

-- The page: "轮询3次,每次2s".
local ATTEMPTS, INTERVAL = 3, 2

-- A run is paced as a whole: being told to slow down costs an order none of its retries, up to here.
local MOST_REFUSALS = 20

local MEDIA = record.MEDIA

--- Tells the client's listener.
---@param state facequery.State
---@param event facequery.Event
function ask.emit(state, event)
  if state.settings.on_event then
    -- A listener that fails must not cost an answer; one that yields is heard before anything is asked.
    local ok, raised = pcall(state.settings.on_event, event)
    if not ok and foreign.has_yielded(raised) then
      error(raised, 0)
    end
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
  -- Most clients have no listener, and then no event is made up.
  local has_listener = state.settings.on_event ~= nil
  if has_listener then
    ask.emit(state, {
      type = "request",
      order_no = query.order_no,
      attempt = attempt,
      method = sent.method,
      url = sent.url:match("^[^?]*"),
    })
  end
  response, failure = state.transport(sent)
  local odd
  answer, failure, odd = record.from_response(response, failure, query.order_no)
  local err
  if not answer then
    err = errors.from_failure(state.settings.lang, failure, query.order_no)
  elseif answer.code ~= "0" then
    err = errors.from_record(state.settings.lang, answer, query.order_no, state.settings.secret ~= nil)
  end
  if has_listener then
    local got = type(response) == "table" and response or {}
    local trouble = err or (answer.damaged and errors.from_damage(state.settings.lang, answer, query.order_no))
    ask.emit(state, {
      type = "response",
      order_no = query.order_no,
      attempt = attempt,
      code = trouble and trouble.code or answer.code,
      kind = trouble and trouble.kind,
      odd = odd,
      status = got.status,
      time = got.time,
      reused = got.reused,
    })
  end
  if answer and not codes.renews_ticket(answer.code) then
    state.tickets.accepted(ticket)
  end
  if answer and query.answers then
    -- What the manifest needs of it; without its media.
    table.insert(query.answers, { envelope = response.envelope, sha256 = response.sha256, odd = odd })
  end
  if err then
    return nil, err
  end
  return answer
end

-- What is asked for again must not find its files in its own way.
local function discard_files(err)
  for _, name in ipairs(MEDIA) do
    local medium = err.record and err.record[name]
    if medium and medium.path then
      os.remove(medium.path)
    end
  end
end

-- With the current ticket, and once more with a new one when the service refuses it.
local function attempt_with_ticket(state, query, media, attempt)
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
    discard_files(err)
    return exchange(state, query, media, renewed, attempt)
  elseif failure then
    return failed(state, query, failure)
  end
  return nil, err
end

-- By the service, or by what stands before it.
local function is_too_often(err)
  return err.kind == "rate_limited" or (err.kind == "http" and err.code == "429")
end

-- At the run's pace, where there is one.
local function attempt_paced(state, query, media, attempt)
  if not state.pace then
    return attempt_with_ticket(state, query, media, attempt)
  end
  local refusals = 0
  while true do
    state.pace.before()
    local answer, err = attempt_with_ticket(state, query, media, attempt)
    local is_refusal = not answer and is_too_often(err)
    state.pace.after(is_refusal)
    refusals = refusals + 1
    if not is_refusal or refusals == MOST_REFUSALS then
      return answer, err
    end
    discard_files(err)
  end
end

local function with_retries(state, query, media)
  local attempt = 1
  while true do
    local answer, err = attempt_paced(state, query, media, attempt)
    local delay = not answer and retry.delay(err, attempt, state.settings.retries)
    if not delay then
      return answer, err
    end
    ask.emit(state, {
      type = "retry",
      order_no = query.order_no,
      attempt = attempt,
      code = err.code,
      kind = err.kind,
      delay = delay,
    })
    discard_files(err)
    state.sleep(delay)
    attempt = attempt + 1
  end
end

-- Fail closed: what is returned as a record has all that came whole.
local function whole(state, query, answer)
  if answer.damaged then
    return nil, errors.from_damage(state.settings.lang, answer, query.order_no)
  end
  return answer
end

--- The result, and the media asked for.
---@param state facequery.State
---@param query facequery.Query checked
---@return facequery.Record|nil
---@return facequery.Error|nil
function ask.once(state, query)
  local answer, err = with_retries(state, query, request.media(query))
  if not answer then
    return nil, err
  end
  return whole(state, query, answer)
end

-- What was fetched stays, even where the service sends it again unasked; and what is damaged, unless
-- it is sent again whole.
local function merge(answer, before)
  if not answer or not before then
    return answer or before
  end
  local damaged
  for _, name in ipairs(MEDIA) do
    answer[name] = before[name] or answer[name]
    local damage = (answer.damaged or {})[name] or (before.damaged or {})[name]
    -- A second one beside a good one stays, too.
    if damage and (not answer[name] or damage.code == "DUPLICATE_MEDIA") then
      damaged = damaged or {}
      damaged[name] = damage
    end
  end
  answer.damaged = damaged
  return answer
end

local function has(answer, name)
  return answer ~= nil and (answer[name] ~= nil or (answer.damaged ~= nil and answer.damaged[name] ~= nil))
end

---@class facequery.Poll : facequery.PollQuery
---@field is_evidence? fun(err: facequery.Error): boolean a refusal to be kept, and polled for its files, too
---@field answers? { envelope: string, sha256?: string, odd?: string[] }[] each answer is added
---@field draft? boolean of the files: see facequery.Request
---@field hashes? string[] digests of the files

--- As once, until the media asked for (default: both) are there; each is fetched once.
---@param state facequery.State
---@param query facequery.Poll checked
---@return facequery.Record|nil
---@return facequery.Error|nil
---@return facequery.Record|nil kept of a refusal that is evidence, or of an answer with a damaged file: with all that came
function ask.poll(state, query)
  local attempts, interval = query.attempts or ATTEMPTS, query.interval or INTERVAL
  local missing, merged, refusal = request.media(query), nil, nil
  if not missing.photo and not missing.video then
    missing = { photo = true, video = true }
  end
  for attempt = 1, attempts do
    local answer, err = with_retries(state, query, missing)
    -- By what it brought itself; and what was verified before is not refused by it.
    local is_evidence = err and not (merged and merged.code == "0")
      and query.is_evidence and query.is_evidence(err)
    if err and refusal and not is_evidence then
      return nil, refusal, refusal.record
    end
    merged = merge(answer or err.record, merged)
    if err then
      err.record = merged
    end
    refusal = is_evidence and err or nil
    for _, name in ipairs(MEDIA) do
      missing[name] = missing[name] and not has(merged, name)
    end
    local is_complete = not missing.photo and not missing.video
    if err and (is_complete or not is_evidence or attempt == attempts) then
      return nil, err, refusal and merged
    elseif is_complete then
      local verified, damage = whole(state, query, answer)
      return verified, damage, damage and merged
    end
    if attempt < attempts then
      ask.emit(state, {
        type = "pending",
        order_no = query.order_no,
        attempt = attempt,
        delay = interval,
      })
      local rest = state.rest or state.sleep
      rest(interval)
    end
  end
  return nil, errors.new(state.settings.lang, "MEDIA_PENDING", {
    orderNo = query.order_no,
    bizSeqNo = merged.bizSeqNo,
    msg = merged.msg,
    record = merged,
  })
end

return ask
