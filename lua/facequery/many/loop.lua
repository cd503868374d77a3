--- The iterator over many orders: so many at once, results as they are ready.

local loop = {}

-- Orders that wait between two polls leave their places to others.  They cost memory, so that there may be so many
-- for each place.
local MOST_RESTING = 32

local function next_of(orders)
  if type(orders) == "function" then
    return orders
  end
  local index = 0
  return function()
    index = index + 1
    return orders[index]
  end
end

-- An object that calls `close` when a `for` loop is left: at once in Lua 5.4 (__close), and in LuaJIT, which has
-- nothing else, when it is collected as garbage.
local function guard_of(close)
  if not newproxy then
    return setmetatable({}, { __close = close, __gc = close })
  end
  local guard = newproxy(true)
  getmetatable(guard).__gc = close
  return guard
end

---@class facequery.Loop a run under way
---@field pool facequery.Pool
---@field concurrency integer
---@field next_order fun(): string|nil
---@field work fun(order: string): any, any
---@field finish fun()
---@field results table[] from `first` to `last`: what the loop has not yet been given
---@field first integer
---@field last integer
---@field running integer orders begun and not ended
---@field has_more boolean the list has not come to its end
---@field is_open boolean the run is not over
local Loop = {}
Loop.__index = Loop

local function start(self, order)
  self.running = self.running + 1
  self.pool:start(function()
    local ok, result, err = pcall(self.work, order)
    self.running = self.running - 1
    self.last = self.last + 1
    self.results[self.last] = { order, result, err, raised = not ok }
  end)
end

-- Begins orders while there is room for them: at work, at rest, and for their results.
local function fill(self)
  while self.has_more and self.running < self.concurrency * MOST_RESTING
    and self.running - self.pool.resting + (self.last - self.first + 1) < self.concurrency
    -- As many again may be on their way to the disk: with a transport that blocks, nothing else ends this.
    and self.pool.parked < self.concurrency do
    local order = self.next_order()
    if order == nil then
      self.has_more = false
    else
      start(self, order)
    end
  end
end

function Loop:close()
  if self.is_open then
    self.is_open = false
    self.pool:close()
    self.finish()
  end
end

-- The next order with what came of it, or nil at the end.
local function next_result(self)
  if not self.is_open then
    return nil
  end
  fill(self)
  while self.first > self.last do
    if self.running == 0 then
      self:close()
      return nil
    end
    self.pool:step(true)
    fill(self)
  end
  if self.running > 0 then
    self.pool:step(false) -- lets transfers go on, however slow the loop's body is
  end
  local result = self.results[self.first]
  self.results[self.first] = nil
  self.first = self.first + 1
  if result.raised then
    self:close()
    error(result[2], 0)
  end
  return result[1], result[2], result[3]
end

--- What `work(order)` returns or raises reaches the loop; the next order starts only when the loop
--- asks for more.
---@param pool facequery.Pool closed when the orders are done
---@param orders string[]|fun(): string|nil
---@param concurrency integer
---@param work fun(order: string): any, any runs in a coroutine of the pool
---@param finish fun() called once, at the end
---@return fun(): string|nil, any, any
---@return nil, nil, any guard closed, and so the run, with the loop
function loop.run(pool, orders, concurrency, work, finish)
  local self = setmetatable({
    pool = pool,
    concurrency = concurrency,
    next_order = next_of(orders),
    work = work,
    finish = finish,
    results = {},
    first = 1,
    last = 0,
    running = 0,
    has_more = true,
    is_open = true,
  }, Loop)
  -- Made last: finalizers run in the reverse order of creation, so that what this one closes is still there.
  local guard = guard_of(function() self:close() end)
  local function next_of_run()
    local order, result, err = next_result(self)
    -- Looked at after that, and not in a tail call, so that no collector closes a run whose result is awaited.
    if guard then
      return order, result, err
    end
  end
  -- LuaJIT's traces keep the closures that they were recorded in, and all that these refer to.  The iterator, which
  -- alone refers to the guard, is compiled into none: no trace keeps a loop open that was left.
  if jit then
    jit.off(next_of_run)
  end
  return next_of_run, nil, nil, guard
end

return loop
