--- The command line: its commands, their options, and what may be given for each.

local argparse = require "argparse"
local statuses = require "facequery.cli.statuses"
local usage = require "facequery.cli.usage"
local values = require "facequery.cli.values"
local version = require "facequery.version"

local arguments = {}

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
  command:option("--timeout", "Seconds of one exchange."):convert(values.seconds)
  command:option("--proxy", "The proxy, as http://HOST:PORT; one with a password belongs into https_proxy.")
    :argname "URL":convert(values.proxy)
  return command
end

-- What those take, too, that fetch tickets by themselves: the queue keeps its workers'.
local function add_tickets(command)
  add_service(command)
  command:option("--ticket-file", "Where fetched tickets are kept; instead of FACEQUERY_TICKET_FILE.")
    :argname "FILE":convert(values.path)
  return command
end

-- What those take, too, that ask again by themselves: the doctor asks once, and workers have the queue ask again.
local function add_asking(command)
  add_tickets(command)
  command:option("--retries", "How often to ask again when it may help."):convert(values.count)
  return command
end

local function add_max_media(command)
  command:option("--max-media", "The largest file that is taken, in bytes, or as 64M."):argname "BYTES"
    :convert(values.bytes)
  return command
end

local function add_query(command)
  add_max_media(add_asking(command))
  command:argument("order_no", "Order numbers."):convert(values.order):args "+"
  command:option("--get-file", "The files to ask for (with --out: both)."):choices { "both", "photo", "video" }
  command:option("--query-version", "1.0: sdkVersion and trtcFlag too."):convert(values.query_version)
  command:option("--out", "The folder to save the files in."):argname "DIR":convert(values.path)
  return command
end

local function add_poll(command)
  command:option("--attempts", "How often to ask for files (3)."):convert(values.whole)
  command:option("--interval", "Seconds between (2)."):convert(values.seconds)
  return command
end

local function add_archive(command)
  add_max_media(add_poll(add_asking(command)))
  command:option("--from", "Order numbers, one a line, or CSV with a header; - is stdin.")
    :argname "FILE":default "-"
  command:option("--out", "The archive's folder."):argname "DIR":convert(values.path):count(1)
  command:option("--jobs", "Orders at once."):default "16":convert(values.orders_at_once)
  command:option("--max-rate", "Requests a second, at most."):convert(values.positive)
  command:option("--hash", "A digest of the files besides SHA-256."):choices { "sm3" }
  command:option("--encrypt-to", "A recipient's certificate: encrypt the bundles' files (may be repeated).")
    :argname "CERT.pem":convert(values.path):count "*"
  command:option("--encrypt-media-to", "Encrypt photo and video for these recipients instead.")
    :argname "CERT.pem":convert(values.path):count "*"
  command:flag("--incomplete", "Archive verified orders without their files, too, when they never come.")
  command:option("--retention", "How long the service keeps an order."):default "3d"
    :convert(values.duration)
  command:option("--query-version", "1.0: sdkVersion and trtcFlag too."):convert(values.query_version)
end

-- Wants one of the options that set these fields.
local function want_one(root, command, fields)
  command:action(function(args)
    local options = {}
    for i, field in ipairs(fields) do
      local value = args[field]
      if value and (type(value) ~= "table" or value[1]) then
        return
      end
      options[i] = "'--" .. field:gsub("_", "-") .. "'"
    end
    root.error(command, "missing option " .. table.concat(options, " or "))
  end)
end

-- The options that name orders.
local function add_orders(command)
  return command:option("--order", "Order numbers."):convert(values.order):argname "ORDER":args "+":count "*",
    command:option("--from", "A list of order numbers, as archive's; - is stdin."):argname "FILE"
end

local function add_purge(root, command)
  command:argument("dir"):args "+"
  local older = command:option("--older-than", "Fetched longer ago: 30d, 72h."):convert(values.duration)
  command:mutex(older, add_orders(command))
  want_one(root, command, { "older_than", "order", "from" })
  command:flag("--dry-run", "Remove nothing, and print what would go.")
  command:flag("--force", "Remove what verify would report, too; never what is held.")
end

local function add_hold(root, command)
  command:argument("dir"):args "+"
  command:mutex(add_orders(command))
  want_one(root, command, { "order", "from" })
  return command:option("--why", "The reason, which stands in the log."):argname "TEXT":convert(values.reason)
end

