--- Takes the bundles that an earlier facequery has laid out otherwise to where they belong.  The log stays as it is, for
--- it names orders and no places.

local manifest = require "facequery.evidence.manifest"

local migrate = {}

-- Bundles that are moved while the archive is locked, each by one rename: other runs wait for some milliseconds.
local AT_ONCE = 200

-- Up to so many names, each with the time of its bundle.
local function next_batch(place, next_name)
  local batch = {}
  repeat
    local name = next_name()
    if name then
      local content = manifest.read(place, name)
      batch[#batch + 1] = { name = name, fetched_at = content and content.fetched_at }
    end
  until not name or #batch == AT_ONCE
  return batch
end

--- Moves every bundle that does not lie where it belongs, and can be killed anywhere: each is in its old or its new
--- place, and the next migration goes on.
---@param place facequery.Place in which a run has begun
---@param report fun(name: string, failure: facequery.Failure) hears of each that stays where it is
---@return integer|nil moved
---@return facequery.Failure|nil failure
function migrate.run(place, report)
  local next_name, failure = place:old_names()
  if not next_name then
    return nil, failure
  end
  local moved, ok = 0, true
  local batch = next_batch(place, next_name)
  while ok and batch[1] do
    ok, failure = place:locked(function()
      for _, one in ipairs(batch) do
        local is_moved, why = place:move(one.name, one.fetched_at)
        moved = moved + (is_moved and 1 or 0)
        if not is_moved and place:about(one.name) then -- a purge may have taken it away
          report(one.name, why)
        end
      end
      return true
    end)
    batch = next_batch(place, next_name)
  end
  if ok then
    ok, failure = place:sync()
  end
  return ok and moved or nil, failure
end

return migrate
