--- The command: records as JSON on stdout, everything else in words on stderr.

local argparse = require "argparse"
local check = require "facequery.check"
local common = require "facequery.cli.common"
local core = require "facequery.core"
local errors = require "facequery.errors"
local evidence = require "facequery.cli.archive"
local facequery = require "facequery"
local query = require "facequery.cli.query"
local queries = require "facequery.service.query"

local commands = {
  query = query.query,
  poll = query.poll,
  sign = query.sign,
  ticket = query.ticket,
  archive = evidence.archive,
  verify = evidence.verify,
  purge = evidence.purge,
  count = evidence.count,
}

function commands.decode(args)
  local input, base64, message = io.stdin, nil, nil
  if args.file ~= "-" then
    input, message = io.open(args.file, "rb")
  end
  if input then
    base64, message = input:read "*a"
    message = message and args.file .. ": " .. message
  end
  if not base64 then
    common.warn("facequery: %s", message)
    return common.FAILED
  end
  local bytes, format = core.decode_media(base64)
  if not bytes then
    common.explain_error(args.file, errors.from_failure(args.lang, format), args.lang)
    return common.FAILED
  end
  if not args.out then
    local ok, failure = io.stdout:write(bytes)
    if not ok then
      common.warn("facequery: stdout: %s", failure)
    end
    return ok and common.OK or common.FAILED
  end
  local ok, failure = core.write_file(args.out, bytes)
  if not ok then
    local folder = check.missing_folder(args.out)
    failure.detail = folder and folder .. ": no such folder" or failure.detail
    common.explain_error(args.out, errors.from_failure(args.lang, failure), args.lang)
    return common.FAILED
  end
  common.print_json { path = args.out, size = #bytes, format = format }
  return common.OK
end

function commands.explain(args)
  for _, code in ipairs(args.code) do
    local meaning = facequery.explain(code:match "^ (.*)" or code, args.lang)
    -- An empty table would become {}.
    meaning.causes = #meaning.causes > 0 and meaning.causes or nil
    common.print_json(meaning)
  end
  return common.OK
end

local function quote(word)
  return "'" .. word:gsub("'", "'\\''") .. "'"
end

function commands.sandbox(args)
  local here = debug.getinfo(1, "S").source:match "^@(.*)cli/init%.lua$" or "./"
  -- sh: an installed file may have lost its x.
  local words = { "exec sh", quote(here .. "sandbox/start") }
  -- Options before the command are the script's own.
  if args.command[1] and args.command[1]:sub(1, 1) ~= "-" then
    words[#words + 1] = "--"
  end
  for _, word in ipairs(args.command) do
    words[#words + 1] = quote(word)
  end
  -- LuaJIT returns wait's status, Lua 5.4 says how it ended.
  local ok, _, status = os.execute(table.concat(words, " "))
  if type(ok) == "number" then
    return ok % 256 == 0 and math.floor(ok / 256) or common.FAILED
  end
  return ok and common.OK or status
end

local function positive(text)
  local number = tonumber(text)
  if not number or number <= 0 then
    return nil, ("'%s' is not a number above 0"):format(text)
  end
  return number
end

-- What the client takes, and libcurl in milliseconds.
local MOST_SECONDS = 2147483

local function seconds(text)
  local number, message = positive(text)
  if number and number >= MOST_SECONDS then
    return nil, ("'%s' is not a number of seconds below %d"):format(text, MOST_SECONDS)
  end
  return number, message
end

local function path(text)
  if not check.is_clean(text) then
    return nil, ("'%s' is not a path"):format(text)
  end
  return text
end

local function query_version(text)
  if not queries.fields.query_version.valid(text) then
    return nil, ("'%s' is not a version of at most 8 characters"):format(text)
  end
  return text
end

local function whole(text)
  local number = positive(text)
  if not number or number % 1 ~= 0 then
    return nil, ("'%s' is not a whole number above 0"):format(text)
  end
  return number
end

local function jobs(text)
  local number = whole(text)
  if not number or number > 250 then
    return nil, ("'%s' is not a whole number from 1 to 250"):format(text)
  end
  return number
end

local function add_settings(command)
  command:option("--app-id", "Instead of FACEQUERY_APP_ID.")
  command:option("--ticket-from", "A file whose first line is the SIGN ticket; - is stdin."):argname "FILE"
  return command
end

local function add_service(command)
  add_settings(command)
  command:option("--secret-from", "A file whose first line is the app's secret; - is stdin.")
    :argname "FILE"
  command:option("--base-url", "Instead of FACEQUERY_BASE_URL.")
  command:option("--ca-file", "Instead of FACEQUERY_CA_FILE.")
  command:option("--timeout", "Seconds of one exchange."):convert(seconds)
  return command
end

local function add_query(command)
  add_service(command)
  command:argument("order_no", "Order numbers."):args "+"
  command:option("--get-file", "The files to ask for (with --out: both)."):choices { "both", "photo", "video" }
  command:option("--query-version", "1.0: sdkVersion and trtcFlag too."):convert(query_version)
  command:option("--out", "The folder to save the files in."):argname "DIR":convert(path)
  return command
end

local function add_poll(command)
  command:option("--attempts", "How often to ask for files (3)."):convert(whole)
  command:option("--interval", "Seconds between (2)."):convert(seconds)
  return command
end

local function add_archive(command)
  add_poll(add_service(command))
  command:option("--from", "Order numbers, one a line, or CSV with a header; - is stdin.")
    :argname "FILE":default "-"
  command:option("--out", "The archive's folder."):argname "DIR":convert(path):count(1)
  command:option("--jobs", "Orders at once."):default "16":convert(jobs)
  command:option("--max-rate", "Requests a second, at most."):convert(positive)
  command:option("--hash", "A digest of the files besides SHA-256."):choices { "sm3" }
  command:flag("--incomplete", "Archive verified orders without their files, too, when they never come.")
  command:option("--retention", "How long the service keeps an order."):default "3d"
    :convert(evidence.duration)
  command:option("--query-version", "1.0: sdkVersion and trtcFlag too."):convert(query_version)
  command:flag("--json", "A line of JSON for each order.")
end

local function parser()
  local root = argparse("facequery", "Ask the face verification service for its result.")
    :epilog("Secrets come from the environment (FACEQUERY_TICKET, FACEQUERY_SECRET) or a file, never"
      .. " from the command line. Exit status: 0 done, 1 an order failed, 2 wrong usage.")
    :require_command(true)
    :command_target "command_name"
  root:flag("--version", "Print the version."):action(function()
    io.stdout:write("facequery ", facequery._VERSION, "\n")
    os.exit(common.OK)
  end)

  local function add(name, description)
    local command = root:command(name, description)
    command:option("--lang", "Language of the messages."):choices { "en", "zh" }:default "en"
    return command
  end

  add_query(add("query", "Ask for the result, with --get-file or --out for photo and video."))
  add_poll(add_query(add("poll", "Ask until photo and video are there.")))
  add_archive(add("archive", "Fetch the evidence of many orders into an archive."))
  add("verify", "Compare archives with their logs and digests, offline."):argument("dir"):args "+"
  local purge = add("purge", "Remove bundles past their retention.")
  purge:argument("dir"):args "+"
  purge:option("--older-than", "Fetched longer ago: 30d, 72h."):convert(evidence.duration):count(1)
  purge:flag("--dry-run", "Remove nothing, and print what would go.")
  purge:flag("--force", "Remove what verify would report, too.")
  add("count", "Count the faces that archives store."):argument("dir"):args "+"
  local sign = add_settings(add("sign", "Sign a query; prints its parameters."))
  sign:argument("order_no", "Order number.")
  sign:option("--nonce", "32 letters and digits, instead of random ones.")
  add_service(add("ticket", "Get a ticket, renewed where it is time; prints its age and expiry."))
  local decode = add("decode", "Decode the base64 of a photo or a video.")
  decode:argument("file", "- is stdin."):default "-"
  decode:option("--out", "The file to write; without: stdout."):argname "FILE":convert(path)
  add("explain", "Say what codes mean."):argument("code", "The service's, HTTP's, or ours."):args "+"
  root:command("sandbox", "Run the service in small; then a command, or until interrupted.")
    :handle_options(false)
    :argument("command", "What to run in it."):args "*"
  return root
end

-- Some codes of the service begin with a minus, and are no options: a blank hides it.
local function protect_codes(arguments)
  local words = {}
  for i, word in ipairs(arguments) do
    words[i] = word:find "^%-%d+$" and " " .. word or word
  end
  return words
end

-- Two would share its lines, and one of them may be a ticket.
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
    arguments = protect_codes(arguments)
  end
  local command_line = parser()
  -- argparse would exit with a status of its own.
  function command_line.error(command, message)
    common.warn("%s\n\nError: %s", command:get_usage(), message)
    os.exit(common.USAGE)
  end
  local args = command_line:parse(arguments)
  if readers_of_stdin(args) > 1 then
    command_line:error "only one of --from, --ticket-from and --secret-from can be -"
  end
  local ran, status = pcall(commands[args.command_name], args)
  if not ran then
    -- It says where it happened; more than that is no help to whoever runs a command.
    common.warn("facequery: %s", tostring(status):match "^[^\n]*")
    status = common.FAILED
  end
  -- What a full disk has swallowed was not delivered.
  local ok, message = io.stdout:flush()
  if not ok then
    common.warn("facequery: stdout: %s", message)
    return status == common.OK and common.FAILED or status
  end
  return status
end
