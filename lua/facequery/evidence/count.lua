--- How many faces an archive stores now.

local calendar = require "facequery.evidence.calendar"
local manifest = require "facequery.evidence.manifest"

local count = {}

---@class facequery.Counted
---@field bundles integer
---@field faces integer bundles with a photo or a video, and those that can't be read

---@class facequery.CountedDay : facequery.Counted
---@field day string China's, on which they were fetched: "2026-11-26"; "unknown" of those that can't be read

---@class facequery.Count : facequery.Counted
---@field days facequery.CountedDay[] in their order; those that have bundles

local UNKNOWN = "unknown"

-- China's day of a manifest's time.
local function day_of(time)
  local day = calendar.day_at(time)
  return day and day:gsub("/", "-") or UNKNOWN
end

local function has_face(content)
  for name in pairs(content.files) do
    if tostring(name):find "^photo%." or tostring(name):find "^video%." then
      return true
    end
  end
  return false
end

-- The day's digits as a number: text would be compared as the locale compares.  Those of no day come last.
local function order_of(day)
  return tonumber((day:gsub("%D", ""))) or math.huge
end

--- A bundle with a photo or a video is a face; a bundle that can't be read counts as one, too.
---@param place facequery.Place
---@return facequery.Count|nil
---@return facequery.Failure|nil failure
function count.run(place)
  local all, by_day = { bundles = 0, faces = 0, days = {} }, {}
  local names, failure = place:names()
  if not names then
    return nil, failure
  end
  for name in names do
    local content = manifest.read(place, name)
    local day = day_of(content and content.fetched_at)
    if not by_day[day] then
      by_day[day] = { day = day, bundles = 0, faces = 0 }
      all.days[#all.days + 1] = by_day[day]
    end
    local faces = (not content or has_face(content)) and 1 or 0
    for _, sum in ipairs { all, by_day[day] } do
      sum.bundles, sum.faces = sum.bundles + 1, sum.faces + faces
    end
  end
  table.sort(all.days, function(a, b) return order_of(a.day) < order_of(b.day) end)
  return all
end

return count
