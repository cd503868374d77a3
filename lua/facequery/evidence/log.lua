--- The archive's append-only log: a line of JSON for each bundle, and a tombstone for each that was purged.
--- Every line carries the digest of the line before, so that a line that was changed, added or taken away
--- shows; and one of its own, as the last line has none after it.

local core = require "facequery.core"
local json = require "facequery.json"

local log = {}

--- What stands for the digest of the line before the first.
log.NOTHING = ("0"):rep(64)

---@class facequery.LogEntry
---@field action "archived"|"purged"
---@field order_no string
---@field manifest string SHA-256 of the bundle's manifest.json
---@field time string when, UTC
---@field previous string SHA-256 of the line before, without its line feed
---@field mended? boolean the line was written after a crash, from the bundle
---@field digest string SHA-256 of the line without this, its last field

--- What each action says of the order's bundle: whether it is there from that line on.
---@type table<string, { is_there: boolean }>
local ACTIONS = {
  archived = { is_there = true },
  purged = { is_there = false },
}

--- Is the order's bundle there from this line on?
---@param entry facequery.LogEntry
---@return boolean
function log.is_there(entry)
  return ACTIONS[entry.action].is_there
end

--- SHA-256 of a line without its line feed: what the next line carries.
---@param line string
---@return string|nil
---@return facequery.Failure|nil failure
function log.digest(line)
  local digests, failure = core.digest(line)
  if not digests then
    return nil, failure
  end
  return digests.sha256
end

--- The same, where a failure can't be returned, as from an iterator: raises it.  Place:locked and verify.run
--- make a result of it again.
---@param line string
---@return string
function log.must_digest(line)
  local digest, failure = log.digest(line)
  return digest or error(failure, 0)
end

-- The entry that a line is, or nil.
local function entry_of(text)
  local content, digest = text:match '^(.*),"digest":"(%x+)"}$'
  local entry = content and log.must_digest(content .. "}") == digest and json.decode(text)
  local is_entry = type(entry) == "table" and type(entry.order_no) == "string"
    and type(entry.manifest) == "string" and type(entry.previous) == "string"
    and ACTIONS[entry.action] ~= nil
  return is_entry and entry or nil
end

--- The lines, first to last: text without its line feed, the entry or nil where it is none, whether a
--- line feed ended it, and whether it carries the digest of the line before.  Nothing where there is no
--- log.
---@param place facequery.Place
---@return fun(): string|nil, facequery.LogEntry|nil, boolean|nil, boolean|nil
---@return facequery.Failure|nil failure where there is something else in the log's place, or it can't be read
function log.lines(place)
  local next_line, failure = place:lines()
  next_line = next_line or function() end
  local before
  local function next_entry()
    local previous = before and log.must_digest(before) or log.NOTHING
    local text, is_ended = next_line()
    if not text then
      return nil
    end
    before = text
    local entry = entry_of(text)
    return text, entry, is_ended, entry ~= nil and entry.previous == previous
  end
  return next_entry, failure
end

-- An entry's line, with its line feed; and its digest.
local function line_of(entry, previous)
  entry.time = os.date "!%Y-%m-%dT%H:%M:%SZ"
  entry.previous = previous
  local text, digest, failure
  text, failure = json.canonical(entry)
  if text then
    digest, failure = log.digest(text)
  end
  if not digest then
    return nil, failure
  end
  local line = ('%s,"digest":"%s"}'):format(text:sub(1, -2), digest)
  digest, failure = log.digest(line)
  return digest and line .. "\n", digest or failure
end

-- The digest of the last line.  The place's lock is held.
local function head_of(place)
  local line, failure, is_torn = place:last()
  if is_torn then
    -- The process that was writing the line was killed, perhaps since this one opened the archive.  What
    -- there is of the line was never the log's.
    local ok
    ok, failure = place:trim()
    if not ok then
      return nil, failure
    end
  end
  if line then
    return log.digest(line)
  end
  return not failure and log.NOTHING or nil, failure
end

--- Adds a line for each entry: all of them, or none.  The place's lock is held.
---@param place facequery.Place
---@param entries facequery.LogEntry[] without time, previous and digest, which they are given
---@return true|nil
---@return facequery.Failure|nil failure
function log.append(place, entries)
  local head, failure = head_of(place)
  if not head then
    return nil, failure
  end
  local lines = {}
  for i, entry in ipairs(entries) do
    local line, digest = line_of(entry, head)
    if not line then
      return nil, digest
    end
    lines[i], head = line, digest
  end
  return place:add(table.concat(lines))
end

--- Takes away what a crash has left of a line.  The place's lock is held.
---@param place facequery.Place
---@return true|nil
---@return facequery.Failure|nil failure
function log.trim(place)
  local head, failure = head_of(place)
  return head and true, failure
end

--- What the log says is there: the digest of its manifest, by order number.
---@param place facequery.Place
---@return table<string, string> live
---@return table<string, string> purged the last tombstone's, where none came after it
function log.state(place)
  local live, purged = {}, {}
  for _, entry, is_ended in log.lines(place) do
    if entry and is_ended then
      local is_there = log.is_there(entry)
      live[entry.order_no] = is_there and entry.manifest or nil
      purged[entry.order_no] = not is_there and entry.manifest or nil
    end
  end
  return live, purged
end

return log
