-- The stand-in for Redis (of scripts_spec.lua and bench/fleet.lua) against a real one: the same steps, at random, have
-- the same results.

local connection = require "facequery.queue.connection"
local core = require "facequery.core"
local redis = require "facequery.queue.redis"
local redis_help = require "help.redis"
local standin = require "help.standin.redis"

local HOUR = 3600
local STEPS, MOST_ORDERS, HIGHEST_RATE = 1500, 150, 1000000

describe("the stand-in for Redis", function()
  local server, close, engines
  -- What each engine's consumers have been given and have not ended, by order number.
  local held

  setup(function()
    server = redis_help.server()
    local call
    call, close = connection.open(connection.parse("redis://127.0.0.1:" .. server.port), {})
    engines = { redis.new(call, "faces"), redis.new(standin.new(core.now).call, "faces") }
    held = { {}, {} }
    for _, engine in ipairs(engines) do
      assert(engine:prepare())
    end
  end)
  teardown(function()
    close()
    server.stop()
  end)

  local function hold(which, entries)
    local seen = {}
    for i, entry in ipairs(entries) do
      held[which][entry.order_no] = entry
      seen[i] = { entry.stream, entry.order_no, ("%.3f"):format(entry.deadline), entry.tries, entry.deliveries }
    end
    return seen
  end

  -- The order numbers that are held, in an order that does not depend on a table's.
  local function held_orders()
    local list = {}
    for order_no in pairs(held[1]) do
      list[#list + 1] = order_no
    end
    table.sort(list)
    return list
  end

  local function consumer()
    return "w" .. math.random(3)
  end

  -- Each makes up a step: a function of an engine and its number, which returns what is to be compared.  No step takes
  -- long, so that whatever lasts an hour is not over before the end.
  local steps = {}

  function steps.add()
    local left = ({ HOUR, 20 * HOUR, 30 * HOUR, 70 * HOUR })[math.random(4)]
    local order_no, verified_at = "o" .. math.random(MOST_ORDERS), ("%.3f"):format(core.now() + left - 72 * HOUR)
    return function(engine) return engine:add { order_no, verified_at } end
  end

  function steps.take()
    local who, most = consumer(), math.random(0, 6)
    return function(engine, which)
      return hold(which, assert(engine:take(who, most, HIGHEST_RATE)))
    end
  end

  function steps.finish()
    local list, chosen, seconds = held_orders(), {}, ({ 0, 0, HOUR })[math.random(3)]
    local ways = { "done", "done", "later", "later", "dead" }
    for i = 1, math.min(#list, math.random(4)) do
      chosen[i] = { table.remove(list, math.random(#list)), ways[math.random(#ways)] }
    end
    return function(engine, which)
      local ended = {}
      for i, one in ipairs(chosen) do
        local what = one[2]
        ended[i] = { what = what, entry = held[which][one[1]], code = what == "dead" and "NOT_FOUND" or nil,
          seconds = what == "later" and seconds + i / 1000 or nil }
        if math.random() < 2 then -- some are ended twice: see below
          held[which][one[1]] = nil
        end
      end
      -- One that has ended is left alone.
      return ended[1] and { engine:finish(ended), engine:finish { ended[#ended] } } or "none"
    end
  end

  function steps.claim()
    local who, idle, of = consumer(), ({ 0, HOUR })[math.random(2)], ({ false, "w1", "w2" })[math.random(3)] or nil
    return function(engine, which)
      local entry, failure = engine:claim(who, idle, of, 5)
      assert(not failure)
      return entry and (entry.dead and { entry.order_no, entry.dead } or hold(which, { entry })) or "none"
    end
  end

  function steps.give_back()
    local order_no, who = held_orders()[1], consumer()
    return function(engine, which)
      local entry = held[which][order_no]
      held[which][order_no or ""] = nil
      return entry and { engine:give_back(who, 2 * HOUR, { [entry] = true }), engine:has_lost(who, 2 * HOUR) } or "none"
    end
  end

  function steps.sweep()
    local who = consumer()
    return function(engine)
      return { engine:has_lost(who, HOUR), engine:has_lost("another", HOUR), engine:end_sweep(who) }
    end
  end

  function steps.status()
    return function(engine)
      local status = engine:status()
      status.oldest_deadline = status.oldest_deadline and ("%.3f"):format(status.oldest_deadline)
      return status
    end
  end

  function steps.dead()
    return function(engine)
      local list = assert(engine:dead())
      for _, one in ipairs(list) do
        one.verified_at = ("%.3f"):format(one.verified_at)
      end
      return list
    end
  end

  it("gives, ends and counts orders as a real one does", function()
    math.randomseed(7)
    local names, seen = {}, {}
    for name in pairs(steps) do
      names[#names + 1] = name
    end
    table.sort(names)
    for number = 1, STEPS do
      local name = ({ "add", "take", "finish" })[math.random(5)] or names[math.random(#names)]
      local step = steps[name]()
      local expected, got = step(engines[1], 1), step(engines[2], 2)
      assert.same(expected, got, ("step %d: %s"):format(number, name))
      seen[name] = (seen[name] or 0) + 1
      -- What was put off for a millisecond is due for both.
      core.sleep(name == "finish" and 0.006 or 0)
    end
    for _, name in ipairs(names) do
      assert.is_true((seen[name] or 0) > 20, name)
    end
    assert.is_true(engines[1]:status().dead > 0)
  end)

  it("slows the fleet down as a real one does", function()
    local seen = {}
    for number, engine in ipairs(engines) do
      assert(engine:take("w1", 0))
      local epoch = engine.epoch
      local granted, wait, after = engine:pace(0, nil, epoch)
      assert.is_true(wait > 0.9)
      seen[number] = { epoch, granted, after, (select(3, engine:pace(1, nil, after))) }
    end
    assert.same(seen[1], seen[2])
  end)
end)
