--- facequery migrate.

local evidence = require "facequery.evidence"
local failures = require "facequery.cli.failures"
local folders = require "facequery.cli.folders"
local statuses = require "facequery.cli.statuses"
local words = require "facequery.cli.words"

-- Takes the bundles of one archive to where they belong.
local function migrate_one(args, dir)
  local archive, failure = evidence.open(dir)
  if not archive then
    return failures.of(args, dir, failure)
  end
  local left, status = 0, statuses.OK
  local moved, why_not = require("facequery.evidence.migrate").run(archive, function(name, why)
    left = left + 1
    status = statuses.both(status, failures.of(args, archive:location(name), why))
  end)
  archive:close()
  if not moved then
    return failures.of(args, dir, why_not)
  end
  if args.json then
    words.print_json { dir = dir, moved = moved, left = left }
  end
  words.warn("%s%s", words.of(args.lang, "moved"):format(dir, moved),
    left > 0 and words.of(args.lang, "left"):format(left) or "")
  return status
end

--- Runs the command.
---@param args table
---@return integer exit status
return function(args)
  return folders.each(args, function(dir) return migrate_one(args, dir) end)
end
