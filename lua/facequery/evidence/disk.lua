--- An archive on the disk: bundles, a folder each, and the log beside them.
---
---   DIR/ORDER/         a bundle: record.json, photo.*, video.*, manifest.json
---   DIR/index.jsonl    the log: see log.lua
---   DIR/.lock          held while the archive's own names change
---   DIR/.run-NONCE/    a run's unfinished bundles; its .lock is held as long as the run lives

local core = require "facequery.core"
local errors = require "facequery.errors"
local log = require "facequery.evidence.log"
local names = require "facequery.evidence.names"

local archive = {}

-- Held for milliseconds; a process that is stopped with it in hand is told from one that is slow by
-- nothing but time.
local LOCK_SECONDS, LOOK_AGAIN = 30, 0.01

---@class facequery.Archive
---@field dir string
---@field area string the folder for unfinished bundles
---@field sleep fun(seconds: number) while another process holds the lock

local Archive = {}
Archive.__index = Archive

-- Only what is asked for is loaded: most users of facequery have no archive.
local function lfs()
  return require "lfs"
end

--- Is there a bundle, or anything else, of that name?
---@param order_no string
---@return boolean
function Archive:has(order_no)
  return lfs().symlinkattributes(self:path(order_no), "mode") ~= nil
end

--- The path of a bundle.
---@param order_no string
---@return string
function Archive:path(order_no)
  return self.dir .. "/" .. order_no
end

--- Runs `work` while no other process changes the archive's names.
---@generic T
---@param work fun(): T|nil, table|nil
---@return T|nil
---@return table|nil failure of the lock, or work's
function Archive:locked(work)
  local deadline = core.clock() + LOCK_SECONDS
  local lock, failure, ok, result
  repeat
    lock, failure = core.lock_file(self.dir .. "/.lock")
    if not lock and (failure.status ~= "FILE_LOCKED" or core.clock() > deadline) then
      return nil, failure
    elseif not lock then
      self.sleep(LOOK_AGAIN)
    end
  until lock
  ok, result, failure = pcall(work)
  lock:close()
  if not ok and not errors.is_failure(result) then
    error(result, 0)
  elseif not ok then
    return nil, result
  end
  return result, failure
end

--- The names of the bundles, in no order.
---@return (fun(): string|nil)|nil
---@return table|nil failure
function Archive:bundles()
  local next_name, failure = names(self.dir)
  if not next_name then
    return nil, failure
  end
  return function()
    local name
    repeat
      name = next_name()
    until not name or (name:find "^[A-Za-z0-9]+$"
      and lfs().symlinkattributes(self:path(name), "mode") == "directory")
    return name
  end
end

--- Is it an archive at all?  One that has lost its log and its lock still has bundles.
---@return boolean
function Archive:exists()
  if self:has "index.jsonl" or self:has ".lock" then
    return true
  end
  for order_no in self:bundles() or function() end do
    if self:has(order_no .. "/manifest.json") then
      return true
    end
  end
  return false
end

-- What runs that are no more have left.
local function stale_names(self)
  local next_name, failure = names(self.dir)
  if not next_name then
    return nil, failure
  end
  local stale = {}
  for name in next_name do
    local lock = name:find "^%.run%-" and core.lock_file(self:path(name) .. "/.lock")
    if lock then
      stale[#stale + 1] = name
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
  local area = self.dir .. "/.run-" .. nonce
  local ok
  ok, failure = core.draft_folder(area)
  if ok then
    self.area_lock, failure = core.lock_file(area .. "/.lock")
  end
  if failure then
    core.remove_folder(area)
    return nil, failure
  end
  self.area = area
  return true
end

--- Opens an archive for reading: nothing is made or changed.
---@param dir string
---@return facequery.Archive
function archive.at(dir)
  return setmetatable({ dir = (dir:gsub("(.)/+$", "%1")), sleep = core.sleep }, Archive)
end

-- With the archive's lock.
local function enter(self, is_run)
  local ok
  local stale, failure = stale_names(self)
  if stale then
    ok, failure = make_area(self)
  end
  -- Every crash leaves its area, so that a single order need not look through the whole archive.
  if ok then
    ok, failure = log.mend(self, is_run or #stale > 0)
  end
  for _, name in ipairs(ok and stale or {}) do
    core.remove_folder(self.dir .. "/" .. name)
  end
  return ok, failure
end

--- Opens an archive for writing: makes it where it is missing, mends what a crash has left.
---@param dir string
---@param is_run? boolean for many orders: looks through the log, too, where no crash has left a trace
---@return facequery.Archive|nil
---@return table|nil failure
function archive.open(dir, is_run)
  local self = archive.at(dir)
  local ok, failure = core.make_folder(self.dir)
  if ok then
    ok, failure = self:locked(function() return enter(self, is_run) end)
  end
  if not ok then
    self:close()
    return nil, failure
  end
  return self
end

--- Takes a bundle out of the archive, at once and then for good.  With the archive's lock.
---@param order_no string
---@return true|nil
---@return table|nil failure
function Archive:discard(order_no)
  local folder, failure = self:make_folder(order_no)
  if not folder then
    return nil, failure
  end
  local ok, message = os.rename(self:path(order_no), folder)
  core.remove_folder(folder)
  if not ok then
    return nil, { status = "FILE_UNWRITABLE", detail = message }
  end
  return true
end

--- Makes a folder for an order's unfinished bundle, the caller's to remove.  The order number is not
--- enough of a name: a list may hold an order twice.
---@param order_no string
---@return string|nil
---@return table|nil failure
function Archive:make_folder(order_no)
  self.folders = (self.folders or 0) + 1
  local folder = ("%s/%s.%d"):format(self.area, order_no, self.folders)
  local ok, failure = core.draft_folder(folder)
  if not ok then
    return nil, failure
  end
  return folder
end

--- Ends the run: its unfinished bundles go.
function Archive:close()
  if self.area_lock then
    core.remove_folder(self.area)
    self.area_lock:close()
    self.area_lock = nil
  end
end

return archive
