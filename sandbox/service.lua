-- The service in small: its checks, its tokens and tickets, and the controls for tests.

local cjson = require "cjson.safe"
local answer = require "sandbox.answer"
local orders = require "sandbox.orders"
local records = require "sandbox.records"

local service = {}

local MINUTE = 60 -- how long a replaced token or ticket lives on

local COUNTERS = {
  "queries", "refused_requests", "refused_signs", "access_token_requests", "access_tokens",
  "api_ticket_requests", "api_tickets", "rate_limited", "neighbours",
}

-- Set by service.init before nginx forks, so that the media's memory is shared with the worker (copy on write).
local app_id, secret, static_ticket, token_seconds, ticket_seconds
local sources = { base64 = ngx.encode_base64 }

-- Plain tables need no lock: nginx runs one worker, and no change to them yields.
local state
local function reset()
  state = {
    counters = {}, tokens = {}, tickets = {}, fail = {}, stall = {}, asked = {},
    queries = {}, file_queries = {}, skipped = 0,
  }
  for _, name in ipairs(COUNTERS) do state.counters[name] = 0 end
end

local function count(name) state.counters[name] = state.counters[name] + 1 end

local function clock()
  ngx.update_time()
  return ngx.now() + state.skipped
end

--- Reads the media and the settings.
function service.init()
  local function seconds(name, default)
    local text = os.getenv(name)
    if not text or text == "" then return default end
    return tonumber(text) or error(name .. " is not a number")
  end
  app_id = os.getenv("FACEQUERY_APP_ID")
  secret = os.getenv("FACEQUERY_SANDBOX_SECRET")
  sources.elsewhere = os.getenv("FACEQUERY_SANDBOX_HTTP") .. "/sandbox/neighbour"
  static_ticket = os.getenv("FACEQUERY_TICKET")
  token_seconds = seconds("FACEQUERY_SANDBOX_TOKEN_SECONDS", 7200)
  ticket_seconds = seconds("FACEQUERY_SANDBOX_TICKET_SECONDS", 3600)
  sources.media = records.read_media(ngx.config.prefix() .. "sandbox/media/", sources.base64)
  reset()
end

--- Ends nginx, and removes its folder if that was a temporary one, once the script that started it
--- is gone without having done so itself.
function service.watch()
  local parent = os.getenv("FACEQUERY_SANDBOX_PARENT")
  -- The process's start time in clock ticks (proc(5)), nil for a zombie: a reused pid has another.
  local function started()
    local file = io.open("/proc/" .. parent .. "/stat")
    if not file then return nil end
    local state_and_start = file:read("*a"):match("^.*%) (%S" .. (" %S+"):rep(19) .. ")")
    file:close()
    if state_and_start:find("^[ZX]") then return nil end
    return state_and_start:match("%S+$")
  end
  local start = started()
  ngx.timer.every(1, function()
    if start and started() == start then return end
    local folder = os.getenv("FACEQUERY_SANDBOX_REMOVE")
    if folder and folder ~= "" then os.execute('rm -rf -- "$FACEQUERY_SANDBOX_REMOVE"') end
    local ffi = require "ffi"
    ffi.cdef "int kill(int pid, int signal);"
    ffi.C.kill(require("ngx.process").get_master_pid(), 15)
    ffi.C.kill(ngx.worker.pid(), 15) -- the master may have been killed before
  end)
end

local function random(length)
  local alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
  local file = assert(io.open("/dev/urandom", "rb"))
  local bytes = file:read(length)
  file:close()
  return (bytes:gsub(".", function(byte)
    local at = byte:byte() % #alphabet + 1
    return alphabet:sub(at, at)
  end))
end

local beijing = records.beijing

function sources.serial()
  return ("%08d%09d%09d"):format(state.counters.queries, math.random(999999999), math.random(999999999))
end

local function envelope(code, msg)
  return records.envelope(code, sources.serial(), msg)
end

local function only(method)
  if ngx.req.get_method() == method then return end
  ngx.header.allow = method
  ngx.exit(405)
end

-- Queries ---------------------------------------------------------------------------------------

local FIELDS = { -- name, least bytes, most bytes, pattern, whether it may be left out
  { "appId", 1, 8 }, { "version", 1, 20 }, { "nonce", 32, 32, "^%w+$" },
  { "orderNo", 1, 32, "^%w+$" }, { "sign", 40, 40, "^%x+$" },
  { "getFile", 0, 1, nil, true }, { "queryVersion", 0, 8, nil, true },
}

-- The name of the first field that is not as the page's table has it.
local function misfit(request)
  for _, field in ipairs(FIELDS) do
    local name, least, most, pattern, optional = field[1], field[2], field[3], field[4], field[5]
    local value = request[name]
    if not (value == nil and optional) then
      if type(value) ~= "string" or #value < least or #value > most
        or (pattern and not value:find(pattern)) then
        return name
      end
    end
  end
  if ngx.req.get_uri_args().orderNo ~= request.orderNo then return "orderNo in the url" end
end

local function alive(entry, now)
  return entry ~= nil and now < entry.dies and (not entry.token or alive(entry.token, now))
end

local function signed(request)
  local wanted = request.sign:upper()
  local function matches(ticket)
    local values = { request.appId, request.orderNo, request.version, request.nonce, ticket }
    table.sort(values) -- LuaJIT compares bytes, whatever the locale
    local sum = ngx.sha1_bin(table.concat(values))
    return wanted == sum:gsub(".", function(byte) return ("%02X"):format(byte:byte()) end)
  end
  if matches(static_ticket) then return true end
  local now = clock()
  for ticket, entry in pairs(state.tickets) do
    if alive(entry, now) and matches(ticket) then return true end
  end
  return false
