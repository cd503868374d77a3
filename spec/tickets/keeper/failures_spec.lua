-- Renewals that fail: what a keeper then gives, and when it asks the service again.

local memory = require "facequery.tickets.memory"
local support = require "help.support"
local tickets = require "help.tickets"

local control, counters = support.control, support.counters
local told = tickets.told

describe("a keeper of tickets whose renewals fail: they", function()
  local clock, store, events
  before_each(function() clock, store, events = tickets.begin() end)
  after_each(function() clock.restore() end)

  local function new(changes) return tickets.keeper(clock, store, events, changes) end

  it("leave the old ticket in use while it lives, and are repeated with back-off", function()
    local keep = new()
    local first = keep:get()
    clock.pass(20 * 60)
    control("fail?access_token=1000000", "POST")
    -- The service is asked at these moments, seconds after the first failure: 0.5 s between the
    -- first two, then twice as long each time, but for a minute at most.
    local due, expected, delay = 0, 1, 0.5
    for tenth = 0, 4000 do
      local seconds = tenth / 10
      if seconds >= due then
        expected, due, delay = expected + 1, due + delay, math.min(60, delay * 2)
      end
      clock.now = clock.now + (tenth > 0 and 0.1 or 0.001)
      if tenth % 5 == 0 then
        assert.equal(first, keep:get())
      end
    end
    local asked = counters().access_token_requests
    assert.is_true(asked >= expected - 2 and asked <= expected + 1, asked .. " and not " .. expected)
    assert.equal(asked - 1, #told(events) - 1)
    assert.equal("failed 500", told(events)[2])
  end)

  it("are not repeated by every caller, nor by every client of the store", function()
    local keep, other = new(), new()
    local first = keep:get()
    clock.pass(20 * 60)
    control("fail?access_token=1000000", "POST")
    for _ = 1, 10 do
      assert.equal(first, keep:get())
      assert.equal(first, other:get())
    end
    assert.equal(2, counters().access_token_requests)
    clock.pass(0.6)
    for _ = 1, 10 do
      assert.equal(first, other:get())
      assert.equal(first, keep:get())
    end
    assert.equal(3, counters().access_token_requests)
  end)

  it("come back by itself when the service does", function()
    local keep = new()
    local first = keep:get()
    clock.pass(20 * 60)
    control("fail?access_token=3", "POST")
    for _ = 1, 3 do
      assert.equal(first, keep:get())
      clock.pass(10)
    end
    local second = keep:get()
    assert.not_equal(first, second)
    clock.pass(20 * 60 - 1)
    assert.equal(second, keep:get())
    assert.same({ "fetched", "failed 500", "failed 500", "failed 500", "fetched" }, told(events))
  end)

  it("reach the caller when the old ticket has no more life", function()
    local keep = new()
    local first = keep:get()
    control("fail?api_ticket=1000000", "POST")
    clock.pass(3600 - 11)
    assert.equal(first, keep:get())
    clock.pass(2) -- a ticket is not used in the last seconds of its life
    local ticket, failure = keep:get()
    assert.is_nil(ticket)
    assert.same({ "HTTP", 500 }, { failure.status, failure.http_status })
  end)

  it("let a caller without a ticket wait for the end of a short back-off", function()
    local keep = new()
    control("fail?access_token=1", "POST")
    local ticket, failure = keep:get()
    assert.is_nil(ticket)
    assert.equal("HTTP", failure.status)
    local started = clock.now
    assert.is_string(keep:get())
    assert.is_true(math.abs(clock.now - started - 0.5) < 0.01)
  end)

  it("tell a caller without a ticket at once when asking again is of no use", function()
    local keep = new { secret = "wrong" }
    for _ = 1, 5 do
      local ticket, failure = keep:get()
      assert.is_nil(ticket)
      assert.same({ "SERVICE", "400101" }, { failure.status, failure.code })
    end
    assert.equal(1, counters().access_token_requests)
    clock.pass(1)
    keep:get()
    assert.equal(2, counters().access_token_requests)
  end)

  it("release the lock, whatever the transport has done", function()
    for _, transport in ipairs {
      function() error "broken" end, function() error { "broken" } end, function() return nil end,
      function() return nil, "broken" end, function() return {} end,
    } do
      store = memory.new()
      local ticket, failure = new({ transport = transport }):get()
      assert.is_nil(ticket)
      assert.is_table(failure)
      clock.sleep(1)
      assert.is_string(new():get())
    end
  end)
end)