local function add_pages(add)
  local sheet = add("sheet", "Write an order's evidence as a page for people: an auditor, a court.")
  sheet:argument("order_no", "Order number."):convert(values.order)
  sheet:option("--from", "The archive's folder."):argname "DIR":convert(values.path):count(1)
  sheet:option("--out", "The HTML file to write."):argname "FILE":convert(values.path):count(1)
  local report = add("report", "Write how an archive's orders ended as a page for people.")
  report:argument("dir", "The archive's folder."):convert(values.path)
  report:option("--out", "The HTML file to write."):argname "FILE":convert(values.path):count(1)
  for _, command in ipairs { sheet, report } do
    command:option("--tsa-ca", "PEM: who must have issued the certificates of the seals' TSAs."):argname "FILE"
      :convert(values.path)
  end
end

-- What is about provable time; `add` makes a command.
local function add_seals(root, add, verify)
  local seal = add("seal", "Seal an archive's log: a Merkle root, stamped by timestamping authorities.")
  seal:argument("dir")
  seal:option("--tsa", "The urls of timestamping authorities (RFC 3161); URL,OID asks for a policy.")
    :argname "URL":args "+":count "+":convert(values.tsa)
  seal:option("--tsa-ca", "PEM: who must have issued the TSAs' certificates."):argname "FILE":convert(values.path)
  seal:option("--sign", "PEM files: signs, too (CMS)."):argname "CERT,KEY":convert(values.certificate_and_key)
  seal:option("--timeout", "Seconds for each TSA."):convert(values.seconds)
  local export = add("export", "Write an order's evidence as a tar file that anybody can check with openssl.")
  export:argument("order_no", "Order number."):convert(values.order)
  export:option("--from", "The archive's folder."):argname "DIR":convert(values.path):count(1)
  export:option("--out", "The tar file to write."):argname "X.tar":convert(values.path):count(1)
  export:option("--tsa-ca", "PEM: who issued the TSAs' certificates; goes along."):argname "FILE":convert(values.path)
  export:option("--crl", "PEM: their revocation lists; go along."):argname "FILE":convert(values.path)
  verify:option("--tsa-ca", "PEM: who must have issued the certificates of the seals' TSAs."):argname "FILE"
    :convert(values.path)
  verify:option("--crl", "PEM: the revocation lists of these, with --tsa-ca."):argname "FILE":convert(values.path)
  verify:action(function(args)
    if args.crl and not args.tsa_ca then
      root.error(verify, "--crl takes --tsa-ca, too")
    end
  end)
end

local function add_open(command)
  command:argument("order_no", "Order number."):convert(values.order)
  command:option("--from", "The archive's folder."):argname "DIR":convert(values.path):count(1)
  command:option("--key", "A recipient's private key, in PEM."):argname "KEY.pem":convert(values.path):count(1)
  command:option("--cert", "Its certificate, where there are many recipients."):argname "CERT.pem":convert(values.path)
  command:option("--why", "The reason, for the log."):argname "TEXT":count(1)
  command:option("--out", "The folder to write the files in."):argname "DIR":convert(values.path):count(1)
end

local function add_redis(command, is_optional)
  local count = is_optional and "0-1" or 1
  command:option("--redis", "redis://HOST:PORT/DATABASE, rediss://… or unix:PATH."):argname "URL":count(count)
    :convert(values.redis_url)
  command:option("--redis-password-from", "A file whose first line is it; instead of FACEQUERY_REDIS_PASSWORD.")
    :argname "FILE"
  command:option("--redis-ca-file", "PEM: whom rediss:// trusts."):argname "FILE":convert(values.path)
  command:option("--queue", "The queue's name."):argname "NAME":count(count):convert(values.queue_name)
  return command
end

-- What every command takes.
local function add_common(command)
  command:option("--lang", "Language of the messages (FACEQUERY_LANG, or the locale's)."):choices { "en", "zh" }
  command:flag("--json", "What is printed, errors too, is JSON: a line for each thing that there is to tell.")
  return command
end

