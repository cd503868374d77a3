--- facequery open.

local core = require "facequery.core"
local evidence = require "facequery.evidence"
local failures = require "facequery.cli.failures"
local folders = require "facequery.cli.folders"
local log = require "facequery.evidence.log"
local queries = require "facequery.service.query"
local statuses = require "facequery.cli.statuses"
local words = require "facequery.cli.words"

local function open(args, place, key)
  local result, failure = require("facequery.evidence.opening").run(place, args.order_no, key, args.why,
    function(name, bytes)
      local path = args.out .. "/" .. name
      local ok, unwritten = core.write_file(path, bytes)
      if ok and args.json then
        words.print_json { path = path, size = #bytes }
      elseif ok then
        io.stdout:write(path, "\n")
      end
      return ok, unwritten
    end)
  if not result then
    return failures.of(args, args.order_no, failure)
  end
  local status = statuses.OK
  for _, name in ipairs(result.closed) do
    words.say(args.lang, "closed", name)
  end
  for _, name in ipairs(result.damaged) do
    status = failures.of(args, name, { status = "CIPHERTEXT_DAMAGED" })
  end
  return (result.opened[1] or result.damaged[1]) and status or statuses.of "storage"
end

--- Decrypts a bundle into a folder.
---@param args table
---@return integer exit status
return function(args)
  local status = folders.look(args, args.from)
  if status ~= statuses.OK then
    return status
  elseif not queries.is_order_no(args.order_no) then
    return failures.of(args, "open", { status = "INVALID_ORDER_NO", field = "order_no" })
  elseif not log.is_reason(args.why) then
    return failures.of(args, "open", { status = "INVALID_SETTING", field = "why",
      values = words.of(args.lang, "reason_sizes") })
  end
  status = folders.can_hold(args, args.out)
  if status ~= statuses.OK then
    return status
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
    return failures.of(args, key and ok and args.from or key and args.out or args.key, failure)
  end
  status = open(args, place, key)
  place:close()
  return status
end
