-- facequery work: a worker, and several of them.
-- Only on lua5.4 luajit: no C is in it.

local cli = require "help.cli"
local core = require "facequery.core"
local fleets = require "help.fleet"
local redis_help = require "help.redis"
local servers = require "help.servers"
local support = require "help.support"

local orders_of = support.orders_of

describe("the command work", function()
  local redis, fleet
  setup(function() redis = redis_help.server "--appendonly yes" end)
  teardown(function() redis.stop() end)
  before_each(function()
    redis.cli "flushall"
    support.control("reset", "POST")
    fleet = fleets.new(redis)
  end)
  after_each(function() fleet.stop() end)

  it("archives what is added, and prints where", function()
    local orders = orders_of("verified", 3)
    local worker = fleet.work()
    fleet.add(orders)
    fleet.until_done()
    fleet.has_all(orders)
    for _, order_no in ipairs(orders) do
      worker.wait_for(("%s %s/"):format(order_no, fleet.dir))
      assert.equal(1, support.queries(order_no))
    end
  end)

  it("keeps a refusal that is evidence, puts off files that are late, and lets die what never comes", function()
    local rejected, late, expired = support.order "rejected", support.order "nomedia", support.order "code66660018x"
    local worker = fleet.work "--json"
    fleet.add { rejected, late, expired }
    fleet.until_status(function(status) return status.later == 1 and status.dead == 1 and status.open == 1 end)
    local told = {}
    for _, record in ipairs(cli.records(worker.output())) do
      told[record.order_no] = told[record.order_no] or record -- it is asked for again after ten seconds
    end
    assert.equal("done", told[rejected].after)
    assert.equal("66660004", told[rejected].code)
    assert.equal(fleet.dir .. "/" .. support.place_of(fleet.dir, rejected), told[rejected].path)
    assert.same({ "later", 10, "MEDIA_PENDING" }, { told[late].after, told[late].seconds, told[late].code })
    assert.same({ "dead", "66660018" }, { told[expired].after, told[expired].code })
    assert.is_false(told[expired].ok)
    assert.same({ rejected }, support.bundles(fleet.dir))
  end)

  it("takes a verified order without its files in the last hour, where it is told to", function()
    local soon, not_yet = support.order "nomedia", support.order "nomedia"
    local function hours_ago(hours) return os.date("!%Y-%m-%dT%H:%M:%SZ", os.time() - hours * 3600) end
    fleet.add { "order_no,verified_at", ("%s,%s"):format(soon, hours_ago(71.5)),
      ("%s,%s"):format(not_yet, hours_ago(60)) }
    fleet.work "--incomplete"
    fleet.until_status(function(status) return status.open == 1 and status.later == 1 end)
    assert.same({ soon }, support.bundles(fleet.dir))
  end)

  it("begins an order soon after its add, and rests in Redis until then", function()
    local worker = fleet.work()
    fleet.until_status(function() return redis.cli "client list":find("cmd=xread", 1, true) ~= nil end)
    local order_no = support.order "size1x2n"
    redis.cli(("xadd 'fq:{faces}:orders' '*' order_no %s"):format(order_no))
    fleet.until_done()
    fleet.has_all { order_no }
    -- It asks less than ten times a second.
    redis.cli "config resetstat"
    local started = core.clock()
    core.sleep(1)
    local calls = 0
    for count in redis.cli("info commandstats"):gmatch "cmdstat_%l+:calls=(%d+)" do
      calls = calls + tonumber(count)
    end
    local seconds = core.clock() - started
    assert.is_true(calls < 40 * seconds, ("%d in %g s"):format(calls, seconds)) -- what the scripts do is counted, too
    assert.is_false(worker.ended())
  end)

  it("drains when it is told to end: what is under way ends, what waits stays", function()
    local orders = orders_of("slow1000x", 12)
    fleet.add(orders)
    local worker = fleet.work "--jobs 4"
    cli.wait_for_query(orders[1])
    support.must("kill -TERM " .. worker.pid)
    local _, status = worker.wait()
    assert.equal(0, status)
    local left = fleet.status()
    assert.equal(0, left.in_flight)
    assert.equal(12, left.open + #support.bundles(fleet.dir))
    assert.is_true(left.open >= 4)
    fleet.work "--jobs 8"
    fleet.until_done()
    fleet.has_all(orders)
    for _, order_no in ipairs(orders) do
      assert.equal(1, support.queries(order_no))
    end
  end)

  it("gives back what does not end in its time, at once and uncounted", function()
    local order_no = support.order "stall"
    fleet.add { order_no }
    local worker = fleet.work "--patience 0.2"
    fleet.until_status(function(status) return status.in_flight == 1 end)
    support.must("kill -TERM " .. worker.pid)
    worker.wait(20)
    -- { stream entry, consumer, milliseconds idle, deliveries }
    local pending = redis.cli "xpending 'fq:{faces}:urgent' workers - + 10"
    local idle, deliveries = pending:match "\n(%d+)\n(%d+)$"
    assert.is_true(tonumber(idle) >= 900000, pending)
    assert.equal("0", deliveries)
  end)

  it("shares an archive with others, and the work", function()
    local orders = orders_of("slow20x", 60)
    local workers = {}
    for instance = 1, 3 do
      workers[instance] = fleet.work("--jobs 4 --instance " .. instance)
    end
    fleet.until_status(function() return select(2, redis.cli("client list"):gsub("cmd=xread", "")) == 3 end)
    fleet.add(orders)
    fleet.until_done()
    fleet.has_all(orders)
    for _, worker in ipairs(workers) do
      assert.is_truthy(worker.output():find("slow20x", 1, true))
    end
    for _, order_no in ipairs(orders) do
      assert.equal(1, support.queries(order_no))
    end
  end)

  it("asks no faster than all of them may together", function()
    local orders = orders_of("size1x2n", 30)
    fleet.add(orders)
    local started = core.clock()
    for instance = 1, 2 do
      fleet.work("--max-rate 10 --instance " .. instance)
    end
    fleet.until_done()
    -- 30 requests at 10 a second, but for the quarter of a second that they may be early.
    assert.is_true(core.clock() - started >= 2.5, core.clock() - started)
    fleet.has_all(orders)
  end)

  it("slows the whole fleet when the service says too often, and archives all", function()
    local orders = orders_of("ratelimit", 3)
    for _, order_no in ipairs(orders_of("size1x2n", 20)) do
      orders[#orders + 1] = order_no
    end
    fleet.add(orders)
    fleet.work "--instance 1"
    fleet.work "--instance 2"
    fleet.until_done()
    fleet.has_all(orders)
    -- Once for the three refusals of the first wave, and at most once for each of the second.
    local slowed = tonumber(redis.cli "hget 'fq:{faces}:pace' epoch")
    assert.is_true(slowed >= 1 and slowed <= 4, slowed)
  end)

  it("shares one ticket with the others", function()
    local variables = { FACEQUERY_TICKET = "", FACEQUERY_SECRET = support.env "SANDBOX_SECRET" }
    local orders = orders_of("slow20x", 20)
    for instance = 1, 3 do
      fleet.work("--jobs 4 --instance " .. instance, variables)
    end
    fleet.add(orders)
    fleet.until_done()
    fleet.has_all(orders)
    assert.equal(1, support.counters().api_tickets)
  end)

  -- Of 40 orders, of which a worker fetches four at once, it has asked for few a second after it has met trouble, and
  -- none is dead: for eight at most until then, and for one after each rest.
  local function leaves_the_queue_alone(worker, kind)
    local function asked() return select(2, worker.output():gsub("%(" .. kind, "")) end
    assert(servers.wait(function() return asked() >= 7 end, 60), "no trouble")
    core.sleep(1)
    assert.is_true(asked() <= 15, asked())
    local status = fleet.status()
    assert.same({ 0, 40 }, { status.dead, status.open })
  end

  it("leaves the queue alone for a while when its own disk takes nothing, and loses none", function()
    local orders = orders_of("size1x2n", 40)
    local worker = fleet.work "--jobs 4"
    fleet.until_status(function() return redis.cli "client list":find("cmd=xread", 1, true) ~= nil end)
    support.must("rm -rf " .. fleet.dir .. " && touch " .. fleet.dir)
    fleet.add(orders)
    leaves_the_queue_alone(worker, "storage")
    support.must("kill -TERM " .. worker.pid .. "; rm " .. fleet.dir)
    worker.wait()
    fleet.work "--instance 2"
    fleet.until_done()
    fleet.has_all(orders)
  end)

  it("leaves the queue alone while the service is away, or refuses the ticket", function()
    for word, variables in pairs { http503x = {}, size1x2n = { FACEQUERY_TICKET = ("x"):rep(64) } } do
      redis.cli "flushall"
      fleet.add(orders_of(word, 40))
      local worker = fleet.work("--jobs 4", variables)
      leaves_the_queue_alone(worker, word == "http503x" and "http" or "auth")
      support.must("kill -TERM " .. worker.pid)
      assert.equal(0, select(2, worker.wait()))
    end
  end)

  it("says so where there can be no worker", function()
    local output, status = fleet.work("", { FACEQUERY_TICKET = "a b" }).wait()
    assert.equal(5, status)
    cli.has("FACEQUERY_TICKET", output)
    -- One that hears no signal could not be stopped without leaving its orders to wait for their leases' end.
    local deaf = support.folder() .. "/deaf.so"
    support.must(("echo 'int signalfd(void) { return -1; }' | cc -shared -fPIC -x c -o %s -"):format(deaf))
    output, status = support.shell(cli.words(("work --lang en --redis %s --queue faces --out %s"):format(redis.url,
      fleet.dir), deaf))
    support.must("rm -r " .. deaf:match "^(.*)/")
    assert.equal(6, status)
    cli.has("out of memory", output)
  end)
end)
