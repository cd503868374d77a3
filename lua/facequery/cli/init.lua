--- The command: records as JSON on stdout, everything else in words on stderr.

local archive = require "facequery.cli.archive"
local command_line = require "facequery.cli.arguments"
local core = require "facequery.core"
local keeping = require "facequery.cli.keeping"
local page = require "facequery.cli.page"
local query = require "facequery.cli.query"
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
}

-- How many options are to read stdin: two of them would get each other's lines, one of which may be a ticket.
local function readers_of_stdin(args)
  local count = 0
  for _, name in ipairs { "from", "ticket_from", "secret_from" } do
    count = count + (args[name] == "-" and 1 or 0)
  end
  return count
end

--- Runs the command.
---@param arguments string[]
---@return integer exit status
return function(arguments)
  core.default_interrupt()
  if arguments[1] == "explain" then
    arguments = command_line.protect_codes(arguments)
  end
  local parser = command_line.parser()
  -- argparse would exit with a status of its own.
  function parser.error(command, message)
    words.warn("%s\n\nError: %s", command:get_usage(), message)
    os.exit(words.USAGE)
  end
  local args = parser:parse(arguments)
  if readers_of_stdin(args) > 1 then
    parser:error "only one of --from, --ticket-from and --secret-from can be -"
  end
  local ran, status = pcall(commands[args.command_name], args)
  if not ran then
    -- The first line says what happened and where; a traceback is no help to whoever runs a command.
    words.warn("facequery: %s", tostring(status):match "^[^\n]*")
    status = words.FAILED
  end
  -- stdout is buffered: only a flush tells that a full disk has not taken all of it.
  local ok, message = io.stdout:flush()
  if not ok then
    words.warn("facequery: stdout: %s", message)
    return status == words.OK and words.FAILED or status
  end
  return status
end
