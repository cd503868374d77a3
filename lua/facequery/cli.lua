--- The command: records as JSON on stdout, everything else in words on stderr.

local argparse = require "argparse"
local core = require "facequery.core"
local errors = require "facequery.errors"
local facequery = require "facequery"
local new_json = require("cjson").new

local OK, FAILED, USAGE = 0, 1, 2

local EXTENSIONS = { jpeg = "jpg", png = "png", mp4 = "mp4" }

local function warn(format, ...)
  io.stderr:write(format:format(...), "\n")
end

local function print_json(value)
  io.stdout:write(new_json().encode(value), "\n")
end

-- The whole error in words: what, why, what to do, and what the provider's support will ask for.
local function explain_error(name, err, lang)
  warn("%s: %s (%s %s)", name, err.message, err.kind, err.code)
  if err.msg then
    warn("  the service says: %s", err.msg)
  end
  for _, tag in ipairs(err.record and facequery.risk_tags(err.record, lang) or {}) do
    warn("  risk tag %s: %s", tag.tag, tag.text)
  end
  for number, cause in ipairs(err.causes) do
    warn("  possible cause %d: %s", number, cause)
  end
  warn("  what to do: %s", err.advice)
  if err.bizSeqNo then
    warn("  for the provider's support: orderNo %s, bizSeqNo %s", err.orderNo or name, err.bizSeqNo)
  end
end

local function first_line(path)
  local file, message = io.open(path == "-" and "/dev/stdin" or path)
  if not file then
    return nil, message
  end
  local line = file:read "*l"
  file:close()
  return line ~= "" and line or nil, path .. ": empty"
end

-- The client's settings from the command line; everything else is in the environment.
local function settings_of(args)
  local settings = {
    app_id = args.app_id,
    base_url = args.base_url,
    ca_file = args.ca_file,
    timeout = args.timeout,
    lang = args.lang,
  }
  for name, path in pairs { ticket = args.ticket_from, secret = args.secret_from } do
    local value, message = first_line(path)
    if not value then
      return nil, message
    end
    settings[name] = value
  end
  return settings
end

-- What makes a person at a terminal wait.
local function tell(event)
  if event.type == "ticket" and event.action ~= "fetched" then
    warn("facequery: ticket %s: %s", event.action, event.code)
  elseif event.type == "pending" then
    warn("%s: the files are not there yet; asking again in %g s", event.order_no, event.delay)
  elseif event.type == "retry" then
    warn("%s: %s %s; asking again in %.1f s", event.order_no, event.kind, event.code, event.delay)
  end
end

local function new_client(args)
  local settings, message = settings_of(args)
  if not settings then
    warn("facequery: %s", message)
    return nil
  end
  settings.on_event = tell
  local client, err = facequery.new(settings)
  if not client then
    explain_error("facequery", err, args.lang)
  end
  return client
end

-- Streams to hidden names, and gives the files their extension when their content is known.
local function media_paths(folder, order_no)
  local nonce = assert(core.nonce()):sub(1, 8)
  local stem = ("%s/.%s.%s."):format(folder, order_no, nonce)
  return { photo = stem .. "photo", video = stem .. "video" }
end

local function name_media(folder, order_no, record)
  for _, name in ipairs { "photo", "video" } do
    local medium = record[name]
    if medium and medium.path then
      local path = ("%s/%s-%s.%s"):format(folder, order_no, name, EXTENSIONS[medium.format] or "bin")
      local ok, failure = core.rename(medium.path, path)
      if not ok then
        os.remove(medium.path)
        record[name] = nil
        return nil, failure
      end
      medium.path = path
    end
  end
  return true
end

local function ask(method, client, order_no, args)
  local query = {
    order_no = order_no,
    get_file = args.get_file,
    query_version = args.query_version,
    attempts = args.attempts,
    interval = args.interval,
  }
  local paths = args.out and media_paths(args.out, order_no)
  if paths and (args.get_file or method == "poll") then
    query.photo_path, query.video_path = paths.photo, paths.video
    query.get_file = query.get_file or "both"
  end
  local record, err = client[method](client, query)
  local got = record or err.record
  if got then
    local ok, failure = true, nil
    if args.out then
      ok, failure = name_media(args.out, order_no, got)
    end
    for _, name in ipairs { "photo", "video" } do
      if got[name] then
        got[name].data = nil -- without --out: its size and digest, not its bytes
      end
    end
    if not ok then
      return nil, errors.from_failure(args.lang, failure, order_no)
    end
  end
  return record, err
end

local function query(method, args)
  local client = new_client(args)
  if not client then
    return FAILED
  end
  if args.out then
    local ok, failure = core.make_folder(args.out)
    if not ok then
      explain_error(args.out, errors.from_failure(args.lang, failure), args.lang)
      return FAILED
    end
  end
  local status = OK
  for _, order_no in ipairs(args.order_no) do
    local record, err = ask(method, client, order_no, args)
    if record then
      print_json(record)
    else
      status = FAILED
      explain_error(order_no, err, args.lang)
      for _, name in ipairs { "photo", "video" } do
        local medium = err.record and err.record[name]
        if medium and medium.path then
          warn("  %s saved: %s", name, medium.path)
        end
      end
    end
  end
  client:close()
  return status
end

local commands = {}

function commands.query(args)
  return query("query", args)
end

function commands.poll(args)
  return query("poll", args)
end

