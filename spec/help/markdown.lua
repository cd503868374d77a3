--- Reads our own pages: what stands below a heading, in a block, in a table, and where the links lead.

local support = require "help.support"

local markdown = {}

--- The text below a heading, up to the next of its level.
---@param text string
---@param heading string as it stands, "## The API"
---@return string
function markdown.section(text, heading)
  local level = heading:match "^#+"
  local rest = assert(text:match("\n" .. heading:gsub("%p", "%%%0") .. "\n(.*)"), heading)
  return (rest .. "\n" .. level .. " "):match("^(.-)\n" .. level .. " ")
end

--- The headings of a page, each as it stands, "## The API"; a comment of a fenced block is none.
---@param text string
---@return string[]
function markdown.headings(text)
  local list, fence = {}, nil
  for line in (text .. "\n"):gmatch "([^\n]*)\n" do
    local mark = line:match "^ *(```)"
    if mark then
      fence = not fence
    elseif not fence and line:find "^#+ " then
      list[#list + 1] = line
    end
  end
  return list
end

--- The fenced blocks of a language.
---@param text string
---@param language string
---@return string[]
function markdown.blocks(text, language)
  local list = {}
  for indent, body in ("\n" .. text):gmatch("\n( *)```" .. language .. "\n(.-)\n *```") do
    list[#list + 1] = ("\n" .. body):gsub("\n" .. indent, "\n"):sub(2)
  end
  return list
end

--- The rows of the first table with this head, each a list of its cells.
---@param text string
---@param head string how the table's first line begins
---@return string[][]
function markdown.rows(text, head)
  local list = {}
  local body = assert((text .. "\n\n"):match("\n| " .. head:gsub("%p", "%%%0") .. "[^\n]*\n|[-|]+\n(.-)\n[^|]"), head)
  for line in (body .. "\n"):gmatch "| (.-) |%s*\n" do
    local cells = {}
    for cell in (line .. " | "):gmatch "(.-) |%s" do
      cells[#cells + 1] = cell
    end
    list[#list + 1] = cells
  end
  return list
end

--- Runs a block of Lua with these globals besides Lua's own.
---@param code string
---@param globals table
---@return any ... what it returns
function markdown.run(code, globals)
  setmetatable(globals, { __index = _G })
  local chunk
  if setfenv then
    chunk = setfenv(assert(loadstring(code)), globals) -- luacheck: std max
  else
    chunk = assert(load(code, "page", "t", globals))
  end
  return chunk()
end

-- What of ASCII GitHub leaves out of an anchor; of Chinese it leaves out punctuation.
local LEFT_OUT = { "，", "。", "、", "：", "；", "？", "！", "（", "）", "「", "」", "“", "”", "《", "》", "…", "—" }

-- GitHub's anchors of a page's headings, as a set.
local function anchors(text)
  local found = {}
  for _, heading in ipairs(markdown.headings(text)) do
    local anchor = heading:match "^#+ (.*)":lower():gsub("[%z\1-\127]", function(character)
      return not character:find "[%w _-]" and "" or nil
    end)
    for _, character in ipairs(LEFT_OUT) do
      anchor = anchor:gsub(character, "")
    end
    found[anchor:gsub(" ", "-")] = true
  end
  return found
end

--- The links of a page that lead nowhere: to a file that isn't there, or a heading that its page doesn't have.
---@param page string its path from the checkout's root
---@return string[] broken
---@return integer count of all links
function markdown.broken_links(page)
  local broken, count, folder = {}, 0, page:match "^(.*/)[^/]*$" or ""
  for target in support.read_file(page):gmatch "%]%(([^)]+)%)" do
    count = count + 1
    local path, anchor = target:match "^([^#]*)#?(.*)$"
    path = path == "" and page or folder .. path
    if not target:find "^https?:" and (select(2, support.shell("test -e " .. support.quote(path))) ~= 0
      or anchor ~= "" and not anchors(support.read_file(path))[anchor]) then
      broken[#broken + 1] = target
    end
  end
  return broken, count
end

return markdown
