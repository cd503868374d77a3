--- facequery purge, hold, release and holds: what an archive keeps, and what it doesn't.

local codes = require "facequery.codes"
local evidence = require "facequery.evidence"
local failures = require "facequery.cli.failures"
local folders = require "facequery.cli.folders"
local lists = require "facequery.cli.lists"
local statuses = require "facequery.cli.statuses"
local words = require "facequery.cli.words"

local commands = {}

-- Calls `work` with the archive; returns what it does, or nil and the exit status where something has failed, which is
-- said.
local function in_archive(args, dir, open, work)
  local archive, failure = open(dir)
  if not archive then
    return nil, failures.of(args, dir, failure)
  end
  local ok, result, why_not = pcall(work, archive)
  archive:close()
  if not ok then
    error(result, 0)
  elseif not result then
    return nil, failures.of(args, dir, why_not)
  end
  return result, statuses.OK
end

-- Says which orders are done, on stdout, and of each other why not.  Returns what hears of them, and how often each
-- failure came.
local function listener(args, dir)
  local failed = setmetatable({}, { __index = function() return 0 end })
  return function(path, why)
    if why then
      failed[why.status] = failed[why.status] + 1
      if why.status == "BUNDLE_INVALID" and not args.json then
        local problem = require("facequery.evidence.page.words").problem(args.lang, why.detail)
        words.say(args.lang, "problem", dir, path, problem)
      else
        failures.of(args, dir .. "/" .. path, why)
      end
    elseif args.json then
      words.print_json { dir = dir, order_no = path, ok = true }
    else
      io.stdout:write(path, "\n")
    end
  end, failed
end

-- The exit status of all these failures.
local function status_of(failed)
  local status = statuses.OK
  for code in pairs(failed) do
    status = statuses.both(status, statuses.of(codes.explain(code).kind))
  end
  return status
end

-- How a purge went, in a line.
local function tell_purged(args, dir, purged, failed)
  local problems, held = failed.BUNDLE_INVALID, failed.ORDER_HELD
  if args.json then
    words.print_json { dir = dir, purged = purged, held = held, problems = problems, dry_run = args.dry_run == true }
  end
  local parts = { words.of(args.lang, args.dry_run and "to_purge" or "purged"):format(dir, purged) }
  parts[#parts + 1] = held > 0 and words.of(args.lang, "held_back"):format(held) or nil
  if problems > 0 then
    parts[#parts + 1] = words.of(args.lang, args.force and "problems" or "problems_stay"):format(problems)
  end
  words.warn("%s", table.concat(parts))
end

-- Purges one archive or, in a dry run, only names what would go.  Without orders it is purged by age, and what is
-- held is no failure: that it stays was decided before.
local function purge_one(args, dir, named)
  local purge = require "facequery.evidence.purge"
  local report, failed = listener(args, dir)
  local purged, status = in_archive(args, dir, args.dry_run and evidence.at or evidence.open, function(archive)
    if named then
      return purge.orders(archive, named, report, args)
    end
    return purge.run(archive, args.older_than, report, args)
  end)
  if not purged then
    return status
  end
  tell_purged(args, dir, purged, failed)
  if not named then
    failed.ORDER_HELD = nil
  end
  return status_of(failed)
end

function commands.purge(args)
  local named, status
  if not args.older_than then
    named, status = lists.named(args)
    if not named then
      return status
    end
  end
  return folders.each(args, function(dir) return purge_one(args, dir, named) end)
end

-- Says what is held in one archive, since when, and why.
local function list_held(args, dir)
  local entries, status = in_archive(args, dir, evidence.at, require("facequery.evidence.hold").list)
  for _, entry in ipairs(entries or {}) do
    if args.json then
      words.print_json { dir = dir, order_no = entry.order_no, time = entry.time, why = entry.why }
    else
      io.stdout:write(words.of(args.lang, "hold"):format(dir, entry.order_no, entry.time, entry.why), "\n")
    end
  end
  return status
end

-- Holds or releases the orders in each archive.
local function change(args, work, done)
  local named, unread = lists.named(args)
  if not named then
    return unread
  end
  return folders.each(args, function(dir)
    local report, failed = listener(args, dir)
    local count, status = in_archive(args, dir, evidence.open, function(archive)
      return work(archive, named, args.why, report)
    end)
    if count then
      words.say(args.lang, done, dir, count)
    end
    return count and status_of(failed) or status
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
