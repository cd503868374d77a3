-- The service in small: its checks, its tokens and tickets, and the controls for tests.

local cjson = require "cjson.safe"
local answer = require "sandbox.answer"
local orders = require "sandbox.orders"

local service = {}

local MINUTE = 60 -- how long a replaced token or ticket lives on

local MESSAGES = {
  ["0"] = "请求成功", ["15"] = "token 过期",
  ["400101"] = "不合法请求", ["400102"] = "登录态失效", ["400103"] = "服务器拒绝访问此接口",
  ["400104"] = "无权限", ["400105"] = "身份验证不通过", ["400501"] = "请求超限",
  ["400502"] = "版本错误", ["400503"] = "文件校验错误", ["400504"] = "访问频率过高",
  ["400506"] = "访问频率过高", ["400601"] = "参数体过大", ["400604"] = "上传的视频非实时录制",
  ["66660000"] = "参数过长", ["66660001"] = "不合法请求", ["66660002"] = "服务已过有效期",
  ["66660004"] = "无法确认为同一人", ["66660005"] = "无照片信息",
  ["66660010"] = "姓名和身份证不一致", ["66660011"] = "无此查询结果",
  ["66660015"] = "姓名或身份证不合法", ["66660016"] = "视频格式或大小不合法",
  ["66660017"] = "验证次数超限", ["66660018"] = "操作超时,请退出重试",
  ["66660020"] = "无此查询结果", ["66660021"] = "网络不给力", ["66660022"] = "动态数字失效",
  ["66660023"] = "请确保本人操作且正脸对框", ["66660024"] = "无此证件号码",
  ["66660025"] = "未识别到人脸", ["66660026"] = "高清照大小不符合",
  ["66660030"] = "不支持此类型服务", ["66660033"] = "人脸数超限",
  ["66660035"] = "未识别到人脸", ["66660036"] = "请确保本人操作且正脸对框",
  ["66660037"] = "照片出现多张脸", ["66660038"] = "未识别到人脸",
  ["66660039"] = "证件照不存在或无法处理", ["66660040"] = "脸部有遮挡",
  ["66660041"] = "照片模糊", ["66660042"] = "照片模糊",
  ["-1101"] = "未检测到人脸", ["-1102"] = "视频异常", ["-1404"] = "声音未能识别",
  ["999997"] = "系统异常", ["999998"] = "系统异常", ["999999"] = "系统异常",
}

local COUNTERS = {
  "queries", "refused_requests", "refused_signs", "access_token_requests", "access_tokens",
  "api_ticket_requests", "api_tickets", "rate_limited", "neighbours",
}

-- Set by service.init before nginx forks, so that the media's memory is shared with the worker (copy on write).
local app_id, secret, elsewhere, static_ticket, token_seconds, ticket_seconds
local media = {}

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
  elsewhere = os.getenv("FACEQUERY_SANDBOX_HTTP") .. "/sandbox/neighbour"
  static_ticket = os.getenv("FACEQUERY_TICKET")
  token_seconds = seconds("FACEQUERY_SANDBOX_TOKEN_SECONDS", 7200)
  ticket_seconds = seconds("FACEQUERY_SANDBOX_TICKET_SECONDS", 3600)
  for name, path in pairs { jpeg = "photo.jpg", png = "photo.png", mp4 = "video.mp4" } do
    local file = assert(io.open(ngx.config.prefix() .. "sandbox/media/" .. path, "rb"))
    media[name] = ngx.encode_base64(file:read("*a"))
    file:close()
  end
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

-- The provider's clock shows the time of Beijing.
local function beijing(offset)
  return os.date("!%Y%m%d%H%M%S", ngx.time() + 8 * 3600 + (offset or 0))
end

local function envelope(code, msg)
  return {
    code = code, msg = msg or MESSAGES[code] or "未知错误", transactionTime = beijing(),
    bizSeqNo = beijing():sub(3, 8)
      .. ("%08d%09d%09d"):format(state.counters.queries, math.random(999999999),
        math.random(999999999)),
  }
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

-- The query as a scenario's `answer` in orders.lua gets it.
local function context(request)
  local order, get_file = request.orderNo, request.getFile
  local q = {
    order = order,
    wants_photo = get_file == "1" or get_file == "2",
    wants_video = get_file == "1" or get_file == "3",
    media = media, -- base64 texts: jpeg, png, mp4
    base64 = ngx.encode_base64,
    elsewhere = elsewhere,
  }
  -- How often this order was asked for, this time included; and how often with files.
  q.queries = (state.queries[order] or 0) + 1
  state.queries[order] = q.queries
  q.file_queries = state.file_queries[order] or 0
  if q.wants_photo or q.wants_video then
    q.file_queries = q.file_queries + 1
    state.file_queries[order] = q.file_queries
  end

  function q.refusal(code)
    local body = envelope(code)
    body.orderNo = order
    return body
  end

  function q.record(code)
    local body = envelope(code)
    local more = request.queryVersion == "1.0"
    body.result = {
      orderNo = order, liveRate = "99", similarity = "88.01", occurredTime = beijing(-60),
      appId = request.appId, bizSeqNo = body.bizSeqNo,
      sdkVersion = more and "1.12.12" or nil, trtcFlag = more and "Y" or nil,
    }
    return body
  end

  return q
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
  return answer.send(scenario.answer(context(request), unpack(parameters)))
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
