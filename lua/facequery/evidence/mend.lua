--- Mends what a run has left that was killed: half a line at the log's end; a bundle whose line was not
--- written yet; a bundle that its tombstone says is purged.

local log = require "facequery.evidence.log"
local manifest = require "facequery.evidence.manifest"

local mend = {}

-- Was every line written by log.append, after the one before it?  A torn last line is a crash's.
local function is_sound(place)
  for _, _, is_ended, follows in log.lines(place) do
    if is_ended and not follows then
      return false
    end
  end
  return true
end

-- Are the bundles those that the log tells of?  Compares sums instead of sets, so that a large archive takes
-- no memory; sums of digests instead of counts, so that a bundle too many does not make up for one too few.
local function is_in_step(place)
  local balance = 0
  local function add(order_no, sign)
    balance = (balance + sign * tonumber(log.must_digest(order_no):sub(1, 12), 16)) % 2 ^ 48
  end
  for _, entry, is_ended in log.lines(place) do
    local is_there
    if entry and is_ended then
      is_there = log.is_there(entry)
    end
    if is_there ~= nil then
      add(entry.order_no, is_there and 1 or -1)
    end
  end
  local names, failure = place:names()
  if not names then
    return nil, failure
  end
  for name in names do
    add(place:order_of(name), -1)
  end
  return balance == 0
end

-- Writes the lines that are missing, and removes the bundles that are purged.  A bundle that is not whole is
-- left for verify to name; so is one that is held, because purge would not have written its tombstone.
local function mend_bundles(place)
  local names, failure = place:names()
  if not names then
    return nil, failure
  end
  local state = log.state(place)
  for name in names do
    local order_no = place:order_of(name)
    local digest = not state.live[order_no] and manifest.check(place, name)
    if digest and digest == state.purged[order_no] then
      if not state.held[order_no] then
        place:discard(name)
      end
    elseif digest then
      state.live[order_no] = digest
      local ok
      ok, failure = log.append(place, {
        { action = "archived", order_no = order_no, manifest = digest, mended = true },
      })
      if not ok then
        return nil, failure
      end
    end
  end
  return true
end

--- The place's lock is held.
---@param place facequery.Place in which a run has begun
---@param has_crashed boolean looks for what has no line, too, for which it reads the whole log: every run that
---was killed has left its area, so that a run need not read the log where there is none
---@return true|nil
---@return facequery.Failure|nil failure
function mend.run(place, has_crashed)
  local ok, failure = log.trim(place)
  if not ok or not has_crashed then
    return ok, failure
  end
  local is_fine
  is_fine, failure = is_in_step(place)
  if failure then
    return nil, failure
  end
  -- No crash changes or takes away a line that was written.  Where a bundle lacks such a line, verify names
  -- it; a new line would vouch for whatever the bundle holds now.
  if is_fine or not is_sound(place) then
    return true
  end
  return mend_bundles(place)
end

return mend
