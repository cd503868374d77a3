--- facequery archive, verify and count.

local bundles = require "facequery.evidence.bundle"
local clients = require "facequery.cli.client"
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
    local note = bundle.existing and "there already" or bundle.code ~= "0" and "code " .. bundle.code
    io.stdout:write(order_no, " ", bundle.path, note and (" (" .. note .. ")") or "", "\n")
  else
    words.warn("%s: %s (%s %s)%s", order_no, err.message, err.kind, err.code,
      archived and ": what came is in " .. archived.path or "")
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

-- A list of an option's values; nil where it was not given.
local function some(list)
  return list and list[1] and list or nil
end

function commands.archive(args)
  local list, client, status
  list, status = lists.to_archive(args)
  if list then
    client, status = clients.new(args, true)
  end
  if not client then
    return status
  end
  local progress = require("facequery.cli.progress").new(list.total and list.total + #list.expired, args.json)
  status = statuses.OK
  local function count(order_no, bundle, err)
    status = bundle and status or statuses.both(status, statuses.of(err.kind))
    progress.count(bundle ~= nil, function() print_result(args, order_no, bundle, err) end)
  end
  for _, order_no in ipairs(list.expired) do
    local bundle, err = expired_bundle(args, order_no)
    count(order_no, bundle, err)
  end
  local iterator, refused = client:each(list.next, {
    concurrency = args.jobs,
    max_rate = args.max_rate,
    dir = args.out,
    hashes = args.hash and { args.hash } or nil,
    incomplete = args.incomplete,
    encrypt_to = some(args.encrypt_to),
    encrypt_media_to = some(args.encrypt_media_to),
    query_version = args.query_version,
    attempts = args.attempts,
    interval = args.interval,
  })
  if not iterator then
    return failures.of(args, args.out, refused)
  end
  for order_no, bundle, err in iterator do
    count(order_no, bundle, err)
  end
  client:close()
  words.warn("%s", progress.summary())
  return status
end

function commands.verify(args)
  local trust, status = seals.trust(args)
  if not trust then
    return status
  end
  return folders.each(args, function(dir)
    local progress = require("facequery.cli.progress").bytes(args.json)
    local function report(path, problem)
      progress.print(function()
        if args.json then
          words.print_json { dir = dir, path = path, problem = problem }
        else
          io.stdout:write(dir, "/", path, ": ", problem, "\n")
          io.stdout:flush()
        end
      end)
    end
    local result = require("facequery.evidence.verify").run(evidence.at(dir), report, function(path, text)
      progress.print(function() words.warn("%s/%s: %s", dir, path, text) end)
    end, { head = args.head, jobs = args.jobs, answers = args.answers,
      progress = progress.read })
    progress.clear()
    seals.verify(args, dir, report, trust, result)
    if args.json then
      result.dir = dir
      words.print_json(result)
    end
    words.warn("%s: %d bundles, %s%d problems%s, head %s", dir, result.bundles,
      result.seals and ("%d seals, "):format(result.seals) or "", result.problems,
      result.mended > 0 and (", %d lines mended after a crash"):format(result.mended) or "", result.head)
    return result.problems == 0 and statuses.OK or statuses.of "storage"
  end)
end

-- Prints how many there are, on a day where there is one in `counted`.
local function print_count(args, dir, counted)
  if args.json then
    words.print_json { dir = dir, day = counted.day, bundles = counted.bundles, faces = counted.faces }
  else
    io.stdout:write(("%s: %s%d bundles, %d faces\n"):format(
      dir, counted.day and counted.day .. ": " or "", counted.bundles, counted.faces))
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
