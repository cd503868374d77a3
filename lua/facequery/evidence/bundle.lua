--- One order's evidence: what came of it is written into a draft, and becomes a bundle when it is whole.

local core = require "facequery.core"
local json = require "facequery.json"
local manifest = require "facequery.evidence.manifest"
local rebuild = require "facequery.evidence.rebuild"
local records = require "facequery.service.record"
local secrecy = require "facequery.evidence.secrecy"

local bundle = {}

local MEDIA = records.MEDIA

--- One order's evidence, in an archive.
---@class facequery.Bundle
---@field order_no string the order
---@field path string the folder that has it
---@field code string the record's: "0" where it was verified
---@field manifest string SHA-256 of manifest.json
---@field existing boolean it was there already, and was left alone
---@field damaged? table<"photo"|"video", table> of its manifest, where a file came damaged

--- What a bundle is made of.
---@class facequery.Evidence
---@field record facequery.Record its media in memory, or in files that the draft's `path` named
---@field answers facequery.Answer[] at least one; the last is the record's
---@field source string the url that was asked, without its query
---@field hashes string[] the digests of the files that the manifest tells: "sha256", and "sm3" where it is wanted
---@field secrecy? facequery.Secrecy for whom the files are encrypted; those that a transport wrote are so already

--- What the manifest tells of one of the service's answers.
---@class facequery.Answer
---@field envelope string its JSON text, "" in the place of its files
---@field sha256? string of its bytes as they came
---@field odd? string[] see facequery.Manifest
---@field provenance? facequery.Provenance
---@field layout? table[] its facequery.Layout, each with the file's `sha256`

-- Writes a medium into the draft.  `file` is a name whose extension tells its format.
local function write_medium(draft, file, medium)
  if medium.path then
    return draft:take(medium.path, file)
  end
  return draft:write(file, medium.data) -- in memory: a user's transport need not write files
end

-- A medium's entry in the manifest.  A transport of a user's own need not have made all the digests.
local function entry_of(draft, file, medium, hashes)
  local digests = medium
  for _, name in ipairs(hashes) do
    if not medium[name] then
      local failure
      digests, failure = draft:digest(file, hashes)
      if not digests then
        return nil, failure
      end
      break
    end
  end
  return { size = medium.size, mime = medium.mime, sha256 = digests.sha256, sm3 = digests.sm3 }
end

