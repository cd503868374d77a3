--- Removes bundles past their retention; a tombstone in the log says so.

local log = require "facequery.evidence.log"
local manifest = require "facequery.evidence.manifest"
local verify = require "facequery.evidence.verify"

local purge = {}

-- Seconds since the epoch as the digits of a UTC time, which sort as the times do.
local function digits_of(time)
  return tonumber(os.date("!%Y%m%d%H%M%S", time))
end

---@class facequery.Purge
---@field force? boolean removes what verify would report, too
---@field dry_run? boolean removes nothing, and reports what would go

local function invalid(problem)
  return { status = "BUNDLE_INVALID", detail = problem }
end

local function ignore() end

-- Is the bundle as it was archived?  One that is not stays, because it proves that somebody has changed it.
local function is_sound(place, order_no, digest, report)
  local ok = true
  verify.name(place, order_no, digest, function(path, problem)
    ok = false
    report(path, invalid(problem))
  end, ignore)
  return ok
end

-- Writes the tombstone, and then discards the bundle.  A crash between the two is mended by the archive's next run.
local function remove(place, order_no, digest, report, how)
  local _, now = manifest.read(place, order_no)
  if now ~= digest then
    return nil -- purged meanwhile by another, and perhaps fetched again
  elseif not how.force and not is_sound(place, order_no, digest, report) then
    return nil
  elseif how.dry_run then
    return true
  end
  local ok, failure = log.append(place, {
    { action = "purged", order_no = order_no, manifest = digest },
  })
  if not ok then
    return nil, failure
  end
  return place:discard(order_no)
end

-- A dry run changes nothing: it makes no lock, either, and holds up nobody.
local function locked(place, how, work)
  if how.dry_run then
    return work()
  end
  return place:locked(work)
end

-- What the log says is there, the names of the bundles at the same moment, and whether the log is sound.
local function look(place, report, how)
  local is_log_sound, live, bundles = true, nil, {}
  local listed, failure = locked(place, how, function()
    live = verify.log(place, function(path, problem)
      is_log_sound = false
      report(path, invalid(problem))
    end, ignore)
    local names, why = place:names()
    for order_no in names or ignore do
      bundles[#bundles + 1] = order_no
    end
    return names and true, why
  end)
  return listed and bundles, listed and live or failure, is_log_sound
end

-- The digest of the bundle's manifest, when the bundle was fetched before `oldest` and may be removed.
local function due_digest(place, order_no, expected, oldest, report, how)
  local content, digest = manifest.read(place, order_no)
  if not place:has(order_no) then
    return nil -- purged meanwhile by another
  end
  local fetched = content and type(content.fetched_at) == "string"
    and tonumber((content.fetched_at:gsub("%D", "")))
  -- A manifest that the log doesn't tell of may say anything of its age.
  if not how.force and digest ~= expected then
    is_sound(place, order_no, expected, report)
  elseif not fetched then
    report(order_no, invalid "its age can't be read")
  end
  return fetched and fetched < oldest and (how.force or digest == expected) and digest or nil
end

--- Removes every bundle that was fetched more than `seconds` ago.  A bundle that verify would report is
--- left, and reported; where it would report the log, which speaks for all of them, all are left.
---@param place facequery.Place in which a run has begun; for a dry run one for reading will do
---@param seconds number
---@param report fun(path: string, failure: facequery.Failure|nil) nil: it is gone; BUNDLE_INVALID: what is wrong
---@param how? facequery.Purge
---@return integer|nil purged
---@return facequery.Failure|nil failure
function purge.run(place, seconds, report, how)
  how = how or {}
  local oldest, purged, due = digits_of(os.time() - seconds), 0, {}
  local bundles, live, is_log_sound = look(place, report, how)
  if not bundles then
    return nil, live
  elseif not is_log_sound and not how.force then
    return 0
  end
  for _, order_no in ipairs(bundles) do
    local digest = due_digest(place, order_no, live[order_no], oldest, report, how)
    if digest then
      due[#due + 1] = { order_no, digest }
    end
  end
  for _, one in ipairs(due) do
    local ok, failure = locked(place, how, function()
      return remove(place, one[1], one[2], report, how)
    end)
    purged = purged + (ok and 1 or 0)
    if ok or failure then
      report(one[1], failure)
    end
  end
  return purged
end

return purge