local function add_queue(root, queue)
  queue:require_command(true):command_target "queue_command"
  local function add(name, description)
    return add_redis(add_common(queue:command(name, description)))
  end
  local orders = add("add", "Add orders, each once.")
  orders:option("--from", "Order numbers, one a line, or CSV with a header; - is stdin."):argname "FILE":default "-"
  orders:option("--retention", "How long the service keeps an order."):default "3d":convert(values.duration)
  add("status", "Say how many orders wait; exits with 1 where files are deleted within six hours.")
  add("dead", "List the orders that are not asked for any more, and why.")
  local function add_for_dead(name, description, all, of_all)
    local command = add(name, description)
    -- As it was given: a bare XADD may have brought what is no order number.
    command:argument("order", "Order numbers."):args "*"
    command:flag("--" .. all, of_all)
    command:action(function(args)
      if not args[all] and not (args.order and args.order[1]) then
        root.error(command, ("missing an order number, or '--%s'"):format(all))
      end
    end)
  end
  add_for_dead("retry", "Put dead orders back.", "all", "All of them.")
  add_for_dead("drop", "Take dead orders out of the queue: nobody is told of them any more.", "expired",
    "All whose files the service has deleted.")
  add("audit", "Look for orders that Redis has lost in a crash, and put them back.")
end

local function add_work(command)
  add_redis(add_max_media(add_service(command)))
  command:option("--out", "The archive's folder."):argname "DIR":convert(values.path):count(1)
  command:option("--instance", "Which of this machine's workers on the queue it is."):default "1":convert(values.whole)
  command:option("--jobs", "Orders at once."):default "16":convert(values.orders_at_once)
  command:option("--max-rate", "Requests a second, at most, of all workers."):convert(values.positive)
  command:option("--lease", "Seconds until the orders of a worker that was lost are given to another."):default "900"
    :convert(values.seconds)
  command:flag("--incomplete", "Archive verified orders without their files, too, when these have not come until the"
    .. " last hour.")
  command:option("--patience", "Seconds that orders have to end after SIGTERM."):default "60":convert(values.seconds)
  command:option("--hash", "A digest of the files besides SHA-256."):choices { "sm3" }
  command:option("--encrypt-to", "A recipient's certificate: encrypt the bundles' files (may be repeated).")
    :argname "CERT.pem":convert(values.path):count "*"
  command:option("--encrypt-media-to", "Encrypt photo and video for these recipients instead.")
    :argname "CERT.pem":convert(values.path):count "*"
  command:option("--query-version", "1.0: sdkVersion and trtcFlag too."):convert(values.query_version)
  command:option("--metrics", "Serve /metrics, /healthz and /readyz there; a port alone: on 127.0.0.1.")
    :argname "HOST:PORT":convert(values.address)
  command:option("--metrics-file", "Write the metrics there every 15 s, for node_exporter."):argname "X.prom"
    :convert(values.path)
end

local function add_sign(root, command)
  add_settings(command)
  command:argument("order_no", "Order number."):convert(values.order):args "?"
  command:option("--nonce", "32 letters and digits, instead of random ones.")
  command:option("--values", "Sign these and the ticket instead: the values of any call of the service.")
    :argname "VALUE":args "+"
  command:flag("--explain", "Say how the signature comes about: each value in its place, but for the ticket.")
  command:action(function(args)
    if args.order_no and args.values then
      root.error(command, "an order number and '--values' can not be used together")
    elseif not args.order_no and not args.values then
      root.error(command, "missing argument 'order_no', or option '--values'")
    end
  end)
end

local function add_start(root, command)
  add_asking(command)
  command:description("Register a scan, and print the url that opens it, or an app's login as JSON. Who is to be"
    .. " scanned comes from stdin, never from the command line: key=value lines, or a JSON object, of user_id, name"
    .. " and id_no.")
  command:argument("order_no", "A new order number."):convert(values.order)
  command:option("--product", "What the scan is for."):choices(values.product_names()):default "plus_h5"
  command:option("--return-url", "Where the browser is led afterwards."):argname "URL"
  command:option("--photo", "A JPEG or PNG to compare with, of 500 KB at most."):argname "FILE":convert(values.path)
  command:option("--photo-type", "What kind of photo it is (hd)."):choices { "hd", "watermark" }
  command:option("--result-type", "1: straight to the return url, without the provider's page."):choices { "1" }
  command:option("--from", "In a browser, or in an app's web view (browser)."):choices { "browser", "App", "app" }
  command:option("--redirect-type", "1: replace the page in the browser's history."):choices { "1" }
  command:option("--licence", "The app SDK's, which goes along.")
  command:option("--app-id-parameter", "What an older host calls the App ID."):choices { "appId", "webankAppId" }
  command:action(function(args)
    if values.wants_return_url(args.product) and not args.return_url then
      root.error(command, ("missing option '--return-url', which %s wants"):format(args.product))
    elseif args.ticket_from == "-" or args.secret_from == "-" then
      root.error(command, "stdin is for who is to be scanned: --ticket-from and --secret-from take a file")
    end
  end)
