--- facequery decode: base64, as it came, to a photo or a video.

local core = require "facequery.core"
local errors = require "facequery.errors"
local files = require "facequery.files"
local words = require "facequery.cli.words"

local function read(name)
  local input, message = io.stdin, nil
  if name ~= "-" then
    input, message = io.open(name, "rb")
  end
  local text
  if input then
    text, message = input:read "*a"
    message = message and name .. ": " .. message
  end
  return text, message
end

local function write_stdout(bytes)
  local ok, failure = io.stdout:write(bytes)
  if not ok then
    words.warn("facequery: stdout: %s", failure)
  end
  return ok and words.OK or words.FAILED
end

---@param args table
---@return integer exit status
return function(args)
  local base64, message = read(args.file)
  if not base64 then
    words.warn("facequery: %s", message)
    return words.FAILED
  end
  local bytes, format = core.decode_media(base64)
  if not bytes then
    words.explain_error(args.file, errors.from_failure(args.lang, format), args.lang)
    return words.FAILED
  elseif not args.out then
    return write_stdout(bytes)
  end
  local ok, failure = core.write_file(args.out, bytes)
  if not ok then
    local folder = files.missing_folder(args.out)
    failure.detail = folder and folder .. ": no such folder" or failure.detail
    words.explain_error(args.out, errors.from_failure(args.lang, failure), args.lang)
    return words.FAILED
  end
  words.print_json { path = args.out, size = #bytes, format = format }
  return words.OK
end
