--- facequery archive, verify, purge and count.

local bundles = require "facequery.evidence.bundle"
local clients = require "facequery.cli.client"
local errors = require "facequery.errors"
local evidence = require "facequery.evidence"
local orders = require "facequery.orders.list"
local queries = require "facequery.service.query"
local words = require "facequery.cli.words"

local commands = {}

-- LuaFileSystem is loaded when it is called for: only the commands about archives need it.
local function lfs()
  return require "lfs"
end

-- Counts the order numbers in a plain file, which can be read a second time, unlike a pipe.
local function count_lines(path)
  if path == "-" or lfs().attributes(path, "mode") ~= "file" then
    return nil
  end
  local count = 0
  for line in io.lines(path) do
    count = count + (line:find "%S" and 1 or 0)
  end
  return count
end

-- Lines whose time could not be read, the first few by their numbers.
local MOST_NAMED = 5

local function tell_unread(args, list)
  local count = #list.unread
  if count > 0 then
    words.say(args.lang, "unread", args.from, count,
      table.concat(list.unread, ", ", 1, math.min(count, MOST_NAMED)), count > MOST_NAMED and ", ..." or "")
  end
end

local function read_orders(args)
  local input, list, message = io.stdin, nil, nil
  if args.from ~= "-" then
    input, message = io.open(args.from)
  end
  -- io.open succeeds for a folder, too; only reading it would fail.
  if input and lfs().attributes(args.from, "mode") == "directory" then
    message = args.from .. ": not a file"
  elseif input then
    list, message = orders.read(input:lines(), os.time() - args.retention)
  end
  if not list then
    words.warn("facequery: %s", message)
    return nil
  end
  tell_unread(args, list)
  local lines = not list.total and count_lines(args.from)
  list.total = list.total or lines and lines - (list.has_header and 1 or 0) or nil
  return list
end

local function print_result(args, order_no, bundle, err)
  -- An order whose file came damaged has failed, and what came is archived.
  local archived = bundle or err.bundle
  if args.json then
    words.print_json {
      order_no = order_no,
      ok = bundle ~= nil,
      path = archived and archived.path,
      existing = archived and archived.existing,
      code = bundle and bundle.code or err and err.code,
      kind = err and err.kind,
      message = err and err.message,
      bizSeqNo = err and err.bizSeqNo,
    }
  elseif bundle then
    local note = bundle.existing and "there already" or bundle.code ~= "0" and "code " .. bundle.code
    io.stdout:write(order_no, " ", bundle.path, note and (" (" .. note .. ")") or "", "\n")
  else
    words.warn("%s: %s (%s %s)%s", order_no, err.message, err.kind, err.code,
      archived and ": what came is in " .. archived.path or "")
  end
  io.stdout:flush()
end

-- Explains a failure that is about an archive as a whole.
local function refuse(args, dir, failure)
  words.explain_error(dir, errors.from_failure(args.lang, failure), args.lang)
  return words.FAILED
end

-- An order past its deadline is not asked for any more: its bundle, if it was archived in time, or the error.
local function expired_bundle(args, order_no)
  local bundle, failure
  if queries.is_order_no(order_no) then
    bundle, failure = bundles.find(evidence.at(args.out), order_no)
  end
  return bundle, not bundle
    and errors.from_failure(args.lang, failure or { status = "RETENTION_OVER" }, order_no) or nil
end

function commands.archive(args)
  local list = read_orders(args)
  local client = list and clients.new(args, true)
  if not client then
    return words.FAILED
  end
  local progress = require("facequery.cli.progress").new(list.total and list.total + #list.expired, args.json)
  for _, order_no in ipairs(list.expired) do
    local bundle, err = expired_bundle(args, order_no)
    progress.count(bundle ~= nil, function() print_result(args, order_no, bundle, err) end)
  end
  local iterator, refused = client:each(list.next, {
    concurrency = args.jobs,
    max_rate = args.max_rate,
    dir = args.out,
    hashes = args.hash and { args.hash } or nil,
    incomplete = args.incomplete,
    query_version = args.query_version,
    attempts = args.attempts,
    interval = args.interval,
  })
  if not iterator then
    return refuse(args, args.out, refused)
  end
  for order_no, bundle, err in iterator do
    progress.count(bundle ~= nil, function() print_result(args, order_no, bundle, err) end)
  end
  client:close()
  words.warn("%s", progress.summary())
  return progress.failed == 0 and words.OK or words.FAILED
end

-- Runs `work` on each archive, even when it has failed for the one before.  A folder that is no archive is an error,
-- because its name may be misspelt.
local function on_each(args, work)
  local status = words.OK
  for _, dir in ipairs(args.dir) do
    local ok, instead = evidence.at(dir):exists()
    if ok then
      ok = work(dir)
    else
      words.warn("%s: %s", dir, instead)
    end
    status = ok and status or words.FAILED
  end
  return status
end

function commands.verify(args)
  return on_each(args, function(dir)
    local result = require("facequery.evidence.verify").run(evidence.at(dir), function(path, problem)
      if args.json then
        words.print_json { dir = dir, path = path, problem = problem }
      else
        io.stdout:write(dir, "/", path, ": ", problem, "\n")
      end
    end, function(path, text)
      words.warn("%s/%s: %s", dir, path, text)
    end, args.head)
    if args.json then
      result.dir = dir
      words.print_json(result)
    end
    words.warn("%s: %d bundles, %d problems%s, head %s", dir, result.bundles, result.problems,
      result.mended > 0 and (", %d lines mended after a crash"):format(result.mended) or "", result.head)
    return result.problems == 0
  end)
end

-- Removes the bundles of one archive that are past their retention or, in a dry run, only names them.
local function purge_one(args, dir)
  local open = args.dry_run and evidence.at or evidence.open
  local archive, failure = open(dir)
  if not archive then
    refuse(args, dir, failure)
    return false
  end
  local problems, failed = 0, 0
  local purged, why_not = require("facequery.evidence.purge").run(archive, args.older_than, function(path, why)
    if not why then
      io.stdout:write(path, "\n")
    elseif why.status == "BUNDLE_INVALID" then
      problems = problems + 1
      words.warn("%s/%s: %s", dir, path, why.detail)
    else
      failed = failed + 1
      words.explain_error(path, errors.from_failure(args.lang, why, path), args.lang)
    end
  end, args)
  archive:close()
  if not purged then
    refuse(args, dir, why_not)
    return false
  end
  local left = args.force and "" or ": what they are about stays; --force removes it, too"
  words.warn("%s: %d %s%s", dir, purged, args.dry_run and "to purge" or "purged",
    problems > 0 and (", %d problems%s"):format(problems, left) or "")
  return problems + failed == 0
end

function commands.purge(args)
  return on_each(args, function(dir) return purge_one(args, dir) end)
end

function commands.count(args)
  return on_each(args, function(dir)
    local counted, failure = require("facequery.evidence.count").run(evidence.at(dir))
    if not counted then
      refuse(args, dir, failure)
      return false
    end
    counted.dir = dir
    words.print_json(counted)
    return true
  end)
end

return commands
