--- The archive's append-only log: a line of JSON for each bundle, a tombstone for each that was purged, and a
--- line for each order that is held, or released.  Every line carries the digest of the line before, so that a
--- line that was changed, added or taken away shows; and one of its own, as the last line has none after it.

local check = require "facequery.check"
local core = require "facequery.core"
local json = require "facequery.json"

local log = {}

--- What stands for the digest of the line before the first.
log.NOTHING = ("0"):rep(64)

---@class facequery.LogEntry
---@field action "archived"|"purged"|"held"|"released"|"opened"
---@field order_no string
---@field manifest string SHA-256 of the bundle's manifest.json; log.NOTHING where it had none
---@field why? string of a hold, a release or an opening: see log.is_reason
---@field who? string that has opened it: name@host
---@field time string when, UTC
---@field previous string SHA-256 of the line before, without its line feed
---@field mended? boolean the line was written after a crash, from the bundle
---@field digest string SHA-256 of the line without this, its last field
---@field at? integer in bytes, where the line begins: of one that log.take was given

--- What each action says from its line on: whether the order's bundle is there, and whether the order is held.
--- Nil is that it says nothing of it.
---@type table<string, { is_there?: boolean, is_held?: boolean }>
local ACTIONS = {
  archived = { is_there = true },
  purged = { is_there = false },
  held = { is_held = true },
  released = { is_held = false },
  opened = {},
}

-- Bytes of a reason.
local MOST_REASON = 1024

--- Is the order's bundle there from this line on?
---@param entry facequery.LogEntry
---@return boolean|nil nil: the line doesn't say
function log.is_there(entry)
  return ACTIONS[entry.action].is_there
end

--- Can it be the reason of a hold?  A kilobyte at most, of UTF-8 in which something can be seen.  It is printed
--- on terminals, which obey control characters: ASCII's, and U+0080 to U+009F.
---@param text any
---@return boolean
function log.is_reason(text)
  return type(text) == "string" and #text <= MOST_REASON and text:find "%S" ~= nil
    and check.is_clean(text) and not text:find "\194[\128-\159]" and core.utf8(text) == text
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

--- The entry that a line is, or nil.
---@param text string without its line feed
---@return facequery.LogEntry|nil
function log.entry(text)
  local content, digest = text:match '^(.*),"digest":"(%x+)"}$'
  local entry = content and log.must_digest(content .. "}") == digest and json.decode(text)
  local is_entry = type(entry) == "table" and type(entry.order_no) == "string"
    and type(entry.manifest) == "string" and type(entry.previous) == "string"
    and ACTIONS[entry.action] ~= nil and (entry.why == nil or log.is_reason(entry.why))
  return is_entry and entry or nil
end

--- The lines, first to last: text without its line feed, the entry or nil where it is none, whether a
--- line feed ended it, and whether it carries the digest of the line before.  Nothing where there is no
--- log.
---@param place facequery.Place
---@param from? integer the bytes of lines that are not wanted any more; then the first of the others has none before
---@return fun(): string|nil, facequery.LogEntry|nil, boolean|nil, boolean|nil
---@return facequery.Failure|nil failure where there is something else in the log's place, or it can't be read
function log.lines(place, from)
  local next_line, failure = place:lines(from)
  next_line = next_line or function() end
  local before
  local function next_entry()
    local previous = before and log.must_digest(before) or log.NOTHING
    local text, is_ended = next_line()
    if not text then
      return nil
    end
    before = text
    local entry = log.entry(text)
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

--- What the log says, up to a line.
---@class facequery.LogState
---@field live table<string, string> what is there: the digest of its manifest, by order number
---@field purged table<string, string> the last tombstone's, where none came after it
---@field held table<string, facequery.LogEntry> the line that holds it, by order number
---@field read integer the bytes of the lines up to there
---@field count integer the lines up to there
---@field is_wanted? fun(order_no: string): boolean the orders that the tables are about: all of them where nil

--- The state before the first line.
---@param is_wanted? fun(order_no: string): boolean
---@return facequery.LogState
function log.beginning(is_wanted)
  return { live = {}, purged = {}, held = {}, read = 0, count = 0, is_wanted = is_wanted }
end

--- Takes the next whole line into account.
---@param state facequery.LogState
---@param text string
---@param entry facequery.LogEntry|nil
function log.take(state, text, entry)
  local is_wanted = entry and (not state.is_wanted or state.is_wanted(entry.order_no))
  local says = is_wanted and ACTIONS[entry.action] or {}
  if entry then
    entry.at = state.read
  end
  state.read = state.read + #text + 1
  state.count = state.count + 1
  if says.is_there ~= nil then
    state.live[entry.order_no] = says.is_there and entry.manifest or nil
    state.purged[entry.order_no] = not says.is_there and entry.manifest or nil
  end
  if says.is_held ~= nil then
    state.held[entry.order_no] = says.is_held and entry or nil
  end
end

--- What the log says.
---@param place facequery.Place
---@param state? facequery.LogState of the log as it was before: only the lines that came since are read
---@param hear? fun(entry: facequery.LogEntry) is told of each wanted entry before it is taken into account
---@return facequery.LogState state the same one, where one was given
---@return facequery.Failure|nil failure as log.lines': nothing was read
function log.state(place, state, hear)
  state = state or log.beginning()
  local lines, failure = place:lines(state.read)
  for text, is_ended in lines or function() end do
    -- Most lines of a long log are about others, which a look at the text tells sooner than its digest and JSON do.
    local order_no = state.is_wanted and text:match '"order_no":"(%w+)"'
    local entry = is_ended and (not order_no or state.is_wanted(order_no)) and log.entry(text) or nil
    if entry and hear and (not state.is_wanted or state.is_wanted(entry.order_no)) then
      hear(entry)
    end
    if is_ended then
      log.take(state, text, entry)
    end
  end
  return state, failure
end

return log
