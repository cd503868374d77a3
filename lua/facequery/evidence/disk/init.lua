--- The place of an archive that is a folder on a disk:
---
---   DIR/ORDER/         a bundle: record.json, photo.*, video.*, manifest.json
---   DIR/index.jsonl    the log: log.lua says what is in its lines
---   DIR/.lock          locked while names in DIR change, and while the log grows
---   DIR/.run-NONCE/    a run's drafts; its own .lock is locked as long as the run lives
---
--- What the methods are for is written down once for all places: facequery.Place and facequery.Draft in
--- facequery.evidence.

local core = require "facequery.core"
local drafts = require "facequery.evidence.disk.draft"
local errors = require "facequery.errors"
local flush = require "facequery.evidence.disk.flush"
local log_file = require "facequery.evidence.disk.log_file"
local seals = require "facequery.evidence.disk.seals"

local disk = {}

local LOG, LOCK, RUN = "index.jsonl", ".lock", ".run-"

-- The lock is held for milliseconds.  Nothing but time tells a process that was stopped while it holds
-- the lock (SIGSTOP, say) from one that is slow.
local LOCK_SECONDS, LOOK_AGAIN = 30, 0.01

---@class facequery.Disk : facequery.Place
---@field dir string
---@field is_run? boolean many bundles are to come
---@field area? string the folder of this run's drafts
---@field area_lock? table locked until the run ends
---@field drafts integer that this run has begun
---@field threads? table core.threads, which bring files to the disk
---@field keeps_area? boolean something may be left to mend
local Disk = { log_name = LOG }
Disk.__index = Disk

-- LuaFileSystem is required where it is called: whoever has no archive need not have it installed.
local function lfs()
  return require "lfs"
end

-- What has this path, links not followed: "file", "directory", "link", …; nil for nothing.
local function mode_of(path)
  return (lfs().symlinkattributes(path, "mode"))
end

-- The names in a folder, in no order, without "." and "..".
local function names_in(folder)
  -- lfs.dir raises where it can't list.
  local ok, next_name, listing = pcall(lfs().dir, folder)
  if not ok then
    return nil, { status = "FILE_UNREADABLE", field = folder, detail = next_name:match "([^:]*)$":gsub("^ ", "") }
  end
  return function()
    local name
    repeat
      name = next_name(listing)
    until name ~= "." and name ~= ".."
    return name
  end
end

local function path_of(self, name)
  return self.dir .. "/" .. name
end

--- The place of this folder, which need not be there.
---@param dir string
---@return facequery.Disk
function disk.at(dir)
  dir = dir:gsub("(.)/+$", "%1")
  return setmetatable({
    dir = dir,
    seals = seals.at(dir),
    sleep = core.sleep,
    digest_file = core.digest_file,
    await = flush.wait,
    hold = flush.wait,
    drafts = 0,
  }, Disk)
end

-- Reading ---------------------------------------------------------------------------------------

function Disk:location(order_no)
  return path_of(self, order_no)
end

-- An archive that has lost its log and its lock still has bundles.
function Disk:exists()
  if lfs().attributes(self.dir, "mode") ~= "directory" then
    return false, "not a folder"
  elseif mode_of(path_of(self, LOG)) or mode_of(path_of(self, LOCK)) then
    return true
  end
  for order_no in self:names() or function() end do
    if mode_of(path_of(self, order_no .. "/manifest.json")) then
      return true
    end
  end
  return false, "not an archive"
end

local function is_bundle(self, name)
  return name:find "^[A-Za-z0-9]+$" ~= nil and name ~= seals.NAME
    and mode_of(path_of(self, name)) == "directory"
end

function Disk:names()
  local next_name, failure = names_in(self.dir)
  if not next_name then
    return nil, failure
  end
  return function()
    local name
    repeat
      name = next_name()
    until not name or is_bundle(self, name)
    return name
  end
end

function Disk:entries()
  return names_in(self.dir)
end

-- Is the run whose area this is alive?
local function is_alive(area)
  -- core.lock_file would make the lock that it does not find, and whoever reads makes nothing.  An area has
  -- no lock yet while its run makes it, which it does with the archive's lock held.
  local path = area .. "/" .. LOCK
  local lock, failure
  if mode_of(path) == "file" then
    lock, failure = core.lock_file(path)
  end
  if lock then
    lock:close()
  end
  return failure ~= nil and failure.status == "FILE_LOCKED"
end

