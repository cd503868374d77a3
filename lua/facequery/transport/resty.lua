--- nginx's cosockets, by lua-resty-http where the user has it; the body streams into the core.

local core = require "facequery.core"
local response = require "facequery.response"

local resty = {}

local CHUNK = 64 * 1024

-- lua-resty-http's words are for people; these are its ends.
local function failure_of(message)
  local curl = "RECV_ERROR"
  message = type(message) == "string" and message or ""
  if message:find("timeout", 1, true) then
    curl = "OPERATION_TIMEDOUT"
  elseif message:find("certificate", 1, true) or message:find("handshake", 1, true) then
    curl = "PEER_FAILED_VERIFICATION"
  elseif message:find("refused", 1, true) then
    curl = "COULDNT_CONNECT"
  elseif message:find("resolve", 1, true) then
    curl = "COULDNT_RESOLVE_HOST"
  end
  return { status = "TRANSPORT", curl = curl, detail = message }
end

-- Streams the body; cosockets time each read, so that the whole is timed here.
local function receive(answer, received, deadline)
  local reader = answer.body_reader
  while reader do
    if core.now() > deadline then
      return failure_of("timeout")
    end
    local chunk, message = reader(CHUNK)
    if message then
      return failure_of(message)
    elseif not chunk then
      break
    end
    local ok, failure = received:feed(chunk)
    if not ok then
      return failure
    end
  end
  local _, failure = received:finish()
  return failure
end

-- Connects, sends and receives; the failure, or the HTTP status.
local function exchange(http, request, received, deadline)
  local scheme, host, port = request.url:match("^(%a+)://([^/:]+):?(%d*)")
  local answer
  local ok, message = http:connect {
    scheme = scheme,
    host = host,
    port = tonumber(port) or (scheme == "https" and 443 or 80),
    ssl_verify = true,
    ssl_server_name = host,
    proxy_opts = request.proxy and { https_proxy = request.proxy } or nil,
  }
  if ok then
    answer, message = http:request {
      method = request.method,
      path = request.url:match("^%a+://[^/]*(.*)$"),
      headers = request.headers,
      body = request.body,
    }
  end
  if not answer then
    return failure_of(message)
  elseif answer.status ~= 200 then
    return { status = "HTTP", http_status = answer.status }
  end
  return receive(answer, received, deadline), answer.status
end

--- The transport, or NO_TRANSPORT where lua-resty-http can't be loaded.
---@return facequery.Transport|nil
---@return table|nil failure
function resty.new()
  local found, http_module = pcall(require, "resty.http")
  if not found then
    return nil, { status = "NO_TRANSPORT" }
  end
  return function(request)
    local started = core.now()
    local received, status
    local ok, failure = core.check_url(request.url)
    if ok then
      received, failure = core.response(request)
    end
    if not received then
      return nil, failure
    end
    local http = http_module.new()
    local milliseconds = request.timeout * 1000
    http:set_timeouts(request.connect_timeout * 1000, milliseconds, milliseconds)
    failure, status = exchange(http, request, received, started + request.timeout)
    if failure then
      http:close()
      received:close()
      return nil, failure
    end
    local reused = (http:get_reused_times() or 0) > 0
    http:set_keepalive()
    return response.settle(received, {
      status = status,
      time = core.now() - started,
      reused = reused,
    }, request)
  end
end

return resty
