--- Servers of a spec's own, on free ports of loopback: nginx with the LuaJIT build, a second sandbox,
--- a name server.  Each ends with the spec's process, however that ends.

local core = require "facequery.core"
local json = require "cjson"
local support = require "help.support"

local must, quote = support.must, support.quote

local servers = {}

local ROOT = must "pwd -P"

-- A port at random, one of 8000 below the sandbox's and below those of outgoing connections (ephemeral ports).
local function free_port()
  return 12000 + tonumber(must "od -An -N2 -tu2 /dev/urandom") % 8000
end

-- Starts the command.  It is killed when the returned pipe is closed, which the end of this process does, too.
local function spawn(command)
  return assert(io.popen("unset LD_PRELOAD; " .. command .. " & read _; kill $! 2>/dev/null; wait", "w"))
end

--- Waits until `holds` returns something, which it returns; nil after so many seconds (30).
function servers.wait(holds, seconds)
  local deadline = support.real_now() + (seconds or 30)
  repeat
    local value = holds()
    if value then
      return value
    end
    core.sleep(0.01)
  until support.real_now() > deadline
end

-- The file's text, "" while there is none.
local function text_of(path)
  local file = io.open(path, "rb")
  local text = file and file:read("*a") or ""
  if file then
    file:close()
  end
  return text
end

-- nginx -----------------------------------------------------------------------------------------

local nginx = {}
nginx.__index = nginx

-- `folder`/nginx.conf made of the text with a port in it, until the port is free.
local function start_nginx(folder, configure, environment)
  for _ = 1, 20 do
    local port = free_port()
    support.write_file(folder .. "/nginx.conf", configure(port))
    os.remove(folder .. "/nginx.pid")
    local process = spawn(("env %s $(command -v nginx || echo /usr/sbin/nginx) -p %s/"
      .. " -c %s/nginx.conf -g 'daemon off;' >/dev/null 2>>%s/error.log"):format(
      environment or "", folder, folder, folder))
    -- nginx writes its pid once its sockets listen, and ends when it can't.
    local pid = servers.wait(function()
      return text_of(folder .. "/error.log"):find("%[emerg%]") and "none"
        or text_of(folder .. "/nginx.pid"):match("(%d+)\n")
    end)
    if pid and pid ~= "none" then
      return process, pid, port
    end
    process:close()
    local log = text_of(folder .. "/error.log")
    if not log:find("Address already in use", 1, true) then
      error("nginx did not start:\n" .. log)
    end
    support.write_file(folder .. "/error.log", "")
  end
  error("no free port")
end

---@class servers.Options
---@field workers? integer
---@field main? string text for nginx.conf, as the next two; default: a thread pool
---@field http? string default: room for 100 queries in it
---@field server? string
---@field conf? fun(folder: string, port: integer): string the whole of nginx.conf instead
---@field environment? string NAME=VALUE …

--- Starts nginx.  Each phase is a location that runs the Lua code which it is sent (see
--- fixtures/phases.lua).
---@param options? servers.Options
function servers.nginx(options)
  options = options or {}
  local folder = support.folder()
  support.write_file(folder .. "/error.log", "")
  local parts = {
    WORKERS = options.workers or 1,
    MAIN = options.main or "thread_pool facequery threads=32 max_queue=65536;",
    HTTP = options.http or "lua_worker_thread_vm_pool_size 100;",
    SERVER = options.server or "",
    ROOT = ROOT,
    USER = must "id -u" == "0" and "user root;" or "",
  }
  local process, pid, port = start_nginx(folder, function(port)
    if options.conf then
      return options.conf(folder, port)
    end
    parts.PORT = port
    return (support.read_file("spec/fixtures/nginx.conf.in"):gsub("@(%u+)@", parts))
  end, options.environment)
  return setmetatable({
    folder = folder,
    pid = pid,
    url = "http://127.0.0.1:" .. port,
    process = process,
    jobs = 0,
  }, nginx)
end

-- The value that the Lua code of a location returned; raises what it raised.
local function value_of(text)
  local ok, answer = pcall(json.decode, text)
  if not ok or type(answer) ~= "table" then
    error("no answer but: " .. text:sub(1, 1000), 3)
  elseif answer.raised then
    error(answer.raised, 3)
  end
  return answer.value
end

function nginx:get(path, options)
  return must(("curl -s -m 30 %s %s"):format(options or "", quote(self.url .. path)))
end

--- Runs Lua code in a phase (or "spawn", in a light thread of its own); the value that it returns.
function nginx:run(phase, code)
  local file = self.folder .. "/code"
  support.write_file(file, code)
  return value_of(must(("curl -s -m 30 --data-binary @%s %s/%s"):format(file, self.url, phase)))
end

