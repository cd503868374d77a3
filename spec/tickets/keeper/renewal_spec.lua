-- When a keeper fetches a ticket: in time, and after a refusal.

local cjson = require "cjson"
local curl = require "facequery.transport.curl"
local support = require "help.support"
local tickets = require "help.tickets"

local control, counters = support.control, support.counters
local told = tickets.told

describe("a keeper of tickets", function()
  local clock, store, events
  before_each(function() clock, store, events = tickets.begin() end)
  after_each(function() clock.restore() end)

  local function new(changes) return tickets.keeper(clock, store, events, changes) end

  describe("with a service that is well", function()
    it("fetches one ticket and keeps it", function()
      local keep = new()
      local ticket = assert(keep:get())
      assert.matches("^%w+$", ticket)
      assert.equal(64, #ticket)
      for _ = 1, 5 do
        assert.equal(ticket, keep:get())
      end
      assert.same({ 1, 1 }, { counters().access_tokens, counters().api_tickets })
      assert.same({ "fetched" }, told(events))
    end)

    it("renews token and ticket after 20 minutes, and not before", function()
      local keep = new()
      local first = keep:get()
      clock.pass(20 * 60 - 1)
      assert.equal(first, keep:get())
      assert.equal(1, counters().access_tokens)
      clock.pass(1)
      local second = assert(keep:get())
      assert.not_equal(first, second)
      assert.equal(second, keep:get())
      assert.same({ 2, 2 }, { counters().access_tokens, counters().api_tickets })
    end)

    it("shares the ticket of its store, and the store's newer one when its own is due", function()
      local one, other = new(), new()
      local first = one:get()
      assert.equal(first, other:get())
      clock.pass(20 * 60)
      local second = one:get()
      assert.equal(second, other:get())
      assert.equal(2, counters().access_tokens)
    end)

    it("says how old the ticket is, and never what it is", function()
      local keep = new()
      assert.same({ age = 0, expires_in = 3600, renews_in = 1200 }, keep:status())
      clock.pass(100)
      assert.same({ age = 100, expires_in = 3500, renews_in = 1100 }, keep:status())
    end)

    it("offers the ticket before for one more minute to whoever checks a signature", function()
      local keep = new()
      local first = keep:get()
      assert.same({ first }, keep:candidates())
      clock.pass(20 * 60)
      local second = keep:get()
      assert.same({ second, first }, keep:candidates())
      clock.pass(59)
      assert.same({ second, first }, keep:candidates())
      clock.pass(60)
      assert.same({ second }, keep:candidates())
    end)

    it("looks at the store again for a fresh list", function()
      local one, other = new(), new()
      local first = one:get()
      other:get()
      local second = one:renew(first)
      assert.same({ first }, other:candidates(false))
      assert.same({ second, first }, other:candidates(true))
      assert.equal(2, counters().access_tokens)
    end)

    it("does not use a ticket from a future that a clock set back has made", function()
      local keep = new()
      local first = keep:get()
      clock.now = clock.now - 3600
      assert.not_equal(first, assert(keep:get()))
    end)
  end)

  describe("whose ticket is refused", function()
    it("renews it for the first, and gives the new one to the others", function()
      local keep, other = new(), new()
      local first = keep:get()
      other:get()
      control("revoke", "POST")
      local second = assert(keep:renew(first))
      assert.not_equal(first, second)
      assert.equal(second, keep:renew(first))
      assert.equal(second, other:renew(first))
      assert.equal(2, counters().access_tokens)
    end)

    it("does not renew one that came by refusal, before it was accepted", function()
      local keep = new()
      local second = keep:renew(keep:get())
      assert.same({}, { keep:renew(second) })
      assert.equal(2, counters().access_tokens)
      keep:accepted(second)
      assert.is_string(keep:renew(second))
      assert.equal(3, counters().access_tokens)
    end)

    it("renews that one, too, when a minute has passed", function()
      local keep = new()
      local first = keep:get()
      control("revoke", "POST")
      local second = assert(keep:renew(first))
      assert.is_nil(keep:renew(second))
      clock.pass(60)
      control("revoke", "POST")
      local third = assert(keep:renew(second))
      assert.not_equal(second, third)
      assert.equal(3, counters().access_tokens)
    end)

    it("tells other clients of the store, so that one made for each request asks no more, either", function()
      local first = new():get()
      control("revoke", "POST")
      local second = assert(new():renew(first))
      for _ = 1, 5 do
        local other = new()
        assert.equal(second, other:get())
        assert.is_nil(other:renew(second))
      end
      assert.equal(2, counters().access_tokens)
    end)

    it("does not offer it again when the renewal fails", function()
      local keep, other = new(), new()
      local first = keep:get()
      assert.equal(first, other:get())
      control("fail?access_token=2", "POST")
      local renewed, failure = keep:renew(first)
      assert.is_nil(renewed)
      assert.same({ "HTTP", 500 }, { failure.status, failure.http_status })
      local second = assert(other:renew(first))
      assert.not_equal(first, second)
      assert.equal(second, keep:get())
    end)

    it("waits out a short back-off, and no caller sees the failure", function()
      local keep = new()
      local first = keep:get()
      control("fail?access_token=1", "POST")
      local second = assert(keep:renew(first))
      assert.not_equal(first, second)
      assert.equal(3, counters().access_token_requests)
    end)
  end)

  it("puts neither secret, token nor ticket into an event", function()
    local secret, tokens = support.env "SANDBOX_SECRET", {}
    local send = curl.new()
    local keep = new { transport = function(request)
      local response, failure = send(request)
      for value in (response and response.envelope or ""):gmatch '"(%w+)"' do
        tokens[#tokens + 1] = #value == 64 and value or nil
      end
      return response, failure
    end }
    keep:renew(keep:get())
    clock.pass(20 * 60)
    control("fail?api_ticket=1", "POST")
    keep:get()
    assert.equal(5, #tokens)
    local text = cjson.encode(events)
    assert.matches("access_token", text)
    tokens[#tokens + 1] = secret
    for _, value in ipairs(tokens) do
      assert.is_nil(text:find(value, 1, true))
    end
    assert.is_nil(text:find("?", 1, true))
  end)
end)
