-- facequery work: orders of a worker that was killed, that drains, or that seems to be gone and is not.
-- Only on lua5.4 luajit: no C is in it.

local cli = require "help.cli"
local fleets = require "help.fleet"
local redis_help = require "help.redis"
local support = require "help.support"

local orders_of = support.orders_of

describe("a worker's orders", function()
  local redis, fleet
  setup(function() redis = redis_help.server "--appendonly yes" end)
  teardown(function() redis.stop() end)
  before_each(function()
    redis.cli "flushall"
    fleet = fleets.new(redis)
  end)
  after_each(function() fleet.stop() end)

  it("are fetched by another when it was killed, but for what it had archived", function()
    local orders = orders_of("slow100x", 20)
    fleet.add(orders)
    local first = fleet.work "--jobs 4 --instance 1"
    fleet.until_status(function(status) return status.open <= 15 end)
    first.kill()
    first.wait()
    local archived = support.bundles(fleet.dir)
    fleet.work "--jobs 4 --instance 2 --lease 1"
    fleet.until_done()
    fleet.has_all(orders)
    for _, order_no in ipairs(archived) do
      assert.equal(1, support.queries(order_no))
    end
  end)

  it("are its own for as long as it fetches them, while it drains, too", function()
    local orders = orders_of("slow3500x", 2)
    fleet.add(orders)
    local workers = {}
    for instance = 1, 2 do
      workers[instance] = fleet.work("--jobs 1 --lease 1.5 --instance " .. instance)
      fleet.until_status(function(status) return status.in_flight == instance end)
    end
    support.must("kill -TERM " .. workers[1].pid)
    fleet.work "--lease 1.5 --instance 3"
    fleet.until_done()
    fleet.has_all(orders)
    for i, order_no in ipairs(orders) do
      assert.equal(1, support.queries(order_no))
      workers[i].wait_for(order_no)
    end
  end)

  -- Gives all that wait to a worker that is gone, so many times.
  local function lose(deliveries)
    local stream = "'fq:{faces}:urgent'"
    redis.cli(("xgroup create %s workers 0"):format(stream))
    redis.cli(("xreadgroup group workers gone:1 streams %s '>'"):format(stream))
    for id in redis.cli(("xrange %s - +"):format(stream)):gmatch "%d+%-%d+" do
      redis.cli(("xclaim %s workers gone:1 0 %s idle 900000 retrycount %d"):format(stream, id, deliveries))
    end
  end

  -- { consumer's instance, deliveries } of each order that is given away.
  local function given()
    local list = {}
    for instance, deliveries in redis.cli("xpending 'fq:{faces}:urgent' workers - + 10")
      :gmatch ":(%d+)\n%d+\n(%d+)" do
      list[#list + 1] = { instance, deliveries }
    end
    return list
  end

  it("are given back uncounted, or end, when it drains while it fetches what another has lost", function()
    local orders = { support.order "slow2000x", support.order "size1x2n" }
    fleet.add(orders)
    lose(1)
    local function drain(instance, patience, left)
      local worker = fleet.work(("--instance %d --patience %g"):format(instance, patience))
      -- It has claimed one, alone.
      fleet.until_status(function() return given()[1][1] == tostring(instance) and given()[1][2] == "2" end)
      support.must("kill -TERM " .. worker.pid)
      assert.equal(0, select(2, worker.wait()))
      assert.same(left, given())
      assert.equal("0", redis.cli "exists 'fq:{faces}:sweeper'")
    end
    drain(2, 0.1, { { "2", "1" }, { "1", "1" } })
    drain(3, 30, { { "1", "1" } })
    assert.same({ orders[1] }, support.bundles(fleet.dir))
    fleet.work "--instance 4"
    fleet.until_done()
    fleet.has_all(orders)
  end)

  it("are left to it by another of its name, which waits, and says so", function()
    local orders = orders_of("slow1000x", 2)
    fleet.add(orders)
    local first = fleet.work()
    cli.wait_for_query(orders[1])
    local second, third = fleet.work(), fleet.work()
    for _, worker in ipairs { second, third } do
      worker.wait_for "faces: another worker works under this name"
    end
    support.must("kill -TERM " .. third.pid)
    assert.equal(0, select(2, third.wait()))
    fleet.until_done()
    fleet.has_all(orders)
    for _, order_no in ipairs(orders) do
      first.wait_for(order_no)
      assert.equal(1, support.queries(order_no))
    end
    -- It is the second's turn once the first has ended, and not before.
    orders[3] = support.order "size1x2n"
    fleet.add { orders[3] }
    first.wait_for(orders[3])
    support.must("kill -TERM " .. first.pid)
    assert.equal(0, select(2, first.wait()))
    orders[4] = support.order "size1x2n"
    fleet.add { orders[4] }
    second.wait_for(orders[4])
    assert.equal(1, select(2, second.output():gsub("under this name", "")))
    fleet.until_done()
    fleet.has_all(orders)
  end)

  it("are dead when they have ended five workers: that is told, and counted", function()
    local order_no, path = support.order "verified", support.folder() .. "/faces.prom"
    fleet.add { order_no }
    lose(5)
    local worker = fleet.work("--json --metrics-file " .. path)
    fleet.until_status(function(status) return status.dead == 1 and status.in_flight == 0 end)
    worker.wait_for "WORKER_LOST"
    support.must("kill -TERM " .. worker.pid)
    local record = cli.records((worker.wait()) .. "\n")[1]
    assert.same({ order_no, false, "WORKER_LOST", "unknown", "dead" },
      { record.order_no, record.ok, record.code, record.kind, record.after })
    local text = support.read_file(path)
    cli.has('facequery_orders_total{result="dead"} 1\n', text)
    cli.has('facequery_errors_total{kind="unknown"} 1\n', text)
    cli.has(order_no .. ": each worker that fetched it, alone, came to its end (WORKER_LOST)", (fleet.queue "dead"))
    assert.equal(0, support.queries(order_no))
  end)
end)
