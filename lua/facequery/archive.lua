--- One order's evidence: asked for until its files are there, and kept in an archive.

local bundles = require "facequery.evidence.bundle"
local collect = require "facequery.collect"
local core = require "facequery.core"
local disk = require "facequery.evidence.disk"
local errors = require "facequery.errors"

local archive = {}

---@class facequery.ArchiveQuery
---@field order_no string
---@field dir string the archive's folder
---@field hashes? string[] digests of the files besides "sha256": "sm3"
---@field incomplete? boolean archive a verified order without its files, too, when they never come
---@field query_version? string
---@field attempts? integer default 3
---@field interval? number seconds, default 2

---@type table<string, facequery.Field>
archive.fields = {}
for _, name in ipairs { "order_no", "query_version", "attempts", "interval" } do
  archive.fields[name] = collect.fields[name]
end
for name, rule in pairs(collect.archive_fields) do
  archive.fields[name] = rule
end

archive.open = disk.open

-- With these kinds, a refusal is evidence even without files.
local EVIDENCE = { rejected = true, risk = true }

-- What came with a refusal and will not be sent otherwise.
local function is_evidence(err)
  local record = err.record
  return record ~= nil and record.code ~= "0" and not err.retryable
    and (EVIDENCE[err.kind] or record.photo ~= nil or record.video ~= nil or record.damaged ~= nil)
end

-- What a caller is told of a bundle: that an order with a damaged file is archived, and not done,
-- unless it takes what is incomplete.
local function judge(lang, bundle, incomplete)
  local field = bundle.damaged and (bundle.damaged.photo and "photo" or "video")
  if not field or incomplete then
    return bundle
  end
  local damage = bundle.damaged[field]
  local err = errors.from_failure(lang, {
    status = type(damage) == "table" and damage.code or "BASE64_FOREIGN",
    field = field,
    offset = type(damage) == "table" and damage.offset or nil,
  }, bundle.order_no)
  err.bundle = bundle
  return nil, err
end

-- Who asks for files that go into a bundle.  Its answers are added to the list.
local function archivist(asker, hashes, answers)
  local self = setmetatable({}, { __index = asker })
  function self.send(request)
    request.draft, request.digest_body, request.hashes = true, true, hashes
    return asker.send(request)
  end
  function self.on_answer(_, response, odd)
    answers[#answers + 1] = { envelope = response.envelope, sha256 = response.sha256, odd = odd }
  end
  return self
end

-- In a folder of the archive's, which is removed by the caller.
local function fetch_into(folder, place, asker, query)
  local collected = { order_no = query.order_no, source = asker.settings.base_url, hashes = { "sha256" }, answers = {} }
  for _, name in ipairs(query.hashes or {}) do
    collected.hashes[#collected.hashes + 1] = name ~= "sha256" and name or nil
  end
  local record, err, kept = collect.poll(archivist(asker, collected.hashes, collected.answers), {
    order_no = query.order_no,
    get_file = "both",
    query_version = query.query_version,
    attempts = query.attempts,
    interval = query.interval,
    photo_path = folder .. "/photo",
    video_path = folder .. "/video",
  }, is_evidence)
  if query.incomplete and err and err.code == "MEDIA_PENDING" then
    record = err.record
  end
  record = record or kept
  if not record then
    return nil, err
  end
  local bundle, failure = bundles.write(place, folder, record, collected)
  if not bundle then
    return nil, errors.from_failure(asker.settings.lang, failure, query.order_no)
  end
  return bundle
end

--- The order's bundle: the one that is there, or a new one.
---@param place facequery.Archive open
---@param asker facequery.Asker
---@param query facequery.ArchiveQuery checked
---@return facequery.Bundle|nil
---@return facequery.Error|nil err with `bundle` where a file of it came damaged
function archive.fetch(place, asker, query)
  local lang, order_no = asker.settings.lang, query.order_no
  local bundle, failure = bundles.find(place, order_no)
  if bundle then
    return judge(lang, bundle, query.incomplete)
  end
  local folder
  if not failure then
    folder, failure = place:make_folder(order_no)
  end
  if failure then
    return nil, errors.from_failure(lang, failure, order_no)
  end
  local ok, err
  ok, bundle, err = pcall(fetch_into, folder, place, asker, query)
  core.remove_folder(folder)
  if not ok then
    error(bundle, 0)
  elseif not bundle then
    return nil, err
  end
  return judge(lang, bundle, query.incomplete)
end

--- An order that is there already is left alone, and nothing is opened for it.
---@param asker facequery.Asker
---@param query facequery.ArchiveQuery checked
---@return facequery.Bundle|nil
---@return facequery.Error|nil
function archive.one(asker, query)
  local lang = asker.settings.lang
  local existing = bundles.find(disk.at(query.dir), query.order_no)
  if existing then
    return judge(lang, existing, query.incomplete)
  end
  local place, unopened = archive.open(query.dir)
  if not place then
    return nil, errors.from_failure(lang, unopened, query.order_no)
  end
  local ok, fetched, err = pcall(archive.fetch, place, asker, query)
  place:close()
  if not ok then
    error(fetched, 0)
  end
  return fetched, err
end

return archive
