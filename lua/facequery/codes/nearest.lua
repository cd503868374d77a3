--- Which of many texts one that is none of them may have been meant to be.

local nearest = {}

-- How many characters have to be changed, put in, left out, or swapped with the next, to make one text of another.
local function distance(a, b)
  local before, last = {}, {}
  for j = 0, #b do
    last[j] = j
  end
  for i = 1, #a do
    local row = { [0] = i }
    for j = 1, #b do
      local is_same = a:byte(i) == b:byte(j)
      row[j] = math.min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (is_same and 0 or 1))
      if i > 1 and j > 1 and a:byte(i) == b:byte(j - 1) and a:byte(i - 1) == b:byte(j) then
        row[j] = math.min(row[j], before[j - 2] + 1)
      end
    end
    before, last = last, row
  end
  return last[#b]
end

-- More suggestions than these are no help.
local MOST = 3

--- The nearest ones, in the order of their bytes where they are as near; none when too much would have to be changed.
---@param text string
---@param list string[]
---@return string[] at most three
function nearest.of(text, list)
  text = text:upper():gsub("[%s-]", "_"):gsub("^_", "-"):sub(1, 64)
  local least, found = math.max(1, math.floor(#text / 3)), {}
  for _, one in ipairs(list) do
    local far = distance(text, one)
    if far < least then
      least, found = far, {}
    end
    if far == least then
      found[#found + 1] = one
    end
  end
  table.sort(found)
  for i = #found, MOST + 1, -1 do
    found[i] = nil
  end
  return found
end

return nearest
