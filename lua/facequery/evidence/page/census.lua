--- Counts what an archive holds: days, verdicts, codes, scores, and what is missing.

local chart = require "facequery.evidence.page.chart"
local json = require "facequery.json"
local log = require "facequery.evidence.log"
local manifest = require "facequery.evidence.manifest"
local records = require "facequery.service.record"
local seals = require "facequery.evidence.page.seals"
local verify = require "facequery.evidence.verify"

local census = {}

-- Problems that are kept to be named.
local MOST_PROBLEMS = 100

-- How wide the bars of a score are: 20 of them.
census.STEP = 5

--- Verified orders and others.
---@class facequery.Pair
---@field verified integer
---@field rejected integer

---@class facequery.Census
---@field verification facequery.Verification
---@field problems { path: string, problem: string }[] the first of them, in verify's words
---@field orders facequery.Pair
---@field unproven integer bundles that are not as they were archived, and are not counted
---@field purged integer the log's tombstones
---@field lines integer the log's
---@field seals facequery.PageSeals
---@field days table<string, facequery.Pair> by "2026-11-27"
---@field codes table<string, integer>
---@field scores table<string, { bars: facequery.Pair[], none: integer }> "similarity", "liveRate"
---@field files table<string, table<string, integer>> "missing", "damaged", "odd": by "photo", "video"

local function pair()
  return { verified = 0, rejected = 0 }
end

