--- facequery start: the url or the login that a front end opens a scan with.

local clients = require "facequery.cli.client"
local failures = require "facequery.cli.failures"
local inputs = require "facequery.cli.inputs"
local read_person = require "facequery.cli.person"
local statuses = require "facequery.cli.statuses"
local words = require "facequery.cli.words"

local OPTIONS = { "order_no", "product", "return_url", "result_type", "from", "redirect_type", "licence", "photo_type",
  "app_id_parameter" }

-- What client:start takes, of the command line, of stdin and of the photo's file; or nil and an exit status.
local function query_of(args)
  local text, unread = inputs.read("-", args.lang)
  if not text then
    return nil, failures.of(args, "facequery", unread)
  end
  local query = read_person(text)
  if not query then
    return nil, failures.code(args, "facequery", "INVALID_PERSON", { field = "stdin" })
  elseif not query.user_id then
    return nil, failures.code(args, "facequery", "INVALID_USER_ID", { field = "stdin" })
  end
  for _, name in ipairs(OPTIONS) do
    query[name] = args[name]
  end
  if args.photo then
    query.photo, unread = inputs.read(args.photo, args.lang)
    if not query.photo then
      return nil, failures.of(args, args.photo, unread)
    end
  end
  return query
end

---@param args table
---@return integer exit status
return function(args)
  local query, unread = query_of(args)
  if not query then
    return unread
  end
  local client, unmade = clients.new(args)
  if not client then
    return unmade
  end
  local scan, err = client:start(query)
  client:close()
  if not scan then
    return failures.tell(args, args.order_no, err)
  elseif args.json or not scan.url then
    words.print_json(args.json and scan or scan.login)
  else
    io.stdout:write(scan.url, "\n")
  end
  return statuses.OK
end
