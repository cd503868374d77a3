-- examples/systemd/: systemd takes the units, and their commands run as they stand.
-- Only on lua5.4 luajit: other programs don't run beside the sanitizers.

local redis_help = require "help.redis"
local servers = require "help.servers"
local support = require "help.support"

local UNITS = "examples/systemd/"

-- The value of a unit's setting, its lines joined; the last where it is there more than once.
local function setting(unit, name)
  local text, value = ("\n" .. support.read_file(UNITS .. unit)):gsub("\\\n%s*", ""), nil
  for found in text:gmatch("\n" .. name .. "=([^\n]*)") do
    value = found
  end
  return value
end

-- All commands of a unit.
local function commands(unit)
  local text, list = ("\n" .. support.read_file(UNITS .. unit)):gsub("\\\n%s*", ""), {}
  for command in text:gmatch "\nExecStart=([^\n]*)" do
    list[#list + 1] = command
  end
  return list
end

describe("examples/systemd", function()
  local folder

  before_each(function() folder = support.folder() end)
  after_each(function() support.remove_folder(folder) end)

  it("are units that systemd takes", function()
    for unit in support.must("ls " .. UNITS):gmatch "[^\n]+" do
      local text = support.read_file(UNITS .. unit)
      text = text:gsub("/usr/local/bin/facequery", "/bin/true") -- which is installed
      support.write_file(folder .. "/" .. unit, text)
    end
    assert.equal("", support.must(("systemd-analyze verify %s/*"):format(folder)))
  end)

  it("keep a worker in, by systemd's own measure of exposure (0 to 10)", function()
    support.must(("systemd-analyze security --offline=true --threshold=20 %sfacequery-worker@.service"):format(UNITS))
  end)

  it("give a worker longer to end than it gives its orders", function()
    local patience = setting("facequery-worker@.service", "ExecStart"):match "%-%-patience (%d+)"
    assert.is_true(tonumber(setting("facequery-worker@.service", "TimeoutStopSec")) > tonumber(patience))
  end)

  it("leave no core dump, and nothing that others may read", function()
    for unit in support.must(("cd %s && ls *.service"):format(UNITS)):gmatch "[^\n]+" do
      assert.equal("0", setting(unit, "LimitCORE"), unit)
      assert.equal("0077", setting(unit, "UMask"), unit)
      assert.equal("strict", setting(unit, "ProtectSystem"), unit)
      assert.equal("facequery", setting(unit, "User"), unit)
    end
  end)

  -- A unit's command as systemd would have it.
  local function command(line, variables)
    line = line:gsub("/usr/local/bin/facequery", support.build .. "/bin/facequery")
      :gsub("/var/lib/facequery/evidence", folder .. "/evidence")
      :gsub("%%t/facequery%-%l+", folder)
      :gsub("%%d", folder)
    for name, value in pairs(variables) do
      line = line:gsub("%${" .. name .. "}", value):gsub("%$" .. name .. "%f[^%w_]", value)
    end
    return line
  end

  it("archive the list of the orders that are done, and leave to the next run what is not there yet", function()
    support.write_file(folder .. "/secret", support.env "SANDBOX_SECRET" .. "\n")
    local done, pending = support.order "verified", support.order "nomedia"
    local jobs = commands "facequery-archive.service"
    local function run(order)
      support.write_file(folder .. "/list", ("#!/bin/sh\necho order_no,verified_at\necho %s,\n"):format(order))
      support.must(("chmod +x %s/list"):format(folder))
      support.must(("RUNTIME_DIRECTORY=%s %s"):format(folder, jobs[1]:gsub("/etc/facequery/orders", folder .. "/list")))
      local _, status = support.shell("env -u FACEQUERY_TICKET " .. command(jobs[2], {}))
      return tostring(status)
    end
    assert.equal("0", run(done))
    assert.same({ done }, support.bundles(folder .. "/evidence"))
    assert.equal(setting("facequery-archive.service", "SuccessExitStatus"), run(pending))
  end)

  it("run a worker that systemd hears is ready, and the hourly jobs", function()
    local redis, port = redis_help.server "--appendonly yes", redis_help.free_port()
    finally(function() redis.stop() end)
    support.write_file(folder .. "/redis-password", "none\n")
    redis.cli "config set requirepass none"
    support.write_file(folder .. "/secret", support.env "SANDBOX_SECRET" .. "\n")
    local variables = { REDIS = redis.url, QUEUE = "faces" }
    local order = support.order "verified"
    local jobs = commands "facequery-reconcile.service"
    support.write_file(folder .. "/list",
      ("#!/bin/sh\necho order_no,verified_at\necho %s,$(date +%%s)\n"):format(order))
    support.must(("chmod +x %s/list"):format(folder))
    local list = jobs[2]:gsub("/etc/facequery/orders", folder .. "/list")
    support.must(command(jobs[1], variables))
    support.must(("RUNTIME_DIRECTORY=%s %s"):format(folder, list))
    assert.matches(": 1 added, 0 there already", support.must(command(jobs[3], variables)))
    local heard = support.start(("python3 -u spec/fixtures/notified.py %s/notify"):format(folder))
    heard.wait_for "bound"
    local worker = support.start(command(commands("facequery-worker@.service")[1], variables)
      :gsub("918%%i", ("%d"):format(port)):gsub("%%i", "1"),
      { NOTIFY_SOCKET = folder .. "/notify", FACEQUERY_TICKET = "" })
    heard.wait_for "READY=1"
    assert.is_truthy(servers.wait(function() return io.open(folder .. "/evidence/index.jsonl") end)):close()
    support.must("kill -TERM " .. worker.pid)
    assert.equal(0, select(2, worker.wait()))
    heard.kill()
    support.write_file(folder .. "/tsa-ca", support.read_file(support.env "CA_FILE"))
    local seal = command(commands("facequery-seal.service")[1], { TSA = support.env "SANDBOX_TSA" })
    assert.matches("1 lines sealed", support.must(seal))
  end)
end)
