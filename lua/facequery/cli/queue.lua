--- facequery queue add, status, dead, retry, drop and audit: what an operator does with the queue.

local errors = require "facequery.errors"
local failures = require "facequery.cli.failures"
local lists = require "facequery.cli.lists"
local queues = require "facequery.cli.queues"
local queries = require "facequery.service.query"
local statuses = require "facequery.cli.statuses"
local values = require "facequery.cli.values"
local words = require "facequery.cli.words"

local commands = {}

-- Orders that go to Redis in one step.
local AT_ONCE = 500

local function refuse(args, failure)
  return failures.of(args, args.queue, failure)
end

-- Says, in words or for machines, what was done with how many orders.
local function tell(args, said, fields, ...)
  if args.json then
    fields.queue = args.queue
    words.print_json(fields)
  end
  words.say(args.lang, said, args.queue, ...)
end

function commands.add(args, engine)
  local list, status = lists.to_archive(args)
  if not list then
    return status
  end
  status = statuses.OK
  local added, read, refused, waiting, failure = 0, 0, 0, {}, nil
  local function refuse_one(order_no, code, fields)
    status = statuses.both(status, failures.code(args, order_no, code, fields))
  end
  local function send()
    local count
    count, failure = engine:add(waiting)
    added, waiting = added + (count or 0), {}
  end
  for order_no, verified_at in list.next do
    read = read + 1
    if queries.is_order_no(order_no) then
      waiting[#waiting + 1] = order_no
      waiting[#waiting + 1] = verified_at and ("%.3f"):format(verified_at) or ""
    else
      refused = refused + 1
      refuse_one(order_no, "INVALID_ORDER_NO", { field = "order_no" })
    end
    if #waiting == 2 * AT_ONCE then
      send()
    end
    if failure then
      return refuse(args, failure)
    end
  end
  if waiting[1] then
    send()
  end
  if failure then
    return refuse(args, failure)
  end
  for _, order_no in ipairs(list.expired) do
    refuse_one(order_no, "RETENTION_OVER")
  end
  local there = read - refused - added
  tell(args, "queued", { added = added, there = there }, added, there)
  return status
end

function commands.status(args, engine)
  local status, failure = engine:status()
  if not status then
    return refuse(args, failure)
  end
  local unfit, warning = engine:check()
  if unfit or warning then
    status.warning = (unfit or warning).code
    words.explain_error(args.queue, errors.from_failure(args.lang, unfit or warning), args.lang)
  end
  if args.json then
    status.queue = args.queue
    words.print_json(status)
  else
    local nearest = status.oldest_deadline
    io.stdout:write(words.of(args.lang, "queue_status"):format(args.queue, status.waiting, status.in_flight,
      status.later, status.dead, status.due_6h, status.due_24h,
      nearest and os.date("!%Y-%m-%dT%H:%M:%SZ", math.floor(nearest)) or "-"), "\n")
  end
  -- For cron: something has to be done now.
  return not unfit and status.due_6h == 0 and statuses.OK or statuses.DUE
end

function commands.dead(args, engine)
  local list, failure = engine:dead()
  if not list then
    return refuse(args, failure)
  end
  for _, dead in ipairs(list) do
    dead.order_no = values.order(dead.order_no) -- any program can add to Redis' streams
    if args.json then
      words.print_json(dead)
    else
      local message = errors.new(args.lang, dead.code).message
      io.stdout:write(words.of(args.lang, "dead"):format(dead.order_no, message, dead.code), "\n")
    end
  end
  return statuses.OK
end

-- Does something with the dead orders that are named, or with all that it is for.
local function with_dead(args, work, said, is_for_all)
  local status = statuses.OK
  for _, order_no in ipairs(is_for_all and { false } or args.order) do
    local count, failure = work(order_no or nil)
    if not count then
      return refuse(args, failure)
    end
    if order_no and count == 0 then
      status = statuses.both(status, failures.code(args, values.order(order_no), "NOT_DEAD"))
    elseif not order_no then
      tell(args, said, { [said] = count }, count)
    end
  end
  return status
end

function commands.retry(args, engine)
  return with_dead(args, function(order_no) return engine:retry(order_no) end, "retried", args.all)
end

function commands.drop(args, engine)
  return with_dead(args, function(order_no) return engine:drop(order_no) end, "dropped", args.expired)
end

function commands.audit(args, engine)
  local count, failure = engine:audit()
  if not count then
    return refuse(args, failure)
  end
  tell(args, "audited", { lost = count }, count)
  return statuses.OK
end

---@param args table
---@return integer exit status
return function(args)
  local engine, close, unread = queues.open(args)
  if not engine then
    return unread
  end
  local ok, status = pcall(commands[args.queue_command], args, engine)
  close()
  if not ok then
    error(status, 0)
  end
  return status
end
