-- When a failed exchange is repeated, and how long after.

local retry = require "facequery.retry"
local support = require "help.support"

local RETRYABLE = { retryable = true }

describe("the delay before a retry", function()
  it("lies anywhere between nothing and a back-off that doubles up to 8 seconds", function()
    for attempt, longest in ipairs { 0.5, 1, 2, 4, 8, 8, 8 } do
      local least, most, sum, times = math.huge, 0, 0, 2000
      for _ = 1, times do
        local delay = retry.delay(RETRYABLE, attempt, math.huge)
        least, most, sum = math.min(least, delay), math.max(most, delay), sum + delay
      end
      assert.is_true(least >= 0 and most <= longest)
      -- The delays are spread evenly.  By chance, each of these assertions fails once in 10^20 runs at most.
      assert.is_true(least < longest * 0.03 and most > longest * 0.97)
      assert.is_true(math.abs(sum / times / longest - 0.5) < 0.065)
    end
  end)

  it("stays in bounds after any number of attempts", function()
    for _, attempt in ipairs { 60, 1000, 1100, 1e6 } do
      local delay = retry.delay(RETRYABLE, attempt, math.huge)
      assert.is_true(delay >= 0 and delay <= 8)
    end
  end)

  it("differs between processes that start alike", function()
    local code = 'io.write(("%.9f"):format(require("facequery.retry").delay({ retryable = true }, 5, 9)))'
    local first, second = support.must(support.lua_command(code)), support.must(support.lua_command(code))
    assert.matches("^%d%.%d+$", first)
    assert.not_equal(first, second)
  end)
end)

describe("another attempt", function()
  local function is_made(retryable, attempt, retries)
    return retry.delay({ retryable = retryable }, attempt, retries) ~= nil
  end

  it("is made after what asking again may help, so many times", function()
    assert.same({ true, true, false }, { is_made(true, 1, 2), is_made(true, 2, 2), is_made(true, 3, 2) })
    assert.is_false(is_made(true, 1, 0))
  end)

  it("is never made after anything else", function()
    assert.is_false(is_made(false, 1, 5))
  end)
end)