-- Runs verify, and looks at the seals.  Every part of a path that verify names is doubtful: one of them is the order.
local function look(found, place, tsa_ca)
  local doubtful = {}
  local function keep(path, problem)
    if #found.problems < MOST_PROBLEMS then
      found.problems[#found.problems + 1] = { path = path, problem = problem }
    end
  end
  found.verification = verify.run(place, function(path, problem)
    for part in path:gmatch "[^/]+" do
      doubtful[part] = true
    end
    keep(path, problem)
  end)
  found.seals = seals.find(place, function(path, problem)
    found.verification.problems = found.verification.problems + 1
    keep(path, problem)
  end, tsa_ca)
  return doubtful
end

local function count_lines(found, place)
  for _, entry, is_ended in log.lines(place) do
    found.lines = found.lines + 1
    found.purged = found.purged + (is_ended and entry and log.is_there(entry) == false and 1 or 0)
  end
end

-- The day of the scan, as the service wrote it; or else of the archiving, in UTC.
local function day_of(content)
  local year, month, day = tostring(content.occurredTime):match "^(%d%d%d%d)(%d%d)(%d%d)%d*$"
  if not year then
    year, month, day = tostring(content.fetched_at):match "^(%d%d%d%d)%-(%d%d)%-(%d%d)T"
  end
  local is_day = year and tonumber(month) >= 1 and tonumber(month) <= 12 and tonumber(day) >= 1 and tonumber(day) <= 31
  return is_day and ("%s-%s-%s"):format(year, month, day) or nil
end

local function count_score(scores, value, verdict)
  local number = chart.score(value)
  if number then
    local bar = scores.bars[math.min(math.floor(number / census.STEP) + 1, #scores.bars)]
    bar[verdict] = bar[verdict] + 1
  else
    scores.none = scores.none + 1
  end
end

local function count_files(files, content)
  for _, name in ipairs(records.MEDIA) do
    for _, list in ipairs { "missing", "odd" } do
      for _, one in ipairs(type(content[list]) == "table" and content[list] or {}) do
        files[list][name] = files[list][name] + (one == name and 1 or 0)
      end
    end
    local is_damaged = type(content.damaged) == "table" and content.damaged[name] ~= nil
    files.damaged[name] = files.damaged[name] + (is_damaged and 1 or 0)
  end
end

local function count_bundle(found, content)
  local code = tostring(content.code)
  local verdict = code == "0" and "verified" or "rejected"
  found.orders[verdict] = found.orders[verdict] + 1
  found.codes[code] = (found.codes[code] or 0) + 1
  local day = day_of(content)
  if day then
    found.days[day] = found.days[day] or pair()
    found.days[day][verdict] = found.days[day][verdict] + 1
  end
  for name, scores in pairs(found.scores) do
    count_score(scores, content[name], verdict)
  end
  count_files(found.files, content)
end

--- Reads every byte of the archive, as verify does, and counts the bundles that are as they were archived.
---@param place facequery.Place
---@param tsa_ca? string PEM: who must have issued the certificates of the seals' TSAs
---@return facequery.Census|nil
---@return facequery.Failure|nil failure
function census.run(place, tsa_ca)
  local function bars()
    local list = {}
    for i = 1, 100 / census.STEP do
      list[i] = pair()
      list[i].label = ("%d–%d"):format((i - 1) * census.STEP, i * census.STEP)
    end
    return { bars = list, none = 0 }
  end
  local function none()
    return { photo = 0, video = 0 }
  end
  local found = {
    problems = {}, orders = pair(), unproven = 0, purged = 0, lines = 0, days = {}, codes = {},
    scores = { similarity = bars(), liveRate = bars() },
    files = { missing = none(), damaged = none(), odd = none() },
  }
  local doubtful = look(found, place, tsa_ca)
  count_lines(found, place)
  local names, failure = place:names()
  if not names then
    return nil, failure
  end
  for name in names do
    local content = not doubtful[place:order_of(name)] and manifest.read(place, name)
    if content then
      count_bundle(found, content)
    else
      found.unproven = found.unproven + 1
    end
  end
  return found
end

-- Days and months ------------------------------------------------------------------------------

local LENGTHS = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 }

local function days_in(year, month)
  local is_leap = year % 4 == 0 and (year % 100 ~= 0 or year % 400 == 0)
  return month == 2 and is_leap and 29 or LENGTHS[month]
end

-- The day, month or year after this one.
local function following(label)
  local year, month, day = label:match "^(%d+)%-?(%d*)%-?(%d*)$"
  year, month, day = tonumber(year), tonumber(month), tonumber(day)
  if day and day < days_in(year, month) then
    return ("%04d-%02d-%02d"):format(year, month, day + 1)
  elseif month and month < 12 then
    return (day and "%04d-%02d-01" or "%04d-%02d"):format(year, month + 1)
  end
  return ((day and "%04d-01-01") or (month and "%04d-01") or "%04d"):format(year + 1)
end

-- Most bars that stand side by side.
local MOST_BARS = 62

-- The sums of the days that begin with the same so many characters, by these.
local function sums_of(days, length)
  local sums = {}
  for day, one in pairs(days) do
    local label = day:sub(1, length)
    sums[label] = sums[label] or { label = label, verified = 0, rejected = 0 }
    sums[label].verified = sums[label].verified + one.verified
    sums[label].rejected = sums[label].rejected + one.rejected
  end
  return sums
end

-- From the first to the last with none left out; nil where those are too many.
local function without_gaps(sums)
  local labels, list = json.names(sums), {}
  local label, last = labels[1], labels[#labels]
  while label and #list < MOST_BARS do
    list[#list + 1] = sums[label] or { label = label, verified = 0, rejected = 0 }
    label = label ~= last and following(label) or nil
  end
  return not label and list or nil
end

--- The orders of each day, or where those are too many of each month, or of each year.
---@param days table<string, facequery.Pair>
---@return { label: string, verified: integer, rejected: integer }[] without gaps
---@return "day"|"month"|"year"
function census.calendar(days)
  for _, unit in ipairs { { "day", 10 }, { "month", 7 }, { "year", 4 } } do
    local list = without_gaps(sums_of(days, unit[2]))
    if list then
      return list, unit[1]
    end
  end
  -- Years that lie so far apart are somebody's mistake: the last of those that there are.
  local sums, list = sums_of(days, 4), {}
  local labels = json.names(sums)
  for i = math.max(1, #labels - MOST_BARS + 1), #labels do
    list[#list + 1] = sums[labels[i]]
  end
  return list, "year"
end

return census
