--- Keeps a SIGN ticket: reads it from the store, renews it in time, and never lets two renewals run
--- at once.

local core = require "facequery.core"
local check = require "facequery.check"
local errors = require "facequery.errors"
local fetch = require "facequery.tickets.fetch"
local json = require "facequery.json"

local keeper = {}

-- The provider's rules: renew every 20 minutes; the old ticket stays valid for one more.
local RENEW_AFTER, OVERLAP = 20 * 60, 60 -- seconds
-- Back-off after a failed renewal, doubled each time.
local FIRST_DELAY, LONGEST_DELAY = 0.5, 60
-- A caller without a ticket waits this long for the end of a back-off, not longer.
local PATIENCE = 10
-- Between two looks at a lock that another holds.
local LOOK_AGAIN = 0.05
-- A store that can't be asked is left alone for so long, while its ticket lives.
local LEAVE_ALONE = 1

-- What the store holds, as JSON.
---@class facequery.TicketState
---@field ticket? string
---@field previous? string the ticket before
---@field fetched? number when `ticket` was asked for, seconds since the epoch
---@field life? number seconds from then
---@field forced? boolean it came because the one before was refused
---@field failures? integer renewals that failed since
---@field failure? table of the last of them
---@field retry_at? number not before

local function is_finite(value)
  return type(value) == "number" and value - value == 0
end

local function decode(text)
  local state = json.decode(text)
  if type(state) ~= "table" then
    return nil
  end
  local whole = state.ticket == nil or (type(state.ticket) == "string" and check.is_clean(state.ticket)
    and is_finite(state.fetched) and is_finite(state.life))
  local failed = state.retry_at == nil
    or (is_finite(state.retry_at) and type(state.failure) == "table" and is_finite(state.failures))
  local previous = state.previous == nil
    or (type(state.previous) == "string" and is_finite(state.fetched))
  return whole and failed and previous and state or nil
end

local function is_alive(state)
  if not state.ticket then
    return false
  end
  local age = core.now() - state.fetched
  -- Not to the last second; nor from a future that a clock set back has made.
  return age < state.life - math.min(10, state.life / 10) and age > -OVERLAP
end

local function is_due(state)
  return core.now() - state.fetched >= math.min(RENEW_AFTER, state.life * 2 / 3)
end

local function is_backing_off(state)
  local left = (state.retry_at or 0) - core.now()
  return left > 0 and left <= LONGEST_DELAY
end

-- As an error: a failure may come from the store, and be anything.
local function explain(failure)
  return errors.from_failure("en", failure)
end

-- The store's key.  A changed secret kills all tickets, and so is another key; 32 bits of a digest
-- say nothing of a secret.
local function key_of(settings)
  local digest, failure = core.sign(settings.app_id, settings.secret)
  if not digest then
    return nil, failure
  end
  local host = settings.base_url:match("^%a+://([^/]*)")
  return ("facequery:%s@%s:%s"):format(settings.app_id, host, digest:sub(1, 8))
end

