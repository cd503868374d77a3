--- facequery export: one order's evidence as a tar file.

local core = require "facequery.core"
local errors = require "facequery.errors"
local evidence = require "facequery.evidence"
local files = require "facequery.files"
local queries = require "facequery.service.query"
local seals = require "facequery.cli.seal"
local words = require "facequery.cli.words"

-- Writes the file: all of it or none.
local function write(args, options)
  if not queries.is_order_no(args.order_no) then
    return nil, { status = "INVALID_ORDER_NO" }
  end
  local file, failure = core.new_file(args.out)
  if not file then
    local folder = files.missing_folder(args.out)
    failure.detail = folder and folder .. ": no such folder" or failure.detail
    return nil, failure
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
  local is_there, instead = evidence.at(args.from):exists()
  if not is_there then
    words.warn("%s: %s", args.from, instead)
    return words.FAILED
  end
  local options = seals.trust(args)
  if not options then
    return words.FAILED
  end
  local about, failure = write(args, options)
  if not about then
    words.explain_error(args.order_no, errors.from_failure(args.lang, failure, args.order_no), args.lang)
    return words.FAILED
  end
  words.say(args.lang, "exported", args.out, args.order_no, about.index + 1, about.size, about.stamps)
  if about.stamps == 0 then
    words.say(args.lang, "unstamped_export", args.out)
  end
  if args.json then
    about.path = args.out
    words.print_json(about)
  end
  return words.OK
end
