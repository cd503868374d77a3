--- One order's evidence: asked for until its files are there, and kept in an archive.  The one module that
--- knows both who asks (facequery.collect) and who keeps (facequery.evidence).

local bundles = require "facequery.evidence.bundle"
local collect = require "facequery.collect"
local errors = require "facequery.errors"
local evidence = require "facequery.evidence"
local secrecy = require "facequery.evidence.secrecy"

local archive = {}

--- What client:archive takes.
---@class facequery.ArchiveQuery
---@field order_no string 1 to 32 letters and digits
---@field dir string the archive's folder
---@field hashes? string[] digests of the files besides "sha256": "sm3"
---@field incomplete? boolean archive a verified order without its files, too, when they never come
---@field encrypt_to? string[] paths of certificates: the bundle's files are encrypted for these
---@field encrypt_media_to? string[] photo and video for these instead
---@field query_version? string as facequery.Query's
---@field attempts? integer as facequery.PollQuery's, default 3
---@field interval? number seconds, as facequery.PollQuery's, default 2

---@type table<string, facequery.Field>
archive.fields = {}
for _, name in ipairs { "order_no", "query_version", "attempts", "interval" } do
  archive.fields[name] = collect.fields[name]
end
for name, rule in pairs(collect.archive_fields) do
  archive.fields[name] = rule
end

--- Opens an archive for writing, once the recipients' certificates are found good.
---@param dir string
---@param options facequery.ArchiveQuery|facequery.EachOptions of which `encrypt_to` and `encrypt_media_to` count
---@param is_run? boolean for many bundles
---@return facequery.Place|nil with `secrecy` where bundles are to be encrypted; the caller's to close
---@return facequery.Failure|nil failure
function archive.open(dir, options, is_run)
  local place
  local how, failure = secrecy.new(options.encrypt_to, options.encrypt_media_to)
  if not failure then
    place, failure = evidence.open(dir, is_run)
  end
  if place then
    place.secrecy = how
  end
  return place, failure
end

-- A refusal of one of these kinds is evidence even without files.
local EVIDENCE = { rejected = true, risk = true }

-- Is a refusal to be kept in the archive?  One with files is, because these are sent with no other answer.
local function is_evidence(err)
  local record = err.record
  return record ~= nil and record.code ~= "0" and not err.retryable
    and (EVIDENCE[err.kind] or record.photo ~= nil or record.video ~= nil or record.damaged ~= nil)
end

-- What a caller is told of a bundle.  That of an order with a damaged file is kept, but is an error unless the
-- caller takes what is incomplete.
local function judge(lang, bundle, query)
  local field = bundle.damaged and (bundle.damaged.photo and "photo" or "video")
  if not field or query.incomplete then
    return bundle
  end
  local damage = type(bundle.damaged[field]) == "table" and bundle.damaged[field] or {}
  local err = errors.from_failure(lang, {
    status = damage.code or "BASE64_FOREIGN",
    field = field,
    offset = damage.offset,
  }, bundle.order_no)
  err.bundle = bundle
  return nil, err
end

-- An asker whose files go into a bundle.  What it is answered is added to the list.
local function archivist(asker, hashes, answers, how)
  local self = setmetatable({}, { __index = asker })
  function self.send(request)
    request.draft, request.digest_body, request.provenance, request.hashes = true, true, true, hashes
    request.recipients = how and how.media
    -- A user's transport need not encrypt: what it returns in memory is encrypted here.
    for _, file in ipairs(how and type(asker.settings.transport) == "function" and request.files or {}) do
      file.path = nil
    end
    return asker.send(request)
  end
  function self.on_answer(_, response, odd)
    local answer = { envelope = response.envelope, sha256 = response.sha256, odd = odd, layout = {},
      provenance = response.provenance }
    -- Of the files the digests alone: whole ones in memory are not to be held until the order is done.
    for i, place in ipairs(response.layout or {}) do
      local file = (place.base64 and response.media or response.damaged or {})[place.name] or {}
      answer.layout[i] = { at = place.at, name = place.name, base64 = place.base64, sha256 = file.sha256 }
    end
    answer.layout = response.layout and answer.layout
    answers[#answers + 1] = answer
  end
  return self
end

-- The digests to make of each file: SHA-256, which is in every manifest, and those that the query names.
local function hashes_of(query)
  local hashes = { "sha256" }
  for _, name in ipairs(query.hashes or {}) do
    hashes[#hashes + 1] = name ~= "sha256" and name or nil
  end
  return hashes
end

-- The files are written into the draft while they arrive; the caller discards it.
local function fetch_into(draft, place, asker, query)
  local hashes, answers = hashes_of(query), {}
  local record, err, kept = collect.poll(archivist(asker, hashes, answers, place.secrecy), {
    order_no = query.order_no,
    get_file = "both",
    query_version = query.query_version,
    attempts = query.attempts,
    interval = query.interval,
    photo_path = draft:path "photo",
    video_path = draft:path "video",
  }, is_evidence)
  if query.incomplete and err and err.code == "MEDIA_PENDING" then
    record = err.record
  end
  record = record or kept
  if not record then
    return nil, err
  end
  local bundle, failure = bundles.keep(place, draft, {
    record = record,
    answers = answers,
    source = asker.settings.base_url,
    hashes = hashes,
    secrecy = place.secrecy,
  })
  if not bundle then
    return nil, errors.from_failure(asker.settings.lang, failure, query.order_no)
  end
  return judge(asker.settings.lang, bundle, query)
end

--- The order's bundle: the one that is there, or a new one.
---@param place facequery.Place in which a run has begun
---@param asker facequery.Asker
---@param query facequery.ArchiveQuery checked
---@return facequery.Bundle|nil
---@return facequery.Error|nil err with `bundle` where a file of it came damaged
function archive.fetch(place, asker, query)
  local lang, order_no = asker.settings.lang, query.order_no
  local bundle, failure = bundles.find(place, order_no)
  if bundle then
    return judge(lang, bundle, query)
  end
  local draft
  if not failure then
    draft, failure = place:begin(order_no)
  end
  if failure then
    return nil, errors.from_failure(lang, failure, order_no)
  end
  local ok, err
  ok, bundle, err = pcall(fetch_into, draft, place, asker, query)
  draft:discard()
  if not ok then
    error(bundle, 0)
  end
  return bundle, err
end

--- An order that is there already is left alone, and nothing is opened for it.
---@param asker facequery.Asker
---@param query facequery.ArchiveQuery checked
---@return facequery.Bundle|nil
---@return facequery.Error|nil
function archive.one(asker, query)
  local lang = asker.settings.lang
  local existing = bundles.find(evidence.at(query.dir), query.order_no)
  if existing then
    return judge(lang, existing, query)
  end
  local place, unopened = archive.open(query.dir, query)
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
