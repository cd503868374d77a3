--- What an archive proves of one order, and what in it is not as it was archived.

local core = require "facequery.core"
local errors = require "facequery.errors"
local json = require "facequery.json"
local log = require "facequery.evidence.log"
local manifest = require "facequery.evidence.manifest"

local facts = {}

-- Problems that are kept to be named.
local MOST_PROBLEMS = 100

local MANIFEST, RECORD = "manifest.json", "record.json"

-- A record is a part of an answer, which has a megabyte, and six where JSON escapes each of its bytes.
local LARGEST_RECORD = 8 * 1024 * 1024

--- One of the log's lines about the order.
---@class facequery.OrderLine
---@field number integer from 1
---@field text string without its line feed
---@field entry facequery.LogEntry

---@class facequery.Facts
---@field order_no string
---@field name? string the bundle's, or that of what is in its way
---@field is_held boolean the log says that no purge may remove it
---@field is_purged boolean the log says that its bundle was purged, and it is gone
---@field problems { path: string, problem: string }[] the first of them, in verify's words
---@field more integer problems that are not among these
---@field lines facequery.OrderLine[] of the log, about this order
---@field decisive? facequery.OrderLine the last that says whether its bundle is there
---@field size integer the log's lines
---@field head string SHA-256 of the last of them
---@field manifest? facequery.Manifest where it is the one that the log tells of
---@field digest? string SHA-256 of it
---@field record? table record.json, where it is the one that the manifest tells of
---@field record_text? string
---@field sound table<string, true> the files that are as the manifest says

-- Adds a line about the order.
local function take(found, line, name, problem)
  local is_there, action = log.is_there(line.entry), line.entry.action
  found.lines[#found.lines + 1] = line
  if is_there ~= nil then
    found.decisive = line
  end
  if is_there == false and found.is_held then
    problem(name, ("%s was purged while it was held"):format(found.order_no))
  end
  found.is_held = action == "held" or found.is_held and action ~= "released"
end

-- What is wrong with a line, or nil.  Of other orders' lines it is enough that each carries the digest of the one
-- before: so each but the last is known to be what it was, and that is looked at by itself.
local function check_line(text, entry, before, is_ended)
  local previous = text:match '"previous":"(%x+)"'
  if not is_ended then
    return "unfinished; the archive's next run mends that"
  elseif not previous or entry == false then
    return "not an entry of a log, or changed"
  elseif previous ~= (before and log.must_digest(before) or log.NOTHING) then
    return "does not follow the line before: one was changed, added or taken away"
  end
end

-- Adds what the log says of the order, and what is wrong with the log.
local function read_log(found, place, problem)
  local next_line, failure = place:lines()
  if failure then
    problem(place.log_name, failure.status == "FILE_UNTRUSTED" and "not a plain file" or "can't be read")
  end
  local needle, before = ('"order_no":"%s"'):format(found.order_no), nil
  local text, is_ended = (next_line or function() end)()
  while text do
    found.size = found.size + 1
    local following, is_whole = next_line()
    local name = ("%s, line %d"):format(place.log_name, found.size)
    local entry
    if is_ended and (not following or text:find(needle, 1, true)) then
      entry = log.entry(text) or false
    end
    local words = check_line(text, entry, before, is_ended)
    if words then
      problem(name, words)
    end
    if entry and entry.order_no == found.order_no then
      take(found, { number = found.size, text = text, entry = entry }, name, problem)
    end
    before, text, is_ended = text, following, is_whole
  end
  found.head = before and log.must_digest(before) or log.NOTHING
end

-- Adds the bundle's manifest and its sound files, where the log's line has its digest.
local function read_bundle(found, place, expected, problem)
  local bad = {}
  manifest.check(place, found.name, function(name, text)
    bad[name] = true
    problem(found.name .. "/" .. name, text)
  end)
  local content, digest = manifest.read(place, found.name)
  if content and digest ~= expected then
    problem(found.name .. "/" .. MANIFEST, "not the one that the log tells of")
  end
  if not content or digest ~= expected or bad[MANIFEST] then
    return
  end
  found.manifest, found.digest = content, digest
  for name in pairs(content.files) do
    found.sound[name] = not bad[name] or nil
  end
end

-- Adds the record, where it is sound.
local function read_record(found, place)
  local text = found.sound[RECORD] and place:read(found.name, RECORD, LARGEST_RECORD)
  local digests = text and core.digest(text)
  local record = digests and digests.sha256 == found.manifest.files[RECORD].sha256 and json.decode(text)
  if type(record) == "table" then
    found.record, found.record_text = record, text
  end
end

--- Adds something that is not as it was archived.
---@param found facequery.Facts
---@param path string
---@param text string in verify's words
function facts.add_problem(found, path, text)
  if #found.problems < MOST_PROBLEMS then
    found.problems[#found.problems + 1] = { path = path, problem = text }
  else
    found.more = found.more + 1
  end
end

local function gather(place, order_no)
  local found = { order_no = order_no, is_purged = false, is_held = false, problems = {}, more = 0, lines = {},
    size = 0, sound = {} }
  local function problem(path, text)
    facts.add_problem(found, path, text)
  end
  read_log(found, place, problem)
  found.name = place:find(order_no)
  local last, is_there = found.decisive, found.name ~= nil
  local is_live = last ~= nil and log.is_there(last.entry)
  if not last and not is_there then
    return nil, { status = "NOT_ARCHIVED" }
  elseif is_there and not is_live then
    problem(found.name, "not in the log")
  elseif not is_there and is_live then
    problem(order_no, "in the log, but not there")
  elseif is_live then
    read_bundle(found, place, last.entry.manifest, problem)
    read_record(found, place)
  else
    found.is_purged = true
  end
  return found
end

-- As gather, but what it raises of failures is returned.
local function try(place, order_no)
  local ok, found, failure = pcall(gather, place, order_no)
  if not ok and not errors.is_failure(found) then
    error(found, 0)
  end
  return ok and found or nil, not ok and found or failure
end

--- Reads the log, and every byte of the order's bundle.
---@param place facequery.Place
---@param order_no string
---@return facequery.Facts|nil
---@return facequery.Failure|nil failure NOT_ARCHIVED: neither the bundles nor the log know the order
function facts.of(place, order_no)
  local found, failure = try(place, order_no)
  if found and not found.problems[1] then
    return found
  end
  -- A run may have changed the archive while it was read: what seems wrong is looked at again while none can.  An
  -- archive that can't be locked is taken as it was seen.
  local again = place:locked(function() return { try(place, order_no) } end, true)
  if again then
    return again[1], again[2]
  end
  return found, failure
end

return facts
