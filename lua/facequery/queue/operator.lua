--- What an operator asks of the queue, page by page: the dead, and orders that Redis has lost.  Methods of the engine's
--- (facequery.queue.redis).

local operator = {}

-- Entries, or members of a sorted set, looked at in one step.
local PAGE = 1000

-- Runs a script over the dead, page by page.  Returns how many it has counted.
local function each_dead(self, script, order_no)
  local count, behind = 0, "0-0"
  repeat
    local reply, failure = self:run(script, { order_no or "", behind, PAGE })
    if not reply then
      return nil, failure
    end
    count, behind = count + reply[1], reply[2]
  until behind == ""
  return count
end

--- Puts dead orders back to those that wait.
---@param order_no? string nil: all of them
---@return integer|nil how many
---@return facequery.Failure|nil
function operator.retry(self, order_no)
  return each_dead(self, "retry", order_no)
end

--- Takes dead orders out of the queue: nobody is told of them any more.
---@param order_no? string nil: all whose files the service has deleted
---@return integer|nil how many
---@return facequery.Failure|nil
function operator.drop(self, order_no)
  return each_dead(self, "drop", order_no)
end

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

---@class facequery.DeadOrder
---@field order_no string
---@field code string why
---@field verified_at? string seconds since the epoch

--- The dead orders, the first to die first.
---@param visit fun(dead: facequery.DeadOrder)
---@return string|nil not nil
---@return facequery.Failure|nil
function operator.dead(self, visit)
  return each_entry(self, self.keys.dead, "0-0", visit)
end

local function each_member(self, key, visit)
  local cursor = "0"
  repeat
    local reply, failure = self.call("zscan", key, cursor, "COUNT", PAGE)
    if not reply then
      return nil, failure
    end
    cursor = reply[1]
    for i = 1, #reply[2], 2 do
      visit(reply[2][i], tonumber(reply[2][i + 1]))
    end
  until cursor == "0"
  return true
end

-- Makes orders wait that are open and nowhere.
local function reopen(self, lost)
  local count, words = 0, {}
  local function send()
    local reopened, failure = self:run("reopen", words)
    count, words = count + (reopened or 0), {}
    return failure
  end
  for order_no, deadline in pairs(lost) do
    words[#words + 1] = order_no
    words[#words + 1] = ("%.3f"):format(deadline)
    local failure = #words == PAGE and send() or nil
    if failure then
      return nil, failure
    end
  end
  local failure = words[1] and send() or nil
  if failure then
    return nil, failure
  end
  return count
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
  local ok, failure = each_member(self, self.keys.open, function(order_no, deadline) open[order_no] = deadline end)
  -- An order that moves meanwhile goes from a stream to `later`, and from there to a stream's end, which is looked at
  -- once more.
  local last = {}
  for _, key in ipairs { "urgent", "orders", "dead" } do
    if ok then
      ok, failure = each_entry(self, self.keys[key], "0-0", see)
      last[key] = ok
    end
  end
  if ok then
    ok, failure = each_member(self, self.keys.later, found)
  end
  for _, key in ipairs { "urgent", "orders", "dead" } do
    if ok then
      ok, failure = each_entry(self, self.keys[key], last[key], see)
    end
  end
  if not ok then
    return nil, failure
  end
  return reopen(self, open)
end

return operator
