local retry = require "facequery.retry"
local support = require "support"

describe("the delay before a retry", function()
  it("lies anywhere between nothing and a back-off that doubles up to 8 seconds", function()
    for attempt, longest in ipairs { 0.5, 1, 2, 4, 8, 8, 8 } do
      local least, most, sum, times = math.huge, 0, 0, 2000
      for _ = 1, times do
        local delay = retry.delay(attempt)
        least, most, sum = math.min(least, delay), math.max(most, delay), sum + delay
      end
      assert.is_true(least >= 0 and most <= longest)
      -- Evenly spread: each of these fails by chance once in 10^20 runs at most.
      assert.is_true(least < longest * 0.03 and most > longest * 0.97)
      assert.is_true(math.abs(sum / times / longest - 0.5) < 0.065)
    end
  end)

  it("stays in bounds after any number of attempts", function()
    for _, attempt in ipairs { 60, 1000, 1100, 1e6 } do
      local delay = retry.delay(attempt)
      assert.is_true(delay >= 0 and delay <= 8)
    end
  end)

  it("differs between processes that start alike", function()
    local code = 'io.write(("%.9f"):format(require("facequery.retry").delay(5)))'
    local first, second = support.must(support.lua_command(code)), support.must(support.lua_command(code))
    assert.matches("^%d%.%d+$", first)
    assert.not_equal(first, second)
  end)
end)

describe("a call with retries", function()
  local log

  -- Fails with these errors in turn, then succeeds.
  local function run(retries, failures)
    log = {}
    local function note(...) log[#log + 1] = { ... } end
    return retry.run(retries, function(seconds) note("sleep", seconds) end, function(attempt)
      note("ask", attempt)
      if failures[attempt] then
        return nil, failures[attempt]
      end
      return "answer " .. attempt
    end, function(err, attempt, delay) note("retry", err, attempt, delay) end)
  end

  local function steps()
    local names = {}
    for i, entry in ipairs(log) do
      names[i] = entry[1]
    end
    return table.concat(names, " ")
  end

  local again, also_again = { retryable = true }, { retryable = true }
  local final = { retryable = false }

  it("returns a first success at once", function()
    assert.equal("answer 1", run(2, {}))
    assert.equal("ask", steps())
  end)

  it("tells the listener, sleeps, asks again; all with the same numbers", function()
    assert.equal("answer 3", run(2, { again, also_again }))
    assert.equal("ask retry sleep ask retry sleep ask", steps())
    assert.same({ 1, 2, 3 }, { log[1][2], log[4][2], log[7][2] })
    assert.equal(again, log[2][2])
    assert.equal(1, log[2][3])
    assert.equal(log[2][4], log[3][2])
    assert.is_true(log[3][2] <= 0.5)
    assert.equal(also_again, log[5][2])
    assert.equal(2, log[5][3])
    assert.equal(log[5][4], log[6][2])
    assert.is_true(log[6][2] <= 1)
  end)

  it("gives up after so many retries, with the last error and no last sleep", function()
    local result, err = run(1, { again, also_again, again })
    assert.is_nil(result)
    assert.equal(also_again, err)
    assert.equal("ask retry sleep ask", steps())
  end)

  it("asks once with no retries", function()
    assert.equal(again, select(2, run(0, { again, again })))
    assert.equal("ask", steps())
  end)

  it("stops at an error that asking again does not help", function()
    assert.equal(final, select(2, run(5, { final })))
    assert.equal("ask", steps())
    assert.equal(final, select(2, run(5, { again, final })))
    assert.equal("ask retry sleep ask", steps())
  end)
end)
