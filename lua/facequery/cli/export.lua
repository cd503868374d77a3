--- facequery export: one order's evidence as a tar file.

local core = require "facequery.core"
local evidence = require "facequery.evidence"
local failures = require "facequery.cli.failures"
local files = require "facequery.files"
local folders = require "facequery.cli.folders"
local queries = require "facequery.service.query"
local seals = require "facequery.cli.seal"
local statuses = require "facequery.cli.statuses"
local words = require "facequery.cli.words"

-- Writes the file: all of it or none.
local function write(args, options)
  if not queries.is_order_no(args.order_no) then
    return nil, { status = "INVALID_ORDER_NO" }
  end
  local file, failure = core.new_file(args.out)
  if not file then
    return nil, files.name_missing(failure, args.out)
  end
  local about, ok
  about, failure = evidence.export(evidence.at(args.from), args.order_no, file, options)
  if about then
    ok, failure = file:commit()
  end
  file:close()
  return ok and about, failure
end

---@param args table
---@return integer exit status
return function(args)
  local status = folders.look(args, args.from)
  if status ~= statuses.OK then
    return status
  end
  local options
  options, status = seals.trust(args)
  if not options then
    return status
  end
  local about, failure = write(args, options)
  if not about then
    return failures.of(args, args.order_no, failure, args.order_no)
  end
  words.say(args.lang, "exported", args.out, args.order_no, about.index + 1, about.size, about.stamps)
  if about.stamps == 0 then
    words.say(args.lang, "unstamped_export", args.out)
  end
  if args.json then
    about.path = args.out
    words.print_json(about)
  end
  return statuses.OK
end
