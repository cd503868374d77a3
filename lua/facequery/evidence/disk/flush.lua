--- Brings a place's files and folders to the disk, while threads of the core wait for it.

local core = require "facequery.core"

local flush = {}

-- Threads that wait for fsync, all at once.  A single bundle has five files and folders; a run has many bundles,
-- and where fsync takes 20 ms, so many threads bring a hundred of them to the disk in a third of a second.
local FEW, MANY = 4, 32
local LONGEST_WAIT = 60 -- seconds

--- Waits, where the process has nothing else to do.
---@param threads table core.threads
function flush.wait(threads)
  threads:wait(LONGEST_WAIT)
end

--- Returns when the disk has all of these.
---@param place facequery.Disk whose threads these are
---@param paths string[] at least one
---@param wait fun(threads: table) the place's `await`, or with its lock `hold`
---@return table<integer, facequery.Failure>|nil failures by their place in the list
---@return facequery.Failure|nil failure where nothing was begun
function flush.run(place, paths, wait)
  local id, failure, ended, failures
  if not place.threads then
    place.threads, failure = core.threads(place.is_run and MANY or FEW)
  end
  if place.threads then
    id, failure = place.threads:flush(paths)
  end
  if not id then
    return nil, failure
  end
  repeat
    ended, failures = place.threads:next()
    if not ended then
      wait(place.threads)
    end
  until ended == id
  return failures or {}
end

--- The same, where one failure is as bad as many, and there may be nothing to be done.
---@param place facequery.Disk
---@param paths string[]
---@param wait fun(threads: table) with the lock `hold`: only transfers may go on, for whoever is resumed may want the lock
---@return true|nil
---@return facequery.Failure|nil failure
function flush.all(place, paths, wait)
  if not paths[1] then
    return true
  end
  local failures, unbegun = flush.run(place, paths, wait)
  local failure = unbegun or select(2, next(failures))
  return not failure or nil, failure
end

return flush
