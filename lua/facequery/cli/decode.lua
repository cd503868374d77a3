--- facequery decode: base64, as it came, to a photo or a video.

local core = require "facequery.core"
local failures = require "facequery.cli.failures"
local files = require "facequery.files"
local inputs = require "facequery.cli.inputs"
local statuses = require "facequery.cli.statuses"
local words = require "facequery.cli.words"

---@param args table
---@return integer exit status
return function(args)
  local base64, unread = inputs.read(args.file, args.lang)
  if not base64 then
    return failures.of(args, "facequery", unread)
  end
  local bytes, format = core.decode_media(base64)
  if not bytes then
    return failures.of(args, args.file, format)
  elseif not args.out then
    local ok, message = io.stdout:write(bytes)
    return ok and statuses.OK or failures.of({ lang = args.lang }, "facequery",
      { status = "FILE_UNWRITABLE", field = "stdout", detail = message })
  end
  local ok, failure = core.write_file(args.out, bytes)
  if not ok then
    return failures.of(args, args.out, files.name_missing(failure, args.out))
  end
  words.print_json { path = args.out, size = #bytes, format = format }
  return statuses.OK
end
