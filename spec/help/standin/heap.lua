--- A binary heap of tables with `at`, a number, and `tie`, which orders those of the same `at`.

local heap = {}

---@class help.Heap
---@field [integer] { at: number, tie: any } the least first
local Heap = {}
Heap.__index = Heap

---@return help.Heap
function heap.new()
  return setmetatable({}, Heap)
end

local function is_before(a, b)
  return a.at < b.at or (a.at == b.at and a.tie < b.tie)
end

function Heap:push(one)
  local place = #self + 1
  while place > 1 do
    local parent = (place - place % 2) / 2
    if not is_before(one, self[parent]) then
      break
    end
    self[place] = self[parent]
    place = parent
  end
  self[place] = one
end

--- Takes the least off.
function Heap:pop()
  local least, size = self[1], #self
  local one = self[size]
  self[size] = nil
  size = size - 1
  if size < 1 then
    return least
  end
  local place = 1
  while true do
    local child = 2 * place
    if child > size then
      break
    elseif child < size and is_before(self[child + 1], self[child]) then
      child = child + 1
    end
    if not is_before(self[child], one) then
      break
    end
    self[place] = self[child]
    place = child
  end
  self[place] = one
  return least
end

return heap
