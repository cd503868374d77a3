--- Removes bundles, past their retention or by their order numbers; a tombstone in the log says so.  What is
--- held stays.

local log = require "facequery.evidence.log"
local manifest = require "facequery.evidence.manifest"
local verify = require "facequery.evidence.verify"

local purge = {}

-- Seconds since the epoch as the digits of a UTC time, which sort as the times do.
local function digits_of(time)
  return tonumber(os.date("!%Y%m%d%H%M%S", time))
end

--- The failure's `status` of a report says what was not removed, and why: BUNDLE_INVALID what verify would
--- report, in `detail`; ORDER_HELD an order that is held, the reason in `detail`; NOT_ARCHIVED an order that
--- is not there.
---@alias facequery.PurgeReport fun(path: string, failure: facequery.Failure|nil) nil: it is gone

---@class facequery.Purge
---@field force? boolean removes what verify would report, too, but nothing that is held
---@field dry_run? boolean removes nothing, and reports what would go

-- A purge that goes on.
---@class facequery.Purger
---@field place facequery.Place
---@field report facequery.PurgeReport
---@field how facequery.Purge
---@field state facequery.LogState
---@field purged integer

local function invalid(problem)
  return { status = "BUNDLE_INVALID", detail = problem }
end

local function ignore() end

-- Is the bundle as it was archived?  One that is not stays, because it proves that somebody has changed it.
local function is_sound(self, order_no)
  local ok = true
  verify.order(self.place, order_no, self.state.live[order_no], function(path, problem)
    ok = false
    self.report(path, invalid(problem))
  end, ignore)
  return ok
end

-- A dry run changes nothing: it makes no lock, either, and holds up nobody.
local function locked(self, work)
  if self.how.dry_run then
    return work()
  end
  return self.place:locked(work)
end

-- Reads the log.  Returns a purger, and whether there is nothing that keeps it from purging; or nil and a failure.
local function begin(place, report, how)
  local self = { place = place, report = report, how = how or {}, purged = 0 }
  local is_log_sound = true
  local ok, failure = locked(self, function()
    self.state = verify.log(place, function(path, problem)
      is_log_sound = false
      report(path, invalid(problem))
    end, ignore)
    return true
  end)
  if not ok then
    return nil, failure
  end
  return self, is_log_sound or self.how.force == true
end

-- With the lock: writes the tombstone, and then discards the bundle.  A crash between the two is mended by the
-- archive's next run.  `expected`: its manifest's digest, if it is not to go unless it still has that.
local function remove(self, order_no, expected)
  local place, state = self.place, self.state
  local _, failure = log.state(place, state) -- it may have been held since
  if failure then
    return nil, failure
  end
  local name, digest = place:find(order_no), nil
  if name then
    digest = select(2, manifest.read(place, name))
  end
  if expected and digest ~= expected then
    return nil -- purged meanwhile by another, and perhaps fetched again
  elseif state.held[order_no] then
    return nil, { status = "ORDER_HELD", detail = state.held[order_no].why }
  elseif not name or place:about(name) ~= "bundle" then
    if not state.live[order_no] then
      return nil, { status = "NOT_ARCHIVED" }
    end
    is_sound(self, order_no) -- which reports what has become of it
    return nil
  elseif not self.how.force and not is_sound(self, order_no) then
    return nil
  elseif self.how.dry_run then
    return true
  end
  local ok
  ok, failure = log.append(place, {
    { action = "purged", order_no = order_no, manifest = digest or state.live[order_no] or log.NOTHING },
  })
  if not ok then
    return nil, failure
  end
  return place:discard(name)
end

local function purge_one(self, order_no, expected)
  local ok, failure = locked(self, function() return remove(self, order_no, expected) end)
  self.purged = self.purged + (ok and 1 or 0)
  if ok or failure then
    self.report(order_no, failure)
  end
end

-- The digest of the bundle's manifest, when the bundle was fetched before `oldest` and may be removed.
local function due_digest(self, name, oldest)
  local order_no = self.place:order_of(name)
  local expected = self.state.live[order_no]
  local content, digest = manifest.read(self.place, name)
  if not self.place:about(name) then
    return nil -- purged meanwhile by another
  end
  local fetched = content and type(content.fetched_at) == "string"
    and tonumber((content.fetched_at:gsub("%D", "")))
  -- A manifest that the log doesn't tell of may say anything of its age.
  if not self.how.force and digest ~= expected then
    is_sound(self, order_no)
  elseif not fetched then
    self.report(name, invalid "its age can't be read")
  end
  return fetched and fetched < oldest and (self.how.force or digest == expected) and digest or nil
end

--- Removes every bundle that was fetched more than `seconds` ago.  A bundle that verify would report is
--- left, and reported; where it would report the log, which speaks for all of them, all are left.
---@param place facequery.Place in which a run has begun; for a dry run one for reading will do
---@param seconds number
---@param report facequery.PurgeReport
---@param how? facequery.Purge
---@return integer|nil purged
---@return facequery.Failure|nil failure
function purge.run(place, seconds, report, how)
  local oldest, bundles, due = digits_of(os.time() - seconds), {}, {}
  -- Before the log is read: the lines of all that are listed are in it by then.
  local names, failure = place:names()
  if not names then
    return nil, failure
  end
  for name in names do
    bundles[#bundles + 1] = name
  end
  local self, is_free = begin(place, report, how)
  if not self then
    return nil, is_free
  end
  for _, name in ipairs(is_free and bundles or {}) do
    local digest = due_digest(self, name, oldest)
    if digest then
      due[#due + 1] = { place:order_of(name), digest }
    end
  end
  for _, one in ipairs(due) do
    purge_one(self, one[1], one[2])
  end
  return self.purged
end

--- Removes the bundles of these orders, and reports every order whose bundle it doesn't remove.  Leaves what
--- purge.run leaves.
---@param place facequery.Place as purge.run's
---@param orders string[] each once
---@param report facequery.PurgeReport
---@param how? facequery.Purge
---@return integer|nil purged
---@return facequery.Failure|nil failure
function purge.orders(place, orders, report, how)
  local self, is_free = begin(place, report, how)
  if not self then
    return nil, is_free
  end
  for _, order_no in ipairs(is_free and orders or {}) do
    purge_one(self, order_no)
  end
  return self.purged
end

return purge
