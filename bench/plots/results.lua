-- Reads bench/results: the tables that the benches print.

local results = {}

---@class facequery.bench.Row
---@field label string what stands before the first gap of two spaces
---@field [integer] string|false the row's numbers as they are printed, false for "-"

--- A file of bench/results.
---@param name string
---@return string
function results.read(name)
  local file = assert(io.open("bench/results/" .. name, "rb"))
  local text = file:read "*a"
  file:close()
  return text
end

-- The numbers of a row, without the brackets, words and units between them.
local function numbers(text)
  local found = {}
  for word in text:gmatch "%S+" do
    local number = word:match "^%(?(%d[%d.]*)[),]*$"
    if number or word == "-" then
      found[#found + 1] = number or false
    end
  end
  return found
end

--- The rows with numbers from below `heading` to the next blank line, in their order and by their labels.
---@param text string
---@param heading string how the table's first line begins
---@return table<integer|string, facequery.bench.Row>
function results.rows(text, heading)
  local _, start = ("\n" .. text):find("\n" .. heading, 1, true)
  local rows = {}
  assert(start, heading)
  for line in text:sub(start):match("\n(.*)"):gmatch "([^\n]*)\n" do
    if line == "" then
      break
    end
    local label, rest = line:match "^%s*(%S.-)%s%s+(.*)"
    local row = label and numbers(rest) or {}
    if #row > 0 then
      row.label = label
      rows[#rows + 1], rows[label] = row, row
    end
  end
  return rows
end

--- What the pattern's captures are in the text, which must have it.
---@param text string
---@param pattern string
---@return string ...
function results.find(text, pattern)
  assert(text:find(pattern), pattern)
  return text:match(pattern)
end

return results
