--- The client of a command: its settings from the arguments, the files and the environment.

local core = require "facequery.core"
local facequery = require "facequery"
local failures = require "facequery.cli.failures"
local inputs = require "facequery.cli.inputs"
local tickets = require "facequery.tickets"
local words = require "facequery.cli.words"

local client = {}

-- Tells a person at a terminal why the command is waiting.
local function tell(lang, event)
  if event.type == "ticket" and event.action ~= "fetched" then
    words.say(lang, "ticket_" .. event.action, event.code)
  elseif event.type == "pending" then
    words.say(lang, "pending", event.order_no, event.delay)
  elseif event.type == "retry" then
    words.say(lang, "retry", event.order_no, event.kind, event.code, event.delay)
  end
end

-- The folder in which programs of this user may keep what they can get again, by the XDG Base Directory Specification;
-- nil where there is none.
local function cache()
  local folder, home = os.getenv "XDG_CACHE_HOME", os.getenv "HOME"
  if not folder or folder:sub(1, 1) ~= "/" then
    folder = home and home:sub(1, 1) == "/" and home .. "/.cache" or nil
  end
  return folder
end

-- Whether a ticket's file can be locked, now or when another command is done with it.
local function can_lock(path)
  local lock, failure = core.lock_file(path .. ".lock")
  if lock then
    lock:close()
  end
  return lock ~= nil or failure.status == "FILE_LOCKED"
end

-- Whether tickets are fetched: a ticket that the command is given keeps the environment's secret out.
local function has_secret(settings)
  local secret = not settings.ticket and os.getenv "FACEQUERY_SECRET"
  return settings.secret ~= nil or secret and secret ~= ""
end

-- Where fetched tickets are kept between two commands: another command in the next minute needs no new one, and the
-- service grants only so many.  A file for each App ID and host, for this user's eyes alone.  Nil, and so memory, where
-- it can't be made, or its lock is not this user's: `sudo -E` leaves root's files there.
local function ticket_store(args, settings)
  if args.ticket_file then
    return tickets.file(args.ticket_file)
  elseif not has_secret(settings) or args.redis then -- a fleet's tickets are in its Redis
    return nil
  end
  local app_id, folder = settings.app_id or os.getenv "FACEQUERY_APP_ID" or "", cache()
  local own = os.getenv "FACEQUERY_TICKET_FILE"
  if own and own ~= "" or not folder or not core.make_folder(folder)
    or not core.make_folder(folder .. "/facequery") then
    return nil
  end
  local host = (settings.base_url or os.getenv "FACEQUERY_BASE_URL" or ""):gsub("^%a+://", "")
  local path = ("%s/facequery/ticket-%s-%s"):format(folder, (app_id:gsub("%W", "_")), (host:gsub("[^%w.-]", "_")))
  return can_lock(path) and tickets.file(path) or nil
end

--- The client's settings from the command line; everything else is in the environment.
---@param args table
---@return facequery.Config|nil
---@return integer|nil exit status where there are none, which was said
function client.settings(args)
  local settings = {
    app_id = args.app_id,
    base_url = args.base_url,
    ca_file = args.ca_file,
    timeout = args.timeout,
    proxy = args.proxy,
    retries = args.retries,
    max_media = args.max_media,
    lang = args.lang,
    on_event = args.debug and require "facequery.debug" or nil,
  }
  for name, path in pairs { ticket = args.ticket_from, secret = args.secret_from } do
    local value, failure = inputs.first_line(path, args.lang)
    if not value then
      return nil, failures.of(args, "facequery", failure)
    end
    settings[name] = value
  end
  settings.ticket_store = ticket_store(args, settings)
  return settings
end

--- A client by the arguments; where there can be none, prints why.
---@param args table
---@param is_quiet? boolean of many orders some always wait: don't tell of each
---@return facequery.Client|nil
---@return integer|nil exit status where there is none, which was said
function client.new(args, is_quiet)
  local settings, status = client.settings(args)
  if not settings then
    return nil, status
  end
  local trace = settings.on_event
  if not is_quiet then
    settings.on_event = function(event)
      if trace then
        trace(event)
      end
      tell(args.lang, event)
    end
  end
  local made, err = facequery.new(settings)
  return made, not made and failures.tell(args, "facequery", err) or nil
end

return client
