--- The place of an archive that is a folder on a disk:
---
---   DIR/2026/11/26/ORDER/   a bundle: record.json, photo.*, video.*, manifest.json; days.lua says where it lies
---   DIR/index.jsonl         the log: log.lua says what is in its lines
---   DIR/.lock               locked while names of bundles change, and while the log grows
---   DIR/.run-NONCE/         a run's drafts; its own .lock is locked as long as the run lives
---
--- The name of a bundle is its path in DIR.
---
--- What the methods are for is written down once for all places: facequery.Place and facequery.Draft in
--- facequery.evidence.

local areas = require "facequery.evidence.disk.area"
local calendar = require "facequery.evidence.calendar"
local core = require "facequery.core"
local days = require "facequery.evidence.disk.days"
local drafts = require "facequery.evidence.disk.draft"
local errors = require "facequery.errors"
local flush = require "facequery.evidence.disk.flush"
local locks = require "facequery.evidence.disk.lock"
local log_file = require "facequery.evidence.disk.log_file"
local look = require "facequery.evidence.disk.look"
local seals = require "facequery.evidence.disk.seals"

local disk = {}

local LOG, LOCK = "index.jsonl", ".lock"

---@class facequery.Disk : facequery.Place
---@field dir string
---@field days facequery.Days
---@field touched table<string, boolean> days that bundles have come to, and that the disk does not yet know of
---@field is_run? boolean many bundles are to come
---@field area? string the folder of this run's drafts
---@field area_lock? table locked until the run ends
---@field drafts integer that this run has begun
---@field threads? table core.threads, which bring files to the disk
---@field keeps_area? boolean something may be left to mend
local Disk = { log_name = LOG }
Disk.__index = Disk

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
    days = days.new(dir),
    touched = {},
    seals = seals.at(dir),
    sleep = core.sleep,
    digest_file = core.digest_file,
    await = flush.wait,
    hold = flush.wait,
    drafts = 0,
  }, Disk)
end

-- Reading ---------------------------------------------------------------------------------------

function Disk:location(name)
  return path_of(self, name)
end

function Disk.order_of(_, name)
  return days.order_of(name)
end

function Disk.belongs(_, name, fetched_at)
  return days.belongs(name, fetched_at)
end

-- An archive that has lost its log and its lock still has bundles.
function Disk:exists()
  if not look.leads_to_folder(self.dir) then
    return false, { status = "NO_FOLDER" }
  elseif look.mode(path_of(self, LOG)) or look.mode(path_of(self, LOCK)) then
    return true
  end
  for name in self:names() or function() end do
    if look.mode(path_of(self, name .. "/manifest.json")) then
      return true
    end
  end
  return false, { status = "NO_ARCHIVE" }
end

function Disk:parts()
  return self.days:parts()
end

function Disk:entries(part)
  return self.days:entries(part)
end

function Disk:names(part)
  local next_name, failure = self:entries(part)
  if not next_name then
    return nil, failure
  end
  return function()
    local name
    repeat
      name = next_name()
    until not name or self.days:is_bundle(name)
    return name
  end
end

function Disk:old_names()
  return self:names ""
end

function Disk:about(name)
  local path = path_of(self, name)
  local mode = look.mode(path)
  if not mode then
    return nil
  elseif name == LOG or name == seals.NAME and mode == "directory" then
    return "own"
  elseif name == LOCK then
    local is_own = look.size(path) == 0
    return is_own and "own" or "foreign", not is_own and "not the archive's: it is an empty file" or nil
  elseif areas.is_name(name) and mode == "directory" then
    return areas.is_alive(path) and "own" or "left"
  elseif self.days:is_bundle(name) then
    return "bundle"
  end
  local failure = mode == "directory" and select(2, look.names(path))
  return "foreign", failure and "can't be listed: " .. failure.detail or nil
end

function Disk:find(order_no)
  return self.days:find(order_no)
end

function Disk:files(name)
  return look.names(path_of(self, name))
end

function Disk:read(name, file, most)
  return look.read(path_of(self, name .. "/" .. file), most)
end

function Disk:digest(name, file, hashes)
  return self.digest_file(path_of(self, name .. "/" .. file), hashes)
end

function Disk:embed(name, file, into, hashes, is_plain)
  return into:embed(path_of(self, name .. "/" .. file), hashes, is_plain)
end

function Disk:rebuild(name, parts)
  local paths = {}
  for i, part in ipairs(parts) do
    paths[i] = type(part) == "string" and part
      or { path = path_of(self, name .. "/" .. part.file), base64 = part.base64 }
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
  if is_reader and not look.mode(path) then
    return nil, { status = "FILE_MISSING", field = path }
  end
  local lock, failure = locks.wait(path, self.sleep)
  if not lock then
    return nil, failure
  end
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

