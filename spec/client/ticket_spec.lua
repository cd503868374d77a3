-- A client whose ticket is the caller's own: a string, or a function that returns the current one.

local clients = require "help.clients"
local support = require "help.support"

local new, asked_for, steps, fails, holds =
  clients.new, clients.asked_for, clients.steps, clients.fails, clients.holds
local order = support.order

describe("a client with a ticket of the caller's own", function()
  local function refused_signs() return tonumber(support.control("counters"):match('"refused_signs":(%d+)')) end

  it("asks a function for the ticket of every query", function()
    local calls = 0
    local client = new { ticket = function()
      calls = calls + 1
      return support.env("TICKET")
    end }
    assert(client:query { order_no = order "verified" })
    assert(client:query { order_no = order "verified" })
    assert.equal(2, calls)
  end)

  it("signs again, once, with another ticket after a refusal", function()
    for _, code in ipairs { "400101", "400102", "400105", "15" } do
      local tickets = { "first", "second" }
      local client, seen = new { ticket = function() return table.remove(tickets, 1) or "third" end }
      local name = order("code" .. code .. "x")
      -- Neither ticket is the sandbox's, so that it refuses the signatures of both.
      local before = refused_signs()
      fails("auth", "400105", client:query { order_no = name })
      assert.equal(before + 2, refused_signs())
      assert.equal("request response request response", steps(seen))

      -- The signature is right, and the sandbox answers the code that the order's number names.
      local current = support.env("TICKET")
      local times = 0
      client, seen = new {
        ticket = function()
          times = times + 1
          return times == 1 and current or times < 5 and current .. times or nil
        end,
      }
      local _, err = client:query { order_no = name }
      assert.equal("auth", err.kind)
      assert.equal(2, #seen.requests)
      assert.same({}, seen.sleeps)
    end
  end)

  it("succeeds with the other ticket", function()
    local tickets = { "stale", support.env("TICKET") }
    local client, seen = new { ticket = function() return table.remove(tickets, 1) end }
    local name = order "verified"
    holds(assert(client:query { order_no = name, get_file = "photo" }).photo, "jpeg")
    assert.equal(2, #seen.requests)
    assert.equal("400105", seen.events[2].code)
    assert.equal("2 2", asked_for(seen))
  end)

  it("does not ask again with the same ticket", function()
    for _, ticket in ipairs { "stale", function() return "stale" end } do
      local client, seen = new { ticket = ticket }
      local err = fails("auth", "400105", client:query { order_no = order "verified" })
      assert.is_false(err.retryable)
      assert.equal(1, #seen.requests)
    end
  end)

  it("does not renew for a code that a new ticket does not help", function()
    local calls = 0
    local client = new { ticket = function()
      calls = calls + 1
      return support.env("TICKET")
    end }
    for _, code in ipairs { "400103", "400104", "66660004" } do
      calls = 0
      assert.is_nil(client:query { order_no = order("code" .. code .. "x") })
      assert.equal(1, calls)
    end
  end)

  it("says so when the function gives none, sends nothing, and goes on", function()
    local give
    local client, seen = new { ticket = function() return give() end }
    for _, bad in ipairs {
      function() end, function() return 5 end, function() return "" end, function() return {} end,
      function() return "a\0b" end, function() return "a\nb" end, function() return nil, "tICKET" end,
      function() error "tICKET" end, function() error { "tICKET" } end,
    } do
      give = bad
      local err = fails("auth", "TICKET_FAILED", client:query { order_no = "a1" })
      for _, value in pairs(err) do
        assert.is_nil(tostring(value):find("tICKET", 1, true))
      end
    end
    assert.equal(0, #seen.requests)
    give = function() return support.env("TICKET") end
    assert(client:query { order_no = order "verified" })
  end)
end)
