--- Asks Redis: over a client object of the user's, lua-resty-redis or redis-lua, or over a connection of our own by a
--- url, which is made when it is first needed, and anew after it broke.

local connection = {}

-- Seconds.  What Redis does for the queue takes it milliseconds, but for a wait that it was asked for.
local TIMEOUT = 5

-- What Redis answers, by how that begins; anything else that it refuses is REDIS_REFUSED.  None has a detail: what
-- Redis says may quote a command, and an order in it.
local REFUSALS = {
  NOAUTH = "REDIS_LOGIN", WRONGPASS = "REDIS_LOGIN", NOPERM = "REDIS_REFUSED",
  LOADING = "REDIS_LOADING", BUSY = "REDIS_LOADING", MASTERDOWN = "REDIS_LOADING", CLUSTERDOWN = "REDIS_LOADING",
  READONLY = "REDIS_READONLY", MISCONF = "REDIS_READONLY", NOREPLICAS = "REDIS_READONLY",
  OOM = "REDIS_FULL",
}

local function failure_of(message)
  local said = tostring(message)
  -- redis-lua says "redis error: READONLY You can't …" behind the place in its file; lua-resty-redis the words alone.
  -- A script's refusal has the command's behind "-" or "ERR … script: …: -".
  for word in said:gmatch "%f[%u]%u+%f[%U]" do
    if REFUSALS[word] then
      return { status = "TRANSPORT", code = REFUSALS[word] }
    end
  end
  -- Who has not logged in may send ten words at most, and hears this.
  if said:find("unauthenticated", 1, true) then
    return { status = "TRANSPORT", code = "REDIS_LOGIN" }
  end
  local is_refusal = said:find("redis error", 1, true) or said:find "^ERR" or said:find "^%u+ "
  return { status = "TRANSPORT", code = is_refusal and "REDIS_REFUSED" or "REDIS_UNREACHABLE" }
end

-- nil in redis-lua, ngx.null in lua-resty-redis, false in some others.
local function is_nothing(value)
  return value == nil or value == false or (ngx and value == ngx.null)
end

-- One command of a client object's.
local function ask(client, command, ...)
  local method = client[command]
  if not method then
    return nil, { status = "TRANSPORT", code = "REDIS_REFUSED" }
  end
  local ok, value, message = pcall(method, client, ...)
  if not ok then
    return nil, failure_of(value)
  elseif is_nothing(value) then
    return nil, message ~= nil and failure_of(message) or nil
  end
  return value
end

local function nothing() end

--- Over a user's client, which is connected once, for as many commands as are sent until `done`.
---@param client table|fun(): table|nil, any as facequery.tickets.redis takes it
---@return fun(command: string, ...): any, facequery.Failure|nil
---@return fun() done
function connection.of(client)
  local connected, done = client, nothing
  if type(client) == "function" then
    local ok, own, own_done = pcall(client)
    connected = ok and type(own) == "table" and own or nil
    done = connected and type(own_done) == "function" and function() pcall(own_done) end or nothing
  end
  return function(command, ...)
    if not connected then
      return nil, { status = "TRANSPORT", code = "REDIS_UNREACHABLE" }
    end
    return ask(connected, command, ...)
  end, done
end

---@class facequery.RedisUrl
---@field host? string
---@field port? string
---@field path? string of a unix socket
---@field database? string
---@field user? string
---@field is_tls boolean

--- Reads redis://[USER@]HOST[:PORT][/DATABASE], rediss://… or unix:PATH[?DATABASE].
---@param url string
---@return facequery.RedisUrl|nil nil where it is none, or has a password in it, which would be seen by all (ps)
function connection.parse(url)
  local path, of_path = url:match "^unix:([^?]+)%??(%d*)$"
  if path then
    return { path = path:gsub("^//", ""), database = of_path ~= "" and of_path or nil, is_tls = false }
  end
  local scheme, rest = url:match "^(rediss?)://([^%s]+)$"
  if not scheme then
    return nil
  end
  local user, place = rest:match "^([^@:/]+)@(.+)$"
  place = place or rest
  local host, port, database = place:match "^%[([%x:]+)%]:?(%d*)/?(%d*)$"
  if not host then
    host, port, database = place:match "^([%w._-]+):?(%d*)/?(%d*)$"
  end
  return host and {
    host = host,
    port = port ~= "" and port or "6379",
    database = database ~= "" and database or nil,
    user = user,
    is_tls = scheme == "rediss",
  } or nil
