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
    for _, kind in ipairs { "transport", "http", "service", "ticket", "rate_limited", "disk" } do
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

  it("lets an order die once its files are deleted, whatever its error", function()
    for _, one in ipairs { err("pending", nil, true), err("transport", nil, true), err "not_found" } do
      for _, left in ipairs { 0, -1 } do
        assert.same({ what = "dead", code = "RETENTION_OVER" }, plan.after(one, 0, left, 0.5))
      end
    end
  end)

  it("lets an order die of what is its own: at once when it has expired, else after some tries", function()
    assert.same({ "EXPIRED" }, afters(err "expired", 1))
    assert.same({ 2.5, 5, 10, "NOT_FOUND" }, afters(err "not_found", 4))
    for _, kind in ipairs { "invalid_request", "media", "unknown" } do
      assert.same({ 2.5, 5, 10, 20, kind:upper() }, afters(err(kind), 5))
    end
    assert.same({ 2.5, 5, 10, 20, "RAISED" }, afters(err("config", "RAISED"), 5))
  end)

  it("lets no order die of what concerns every order", function()
    for _, code in ipairs { "INVALID_APP_ID", "INVALID_TICKET" } do
      assert.equal("later", plan.after(err("invalid_request", code), 100, 3 * DAY, 0.5).what)
    end
    assert.equal("later", plan.after(err "ticket", 100, 3 * DAY, 0.5).what)
    assert.equal("later", plan.after(err("invalid_request", nil, true), 100, 3 * DAY, 0.5).what)
  end)

  it("calls it trouble when the last seven answers were none, and not for one in two", function()
    local failed, trouble = err("transport", nil, true), 0
    for _ = 1, 6 do
      trouble = plan.trouble(trouble, failed)
      assert.is_false(plan.slows(trouble))
    end
    assert.is_true(plan.slows(plan.trouble(trouble, failed)))
    trouble = 0
    for _ = 1, 100 do
      trouble = plan.trouble(plan.trouble(trouble, failed), nil)
      assert.is_false(plan.slows(trouble))
    end
  end)

  it("takes an order's own error for no trouble", function()
    local trouble = 0
    for _ = 1, 100 do
      for _, kind in ipairs { "pending", "not_found", "rate_limited", "ticket" } do
        trouble = plan.trouble(trouble, err(kind))
      end
    end
    assert.equal(0, trouble)
  end)

  it("calls a refused ticket trouble, and lets a worker rest whose disk takes nothing", function()
    assert.equal(0.1, plan.trouble(0, err "auth"))
    assert.equal(10, plan.pause(err("storage", "NO_SPACE", true)))
    assert.same({ 0, 0 }, { plan.pause(err "transport"), plan.pause(nil) })
  end)
end)
