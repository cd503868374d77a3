--- The iterator over many orders: so many at once, results as they are ready.

local each = {}

-- Orders that rest until their files are there leave their places to others, up to so many for each
-- place: they cost memory.
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

-- An object that calls `close` when a loop of Lua 5.4 is left, and when nobody refers to it any more:
-- LuaJIT tells of the end of a loop no sooner.
local function guard_of(close)
  if not newproxy then
    return setmetatable({}, { __close = close, __gc = close })
  end
  local guard = newproxy(true)
  getmetatable(guard).__gc = close
  return guard
end

--- What `work(order)` returns or raises reaches the loop; the next order starts only when the loop
--- asks for more.
---@param pool facequery.Pool closed when the orders are done
---@param orders string[]|fun(): string|nil
---@param concurrency integer
---@param work fun(order: string): any, any runs in a coroutine of the pool
---@param finish fun() called once, at the end
---@return fun(): string|nil, any, any
---@return nil, nil, table
function each.run(pool, orders, concurrency, work, finish)
  local next_order = next_of(orders)
  local results, first, last = {}, 1, 0 -- a queue
  local running, more = 0, true
  local guard

  local function start(order)
    running = running + 1
    pool.start(function()
      local ok, result, err = pcall(work, order)
      running = running - 1
      last = last + 1
      results[last] = { order, result, err, raised = not ok }
    end)
  end

  local function fill()
    while more and running < concurrency * MOST_RESTING
      and running - pool.resting() + (last - first + 1) < concurrency do
      local order = next_order()
      if order == nil then
        more = false
      else
        start(order)
      end
    end
  end

  local function close()
    if guard then
      guard = nil
      pool.close()
      finish()
    end
  end

  local function next_result()
    if not guard then
      return nil
    end
    fill()
    while first > last do
      if running == 0 then
        close()
        return nil
      end
      pool.step(true)
      fill()
    end
    if running > 0 then
      pool.step(false) -- transfers go on, and in time, however slow the loop's body is
    end
    local result = results[first]
    results[first] = nil
    first = first + 1
    if result.raised then
      close()
      error(result[2], 0)
    end
    return result[1], result[2], result[3]
  end

  -- Made last, and so the first that the collector finds: what it closes is still there.
  guard = guard_of(close)
  return next_result, nil, nil, guard
end

return each