--- The tickets of a client: see the functions it returns.
---@param settings facequery.Config with secret and ticket_store
---@param transport function
---@param sleep fun(seconds: number)
---@param emit fun(event: facequery.Event)
---@return table|nil keep
---@return table|nil failure
function keeper.new(settings, transport, sleep, emit)
  local store = settings.ticket_store
  local key, unsigned = key_of(settings)
  if not key then
    return nil, unsigned
  end
  local lock_seconds = 2 * settings.timeout + 5
  local known = {} ---@type facequery.TicketState as last seen
  local accepted -- the last ticket that the service has taken
  local asks_from = 0 -- by core.clock, when the store is asked again
  local held -- what releases the lock, while a renewal runs

  -- Makes `known` what the store says; the failure of a store that can't be asked.
  local function read()
    local text, failure, ignored = store:get(key)
    if failure then
      return failure
    end
    local state = text and decode(text)
    if state then
      known = state
    elseif text or ignored then
      emit { type = "ticket", action = "ignored", code = ignored or "NOT_JSON" }
    end
  end

  -- With the lock: fetches, and tells the store what came of it.
  local function renew_locked(refused)
    local started = core.now()
    local ok, fetched, failure = pcall(fetch.ticket, settings, transport, emit)
    if not ok or (not fetched and type(failure) ~= "table") then
      fetched, failure = nil, { status = "TRANSPORT", curl = "OTHER_TRANSPORT_ERROR" }
    end
    if failure and failure.status == "NO_TRANSPORT" then
      return failure -- says something of the caller's place, and nothing of the service
    end
    if fetched then
      known = {
        ticket = fetched.ticket,
        previous = known.ticket,
        fetched = started,
        life = fetched.life,
        forced = refused,
      }
    else
      local failures = (known.failures or 0) + 1
      local delay = math.min(LONGEST_DELAY, FIRST_DELAY * 2 ^ (failures - 1))
      known = {
        -- A refused ticket is not offered again.
        ticket = not refused and known.ticket or nil,
        previous = known.previous,
        fetched = known.fetched,
        life = known.life,
        failures = failures,
        failure = failure,
        retry_at = core.now() + delay,
      }
    end
    local code = failure and explain(failure).code
    emit { type = "ticket", action = fetched and "fetched" or "failed", code = code }
    local seconds = math.max(known.life or 0, LONGEST_DELAY)
    local _, unwritten = store:set(key, json.encode(known), seconds)
    if unwritten then
      emit { type = "ticket", action = "unwritten", code = explain(unwritten).code }
    end
    return failure
  end

  -- Runs `work` under the lock, when `needed` still says so there.  Returns whether it ran, its
  -- result, and the failure of a store that can't lock.
  local function locked(needed, work)
    local release, failure = store:lock(key, lock_seconds)
    if not release then
      return false, nil, failure
    end
    local ran, ok, result = false, true, nil
    failure = read()
    if not failure and needed() then
      ran, held = true, release
      ok, result = pcall(work)
      held = nil
    end
    release()
    if not ok then
      error(result, 0)
    end
    return ran, result, failure
  end

  local function is_wanted()
    return not is_backing_off(known) and not (is_alive(known) and not is_due(known))
  end

  local keep = {}

  --- The current ticket.
  ---@return string|nil
  ---@return table|nil failure
  function keep.get()
    local deadline = core.clock() + lock_seconds + PATIENCE
    while true do
      local unreadable
      if not is_alive(known) or (is_due(known) and core.clock() >= asks_from) then
        unreadable = read()
        asks_from = unreadable and core.clock() + LEAVE_ALONE or 0
      end
      if is_alive(known) then
        -- Renewed by the caller that gets the lock; the others use what there is.
        if is_due(known) and not is_backing_off(known) and core.clock() >= asks_from then
          locked(is_wanted, renew_locked)
        end
        if is_alive(known) then
          return known.ticket
        end
      elseif unreadable then
        return nil, unreadable
      end
      if is_backing_off(known) then
        local left = known.retry_at - core.now()
        if left > PATIENCE or not explain(known.failure).retryable then
          return nil, known.failure
        end
        sleep(math.max(left, 0))
      else
        local ran, failure, unlockable = locked(is_wanted, renew_locked)
        if ran and failure then
          return nil, failure
        elseif ran then
          return known.ticket -- however short its life
        elseif unlockable then
          return nil, unlockable
        elseif not is_alive(known) then
          sleep(LOOK_AGAIN)
        end
      end
      if core.clock() > deadline then
        return nil, { status = "TRANSPORT", curl = "LOCK_TIMEOUT" }
      end
    end
  end

  --- Another ticket than the one that the service has refused; nil when asking for one is of no use.
  ---@param refused string
  ---@return string|nil
  ---@return table|nil failure
  function keep.renew(refused)
    -- A service that refuses what it has just given refuses something else.
    if refused == known.ticket and known.forced and refused ~= accepted
      and core.now() - known.fetched < OVERLAP then
      return nil
    end
    local deadline = core.clock() + lock_seconds + PATIENCE
    local function is_refused()
      return known.ticket == refused
    end
    while core.clock() <= deadline do
      local failure = read()
      if not failure and is_refused() then
        local _
        _, _, failure = locked(is_refused, function() return renew_locked(true) end)
      end
      if failure then
        return nil, failure
      elseif not is_refused() then
        return keep.get()
      end
      sleep(LOOK_AGAIN)
    end
    return nil, { status = "TRANSPORT", curl = "LOCK_TIMEOUT" }
  end

  --- The service has taken it.
  ---@param ticket string
  function keep.accepted(ticket)
    accepted = ticket
  end

  --- The tickets that the service may have signed with: the current one, and for a minute the one
  --- before.
  ---@param fresh boolean as the store knows them, not as this process does
  ---@return string[]
  ---@return table|nil failure where there is no current one
  function keep.candidates(fresh)
    if fresh then
      read()
    end
    local current, failure = keep.get()
    local list = { current }
    if known.previous and core.now() - known.fetched < OVERLAP + settings.timeout then
      list[#list + 1] = known.previous
    end
    return list, failure
  end

  --- For who will never resume the coroutine of a renewal under way: its lock would keep the others
  --- waiting until it ends by itself.
  function keep.abandon()
    local release = held
    held = nil
    if release then
      pcall(release) -- a store of somebody else's may raise
    end
  end

  --- How old the ticket is and how long it lives, in seconds; never the ticket.
  ---@return { age: number, expires_in: number, renews_in: number }|nil
  ---@return table|nil failure
  function keep.status()
    local ticket, failure = keep.get()
    if not ticket then
      return nil, failure
    end
    local age = core.now() - known.fetched
    return {
      age = age,
      expires_in = known.life - age,
      renews_in = math.min(RENEW_AFTER, known.life * 2 / 3) - age,
    }
  end

  return keep
end

return keeper
