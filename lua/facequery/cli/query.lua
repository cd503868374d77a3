--- facequery query, poll and ticket.

local clients = require "facequery.cli.client"
local core = require "facequery.core"
local errors = require "facequery.errors"
local failures = require "facequery.cli.failures"
local folders = require "facequery.cli.folders"
local records = require "facequery.service.record"
local json = require "facequery.json"
local queries = require "facequery.service.query"
local statuses = require "facequery.cli.statuses"
local words = require "facequery.cli.words"

local query = {}

local MEDIA = records.MEDIA

-- Calls `work` with each file of a record and, where a file came damaged, with its base64 as it came: its name, the
-- file, the extension for its path, and the table that holds it.
local function each_file(record, work)
  for _, name in ipairs(MEDIA) do
    local medium, damage = record[name], record.damaged and record.damaged[name]
    if medium then
      work(name, medium, records.extension(medium), record)
    end
    if damage and damage.code ~= "MEDIA_TOO_LARGE" then
      work(name, damage, "base64", record.damaged)
    end
  end
end

-- Writes the files under names whose extensions tell their formats.  They are written from memory, whole or not at
-- all, so that an interrupt (Ctrl-C) leaves no part of a face on the disk.
local function save_media(folder, order_no, record)
  local first_failure
  each_file(record, function(name, file, extension, holder)
    local path = ("%s/%s-%s.%s"):format(folder, order_no, name, extension)
    local ok, failure = core.write_file(path, file.data)
    if ok then
      file.path = path
    else
      holder[name] = nil
      failure.field = name
      first_failure = first_failure or failure
    end
  end)
  return first_failure
end

-- Looks for an existing file of that name before anything is sent: it is never overwritten, and once everything has
-- arrived there would be nowhere to write it.
local function taken(folder, order_no)
  for _, name in ipairs(MEDIA) do
    for _, extension in ipairs { "jpg", "png", "mp4", "bin", "base64" } do
      local file = io.open(("%s/%s-%s.%s"):format(folder, order_no, name, extension))
      if file then
        file:close()
        return { status = "FILE_EXISTS", field = name }
      end
    end
  end
end

local function ask(method, client, order_no, args)
  local in_the_way = args.out and queries.is_order_no(order_no) and taken(args.out, order_no)
  if in_the_way then
    return nil, errors.from_failure(args.lang, in_the_way, order_no)
  end
  local fields = {
    order_no = order_no,
    get_file = args.get_file,
    query_version = args.query_version,
    attempts = args.attempts,
    interval = args.interval,
  }
  if args.out then
    fields.get_file = fields.get_file or "both"
  end
  local record, err = client[method](client, fields)
  local got = record or err.record
  local failure = got and args.out and save_media(args.out, order_no, got)
  if got then
    each_file(got, function(_, file)
      file.data = nil -- its size and digest are printed, not its bytes
    end)
  end
  if failure then
    return nil, errors.from_failure(args.lang, failure, order_no)
  end
  return record, err
end

-- Tells of an order that has failed, and of the files that came all the same.
local function tell(args, order_no, err)
  local saved = {}
  each_file(err.record or {}, function(name, file)
    saved[name] = file.path
  end)
  local status = failures.tell(args, order_no, err, { saved = next(saved) and saved or nil })
  for _, name in ipairs(args.json and {} or json.names(saved)) do
    words.say(args.lang, "saved", name, saved[name])
  end
  return status
end

local function run(method, args)
  local client, status = clients.new(args)
  if not client then
    return status
  end
  if args.out then
    status = folders.can_hold(args, args.out)
    if status ~= statuses.OK then
      return status
    end
    local ok, failure = core.make_folder(args.out)
    if not ok then
      return failures.of(args, args.out, failure)
    end
  end
  status = statuses.OK
  for _, order_no in ipairs(args.order_no) do
    local record, err = ask(method, client, order_no, args)
    if record then
      words.print_json(record)
    else
      status = statuses.both(status, tell(args, order_no, err))
    end
  end
  client:close()
  return status
end

function query.query(args)
  return run("query", args)
end

function query.poll(args)
  return run("poll", args)
end

function query.ticket(args)
  local client, unmade = clients.new(args)
  if not client then
    return unmade
  end
  local status, err = client:ticket_status()
  client:close()
  if not status then
    return failures.tell(args, "facequery", err)
  end
  if next(status) == nil then
    words.say(args.lang, "own_ticket")
  end
  words.print_json(status)
  return statuses.OK
end

return query
