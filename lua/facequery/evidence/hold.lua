--- Holds orders: nothing purges the bundle of an order that is held, however old it is and whoever asks, until
--- the order is released.  Both are lines of the log.

local log = require "facequery.evidence.log"

local hold = {}

--- Hears what is held or released, durably, and what is not: NOT_ARCHIVED, an order that is not there;
--- ORDER_HELD, one that is held for another reason, which is in `detail`; NOT_HELD.
---@alias facequery.HoldReport fun(order_no: string, failure: facequery.Failure|nil)

-- Adds the lines that `judge` makes of the orders, all of them or none.  `judge` returns an entry, nil where there
-- is nothing to be done, or nil and why not.
local function add(place, orders, report, judge)
  local state = log.state(place) -- most of the log is read while others go on
  return place:locked(function()
    local _, failure = log.state(place, state)
    if failure then
      return nil, failure
    end
    local entries, done = {}, {}
    for _, order_no in ipairs(orders) do
      local entry, why_not = judge(state, order_no)
      if why_not then
        report(order_no, why_not)
      else
        entries[#entries + 1], done[#done + 1] = entry, order_no
      end
    end
    local ok = true
    if entries[1] then
      ok, failure = log.append(place, entries)
    end
    for _, order_no in ipairs(ok and done or {}) do
      report(order_no)
    end
    return ok and #done, failure
  end)
end

--- Holds orders.  One that is held for this very reason stays as it is.
---@param place facequery.Place in which a run has begun
---@param orders string[] each once
---@param why string see log.is_reason
---@param report facequery.HoldReport
---@return integer|nil held
---@return facequery.Failure|nil failure
function hold.set(place, orders, why, report)
  return add(place, orders, report, function(state, order_no)
    local held, digest = state.held[order_no], state.live[order_no]
    if held and held.why ~= why then
      return nil, { status = "ORDER_HELD", detail = held.why }
    end
    local name = digest and place:find(order_no)
    if not name or place:about(name) ~= "bundle" then
      return nil, { status = "NOT_ARCHIVED" }
    end
    return not held and { action = "held", order_no = order_no, manifest = digest, why = why } or nil
  end)
end

--- Releases orders.
---@param place facequery.Place in which a run has begun
---@param orders string[] each once
---@param why string|nil see log.is_reason
---@param report facequery.HoldReport
---@return integer|nil released
---@return facequery.Failure|nil failure
function hold.release(place, orders, why, report)
  return add(place, orders, report, function(state, order_no)
    local held = state.held[order_no]
    if not held then
      return nil, { status = "NOT_HELD" }
    end
    return { action = "released", order_no = order_no, manifest = held.manifest, why = why }
  end)
end

--- The lines that hold orders, in their order.
---@param place facequery.Place
---@return facequery.LogEntry[]|nil
---@return facequery.Failure|nil failure
function hold.list(place)
  local state, failure = log.state(place)
  if failure then
    return nil, failure
  end
  local entries = {}
  for _, entry in pairs(state.held) do
    entries[#entries + 1] = entry
  end
  table.sort(entries, function(a, b) return a.at < b.at end)
  return entries
end

return hold
