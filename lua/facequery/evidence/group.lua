--- Group commit: makes bundles of drafts, together of all that were finished while the batch before was on its
--- way to the disk.  A batch waits for the disk as often as a single bundle would, and an order is done when its
--- batch is durable.

local log = require "facequery.evidence.log"

local group = {}

---@class facequery.Group
---@field place facequery.Place in which a run has begun
---@field waiting table[] of the next batch: draft, digest; then failure or raised
---@field is_led boolean a coroutine commits a batch, or has been told to lead the next
local Group = {}
Group.__index = Group

---@param place facequery.Place
---@return facequery.Group
function group.new(place)
  return setmetatable({
    place = place,
    waiting = {},
    is_led = false,
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
  self.is_led = true
  local batch = self.waiting
  self.waiting = {}
  local ok, raised = pcall(commit_batch, self.place, batch)
  self.is_led = false
  for _, one in ipairs(batch) do
    one.is_done, one.raised = true, not ok and { raised } or nil
    if one.thread then
      self.place.wake(one.thread)
    end
  end
  local first = self.waiting[1]
  if first then
    self.is_led = true
    self.place.wake(first.thread)
  end
end

--- Makes a bundle of the draft, and its line in the log: both durable, or none.
---@param draft facequery.Draft
---@param digest string its manifest's SHA-256
---@return true|nil
---@return facequery.Failure|nil failure
function Group:commit(draft, digest)
  local one = { draft = draft, digest = digest }
  self.waiting[#self.waiting + 1] = one
  if self.is_led then
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

return group