end

local function add_doctor(root, command)
  add_redis(add_tickets(command), true)
  command:option("--order", "An order to ask for (one that does not exist)."):argname "ORDER":convert(values.order_no)
  command:option("--out", "An archive's folder, to be looked at, too."):argname "DIR":convert(values.path)
  command:action(function(args)
    if (args.redis == nil) ~= (args.queue == nil) then
      root.error(command, "'--redis' takes '--queue', and '--queue' takes '--redis'")
    end
  end)
end

--- The parser of the command line.
---@param lang facequery.Lang of the help
---@param columns? integer of the help; default: the terminal's
---@return table argparse's
function arguments.parser(lang, columns)
  local root = argparse("facequery", "Ask the face verification service for its result.")
    :epilog("Secrets come from the environment (FACEQUERY_TICKET, FACEQUERY_SECRET) or a file, never"
      .. " from the command line. Exit status: 0 done; 2 wrong usage; 3 rejected or risk; 4 not found or expired;"
      .. " 5 login or request refused; 6 not reached or unwell: ask again; 7 a file or the disk; 8 not there yet;"
      .. " 1 several of these.")
    :require_command(true)
    :command_target "command_name"
  root:flag("--debug", "Print a line on stderr for each step of each exchange with the service.")
  root:flag("--version", "Print the version."):action(function()
    io.stdout:write("facequery ", version, "\n")
    os.exit(statuses.OK)
  end)

  local function add(name, description)
    return add_common(root:command(name, description))
  end

  add_query(add("query", "Ask for the result, with --get-file or --out for photo and video."))
  add_poll(add_query(add("poll", "Ask until photo and video are there.")))
  add_archive(add("archive", "Fetch the evidence of many orders into an archive."))
  add_queue(root, root:command("queue", "Add orders to a queue, and look after it."))
  add_work(add("work", "Fetch the evidence of a queue's orders into an archive, until SIGTERM."))
  local verify = add("verify", "Compare archives with their logs and digests, offline.")
  verify:argument("dir"):args "+"
  verify:option("--jobs", "Files to read at once (one for each core)."):convert(values.files_at_once)
  verify:option("--head", "A head that was noted before: it must be on the log's chain still."):convert(values.head)
  verify:flag("--answers", "Make each order's last answer again of its text and files, and compare its digest, too.")
  add_purge(root, add("purge", "Remove bundles past their retention, or those of orders."))
  add_hold(root, add("hold", "Keep the bundles of orders from being purged.")):count(1)
  add_hold(root, add("release", "Let the bundles of held orders be purged again."))
  add("holds", "List what is held, since when and why."):argument("dir"):args "+"
  add("count", "Count the faces that archives store, by China's day and in all."):argument("dir"):args "+"
  add("migrate", "Lay archives out by day that an earlier facequery has made."):argument("dir"):args "+"
  add_open(add("open", "Decrypt an order's bundle; the archive's log is told who does, and why."))
  add_start(root, add("start", "Register a scan, and print what opens it."))
  add_sign(root, add("sign", "Sign a query, or any values; prints its parameters."))
  add_asking(add("ticket", "Get a ticket, renewed where it is time; prints its age and expiry."))
  add_doctor(root, add("doctor", "Find out why queries fail: clock, DNS, proxy, TLS, ticket, signature."))
  add_pages(add)
  local decode = add("decode", "Decode the base64 of a photo or a video.")
  decode:argument("file", "- is stdin."):default "-"
  decode:option("--out", "The file to write; without: stdout."):argname "FILE":convert(values.path)
  add_seals(root, add, verify)
  add("explain", "Say what codes mean."):argument("code", "The service's, HTTP's, or ours."):args "+"
  root:command("sandbox", "Run the service in small; then a command, or until interrupted.")
    :handle_options(false)
    :argument("command", "What to run in it."):args "*"
  usage.lay_out(root, lang, columns)
  return root
end

--- The command line's words for argparse.  It takes for an option what begins with a minus, as some of the service's
--- codes do: a blank before these prevents it.
---@param list string[]
---@return string[]
function arguments.protect_codes(list)
  local protected = {}
  for i, word in ipairs(list) do
    protected[i] = word:find "^%-%d+$" and " " .. word or word
  end
  return protected
end

return arguments
