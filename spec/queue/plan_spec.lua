-- What becomes of an order.

local plan = require "facequery.queue.plan"

local MINUTE, HOUR, DAY = 60, 3600, 86400

local function err(kind, code, retryable)
  return { kind = kind, code = code or kind:upper(), retryable = retryable or false }
end

describe("the plan", function()
  -- What is to be done after so many tries, each with three days left and the same chance.
  local function afters(one, count, random)
    local list = {}
    for tries = 0, count - 1 do
      local after = plan.after(one, tries, 3 * DAY, random or 0.5)
      list[#list + 1] = after.seconds or after.code
    end
    return list
  end

  it("waits for files that are late: 10 s, a minute, 5, 30, two hours, and so on", function()
    assert.same({ 10, 60, 300, 1800, 7200, 7200, 7200 }, afters(err("pending", "MEDIA_PENDING", true), 7))
  end)

  it("waits for the service and the network with full jitter, up to a quarter of an hour, for ever", function()
    for _, kind in ipairs { "transport", "http", "service", "rate_limited", "auth", "storage" } do
      local one = err(kind, nil, true)
      assert.same({ 2.5, 5, 10, 20, 40, 80, 160, 320, 450, 450, 450 }, afters(one, 11))
      assert.equal(0, plan.after(one, 20, 3 * DAY, 0).seconds)
      assert.equal(450, plan.after(one, 2000, 3 * DAY, 0.5).seconds)
    end
  end)

  it("asks again an hour before the files are deleted, and each minute from then on", function()
    local late, away = err("pending", "MEDIA_PENDING", true), err("transport", nil, true)
    assert.equal(20 * MINUTE, plan.after(late, 4, HOUR + 20 * MINUTE, 0.5).seconds)
    assert.equal(5, plan.after(away, 20, HOUR + 5, 0.5).seconds)
    for _, left in ipairs { HOUR, 10 * MINUTE, 1 } do
      assert.equal(MINUTE, plan.after(late, 4, left, 0.5).seconds)
      assert.equal(MINUTE, plan.after(away, 20, left, 0.5).seconds)
      assert.equal(10, plan.after(late, 0, left, 0.5).seconds)
    end
    assert.is_false(plan.is_last(HOUR + 1))
    assert.is_true(plan.is_last(HOUR))
  end)

  it("lets an order die once its files are deleted, and a day later where the service can't be asked", function()
    for _, left in ipairs { 0, -1 } do
      for _, kind in ipairs { "pending", "not_found" } do
        assert.same({ what = "dead", code = "RETENTION_OVER" }, plan.after(err(kind), 0, left, 0.5))
      end
      assert.equal("later", plan.after(err "transport", 0, left, 0.5).what)
    end
    assert.same({ what = "dead", code = "RETENTION_OVER" }, plan.after(err "transport", 0, -DAY, 0.5))
  end)

  it("lets an order die of what is its own: at once when it has expired, else the fifth time", function()
    assert.same({ "EXPIRED" }, afters(err "expired", 1))
    for _, kind in ipairs { "not_found", "invalid_request", "media", "unknown" } do
      assert.same({ 10, 60, 300, 1800, kind:upper() }, afters(err(kind), 5))
    end
  end)

  it("gives a worker a rest when its last seven orders met trouble, and not for one in two", function()
    for _, kind in ipairs { "transport", "http", "service", "rate_limited", "auth", "storage" } do
      local trouble = 0
      for _ = 1, 6 do
        trouble = plan.trouble(trouble, err(kind))
        assert.is_nil(plan.rest(trouble, 0, 0))
      end
      assert.is_number(plan.rest(plan.trouble(trouble, err(kind)), 0, 0))
    end
    local trouble = 0
    for _ = 1, 100 do
      trouble = plan.trouble(plan.trouble(trouble, err "transport"), nil)
      assert.is_nil(plan.rest(trouble, 0, 0))
    end
  end)

  it("lets it rest longer each time, up to a minute, with half of that by chance", function()
    local list = {}
    for rests = 0, 7 do
      list[rests + 1] = plan.rest(1, rests, 0)
    end
    assert.same({ 0.5, 1, 2, 4, 8, 16, 30, 30 }, list)
    assert.equal(45, plan.rest(1, 7, 0.5))
  end)

  it("takes an order's own error for no trouble", function()
    for _, kind in ipairs { "pending", "not_found", "expired", "media" } do
      assert.equal(0, plan.trouble(0, err(kind)))
    end
  end)

  it("takes ahead what ends in 20 ms, and not more than there are jobs", function()
    assert.equal(10, plan.ahead(50, 0.1, 16))
    assert.equal(16, plan.ahead(500, 0.1, 16))
    assert.equal(16, plan.ahead(1, 0, 16))
    assert.equal(0, plan.ahead(16, 1, 16))
    assert.equal(0, plan.ahead(0, 0, 16))
  end)
end)
