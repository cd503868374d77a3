--- Redis' sorted sets, as far as the queue's scripts use them.

local heap = require "help.standin.heap"

local sorted = {}

-- A set: `by_member`, `count` of these, and all that were ever added in a heap, where those that are `gone` lie until
-- they come to its top.
local function set_at(database, key)
  local set = database[key]
  if not set then
    set = { by_member = {}, count = 0, heap = heap.new() }
    database[key] = set
  end
  return set
end

local function remove(set, one)
  one.gone = true
  set.by_member[one.tie] = nil
  set.count = set.count - 1
end

-- Without this, a set that loses its last members first would keep them all.
local function forget_gone(set)
  if #set.heap > 2 * set.count + 1000 then
    set.heap = heap.new()
    for _, one in pairs(set.by_member) do
      set.heap:push(one)
    end
  end
end

function sorted.ZADD(database, key, score, member, member_after_nx)
  local is_nx = score == "NX"
  if is_nx then
    score, member = member, member_after_nx
  end
  local set = set_at(database, key)
  local before = set.by_member[member]
  if before and is_nx then
    return 0
  elseif before then
    remove(set, before)
  end
  local one = { at = tonumber(score), tie = member }
  set.by_member[member], set.count = one, set.count + 1
  set.heap:push(one)
  return before and 0 or 1
end

function sorted.ZREM(database, key, member)
  local set = set_at(database, key)
  local one = set.by_member[member]
  if not one then
    return 0
  end
  remove(set, one)
  forget_gone(set)
  return 1
end

function sorted.ZSCORE(database, key, member)
  local one = set_at(database, key).by_member[member]
  return one and one.at or false
end

function sorted.ZCARD(database, key)
  return set_at(database, key).count
end

function sorted.ZCOUNT(database, key, least_score, most)
  local count = 0
  for _, one in pairs(set_at(database, key).by_member) do
    count = count + (one.at <= most and (least_score == "-inf" or one.at >= least_score) and 1 or 0)
  end
  return count
end

-- The least that is not gone.
local function least(set)
  while set.heap[1] and set.heap[1].gone do
    set.heap:pop()
  end
  return set.heap[1]
end

--- From the least on: ZRANGEBYSCORE key -inf MOST LIMIT 0 COUNT.
function sorted.ZRANGEBYSCORE(database, key, _, most, _, _, count)
  local set, found, members = set_at(database, key), {}, {}
  local one = least(set)
  while one and one.at <= most and #found < count do
    found[#found + 1] = set.heap:pop()
    members[#found] = one.tie
    one = least(set)
  end
  for _, again in ipairs(found) do
    set.heap:push(again)
  end
  return members
end

--- By rank, with scores: the least alone (0 0), or any.
function sorted.ZRANGE(database, key, from, to)
  local set = set_at(database, key)
  if tonumber(to) == 0 then
    local one = least(set)
    return one and { one.tie, one.at } or {}
  end
  local all, list = {}, {}
  for _, one in pairs(set.by_member) do
    all[#all + 1] = one
  end
  table.sort(all, function(a, b)
    return a.at < b.at or a.at == b.at and a.tie < b.tie
  end)
  for i = from + 1, math.min(to + 1, #all) do
    list[#list + 1] = all[i].tie
    list[#list + 1] = all[i].at
  end
  return list
end

return sorted
