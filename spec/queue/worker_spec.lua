-- What a worker does with the fleet's pace, with a clock and a Redis that are made up.
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
