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
    local lost = assert(engine:claim("one", 0, "one", 5))
    assert.same({ "a", "WORKER_LOST" }, { lost.order_no, lost.dead })
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

  it("takes back from a worker only what is with it still", function()
    add({ "a", 0 }, { "b", 0 }, { "c", 0 })
    local had = {}
    for i, entry in ipairs(assert(engine:take("one", 3))) do
      had[i] = entry
    end
    -- The others hear nothing of it any more: one is claimed, one archived.
    core.sleep(0.02)
    local claimed = assert(engine:claim("two", 0.01, nil, 5))
    assert.equal("a", claimed.order_no)
    engine:finish { { what = "done", entry = had[3] } }
    assert(engine:give_back("one", 60, { [had[1]] = true, [had[2]] = true, [had[3]] = true }))
    -- { id, consumer, milliseconds idle, deliveries } of each that is given away.
    local given = {}
    for id, consumer, idle, deliveries in server.cli("xpending fq:{faces}:orders workers - + 10")
      :gmatch "([%d-]+)\n(%a+)\n(%d+)\n(%d+)" do
      given[#given + 1] = { id, consumer, tonumber(idle) >= 60000, deliveries }
    end
    assert.same({ { had[1].id, "two", false, "2" }, { had[2].id, "one", true, "0" } }, given)
    assert.equal("b", assert(engine:claim("three", 60, nil, 5)).order_no)
    assert.is_nil((engine:claim("three", 60, nil, 5)))
  end)

  it("finds an order that is open and nowhere", function()
    add({ "a", 0 }, { "b", 0 }, { "c", 2.5 * DAY })
    server.cli "del fq:{faces}:orders"
    assert.equal(2, engine:audit())
    assert.equal(0, engine:audit())
    table.sort(numbers(assert(engine:take("one", 5))))
  end)

  it("finds no fault with orders that are added, moved and ended while it looks", function()
    local real, turn = engine.call, 0
    local other = redis.new(real, "faces")
    local function produce(count)
      local list = {}
      for i = 1, count do
        turn = turn + 1
        list[2 * i - 1], list[2 * i] = "o" .. turn, ("%.3f"):format(core.now() - (turn % 2) * 2.5 * DAY)
      end
      assert(other:add(list))
    end
    -- Each of three ways in which an order ends, or moves on.
    local function work()
      local ended = {}
      for i, entry in ipairs(assert(other:take("one", 9))) do
        local what = ({ "later", "dead", "done" })[i % 3 + 1]
        ended[i] = { entry = entry, what = what, seconds = what == "later" and 0 or nil,
          code = what == "dead" and "NOT_FOUND" or nil }
      end
      assert(other:finish(ended))
      assert(other:retry())
      assert(other:take("two", 3))
    end
    produce(3500) -- several pages of each
    for _ = 1, 5 do
      work()
    end
    engine.call = function(...)
      produce(7)
      work()
      return real(...)
    end
    for _ = 1, 5 do
      assert.equal(0, engine:audit())
    end
    assert.is_true(turn > 3500 + 5 * 10 * 7) -- at least ten steps each
  end)

  it("finds no fault with an order that is fetched and put off again, or dies, between two looks", function()
    for what, place in pairs { later = "zscore fq:{faces}:later a", dead = "zscore fq:{faces}:dead a" } do
      server.cli "flushall"
      add { "a", 0 }
      local real = engine.call
      local other = redis.new(real, "faces")
      other:finish { { what = "later", entry = assert(other:take("one", 1))[1], seconds = 0 } }
      local entry
      engine.call = function(command, ...)
        if command == "zscan" and ... == engine.keys.later then
          entry = assert(other:take("one", 1))[1]
        elseif entry and command == "xrange" then
          assert(other:finish { { what = what, entry = entry, seconds = what == "later" and 60 or nil,
            code = what == "dead" and "NOT_FOUND" or nil } })
          entry = nil
        end
        return real(command, ...)
      end
      assert.equal(0, engine:audit())
      engine.call = real
      assert.is_true(tonumber(server.cli(place)) > 0)
      assert.same({}, numbers(assert(engine:take("two", 1))))
    end
  end)

  it("ends an order with any code of the service's, and with any number that a bare XADD has given it", function()
    local texts = { "a", "no order", "a\tb", "x ", " x", "a\nb", "%s%d", "1 2 3", "\255" }
    for _, code in ipairs(texts) do
      for _, order_no in ipairs(texts) do
        server.cli "flushall"
        engine.call("eval", "redis.call('XADD', KEYS[1], '*', 'order_no', ARGV[1])", 1, "fq:{faces}:orders", order_no)
        local entry = assert(engine:take("one", 1))[1]
        assert.equal(order_no, entry.order_no)
        assert.equal(1, engine:finish { { what = "dead", entry = entry, code = code } })
        assert.same({ order_no, code }, engine.call("hgetall", "fq:{faces}:why")[order_no] and
          { order_no, engine.call("hgetall", "fq:{faces}:why")[order_no] })
        local status = assert(engine:status())
        assert.same({ 0, 0, 1, 0 }, { status.waiting, status.in_flight, status.dead, status.open })
      end
    end
  end)

  it("takes back what was not begun, for anybody, as if it had not been put off", function()
    add { "a", 0 }
    assert.equal(1, engine:finish { { what = "back", entry = assert(engine:take("one", 1))[1] } })
    local again = assert(engine:take("two", 1))[1]
    assert.same({ "a", 0, 1 }, { again.order_no, again.tries, again.deliveries })
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