end

--- POST /api/v2/base/queryfacerecord
function service.query()
  count("queries")
  only("POST")
  local request
  local function refuse(code, about)
    count("refused_requests")
    local body = envelope(code, about and "参数不合法: " .. about)
    body.orderNo = request and type(request.orderNo) == "string" and request.orderNo or nil
    return answer.send(body)
  end

  local kind = ngx.var.http_content_type or ""
  if not (kind:lower() .. ";"):find("^application/json%s*;") then
    return refuse("66660000", "Content-Type")
  end
  ngx.req.read_body()
  local text = ngx.req.get_body_data() or ""
  request = text:find("^%s*{") and cjson.decode(text) or nil
  if not request then return refuse("66660000", "body") end
  local field = misfit(request)
  if field then return refuse("66660000", field) end
  if request.version ~= "1.0.0" then return refuse("400502") end
  if request.appId ~= app_id then return refuse("400101") end
  if not signed(request) then
    count("refused_signs")
    return refuse("400105")
  end

  local scenario, parameters = orders.find(request.orderNo)
  return answer.send(scenario.answer(records.context(request, state, sources), unpack(parameters)))
end

-- Access tokens and SIGN tickets ----------------------------------------------------------------

-- What both endpoints share.  Returns the url's parameters, or nothing after having answered.
local function asked(name)
  only("GET")
  count(name .. "_requests")
  if (state.stall[name] or 0) > 0 then ngx.sleep(state.stall[name]) end
  if (state.fail[name] or 0) > 0 then
    state.fail[name] = state.fail[name] - 1
    ngx.exit(500)
  end

  local ring = state.asked[name] or { next = 0 }
  state.asked[name] = ring
  local now = clock()
  -- `ring` holds the times of the last twenty requests, and `next` is the oldest: more a second are refused.
  if now - (ring[ring.next] or -1) < 1 then
    count("rate_limited")
    return answer.send(envelope("400504"))
  end
  ring[ring.next], ring.next = now, (ring.next + 1) % 20

  local parameters = ngx.req.get_uri_args()
  if parameters.version ~= "1.0.0" then return answer.send(envelope("400502")) end
  if (parameters.app_id or parameters.appId) ~= app_id then
    return answer.send(envelope("400101"))
  end
  return parameters
end

-- Grants a new token or ticket, and ends the one before in a minute.
local function grant(entries, last, seconds, token)
  local now = clock()
  local previous = state[last]
  if previous then previous.dies = math.min(previous.dies, now + MINUTE) end
  local value, entry = random(64), { dies = now + seconds, token = token }
  entries[value], state[last] = entry, entry
  -- expire_time is three hours off, so that a client that goes by it in place of expire_in shows itself.
  return value, beijing(seconds - 3 * 3600)
end

--- GET /api/oauth2/access_token
function service.access_token()
  local parameters = asked("access_token")
  if not parameters then return end
  if parameters.grant_type ~= "client_credential" then
    return answer.send(envelope("66660000", "参数不合法: grant_type"))
  end
  if parameters.secret ~= secret then return answer.send(envelope("400101")) end
  count("access_tokens")
  local body = envelope("0")
  body.access_token, body.expire_time = grant(state.tokens, "token", token_seconds)
  body.expire_in = tostring(token_seconds)
  return answer.send(body)
end

--- GET /api/oauth2/api_ticket
function service.api_ticket()
  local parameters = asked("api_ticket")
  if not parameters then return end
  if parameters.type ~= "SIGN" then
    return answer.send(envelope("66660000", "参数不合法: type"))
  end
  local token = state.tokens[parameters.access_token or ""]
  if not token then return answer.send(envelope("400101")) end
  if not alive(token, clock()) then return answer.send(envelope("15")) end
  count("api_tickets")
  local body = envelope("0")
  local value, expire_time = grant(state.tickets, "ticket", ticket_seconds, token)
  body.tickets = { { value = value, expire_in = ticket_seconds, expire_time = expire_time } }
  return answer.send(body)
end

-- Controls --------------------------------------------------------------------------------------

-- A setting for either endpoint, from the url: ?access_token=2&api_ticket=1
local function set(settings)
  local parameters = ngx.req.get_uri_args()
  for _, name in ipairs { "access_token", "api_ticket" } do
    if parameters[name] then settings[name] = tonumber(parameters[name]) end
  end
end

local READ = {
  counters = function() return state.counters end,
  orders = function() return state.queries end,
  neighbour = function()
    count("neighbours")
    return "ok\n", { type = "text/plain" }
  end,
}

local CHANGE = {
  reset = reset,
  revoke = function()
    for _, entries in ipairs { state.tokens, state.tickets } do
      for _, entry in pairs(entries) do entry.dies = 0 end
    end
  end,
  fail = function() set(state.fail) end, -- so many requests get a 500
  stall = function() set(state.stall) end, -- each request takes so many seconds
  skip = function() -- so many seconds pass for tokens and tickets
    state.skipped = state.skipped + (tonumber(ngx.req.get_uri_args().seconds) or 0)
  end,
}

--- Everything under /sandbox/.
function service.control()
  local name, order = ngx.var.uri:match("^/sandbox/(%l+)/?(.*)$")
  if name == "orders" and order ~= "" then
    only("GET")
    return answer.send(tostring(state.queries[order] or 0) .. "\n")
  end
  if order ~= "" or not (READ[name] or CHANGE[name]) then return ngx.exit(404) end
  only(READ[name] and "GET" or "POST")
  if READ[name] then return answer.send(READ[name]()) end
  CHANGE[name]()
  return answer.send({ ok = true })
end

return service
