-- What a worker does with the fleet's pace, and what it takes ahead, with a clock, a queue and a Redis that are made up.
-- Only on lua5.4 luajit: no C is in it.

local redis = require "facequery.queue.redis"
local standin = require "help.standin.redis"
local worker = require "facequery.queue.worker"

describe("a worker's pace", function()
  local time, engine, pace, asleep

  before_each(function()
    time, asleep = 1764000000, 0
    engine = redis.new(standin.new(function() return time end).call, "faces")
    local pool = { sleep = function(_, seconds)
      time, asleep = time + seconds, asleep + seconds
    end }
    pace = worker.new({ engine = engine, pool = pool }):pace()
  end)

  -- Sends so many requests at once.  Returns a function that tells one of them, after another, that it was refused.
  local function send(count)
    local requests = {}
    for i = 1, count do
      requests[i] = coroutine.wrap(function()
        pace:before()
        coroutine.yield()
        pace:after(true)
      end)
      requests[i]()
    end
    return function()
      table.remove(requests, 1)()
    end
  end

  it("is lowered once by a wave of refusals, however long these take to come", function()
    local refuse = send(20)
    time = time + 1
    refuse()
    local epoch, rate = engine.epoch, engine:rate()
    assert.is_true(rate < 20)
    for _ = 1, 19 do
      time = time + 0.5
      refuse()
    end
    assert.equal(epoch, engine.epoch)
    assert.is_true(engine:rate() >= rate)
  end)

  it("is lowered again by what is refused of that which was sent since", function()
    send(20)()
    local epoch, rate = engine.epoch, engine:rate()
    local refuse = send(1)
    assert.is_true(asleep >= 0.9) -- the fleet rests for a second
    refuse()
    assert.equal(epoch + 1, engine.epoch)
    assert.is_true(engine:rate() < rate)
  end)
end)

describe("a worker", function()
  -- A pool whose coroutines go on with each step.
  local function new_pool()
    local pool, sleepers = { parked = 0, resting = 0 }, {}
    local function resume(thread)
      local ok, message = coroutine.resume(thread)
      assert(ok, message)
    end
    function pool.start(_, work) resume(coroutine.create(work)) end
    function pool.sleep()
      sleepers[#sleepers + 1] = coroutine.running()
      coroutine.yield()
    end
    function pool.wake() end
    function pool.step()
      local woken = sleepers
      sleepers = {}
      for _, thread in ipairs(woken) do
        resume(thread)
      end
    end
    return pool
  end

  -- Runs a worker over a queue that always has more.  The first so many orders end at once, the others never, or with
  -- an error.  Returns how many it has wanted each time, how many it has begun, given back and put back, and of these how
  -- many before it was told to stop.
  local function run(quick, jobs, err)
    local wanted, begun, given_back, put_back, count = {}, 0, 0, 0, 0
    local engine = { paced = 0, epoch = 0 }
    function engine.take(_, _, most, _, ended)
      wanted[#wanted + 1] = most
      local entries = {}
      for i = 1, most do
        count = count + 1
        entries[i] = { order_no = tostring(count), deadline = math.huge, tries = 0 }
      end
      engine.finish(nil, ended)
      return entries
    end
    function engine.finish(_, ended)
      for _, one in ipairs(ended) do
        put_back = put_back + (one.what == "back" and 1 or 0)
      end
      return #ended
    end
    function engine.give_back(_, _, _, entries)
      for _ in pairs(entries) do
        given_back = given_back + 1
      end
      return true
    end
    for _, name in ipairs { "prepare", "hold", "renew", "release", "claim", "has_lost" } do
      engine[name] = function() return name ~= "claim" and name ~= "has_lost" or nil end
    end
    local pool, steps, in_time = new_pool(), 0, nil
    worker.new({
      engine = engine, pool = pool, jobs = jobs, lease = 900, patience = 0, consumer = "one",
      is_stopping = function()
        steps = steps + 1
        in_time = in_time or steps > 150 and put_back
        return steps > 200
      end,
      work = function()
        begun = begun + 1
        while begun > quick and not err do
          pool:sleep()
        end
        return begun <= quick and {} or nil, err
      end,
      report = function() end, ready = function() end, trouble = error,
    }):run()
    return wanted, begun, given_back, put_back, in_time
  end

  it("takes as many ahead as end while it asks for them, and puts back what it has not begun", function()
    local wanted, begun, given_back, put_back = run(4, 4)
    -- Four that end at once; then four more, and as many ahead.
    assert.same({ 4, 8 }, wanted)
    assert.same({ 8, 4, 4 }, { begun, given_back, put_back })
  end)

  it("takes none ahead where none end: others may fetch them", function()
    local wanted, begun, given_back, put_back = run(0, 4)
    assert.same({ 4 }, wanted)
    assert.same({ 4, 4, 0 }, { begun, given_back, put_back })
  end)

  it("keeps none ahead where it rests, for what it does not begin others may", function()
    -- Seven errors in a row give it a rest, with as many ahead as it has jobs.
    local wanted, begun, given_back, put_back, in_time = run(16, 16, { kind = "storage", code = "FILE_UNWRITABLE" })
    local taken = 0
    for _, most in ipairs(wanted) do
      taken = taken + most
    end
    assert.is_true(in_time > 0, in_time)
    assert.same({ taken, 0, put_back }, { begun + put_back, given_back, in_time })
  end)
end)