-- The areas of runs that were killed; and a look whether there are flat bundles, which may be moved meanwhile.
local function look_around(self)
  local next_name, failure = look.names(self.dir)
  if not next_name then
    return nil, failure
  end
  local stale = {}
  self.days.may_move = false
  for name in next_name do
    stale[#stale + 1] = areas.is_stale(self.dir, name) and path_of(self, name) or nil
    self.days.may_move = self.days.may_move or self.days:is_flat(name)
  end
  return stale
end

function Disk:enter(repair)
  local ok, failure = core.make_folder(self.dir)
  if not ok then
    return nil, failure
  end
  return self:locked(function()
    local stale, why = look_around(self)
    if not stale then
      return nil, why
    end
    self.area, self.area_lock, why = areas.make(self.dir)
    ok = self.area ~= nil
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
  return drafts.new(order_no, folder, calendar.today())
end

-- The days of drafts that have a folder already, which must be on the disk as their bundles must.
local function days_of(self, list)
  local found = {}
  for _, draft in ipairs(list) do
    local day = calendar.day_at(draft.fetched_at)
    if day then
      found[day] = found[day] or self.days:unsynced(day)
    end
  end
  return found
end

function Disk:settle(list)
  local paths, owners, failed = {}, {}, {}
  local function add(owner, path)
    paths[#paths + 1] = path
    owners[#paths] = owner
  end
  for _, draft in ipairs(list) do
    local next_name, failure = look.names(draft.folder)
    failed[draft] = failure
    for name in next_name or function() end do
      add(draft, draft:path(name))
    end
    add(draft, draft.folder)
  end
  local unsynced = days_of(self, list)
  for day, parents in pairs(unsynced) do
    for _, path in ipairs(parents) do
      add(day, path)
    end
  end
  local failures, unbegun = flush.run(self, paths, self.await)
  for index, owner in ipairs(owners) do
    failed[owner] = failed[owner] or unbegun or failures[index]
  end
  for day in pairs(unsynced) do
    self.days.synced[day] = not failed[day] -- commit makes them anew, or says why it can't
    failed[day] = nil
  end
  return failed
end

-- Makes the folder of the day on which a bundle was fetched, where there is none yet.
local function make_day(self, fetched_at)
  local day = calendar.day_at(fetched_at)
  if not day then
    return nil, { status = "BUNDLE_INVALID", detail = "its day can't be read" }
  end
  local ok, failure = self.days:make(day, function(paths) return flush.all(self, paths, self.hold) end)
  return ok and day, failure
end

function Disk:commit(draft)
  if self.days:find_since(draft.order_no, draft.looked_on) then
    return nil, { status = "FILE_EXISTS" }
  end
  local day, failure = make_day(self, draft.fetched_at)
  local ok
  if day then
    draft.name = day .. "/" .. draft.order_no
    ok, failure = core.rename(draft.folder, path_of(self, draft.name))
    self.touched[day] = ok or self.touched[day]
  end
  return ok, failure
end

function Disk:add(lines)
  local paths = {}
  for day in pairs(self.touched) do
    paths[#paths + 1] = path_of(self, day)
  end
  local ok, failure = flush.all(self, paths, self.hold)
  if not ok then
    return nil, failure
  end
  self.touched = {}
  local path = path_of(self, LOG)
  local before, unwritten = core.append(path, lines)
  if not before then
    return nil, unwritten
  end
  ok, failure = flush.all(self, { path, before == 0 and self.dir or nil }, self.hold)
  if not ok then
    local is_cut = core.truncate(path, before)
    self.keeps_area = self.keeps_area or not is_cut
  end
  return ok, failure
end

function Disk:withdraw(list)
  for _, draft in ipairs(list) do
    local ok = core.rename(path_of(self, draft.name), draft.folder)
    self.keeps_area = self.keeps_area or not ok
    self.days:tidy(draft.name)
  end
end

function Disk:discard(name)
  local draft, failure = self:begin(days.order_of(name))
  if not draft then
    return nil, failure
  end
  local ok
  ok, failure = core.rename(path_of(self, name), draft:path "bundle")
  self.keeps_area = self.keeps_area or not ok -- its tombstone may be written already
  draft:discard()
  self.days:tidy(name)
  return ok, failure
end

function Disk:move(name, fetched_at)
  local order_no = days.order_of(name)
  local day, failure = make_day(self, fetched_at)
  local ok
  if day then
    name = self.days:find_flat(order_no) or name -- its own year may have needed its name
    ok, failure = core.rename(path_of(self, name), path_of(self, day .. "/" .. order_no))
    self.touched[day] = ok or self.touched[day]
  end
  return ok, failure
end

function Disk:sync()
  local paths = { self.dir }
  for day in pairs(self.touched) do
    paths[#paths + 1] = path_of(self, day)
  end
  self.touched = {}
  return flush.all(self, paths, self.await)
end

return disk
