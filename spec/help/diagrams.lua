--- What is wrong with a Mermaid diagram of ours, as far as a look at its lines can tell: only what the pages use is
--- known here, so that what a drawing program might not know does not get in unseen.

local diagrams = {}

-- The text without blanks around it.
local function trim(text)
  return text:match "^%s*(.-)%s*$"
end

local ARROWS = { "^%-%->", "^%-%.%->", "^%-%.%-", "^%-%- .- %-%->" }
local LABELS = { '^%b[]', '^%b()' }

-- Reads a node at the text's beginning, notes it, and returns what is behind it; nil where none is there.
local function node(text, seen)
  local id, rest = text:match "^([%a_][%w_]*)(.*)$"
  if not id then
    return nil
  end
  for _, pattern in ipairs(LABELS) do
    local label = rest:match(pattern)
    if label then
      if not label:find '^[%[(]+"[^"]+"[%])]+$' then
        return nil
      end
      seen.labelled[id], rest = true, rest:sub(#label + 1)
    end
  end
  seen.used[id] = true
  return trim(rest)
end

-- Reads a node, and an arrow and a node as often as there are; whether that is all.
local function chain(text, seen)
  local rest = node(text, seen)
  while rest and rest ~= "" do
    local behind
    for _, pattern in ipairs(ARROWS) do
      local arrow = rest:match(pattern)
      behind = behind or arrow and trim(rest:sub(#arrow + 1))
    end
    rest = behind and node(behind, seen)
  end
  return rest ~= nil
end

-- A flowchart: nodes, each with its label somewhere, arrows between them, and frames that end.
local function flowchart(lines, faults)
  local seen, open = { used = {}, labelled = {} }, 0
  for _, line in ipairs(lines) do
    local frame = line:match "^subgraph ([%w_]+)$"
    if frame then
      open, seen.labelled[frame] = open + 1, true
    elseif line == "end" then
      open = open - 1
    elseif not chain(line, seen) then
      faults[#faults + 1] = line
    end
  end
  for id in pairs(seen.used) do
    faults[#faults + 1] = not seen.labelled[id] and id .. " has no label" or nil
  end
  faults[#faults + 1] = open ~= 0 and "a frame without an end" or nil
end

-- A sequence: participants, and messages between them; a ";" would end a message.
local function sequence(lines, faults)
  local known = {}
  for _, line in ipairs(lines) do
    local participant = line:match "^participant (%w+) as %S"
    local from, to, said = line:match "^(%w+)%-?%->>(%w+): (.+)$"
    if not from then
      from, to, said = line:match "^Note over (%w+),?(%w*): (.+)$"
      to = to ~= "" and to or from
    end
    if participant then
      known[participant] = true
    elseif line ~= "autonumber" and not (from and known[from] and known[to] and not said:find ";") then
      faults[#faults + 1] = line
    end
  end
end

--- Its lines and nodes that are not as they must be; none in a good one.
---@param text string
---@return string[]
function diagrams.faults(text)
  local lines, faults = {}, {}
  for line in text:gmatch "[^\n]+" do
    lines[#lines + 1] = trim(line)
  end
  local kind = table.remove(lines, 1)
  if kind == "flowchart TD" or kind == "flowchart LR" then
    flowchart(lines, faults)
  elseif kind == "sequenceDiagram" then
    sequence(lines, faults)
  else
    faults[1] = kind
  end
  return faults
end

return diagrams
