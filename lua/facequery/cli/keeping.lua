--- facequery purge, hold, release and holds: what an archive keeps, and what it doesn't.

local errors = require "facequery.errors"
local evidence = require "facequery.evidence"
local folders = require "facequery.cli.folders"
local lists = require "facequery.cli.lists"
local words = require "facequery.cli.words"

local commands = {}

-- Calls `work` with the archive; returns what it does, or nil where something has failed, which is said.
local function in_archive(args, dir, open, work)
  local archive, failure = open(dir)
  if not archive then
    folders.refuse(args, dir, failure)
    return nil
  end
  local ok, result, why_not = pcall(work, archive)
  archive:close()
  if not ok then
    error(result, 0)
  elseif not result then
    folders.refuse(args, dir, why_not)
  end
  return result
end

-- Says which orders are done, on stdout, and of each other why not.  Returns what hears of them, and how often each
-- failure came.
local function listener(args, dir)
  local failed = setmetatable({}, { __index = function() return 0 end })
  return function(path, why)
    if not why then
      io.stdout:write(path, "\n")
      return
    end
    failed[why.status] = failed[why.status] + 1
    if why.status == "BUNDLE_INVALID" then
      words.warn("%s/%s: %s", dir, path, why.detail)
    else
      words.explain_error(dir .. "/" .. path, errors.from_failure(args.lang, why, path), args.lang)
    end
  end, failed
end

-- Purges one archive or, in a dry run, only names what would go.  Without orders it is purged by age, and what is
-- held is no failure: that it stays was decided before.
local function purge_one(args, dir, named)
  local purge = require "facequery.evidence.purge"
  local report, failed = listener(args, dir)
  local purged = in_archive(args, dir, args.dry_run and evidence.at or evidence.open, function(archive)
    if named then
      return purge.orders(archive, named, report, args)
    end
    return purge.run(archive, args.older_than, report, args)
  end)
  if not purged then
    return false
  end
  local problems, held = failed.BUNDLE_INVALID, failed.ORDER_HELD
  local left = args.force and "" or ": what they are about stays; --force removes it, too"
  words.warn("%s: %d %s%s%s", dir, purged, args.dry_run and "to purge" or "purged",
    held > 0 and (", %d held"):format(held) or "", problems > 0 and (", %d problems%s"):format(problems, left) or "")
  if not named then
    failed.ORDER_HELD = nil
  end
  return next(failed) == nil
end

function commands.purge(args)
  local named
  if not args.older_than then
    named = lists.named(args)
    if not named then
      return words.FAILED
    end
  end
  return folders.each(args, function(dir) return purge_one(args, dir, named) end)
end

-- Says what is held in one archive, since when, and why.
local function list_held(args, dir)
  local entries = in_archive(args, dir, evidence.at, require("facequery.evidence.hold").list)
  for _, entry in ipairs(entries or {}) do
    if args.json then
      words.print_json { dir = dir, order_no = entry.order_no, time = entry.time, why = entry.why }
    else
      io.stdout:write(("%s/%s: %s, %s\n"):format(dir, entry.order_no, entry.time, entry.why))
    end
  end
  return entries ~= nil
end

-- Holds or releases the orders in each archive.
local function change(args, work, done)
  local named = lists.named(args)
  if not named then
    return words.FAILED
  end
  return folders.each(args, function(dir)
    local report, failed = listener(args, dir)
    local count = in_archive(args, dir, evidence.open, function(archive)
      return work(archive, named, args.why, report)
    end)
    if count then
      words.warn("%s: %d %s", dir, count, done)
    end
    return count ~= nil and next(failed) == nil
  end)
end

function commands.hold(args)
  return change(args, require("facequery.evidence.hold").set, "held")
end

function commands.release(args)
  return change(args, require("facequery.evidence.hold").release, "released")
end

function commands.holds(args)
  return folders.each(args, function(dir) return list_held(args, dir) end)
end

return commands
