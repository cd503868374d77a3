--- The orders that a command is given: a list in a file or on stdin, or the words of --order.

local failures = require "facequery.cli.failures"
local inputs = require "facequery.cli.inputs"
local orders = require "facequery.orders.list"
local values = require "facequery.cli.values"
local words = require "facequery.cli.words"

local lists = {}

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

-- A list whose words are cut where they can't be order numbers: it may be a wrong file.
local function cut(list)
  local next_of = list.next
  function list.next()
    local order_no, time = next_of()
    return order_no and values.order(order_no), time
  end
  for i, order_no in ipairs(list.expired) do
    list.expired[i] = values.order(order_no)
  end
  return list
end

-- The list of --from; nil and the exit status where it can't be read, which is said.
local function read(args, oldest)
  local list
  local input, failure = inputs.open(args.from, args.lang)
  -- io.open succeeds for a folder, too; only reading it would fail.
  if input and lfs().attributes(args.from, "mode") == "directory" then
    failure = { status = "FILE_UNREADABLE", field = args.from, detail = "Is a directory" }
  elseif input then
    list, failure = orders.read(input:lines(), oldest)
  end
  return list and cut(list), not list and failures.of(args, "facequery", failure) or nil
end

--- The list of --from, for a command that asks the service for its orders, and may be too late.
---@param args table the command's
---@return facequery.OrderList|nil nil where it can't be read, which was said
---@return integer|nil exit status, then
function lists.to_archive(args)
  local list, status = read(args, os.time() - args.retention)
  if not list then
    return nil, status
  end
  tell_unread(args, list)
  local lines = not list.total and count_lines(args.from)
  list.total = list.total or lines and lines - (list.has_header and 1 or 0) or nil
  return list
end

--- The orders of --order or of --from's list, whatever their times, each once.
---@param args table the command's
---@return string[]|nil nil where the list can't be read, which was said
---@return integer|nil exit status, then
function lists.named(args)
  local named, seen = {}, {}
  local function add(order_no)
    named[#named + 1] = not seen[order_no] and order_no or nil
    seen[order_no] = true
  end
  if args.from then
    local list, status = read(args, -math.huge)
    if not list then
      return nil, status
    end
    for order_no in list.next do
      add(order_no)
    end
  end
  for _, words_of_one in ipairs(args.order) do
    for _, order_no in ipairs(words_of_one) do
      add(order_no)
    end
  end
  return named
end

return lists
