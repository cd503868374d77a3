-- Makes an archive of many bundles, as the service's answers would have made it, but not brought to the disk.
-- bench/bundles.lua DIR COUNT PHOTO VIDEO [DAYS]; PHOTO and VIDEO are bytes, and the bundles are as if fetched on DAYS
-- days, the last of them today: as many on each, the first orders on the first day.

local core = require "facequery.core"
local evidence = require "facequery.evidence"
local log = require "facequery.evidence.log"
local manifest = require "facequery.evidence.manifest"

local dir, count, photo, video = arg[1], tonumber(arg[2]), tonumber(arg[3]), tonumber(arg[4])
local days, now = tonumber(arg[5]) or 1, os.time()
local AT_ONCE, DAY = 1000, 86400

-- Bytes that look as a file's do: other ones for each order, and quickly made.
local noise = {}
for i = 1, math.max(photo, video) / 32 + 1 do
  noise[i] = assert(core.nonce())
end
noise = table.concat(noise)

local function write(draft, files, file, mime, bytes)
  assert(draft:write(file, bytes))
  files[file] = { size = #bytes, mime = mime, sha256 = core.digest(bytes).sha256 }
end

local function make(archive, number)
  local order_no = ("%020d"):format(number)
  local draft, files = assert(archive:begin(order_no)), {}
  write(draft, files, "photo.jpg", "image/jpeg", order_no .. noise:sub(1, photo - #order_no))
  write(draft, files, "video.mp4", "video/mp4", order_no .. noise:sub(1, video - #order_no))
  write(draft, files, "record.json", "application/json", ('{"code":"0","orderNo":"%s"}\n'):format(order_no))
  local age = days - 1 - math.floor((number - 1) * days / count)
  draft.fetched_at = os.date("!%Y-%m-%dT%H:%M:%SZ", now - age * DAY)
  return draft, assert(manifest.write(draft, {
    format = manifest.FORMAT, order_no = order_no, code = "0", fetched_at = draft.fetched_at, files = files,
    source = "https://kyc1.qcloud.com/api/v2/base/queryfacerecord", responses = { core.digest(order_no).sha256 },
    answer = ('{"code":0,"result":{"orderNo":"%s","photo":"","video":""}}'):format(order_no),
  }))
end

local archive = assert(evidence.open(dir, true))
for first = 1, count, AT_ONCE do
  local drafts, entries = {}, {}
  for number = first, math.min(count, first + AT_ONCE - 1) do
    local draft, digest = make(archive, number)
    drafts[#drafts + 1] = draft
    entries[#entries + 1] = { action = "archived", order_no = draft.order_no, manifest = digest }
  end
  assert(archive:locked(function()
    for _, draft in ipairs(drafts) do
      assert(archive:commit(draft))
    end
    return log.append(archive, entries)
  end))
end
archive:close()
