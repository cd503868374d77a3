--- The Merkle tree over a log's lines, as far as it was sealed: its frontier is kept beside each checkpoint, so that the
--- next seal reads the new lines alone.

local checkpoint = require "facequery.evidence.seal.checkpoint"
local core = require "facequery.core"
local json = require "facequery.json"
local log = require "facequery.evidence.log"

local tree = {}

--- What is kept: SIZE.tree.
---@class facequery.SealedTree
---@field origin string
---@field size integer lines
---@field bytes integer of the log, up to where these lines end
---@field head string SHA-256 of the last of them
---@field frontier string[] base64: the roots of the perfect subtrees, the largest first

--- The tree that was kept for this size; nil alone where it can't be read.
---@param place facequery.Place
---@param size integer
---@return facequery.SealedTree|nil
function tree.read(place, size)
  local text = place.seals:read(checkpoint.name(size, "tree"), checkpoint.LARGEST)
  local kept = text and json.decode(text)
  local is_one = type(kept) == "table" and kept.size == size and type(kept.bytes) == "number"
    and type(kept.head) == "string" and type(kept.origin) == "string" and type(kept.frontier) == "table"
  -- The core raises where that is no frontier of such a tree.
  return is_one and pcall(core.merkle, kept.size, kept.frontier) and kept or nil
end

--- Names of what the archive has sealed: by size, what there is.
---@param place facequery.Place
---@param foreign? fun(name: string) hears of what is no seal's
---@return table<integer, table<string, boolean>> by_size
---@return integer[] sizes of those with a checkpoint, sorted
---@return facequery.Failure|nil failure
function tree.list(place, foreign)
  local by_size, sizes = {}, {}
  local names, failure = place.seals:names()
  for name in names or function() end do
    local size, what = checkpoint.parse_name(name)
    if size then
      by_size[size] = by_size[size] or {}
      by_size[size][what] = true
      sizes[#sizes + 1] = what == "checkpoint" and size or nil
    elseif foreign then
      foreign(name)
    end
  end
  table.sort(sizes)
  return by_size, sizes, failure
end

--- The first checkpoint that covers a line of the log: one that is stamped, where there is one.
---@param by_size table<integer, table<string, boolean>> as tree.list says
---@param sizes integer[]
---@param index integer the line's, from 0
---@return integer|nil size
function tree.covering(by_size, sizes, index)
  local covering
  for _, size in ipairs(sizes) do
    for what in pairs(size > index and by_size[size] or {}) do
      covering = covering or size
      if what:find "%.tsr$" then
        return size
      end
    end
  end
  return covering
end

-- Where the log's last whole line ends, and its digest.  While the archive is locked: of a line that is being written
-- nobody knows yet whether it will stay.
local function look_at_end(place)
  local function look()
    local line, failure, _, bytes = place:last()
    local digest
    if line then
      digest, failure = log.digest(line)
    end
    return not failure and { bytes = line and bytes or 0, head = digest } or nil, failure
  end
  local seen, failure = place:locked(look, true)
  if not seen and failure.status == "FILE_MISSING" then
    return look() -- no run was ever here, and none will be unless it makes the lock
  end
  return seen, failure
end

local MISMATCH = { status = "SEAL_MISMATCH" }

-- Adds the lines from `kept.bytes` to `upto` bytes.
local function add_lines(place, kept, merkle, upto)
  local size, at, origin = kept.size, kept.bytes, kept.origin
  local next_line, failure = place:lines(at)
  while next_line and at < upto and not failure do
    local line = next_line()
    if not line then
      return nil, MISMATCH
    elseif not origin then
      origin, failure = checkpoint.origin(line)
    end
    local ok, why = merkle:add(line)
    failure = failure or not ok and why or nil
    size, at = size + 1, at + #line + 1
  end
  if failure or at ~= upto then
    return nil, failure or MISMATCH
  end
  return { origin = origin, size = size, bytes = at, frontier = merkle:frontier() }
end

local EMPTY = { size = 0, bytes = 0, head = log.NOTHING, frontier = {} }

--- The tree over all of the log's lines, grown from the one that was kept.  The very table `kept` where nothing is new.
---@param place facequery.Place
---@param kept? facequery.SealedTree
---@return facequery.SealedTree|nil nil alone where the log has no line
---@return facequery.Failure|nil failure SEAL_MISMATCH where the log is not the one that was sealed
function tree.grow(place, kept)
  kept = kept or EMPTY
  local seen, failure = look_at_end(place)
  if not seen then
    return nil, failure
  elseif seen.bytes == kept.bytes then
    local is_same = kept == EMPTY or seen.head == kept.head
    return is_same and kept ~= EMPTY and kept or nil, not is_same and MISMATCH or nil
  end
  local merkle
  merkle, failure = core.merkle(kept.size, kept.frontier)
  if not merkle then
    return nil, failure
  elseif seen.bytes < kept.bytes then
    return nil, MISMATCH
  end
  local grown
  grown, failure = add_lines(place, kept, merkle, seen.bytes)
  if grown then
    grown.head = seen.head
  end
  return grown, failure
end

---@param kept facequery.SealedTree
---@return string|nil root base64
---@return facequery.Failure|nil failure
function tree.root(kept)
  local merkle, failure = core.merkle(kept.size, kept.frontier)
  if not merkle then
    return nil, failure
  end
  return merkle:root()
end

return tree
