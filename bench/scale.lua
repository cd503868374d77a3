-- What a large archive costs whoever works with it, one operation in a process of its own.
-- bench/scale.lua DIR OPERATION DAYS; DIR was made by bench/bundles.lua, over DAYS days.  Prints lines of
-- "what|milliseconds|of these CPU, user and system|peak KB of memory".

local bundle = require "facequery.evidence.bundle"
local core = require "facequery.core"
local count = require "facequery.evidence.count"
local evidence = require "facequery.evidence"
local manifest = require "facequery.evidence.manifest"
local purge = require "facequery.evidence.purge"
local verify = require "facequery.evidence.verify"

local dir, operation, days = arg[1], arg[2], tonumber(arg[3])
local DAY, TIMES = 86400, 101

-- The most memory that this process ever had.
local function peak()
  for line in io.lines "/proc/self/status" do
    local size = line:match "^VmHWM:%s+(%d+) kB$"
    if size then
      return tonumber(size)
    end
  end
end

local function tell(what, times)
  print(("%s|%.3f|%.3f|%d"):format(what, times.wall * 1000, times.cpu * 1000, peak()))
end

-- How many seconds the work takes, and its result.
local function timed(work, ...)
  local wall, cpu = core.clock(), os.clock()
  local result = work(...)
  return { wall = core.clock() - wall, cpu = os.clock() - cpu }, result
end

local function median(list, of)
  local values = {}
  for i, times in ipairs(list) do
    values[i] = times[of]
  end
  table.sort(values)
  return values[math.ceil(#values / 2)]
end

-- The times of the first, and the medians of the next.
local function repeated(work)
  local first, next_ones = timed(work, 1), {}
  for i = 2, TIMES do
    next_ones[#next_ones + 1] = timed(work, i)
  end
  return first, { wall = median(next_ones, "wall"), cpu = median(next_ones, "cpu") }
end

local function write(draft, files, file, mime, bytes)
  assert(draft:write(file, bytes))
  files[file] = { size = #bytes, mime = mime, sha256 = core.digest(bytes).sha256 }
end

-- Adds a bundle as facequery archive does, but for asking.
local function add(place, order_no)
  assert(not bundle.find(place, order_no))
  local draft, files = assert(place:begin(order_no)), {}
  write(draft, files, "photo.jpg", "image/jpeg", order_no .. ("x"):rep(980))
  write(draft, files, "video.mp4", "video/mp4", order_no .. ("x"):rep(1980))
  write(draft, files, "record.json", "application/json", "{}\n")
  draft.fetched_at = os.date "!%Y-%m-%dT%H:%M:%SZ"
  assert(place.group:commit(draft, assert(manifest.write(draft, {
    format = manifest.FORMAT, order_no = order_no, code = "0", fetched_at = draft.fetched_at, files = files,
    source = "https://kyc1.qcloud.com/api/v2/base/queryfacerecord", responses = {}, answer = "{}",
  }))))
end

local OPERATIONS = {}

function OPERATIONS.open()
  tell("begin a run", select(2, repeated(function() assert(evidence.open(dir, true)):close() end)))
end

function OPERATIONS.find()
  local place = assert(evidence.open(dir, true))
  local first, next_one = repeated(function(i) assert(not place:find("none" .. i)) end)
  tell("look for an order that is not there, the first", first)
  tell("each of the next", next_one)
  place:close()
end

function OPERATIONS.add()
  local place = assert(evidence.open(dir, true))
  local first, next_one = repeated(function(i) add(place, ("more%016d"):format(i)) end)
  tell("add a bundle to the disk and the log, the first", first)
  tell("each of the next, alone", next_one)
  place:close()
end

function OPERATIONS.count()
  local times, result = timed(count.run, evidence.at(dir))
  assert(#result.days == days)
  tell("count", times)
end

function OPERATIONS.verify()
  local times, result = timed(verify.run, evidence.at(dir), error)
  assert(result.problems == 0)
  tell("verify", times)
end

function OPERATIONS.purge()
  local place, before = assert(evidence.open(dir)), count.run(evidence.at(dir)).days[1].bundles
  local times, purged = timed(purge.run, place, (days - 1.5) * DAY, function(path, failure)
    assert(not failure, path)
  end)
  place:close()
  assert(purged == before)
  tell(("purge the %d of the first day"):format(purged), times)
end

OPERATIONS[operation]()
