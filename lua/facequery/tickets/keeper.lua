--- A ticket source over a store: reads the SIGN ticket from there, renews it in time, and never lets
--- two renewals run at once (single flight, over the store's lock).

local codes = require "facequery.codes"
local core = require "facequery.core"
local check = require "facequery.check"
local errors = require "facequery.errors"
local exchange = require "facequery.exchange"
local fetch = require "facequery.tickets.fetch"
local json = require "facequery.json"
local service = require "facequery.service.ticket"

local keeper = {}

local RENEW_AFTER, OVERLAP = service.RENEW_AFTER, service.OVERLAP
-- Exponential back-off after a failed renewal.
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
---@field access_token? string that it was fetched with
---@field previous? string the ticket before
---@field fetched? number when `ticket` was asked for, seconds since the epoch
---@field life? number seconds from then
---@field forced? boolean it came because the one before was refused
---@field failures? integer renewals that failed since
---@field failure? facequery.Failure of the last of them
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
    and (state.access_token == nil or type(state.access_token) == "string")
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
  -- A ticket is not used to its last second; and one fetched in the future, by a clock that was set back since, is
  -- not used at all.
  return age < state.life - math.min(10, state.life / 10) and age > -OVERLAP
end

local function is_due(state)
  return core.now() - state.fetched >= math.min(RENEW_AFTER, state.life * 2 / 3)
end

local function is_backing_off(state)
  local left = (state.retry_at or 0) - core.now()
  return left > 0 and left <= LONGEST_DELAY
end

-- The error of a failure.  One that the store kept may be anything.
local function explain(failure)
  return errors.from_failure("en", failure)
end

-- The key in the store.  It has 32 bits of a digest of the secret in it, which do not reveal the secret: when the
-- secret is changed, all of its tickets die, and their key is another one.
local function key_of(settings)
  local digest, failure = core.sign(settings.app_id, settings.secret)
  if not digest then
    return nil, failure
  end
  local host = settings.base_url:match("^%a+://([^/]*)")
  return ("facequery:%s@%s:%s"):format(settings.app_id, host, digest:sub(1, 8))
end

---@class facequery.Keeper : facequery.TicketSource
---@field asker facequery.Asker
---@field store facequery.TicketStore
---@field key string
---@field lock_seconds number how long the lock holds at most: two exchanges, and some
---@field known facequery.TicketState what the store held when it was last read
---@field taken? string the last ticket that the service has accepted
---@field asks_from number by core.clock: when a store that could not be asked is asked again
---@field held? fun() what releases the lock, while a renewal runs
local Keeper = {}
Keeper.__index = Keeper

--- Two keepers of one App ID and secret share their ticket, where they share the store.
---@param asker facequery.Asker its settings with secret and ticket_store, without tickets
---@return facequery.Keeper|nil
---@return facequery.Failure|nil
function keeper.new(asker)
  local key, unsigned = key_of(asker.settings)
  if not key then
    return nil, unsigned
  end
  return setmetatable({
    asker = asker,
    store = asker.settings.ticket_store,
    key = key,
    lock_seconds = 2 * asker.settings.timeout + 5,
    known = {},
    asks_from = 0,
  }, Keeper)
end

local function tell(self, action, code, biz_seq_no)
  exchange.tell(self.asker, { type = "ticket", action = action, code = code, biz_seq_no = biz_seq_no })
end

-- Reads `known` from the store.  Returns the failure of a store that can't be read.
local function read(self)
  local text, failure, ignored = self.store:get(self.key)
  if failure then
    return failure
  end
  local state = text and decode(text)
  if state then
    self.known = state
  elseif text or ignored then
    tell(self, "ignored", ignored or "NOT_JSON")
  end
end

-- What is known after a renewal that failed.
local function after_failure(known, failure, is_refused)
  local failures = (known.failures or 0) + 1
  return {
    -- A refused ticket is not offered again.
    ticket = not is_refused and known.ticket or nil,
    access_token = not is_refused and known.access_token or nil,
    previous = known.previous,
    fetched = known.fetched,
    life = known.life,
    failures = failures,
    failure = failure,
    retry_at = core.now() + math.min(LONGEST_DELAY, FIRST_DELAY * 2 ^ (failures - 1)),
  }
end

local function write(self)
  local seconds = math.max(self.known.life or 0, LONGEST_DELAY)
  local _, unwritten = self.store:set(self.key, json.encode(self.known), seconds)
  if unwritten then
    tell(self, "unwritten", explain(unwritten).code)
  end
end

-- Under the lock: fetches a ticket, and writes to the store what came of it.  Returns the failure, if any.
local function renew_locked(self, is_refused)
  local started = core.now()
  local ok, fetched, failure = pcall(fetch.ticket, self.asker)
  if not ok or (not fetched and type(failure) ~= "table") then
    fetched, failure = nil, { status = "TRANSPORT", code = "OTHER_TRANSPORT_ERROR" }
  end
  if failure and failure.status == "NO_TRANSPORT" then
    return failure -- is about where the caller runs, and says nothing of the service: not stored
  end
  if fetched then
    self.known = {
      ticket = fetched.ticket,
      access_token = fetched.access_token,
      previous = self.known.ticket,
      fetched = started,
      life = fetched.life,
      forced = is_refused,
    }
    tell(self, "fetched")
  else
    self.known = after_failure(self.known, failure, is_refused)
    tell(self, "failed", explain(failure).code, failure.bizSeqNo)
  end
  write(self)
  return failure
end

-- Renews under the lock, when `is_needed` still says so there.  Returns whether it tried, the failure
-- of the renewal, and that of a store that can't lock or be read.
local function renew_if(self, is_needed, is_refused)
  local release, failure = self.store:lock(self.key, self.lock_seconds)
  if not release then
    return false, nil, failure
  end
  local ran, ok, result = false, true, nil
  failure = read(self)
  if not failure and is_needed(self) then
    ran, self.held = true, release
    ok, result = pcall(renew_locked, self, is_refused)
    self.held = nil
  end
  release()
  if not ok then
    error(result, 0)
  end
  return ran, result, failure
end

local function is_wanted(self)
  return not is_backing_off(self.known) and not (is_alive(self.known) and not is_due(self.known))
end

-- Reads the store when the known ticket is dead, or due for renewal.  Returns the store's failure, if any.
local function refresh(self)
  local failure
  if not is_alive(self.known) or (is_due(self.known) and core.clock() >= self.asks_from) then
    failure = read(self)
    self.asks_from = failure and core.clock() + LEAVE_ALONE or 0
  end
  return failure
end

-- When no ticket is alive: waits for the end of a back-off, renews, or waits for another that renews.  Returns a
-- ticket, or nil and a failure that ends the wait; nil alone means to look again.
local function obtain(self)
  if is_backing_off(self.known) then
    local left = self.known.retry_at - core.now()
    if left > PATIENCE or not explain(self.known.failure).retryable then
      return nil, self.known.failure
    end
    self.asker.sleep(math.max(left, 0))
    return nil
  end
  local ran, failure, unlockable = renew_if(self, is_wanted)
  if ran and not failure then
    return self.known.ticket -- even one that lives too short for is_alive
  elseif failure or unlockable then
    return nil, failure or unlockable
  elseif not is_alive(self.known) then
    self.asker.sleep(LOOK_AGAIN)
  end
end

--- The current ticket.
---@return string|nil
---@return facequery.Failure|nil
function Keeper:get()
  local deadline = core.clock() + self.lock_seconds + PATIENCE
  repeat
    local unreadable = refresh(self)
    local is_usable = is_alive(self.known)
    -- The caller that gets the lock renews a ticket that is due; the others go on with the old one.
    if is_usable and is_due(self.known) and not is_backing_off(self.known)
      and core.clock() >= self.asks_from then
      renew_if(self, is_wanted)
    end
    if is_alive(self.known) then
      return self.known.ticket
    elseif unreadable and not is_usable then
      return nil, unreadable
    end
    local ticket, failure = obtain(self)
    if ticket or failure then
      return ticket, failure
    end
  until core.clock() > deadline
  return nil, { status = "TRANSPORT", code = "LOCK_TIMEOUT" }
end

--- Another ticket than the one that the service has refused; nil when asking for one is of no use.
---@param refused string
---@return string|nil
---@return facequery.Failure|nil
function Keeper:renew(refused)
  local known = self.known
  -- A ticket that was renewed a moment ago because the one before was refused, and is refused, too, is not to blame:
  -- another renewal would not help.
  if refused == known.ticket and known.forced and refused ~= self.taken
    and core.now() - known.fetched < OVERLAP then
    return nil
  end
  local deadline = core.clock() + self.lock_seconds + PATIENCE
  local function is_refused()
    return self.known.ticket == refused
  end
  while core.clock() <= deadline do
    local failure = read(self)
    if not failure and is_refused() then
      local _
      _, _, failure = renew_if(self, is_refused, true)
    end
    if failure then
      return nil, failure
    elseif not is_refused() then
      return self:get()
    end
    self.asker.sleep(LOOK_AGAIN)
  end
  return nil, { status = "TRANSPORT", code = "LOCK_TIMEOUT" }
end

-- What an older version has put into the store knows no access token.
local NO_TOKEN = { status = "NO_TICKET" }

local function fetch_nonce(self, user_id)
  local ticket, token = self.known.ticket, self.known.access_token
  if not token then
    return nil, NO_TOKEN
  end
  local fetched, failure = fetch.nonce(self.asker, token, user_id)
  if fetched then
    self:accepted(ticket)
  end
  return fetched, failure
end

--- A NONCE ticket, fetched with the access token of the SIGN ticket at hand: another token would end that ticket.
---@param user_id string
---@return facequery.NonceTicket|nil
---@return facequery.Failure|nil
function Keeper:nonce(user_id)
  local ticket, failure = self:get()
  if not ticket then
    return nil, failure
  end
  local fetched
  fetched, failure = fetch_nonce(self, user_id)
  local is_refused = failure == NO_TOKEN
    or (failure and failure.status == "SERVICE" and codes.renews_ticket(failure.code))
  if not is_refused then
    return fetched, failure
  end
  local renewed, unrenewed = self:renew(ticket)
  if not renewed then
    return nil, unrenewed or failure
  end
  return fetch_nonce(self, user_id)
end

--- Asks nobody, neither the service nor the store.
---@return number|nil seconds that the ticket at hand lives; nil where there is none yet
function Keeper:expires_in()
  return self.known.ticket and self.known.fetched + self.known.life - core.now()
end

--- Takes note of a ticket that the service has accepted.
---@param ticket string
function Keeper:accepted(ticket)
  self.taken = ticket
end

--- The tickets that the service may have signed with: the current one, and for a minute the one
--- before.
---@param fresh boolean as the store knows them, not as this process does
---@return string[]
---@return facequery.Failure|nil where there is no current one
function Keeper:candidates(fresh)
  if fresh then
    read(self)
  end
  local current, failure = self:get()
  local list, known = { current }, self.known
  if known.previous and core.now() - known.fetched < OVERLAP + self.asker.settings.timeout then
    list[#list + 1] = known.previous
  end
  return list, failure
end

--- Releases the lock of a renewal under way, for a caller that will never resume its coroutine: others would wait
--- until the lock ends by itself.
function Keeper:abandon()
  local release = self.held
  self.held = nil
  if release then
    pcall(release) -- a user's store may raise
  end
end

--- How old the ticket is and how long it lives, in seconds; never the ticket.
---@return { age: number, expires_in: number, renews_in: number }|nil
---@return facequery.Failure|nil
function Keeper:status()
  local ticket, failure = self:get()
  if not ticket then
    return nil, failure
  end
  local age = core.now() - self.known.fetched
  return {
    age = age,
    expires_in = self.known.life - age,
    renews_in = math.min(RENEW_AFTER, self.known.life * 2 / 3) - age,
  }
end

return keeper
