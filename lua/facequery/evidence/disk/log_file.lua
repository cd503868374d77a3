--- The file that holds an archive's log on a disk, as lines: what is in them is the concern of
--- facequery.evidence.log.

local core = require "facequery.core"

local log_file = {}

-- How many bytes of the file's end are read to find its last line: more than any line has.
local TAIL = 4096
local PIECE = 64 * 1024

-- The file for reading; nil alone where there is none yet.  A link, a pipe or a folder in its place, and a
-- file that can't be read, are failures: if they were taken for no log, the next line would begin a new one.
local function open(path)
  local mode = require("lfs").symlinkattributes(path, "mode")
  if not mode then
    return nil
  elseif mode ~= "file" then
    return nil, { status = "FILE_UNTRUSTED", field = path }
  end
  local file = io.open(path, "rb")
  return file, not file and { status = "FILE_UNREADABLE", field = path } or nil
end

-- Closes the file at its end.  file:lines would not do: in LuaJIT it loses what follows a zero byte.
local function lines_of(file)
  local buffer, position = "", 1
  return function()
    while true do
      local line_feed = buffer:find("\n", position, true)
      local line = buffer:sub(position, (line_feed or 0) - 1)
      if line_feed then
        position = line_feed + 1
        return line, true
      end
      local piece = file and file:read(PIECE)
      if not piece then
        if file then
          file:close()
        end
        file, buffer, position = nil, "", 1
        return line ~= "" and line or nil, false
      end
      buffer, position = line .. piece, 1
    end
  end
end

--- As facequery.Place's `lines`.
---@param path string
---@param from? integer
---@return (fun(): string|nil, boolean|nil)|nil
---@return facequery.Failure|nil failure
function log_file.lines(path, from)
  local file, failure = open(path)
  if failure then
    return nil, failure
  elseif not file then
    return function() end
  end
  file:seek("set", from or 0)
  return lines_of(file)
end

-- The last whole line, the offset where it ends, and the file's size.
local function tail_of(file)
  local size, length = file:seek "end", TAIL
  while true do
    file:seek("set", math.max(0, size - length))
    local tail = file:read "*a"
    -- The pattern is anchored and greedy, so that it is tried once from the end, and not at every character.
    local line, torn = (length >= size and "\n" .. tail or tail):match "^.*\n([^\n]*)\n([^\n]*)$"
    if line then
      return line, size - #torn, size
    elseif length >= size then
      return nil, 0, size
    end
    length = length * TAIL
  end
end

--- As facequery.Place's `last`.
---@param path string
---@return string|nil line
---@return facequery.Failure|nil failure
---@return boolean|nil is_torn
---@return integer|nil bytes
function log_file.last(path)
  local file, failure = open(path)
  if not file then
    return nil, failure
  end
  local line, last, size = tail_of(file)
  file:close()
  return line, nil, last < size, last
end

--- As facequery.Place's `trim`.
---@param path string
---@return true|nil
---@return facequery.Failure|nil failure
function log_file.trim(path)
  local file, failure = open(path)
  if not file then
    return not failure or nil, failure
  end
  local _, last = tail_of(file)
  file:close()
  return core.truncate(path, last)
end

return log_file
