--- facequery archive, verify and count.

local archiving = require "facequery.cli.archiving"
local bundles = require "facequery.evidence.bundle"
local clients = require "facequery.cli.client"
local core = require "facequery.core"
local errors = require "facequery.errors"
local evidence = require "facequery.evidence"
local failures = require "facequery.cli.failures"
local folders = require "facequery.cli.folders"
local lists = require "facequery.cli.lists"
local queries = require "facequery.service.query"
local seals = require "facequery.cli.seal"
local statuses = require "facequery.cli.statuses"
local words = require "facequery.cli.words"

local commands = {}

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
      advice = err and err.advice,
      bizSeqNo = err and err.bizSeqNo,
    }
  elseif bundle then
    local name = bundle.existing and "there" or bundle.code ~= "0" and "other_code" or "archived"
    io.stdout:write(words.of(args.lang, name):format(order_no, bundle.path, bundle.code), "\n")
  elseif archived then
    words.say(args.lang, "failed_archived", order_no, err.message, err.kind, err.code, archived.path)
  else
    words.say(args.lang, "failed", order_no, err.message, err.kind, err.code)
  end
  io.stdout:flush()
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

-- Seconds between two looks whether somebody wants the run to end.
local LOOK = 0.1

-- Ends the run at a signal, as the signal would, and says what becomes of it.  What was begun is left to the next run.
local function watch(args, signals, pool, progress)
  while true do
    local signal = signals:next()
    if signal then
      words.warn("%s", progress.summary())
      words.say(args.lang, "go_on")
      io.stdout:flush()
      os.exit(signal == "INT" and statuses.INTERRUPTED or statuses.TERMINATED)
    end
    pool:sleep(LOOK)
  end
end

function commands.archive(args)
  local list, client, status
  status = folders.can_hold(args, args.out)
  if status ~= statuses.OK then
    return status
  end
  list, status = lists.to_archive(args)
  if list then
    client, status = clients.new(args, true)
  end
  if not client then
    return status
  end
  local progress = require("facequery.cli.progress").new(args.lang, list.total and list.total + #list.expired,
    args.json)
  status = statuses.OK
  local function count(order_no, bundle, err)
    status = bundle and status or statuses.both(status, statuses.of(err.kind))
    progress.count(bundle ~= nil, function() print_result(args, order_no, bundle, err) end, bundle and bundle.existing)
  end
  for _, order_no in ipairs(list.expired) do
    local bundle, err = expired_bundle(args, order_no)
    count(order_no, bundle, err)
  end
  local signals = core.signals()
  local options = archiving(args, args.attempts)
  options.concurrency, options.max_rate, options.interval = args.jobs, args.max_rate, args.interval
  options.incomplete = args.incomplete
  options.beside = signals and function(pool) watch(args, signals, pool, progress) end or nil
  local iterator, refused = client:each(list.next, options)
  if not iterator then
    return failures.of(args, args.out, refused)
  end
  for order_no, bundle, err in iterator do
    count(order_no, bundle, err)
  end
  client:close()
  if signals then
    signals:close()
  end
  words.warn("%s", progress.summary())
  return status
end

-- What verify says, in the user's language: only the pages for people have had need of it.
local function problem_words(lang, problem)
  return lang == "en" and problem or require("facequery.evidence.page.words").problem(lang, problem)
end

function commands.verify(args)
  local trust, status = seals.trust(args)
  if not trust then
    return status
  end
  return folders.each(args, function(dir)
    local progress = require("facequery.cli.progress").bytes(args.lang, args.json)
    local function report(path, problem)
      progress.print(function()
        if args.json then
          words.print_json { dir = dir, path = path, problem = problem }
        else
          io.stdout:write(words.of(args.lang, "problem"):format(dir, path, problem_words(args.lang, problem)), "\n")
          io.stdout:flush()
        end
      end)
    end
    local result = require("facequery.evidence.verify").run(evidence.at(dir), report, function(path, text)
      progress.print(function()
        words.say(args.lang, "problem", dir, path, problem_words(args.lang, text))
      end)
    end, { head = args.head, jobs = args.jobs, answers = args.answers,
      progress = progress.read })
    progress.clear()
    seals.verify(args, dir, report, trust, result)
    if args.json then
      result.dir = dir
      words.print_json(result)
    end
    words.warn("%s", words.of(args.lang, "verified"):format(dir, result.bundles,
      result.seals and words.of(args.lang, "seals"):format(result.seals) or "", result.problems,
      result.mended > 0 and words.of(args.lang, "mended"):format(result.mended) or "", result.head))
    return result.problems == 0 and statuses.OK or statuses.of "storage"
  end)
end

-- Prints how many there are, on a day where there is one in `counted`.
local function print_count(args, dir, counted)
  if args.json then
    words.print_json { dir = dir, day = counted.day, bundles = counted.bundles, faces = counted.faces }
  else
    local day = counted.day and words.of(args.lang, "day"):format(counted.day) or ""
    io.stdout:write(words.of(args.lang, "counted"):format(dir, day, counted.bundles, counted.faces), "\n")
  end
end

function commands.count(args)
  return folders.each(args, function(dir)
    local counted, failure = require("facequery.evidence.count").run(evidence.at(dir))
    if not counted then
      return failures.of(args, dir, failure)
    end
    for _, one in ipairs(counted.days) do
      print_count(args, dir, one)
    end
    print_count(args, dir, counted)
    return statuses.OK
  end)
end

return commands
