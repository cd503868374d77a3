--- What commands read: files that the user has named, and stdin as "-".

local files = require "facequery.files"
local terminal = require "facequery.cli.terminal"
local words = require "facequery.cli.words"

local inputs = {}

-- errno of a name that does not exist.
local ENOENT = 2

--- Opens a file, or takes stdin.
---@param path string
---@param lang facequery.Lang
---@return file*|nil
---@return facequery.Failure|nil
function inputs.open(path, lang)
  if path == "-" then
    -- Whoever has forgotten a file's name would wait for the command, and the command for them.
    if terminal.is "stdin" then
      words.say(lang, "reads_terminal")
    end
    return io.stdin
  end
  local file, message, errno = io.open(path, "rb")
  if file then
    return file
  elseif errno == ENOENT then
    return nil, files.name_missing({ status = "FILE_MISSING" }, path)
  end
  return nil, { status = "FILE_UNREADABLE", field = path, detail = message:sub(#path + 3) }
end

-- Reads, and closes what is not stdin.
local function read(path, what, lang)
  local file, failure = inputs.open(path, lang)
  if not file then
    return nil, failure
  end
  local text, message = file:read(what)
  if path ~= "-" then
    file:close()
  end
  if message then
    return nil, { status = "FILE_UNREADABLE", field = path, detail = message }
  end
  return text or ""
end

--- All of a file, or of stdin.
---@param path string
---@param lang facequery.Lang
---@return string|nil
---@return facequery.Failure|nil
function inputs.read(path, lang)
  return read(path, "*a", lang)
end

--- The first line of a file that holds a secret, or of stdin.
---@param path string
---@param lang facequery.Lang
---@return string|nil
---@return facequery.Failure|nil
function inputs.first_line(path, lang)
  local line, failure = read(path, "*l", lang)
  -- A file from elsewhere may end its lines with a carriage return.
  line = line and line:match "^(.-)%s*$"
  if line == "" then
    return nil, { status = "FILE_EMPTY", field = path }
  end
  return line, failure
end

return inputs
