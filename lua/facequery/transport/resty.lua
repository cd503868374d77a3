--- nginx's cosockets, by lua-resty-http where the user has it; the body streams into the core.

local core = require "facequery.core"
local resty_answer = require "facequery.transport.resty_answer"
local settle = require "facequery.transport.settle"

local resty = {}

-- How many interim answers (100 Continue and other 1xx) are passed over before the final one.
local MOST_INTERIM = 16

-- The failure for what a setting asks for that libcurl can do and cosockets can't.
local function not_built_in(detail)
  return { status = "TRANSPORT", code = "NOT_BUILT_IN", detail = detail }
end

-- The scheme, host, port and path of a url that core.check_url has let pass.
local function split(url)
  local scheme, authority, path = url:match("^(%a+)://([^/]*)(/.*)$")
  -- An IPv6 address has colons of its own, inside brackets.
  local host, port = authority:match("^(.*):(%d*)$")
  scheme = scheme:lower()
  return scheme, host or authority, tonumber(port) or (scheme == "https" and 443 or 80), path
end

local function is_address(host)
  return host:find "^%[" ~= nil or host:find "^%d+%.%d+%.%d+%.%d+$" ~= nil
end

-- libcurl's way of writing a proxy, [http://][name:password@]host[:port], in lua-resty-http's.
local function proxy_options(proxy)
  local scheme, rest = proxy:match("^(%a[%w+.-]*)://(.*)$")
  if scheme and scheme:lower() ~= "http" then
    return nil, not_built_in("over lua-resty-http a proxy is spoken to by http:// alone")
  end
  rest = (rest or proxy):gsub("/.*$", "")
  local login, authority = rest:match("^(.*)@(.-)$")
  authority = authority or rest
  if not authority:find ":%d+$" then
    authority = authority:gsub(":$", "") .. ":1080" -- the port that libcurl takes when a proxy has none
  end
  login = login and login:gsub("%%(%x%x)", function(hex) return string.char(tonumber(hex, 16)) end)
  return {
    https_proxy = "http://" .. authority,
    https_proxy_authorization = login and "Basic " .. ngx.encode_base64(login),
  }
end

-- Where to connect to, in lua-resty-http's words; or nil and a failure.
local function connect_options(request)
  local scheme, host, port, path = split(request.url)
  local proxy, failure
  if scheme == "https" and is_address(host) then
    return nil, not_built_in("cosockets verify certificates for names, not for an IP address: give base_url"
      .. " the service's name, or add a thread_pool")
  elseif scheme == "https" and request.proxy then
    proxy, failure = proxy_options(request.proxy)
    if not proxy then
      return nil, failure
    end
  end
  return {
    scheme = scheme,
    host = host,
    port = port,
    ssl_verify = true,
    ssl_server_name = host,
    proxy_opts = proxy,
  }, path
end

local function connect(http, options)
  local called, ok, message, rest = pcall(http.connect, http, options)
  if not called then
    -- lua-resty-core asserts where a TLS handshake fails without having had to wait.
    return { status = "TRANSPORT", code = "SSL_CONNECT_ERROR" }
  elseif ok then
    return nil
  end
  message = tostring(message) .. (type(rest) == "string" and rest or "") -- 0.17.1 says it of a proxy in two parts
  local refusal = message:match("through a proxy: (%d%d%d)")
  if refusal then
    return { status = "HTTP", http_status = tonumber(refusal), detail = "the proxy's answer to CONNECT" }
  end
  local failure = resty_answer.failure(message, "COULDNT_CONNECT")
  if options.proxy_opts and failure.code == "COULDNT_RESOLVE_HOST" then
    failure.code = "COULDNT_RESOLVE_PROXY"
  elseif failure.code == "RECV_ERROR" then
    failure.code = "COULDNT_CONNECT"
  end
  return failure
end

-- Sends the request and reads the head of its answer, past interim ones (1xx).
local function send(http, request, path)
  local words = {
    method = request.method,
    path = path,
    headers = request.headers,
    body = request.body,
  }
  local answer, message = http:request(words)
  for _ = 1, MOST_INTERIM do
    if not answer or answer.status >= 200 or answer.status == 101 then
      break
    end
    answer, message = http:read_response(words)
  end
  return answer, message
