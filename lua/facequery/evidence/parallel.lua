--- Looks at many bundles at once, on all cores: each in a coroutine, which lets the others go on while the core's
--- threads digest one of its files.

local core = require "facequery.core"

local parallel = {}

-- Bundles that are begun, for each thread: as many as give it a file to go on with while Lua looks at others.
local BEGUN = 4
local LONGEST_WAIT = 60 -- seconds

---@class facequery.Parallel
---@field threads table core.threads
---@field most integer bundles at once
local Parallel = {}
Parallel.__index = Parallel

--- So many threads.
---@param jobs? integer every core's where nil
---@return facequery.Parallel|nil the caller's to close
---@return facequery.Failure|nil failure
function parallel.new(jobs)
  jobs = jobs or math.min(core.cores(), parallel.MOST)
  local threads, failure = core.threads(jobs)
  if not threads then
    return nil, failure
  end
  return setmetatable({ threads = threads, most = jobs * BEGUN }, Parallel)
end

--- The most threads there may be.
parallel.MOST = 256

--- Calls `work` with each item, for several at once, and returns when it has returned for all.  What it raises is
--- raised when the others that were begun have ended.
---@param place facequery.Place whose files are digested by the threads meanwhile
---@param next_item fun(): any|nil
---@param work fun(item: any)
---@param read? fun(size: integer) hears of each file that was digested
function Parallel:each(place, next_item, work, read)
  local threads, waiting, running, is_over, raised = self.threads, {}, 0, false, nil
  local digest_file = place.digest_file
  function place.digest_file(path, hashes)
    local id, failure = threads:digest(path, hashes)
    if not id then
      return nil, failure
    end
    waiting[id] = coroutine.running()
    return coroutine.yield()
  end
  local function work_on()
    while not is_over do
      local item = next_item()
      is_over = is_over or item == nil
      if item ~= nil then
        work(item)
      end
    end
  end
  local function resume(thread, ...)
    local ok, message = coroutine.resume(thread, ...)
    if not ok then
      is_over, raised = true, raised or { message }
    end
    running = running - (coroutine.status(thread) == "dead" and 1 or 0)
  end
  while running < self.most and not is_over do
    running = running + 1
    resume(coroutine.create(work_on))
  end
  while running > 0 do
    local id, digests, failure = threads:next()
    local thread = id and waiting[id]
    if thread then
      waiting[id] = nil
      if digests and read then
        read(digests.size)
      end
      resume(thread, digests, failure)
    else
      threads:wait(LONGEST_WAIT)
    end
  end
  place.digest_file = digest_file
  if raised then
    error(raised[1], 0)
  end
end

function Parallel:close()
  self.threads:close()
end

return parallel
