-- sandbox/start: how the sandbox begins and ends, with a command or without.
-- Only on lua5.4: none of the module's code is held to account here.

local service = require "help.service"
local support = require "help.support"

local env, quote, shell = support.env, support.quote, support.shell

describe("sandbox/start", function()
  local folder
  setup(function() folder = service.begin() end)
  teardown(service.finish)
  before_each(service.reset)

  local start, temporary

  setup(function()
    start = quote(env("SANDBOX_DIR") .. "/sandbox/start")
    temporary = folder .. "/tmp"
    shell("mkdir " .. temporary)
  end)

  local function run(command) return shell("export TMPDIR=" .. temporary .. "; " .. command) end

  -- Whether a process ends within half a minute.  A zombie, which nobody has waited for yet, counts as ended.
  local function gone(pid)
    return select(2, shell(("for i in $(seq 300); do "
      .. "grep -qs '^State:[[:space:]]*[^ZX[:space:]]' /proc/%d/status || exit 0; "
      .. "sleep 0.1; done; exit 1"):format(pid))) == 0
  end

  local function no_trace(pid)
    assert.is_true(gone(pid))
    assert.equal("", (shell("ls -A " .. temporary)))
  end

  it("leaves no process and no folder, and ends as its command did", function()
    assert.equal(0, select(2, run(start .. " -- true")))
    local pid, status = run(start .. [[ -- sh -c 'echo $FACEQUERY_SANDBOX_PID; exit 7']])
    assert.equal(7, status)
    no_trace(pid)
  end)

  it("hands its standard input to the command", function()
    assert.equal("hello", (run("echo hello | " .. start .. " -- cat")))
  end)

  it("works from any folder, through links, with blanks in paths, and keeps its own folder",
    function()
      local path = folder .. "/a 'folder'"
      shell("mkdir " .. quote(path) .. " && ln -s " .. quote(env("SANDBOX_DIR") .. "/sandbox")
        .. " " .. quote(path .. "/box"))
      local output = run("cd " .. quote(path) .. " && box/start --dir 'my dir' -- sh -c "
        .. quote([[curl -s --cacert "$FACEQUERY_CA_FILE" $FACEQUERY_BASE_URL/sandbox/neighbour]]))
      assert.equal("ok", output)
      assert.equal(0, select(2, shell("test -f " .. quote(path .. "/my dir/ca.pem"))))
    end)

  it("lets the lives of tickets and tokens be set", function()
    local output = run("FACEQUERY_SANDBOX_TICKET_SECONDS=5 FACEQUERY_SANDBOX_TOKEN_SECONDS=6 "
      .. start .. " -- sh -c " .. quote([[
        api=$FACEQUERY_SANDBOX_HTTP/api/oauth2 app="version=1.0.0&app_id=IDAXXXXX"
        secret="grant_type=client_credential&secret=$FACEQUERY_SANDBOX_SECRET"
        token=$(curl -s "$api/access_token?$app&$secret")
        echo "$token" | jq -r .expire_in
        token=$(echo "$token" | jq -r .access_token)
        curl -s "$api/api_ticket?$app&type=SIGN&access_token=$token" \
          | jq .tickets[0].expire_in]]))
    assert.equal("6\n5", output)
  end)

  it("stops everything at a signal", function()
    for signal, status in pairs { TERM = 143, HUP = 129 } do
      local output, ended = run(start .. [[ -- sh -c 'echo $FACEQUERY_SANDBOX_PID >]] .. folder
        .. [[/pid; exec sleep 60' & for i in $(seq 300); do [ -s ]] .. folder
        .. "/pid ] && break; sleep 0.1; done; kill -" .. signal .. " $!; wait $!")
      assert.equal(status, ended, output)
      no_trace(shell("cat " .. folder .. "/pid"))
      os.remove(folder .. "/pid")
    end
  end)

  it("without a command prints an environment for a shell, and runs", function()
    local output = run(start .. " >" .. folder .. "/env 2>/dev/null & for i in $(seq 300); do "
      .. "grep -qs DIR= " .. folder .. "/env && break; sleep 0.1; done; (. " .. folder .. "/env; "
      .. [[curl -s --cacert "$FACEQUERY_CA_FILE" $FACEQUERY_BASE_URL/sandbox/neighbour; ]]
      .. "echo $FACEQUERY_SANDBOX_PID); kill $!; wait $!")
    assert.matches("^ok\n%d+$", output)
    no_trace(output:match("%d+"))
    assert.equal(9, #shell("cut -d = -f 1 " .. folder .. "/env | sort -u"):gsub("[^\n]", "") + 1)
  end)

  it("starts where nginx has its Lua module inside, as OpenResty's", function()
    -- nginx refuses to load a module twice.  The stand-in loads Debian's Lua module itself, as OpenResty's nginx has
    -- it built in.
    shell("mkdir -p " .. folder .. "/bin")
    local file = assert(io.open(folder .. "/bin/nginx", "w"))
    file:write(([[#!/bin/sh
      real=%s
      if [ "$1" = -V ]; then
        echo "configure arguments: --add-module=../ngx_devel_kit-0.3.3 --add-module=../ngx_lua-0.10.27" >&2
        exit
      fi
      modules=/usr/lib/nginx/modules
      exec $real "$1" "$2" "$3" "$4" -g "load_module $modules/ndk_http_module.so;
        load_module $modules/ngx_http_lua_module.so; $6"]]):format(
      (shell("command -v nginx || command -v /usr/sbin/nginx"))))
    file:close()
    shell("chmod +x " .. folder .. "/bin/nginx")
    assert.equal("ok", (run("PATH=" .. folder .. "/bin:$PATH; " .. start
      .. [[ -- sh -c 'curl -s --cacert "$FACEQUERY_CA_FILE" $FACEQUERY_BASE_URL/sandbox/neighbour']])))
  end)

  it("lets others read its authority's certificate, and nothing else", function()
    if shell("id -u") ~= "0" then
      return -- only root can become another user
    end
    assert.equal("-----BEGIN CERTIFICATE-----\nno\nno", (shell(start .. " -- sh -c " .. quote([[
      as_nobody="setpriv --reuid=65534 --regid=65534 --clear-groups"
      $as_nobody head -n 1 "$FACEQUERY_CA_FILE"
      $as_nobody cat "$FACEQUERY_SANDBOX_DIR/server.key" 2>/dev/null || echo no
      $as_nobody ls "$FACEQUERY_SANDBOX_DIR" 2>/dev/null || echo no]]))))
  end)

  it("takes nginx along when it is killed", function()
    local output = run(start .. [[ -- sh -c 'echo $FACEQUERY_SANDBOX_PID $$ >]] .. folder
      .. [[/pids; exec sleep 60' >/dev/null 2>&1 & for i in $(seq 300); do [ -s ]] .. folder
      .. "/pids ] && break; sleep 0.1; done; kill -9 $!; cat " .. folder .. "/pids")
    local pid, command = output:match("(%d+) (%d+)$")
    no_trace(pid)
    shell("kill " .. command)
  end)

  it("refuses what it does not know", function()
    for _, arguments in ipairs { " --nothing", " true", " --dir", " --" } do
      assert.equal(2, select(2, run(start .. arguments)))
    end
  end)
end)
