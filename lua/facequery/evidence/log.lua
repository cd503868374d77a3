--- The archive's append-only log, index.jsonl: a line of JSON for each bundle, and a tombstone for
--- each that was purged.  Every line carries the digest of the line before, so that a line that was
--- changed, added or taken away shows; and one of its own, as none comes after the last.

local core = require "facequery.core"
local json = require "facequery.json"
local manifest = require "facequery.evidence.manifest"

local log = {}

-- Before the first line.
local NOTHING = ("0"):rep(64)
-- Longer than any line.
local TAIL = 4096
local PIECE = 64 * 1024

---@class facequery.LogEntry
---@field action "archived"|"purged"
---@field order_no string
---@field manifest string SHA-256 of the bundle's manifest.json
---@field time string when, UTC
---@field previous string SHA-256 of the line before, without its line feed
---@field mended? boolean the line was written after a crash, from the bundle
---@field digest string SHA-256 of the line without this, its last field

local function path_of(archive)
  return archive.dir .. "/index.jsonl"
end

-- The log for reading; nil where there is none yet, and a failure where there is something else in its
-- place (a link, a pipe, a folder), or it can't be read: taken for none, it would begin anew.
local function open(archive)
  local path = path_of(archive)
  local mode = require("lfs").symlinkattributes(path, "mode")
  if not mode then
    return nil
  elseif mode ~= "file" then
    return nil, { status = "FILE_UNTRUSTED", field = path }
  end
  local file = io.open(path, "rb")
  return file, not file and { status = "FILE_UNREADABLE", field = path } or nil
end

local function digest_of(line)
  local digests, failure = core.digest(line)
  if not digests then
    return nil, failure
  end
  return digests.sha256
end

-- For iterators, which have no other way: raises the failure, which Archive:locked returns.
local function must_digest(line)
  local digest, failure = digest_of(line)
  return digest or error(failure, 0)
end

-- The lines of a file, and whether a line feed ended them.  Not file:lines, which in LuaJIT loses what
-- follows a zero byte.
local function lines_of(file)
  local buffer, position = "", 1
  return function()
    while true do
      local line_feed = buffer:find("\n", position, true)
      local line = buffer:sub(position, (line_feed or 0) - 1)
      if line_feed then
        position = line_feed + 1
        return line, true
      end
      local piece = file and file:read(PIECE)
      if not piece then
        if file then
          file:close()
        end
        file, buffer, position = nil, "", 1
        return line ~= "" and line or nil, false
      end
      buffer, position = line .. piece, 1
    end
  end
end

--- The lines, first to last: text without its line feed, the entry or nil where it is none, whether a
--- line feed ended it, and whether it carries the digest of the line before.  Nothing where there is no
--- log.
---@param archive facequery.Archive
---@return fun(): string|nil, facequery.LogEntry|nil, boolean|nil, boolean|nil
---@return table|nil failure where there is something else, or it can't be read
function log.lines(archive)
  local file, failure = open(archive)
  local next_line = file and lines_of(file) or function() end
  local before
  local function next_entry()
    local previous = before and must_digest(before) or NOTHING
    local text, is_ended = next_line()
    if not text then
      return nil
    end
    before = text
    local content, digest = text:match '^(.*),"digest":"(%x+)"}$'
    local entry = content and must_digest(content .. "}") == digest and json.decode(text)
    local is_entry = type(entry) == "table" and type(entry.order_no) == "string"
      and type(entry.manifest) == "string" and type(entry.previous) == "string"
      and (entry.action == "archived" or entry.action == "purged")
    return text, is_entry and entry or nil, is_ended, is_entry and entry.previous == previous
  end
  return next_entry, failure
end

-- The last whole line, where it ends, and the file's size.
local function tail_of(file)
  local size, length = file:seek "end", TAIL
  while true do
    file:seek("set", math.max(0, size - length))
    local tail = file:read "*a"
    -- Anchored and greedy: from the end, not from every character.
    local line, torn = (length >= size and "\n" .. tail or tail):match "^.*\n([^\n]*)\n([^\n]*)$"
    if line then
      return line, size - #torn, size
    elseif length >= size then
      return nil, 0, size
    end
    length = length * TAIL
  end
