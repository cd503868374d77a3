--- The client of a command: its settings from the arguments, the files and the environment.

local facequery = require "facequery"
local words = require "facequery.cli.words"

local client = {}

--- The first line of a file that holds a secret, or of stdin.
---@param path string
---@return string|nil
---@return string|nil message
function client.first_line(path)
  local file, message = io.stdin, nil
  if path ~= "-" then
    file, message = io.open(path)
  end
  if not file then
    return nil, message
  end
  local line
  line, message = file:read "*l"
  if path ~= "-" then
    file:close()
  end
  -- A file from elsewhere may end its lines with a carriage return.
  line = line and line:match "^(.-)%s*$"
  if not line or line == "" then
    return nil, path .. ": " .. (message or "empty")
  end
  return line
end

-- Tells a person at a terminal why the command is waiting.
local function tell(lang, event)
  if event.type == "ticket" and event.action ~= "fetched" then
    words.say(lang, "ticket", event.action, event.code)
  elseif event.type == "pending" then
    words.say(lang, "pending", event.order_no, event.delay)
  elseif event.type == "retry" then
    words.say(lang, "retry", event.order_no, event.kind, event.code, event.delay)
  end
end

--- The client's settings from the command line; everything else is in the environment.
---@param args table
---@return facequery.Config|nil
function client.settings(args)
  local settings = {
    app_id = args.app_id,
    base_url = args.base_url,
    ca_file = args.ca_file,
    timeout = args.timeout,
    lang = args.lang,
  }
  for name, path in pairs { ticket = args.ticket_from, secret = args.secret_from } do
    local value, message = client.first_line(path)
    if not value then
      words.warn("facequery: %s", message)
      return nil
    end
    settings[name] = value
  end
  return settings
end

--- A client by the arguments; where there can be none, prints why.
---@param args table
---@param is_quiet? boolean of many orders some always wait: don't tell of each
---@return facequery.Client|nil
function client.new(args, is_quiet)
  local settings = client.settings(args)
  if not settings then
    return nil
  end
  settings.on_event = not is_quiet and function(event) tell(args.lang, event) end or nil
  local made, err = facequery.new(settings)
  if not made then
    words.explain_error("facequery", err, args.lang)
  end
  return made
end

return client
