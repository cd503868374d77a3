--- A Redis server for the specs, and a client of it for Lua.

local core = require "facequery.core"
local support = require "help.support"

local redis = {}

--- Debian's redis-lua, which has no copy for Lua 5.4 in the path.
function redis.lua()
  return dofile "/usr/share/lua/5.1/redis.lua"
end

-- A port that nobody listens on, below nginx's in servers.lua and those of outgoing connections.
local function free_port()
  while true do
    local port = 6400 + tonumber(support.must "od -An -N2 -tu2 /dev/urandom") % 5000
    local probe = require("socket").bind("127.0.0.1", port)
    if probe then
      probe:close()
      return port
    end
  end
end

redis.free_port = free_port

--- A redis-server on a free port that keeps nothing on disk; `options` are words of its command line that say
--- otherwise.
---@param options? string
---@return { port: integer, url: string, start: fun(), stop: fun(), kill: fun(), restart: fun(), cli: fun(command: string): string }
function redis.server(options)
  local server = { port = free_port() }
  server.url = "redis://127.0.0.1:" .. server.port

  --- The output of a redis-cli command.
  function server.cli(command)
    return (support.shell(("redis-cli -p %d %s"):format(server.port, command)))
  end

  local folder, process
  local function run(more)
    process = support.start(("redis-server --port %d --bind 127.0.0.1 --save '' --appendonly no"
      .. " --daemonize no --dir %s %s %s"):format(
      server.port, folder, options or "", more or ""))
    local deadline = support.real_now() + 30
    while not process.ended() and support.real_now() < deadline do
      local answer = server.cli "ping"
      if answer == "PONG" or answer:find "^NOAUTH" or answer:find "^LOADING" then
        return
      end
      core.sleep(0.01)
    end
    process.kill()
    error("redis-server does not answer: " .. process.output(), 2)
  end

  function server.start()
    folder = support.folder()
    run()
  end

  --- kill -9.
  function server.kill()
    process.kill()
    process.wait()
  end

  --- Starts it again after `kill`, with what is on its disk, and more words of its command line.
  server.restart = run

  function server.pid()
    return process.pid
  end

  --- Ends it with all that it holds.
  function server.stop()
    process.kill()
    process.wait()
    support.remove_folder(folder)
  end

  server.start()
  return server
end

return redis
