-- A run's pace, on a clock of the spec's own: when requests may be sent.

local pace = require "facequery.many.pace"
local support = require "help.support"

describe("a run's pace", function()
  local clock
  before_each(function() clock = support.stop_clock() end)
  after_each(function() clock.restore() end)

  -- Coroutines that wait on the clock.  `run(…)` calls each function in one, until all have ended.
  local function runner()
    local sleepers = {}
    local function resume(thread)
      local ok, message = coroutine.resume(thread)
      assert(ok, message)
    end
    local function sleep(seconds)
      sleepers[#sleepers + 1] = { thread = coroutine.running(), time = clock.now + seconds }
      coroutine.yield()
    end
    local function run(works)
      for _, work in ipairs(works) do
        resume(coroutine.create(work))
      end
      while #sleepers > 0 do
        local first = 1
        for i, sleeper in ipairs(sleepers) do
          first = sleeper.time < sleepers[first].time and i or first
        end
        local sleeper = table.remove(sleepers, first)
        clock.now = math.max(clock.now, sleeper.time)
        resume(sleeper.thread)
      end
    end
    return sleep, run
  end

  -- When each of `count` requests that are begun now is sent, in seconds from now, sorted.
  local function times_of(one, run, count)
    local begin, times, works = clock.now, {}, {}
    for i = 1, count do
      works[i] = function()
        one:before()
        times[#times + 1] = clock.now - begin
      end
    end
    run(works)
    table.sort(times)
    return times
  end

  local function near(expected, times)
    assert.equal(#expected, #times)
    for i, time in ipairs(times) do
      assert.is_true(math.abs(time - expected[i]) < 1e-6, ("%d: %s"):format(i, time))
    end
  end

  it("is none without a limit and without a refusal", function()
    local sleep, run = runner()
    local one = pace.new(sleep)
    near({ 0, 0, 0, 0 }, times_of(one, run, 4))
    one:after(false)
    near({ 0, 0 }, times_of(one, run, 2))
  end)

  it("keeps under the rate, and saves up nothing while idle", function()
    local sleep, run = runner()
    local one = pace.new(sleep, 4)
    near({ 0, 0.25, 0.5, 0.75, 1 }, times_of(one, run, 5))
    clock.now = clock.now + 100
    near({ 0, 0.25, 0.5 }, times_of(one, run, 3))
  end)

  it("takes a rate below one a second", function()
    local sleep, run = runner()
    near({ 0, 2, 4 }, times_of(pace.new(sleep, 0.5), run, 3))
  end)

  it("pauses for all after a refusal, then goes on at half the rate", function()
    local sleep, run = runner()
    local one = pace.new(sleep, 4)
    times_of(one, run, 8)
    one:after(true)
    near({ 1, 1.5, 2 }, times_of(one, run, 3))
    one:after(true)
    near({ 1, 2, 3 }, times_of(one, run, 3))
  end)

  it("without a limit halves the rate at which it has been refused", function()
    local sleep, run = runner()
    local one = pace.new(sleep)
    for _ = 1, 10 do
      times_of(one, run, 1)
      clock.now = clock.now + 0.1
    end
    one:after(true)
    near({ 1, 1.2, 1.4 }, times_of(one, run, 3))
  end)

  it("is never slower than a request in ten seconds", function()
    local sleep, run = runner()
    local one = pace.new(sleep, 1)
    for _ = 1, 8 do
      one:after(true)
      times_of(one, run, 1)
    end
    one:after(true)
    near({ 1, 11 }, times_of(one, run, 2))
  end)

  it("becomes faster with each answer, up to the limit again", function()
    local sleep, run = runner()
    local one = pace.new(sleep, 4)
    times_of(one, run, 8)
    one:after(true)
    times_of(one, run, 1)
    one:after(false)
    local slower = times_of(one, run, 3)
    assert.is_true(slower[3] - slower[2] < 0.5 and slower[3] - slower[2] > 0.25, table.concat(slower, " "))
    for _ = 1, 100 do
      one:after(false)
    end
    times_of(one, run, 1)
    local again = times_of(one, run, 3)
    assert.is_true(math.abs(again[3] - again[2] - 0.25) < 1e-6, table.concat(again, " "))
  end)

  it("takes the answers to requests from before the pause for no news", function()
    local sleep, run = runner()
    local one = pace.new(sleep, 4)
    times_of(one, run, 8)
    for _ = 1, 15 do
      one:after(true)
    end
    one:after(false)
    near({ 1, 1.5 }, times_of(one, run, 2))
  end)

  it("holds those back, too, that were waiting for their turn when the refusal came", function()
    local sleep, run = runner()
    local one, times, begin = pace.new(sleep, 2), {}, clock.now
    local works = {}
    for i = 1, 4 do
      works[i] = function()
        one:before()
        times[#times + 1] = clock.now - begin
        if i == 1 then
          sleep(0.1)
          one:after(true)
        end
      end
    end
    run(works)
    assert.equal(0, times[1])
    assert.is_true(times[2] >= 1.1 - 1e-6 and times[4] <= 4, table.concat(times, " "))
    for i = 2, 4 do
      assert.is_true(times[i] - times[i - 1] >= 0.5 - 1e-6, table.concat(times, " "))
    end
  end)
end)
