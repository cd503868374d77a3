-- What a worker lets its operators see: real workers, a real Redis, real HTTP.
-- Only on lua5.4 luajit: no C is in it.

local cli = require "help.cli"
local core = require "facequery.core"
local evidence = require "facequery.evidence"
local monitor = require "facequery.cli.monitor"
local redis_help = require "help.redis"
local servers = require "help.servers"
local socket = require "socket"
local support = require "help.support"

-- The value of a sample by its name and labels.
local function sample(text, name)
  return ("\n" .. text):match("\n" .. name:gsub("%p", "%%%0") .. " (%S+)")
end

describe("facequery work", function()
  local redis, folder, port, processes

  setup(function() redis = redis_help.server "--appendonly yes" end)
  teardown(function() redis.stop() end)

  before_each(function()
    redis.cli "flushall"
    folder, processes, port = support.folder(), {}, redis_help.free_port()
  end)
  after_each(function()
    for _, process in ipairs(processes) do
      process.kill()
    end
    support.remove_folder(folder)
  end)

  local function queue()
    return ("--redis redis://127.0.0.1:%d --queue faces"):format(redis.port)
  end

  local function work(options, variables)
    local words = ("work %s --out %s/archive %s"):format(queue(), folder, options)
    local process = support.start(cli.words(words), variables)
    processes[#processes + 1] = process
    return process
  end

  local function add(orders)
    support.write_file(folder .. "/orders", table.concat(orders, "\n") .. "\n")
    local _, messages, status = cli.shell(("queue add %s --from %s/orders"):format(queue(), folder))
    assert.equal(0, status, messages)
  end

  -- A page, its HTTP status and its head.
  local function get(path)
    local text = support.shell(("curl -s -m 30 -i http://127.0.0.1:%d%s; echo end"):format(port, path))
    local head, body = text:gsub("\r", ""):match "^(.-)\n\n(.*)end$"
    return body or "", head and tonumber(head:match "^HTTP/1.1 (%d+)"), head
  end

  local function wait_until_ready()
    assert(servers.wait(function() return select(2, get "/readyz") == 200 end), "not ready")
  end

  -- Waits until it is not ready for this reason.
  local function wait_until_unready(reason)
    local body, status
    assert(servers.wait(function()
      body, status = get "/readyz"
      return status == 503 and body == reason .. "\n"
    end), ("%s: %s"):format(tostring(status), body))
  end

  -- Waits for a page of /metrics that has all these samples: another page may be of another moment, and what it says of
  -- Redis is up to two seconds older than what the worker has counted.
  local function wait_for(expected)
    local text, status, head, found
    assert(servers.wait(function()
      text, status, head = get "/metrics"
      found = {}
      for name in pairs(expected) do
        found[name] = sample(text, name)
      end
      return require("luassert.util").deepcompare(found, expected)
    end), require("cjson").encode { found = found, expected = expected })
    return text, status, head
  end

  local function stop(process)
    support.must("kill -TERM " .. process.pid)
    return process.wait()
  end

  it("counts what it does, for Prometheus", function()
    local orders, begun = support.orders_of("nomedia", 3), core.now()
    add { support.order "verified", orders[1], orders[2], orders[3] }
    work("--metrics " .. port)
    local text, status, head = wait_for {
      facequery_queue_later = "3",
      facequery_queue_waiting = "0",
      facequery_queue_pending = "0",
      facequery_in_flight = "0",
      facequery_rate_limit_per_second = "+Inf",
      ['facequery_orders_due{within="24h"}'] = "3",
      ['facequery_orders_total{result="archived"}'] = "1",
    }
    -- The kernel's own list: 0100007F is 127.0.0.1, and 0A says LISTEN.
    assert.equal(("0100007F:%04X"):format(port), support.must((
      "grep -hi ':%04X 0000.* 0A ' /proc/net/tcp /proc/net/tcp6 | awk '{print $2}'"):format(port)))
    assert.equal(200, status)
    cli.has("Content-Type: text/plain; version=0.0.4; charset=utf-8", head)
    -- More where ten seconds have passed, and they were asked for again.
    local pending = tonumber(sample(text, 'facequery_errors_total{kind="pending"}'))
    assert.is_true(pending >= 3, pending)
    assert.equal(tostring(pending + 1), sample(text, "facequery_fetch_duration_seconds_count"))
    assert.is_true(tonumber(sample(text, "facequery_fetched_bytes_total"))
      > #support.medium "video.mp4" + #support.medium "photo.jpg")
    -- Without a time an order is taken for one that was verified two days ago.
    local age = tonumber(sample(text, "facequery_oldest_order_age_seconds"))
    assert.is_true(age >= 172800 and age <= 172801 + core.now() - begun, age)
    assert.equal("", support.must(("curl -s http://127.0.0.1:%d/metrics | promtool check metrics"):format(port)))
    assert.equal(404, select(2, get "/"))
    for _, order in ipairs(orders) do
      cli.has_not(order, text)
    end
  end)

  it("tells how long its ticket lives, and the pace of the fleet", function()
    add { support.order "verified" }
    work("--max-rate 50 --metrics " .. port, { FACEQUERY_TICKET = "", FACEQUERY_SECRET = support.env "SANDBOX_SECRET" })
    local text = wait_for {
      facequery_rate_limit_per_second = "50",
      ['facequery_orders_total{result="archived"}'] = "1",
    }
    local seconds = tonumber(sample(text, "facequery_ticket_expires_seconds"))
    assert.is_true(seconds > 0 and seconds <= 3600, seconds)
  end)

  it("is alive while Redis is away, and not ready", function()
    work("--metrics " .. port)
    wait_until_ready()
    redis.stop()
    wait_until_unready "Redis does not answer"
    assert.equal(200, select(2, get "/healthz"))
    wait_for { facequery_redis_up = "0" }
    redis.start()
    wait_until_ready()
    wait_for { facequery_redis_up = "1" }
  end)

  it("is not ready while another worker has its name", function()
    local first = work ""
    assert(servers.wait(function() return redis.cli("keys '*sweeper:*'"):find "sweeper" end), "has no name")
    work("--metrics " .. port)
    wait_until_unready "another worker has this one's name"
    stop(first)
    wait_until_ready()
  end)

  it("is not ready while it starts, and says no other worker has its name before it has heard so", function()
    local engine = { status = function() return {} end, rate = function() return 1 end }
    local place = assert(evidence.open(folder .. "/archive"))
    finally(function() place:close() end)
    local watch = monitor.new({}, engine, { place = place })
    assert.same({ 503, "the worker is starting\n" }, { watch:answer "/readyz" })
    watch:trouble { status = "TRANSPORT", code = "REDIS_REFUSED" }
    assert.same({ 503, "the worker is starting\n" }, { watch:answer "/readyz" })
    watch:trouble { status = "TRANSPORT", code = "WORKER_NAME_TAKEN" }
    assert.same({ 503, "another worker has this one's name\n" }, { watch:answer "/readyz" })
    watch:ready()
    assert.same({ 200, "ok\n" }, { watch:answer "/readyz" })
  end)

  it("is not ready where the archive can't be written", function()
    support.must(("mkdir %s/archive"):format(folder))
    if not support.mount(folder .. "/archive", "size=64k") then
      return pending "only root can mount"
    end
    finally(function() support.unmount(folder .. "/archive") end)
    work("--metrics " .. port)
    wait_until_ready()
    support.shell(("head -c 100000 /dev/zero >%s/archive/full"):format(folder))
    wait_until_unready "the archive can't be written"
    os.remove(folder .. "/archive/full")
    wait_until_ready()
  end)

  it("says where it can't listen, and ends", function()
    local taken = assert(socket.bind("127.0.0.1", port))
    finally(function() taken:close() end)
    local output, status = work("--metrics " .. port).wait()
    assert.equal(6, status)
    cli.has(("(127.0.0.1:%d: address already in use"):format(port), output)
    for _, address in ipairs { "x", "127.0.0.1:0", "127.0.0.1:65536", ":80", "[::1]", "a b:1" } do
      local _, messages, wrong = cli.shell(("work %s --out %s/archive --metrics '%s'"):format(queue(), folder, address))
      assert.equal(2, wrong, address)
      cli.has(("'%s' is no address like 127.0.0.1:9187"):format(address), messages)
    end
  end)

  it("writes its metrics to a file, whole, and once more at its end", function()
    local path = folder .. "/faces.prom"
    local process = work("--metrics-file " .. path)
    assert(servers.wait(function() return io.open(path) end), "no file"):close()
    local order = support.order "verified"
    add { order }
    cli.wait_for_query(order)
    local _, status = stop(process)
    assert.equal(0, status)
    local text = support.read_file(path)
    assert.equal("1", sample(text, 'facequery_orders_total{result="archived"}'))
    assert.equal("", support.must("promtool check metrics <" .. path))
    assert.equal("archive\nfaces.prom\norders", support.list(folder))
  end)

  it("says once that the file can't be written, and goes on", function()
    local process = work(("--metrics-file %s/none/faces.prom --metrics %d"):format(folder, port),
      { NOTIFY_SOCKET = folder .. "/none", WATCHDOG_USEC = "1000" }) -- nobody listens there
    wait_until_ready()
    local output, status = stop(process)
    assert.equal(0, status)
    assert.equal(1, select(2, output:gsub("No such file or directory", "")))
  end)

  -- A socket in place of systemd's: prints each datagram on a line.
  local function systemd(name)
    local process = support.start(("python3 -u spec/fixtures/notified.py '%s'"):format(name))
    processes[#processes + 1] = process
    process.wait_for "bound"
    return process
  end

  it("tells systemd that it is ready, alive and stopping", function()
    local heard = systemd(folder .. "/notify")
    local process = work("", { NOTIFY_SOCKET = folder .. "/notify", WATCHDOG_USEC = "200000" })
    heard.wait_for "WATCHDOG=1\nWATCHDOG=1"
    stop(process)
    heard.wait_for "STOPPING=1"
    assert.equal("bound\nREADY=1", heard.output():match "^(.-)\nWATCHDOG")
    assert.equal(1, select(2, heard.output():gsub("READY", "")))
    assert.equal(1, select(2, heard.output():gsub("STOPPING", "")))
  end)
end)
