-- facequery queue: what an operator does with it.

local cjson = require "cjson"
local cli = require "help.cli"
local core = require "facequery.core"
local fleets = require "help.fleet"
local redis_help = require "help.redis"
local support = require "help.support"

describe("the command queue", function()
  local redis, fleet
  setup(function() redis = redis_help.server "--appendonly yes" end)
  teardown(function() redis.stop() end)
  before_each(function()
    redis.cli "flushall"
    fleet = fleets.new(redis)
  end)
  after_each(function() fleet.stop() end)

  local function hours_ago(hours)
    return os.date("!%Y-%m-%dT%H:%M:%SZ", os.time() - hours * 3600)
  end

  it("adds a list's orders, each once, in the order of their deadlines", function()
    local output, messages, status = fleet.add {
      "order_no,verified_at", "a1," .. hours_ago(1), "b1," .. hours_ago(70), "a1," .. hours_ago(1),
      "c1," .. hours_ago(30),
    }
    assert.equal("", output)
    assert.equal("faces: 3 added, 1 there already", messages)
    assert.equal(0, status)
    assert.equal("faces: 0 added, 3 there already", (select(2, fleet.add { "a1", "b1", "c1" })))
    -- b1 has two hours left.
    local text
    text, messages, status = fleet.queue "status"
    assert.equal(1, status)
    assert.equal("", messages)
    assert.matches("^faces: 3 waiting, 0 in flight, 0 later, 0 dead; due in 6 h: 1, in 24 h: 1;"
      .. " nearest deadline: %d+%-", text)
  end)

  it("adds from a pipe, and refuses what is no order number, by name", function()
    local _, messages, status = cli.shell(("queue add --redis %s --queue faces"):format(redis.url),
      "printf 'a1\\nno good\\nb1\\n' |")
    assert.equal(5, status)
    cli.has("no…: ", messages)
    cli.has("faces: 2 added, 0 there already", messages)
  end)

  it("names what is past its time, and does not add it", function()
    local _, messages, status = fleet.add { "order_no,verified_at", "a1," .. hours_ago(1), "b1," .. hours_ago(80) }
    assert.equal(4, status)
    cli.has("b1: ", messages)
    cli.has("faces: 1 added, 0 there already", messages)
  end)

  it("says how the queue is in JSON, and exits with 0 where nothing is due", function()
    fleet.add { "order_no,verified_at", "a1," .. hours_ago(1), "b1," .. hours_ago(1) }
    local text, _, status = fleet.queue "status --json"
    assert.equal(0, status)
    local found = cjson.decode(text)
    assert.is_true(math.abs(found.oldest_deadline - os.time() - 71 * 3600) < 60)
    found.oldest_deadline = nil
    assert.same({ queue = "faces", waiting = 2, in_flight = 0, later = 0, dead = 0, open = 2, due_6h = 0, due_24h = 0 },
      found)
  end)

  it("lists the dead with why, and puts them back by name, or all", function()
    local worker = fleet.work()
    local orders = support.orders_of("code66660018x", 2) -- expired
    fleet.add(orders)
    fleet.until_status(function(status) return status.dead == 2 end)
    support.must("kill -TERM " .. worker.pid)
    worker.wait()
    local text = fleet.queue "dead"
    for _, order_no in ipairs(orders) do
      cli.has(order_no .. ": ", text)
    end
    cli.has("(66660018)", text)
    local chinese = fleet.queue "dead --lang zh"
    cli.has(orders[1] .. "：", chinese)
    cli.has("（66660018）", chinese)
    local first = cjson.decode((fleet.queue "dead --json"):match "^[^\n]*")
    assert.equal("66660018", first.code)
    assert.is_number(first.verified_at)
    local _, messages, status = fleet.queue("retry nobody " .. orders[1])
    assert.equal(4, status)
    cli.has("nobody: not among the dead (not_found NOT_DEAD)\n", messages)
    assert.equal(1, fleet.status().waiting)
    assert.equal("faces: 1 put back", (select(2, fleet.queue "retry --all")))
    assert.equal(2, fleet.status().waiting)
    cli.has("missing an order number, or '--all'", (select(2, fleet.queue "retry")))
  end)

  it("drops dead orders by name, or all whose files are deleted", function()
    -- As workers leave them.
    for order_no, hours in pairs { old1 = 80, old2 = 72, young = 71 } do
      local verified_at = os.time() - hours * 3600
      redis.cli(("zadd 'fq:{faces}:dead' %d %s"):format(verified_at + 72 * 3600, order_no))
      redis.cli(("hset 'fq:{faces}:why' %s 66660018"):format(order_no))
    end
    -- The young one can be saved still; for the others no alarm is of use.
    assert.equal(1, fleet.status().due_6h)
    local _, messages, status = fleet.queue "drop --expired"
    assert.equal(0, status)
    assert.equal("faces: 2 dropped", messages)
    assert.same({ 1, 1 }, { fleet.status().due_6h, fleet.status().dead })
    _, messages, status = fleet.queue "drop old1 young"
    assert.equal(4, status)
    cli.has("old1: not among the dead (not_found NOT_DEAD)\n", messages)
    assert.same({ 0, 0 }, { fleet.status().due_6h, fleet.status().dead })
    assert.equal(2, select(3, fleet.queue "drop"))
    assert.equal("1", redis.cli "zadd fq:{faces}:dead 9999999999 'A1 b'")
    assert.equal(0, select(3, fleet.queue "drop 'A1 b'"))
    assert.equal("", redis.cli "zscore fq:{faces}:dead 'A1 b'")
  end)

  it("audits: what Redis has lost waits again", function()
    fleet.add { "a1", "b1" }
    redis.cli "del 'fq:{faces}:urgent'"
    assert.equal("faces: 2 orders were lost, and wait again", (select(2, fleet.queue "audit")))
    assert.equal("faces: 0 orders were lost, and wait again", (select(2, fleet.queue "audit")))
    assert.equal(2, fleet.status().waiting)
  end)

  it("warns of a Redis that keeps orders in memory alone, or forgets them", function()
    finally(function() redis.cli "config set appendonly yes maxmemory-policy noeviction" end)
    redis.cli "config set appendonly no"
    local _, messages, status = fleet.queue "status"
    assert.equal(0, status)
    cli.has("REDIS_NOT_DURABLE", messages)
    redis.cli "config set maxmemory-policy allkeys-lru"
    _, messages, status = fleet.queue "status"
    assert.equal(1, status)
    cli.has("REDIS_EVICTS", messages)
  end)

  it("speaks Chinese", function()
    support.write_file(fleet.list, "a1\n")
    assert.equal("faces：新增 1 个，已存在 0 个", (select(2, fleet.queue("add --lang zh --from " .. fleet.list))))
  end)

  it("refuses a url that is none, or has the password in it, where all could read it", function()
    for _, url in ipairs { "localhost", "http://localhost", "redis://:sesame@localhost", "redis://me:sesame@localhost",
      "redis://" } do
      local _, messages, status = cli.shell(("queue status --queue faces --redis %s"):format(support.quote(url)))
      assert.equal(2, status, url)
      cli.has("FACEQUERY_REDIS_PASSWORD", messages)
      assert.is_nil(messages:find("sesame", 1, true))
    end
  end)

  it("ends in time where nobody answers", function()
    local started = core.clock()
    local _, messages, status = cli.shell "queue status --queue faces --redis redis://127.0.0.1:1"
    assert.equal(6, status)
    cli.has("Redis cannot be reached", messages)
    assert.is_true(core.clock() - started < 15)
  end)
end)
