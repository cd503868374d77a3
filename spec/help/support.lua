--- What several specs share.  Most of it asks other tools: a shell, openssl, the sandbox's counters.

local core = require "facequery.core"
local transcript = require "help.transcript"

local support = {}

function support.quote(text)
  return "'" .. tostring(text):gsub("'", "'\\''") .. "'"
end

--- The output of a shell command, both streams, without its last line break; and its exit status.
function support.shell(command)
  -- The module may be built with AddressSanitizer, which is preloaded then: other programs don't run under it.
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

--- The Lua that runs this, as it was called: what /proc calls it is an emulator where one runs it.
function support.interpreter()
  local first = 0
  while arg[first - 1] do
    first = first - 1
  end
  return arg[first]
end

--- The command that runs Lua code in a process of its own, on the Lua that runs this.
function support.lua_command(code)
  return ("env LD_PRELOAD=%s %s -e %s"):format(support.quote(os.getenv("LD_PRELOAD") or ""),
    support.interpreter(), support.quote(code))
end

--- What Lua code prints in a process of its own, with `core` and this `path` as its locals.
---@param before? string words of the shell that stand before it
function support.elsewhere(path, code, before)
  return support.must(("%s %s"):format(before or "", support.lua_command(
    ("local core, path = require 'facequery.core', %q; %s"):format(path, code))))
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

--- The permissions of a file, in octal digits: "600".
function support.mode(path)
  return support.must("stat -c %a -- " .. support.quote(path))
end

--- The digest of a file, as sha256sum has it.
function support.sha256(path)
  return (support.must("sha256sum -- " .. support.quote(path)):match "^%x+")
end

-- The sandbox -----------------------------------------------------------------------------------

--- FACEQUERY_<name> of the sandbox.
function support.env(name)
  return os.getenv("FACEQUERY_" .. name) or error("run this inside sandbox/start", 2)
end

--- The path of one of its files: photo.jpg, photo.png, video.mp4.
function support.medium_path(name)
  return support.env "SANDBOX_DIR" .. "/sandbox/media/" .. name
end

--- The bytes of one of its files.
function support.medium(name)
  return support.read_file(support.medium_path(name))
end

local run = support.must("od -An -N3 -tx1 /dev/urandom | tr -d ' \\n'")
local serial = 0

--- An order number that nobody has asked for yet: `word` and a serial.
function support.order(word)
  serial = serial + 1
  return word .. serial .. run
end

--- That many order numbers of a word.
function support.orders_of(word, count)
  local orders = {}
  for i = 1, count do
    orders[i] = support.order(word)
  end
  return orders
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

-- The text of a file, "" while there is none.
local function text_of(path)
  local file = io.open(path)
  local text = file and file:read "*a" or ""
  if file then
    file:close()
  end
  return text
end

