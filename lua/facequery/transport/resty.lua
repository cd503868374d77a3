--- nginx's cosockets, by lua-resty-http where the user has it; the body streams into the core.

local core = require "facequery.core"
local response = require "facequery.response"

local resty = {}

local CHUNK = 64 * 1024

-- lua-resty-http's words are for people; these are its ends.  `closed`: what the connection's end
-- means here.
local function failure_of(message, closed)
  local curl = "RECV_ERROR"
  message = type(message) == "string" and message or ""
  if message == "closed" then
    curl = closed
  elseif message:find("timeout", 1, true) then
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

-- Streams the body.  Without a length it ends with the connection (RFC 9112, 6.3), which the reader
-- says together with the last of it.
local function receive(answer, received)
  local reader, headers = answer.body_reader, answer.headers
  local has_end = headers["Content-Length"] or headers["Transfer-Encoding"]
  while reader do
    local chunk, message = reader(CHUNK)
    local is_last = message == "closed" and not has_end
    if message and not is_last then
      return failure_of(message, "PARTIAL_FILE")
    end
    local ok, failure = received:feed(chunk or "")
    if not ok then
      return failure
    elseif not chunk or is_last then
      break
    end
  end
  local _, failure = received:finish()
  return failure
end

-- Of a url that core.check_url has let pass: scheme, host, port, path.
local function split(url)
  local scheme, authority, path = url:match("^(%a+)://([^/]*)(/.*)$")
  -- An IPv6 address has colons of its own, inside brackets.
  local host, port = authority:match("^(.*):(%d*)$")
  scheme = scheme:lower()
  return scheme, host or authority, tonumber(port) or (scheme == "https" and 443 or 80), path
end

-- Connects, sends and receives; the failure, or nothing.
local function exchange(http, request, received)
  local scheme, host, port, path = split(request.url)
  local called, ok, message = pcall(http.connect, http, {
    scheme = scheme,
    host = host,
    port = port,
    ssl_verify = true,
    ssl_server_name = host,
    proxy_opts = request.proxy and { https_proxy = request.proxy } or nil,
  })
  if not called then
    -- lua-resty-core asserts where a TLS handshake fails without having had to wait.
    return { status = "TRANSPORT", curl = "SSL_CONNECT_ERROR" }
  elseif not ok then
    return failure_of(message, "COULDNT_CONNECT")
  end
  local answer
  answer, message = http:request {
    method = request.method,
    path = path,
    headers = request.headers,
    body = request.body,
  }
  if not answer then
    return failure_of(message, "GOT_NOTHING")
  elseif answer.status ~= 200 then
    return { status = "HTTP", http_status = answer.status }
  end
  return receive(answer, received)
end

-- Runs `work` for so many seconds at most; the failure that it returned, or nothing.  A cosocket
-- times each wait for itself, and no wait is long where the server drips.
local function within(seconds, work)
  local worker = ngx.thread.spawn(work)
  local clock = ngx.thread.spawn(function()
    ngx.sleep(seconds)
    return { status = "TRANSPORT", curl = "OPERATION_TIMEDOUT" }
  end)
  local ok, failure = ngx.thread.wait(worker, clock)
  ngx.thread.kill(worker)
  ngx.thread.kill(clock)
  if not ok then
    return { status = "TRANSPORT", curl = "OTHER_TRANSPORT_ERROR" }
  end
  return failure
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
    local started = core.clock()
    local received
    local ok, failure = core.check_url(request.url)
    if not ok then
      return nil, failure
    end
    -- It raises in phases without cosockets.
    local made, http = pcall(http_module.new)
    if not made or not http then
      return nil, { status = "NO_TRANSPORT" }
    end
    received, failure = core.response(request)
    if not received then
      return nil, failure
    end
    local milliseconds = request.timeout * 1000
    http:set_timeouts(request.connect_timeout * 1000, milliseconds, milliseconds)
    failure = within(request.timeout, function() return exchange(http, request, received) end)
    if failure then
      http:close()
      received:close()
      return nil, failure
    end
    local reused = (http:get_reused_times() or 0) > 0
    http:set_keepalive()
    return response.settle(received, {
      status = 200,
      envelope = received:envelope(),
      time = core.clock() - started,
      reused = reused,
    }, request)
  end
end

return resty
