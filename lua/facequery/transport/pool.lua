--- Many exchanges at once in one thread: coroutines over libcurl's multi interface.

local core = require "facequery.core"
local response = require "facequery.transport.settle"

local pool = {}

-- With nothing to come but a timer, a wait is as long as that timer; else as long as this.
local LONGEST_WAIT = 60 -- seconds

---@class facequery.Pool
---@field transport facequery.Transport for coroutines of `start`
---@field sleep fun(seconds: number) for coroutines of `start`
---@field rest fun(seconds: number) the same, leaving its place to another
---@field resting fun(): integer coroutines that do
---@field start fun(work: fun()) runs a coroutine until its first wait
---@field at_once facequery.Transport the same, beyond the places
---@field step fun(is_patient: boolean) runs whom what has come concerns; patient: waits for it
---@field close fun()

---@param places integer exchanges at once; more wait for their turn
---@return facequery.Pool|nil
---@return table|nil failure
function pool.new(places)
  local transfers, failure = core.pool()
  if not transfers then
    return nil, failure
  end
  local by_transfer = {} -- coroutines by the number of their exchange
  local queue, first, last = {}, 1, 0 -- coroutines that wait for a place
  local sleepers = {} -- the time to wake, by coroutine
  local resting = 0
  local self = {}

  local function resume(coroutine_)
    local ok, message = coroutine.resume(coroutine_)
    if not ok then
      error(message, 0)
    end
  end

  -- A place that becomes free goes to whoever has waited longest.
  local function take_place()
    if places > 0 then
      places = places - 1
    else
      last = last + 1
      queue[last] = coroutine.running()
      coroutine.yield()
    end
  end

  local function leave_place()
    if first > last then
      places = places + 1
    else
      local waiting = queue[first]
      queue[first] = nil
      first = first + 1
      sleepers[waiting] = 0 -- at the next step, not in the middle of this one
    end
  end

  --- The transport without a wait for a place: for tickets, which others wait for.
  function self.at_once(request)
    local received, info
    local id, refused = transfers:start(request)
    if id then
      by_transfer[id] = coroutine.running()
      coroutine.yield()
      received, info = transfers:finish(id)
    end
    if not received then
      return nil, refused or info
    end
    return response.settle(received, info, request)
  end

  function self.transport(request)
    take_place()
    local answer, refused = self.at_once(request)
    leave_place()
    return answer, refused
  end

  function self.sleep(seconds)
    sleepers[coroutine.running()] = core.clock() + seconds
    coroutine.yield()
  end

  function self.rest(seconds)
    resting = resting + 1
    self.sleep(seconds)
    resting = resting - 1
  end

  function self.resting()
    return resting
  end

  function self.start(work)
    resume(coroutine.create(work))
  end

  local function wake()
    local now, woken = core.clock(), {}
    for sleeper, time in pairs(sleepers) do
      if time <= now then
        woken[#woken + 1] = sleeper
      end
    end
    for _, sleeper in ipairs(woken) do
      sleepers[sleeper] = nil
      resume(sleeper)
    end
    return #woken > 0
  end

  local function until_next()
    local next_time = math.huge
    for _, time in pairs(sleepers) do
      next_time = math.min(next_time, time)
    end
    return math.max(0, math.min(LONGEST_WAIT, next_time - core.clock()))
  end

  function self.step(is_patient)
    if wake() then
      return
    end
    for _, id in ipairs(transfers:wait(is_patient and until_next() or 0)) do
      local waiting = by_transfer[id]
      by_transfer[id] = nil
      resume(waiting)
    end
  end

  function self.close()
    transfers:close()
  end

  return self
end

return pool
