-- The queue's engine against a real Redis.

local connection = require "facequery.queue.connection"
local core = require "facequery.core"
local redis = require "facequery.queue.redis"
local redis_help = require "help.redis"

local DAY = 86400

describe("the queue in Redis", function()
  local server, engine, close

  setup(function() server = redis_help.server() end)
  teardown(function() server.stop() end)

  before_each(function()
    server.cli "flushall"
    local call
    call, close = connection.open(connection.parse("redis://127.0.0.1:" .. server.port), {})
    engine = redis.new(call, "faces")
  end)
  after_each(function() close() end)

  -- Adds orders whose persons were verified so many seconds ago.
  local function add(...)
    local list = {}
    for _, one in ipairs { ... } do
      list[#list + 1] = one[1]
      list[#list + 1] = one[2] and ("%.3f"):format(core.now() - one[2]) or ""
    end
    return assert(engine:add(list))
  end

  local function numbers(entries)
    local list = {}
    for i, entry in ipairs(entries) do
      list[i] = entry.order_no
    end
    return list
  end

  it("takes an order once, until it has ended", function()
    assert.equal(2, add({ "a", 0 }, { "b", 0 }))
    assert.equal(1, add({ "a", 10 }, { "c", 0 }))
    local entries = assert(engine:take("one", 10))
    assert.same({ "a", "b", "c" }, numbers(entries))
    assert.equal(0, add { "a", 0 })
    engine:finish { { what = "done", entry = entries[1] } }
    assert.equal(1, add { "a", 0 })
    assert.same({ "a" }, numbers(assert(engine:take("two", 10))))
  end)

  it("gives the urgent first: those that have a day left, or whose time is not known", function()
    add({ "later", 0 }, { "soon", 2 * DAY + 60 }, { "unknown" })
    assert.same({ "soon" }, numbers(assert(engine:take("one", 1))))
    assert.same({ "unknown", "later" }, numbers(assert(engine:take("one", 5))))
  end)

  it("takes what another language has added by a bare XADD", function()
    server.cli "xadd fq:{faces}:orders '*' order_no bare"
    server.cli "xadd fq:{faces}:orders '*' nonsense 1"
    local entries = assert(engine:take("one", 10))
    assert.same({ "bare" }, numbers(entries))
    assert.equal(0, add { "bare", 0 })
    assert.equal(1, assert(engine:status()).dead)
  end)

  it("puts an order off, and gives it again when its time has come", function()
    add { "a", 0 }
    local entry = assert(engine:take("one", 1))[1]
    assert.equal(0, entry.tries)
    assert.equal(1, engine:finish { { what = "later", entry = entry, seconds = 0.05 } })
    assert.same({}, assert(engine:take("one", 1)))
    assert.is_true(engine.next_later <= 0.05)
    core.sleep(0.06)
    local again = assert(engine:take("one", 1))[1]
    assert.equal("a", again.order_no)
    assert.equal(1, again.tries)
    assert.is_true(math.abs(again.deadline - entry.deadline) < 0.01)
  end)

  it("gives what a worker has lost to another, with its count, and to nobody twice", function()
    add({ "a", 0 }, { "b", 0 })
    assert(engine:take("one", 2))
    assert.is_false(engine:has_lost("two", 60))
    core.sleep(0.03)
    assert.is_true(engine:has_lost("two", 0.02))
    assert.is_false(engine:has_lost("three", 0.02))
    local entry = assert(engine:claim("two", 0.02, nil, 5))
    assert.equal("a", entry.order_no)
    assert.equal(2, entry.deliveries)
    assert.equal("b", assert(engine:claim("two", 0.02, nil, 5)).order_no)
    assert.is_nil((engine:claim("two", 0.02, nil, 5)))
    assert.is_nil((engine:claim("two", 0, "one", 5)))
    engine:end_sweep "two"
  end)

  it("lets an order die that was given to too many", function()
    add { "a", 0 }
    assert(engine:take("one", 1))
    for deliveries = 2, 5 do
      assert.equal(deliveries, assert(engine:claim("one", 0, "one", 5)).deliveries)
    end
    assert.is_nil((engine:claim("one", 0, "one", 5)))
    local dead = {}
    for i, one in ipairs(assert(engine:dead())) do
      dead[i] = { one.order_no, one.code }
    end
    assert.same({ { "a", "WORKER_LOST" } }, dead)
    assert.equal(0, add { "a", 0 })
    assert.equal(1, engine:retry "a")
    assert.same({ "a" }, numbers(assert(engine:take("two", 1))))
  end)

  it("takes back what was not begun, as if it had not been given", function()
    add { "a", 0 }
    local entries = assert(engine:take("one", 1))
    assert(engine:give_back("one", 60, { [entries[1]] = true }))
    local entry = assert(engine:claim("two", 60, nil, 5))
    assert.equal("a", entry.order_no)
    assert.equal(1, entry.deliveries)
  end)

  it("finds an order that is open and nowhere", function()
    add({ "a", 0 }, { "b", 0 }, { "c", 2.5 * DAY })
    server.cli "del fq:{faces}:orders"
    assert.equal(2, engine:audit())
    assert.equal(0, engine:audit())
    table.sort(numbers(assert(engine:take("one", 5))))
  end)

  it("counts", function()
    add({ "a", 0 }, { "b", 0 }, { "c", 2.5 * DAY }, { "d", 2.9 * DAY })
    local entries = assert(engine:take("one", 3))
    engine:finish { { what = "later", entry = entries[1], seconds = 60 },
      { what = "dead", entry = entries[2], code = "NOT_FOUND" } }
    local status = assert(engine:status())
    assert.is_true(math.abs(status.oldest_deadline - core.now() - 0.5 * DAY) < 60)
    status.oldest_deadline = nil
    assert.same({ waiting = 1, in_flight = 1, later = 1, dead = 1, open = 3, due_6h = 1, due_24h = 2 }, status)
  end)

  it("keeps the pace of the whole fleet, and lowers it once for each wave of refusals", function()
    for i = 1, 100 do
      add { "o" .. i, 0 }
    end
    local first = assert(engine:take("one", 50, 10))
    assert.is_true(#first >= 1 and #first <= 4, #first)
    assert.same({}, assert(engine:take("two", 50, 10)))
    assert.is_true(engine.paced > 0)
    local epoch = engine.epoch
    local _, wait, after = engine:pace(0, 10, epoch)
    assert.equal(epoch + 1, after)
    assert.is_true(wait > 0.9)
    assert.equal(epoch + 1, (select(3, engine:pace(0, 10, epoch))))
    local rate = tonumber(server.cli "hget fq:{faces}:pace rate")
    assert.is_true(rate <= 8.5, rate)
  end)
end)
