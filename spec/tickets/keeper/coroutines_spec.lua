-- What becomes of a renewal while other coroutines ask the same keeper, or another of its store.

local support = require "help.support"
local tickets = require "help.tickets"

local control, counters = support.control, support.counters
local getting, together, yielding = tickets.getting, tickets.together, tickets.yielding

describe("a keeper of tickets between coroutines", function()
  local clock, store, events
  before_each(function() clock, store, events = tickets.begin() end)
  after_each(function() clock.restore() end)

  local function new(changes) return tickets.keeper(clock, store, events, changes) end

  it("fetches once, and lets the others wait", function()
    local functions = {}
    local transport = yielding()
    local keep = new { transport = transport, sleep = coroutine.yield }
    for i = 1, 25 do
      functions[i] = getting(keep)
    end
    for i = 26, 50 do -- each of these has a keeper of its own over the same store
      functions[i] = getting(new({ transport = transport, sleep = coroutine.yield }))
    end
    local results = together(functions)
    for i = 1, 50 do
      assert.is_string(results[i][1])
      assert.equal(results[1][1], results[i][1])
    end
    assert.same({ 1, 1 }, { counters().access_token_requests, counters().api_ticket_requests })
  end)

  it("gives the old ticket to the others, at once, while one renews it", function()
    local keep, other = new { transport = yielding(), sleep = error }, new { sleep = error }
    local first = other:get()
    clock.pass(20 * 60)
    local renewing = coroutine.wrap(getting(keep))
    for _, where in ipairs { "sending", "received", "sending", "received" } do
      assert.equal(where, renewing())
      assert.equal(first, keep:get())
      assert.equal(first, other:get())
    end
    local second = renewing()
    assert.is_string(second)
    assert.not_equal(first, second)
    assert.equal(second, keep:get())
    assert.equal(second, other:get())
    assert.equal(2, counters().access_token_requests)
  end)

  it("renews a ticket that many were refused with only once", function()
    local keep = new { transport = yielding(), sleep = coroutine.yield }
    local first = together { getting(keep) }[1][1]
    control("revoke", "POST")
    local functions = {}
    for i = 1, 20 do
      functions[i] = function() return keep:renew(first) end
    end
    local results = together(functions)
    for i = 1, 20 do
      assert.equal(results[1][1], results[i][1])
    end
    assert.not_equal(first, results[1][1])
    assert.equal(2, counters().access_token_requests)
  end)

  it("waits no longer than the lock lives for one that was ended while it renewed", function()
    local thread = coroutine.wrap(getting(new({ transport = yielding(), timeout = 1 })))
    assert.equal("sending", thread())
    local started = clock.now
    assert.is_string(new({ timeout = 1 }):get())
    local waited = clock.now - started
    assert.is_true(waited > 1 and waited <= 2 * 1 + 5 + 0.1, waited)
  end)

  it("leaves no lock behind when its coroutine is given up in mid-renewal", function()
    local keep = new { transport = yielding() }
    assert.equal("sending", coroutine.wrap(getting(keep))())
    local started = clock.now
    keep:abandon()
    assert.is_string(new():get())
    assert.equal(started, clock.now)
  end)

  it("gives up the lock of no other, nor one that it has no more", function()
    local done = new()
    done:get()
    clock.pass(60 * 60)
    local thread = coroutine.wrap(getting(new({ transport = yielding() })))
    assert.equal("sending", thread())
    local started = clock.now
    done:abandon()
    assert.is_string(new():get())
    assert.is_true(clock.now > started)
  end)

  -- A store that lets `before` run between a keeper's look at it and its lock.
  local function interrupted(before)
    local other = setmetatable({}, { __index = store })
    function other.lock(_, ...)
      if before then
        local work = before
        before = nil
        work()
      end
      return store:lock(...)
    end
    return other
  end

  it("does not fetch what another has fetched just before the lock", function()
    local others
    local function fetch_first() others = new():get() end
    local first = new({ ticket_store = interrupted(fetch_first) }):get()
    assert.equal(others, first)
    clock.pass(20 * 60)
    local second = new({ ticket_store = interrupted(fetch_first) }):get()
    assert.equal(others, second)
    assert.not_equal(first, second)
    assert.equal(2, counters().access_token_requests)
  end)

  it("does not ask again where another has failed just before the lock", function()
    local first = new { secret = "wrong" }
    local keep = new { secret = "wrong", ticket_store = interrupted(function() first:get() end) }
    assert.is_nil(keep:get())
    assert.equal(1, counters().access_token_requests)
  end)

  it("says so when another never finishes", function()
    store.lock = function() return false end
    local ticket, failure = new({ timeout = 1 }):get()
    assert.is_nil(ticket)
    assert.same({ status = "TRANSPORT", code = "LOCK_TIMEOUT" }, failure)
  end)
end)