--- Begins to run the code `count` times, at most `parallel` (default: all) at once, on a connection
--- each.  Returns a function that waits for the end and returns the values, and one that says whether
--- that has come.
function nginx:begin(phase, code, count, parallel)
  self.jobs = self.jobs + 1
  local folder = ("%s/job%d"):format(self.folder, self.jobs)
  must("mkdir " .. folder)
  support.write_file(folder .. "/code", code)
  must(("{ curl -s -Z --parallel-immediate --parallel-max %d -m 60 -H 'Connection: close'"
    .. " --data-binary @%s/code -o '%s/#1' '%s/%s/[1-%d]'; echo $? >%s/done; } >/dev/null 2>&1 &"):format(
    math.min(parallel or count, 300), folder, folder, self.url, phase, count, folder))
  local function ended()
    return text_of(folder .. "/done") ~= ""
  end
  return function()
    assert(servers.wait(ended, 60), "no end")
    local values = {}
    for i = 1, count do
      values[i] = value_of(text_of(("%s/%d"):format(folder, i)))
    end
    return values
  end, ended
end

--- Runs the code `count` times.
function nginx:run_many(phase, code, count, parallel)
  local wait = self:begin(phase, code, count, parallel)
  return wait()
end

function nginx:signal(name)
  must(("kill -%s %s"):format(name, self.pid))
end

--- The text of a file in its folder, "" while there is none.
function nginx:text(name)
  return text_of(self.folder .. "/" .. name)
end

function nginx:log()
  return self:text "error.log"
end

function nginx:stop()
  self.process:close()
  support.remove_folder(self.folder)
end

-- A name server -----------------------------------------------------------------------------------

--- Starts a name server that knows every name as 127.0.0.1.  Returns its port, and a function that
--- stops it.
function servers.dns()
  local folder = support.folder()
  local process = spawn(("python3 spec/fixtures/dns.py >%s/port"):format(folder))
  local port = assert(servers.wait(function()
    return text_of(folder .. "/port"):match("^(%d+)\n")
  end), "no name server")
  return port, function()
    process:close()
    support.remove_folder(folder)
  end
end

-- A proxy -----------------------------------------------------------------------------------------

--- Starts a proxy that wants the name "me" and the password "pa@ss".  Returns its host and port, a
--- function that returns the statuses of its answers so far, and one that stops it.
function servers.proxy()
  local folder = support.folder()
  local process = spawn(("python3 spec/fixtures/proxy.py >%s/answers"):format(folder))
  local function answers() return text_of(folder .. "/answers") end
  local port = assert(servers.wait(function() return answers():match("^(%d+)\n") end), "no proxy")
  return "127.0.0.1:" .. port, function()
    local statuses = {}
    for status in answers():gmatch "\n(%d+)" do
      statuses[#statuses + 1] = status
    end
    return statuses
  end, function()
    process:close()
    support.remove_folder(folder)
  end
end

-- Raw answers -------------------------------------------------------------------------------------

--- Starts a server that sends files of its folder byte by byte as they are: see fixtures/raw.py for
--- its paths.  `http` and `https` are its urls; `answer` writes a file.
---@return { http: string, https: string, answer: (fun(name: string, bytes: string)), stop: fun() }
function servers.raw()
  local folder, dir = support.folder(), support.env "SANDBOX_DIR"
  local process = spawn(("python3 spec/fixtures/raw.py %s %s/server.pem %s/server.key >%s/ports"):format(
    folder, dir, dir, folder))
  local plain, secure = assert(servers.wait(function()
    return text_of(folder .. "/ports"):find "\n" and text_of(folder .. "/ports")
  end), "no server"):match "(%d+) (%d+)"
  return {
    http = "http://127.0.0.1:" .. plain,
    https = "https://localhost:" .. secure,
    answer = function(name, bytes) support.write_file(folder .. "/" .. name, bytes) end,
    stop = function()
      process:close()
      support.remove_folder(folder)
    end,
  }
end

-- A sandbox -------------------------------------------------------------------------------------

local sandbox = {}
sandbox.__index = sandbox

--- Starts a second sandbox; `environment`: NAME=VALUE for it.  Its `env` holds its FACEQUERY_….
function servers.sandbox(environment)
  local folder = support.folder()
  local process = spawn(("env %s sandbox/start --dir %s/sandbox >%s/env 2>/dev/null"):format(
    environment or "", folder, folder))
  local self = setmetatable({ env = {}, folder = folder, process = process }, sandbox)
  assert(servers.wait(function()
    return text_of(folder .. "/env"):find("SANDBOX_DIR=", 1, true)
  end), "the sandbox did not start")
  for name, value in text_of(folder .. "/env"):gmatch("export FACEQUERY_([%u_]+)='([^']*)'") do
    self.env[name] = value
  end
  return self
end

--- POSTs to one of its controls.
function sandbox:control(path)
  must(("curl -s -X POST %s/sandbox/%s"):format(self.env.SANDBOX_HTTP, quote(path)))
end

function sandbox:counter(name)
  return json.decode(must(("curl -s %s/sandbox/counters"):format(self.env.SANDBOX_HTTP)))[name]
end

function sandbox:stop()
  self.process:close()
  support.remove_folder(self.folder)
end

return servers
