--- What an operator asks of the queue, page by page: the dead, and orders that Redis has lost.  Methods of the engine's
--- (facequery.queue.redis).

local core = require "facequery.core"
local queries = require "facequery.service.query"

local operator = {}

-- Entries, fields, or members of a sorted set, looked at in one step.
local PAGE = 1000
-- How long the service keeps an order's files.
local RETENTION = 3 * 86400

-- Calls `visit` with each entry's fields of a stream, from behind `id` on.  Returns the last id.
local function each_entry(self, key, id, visit)
  while true do
    local page, failure = self.call("xrange", key, "(" .. id, "+", "COUNT", PAGE)
    if not page then
      return nil, failure
    end
    for _, one in ipairs(page) do
      local entry = {}
      for i = 1, #one[2], 2 do
        entry[one[2][i]] = one[2][i + 1]
      end
      visit(entry)
      id = one[1]
    end
    if #page < PAGE then
      return id
    end
  end
end

-- Calls `visit` with each member of a sorted set and its score.
local function each_member(self, key, visit)
  local cursor = "0"
  repeat
    local reply, failure = self.call("zscan", key, cursor, "COUNT", PAGE)
    if not reply then
      return nil, failure
    end
    cursor = reply[1]
    for i = 1, #reply[2], 2 do
      visit(reply[2][i], reply[2][i + 1])
    end
  until cursor == "0"
  return true
end

-- Runs a script with these words, as many at once as make a page.  Returns how many it has counted.
local function in_pages(self, script, words)
  local count = 0
  for first = 1, #words, PAGE do
    local part = {}
    for i = first, math.min(#words, first + PAGE - 1) do
      part[#part + 1] = words[i]
    end
    local counted, failure = self:run(script, part)
    if not counted then
      return nil, failure
    end
    count = count + counted
  end
  return count
end

---@class facequery.DeadOrder
---@field order_no string
---@field code string why
---@field verified_at number seconds since the epoch

--- The dead orders, those first that were verified first.
---@return facequery.DeadOrder[]|nil
---@return facequery.Failure|nil
function operator.dead(self)
  local list = {}
  while true do
    local page, failure = self:run("dead", { #list, #list + PAGE - 1 })
    if not page then
      return nil, failure
    end
    for _, one in ipairs(page) do
      list[#list + 1] = { order_no = one[1], code = one[2], verified_at = one[3] - RETENTION }
    end
    if #page < PAGE then
      return list
    end
  end
end

-- Runs a script with the numbers of the dead that are chosen: this one, or those of which `is_chosen` says so.
local function with_dead(self, script, order_no, is_chosen)
  if order_no then
    return in_pages(self, script, { order_no })
  end
  local list, failure = operator.dead(self)
  if not list then
    return nil, failure
  end
  local chosen = {}
  for _, dead in ipairs(list) do
    chosen[#chosen + 1] = is_chosen(dead) and dead.order_no or nil
  end
  return in_pages(self, script, chosen)
end

--- Puts dead orders back to those that wait.
---@param order_no? string nil: all that are order numbers
---@return integer|nil how many
---@return facequery.Failure|nil
function operator.retry(self, order_no)
  return with_dead(self, "retry", order_no, function(dead) return queries.is_order_no(dead.order_no) end)
end

--- Takes dead orders out of the queue: nobody is told of them any more.
---@param order_no? string nil: all whose files the service has deleted, and what is no order number
---@return integer|nil how many
---@return facequery.Failure|nil
function operator.drop(self, order_no)
  return with_dead(self, "drop", order_no, function(dead)
    return not queries.is_order_no(dead.order_no) or dead.verified_at + RETENTION <= core.now()
  end)
end

--- Looks for orders that are open and nowhere: a crash of Redis' may have lost an entry.  Those are made to wait again.
---@return integer|nil how many
---@return facequery.Failure|nil
function operator.audit(self)
  local open = {}
  local function found(order_no)
    open[order_no or ""] = nil
  end
  local function see(entry)
    found(entry.order_no)
  end
  -- `open` first: what is added later is no matter of this.
  local ok, failure = each_member(self, self.keys.open, function(order_no, deadline)
    open[order_no] = tonumber(deadline)
  end)
  -- An order that moves meanwhile goes from a stream to `later`, and from there to a stream's end, which is looked at
  -- once more.  One that ends, or dies, is open no more, which `reopen` sees.
  local last = { urgent = "0-0", orders = "0-0" }
  local function look_at_streams()
    for _, key in ipairs { "urgent", "orders" } do
      if ok then
        ok, failure = each_entry(self, self.keys[key], last[key], see)
        last[key] = ok
      end
    end
  end
  look_at_streams()
  if ok then
    ok, failure = each_member(self, self.keys.later, found)
  end
  look_at_streams()
  if not ok then
    return nil, failure
  end
  local lost = {}
  for order_no, deadline in pairs(open) do
    lost[#lost + 1] = order_no
    lost[#lost + 1] = ("%.3f"):format(deadline)
  end
  return in_pages(self, "reopen", lost)
end

return operator
