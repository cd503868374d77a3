-- The fleet's pace, as the queue's scripts keep it, and an order's turn, with a clock and a service that are made up.

local redis = require "facequery.queue.redis"
local standin = require "help.standin.redis"

local STEP, ORDERS = 0.1, 6000

describe("the fleet's pace", function()
  local time, engine

  local function begin()
    time = 1764000000
    engine = redis.new(standin.new(function() return time end).call, "faces")
    local list = {}
    for i = 1, ORDERS do
      list[2 * i - 1], list[2 * i] = "o" .. i, ("%.3f"):format(time)
    end
    assert(engine:add(list))
  end
  before_each(begin)

  -- Lets so many seconds pass, in which `answer` hears of each order that a worker takes.
  local function pass(seconds, answer)
    for _ = 1, seconds / STEP do
      time = time + STEP
      for _, entry in ipairs(assert(engine:take("one", 16))) do
        answer(entry)
      end
    end
  end

  local function finish(entry, what)
    engine:finish { { what = what, entry = entry, seconds = what == "later" and 60 or nil } }
  end

  -- A service that takes so many a second, and counts.
  local function service(rate)
    local self = { taken = 0, refused = 0 }
    function self.answer(entry)
      local second = math.floor(time)
      self.left = second == self.second and self.left or rate
      self.second, self.left = second, self.left - 1
      if self.left < 0 then
        self.refused = self.refused + 1
        engine:pace(0, nil, engine.epoch)
        return finish(entry, "later")
      end
      self.taken = self.taken + 1
      finish(entry, "done")
    end
    return self
  end

  it("is none until the service refuses", function()
    local count = 0
    pass(1, function() count = count + 1 end)
    assert.equal(1 / STEP * 16, count)
    assert.equal(math.huge, engine:rate())
  end)

  it("finds the service's rate, and stays near it with few refusals", function()
    for _, rate in ipairs { 5, 12, 30 } do
      begin()
      local one = service(rate)
      pass(60, one.answer)
      one.taken, one.refused = 0, 0
      pass(120, one.answer)
      assert.is_true(one.taken >= 0.8 * rate * 120, one.taken)
      assert.is_true(one.refused <= 0.02 * one.taken, one.refused)
    end
  end)

  it("finds a higher rate of the service's in two minutes", function()
    pass(60, service(5).answer)
    local one = service(20)
    pass(120, one.answer)
    one.taken = 0
    pass(60, one.answer)
    assert.is_true(one.taken >= 0.75 * 20 * 60, one.taken)
  end)

  it("is lowered once for all that was sent before", function()
    pass(1, function() end)
    local epoch = engine.epoch
    engine:pace(0, nil, epoch)
    local rate = engine:rate()
    for seconds = 1, 9 do -- a second is what a refusal may take
      time = time + 0.1
      assert.equal(epoch + 1, (select(3, engine:pace(0, nil, epoch + seconds % 2))))
    end
    assert.equal(rate, engine:rate())
  end)

  it("never exceeds the highest rate that a worker was told", function()
    local count = 0
    for _ = 1, 60 / STEP do
      time = time + STEP
      count = count + #assert(engine:take("one", 16, 4))
    end
    assert.is_true(count >= 236 and count <= 242, count)
  end)
end)

describe("an order that was put off", function()
  -- In which order a worker is given three, of which the first was put off until so many hours after its verification.
  local function given_after(hours)
    local time = 1764000000
    local engine = redis.new(standin.new(function() return time end).call, "faces")
    assert(engine:add { "first", ("%.3f"):format(time), "second", ("%.3f"):format(time) })
    local entry = assert(engine:take("one", 1))[1]
    engine:finish { { what = "later", entry = entry, seconds = hours * 3600 } }
    time = time + hours * 3600
    assert(engine:add { "third", ("%.3f"):format(time) })
    local seen = {}
    for i, one in ipairs(assert(engine:take("one", 3))) do
      seen[i] = one.order_no
    end
    return seen
  end

  it("waits behind those that wait", function()
    assert.same({ "second", "third", "first" }, given_after(23))
  end)

  it("goes before them when it has two days left", function()
    assert.same({ "first", "second", "third" }, given_after(25))
  end)
end)
