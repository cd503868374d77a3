--- What several specs share.  Most of it asks other tools: a shell, openssl, the sandbox's counters.

local support = {}

function support.quote(text)
  return "'" .. tostring(text):gsub("'", "'\\''") .. "'"
end

--- The output of a shell command, both streams, without its last line break; and its exit status.
function support.shell(command)
  -- Other programs don't run under the sanitizer that the module may be built with.
  local pipe = assert(io.popen("unset LD_PRELOAD; ( " .. command .. "\n) 2>&1; code=$?; echo; echo $code"))
  local output, status = pipe:read("*a"):match("^(.*)\n(%d+)\n$")
  pipe:close()
  return (output:gsub("\n$", "")), tonumber(status)
end

--- The output of a shell command that must succeed.
function support.must(command)
  local output, status = support.shell(command)
  return status == 0 and output or error(("exit status %d of %s:\n%s"):format(status, command, output), 2)
end

--- The command that runs Lua code in a process of its own, on the Lua that runs this.
function support.lua_command(code)
  return ("env LD_PRELOAD=%s %s -e %s"):format(support.quote(os.getenv("LD_PRELOAD") or ""),
    support.must("readlink /proc/$PPID/exe"), support.quote(code))
end

--- Seconds since some moment, with fractions.
function support.now()
  return tonumber(support.must("date +%s.%N"))
end

-- Files -----------------------------------------------------------------------------------------

--- The path of a new folder.
function support.folder()
  return support.must("mktemp -d")
end

function support.remove_folder(path)
  support.must("rm -rf -- " .. support.quote(path))
end

--- The names in a folder, one a line, hidden ones too.
function support.list(path)
  return support.must("ls -A -- " .. support.quote(path))
end

function support.read_file(path)
  local file = assert(io.open(path, "rb"))
  local bytes = file:read("*a")
  file:close()
  return bytes
end

function support.write_file(path, bytes)
  local file = assert(io.open(path, "wb"))
  assert(file:write(bytes))
  assert(file:close())
end

-- The sandbox -----------------------------------------------------------------------------------

--- FACEQUERY_<name> of the sandbox.
function support.env(name)
  return os.getenv("FACEQUERY_" .. name) or error("run this inside sandbox/start", 2)
end

--- The bytes of one of its files: photo.jpg, photo.png, video.mp4.
function support.medium(name)
  return support.read_file(support.env("SANDBOX_DIR") .. "/sandbox/media/" .. name)
end

local run = support.must("od -An -N3 -tx1 /dev/urandom | tr -d ' \\n'")
local serial = 0

--- An order number that nobody has asked for yet: `word` and a serial.
function support.order(word)
  serial = serial + 1
  return word .. serial .. run
end

--- GET (or POST) of one of the sandbox's controls.
function support.control(path, method)
  return support.must(("curl -s -X %s %s"):format(method or "GET",
    support.quote(support.env("SANDBOX_HTTP") .. "/sandbox/" .. path)))
end

--- How often the sandbox was asked for an order.
function support.queries(order)
  return tonumber(support.control("orders/" .. order))
end

--- The page's signature of these values, by sort and openssl.
function support.sign(values)
  local quoted = {}
  for i, value in ipairs(values) do
    quoted[i] = support.quote(value)
  end
  return support.must("printf '%s\\n' " .. table.concat(quoted, " ")
    .. " | LC_ALL=C sort | tr -d '\\n' | openssl sha1 -r | cut -c 1-40 | tr a-f A-F")
end

--- What the sandbox has counted since its reset.
function support.counters()
  return require("cjson").decode(support.control("counters"))
end

-- Processes -------------------------------------------------------------------------------------