end

-- redis-lua's one file, which runs on 5.4 and 5.5 unchanged; Debian's package has it for 5.1 to 5.3.
local function client_library()
  local ok, library = pcall(require, "redis")
  if ok then
    return library
  end
  for _, version in ipairs { "5.3", "5.1" } do
    local path = package.searchpath and package.searchpath("redis", (package.path:gsub("5%.[45]", version)))
    if path then
      return dofile(path)
    end
  end
end

-- LuaSec looks whether the certificate can be trusted; whether it is this host's, nobody but us.
local function is_of_host(certificate, host)
  local names = (certificate:extensions() or {})["2.5.29.17"] or {}
  for _, kind in ipairs { "dNSName", "iPAddress" } do
    for _, name in ipairs(names[kind] or {}) do
      local pattern = "^" .. name:lower():gsub("[%^%$%(%)%%%.%[%]%+%-%?]", "%%%0"):gsub("^%*", "[^.]+") .. "$"
      if host:lower():find(pattern) then
        return true
      end
    end
  end
  return false
end

local function tls(socket, host, ca_file)
  local wrapped = assert(require("ssl").wrap(socket, {
    mode = "client", protocol = "any", verify = "peer", options = { "all", "no_sslv2", "no_sslv3", "no_tlsv1" },
    cafile = ca_file, capath = not ca_file and "/etc/ssl/certs" or nil,
  }))
  wrapped:settimeout(TIMEOUT)
  wrapped:sni(host)
  assert(wrapped:dohandshake())
  assert(is_of_host(wrapped:getpeercertificate(), host), "the certificate is another host's")
  return wrapped
end

local function open_socket(url, ca_file)
  local socket = url.path and require "socket.unix"() or require("socket").tcp()
  socket:settimeout(TIMEOUT)
  if url.path then
    assert(socket:connect(url.path))
    return socket
  end
  assert(socket:connect(url.host, tonumber(url.port)))
  socket:setoption("tcp-nodelay", true)
  return url.is_tls and tls(socket, url.host, ca_file) or socket
end

-- A connected client of the library's that has logged in.  Raises.
local function connect(library, url, password, ca_file)
  for _, name in ipairs { "xread", "wait", "xlen", "xrange", "zscan", "hscan", "config", "info" } do
    library.commands[name] = library.command(name:upper())
  end
  local socket = open_socket(url, ca_file)
  local client = library.connect { socket = socket }
  if password and url.user then
    client:auth(url.user, password)
  elseif password then
    client:auth(password)
  end
  if url.database then
    client:select(url.database)
  end
  return client, socket
end

---@class facequery.RedisAccess
---@field password? string
---@field ca_file? string for rediss://; nil: the system's authorities

--- Over a connection of our own, made with the first command and again with the first after a failure.
---@param url facequery.RedisUrl
---@param access facequery.RedisAccess
---@return fun(command: string, ...): any, facequery.Failure|nil
---@return fun() close
function connection.open(url, access)
  local library, client, socket
  local function close()
    if socket then
      socket:close()
    end
    client, socket = nil, nil
  end
  return function(command, ...)
    library = library or client_library()
    if not library or not pcall(require, url.is_tls and "ssl" or "socket") then
      return nil, { status = "TRANSPORT", code = "NO_REDIS_CLIENT" }
    end
    if not client then
      local ok, message
      ok, client, socket = pcall(connect, library, url, access.password, access.ca_file)
      if not ok then
        message, client = client, nil
        return nil, failure_of(message)
      end
    end
    -- Redis waits itself, at most as long as it was asked to.
    socket:settimeout(command == "xread" and TIMEOUT + tonumber((select(2, ...))) / 1000 or TIMEOUT)
    local value, failure = ask(client, command, ...)
    if failure and failure.code ~= "REDIS_REFUSED" and failure.code ~= "REDIS_FULL" then
      close() -- an answer that comes late would be taken for the next command's
    end
    return value, failure
  end, close
end

return connection