-- Starts the command: its folder has the files `pid`, `output` and, when it has ended, `status`.
local function begin(folder, command, variables)
  local words = { "env" }
  for name, value in pairs(variables) do
    words[#words + 1] = name .. "=" .. support.quote(value)
  end
  -- A shell stays between, so that the process is reaped where process 1 reaps none.
  support.must(("{ sh -c %s >%s/output 2>&1 </dev/null; echo $? >%s/ending; mv %s/ending %s/status; } >/dev/null 2>&1 &"
    ):format(support.quote("echo $$ >" .. folder .. "/pid; exec " .. table.concat(words, " ") .. " " .. command),
    folder, folder, folder, folder))
end

local function pid_in(folder)
  while not text_of(folder .. "/pid"):find "\n" do
    core.sleep(0.002)
  end
  return text_of(folder .. "/pid"):match "%d+"
end

--- Starts a shell command in a process of its own, with these variables in its environment.  Where
--- it is the module that runs there, LD_PRELOAD is one of them.
---@return { pid: string, output: (fun(): string), ended: (fun(): boolean), wait: (fun(seconds?: number): string, integer), kill: fun() }
function support.start(command, variables)
  local folder = support.folder()
  begin(folder, command, variables or {})
  local process = { pid = pid_in(folder) }

  function process.output()
    return text_of(folder .. "/output")
  end

  function process.ended()
    return text_of(folder .. "/status") ~= ""
  end

  --- Its output without the last line break, and its exit status; raises when it takes longer.
  function process.wait(seconds)
    local deadline = support.real_now() + (seconds or 60)
    while not process.ended() do
      if support.real_now() > deadline then
        process.kill()
        error("still running: " .. process.output(), 2)
      end
      core.sleep(0.01)
    end
    local output, status = transcript.keep(process.output(), "messages"), tonumber(text_of(folder .. "/status"))
    support.remove_folder(folder)
    return (output:gsub("\n$", "")), status
  end

  --- kill -9.
  function process.kill()
    support.shell("kill -KILL " .. process.pid)
  end

  --- Waits until it has printed `text`.
  function process.wait_for(text, seconds)
    local deadline = support.real_now() + (seconds or 60)
    while not process.output():find(text, 1, true) do
      if process.ended() or support.real_now() > deadline then
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

--- How many sockets this process has open.
function support.sockets()
  return tonumber(support.must "readlink /proc/$PPID/fd/* 2>/dev/null | grep -c socket: || :")
end

-- Clocks ----------------------------------------------------------------------------------------

--- The core's clock as it is, whatever a spec has made of it.
function support.real_now()
  local clock = support.replaced_now or core.now
  return clock()
end

--- Stops the core's clock until restore().  `pass(seconds)` moves it, and the sandbox's with it;
--- `sleep(seconds)` moves it alone.
---@return { now: number, pass: fun(seconds: number), sleep: fun(seconds: number), restore: fun() }
function support.stop_clock()
  local clock = { now = core.now() }
  support.replaced_now = support.replaced_now or core.now
  support.replaced_clock = support.replaced_clock or core.clock
  core.now = function() return clock.now end -- luacheck: ignore 122
  core.clock = core.now -- luacheck: ignore 122

  function clock.sleep(seconds)
    clock.now = clock.now + seconds
  end

  function clock.pass(seconds)
    clock.sleep(seconds)
    support.control(("skip?seconds=%.3f"):format(seconds), "POST")
  end

  function clock.restore()
    core.now, support.replaced_now = support.replaced_now, nil -- luacheck: ignore 122
    core.clock, support.replaced_clock = support.replaced_clock, nil -- luacheck: ignore 122
  end

  return clock
end

-- Archives -----------------------------------------------------------------------------------------

local function lines_of(text)
  local lines = {}
  for line in text:gmatch "[^\n]+" do
    lines[#lines + 1] = line
  end
  return lines
end

--- The orders that an archive has bundles of, sorted by bytes: in the folders of days, or flat.
function support.bundles(dir)
  return lines_of(support.must(([[cd -- %s && {
    find . -mindepth 4 -maxdepth 4 -path './[0-9][0-9][0-9][0-9]/[0-9][0-9]/[0-9][0-9]/*' -printf '%%f\n'
    find . -mindepth 1 -maxdepth 1 ! -name '[0-9][0-9][0-9][0-9]' ! -name '.*' ! -name index.jsonl -printf '%%f\n'
  } | LC_ALL=C sort]]):format(support.quote(dir))))
end

--- Where in an archive an order's bundle is: "2026/11/26/ORDER".
function support.place_of(dir, order_no)
  local found = lines_of(support.must(("cd -- %s && find . -name '.run-*' -prune -o -name %s -printf '%%P\\n'"):format(
    support.quote(dir), order_no)))
  return #found == 1 and found[1] or error(("%d of %s in %s"):format(#found, order_no, dir), 2)
end

--- The path of an order's bundle.
function support.bundle_path(dir, order_no)
  return dir .. "/" .. support.place_of(dir, order_no)
end

--- Has nothing but bundles, the log and the lock: no unfinished run, no other file.
function support.is_clean(dir)
  return support.must(("ls -A -- %s | grep -Evx '[A-Za-z0-9]+|index.jsonl|.lock' || :"):format(
    support.quote(dir))) == ""
end

--- The lines of an archive's log, decoded.
function support.log(dir)
  local entries = {}
  for line in support.read_file(dir .. "/index.jsonl"):gmatch "[^\n]+" do
    entries[#entries + 1] = require("cjson").decode(line)
  end
  return entries
end

--- What verify finds: "path: problem", sorted; and what it returns.
function support.verify(dir)
  local problems = {}
  local found = require("facequery.evidence.verify").run(require("facequery.evidence").at(dir),
    function(path, problem) problems[#problems + 1] = path .. ": " .. problem end, nil, { answers = true })
  table.sort(problems)
  return problems, found
end

--- How often the sandbox at `url` was asked for each order.
function support.all_queries(url)
  return require("cjson").decode(support.must(("curl -s %s/sandbox/orders"):format(
    url or support.env "SANDBOX_HTTP")))
end

--- A file system of that size in a folder; `options` for mount.  False where this is no root.
function support.mount(folder, options)
  return select(2, support.shell(("mount -t tmpfs -o %s none %s"):format(options, support.quote(folder)))) == 0
end

--- Before a command: as root, too, permissions are to count.
function support.without_privileges()
  return support.must "id -u" == "0" and "setpriv --bounding-set=-all --inh-caps=-all " or ""
end

function support.unmount(folder)
  support.must("umount -l " .. support.quote(folder))
end

-- Programs --------------------------------------------------------------------------------------

--- Runs a program with these words.  Options: `env`, variables to set or (false) to leave out;
--- `clean`, with nothing else in the environment but PATH; `input`, the bytes on its stdin; `cwd`.
---@param words string[]
---@param options? { env?: table<string, string|false>, clean?: boolean, input?: string, cwd?: string }
---@return string stdout
---@return string stderr
---@return integer status
function support.run(words, options)
  options = options or {}
  local folder = support.folder()
  local set, unset = {}, {}
  for name, value in pairs(options.env or {}) do
    if value then
      set[#set + 1] = name .. "=" .. support.quote(value)
    else
      unset[#unset + 1] = "-u " .. name
    end
  end
  local quoted = {}
  for i, word in ipairs(words) do
    quoted[i] = support.quote(word)
  end
  support.write_file(folder .. "/in", options.input or "")
  local _, status = support.shell(("cd %s && env %s %s %s %s <%s/in >%s/out 2>%s/err"):format(
    support.quote(options.cwd or "."), options.clean and "-i PATH=\"$PATH\"" or "",
    table.concat(unset, " "), table.concat(set, " "), table.concat(quoted, " "), folder, folder, folder))
  local out, err = support.read_file(folder .. "/out"), support.read_file(folder .. "/err")
  support.remove_folder(folder)
  return out, err, status
end

--- What `make` built for the Lua that runs this.
support.build = os.getenv "FACEQUERY_BUILD" or "build/lua5.4"

--- Whether that is under the sanitizers, where other programs can't run beside the module.
support.is_asan = support.build:find "%-asan$" ~= nil

return support
