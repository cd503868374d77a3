--- facequery open.

local core = require "facequery.core"
local errors = require "facequery.errors"
local evidence = require "facequery.evidence"
local log = require "facequery.evidence.log"
local queries = require "facequery.service.query"
local words = require "facequery.cli.words"

local function refuse(args, name, failure)
  words.explain_error(name, errors.from_failure(args.lang, failure), args.lang)
  return words.FAILED
end

local function open(args, place, key)
  local result, failure = require("facequery.evidence.opening").run(place, args.order_no, key, args.why,
    function(name, bytes)
      local path = args.out .. "/" .. name
      local ok, unwritten = core.write_file(path, bytes)
      if ok then
        io.stdout:write(path, "\n")
      end
      return ok, unwritten
    end)
  if not result then
    return refuse(args, args.order_no, failure)
  end
  for _, name in ipairs(result.closed) do
    words.say(args.lang, "closed", name)
  end
  for _, name in ipairs(result.damaged) do
    refuse(args, name, { status = "CIPHERTEXT_DAMAGED" })
  end
  return result.opened[1] and not result.damaged[1] and words.OK or words.FAILED
end

--- Decrypts a bundle into a folder.
---@param args table
---@return integer exit status
return function(args)
  local is_there, instead = evidence.at(args.from):exists()
  if not is_there then
    words.warn("%s: %s", args.from, instead)
    return words.FAILED
  elseif not queries.is_order_no(args.order_no) then
    return refuse(args, "open", { status = "INVALID_ORDER_NO", field = "order_no" })
  elseif not log.is_reason(args.why) then
    return refuse(args, "open", { status = "INVALID_SETTING", field = "why", values = "1 to 1024 bytes" })
  end
  core.forbid_dumps()
  local key, failure = core.decryption(args.key, args.cert)
  local place, ok
  if key then
    ok, failure = core.make_folder(args.out)
  end
  if ok then
    place, failure = evidence.open(args.from)
  end
  if not place then
    return refuse(args, key and ok and args.from or key and args.out or args.key, failure)
  end
  local status = open(args, place, key)
  place:close()
  return status
end
