--- The service in the small that a simulation needs: it takes so many requests a second, and is away for a while.

---@class bench.Service
---@field clock bench.Clock
---@field rate number requests a second, counted by
---@field window number seconds
---@field away_from number seconds since the epoch
---@field away_until number
---@field files_at table<string, number> when an order's files are there, where they are late
---@field is_rejected fun(order_no: string): boolean
---@field count { sent: integer, in_vain: integer, refused: integer, taken: integer } of requests: while it was away, too
--- often, and those that it answered
local Service = {}
Service.__index = Service

local service = {}

-- Seconds of a fetch, of a refusal, and until a request has failed while the service is away.
local FETCH, REFUSAL, FAILURE = { 0.2, 0.4 }, { 0.03, 0.1 }, { 2, 8 }
local TOO_OFTEN, REJECTED = "400504", "66660004"

---@return bench.Service
function service.new(options)
  options.count = { sent = 0, in_vain = 0, refused = 0, taken = 0 }
  return setmetatable(options, Service)
end

-- It counts by windows, of which each has a whole number of requests and lends none to the next one.
local function is_too_often(self)
  local window = math.floor(self.clock.time / self.window)
  if window ~= self.last_window then
    local each = self.rate * self.window
    self.last_window, self.room = window, math.floor(each * (window + 1)) - math.floor(each * window)
  end
  self.room = self.room - 1
  return self.room < 0
end

local function between(range)
  return range[1] + (range[2] - range[1]) * math.random()
end

local function response_of(code, has_files)
  return { status = 200, record = { code = code, photo = has_files and {} or nil } }
end

--- The transport of a worker.
---@param request facequery.Request
---@param owner { is_dead: boolean } whose coroutine it is
---@return facequery.Response|nil
---@return facequery.Failure|nil
function Service:send(request, owner)
  local count, order_no, time = self.count, request.order_no, self.clock.time
  count.sent = count.sent + 1
  if time >= self.away_from and time < self.away_until then
    count.in_vain = count.in_vain + 1
    self.clock:sleep(between(FAILURE), owner)
    return nil, { status = "TRANSPORT", code = "OPERATION_TIMEDOUT" }
  elseif is_too_often(self) then
    count.refused = count.refused + 1
    self.clock:sleep(between(REFUSAL), owner)
    return response_of(TOO_OFTEN)
  end
  self.clock:sleep(between(FETCH), owner)
  count.taken = count.taken + 1
  local is_rejected = self.is_rejected(order_no)
  local files_at = self.files_at[order_no]
  return response_of(is_rejected and REJECTED or "0", not is_rejected and (not files_at or files_at <= time))
end

return service
