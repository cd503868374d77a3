--- Inclusion proofs (RFC 6962, section 2.1.1): that a line is in the tree of a checkpoint, as c2sp.org/tlog-proof.

local core = require "facequery.core"

local proof = {}

-- The subtrees beside the way from a leaf up to the root of the lines [from, to): the leaf's sibling first.
local function siblings(index, from, to, list)
  if to - from == 1 then
    return list
  end
  local half = 1
  while half * 2 < to - from do
    half = half * 2
  end
  local middle = from + half
  if index < middle then
    siblings(index, from, middle, list)
    list[#list + 1] = { from = middle, to = to }
  else
    siblings(index, middle, to, list)
    list[#list + 1] = { from = from, to = middle }
  end
  return list
end

-- A subtree's root, once its last line was added; the tree is made when its first line comes.
local function add(range, number, line)
  local failure, ok
  if number == range.from then
    range.tree, failure = core.merkle()
  end
  if range.tree then
    ok, failure = range.tree:add(line)
  end
  if ok and number == range.to - 1 then
    range.root, failure = range.tree:root()
    range.tree:close()
  end
  return not failure or nil, failure
end

--- Reads the first `size` lines, once.
---@param place facequery.Place
---@param index integer the line's, from 0
---@param size integer of the tree
---@return { line: string, root: string, path: string[] }|nil nil alone where there are fewer lines
---@return facequery.Failure|nil failure
function proof.make(place, index, size)
  local path = siblings(index, 0, size, {})
  local whole = { from = 0, to = size }
  local ranges = { (table.unpack or unpack)(path) }
  table.sort(ranges, function(a, b) return a.from < b.from end)
  local next_line, failure = place:lines()
  local found, at = nil, 1
  for number = 0, next_line and size - 1 or -1 do
    local line, is_ended = next_line()
    if not line or not is_ended then
      return nil
    end
    local ok
    ok, failure = add(whole, number, line)
    if number == index then
      found = line
    elseif ok then
      ok, failure = add(ranges[at], number, line)
      at = number == ranges[at].to - 1 and at + 1 or at
    end
    if not ok then
      return nil, failure
    end
  end
  if not next_line or failure then
    return nil, failure
  end
  local hashes = {}
  for i, range in ipairs(path) do
    hashes[i] = range.root
  end
  return { line = found, root = whole.root, path = hashes }
end

--- The text of a proof.
---@param index integer
---@param path string[] base64
---@param checkpoint string its text
---@return string
function proof.write(index, path, checkpoint)
  local lines = { "c2sp.org/tlog-proof@v1", ("index %.0f"):format(index) }
  for _, hash in ipairs(path) do
    lines[#lines + 1] = hash
  end
  return table.concat(lines, "\n") .. "\n\n" .. checkpoint
end

return proof
