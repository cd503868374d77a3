--- One order's evidence: written in the run's area, and moved into the archive when it is whole.

local core = require "facequery.core"
local json = require "facequery.json"
local log = require "facequery.evidence.log"
local manifest = require "facequery.evidence.manifest"
local records = require "facequery.service.record"

local bundle = {}

local MEDIA = records.MEDIA

---@class facequery.Bundle
---@field order_no string
---@field path string the folder
---@field code string the record's
---@field manifest string SHA-256 of manifest.json
---@field existing boolean it was there already, and was left alone
---@field damaged? table<"photo"|"video", table> of its manifest, where a file came damaged

-- A medium of a transport that knows no paths comes in memory.
local function place(medium, path)
  if not medium.path then
    return core.write_draft(path, medium.data)
  end
  local ok, message = os.rename(medium.path, path)
  if not ok then
    return nil, { status = "FILE_UNWRITABLE", detail = message }
  end
  return true
end

-- A medium's entry in the manifest.  A transport of somebody else's may not have taken all digests.
local function entry_of(medium, path, hashes)
  local digests = medium
  for _, name in ipairs(hashes) do
    if not medium[name] then
      local failure
      digests, failure = core.digest_file(path, hashes)
      if not digests then
        return nil, failure
      end
      break
    end
  end
  return { size = medium.size, mime = medium.mime, sha256 = digests.sha256, sm3 = digests.sm3 }
end

-- The media under names that say what they are: their entries, and what is missing.
local function name_files(folder, record, hashes)
  local files, missing = {}, {}
  for _, name in ipairs(MEDIA) do
    local medium = record[name]
    if medium then
      local file = name .. "." .. records.extension(medium)
      local entry
      local ok, failure = place(medium, folder .. "/" .. file)
      if ok then
        entry, failure = entry_of(medium, folder .. "/" .. file, hashes)
      end
      if not entry then
        failure.field = name
        return nil, failure
      end
      files[file] = entry
    elseif not (record.damaged and record.damaged[name]) then
      missing[#missing + 1] = name
    end
  end
  return files, missing
end

-- Writes a text of the bundle; its entry in the manifest.
local function write_text(folder, file, text, mime, hashes)
  local ok, failure = core.write_draft(folder .. "/" .. file, text)
  if not ok then
    return nil, failure
  end
  local entry
  entry, failure = core.digest(text, hashes)
  if not entry then
    return nil, failure
  end
  entry.size, entry.mime = #text, mime
  return entry
end

-- What came and is not base64, as it came: added to the files; what the manifest says of it.
local function write_damaged(folder, files, record, hashes)
  local damaged
  for _, name in ipairs(record.damaged and MEDIA or {}) do
    local damage = record.damaged[name]
    if damage then
      local file, failure = damage.data and name .. ".base64", nil
      if file then
        files[file], failure = write_text(folder, file, damage.data, "text/plain", hashes)
      end
      if failure then
        failure.field = name
        return nil, failure
      end
      damaged = damaged or {}
      damaged[name] = { code = damage.code, offset = damage.offset, file = file, exact = damage.exact }
    end
  end
  return damaged
end

-- The record without its media; its entry in the manifest.
local function write_record(folder, record, hashes)
  local fields = json.merge({}, record)
  for _, name in ipairs(MEDIA) do
    fields[name] = nil
  end
  fields.damaged = nil
  local text, failure = json.canonical(fields)
  if not text then
    return nil, failure
  end
  return write_text(folder, "record.json", text .. "\n", "application/json", hashes)
end

---@class facequery.Collected what is known of an order's evidence besides the record
---@field order_no string
---@field source string the url that was asked, without its query
---@field hashes string[] digests of the files: "sha256", and others
---@field answers { envelope: string, sha256?: string, odd?: string[] }[] the service's, first to last

-- Everything but the move; the manifest's digest, and what it says of damaged files.
local function write(folder, record, collected)
  local files, missing = name_files(folder, record, collected.hashes)
  if not files then
    return nil, missing
  end
  local damaged, failure = write_damaged(folder, files, record, collected.hashes)
  if not failure then
    files["record.json"], failure = write_record(folder, record, collected.hashes)
  end
  if failure then
    return nil, failure
  end
  local digests = {}
  for _, answer in ipairs(collected.answers) do
    digests[#digests + 1] = answer.sha256
  end
  local last = collected.answers[#collected.answers]
  local digest
  digest, failure = manifest.write(folder, {
    format = manifest.FORMAT,
    order_no = collected.order_no,
    code = record.code,
    bizSeqNo = record.bizSeqNo,
    occurredTime = record.occurredTime,
    transactionTime = record.transactionTime,
    liveRate = record.liveRate,
    similarity = record.similarity,
    fetched_at = os.date "!%Y-%m-%dT%H:%M:%SZ",
    source = collected.source,
    responses = json.list(digests),
    answer = last.envelope,
    files = files,
    missing = missing[1] and missing,
    damaged = damaged,
    odd = last.odd,
    facequery = require "facequery.version",
  })
  return digest, failure, damaged
end

-- Into the archive, and into its log.  A log that can't be written takes the bundle back.
local function move(archive, folder, order_no, digest)
  return archive:locked(function()
    local ok, failure = core.commit_folder(folder, archive:path(order_no))
    if ok then
      ok, failure = log.append(archive, {
        action = "archived",
        order_no = order_no,
        manifest = digest,
      })
    end
    if not ok then
      -- Moves nothing where another's bundle was in the way: this one's folder still has its name.
      os.rename(archive:path(order_no), folder)
    end
    return ok, failure
  end)
end

--- The order's bundle, where there is one.  Whatever else has its name is a failure: an order that is
--- taken for archived is lost after three days.
---@param archive facequery.Archive
---@param order_no string
---@return facequery.Bundle|nil
---@return table|nil failure BUNDLE_INVALID
function bundle.find(archive, order_no)
  if not archive:has(order_no) then
    return nil
  end
  local content, digest = manifest.read(archive:path(order_no))
  if not content and digest then
    return nil, digest -- says nothing of the bundle
  elseif not content or content.order_no ~= order_no then
    return nil, { status = "BUNDLE_INVALID", field = archive:path(order_no) }
  end
  return {
    order_no = order_no,
    path = archive:path(order_no),
    code = content.code,
    manifest = digest,
    existing = true,
    damaged = type(content.damaged) == "table" and content.damaged or nil,
  }
end

--- Makes a bundle of a record and its files, in a folder of the archive's that is removed by the caller.
---@param archive facequery.Archive open
---@param folder string holds the files
---@param record facequery.Record
---@param collected facequery.Collected
---@return facequery.Bundle|nil
---@return facequery.Failure|nil
function bundle.write(archive, folder, record, collected)
  local order_no = collected.order_no
  local ok
  local digest, failure, damaged = write(folder, record, collected)
  if digest then
    ok, failure = move(archive, folder, order_no, digest)
  end
  if ok then
    return {
      order_no = order_no,
      path = archive:path(order_no),
      code = record.code,
      manifest = digest,
      existing = false,
      damaged = damaged,
    }
  end
  local existing = failure.status == "FILE_EXISTS" and bundle.find(archive, order_no)
  if existing then
    return existing -- another process was faster
  end
  return nil, failure
end

return bundle
