--- The fenced blocks of all pages, each with the place that it has in the English page: what runs one is the same in
--- each language.

local assert = require "luassert"
local busted = require "busted"
local docs = require "help.docs"
local markdown = require "help.markdown"
local support = require "help.support"

local it = busted.it

local blocks = {}

---@class help.Block
---@field path string "docs/zh/api.md"
---@field line integer of its fence
---@field language string "lua"; "" where the fence names none
---@field text string without its fences and their indentation
---@field heading string the nearest one above it, as the English page has it
---@field place string "api.md ## Tickets lua 2": the second block of Lua below that heading

-- The page's blocks, and below the which of its headings each stands.
local function blocks_of(path)
  local list, open, headings, number = {}, nil, 0, 0
  for line in (support.read_file(path) .. "\n"):gmatch "([^\n]*)\n" do
    number = number + 1
    local indent, language = line:match "^( *)```(.*)$"
    if open and indent then
      open.text = table.concat(open.lines, "\n")
      open = nil
    elseif indent then
      open = { path = path, line = number, language = language, below = headings, indent = #indent, lines = {} }
      list[#list + 1] = open
    elseif open then
      open.lines[#open.lines + 1] = line:gsub("^" .. (" "):rep(open.indent), "")
    elseif line:find "^#+ " then
      headings = headings + 1
    end
  end
  assert(not open, path .. ": a block without an end")
  return list
end

-- The English page of a page; itself, where it has none.
local function english(path)
  local name = path:match "^docs/zh/(.*)$"
  return name and docs.folders.en .. name or path
end

--- Every block of every page, or those of one language.
---@param language? string
---@return help.Block[]
function blocks.all(language)
  local list = {}
  for _, path in ipairs(docs.all()) do
    local headings, counts = markdown.headings(support.read_file(english(path))), {}
    for _, block in ipairs(blocks_of(path)) do
      block.heading = headings[block.below] or ""
      local place = ("%s %s %s"):format(english(path):match "[^/]+$", block.heading, block.language)
      counts[place] = (counts[place] or 0) + 1
      block.place = place .. " " .. counts[place]
      if not language or block.language == language then
        list[#list + 1] = block
      end
    end
  end
  return list
end

--- The English block in a place.
---@param place string
---@return help.Block
function blocks.at(place)
  for _, block in ipairs(blocks.all()) do
    if block.place == place then
      return block
    end
  end
  error("no block is " .. place, 2)
end

--- Where a reader finds it: "docs/zh/api.md:23".
function blocks.where(block)
  return ("%s:%d"):format(block.path, block.line)
end

--- What runs a block in the place of this spec: another that follows its whole page.
---@param path string
---@return fun(block: help.Block)
function blocks.elsewhere(path)
  return function(block)
    local page = block.place:match "%S+"
    assert.is_truthy(support.read_file(path):find(page, 1, true), ("%s does not read %s"):format(path, page))
  end
end

--- Has an `it` for each block of a language: `special[place]`, where there is one, or `run`, is called with it.  A
--- place that no block has is a failure, too.
---@param language string
---@param special table<string, function>
---@param run? fun(block: help.Block)
function blocks.each(language, special, run)
  local left = {}
  for place in pairs(special) do
    left[place] = true
  end
  for _, block in ipairs(blocks.all(language)) do
    left[block.place] = nil
    it(("%s, %s"):format(blocks.where(block), block.place), function()
      local how = special[block.place] or run
      assert(how, blocks.where(block) .. ": nothing runs this block; give it a place among those that the spec knows")
      how(block)
    end)
  end
  it("are all that the spec knows: " .. language, function()
    assert.same({}, left)
  end)
end

return blocks
