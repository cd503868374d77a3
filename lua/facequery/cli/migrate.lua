--- facequery migrate.

local errors = require "facequery.errors"
local evidence = require "facequery.evidence"
local folders = require "facequery.cli.folders"
local words = require "facequery.cli.words"

-- Takes the bundles of one archive to where they belong.
local function migrate_one(args, dir)
  local archive, failure = evidence.open(dir)
  if not archive then
    folders.refuse(args, dir, failure)
    return false
  end
  local left = 0
  local moved, why_not = require("facequery.evidence.migrate").run(archive, function(name, why)
    left = left + 1
    words.explain_error(archive:location(name), errors.from_failure(args.lang, why), args.lang)
  end)
  archive:close()
  if not moved then
    folders.refuse(args, dir, why_not)
    return false
  end
  words.warn("%s: %d moved%s", dir, moved, left > 0 and (", %d left where they were"):format(left) or "")
  return left == 0
end

--- Runs the command.
---@param args table
---@return integer exit status
return function(args)
  return folders.each(args, function(dir) return migrate_one(args, dir) end)
end