-- Writes the media.  Returns the manifest's `files` and `missing`, and the files' names by their media's.
local function write_media(draft, record, hashes)
  local files, missing, names = {}, {}, {}
  for _, name in ipairs(MEDIA) do
    local medium = record[name]
    if medium then
      local file = name .. "." .. records.extension(medium)
      local entry
      local ok, failure = write_medium(draft, file, medium)
      if ok then
        entry, failure = entry_of(draft, file, medium, hashes)
      end
      if not entry then
        failure.field = name
        return nil, failure
      end
      files[file], names[name] = entry, file
    elseif not (record.damaged and record.damaged[name]) then
      missing[#missing + 1] = name
    end
  end
  return files, missing, names
end

-- Writes a text.  Returns its entry in the manifest.
local function write_text(draft, file, text, mime, hashes)
  local ok, failure = draft:write(file, text)
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

-- Writes the texts of damaged media as they came, and adds them to the manifest's `files`.  Returns its `damaged`.
local function write_damaged(draft, files, record, hashes)
  local damaged
  for _, name in ipairs(record.damaged and MEDIA or {}) do
    local damage = record.damaged[name]
    if damage then
      local file, failure = damage.data and name .. ".base64", nil
      if file then
        files[file], failure = write_text(draft, file, damage.data, "text/plain", hashes)
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

-- Writes the record without its media.  Returns its entry in the manifest.
local function write_record(draft, record, hashes)
  local fields = json.merge({}, record)
  for _, name in ipairs(MEDIA) do
    fields[name] = nil
  end
  fields.damaged = nil
  local text, failure = json.canonical(fields)
  if not text then
    return nil, failure
  end
  return write_text(draft, "record.json", text .. "\n", "application/json", hashes)
end

local function digests_of(answers)
  local digests = {}
  for _, answer in ipairs(answers) do
    digests[#digests + 1] = answer.sha256
  end
  return json.list(digests)
end

-- Seconds since the epoch as UTC, to the millisecond; nil for what is no time of ours.
local function time_of(seconds)
  if not seconds or not (seconds >= 0 and seconds < 253402300800) then -- the year 10000
    return nil
  end
  local milliseconds = math.floor(seconds * 1000 + 0.5)
  return os.date("!%Y-%m-%dT%H:%M:%S", math.floor(milliseconds / 1000)) .. (".%03dZ"):format(milliseconds % 1000)
end

-- Who gave each of the answers, and when; nil where no transport has said so.
local function exchanges_of(answers)
  local exchanges, is_told = {}, false
  for i, answer in ipairs(answers) do
    local from = answer.provenance or {}
    is_told = is_told or answer.provenance ~= nil
    exchanges[i] = {
      host = from.host,
      sent = time_of(from.sent),
      received = time_of(from.received),
      date = from.date,
      tls = from.tls,
      cipher = from.cipher,
      certificate = from.certificate,
    }
  end
  return is_told and exchanges or nil
end

local function build()
  local versions = core.build()
  versions.lua = jit and jit.version or _VERSION
  return versions
end

-- Writes every file of the bundle.  Returns the manifest and its digest.
local function write(draft, evidence)
  local record, hashes = evidence.record, evidence.hashes
  local files, missing, names = write_media(draft, record, hashes)
  if not files then
    return nil, missing
  end
  local last, places = evidence.answers[#evidence.answers], nil
  local damaged, failure = write_damaged(draft, files, record, hashes)
  if not failure then
    files["record.json"], failure = write_record(draft, record, hashes)
  end
  if not failure then
    places, failure = rebuild.places(last, files, names, damaged)
  end
  if failure then
    return nil, failure
  end
  draft.fetched_at = os.date "!%Y-%m-%dT%H:%M:%SZ" --[[@as string]]
  local content = {
    format = manifest.FORMAT,
    order_no = draft.order_no,
    code = record.code,
    bizSeqNo = record.bizSeqNo,
    occurredTime = record.occurredTime,
    transactionTime = record.transactionTime,
    liveRate = record.liveRate,
    similarity = record.similarity,
    fetched_at = draft.fetched_at,
    source = evidence.source,
    responses = digests_of(evidence.answers),
    exchanges = exchanges_of(evidence.answers),
    answer = last.envelope,
    rebuild = places and json.list(places) or places,
    files = files,
    missing = missing[1] and missing,
    damaged = damaged,
    odd = last.odd,
    facequery = require "facequery.version",
    build = build(),
    machine = core.machine(),
  }
  local digest
  digest, failure = manifest.write(draft, content)
  return digest and content, digest or failure
end

-- The same of a bundle that is to be encrypted: its manifest is, too, and another one tells the rest in clear.
local function write_secretly(draft, evidence)
  local secret = secrecy.draft(draft, evidence.secrecy, evidence.hashes)
  local content, failure = write(secret, evidence)
  if content then
    draft.fetched_at = content.fetched_at
    content, failure = secret:cover(content, evidence.record)
  end
  if not content then
    return nil, failure
  end
  local digest
  digest, failure = manifest.write(draft, content)
  return digest and content, digest or failure
end

local function bundle_of(place, name, content, digest, existing)
  return {
    order_no = content.order_no,
    path = place:location(name),
    code = content.code,
    manifest = digest,
    existing = existing,
    damaged = type(content.damaged) == "table" and content.damaged or nil,
  }
end

local function look(place, order_no)
  local name = place:find(order_no)
  if not name then
    return nil
  end
  local content, digest = manifest.read(place, name)
  if not content and digest then
    return nil, digest -- a failure, which says nothing of the bundle
  elseif not content or content.order_no ~= order_no then
    return nil, { status = "BUNDLE_INVALID", field = place:location(name) }
  end
  return bundle_of(place, name, content, digest, true)
end

--- The order's bundle; nil alone where nothing has its name.  Whatever else has its name is a failure: an
--- order that is wrongly taken for archived is lost when the service forgets it, after three days.
---@param place facequery.Place
---@param order_no string
---@return facequery.Bundle|nil
---@return facequery.Failure|nil failure BUNDLE_INVALID
function bundle.find(place, order_no)
  local found, unlocked = look(place, order_no)
  if not found and not unlocked then
    return nil
  end
  -- Another process may have given it its name, and withdraw it where its line can't be written; or move it.
  local again, failure = place:locked(function() return { look(place, order_no) } end, true)
  if again then
    return again[1], again[2]
  elseif failure.status == "FILE_LOCKED" then
    return nil, failure
  end
  return found, unlocked -- in an archive that can't be locked, which no run can change
end

--- Makes the order's bundle of a draft; or finds the one that another process has made in the meantime.
---@param place facequery.Place in which a run has begun
---@param draft facequery.Draft of the order; the caller's to discard
---@param evidence facequery.Evidence
---@return facequery.Bundle|nil
---@return facequery.Failure|nil failure
function bundle.keep(place, draft, evidence)
  local content, digest = (evidence.secrecy and write_secretly or write)(draft, evidence)
  if not content then
    return nil, digest
  end
  local ok, failure = place.group:commit(draft, digest)
  if ok then
    return bundle_of(place, draft.name, content, digest, false)
  end
  local existing = failure.status == "FILE_EXISTS" and bundle.find(place, draft.order_no)
  if existing then
    return existing
  end
  return nil, failure
end

return bundle