function commands.sign(args)
  local settings, message = settings_of(args)
  if not settings then
    warn("facequery: %s", message)
    return FAILED
  end
  local values = {
    app_id = settings.app_id or os.getenv "FACEQUERY_APP_ID",
    order_no = args.order_no,
    ticket = settings.ticket or os.getenv "FACEQUERY_TICKET",
    nonce = args.nonce or assert(facequery.nonce()),
    version = "1.0.0",
  }
  if not values.app_id or not values.ticket then
    local code = values.app_id and "TICKET_MISSING" or "INVALID_APP_ID"
    explain_error("facequery", errors.new(args.lang, code, { field = "FACEQUERY_APP_ID" }), args.lang)
    return FAILED
  end
  local sign, err = facequery.sign(values)
  if not sign then
    explain_error("facequery", err, args.lang)
    return FAILED
  end
  print_json {
    appId = values.app_id,
    orderNo = values.order_no,
    version = values.version,
    nonce = values.nonce,
    sign = sign,
  }
  return OK
end

function commands.ticket(args)
  local client = new_client(args)
  if not client then
    return FAILED
  end
  local status, err = client:ticket_status()
  client:close()
  if not status then
    explain_error("facequery", err, args.lang)
    return FAILED
  end
  print_json(status)
  return OK
end

function commands.decode(args)
  local input, message = io.open(args.file == "-" and "/dev/stdin" or args.file, "rb")
  if not input then
    warn("facequery: %s", message)
    return FAILED
  end
  local base64 = input:read "*a"
  input:close()
  local bytes, format = facequery.decode_media(base64 or "")
  if not bytes then
    explain_error(args.file, format, args.lang)
    return FAILED
  end
  if not args.out then
    io.stdout:write(bytes)
    return OK
  end
  local ok, failure = core.write_file(args.out, bytes)
  if not ok then
    explain_error(args.out, errors.from_failure(args.lang, failure), args.lang)
    return FAILED
  end
  print_json { path = args.out, size = #bytes, format = format }
  return OK
end

function commands.explain(args)
  for _, code in ipairs(args.code) do
    local meaning = facequery.explain(code, args.lang)
    -- An empty table would become {}.
    meaning.causes = #meaning.causes > 0 and meaning.causes or nil
    print_json(meaning)
  end
  return OK
end

local function quote(word)
  return "'" .. word:gsub("'", "'\\''") .. "'"
end

function commands.sandbox(args)
  local here = debug.getinfo(1, "S").source:match("^@(.*)cli%.lua$") or "./"
  -- sh: an installed file may have lost its x.
  local words = { "exec sh", quote(here .. "sandbox/start") }
  if #args.command > 0 then
    words[#words + 1] = "--"
    for _, word in ipairs(args.command) do
      words[#words + 1] = quote(word)
    end
  end
  -- LuaJIT returns wait's status, Lua 5.4 says how it ended.
  local ok, _, status = os.execute(table.concat(words, " "))
  if type(ok) == "number" then
    return ok % 256 == 0 and math.floor(ok / 256) or FAILED
  end
  return ok and OK or status
end

local function parser()
  local root = argparse("facequery", "Ask the face verification service for its result.")
    :epilog("Secrets come from the environment (FACEQUERY_TICKET, FACEQUERY_SECRET) or a file, never"
      .. " from the command line. Exit status: 0 done, 1 an order failed, 2 wrong usage.")
    :require_command(true)
    :command_target "command_name"
  root:flag("--version", "Print the version."):action(function()
    io.stdout:write("facequery ", facequery._VERSION, "\n")
    os.exit(OK)
  end)

  local function add(name, description)
    local command = root:command(name, description)
    command:option("--lang", "Language of the messages."):choices { "en", "zh" }:default "en"
    return command
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
    command:option("--timeout", "Seconds of one exchange."):convert(tonumber)
    return command
  end
  local function add_query(command)
    add_service(command)
    command:argument("order_no", "Order numbers."):args "+"
    command:option("--get-file", "The files to ask for."):choices { "both", "photo", "video" }
    command:option("--query-version", "1.0: sdkVersion and trtcFlag too.")
    command:option("--out", "The folder to save the files in."):argname "DIR"
    return command
  end

  local sign = add_settings(add("sign", "Sign a query; prints its parameters."))
  sign:argument("order_no", "Order number.")
  sign:option("--nonce", "32 letters and digits, instead of random ones.")
  add_query(add("query", "Ask for the result, with --get-file for photo and video."))
  local poll = add_query(add("poll", "Ask until photo and video are there."))
  poll:option("--attempts", "How often (3)."):convert(tonumber)
  poll:option("--interval", "Seconds between (2)."):convert(tonumber)
  add_service(add("ticket", "Get a ticket, renewed where it is time; prints its age and expiry."))
  local decode = add("decode", "Decode the base64 of a photo or a video.")
  decode:argument("file", "- is stdin."):default "-"
  decode:option("--out", "The file to write; without: stdout."):argname "FILE"
  add("explain", "Say what codes mean."):argument("code", "The service's, HTTP's, or ours."):args "+"
  root:command("sandbox", "Run the service in small; then a command, or until interrupted.")
    :handle_options(false)
    :argument("command", "What to run in it."):args "*"
  return root
end

-- Some codes of the service begin with a minus, and are no options.
local function protect_codes(arguments)
  local words, codes = {}, {}
  for _, word in ipairs(arguments) do
    local list = word:find("^%-%d+$") and codes or words
    list[#list + 1] = word
  end
  if #codes > 0 then
    words[#words + 1] = "--"
  end
  for _, code in ipairs(codes) do
    words[#words + 1] = code
  end
  return words
end

--- Runs the command.
---@param arguments string[]
---@return integer exit status
return function(arguments)
  local command_line = parser()
  -- argparse exits with -1 by itself; usage errors are 2 everywhere else.
  if arguments[1] == "explain" then
    arguments = protect_codes(arguments)
  end
  local ok, args = command_line:pparse(arguments)
  if not ok then
    warn("%s\n\n%s", command_line:get_usage(), "Error: " .. args)
    return USAGE
  end
  return commands[args.command_name](args)
end