--- Starts a shell command in a process of its own, with these variables in its environment.  Where
--- it is the module that runs there, LD_PRELOAD is one of them.
---@return { pid: string, output: (fun(): string), ended: (fun(): boolean), wait: (fun(seconds?: number): string, integer), kill: fun() }
function support.start(command, variables)
  local folder, words = support.folder(), { "env" }
  for name, value in pairs(variables or {}) do
    words[#words + 1] = name .. "=" .. support.quote(value)
  end
  -- The shell between reaps it, whatever process 1 is.
  support.must(("{ sh -c %s >%s/output 2>&1 </dev/null; echo $? >%s/ending; mv %s/ending %s/status; } >/dev/null 2>&1 &"
    ):format(support.quote("echo $$ >" .. folder .. "/pid; exec " .. table.concat(words, " ") .. " " .. command),
    folder, folder, folder, folder))
  local core = require "facequery.core"
  local real_now = support.real_now
  local function content(name)
    local file = io.open(folder .. "/" .. name)
    if not file then
      return ""
    end
    local text = file:read "*a"
    file:close()
    return text
  end
  local process = {}
  while not content("pid"):find "\n" do
    core.sleep(0.002)
  end
  process.pid = content("pid"):match "%d+"

  function process.output()
    return content "output"
  end

  function process.ended()
    return content("status") ~= ""
  end

  --- Its output without the last line break, and its exit status; raises when it takes longer.
  function process.wait(seconds)
    local deadline = real_now() + (seconds or 20)
    while not process.ended() do
      if real_now() > deadline then
        process.kill()
        error("still running: " .. process.output(), 2)
      end
      core.sleep(0.01)
    end
    local output, status = process.output(), tonumber(content "status")
    support.remove_folder(folder)
    return (output:gsub("\n$", "")), status
  end

  --- kill -9.
  function process.kill()
    support.shell("kill -KILL " .. process.pid)
  end

  --- Waits until it has printed `text`.
  function process.wait_for(text, seconds)
    local deadline = real_now() + (seconds or 20)
    while not process.output():find(text, 1, true) do
      if process.ended() or real_now() > deadline then
        process.kill()
        error(("no %q: %s"):format(text, process.output()), 2)
      end
      core.sleep(0.005)
    end
  end

  return process
end

--- The same for Lua code, on the Lua that runs this.
function support.start_lua(code, variables)
  return support.start(support.lua_command(code), variables)
end

-- Clocks ----------------------------------------------------------------------------------------

--- The core's clock as it is, whatever a spec has made of it.
function support.real_now()
  local clock = support.replaced_now or require("facequery.core").now
  return clock()
end

--- Stops the core's clock until restore().  `pass(seconds)` moves it, and the sandbox's with it;
--- `sleep(seconds)` moves it alone.
---@return { now: number, pass: fun(seconds: number), sleep: fun(seconds: number), restore: fun() }
function support.stop_clock()
  local core = require "facequery.core"
  local clock = { now = core.now() }
  support.replaced_now = support.replaced_now or core.now
  core.now = function() return clock.now end -- luacheck: ignore 122

  function clock.sleep(seconds)
    clock.now = clock.now + seconds
  end

  function clock.pass(seconds)
    clock.sleep(seconds)
    support.control(("skip?seconds=%.3f"):format(seconds), "POST")
  end

  function clock.restore()
    core.now, support.replaced_now = support.replaced_now, nil -- luacheck: ignore 122
  end

  return clock
end

-- Redis -----------------------------------------------------------------------------------------

--- Debian's redis-lua, which has no copy for Lua 5.4 in the path.
function support.redis_lua()
  return dofile "/usr/share/lua/5.1/redis.lua"
end

--- A redis-server on a free port that keeps nothing on disk.
---@return { port: integer, start: fun(), stop: fun(), cli: fun(command: string): string }
function support.redis_server()
  local redis = {}
  local probe = assert(require("socket").bind("127.0.0.1", 0))
  local _, port = probe:getsockname()
  probe:close()
  redis.port = tonumber(port)

  --- The output of a redis-cli command.
  function redis.cli(command)
    return (support.shell(("redis-cli -p %d %s"):format(redis.port, command)))
  end

  local folder, process
  function redis.start()
    folder = support.folder()
    process = support.start(("redis-server --port %d --bind 127.0.0.1 --save '' --appendonly no"
      .. " --daemonize no --dir %s"):format(redis.port, folder))
    for _ = 1, 500 do
      if redis.cli "ping" == "PONG" then
        return
      end
      require("facequery.core").sleep(0.01)
    end
    process.kill()
    error("redis-server does not answer: " .. process.output(), 2)
  end

  --- Ends it with all that it holds.
  function redis.stop()
    process.kill()
    process.wait()
    support.remove_folder(folder)
  end

  redis.start()
  return redis
end

return support