function Disk:about(name)
  local path = path_of(self, name)
  local mode = mode_of(path)
  if not mode then
    return nil
  elseif name == LOG or name == seals.NAME and mode == "directory" then
    return "own"
  elseif name == LOCK then
    local is_own = mode == "file" and lfs().symlinkattributes(path, "size") == 0
    return is_own and "own" or "foreign", not is_own and "not the archive's: it is an empty file" or nil
  elseif name:sub(1, #RUN) == RUN and mode == "directory" then
    return is_alive(path) and "own" or "left"
  end
  return is_bundle(self, name) and "bundle" or "foreign"
end

function Disk:has(order_no)
  return mode_of(path_of(self, order_no)) ~= nil
end

function Disk:files(order_no)
  return names_in(path_of(self, order_no))
end

function Disk:read(order_no, file, most)
  local path = path_of(self, order_no .. "/" .. file)
  -- A link's target is outside the bundle, and opening a pipe would wait for its writer.
  local about = lfs().symlinkattributes(path)
  local handle = about and about.mode == "file" and about.size <= most and io.open(path, "rb")
  local bytes = handle and handle:read "*a"
  if handle then
    handle:close()
  end
  return bytes or nil
end

function Disk:digest(order_no, file, hashes)
  return self.digest_file(path_of(self, order_no .. "/" .. file), hashes)
end

function Disk:embed(order_no, file, into, hashes)
  return into:embed(path_of(self, order_no .. "/" .. file), hashes)
end

function Disk:rebuild(order_no, parts)
  local paths = {}
  for i, part in ipairs(parts) do
    paths[i] = type(part) == "string" and part
      or { path = path_of(self, order_no .. "/" .. part.file), base64 = part.base64 }
  end
  return core.rebuild(paths)
end

-- The log ---------------------------------------------------------------------------------------

function Disk:lines(from)
  return log_file.lines(path_of(self, LOG), from)
end

function Disk:last()
  return log_file.last(path_of(self, LOG))
end

function Disk:trim()
  return log_file.trim(path_of(self, LOG))
end

-- Writing ---------------------------------------------------------------------------------------

function Disk:locked(work, is_reader)
  local path = path_of(self, LOCK)
  if is_reader and not mode_of(path) then
    return nil, { status = "FILE_MISSING", field = path }
  end
  local deadline = core.clock() + LOCK_SECONDS
  local lock, failure
  repeat
    lock, failure = core.lock_file(path)
    if not lock and (failure.status ~= "FILE_LOCKED" or core.clock() > deadline) then
      return nil, failure
    elseif not lock then
      self.sleep(LOOK_AGAIN)
    end
  until lock
  local ok, result, why = pcall(work)
  lock:close()
  -- Whatever was raised may have come between a bundle and its line.
  self.keeps_area = self.keeps_area or not ok
  if not ok and not errors.is_failure(result) then
    error(result, 0)
  elseif not ok then
    return nil, result
  end
  return result, why
end

-- The areas of runs that were killed.
local function stale_areas(self)
  local next_name, failure = names_in(self.dir)
  if not next_name then
    return nil, failure
  end
  local stale = {}
  for name in next_name do
    local area = path_of(self, name)
    local lock = name:sub(1, #RUN) == RUN and core.lock_file(area .. "/" .. LOCK)
    if lock then
      stale[#stale + 1] = area
      lock:close()
    end
  end
  return stale
end

local function make_area(self)
  local nonce, failure = core.nonce()
  if not nonce then
    return nil, failure
  end
  local area = path_of(self, RUN .. nonce)
  local ok
  ok, failure = core.draft_folder(area)
  if ok then
    self.area_lock, failure = core.lock_file(area .. "/" .. LOCK)
  end
  if failure then
    core.remove_folder(area)
    return nil, failure
  end
  self.area = area
  return true
end

function Disk:enter(repair)
  local ok, failure = core.make_folder(self.dir)
  if not ok then
    return nil, failure
  end
  return self:locked(function()
    local stale, why = stale_areas(self)
    if not stale then
      return nil, why
    end
    ok, why = make_area(self)
    if ok then
      ok, why = repair(#stale > 0)
    end
    -- A killed run's area is the trace of its crash: it stays until what the crash left is repaired.
    for _, area in ipairs(ok and stale or {}) do
      core.remove_folder(area)
    end
    return ok, why
  end)
end

function Disk:close()
  if self.threads then
    self.threads:close()
    self.threads = nil
  end
  if self.area_lock then
    -- An area that stays tells the next run that there may be something to mend, as a crash's does.
    if not self.keeps_area then
      core.remove_folder(self.area)
    end
    self.area_lock:close()
    self.area_lock = nil
  end
end

function Disk:begin(order_no)
  -- The number tells drafts of the same order apart: a list may name an order twice.
  self.drafts = self.drafts + 1
  local folder = ("%s/%s.%d"):format(self.area, order_no, self.drafts)
  local ok, failure = core.draft_folder(folder)
  if not ok then
    return nil, failure
  end
  return drafts.new(order_no, folder)
end

function Disk:settle(list)
  local paths, owners, failed = {}, {}, {}
  local function add(draft, path)
    paths[#paths + 1] = path
    owners[#paths] = draft
  end
  for _, draft in ipairs(list) do
    local next_name, failure = names_in(draft.folder)
    failed[draft] = failure
    for name in next_name or function() end do
      add(draft, draft:path(name))
    end
    add(draft, draft.folder)
  end
  local failures, unbegun = flush.run(self, paths, self.await)
  for index, draft in ipairs(owners) do
    failed[draft] = failed[draft] or unbegun or failures[index]
  end
  return failed
end

function Disk:commit(draft)
  return core.rename(draft.folder, path_of(self, draft.order_no))
end

-- With the lock, so that only transfers may go on: whoever is resumed may want the lock, or take long.
local function hold_until_durable(self, ...)
  local failures, unbegun = flush.run(self, { ... }, self.hold)
  local failure = unbegun or select(2, next(failures))
  return not failure or nil, failure
end

function Disk:add(lines)
  local ok, failure = hold_until_durable(self, self.dir)
  if not ok then
    return nil, failure
  end
  local path = path_of(self, LOG)
  local before, unwritten = core.append(path, lines)
  if not before then
    return nil, unwritten
  end
  ok, failure = hold_until_durable(self, path, before == 0 and self.dir or nil)
  if not ok then
    local is_cut = core.truncate(path, before)
    self.keeps_area = self.keeps_area or not is_cut
  end
  return ok, failure
end

function Disk:withdraw(list)
  for _, draft in ipairs(list) do
    local ok = core.rename(path_of(self, draft.order_no), draft.folder)
    self.keeps_area = self.keeps_area or not ok
  end
end

function Disk:discard(order_no)
  local draft, failure = self:begin(order_no)
  if not draft then
    return nil, failure
  end
  local ok
  ok, failure = core.rename(path_of(self, order_no), draft:path "bundle")
  self.keeps_area = self.keeps_area or not ok -- its tombstone may be written already
  draft:discard()
  return ok, failure
end

return disk