end

-- The digest of the last line.  A line that a crash has cut goes: it was never the log's.
local function head_of(archive)
  local file, failure = open(archive)
  if not file then
    return not failure and NOTHING or nil, failure
  end
  local line, last, size = tail_of(file)
  file:close()
  if last < size then
    local ok
    ok, failure = core.truncate(path_of(archive), last)
    if not ok then
      return nil, failure
    end
  end
  if not line then
    return NOTHING
  end
  return digest_of(line)
end

--- Adds a line.  With the archive's lock.
---@param archive facequery.Archive
---@param entry facequery.LogEntry without time, previous and digest
---@return true|nil
---@return table|nil failure
function log.append(archive, entry)
  -- Another process may have been killed since this one opened the archive.
  local head, failure = head_of(archive)
  if not head then
    return nil, failure
  end
  entry.time = os.date "!%Y-%m-%dT%H:%M:%SZ"
  entry.previous = head
  local text, digest
  text, failure = json.canonical(entry)
  if text then
    digest, failure = digest_of(text)
  end
  if not digest then
    return nil, failure
  end
  return core.append(path_of(archive), ('%s,"digest":"%s"}\n'):format(text:sub(1, -2), digest))
end

--- What the log says is there: the digest of its manifest, by order number.
---@param archive facequery.Archive
---@return table<string, string> live
---@return table<string, string> purged the last tombstone's, where none came after it
function log.state(archive)
  local live, purged = {}, {}
  for _, entry, is_ended in log.lines(archive) do
    if entry and is_ended then
      local is_live = entry.action == "archived"
      live[entry.order_no] = is_live and entry.manifest or nil
      purged[entry.order_no] = not is_live and entry.manifest or nil
    end
  end
  return live, purged
end

-- Was every line written by this file, after the one before it?  A torn last line is a crash's.
local function is_sound(archive)
  for _, _, is_ended, follows in log.lines(archive) do
    if is_ended and not follows then
      return false
    end
  end
  return true
end

-- Are the bundles those that the log tells of?  Sums instead of sets, so that a large archive takes no
-- memory; of digests instead of ones, so that a bundle too many does not make up for one too few.
local function is_in_step(archive)
  local balance = 0
  local function add(order_no, sign)
    balance = (balance + sign * tonumber(must_digest(order_no):sub(1, 12), 16)) % 2 ^ 48
  end
  for _, entry, is_ended in log.lines(archive) do
    if entry and is_ended then
      add(entry.order_no, entry.action == "archived" and 1 or -1)
    end
  end
  local bundles, failure = archive:bundles()
  if not bundles then
    return false, failure
  end
  for order_no in bundles do
    add(order_no, -1)
  end
  return balance == 0
end

--- After a crash between a bundle and its line, writes the line; between a tombstone and the
--- bundle's removal, removes it.  A bundle that is not whole is left for verify to name.  With the
--- archive's lock.
---@param archive facequery.Archive with its area
---@param is_thorough boolean looks for bundles without a line, too
---@return true|nil
---@return table|nil failure
function log.mend(archive, is_thorough)
  local head, failure = head_of(archive)
  if not head then
    return nil, failure
  end
  local is_fine = not is_thorough
  if is_thorough then
    is_fine, failure = is_in_step(archive)
  end
  if is_fine or failure then
    return is_fine or nil, failure
  end
  -- A bundle whose line was changed or taken away has lost it to no crash: verify names it, and a new
  -- line would speak for whatever the bundle holds now.
  if not is_sound(archive) then
    return true
  end
  local bundles
  bundles, failure = archive:bundles()
  if not bundles then
    return nil, failure
  end
  local live, purged = log.state(archive)
  for order_no in bundles do
    local digest = not live[order_no] and manifest.check(archive:path(order_no), order_no)
    if digest and digest == purged[order_no] then
      archive:discard(order_no)
    elseif digest then
      local ok
      ok, failure = log.append(archive, {
        action = "archived",
        order_no = order_no,
        manifest = digest,
        mended = true,
      })
      if not ok then
        return nil, failure
      end
    end
  end
  return true
end

return log
