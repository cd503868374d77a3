-- When a client asks again by itself, how long it waits before that, and when it gives up.

local cjson = require "cjson"
local clients = require "help.clients"
local support = require "help.support"

local new, steps, fails, holds, holds_both =
  clients.new, clients.steps, clients.fails, clients.holds, clients.holds_both
local order = support.order

describe("a client that retries", function()
  local folder
  before_each(function() folder = support.folder() end)
  after_each(function() support.remove_folder(folder) end)

  it("asks again after an HTTP 503", function()
    local client, seen = new()
    local name = order "flaky"
    holds_both(assert(client:query { order_no = name, get_file = 1 }))
    assert.equal(2, support.queries(name))
    assert.equal("request response retry request response", steps(seen))
    local _, failed, retry, again, answered = (table.unpack or unpack)(seen.events)
    assert.same({ "503", "http", 1, name }, { failed.code, failed.kind, failed.attempt, failed.order_no })
    assert.same({ "503", "http", 1, seen.sleeps[1] }, { retry.code, retry.kind, retry.attempt, retry.delay })
    assert.is_true(retry.delay >= 0 and retry.delay <= 0.5)
    assert.equal(2, again.attempt)
    assert.same({ "0", 200, 2, nil }, { answered.code, answered.status, answered.attempt, answered.kind })
    assert.is_true(answered.time > 0 and answered.time < 10)
  end)

  it("asks again after a broken connection, with a new sign", function()
    local client, seen = new()
    local name = order "cutonce"
    local record = assert(client:query {
      order_no = name, photo_path = folder .. "/photo", video_path = folder .. "/video",
    })
    holds(record.photo, "jpeg")
    holds(record.video, "mp4")
    assert.equal(2, support.queries(name))
    assert.equal("transport", seen.events[2].kind)
    local first, second = cjson.decode(seen.requests[1].body), cjson.decode(seen.requests[2].body)
    assert.not_equal(first.nonce, second.nonce)
    assert.not_equal(first.sign, second.sign)
  end)

  it("asks again when it came too often, with longer back-offs", function()
    local client, seen = new()
    assert(client:query { order_no = order "ratelimit" })
    assert.equal("request response retry request response retry request response", steps(seen))
    assert.same({ "400504", "rate_limited" }, { seen.events[2].code, seen.events[2].kind })
    assert.is_true(seen.sleeps[1] <= 0.5 and seen.sleeps[2] <= 1)
  end)

  it("gives up after as many as it is told", function()
    for retries = 0, 3 do
      local client, seen = new { retries = retries }
      local name = order "code999999x"
      local err = fails("service", "999999", client:query { order_no = name })
      assert.is_true(err.retryable)
      assert.equal(retries + 1, support.queries(name))
      assert.equal(retries, #seen.sleeps)
      assert.not_equal("retry", seen.events[#seen.events].type)
    end
  end)

  it("gives up after two by default", function()
    local name = order "http503x"
    fails("http", "503", new():query { order_no = name })
    assert.equal(3, support.queries(name))
  end)

  it("does not ask again where that does not help", function()
    for _, word in ipairs {
      "rejected", "anything", "code66660011x", "code400103x", "code400604x", "code12345x", "code66660018x",
      "http404x", "http302x", "notjson", "wrongorder", "badbase64", "trailing",
    } do
      local client, seen = new { retries = 5 }
      local name = order(word)
      local _, err = client:query { order_no = name, get_file = 1 }
      assert.is_false(err.retryable)
      assert.equal(1, support.queries(name))
      assert.equal("request response", steps(seen))
      assert.same({}, seen.sleeps)
    end
  end)

  it("survives a listener that raises", function()
    local client = new { on_event = function() error "listener" end }
    assert(client:query { order_no = order "flaky" })
  end)
end)
