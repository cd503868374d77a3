--- Waits for the lock of an archive, which is a file that is locked.

local core = require "facequery.core"

local lock = {}

-- The lock is held for milliseconds.  Nothing but time tells a process that was stopped while it holds
-- the lock (SIGSTOP, say) from one that is slow.
local LONGEST_WAIT, LOOK_AGAIN = 30, 0.01

---@param path string
---@param sleep fun(seconds: number)
---@return table|nil lock the caller's to close
---@return facequery.Failure|nil failure FILE_LOCKED where another keeps it
function lock.wait(path, sleep)
  local deadline = core.clock() + LONGEST_WAIT
  while true do
    local own, failure = core.lock_file(path)
    if own or failure.status ~= "FILE_LOCKED" or core.clock() > deadline then
      return own, failure
    end
    sleep(LOOK_AGAIN)
  end
end

return lock
