--- Removes bundles past their retention; a tombstone in the log says so.

local log = require "facequery.evidence.log"
local manifest = require "facequery.evidence.manifest"

local purge = {}

-- Seconds since the epoch as the digits of a UTC time, which sort as the times do.
local function digits_of(time)
  return tonumber(os.date("!%Y%m%d%H%M%S", time))
end

-- First the tombstone, then out of sight at once, then out of the world.  A crash after the tombstone
-- is mended by the archive's next run.
local function remove(archive, order_no, digest)
  return archive:locked(function()
    local _, now = manifest.read(archive:path(order_no))
    if now ~= digest then
      return nil -- purged meanwhile by another, and perhaps fetched again
    end
    local ok, failure = log.append(archive, {
      action = "purged",
      order_no = order_no,
      manifest = digest,
    })
    if not ok then
      return nil, failure
    end
    return archive:discard(order_no)
  end)
end

--- Removes every bundle that was fetched more than `seconds` ago.  A bundle that can't be read is
--- left, and reported.
---@param archive facequery.Archive open
---@param seconds number
---@param report fun(order_no: string, failure: table|nil) nil: it is gone
---@return integer|nil purged
---@return table|nil failure
function purge.run(archive, seconds, report)
  local oldest, purged, due = digits_of(os.time() - seconds), 0, {}
  local live = log.state(archive)
  local names, failure = archive:bundles()
  if not names then
    return nil, failure
  end
  for order_no in names do
    local content, digest = manifest.read(archive:path(order_no))
    local fetched = content and type(content.fetched_at) == "string"
      and tonumber((content.fetched_at:gsub("%D", "")))
    -- A manifest that the log doesn't tell of may say anything of its age.
    if not fetched or digest ~= live[order_no] then
      report(order_no, { status = "BUNDLE_INVALID" })
    elseif fetched < oldest then
      due[#due + 1] = { order_no, digest }
    end
  end
  for _, one in ipairs(due) do
    local ok
    ok, failure = remove(archive, one[1], one[2])
    purged = purged + (ok and 1 or 0)
    if ok or failure then
      report(one[1], failure)
    end
  end
  return purged
end

return purge
