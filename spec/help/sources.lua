--- The project's source as text: its files, what stands in their code, how long files and functions are.
--- What searches takes a list of files and returns what it found, so that a spec can hand it the real tree, and
--- broken examples, too.

local support = require "help.support"

local sources = {}

---@class sources.File
---@field name string relative to the root, with slashes
---@field text string
---@field language "lua"|"c"|"sh"|"other"
---@field code string the text without the comments of Lua and C, with as many lines

-- Reading ---------------------------------------------------------------------------------------

-- Where the quoted string that begins here ends.
local function quoted_end(text, from)
  local quote, at = text:sub(from, from), from + 1
  while true do
    local stop = text:find("[\\" .. quote .. "]", at)
    if not stop or text:sub(stop, stop) == quote then
      return stop or #text
    end
    at = stop + 2
  end
end

local function line_end(text, from)
  return (text:find("\n", from, true) or #text + 1) - 1
end

local function closing_end(text, closing, from)
  return select(2, text:find(closing, from, true)) or #text
end

-- The end of the comment or string that begins here, and whether it is a comment.  Any other character ends
-- where it begins.
local tokens = {}

function tokens.lua(text, from)
  local dashes, equals = text:match("^(%-?%-?)%[(=*)%[", from)
  if dashes == "" or dashes == "--" then
    return closing_end(text, "]" .. equals .. "]", from), dashes == "--"
  elseif text:find("^%-%-", from) then
    return line_end(text, from), true
  end
  return text:find("^[\"']", from) and quoted_end(text, from) or from, false
end

function tokens.c(text, from)
  if text:find("^/%*", from) then
    return closing_end(text, "*/", from + 2), true
  elseif text:find("^//", from) then
    return line_end(text, from), true
  end
  return text:find("^[\"']", from) and quoted_end(text, from) or from, false
end

local FIRST_CHARACTERS = { lua = "[-%[\"']", c = "[/\"']" }

local function without_comments(text, language)
  local token, first = tokens[language], FIRST_CHARACTERS[language]
  local kept, at = {}, 1
  while token do
    local from = text:find(first, at)
    if not from then
      break
    end
    kept[#kept + 1] = text:sub(at, from - 1)
    local to, is_comment = token(text, from)
    kept[#kept + 1] = is_comment and text:sub(from, to):gsub("[^\n]", "") or text:sub(from, to)
    at = to + 1
  end
  kept[#kept + 1] = text:sub(at)
  return table.concat(kept)
end

local LANGUAGES = { lua = "lua", rockspec = "lua", c = "c", h = "c" }

local function language_of(name, text)
  local shebang = text:match "^#!([^\n]*)"
  return LANGUAGES[name:match "%.(%a+)$"]
    or shebang and (shebang:find "lua" and "lua" or shebang:find "sh$" and "sh")
    or "other"
end

---@param name string
---@param text string
---@return sources.File
function sources.file(name, text)
  local language = language_of(name, text)
  return { name = name, text = text, language = language, code = without_comments(text, language) }
end

--- Every file of the project that somebody wrote by hand to be read: no fixture's bytes, nothing that was built.
---@return sources.File[]
function sources.tree()
  local files = {}
  for name in support.must([[
    find . \( -name .git -o -name build -o -name corpus -o -name results -o -name media \) -prune -o -type f -print \
      | sed 's|^\./||' | LC_ALL=C sort]]):gmatch "[^\n]+" do
    files[#files + 1] = sources.file(name, support.read_file(name))
  end
  return files
end

--- The files whose names match one of the patterns and none of the exceptions.
---@param files sources.File[]
---@param patterns string[]
---@param exceptions? string[]
---@return sources.File[]
function sources.select(files, patterns, exceptions)
  local selected = {}
  for _, file in ipairs(files) do
    if sources.matches(file.name, patterns) and not sources.matches(file.name, exceptions or {}) then
      selected[#selected + 1] = file
    end
  end
  return selected
end

--- Does one of the patterns match the text?
---@param text string
---@param patterns string[]
---@return boolean
function sources.matches(text, patterns)
  for _, pattern in ipairs(patterns) do
    if text:find(pattern) then
      return true
    end
  end
  return false
end

-- Lines -----------------------------------------------------------------------------------------

local function lines_of(text)
  local lines = {}
  for line in (text:gsub("\n$", "") .. "\n"):gmatch "([^\n]*)\n" do
    lines[#lines + 1] = line
  end
  return lines
end

--- Where a pattern stands in the code of the files, on a line that matches none of the exceptions: "name:line: the
--- line".
---@param files sources.File[]
---@param patterns string[]
---@param exceptions? string[]
---@return string[]
function sources.lines(files, patterns, exceptions)
  local found = {}
  for _, file in ipairs(files) do
    for number, line in ipairs(lines_of(file.code)) do
      if sources.matches(line, patterns) and not sources.matches(line, exceptions or {}) then
        found[#found + 1] = ("%s:%d: %s"):format(file.name, number, line:match "^%s*(.-)%s*$")
      end
    end
  end
  return found
end

--- The files that have more than `most` lines.
---@param files sources.File[]
---@param most integer
---@return string[]
function sources.long_files(files, most)
  local found = {}
  for _, file in ipairs(files) do
    local count = #lines_of(file.text)
    if count > most then
      found[#found + 1] = ("%s: %d lines"):format(file.name, count)
    end
  end
  return found
end

-- First and last lines of a file's functions.
local functions = {}

-- A `describe` of busted's is a chapter and no function, and so is what declares chapters, as a contract does that
-- several specs share.
local function is_chapter(lines, first, last)
  for number = first, last do
    if lines[number]:find "%f[%w_]describe[ (]" then
      return true
    end
  end
  return false
end

-- luac knows where a function begins and ends.
function functions.lua(file, report)
  local path = support.must "mktemp"
  support.write_file(path, file.text)
  local listing = support.must("luac5.4 -l -p " .. path)
  os.remove(path)
  local lines = lines_of(file.text)
  for from, to in listing:gmatch "\nfunction <[^\n]-:(%d+),(%d+)>" do
    local first, last = tonumber(from), tonumber(to)
    if not is_chapter(lines, first, last) then
      report(first, last)
    end
  end
end

-- From a line that matches `opening` to the next that is "}".  The lines of a signature above it count, too.
local function braced(file, opening, report)
  local first, signature
  for number, line in ipairs(lines_of(file.text)) do
    signature = not line:find "^$" and not line:find "^#" and not line:find "[;}/]$" and (signature or number) or nil
    if line:find(opening) then
      first = signature
    elseif line == "}" and first then
      report(first, number)
      first = nil
    end
  end
end

-- clang-format puts a function's braces on lines of their own.
function functions.c(file, report)
  braced(file, "^{$", report)
end

function functions.sh(file, report)
  braced(file, "^[%w_]+ *%(%) *{$", report)
end

function functions.other() end

--- The functions that have more than `most` lines.
---@param files sources.File[]
---@param most integer
---@return string[]
function sources.long_functions(files, most)
  local found = {}
  for _, file in ipairs(files) do
    functions[file.language](file, function(first, last)
      if last - first + 1 > most then
        found[#found + 1] = ("%s:%d: %d lines"):format(file.name, first, last - first + 1)
      end
    end)
  end
  return found
end

return sources
