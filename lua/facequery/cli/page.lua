--- facequery sheet and report: pages for people.

local core = require "facequery.core"
local evidence = require "facequery.evidence"
local failures = require "facequery.cli.failures"
local files = require "facequery.files"
local folders = require "facequery.cli.folders"
local queries = require "facequery.service.query"
local seals = require "facequery.cli.seal"
local statuses = require "facequery.cli.statuses"
local words = require "facequery.cli.words"

local commands = {}

-- Writes a page into a file that is there when the page is whole.  `write` returns what the page tells of.
local function write_page(args, name, write)
  local trust, status = seals.trust(args)
  if not trust then
    return status
  end
  local options = { lang = args.lang, tsa_ca = trust.tsa_ca }
  local file, failure = core.new_file(args.out)
  if not file then
    return failures.of(args, name, files.name_missing(failure, args.out))
  end
  local about, ok
  about, failure = write(file, options)
  if about then
    ok, failure = file:commit()
  end
  file:close()
  if not ok then
    return failures.of(args, name, failure)
  end
  words.say(args.lang, "page", args.out, name, about.problems)
  if args.json then
    words.print_json { path = args.out, problems = about.problems }
  end
  return about.problems == 0 and statuses.OK or statuses.of "storage"
end

function commands.sheet(args)
  if not queries.is_order_no(args.order_no) then
    return failures.of(args, "facequery", { status = "INVALID_ORDER_NO", field = "order_no" })
  end
  local status = folders.look(args, args.from)
  if status ~= statuses.OK then
    return status
  end
  return write_page(args, args.order_no, function(file, options)
    return require("facequery.evidence.page.sheet").write(evidence.at(args.from), args.order_no, file, options)
  end)
end

function commands.report(args)
  local status = folders.look(args, args.dir)
  if status ~= statuses.OK then
    return status
  end
  return write_page(args, args.dir, function(file, options)
    return require("facequery.evidence.page.report").write(evidence.at(args.dir),
      args.dir:match "([^/]+)/*$" or args.dir, file, options)
  end)
end

return commands
