--- A client's settings: their defaults, their environment variables, what is allowed.

local check = require "facequery.check"
local core = require "facequery.core"
local foreign = require "facequery.foreign"
local records = require "facequery.service.record"

local config = {}

--- What facequery.new takes.  A setting that is not there is its variable of the environment, or its default.
---@class facequery.Config
---@field app_id? string the page's appId, 1 to 8 letters and digits; default FACEQUERY_APP_ID, and an error without
---@field ticket? string|fun(): string|nil, string|nil a SIGN ticket, or what returns the current one, or nil and a reason; default FACEQUERY_TICKET; not used beside a secret
---@field secret? string the app's secret: tickets are fetched, kept and renewed; default FACEQUERY_SECRET
---@field base_url? string the service's; http only to a loopback host; default FACEQUERY_BASE_URL, then https://kyc1.qcloud.com
---@field version? string the page's version, 1 to 20 characters, default "1.0.0"
---@field timeout? number seconds of one exchange, default 10
---@field connect_timeout? number seconds to connect, of an exchange's, default 3
---@field retries? integer how often a retryable failure is asked again, with back-off, default 2
---@field ca_file? string path of PEM: whom TLS trusts; default FACEQUERY_CA_FILE, then the system's
---@field proxy? string as libcurl's CURLOPT_PROXY; default: libcurl's environment variables
---@field lang? facequery.Lang of messages, default "en"
---@field max_media? integer bytes, decoded, of each medium; default 64 MiB
---@field ticket_store? facequery.TicketStore where tickets are kept, with secret; default: the file FACEQUERY_TICKET_FILE, then in nginx the lua_shared_dict "facequery", then memory
---@field app_id_parameter? "appId"|"app_id" in the url of a ticket's request; default: "appId" for kyc1.qcloud.com, else "app_id"
---@field transport? "curl"|"worker_thread"|"resty"|facequery.Transport default: what fits where it runs
---@field thread_pool? string nginx's thread_pool for worker_thread, default "facequery"
---@field sleep? fun(seconds: number) waits; default: the system's, in nginx ngx.sleep
---@field on_event? fun(event: facequery.Event) hears each step of each exchange; one that raises costs no answer

local function is_positive(value)
  return value > 0 and value < 2147483 -- milliseconds in a C long of 32 bits
end

local function is_count(value)
  return value >= 0 and value == math.floor(value) and value < 2 ^ 53
end

local function is_base_url(value)
  return check.is_clean(value) and value:find("^%a+://[^/]") ~= nil and not value:find("[?# ]")
end

local TRANSPORTS = { curl = true, worker_thread = true, resty = true }

---@type table<string, facequery.Field>
config.fields = {
  app_id = check.text("INVALID_APP_ID", 1, 8, "alphanumeric"),
  ticket = {
    types = "string function",
    code = "INVALID_TICKET",
    valid = function(value) return type(value) ~= "string" or check.is_token(value) end,
  },
  secret = { types = "string", code = "INVALID_SECRET", valid = check.is_token },
  base_url = { types = "string", code = "INVALID_BASE_URL", valid = is_base_url },
  version = check.text("INVALID_VERSION", 1, 20),
  timeout = { types = "number", valid = is_positive, values = "> 0, < 2147483" },
  connect_timeout = { types = "number", valid = is_positive, values = "> 0, < 2147483" },
  retries = { types = "number", valid = is_count, values = "0, 1, 2, ..." },
  ca_file = { types = "string", code = "INVALID_PATH", valid = check.is_clean },
  proxy = { types = "string", valid = check.is_clean, values = "http://host:port" },
  lang = {
    types = "string",
    values = '"en", "zh"',
    valid = function(value) return value == "en" or value == "zh" end,
  },
  max_media = { types = "number", valid = is_count, values = "0, 1, 2, ..." },
  ticket_store = {
    types = "table",
    values = "{ get =, set =, lock = }",
    valid = function(value) return value.get and value.set and value.lock and true or false end,
  },
  app_id_parameter = {
    types = "string",
    values = '"appId", "app_id"',
    valid = function(value) return value == "appId" or value == "app_id" end,
  },
  transport = {
    types = "string function",
    values = '"curl", "worker_thread", "resty", function',
    valid = function(value) return type(value) == "function" or TRANSPORTS[value] ~= nil end,
  },
  thread_pool = { types = "string", valid = check.is_clean },
  sleep = { types = "function" },
  on_event = { types = "function" },
}

--- The page's version of the interface.
config.VERSION = "1.0.0"

local defaults = {
  base_url = "https://kyc1.qcloud.com",
  version = config.VERSION,
  timeout = 10,
  connect_timeout = 3,
  retries = 2,
  lang = "en",
  max_media = records.MAX_MEDIA,
  thread_pool = "facequery",
}

--- The variables that hold settings which the program has not given.
config.environment = {
  app_id = "FACEQUERY_APP_ID",
  ticket = "FACEQUERY_TICKET",
  secret = "FACEQUERY_SECRET",
  base_url = "FACEQUERY_BASE_URL",
  ca_file = "FACEQUERY_CA_FILE",
}

-- A ticket from the environment must not outvote a secret in the code, nor the other way round.  Returns
-- the variables that were used, by setting.
local function fill_from_environment(settings)
  local used = {}
  local has_ticket = settings.ticket ~= nil or settings.secret ~= nil
  for name, variable in pairs(config.environment) do
    local value = os.getenv(variable)
    local is_ticket = name == "ticket" or name == "secret"
    if settings[name] == nil and value ~= nil and value ~= "" and not (is_ticket and has_ticket) then
      settings[name], used[name] = value, variable
    end
  end
  return used
end

-- The newest pages for this host say appId; the older ones, and the other hosts', say app_id.
local NEW_HOST = "^https://kyc1%.qcloud%.com"

-- Where a client with a secret keeps its tickets when the settings name no ticket_store.
local function default_store()
  local path = os.getenv "FACEQUERY_TICKET_FILE"
  if path and path ~= "" then
    return require("facequery.tickets.file").new(path)
  elseif ngx and ngx.shared and ngx.shared.facequery then
    return require("facequery.tickets.shared_dict").new("facequery")
  end
  return require("facequery.tickets.memory").shared()
end

--- The given settings with everything else filled in.
---@param given facequery.Config
---@return facequery.Config|nil settings a copy
---@return facequery.Failure|nil failure
function config.complete(given)
  local settings = {}
  for name, value in pairs(given) do
    settings[name] = value
  end
  local variables = fill_from_environment(settings)
  for name, value in pairs(defaults) do
    if settings[name] == nil then
      settings[name] = value
    end
  end
  local code, field, values = check.fields("new", settings, config.fields)
  if code then
    return nil, { status = code, field = variables[field] or field, values = values }
  end
  if not settings.app_id then
    return nil, { status = "INVALID_APP_ID", field = "app_id" }
  end
  if not settings.ticket and not settings.secret then
    return nil, { status = "TICKET_MISSING" }
  end
  settings.base_url = settings.base_url:gsub("/+$", "")
  local ok, failure = core.check_url(settings.base_url)
  if not ok then
    return nil, failure
  end
  if settings.secret then
    settings.ticket_store = foreign.store(settings.ticket_store or default_store())
    settings.app_id_parameter = settings.app_id_parameter
      or settings.base_url:find(NEW_HOST) and "appId" or "app_id"
  end
  return settings
end

return config