end

-- Connects, sends and receives, on one connection after another while the open ones turn out to be
-- dead: a server may close what it has kept at any time.  The failure, or nothing; and the status, whether the
-- connection was open already, and the answer's Date.
local function exchange(connection, request, received, deadline)
  local options, path = connect_options(request)
  if not options then
    return path
  end
  while true do
    local http = connection.http
    local failure = connect(http, options)
    if failure then
      return failure
    end
    local is_reused = (http:get_reused_times() or 0) > 0
    local answer, message = send(http, request, path)
    if answer then
      return resty_answer.read(answer, received, deadline), answer.status, is_reused, answer.headers["Date"]
    end
    failure = resty_answer.failure(message, "GOT_NOTHING")
    if not is_reused or failure.code == "OPERATION_TIMEDOUT" then
      return failure
    end
    connection.open()
  end
end

-- Runs `work` for so many seconds at most, and returns what it returns.  A cosocket's timeout is that of each wait
-- alone, and no single wait is long when a server sends byte by byte (slowloris).
local function within(seconds, work)
  local worker = ngx.thread.spawn(work)
  local clock = ngx.thread.spawn(function()
    ngx.sleep(seconds)
    return { status = "TRANSPORT", code = "OPERATION_TIMEDOUT" }
  end)
  local ok, failure, status, is_reused, date = ngx.thread.wait(worker, clock)
  ngx.thread.kill(worker)
  ngx.thread.kill(clock)
  if not ok then
    return { status = "TRANSPORT", code = "OTHER_TRANSPORT_ERROR" }
  end
  return failure, status, is_reused, date
end

-- One connection at a time, closed before the next is opened.
local function connection_of(http_module, request)
  local milliseconds = request.timeout * 1000
  local self = {}
  function self.open()
    self.close()
    self.http = http_module.new()
    self.http:set_timeouts(request.connect_timeout * 1000, milliseconds, milliseconds)
    return self.http
  end
  function self.close()
    if self.http then
      self.http:close()
      self.http = nil
    end
  end
  return self
end

-- lua-resty-http 0.16 brought the form of connect that this file calls.
local function is_too_old(version)
  local minor = tostring(version):match("^0%.(%d+)")
  return minor ~= nil and tonumber(minor) < 16
end

--- The transport, or NO_TRANSPORT where lua-resty-http can't be loaded.
---@return facequery.Transport|nil
---@return facequery.Failure|nil failure
function resty.new()
  local found, http_module = pcall(require, "resty.http")
  if not found then
    return nil, { status = "NO_TRANSPORT" }
  elseif is_too_old(http_module._VERSION) then
    return nil, {
      status = "NO_TRANSPORT",
      detail = "lua-resty-http " .. http_module._VERSION .. " is too old: it takes 0.16 or later",
    }
  end
  return function(request)
    local started, sent = core.clock(), core.now()
    local received
    local ok, failure = core.check_url(request.url)
    if not ok then
      return nil, failure
    end
    -- lua-resty-http raises in phases of nginx that have no cosockets.
    local connection = connection_of(http_module, request)
    if not pcall(connection.open) then
      return nil, { status = "NO_TRANSPORT" }
    end
    received, failure = core.answer(request)
    if not received then
      return nil, failure
    end
    local status, is_reused, date
    failure, status, is_reused, date = within(request.timeout, function()
      return exchange(connection, request, received, started + request.timeout)
    end)
    if failure then
      connection.close()
      received:close()
      return nil, failure
    elseif status == 200 then
      connection.http:set_keepalive()
    else
      connection.close()
    end
    return settle(received, {
      status = status,
      envelope = received:envelope(),
      time = core.clock() - started,
      reused = is_reused,
      -- nginx tells Lua nothing of a cosocket's TLS.
      provenance = request.provenance and {
        sent = sent,
        received = core.now(),
        date = type(date) == "string" and date:find "^[ -~]+$" and #date < 64 and date or nil,
      } or nil,
    }, request)
  end
end

return resty
