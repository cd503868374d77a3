--- The command: records as JSON on stdout, everything else in words on stderr.

local archive = require "facequery.cli.archive"
local command_line = require "facequery.cli.arguments"
local core = require "facequery.core"
local failures = require "facequery.cli.failures"
local keeping = require "facequery.cli.keeping"
local page = require "facequery.cli.page"
local languages = require "facequery.cli.languages"
local query = require "facequery.cli.query"
local statuses = require "facequery.cli.statuses"
local usage = require "facequery.cli.usage"
local words = require "facequery.cli.words"

local commands = {
  query = query.query,
  poll = query.poll,
  sign = require "facequery.cli.sign",
  ticket = query.ticket,
  archive = archive.archive,
  verify = archive.verify,
  count = archive.count,
  migrate = require "facequery.cli.migrate",
  purge = keeping.purge,
  hold = keeping.hold,
  release = keeping.release,
  holds = keeping.holds,
  sheet = page.sheet,
  report = page.report,
  open = require "facequery.cli.open",
  decode = require "facequery.cli.decode",
  doctor = require "facequery.cli.doctor",
  explain = require "facequery.cli.explain",
  queue = require "facequery.cli.queue",
  work = require "facequery.cli.work",
  seal = require("facequery.cli.seal").seal,
  export = require "facequery.cli.export",
  sandbox = require "facequery.cli.sandbox",
  start = require "facequery.cli.start",
}

-- How many options are to read stdin: two of them would get each other's lines, one of which may be a ticket.
local function readers_of_stdin(args)
  local count = 0
  for _, name in ipairs { "from", "ticket_from", "secret_from" } do
    count = count + (args[name] == "-" and 1 or 0)
  end
  return count
end

-- Whether a word stands among the arguments.  Of those that can't be parsed nothing else is known.
local function has(list, word)
  for _, one in ipairs(list) do
    if one == word then
      return true
    end
  end
  return false
end

-- The command: before it stand options alone, none of which takes a value.
local function command_of(list)
  for _, word in ipairs(list) do
    if word:sub(1, 1) ~= "-" then
      return word
    end
  end
end

-- Whoever reads JSON reads of wrong usage, too; whoever reads words is shown how the command is used.
local function refuse_usage(list, lang, command, message)
  if has(list, "--json") then
    failures.code({ json = true, lang = lang }, "facequery", "USAGE", { detail = message })
    io.stdout:flush()
  else
    words.say(lang, "wrong_usage", command:get_usage(), message)
  end
  os.exit(statuses.USAGE)
end

-- Runs a command's function.  What it raises is a mistake of ours, or of a library that it has loaded.
local function run(command, args)
  local ran, status = pcall(command, args)
  if not ran then
    -- The first line says what happened and where; a traceback is no help to whoever runs a command.
    return failures.code(args, "facequery", "UNEXPECTED", { detail = tostring(status):match "^[^\n]*" })
  end
  return status
end

--- Runs the command.
---@param list string[] its arguments
---@return integer exit status
return function(list)
  core.default_interrupt()
  if command_of(list) == "explain" then
    list = command_line.protect_codes(list)
  end
  local lang = languages.choose(list)
  local parser = command_line.parser(lang)
  -- argparse would exit with a status of its own.
  function parser.error(command, message)
    refuse_usage(list, lang, command, usage.explain(lang, message))
  end
  local args = parser:parse(list)
  args.lang = lang
  if readers_of_stdin(args) > 1 then
    parser:error "only one of --from, --ticket-from and --secret-from can be -"
  end
  local status = run(commands[args.command_name], args)
  -- stdout is buffered: only a flush tells that a full disk has not taken all of it.
  local ok, message = io.stdout:flush()
  if not ok then
    -- Nowhere but on stderr.
    return statuses.both(status, failures.code({ lang = lang }, "facequery", "FILE_UNWRITABLE",
      { field = "stdout", detail = message }))
  end
  return status
end
