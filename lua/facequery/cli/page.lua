--- facequery sheet and report: pages for people.

local core = require "facequery.core"
local errors = require "facequery.errors"
local evidence = require "facequery.evidence"
local queries = require "facequery.service.query"
local seals = require "facequery.cli.seal"
local words = require "facequery.cli.words"

local commands = {}

-- Explains a failure.
local function refuse(args, name, failure)
  words.explain_error(name, errors.from_failure(args.lang, failure), args.lang)
  return words.FAILED
end

-- Writes a page into a file that is there when the page is whole.  `write` returns what the page tells of.
local function write_page(args, name, write)
  local options = { lang = args.lang, tsa_ca = args.tsa_ca and seals.read_pem(args.tsa_ca) }
  if args.tsa_ca and not options.tsa_ca then
    return words.FAILED
  end
  local file, failure = core.new_file(args.out)
  if not file then
    failure.field = args.out
    return refuse(args, name, failure)
  end
  local about, ok
  about, failure = write(file, options)
  if about then
    ok, failure = file:commit()
  end
  file:close()
  if not ok then
    return refuse(args, name, failure)
  end
  words.say(args.lang, "page", args.out, name, about.problems)
  return about.problems == 0 and words.OK or words.FAILED
end

-- Is there an archive?  Otherwise says what there is instead.
local function is_archive(dir)
  local ok, instead = evidence.at(dir):exists()
  if not ok then
    words.warn("%s: %s", dir, instead)
  end
  return ok
end

function commands.sheet(args)
  if not queries.is_order_no(args.order_no) then
    return refuse(args, "facequery", { status = "INVALID_ORDER_NO", field = "order_no" })
  elseif not is_archive(args.from) then
    return words.FAILED
  end
  return write_page(args, args.order_no, function(file, options)
    return require("facequery.evidence.page.sheet").write(evidence.at(args.from), args.order_no, file, options)
  end)
end

function commands.report(args)
  if not is_archive(args.dir) then
    return words.FAILED
  end
  return write_page(args, args.dir, function(file, options)
    return require("facequery.evidence.page.report").write(evidence.at(args.dir),
      args.dir:match "([^/]+)/*$" or args.dir, file, options)
  end)
end

return commands
