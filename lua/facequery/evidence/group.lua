--- Group commit: makes bundles of drafts, together of all that were finished while the batch before was on its
--- way to the disk.  A batch waits for the disk as often as a single bundle would, and an order is done when its
--- batch is durable.

local log = require "facequery.evidence.log"

local group = {}

---@class facequery.Group
---@field place facequery.Place in which a run has begun
---@field waiting table[] of the next batch: draft, digest; then failure or raised
---@field leader? thread the coroutine that commits the batch under way
---@field blocking { sleep: function, await: function } the place's, where no other coroutine is to go on
local Group = {}
Group.__index = Group

---@param place facequery.Place
---@return facequery.Group
function group.new(place)
  return setmetatable({
    place = place,
    waiting = {},
    blocking = { sleep = place.sleep, await = place.await },
  }, Group)
end

-- With the lock: the drafts become bundles, each for itself, and the log's lines are written for all that did.
local function commit_settled(place, batch)
  local committed, entries = {}, {}
  for _, one in ipairs(batch) do
    local ok
    if not one.failure then
      ok, one.failure = place:commit(one.draft)
    end
    if ok then
      committed[#committed + 1] = one.draft
      entries[#entries + 1] = { action = "archived", order_no = one.draft.order_no, manifest = one.digest }
    end
  end
  if not entries[1] then
    return true
  end
  local ok, failure = log.append(place, entries)
  if not ok then
    place:withdraw(committed) -- a bundle without a line is none
  end
  return ok, failure
end

local function commit_batch(place, batch)
  local drafts = {}
  for i, one in ipairs(batch) do
    drafts[i] = one.draft
  end
  local failed = place:settle(drafts)
  local is_settled = false
  for _, one in ipairs(batch) do
    one.failure = failed[one.draft]
    is_settled = is_settled or not one.failure
  end
  local ok, failure = true, nil
  if is_settled then
    ok, failure = place:locked(function() return commit_settled(place, batch) end)
  end
  for _, one in ipairs(batch) do
    one.failure = one.failure or not ok and failure or nil
  end
end

-- Commits all that waits, tells the others that waited, and lets the first that came meanwhile lead the next.
local function lead(self)
  self.leader = coroutine.running() or true -- LuaJIT names no main thread
  local batch = self.waiting
  self.waiting = {}
  local ok, raised = pcall(commit_batch, self.place, batch)
  self.leader = nil
  for _, one in ipairs(batch) do
    one.is_done, one.raised = true, not ok and { raised } or nil
    if one.thread then
      self.place.wake(one.thread)
    end
  end
  local first = self.waiting[1]
  if first then
    self.leader = first.thread
    self.place.wake(first.thread)
  end
end

--- Makes a bundle of the draft, and its line in the log: both durable, or none.
---@param draft facequery.Draft
---@param digest string its manifest's SHA-256
---@return true|nil
---@return table|nil failure
function Group:commit(draft, digest)
  local one = { draft = draft, digest = digest }
  self.waiting[#self.waiting + 1] = one
  if self.leader then
    one.thread = coroutine.running()
    self.place.park()
  end
  if not one.is_done then
    one.thread = nil
    lead(self)
  end
  if one.raised then
    error(one.raised[1], 0)
  end
  return not one.failure or nil, one.failure
end

--- Finishes the batch under way here and now, whose coroutine waits for the disk: for a run that is left, and
--- for who needs the lock in the same process.
function Group:finish()
  local place, leader = self.place, self.leader
  local sleep, await = place.sleep, place.await
  place.sleep, place.await = self.blocking.sleep, self.blocking.await
  while type(leader) == "thread" and self.leader == leader and coroutine.status(leader) == "suspended" do
    coroutine.resume(leader)
  end
  place.sleep, place.await = sleep, await
end

return group
