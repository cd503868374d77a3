--- The areas of runs in an archive's folder: a run's drafts lie in its own, whose lock is locked as long as the run
--- lives.

local core = require "facequery.core"
local look = require "facequery.evidence.disk.look"

local area = {}

local RUN, LOCK = ".run-", ".lock"

---@param name string
---@return boolean
function area.is_name(name)
  return name:sub(1, #RUN) == RUN
end

--- Is the run whose area this is alive?  Makes nothing.
---@param path string
---@return boolean
function area.is_alive(path)
  -- core.lock_file would make the lock that it does not find, and whoever reads makes nothing.  An area has
  -- no lock yet while its run makes it, which it does with the archive's lock held.
  local lock, failure
  if look.mode(path .. "/" .. LOCK) == "file" then
    lock, failure = core.lock_file(path .. "/" .. LOCK)
  end
  if lock then
    lock:close()
  end
  return failure ~= nil and failure.status == "FILE_LOCKED"
end

--- Has a run left this that was killed?  The archive is locked.
---@param dir string
---@param name string
---@return boolean
function area.is_stale(dir, name)
  local lock = area.is_name(name) and core.lock_file(("%s/%s/%s"):format(dir, name, LOCK))
  if lock then
    lock:close()
  end
  return lock and true or false
end

--- Makes a run's area.  The archive is locked.
---@param dir string
---@return string|nil path
---@return table|nil lock the caller's to close
---@return facequery.Failure|nil failure
function area.make(dir)
  local nonce, failure = core.nonce()
  if not nonce then
    return nil, nil, failure
  end
  local path = ("%s/%s%s"):format(dir, RUN, nonce)
  local ok, lock
  ok, failure = core.draft_folder(path)
  if ok then
    lock, failure = core.lock_file(path .. "/" .. LOCK)
  end
  if not lock then
    core.remove_folder(path)
    return nil, nil, failure
  end
  return path, lock
end

return area
