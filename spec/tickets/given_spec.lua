-- A ticket of the user's own: a string, or a function that returns the current one.

local facequery = require "facequery"
local given = require "facequery.tickets.given"
local support = require "help.support"

describe("a user's own ticket", function()
  it("is the string that was given", function()
    local keep = given.new "mine"
    assert.equal("mine", keep:get())
    assert.same({ "mine" }, keep:candidates())
    assert.same({}, keep:status())
  end)

  it("is what the function returns, asked each time", function()
    local count = 0
    local keep = given.new(function() count = count + 1 return "ticket-" .. count end)
    assert.equal("ticket-1", keep:get())
    assert.equal("ticket-2", keep:get())
    assert.same({ "ticket-3" }, keep:candidates())
    assert.same({}, keep:status())
  end)

  it("is not there when the function returns anything but a ticket", function()
    local function fails() error "the ticket is hush" end
    for _, ticket in ipairs {
      function() end, function() return nil, "the ticket is hush" end, function() return "" end,
      function() return 7 end, function() return true end, function() return {} end,
      function() return "a\nb" end, function() return "a\0" end, fails,
    } do
      local keep = given.new(ticket)
      assert.same({ nil, { status = "TICKET_FAILED" }, n = 2 }, { n = 2, keep:get() })
      assert.same({ nil, { status = "TICKET_FAILED" }, n = 2 }, { n = 2, keep:status() })
      assert.same({}, keep:candidates())
      assert.is_nil(keep:renew "refused")
    end
  end)

  it("fetches no NONCE ticket", function()
    assert.same({ nil, { status = "SECRET_MISSING" }, n = 2 }, { n = 2, given.new("mine"):nonce "user1" })
  end)

  it("is renewed only where the function knows another one", function()
    assert.is_nil(given.new("mine"):renew "mine")
    local current = "old"
    local keep = given.new(function() return current end)
    assert.is_nil(keep:renew "old")
    current = "new"
    assert.equal("new", keep:renew "old")
  end)

  describe("with a client", function()
    local client

    after_each(function() client:close() end)

    it("is asked for again when the service refuses it", function()
      local calls = 0
      client = assert(facequery.new { ticket = function()
        calls = calls + 1
        return calls == 1 and "stale" or support.env "TICKET"
      end })
      local order = support.order "verified"
      assert.equal("0", assert(client:query { order_no = order }).code)
      assert.equal(2, calls)
    end)

    it("fails as the service says when there is no other", function()
      client = assert(facequery.new { ticket = "stale", retries = 2 })
      support.control("reset", "POST")
      local record, err = client:query { order_no = support.order "verified" }
      assert.is_nil(record)
      assert.same({ "auth", "400105" }, { err.kind, err.code })
      assert.equal(1, support.counters().queries)
      assert.equal(0, support.counters().access_token_requests)
    end)

    it("fails without a word of what the function said", function()
      client = assert(facequery.new { ticket = function() error "hush" end })
      local record, err = client:query { order_no = support.order "verified" }
      assert.is_nil(record)
      assert.same({ "auth", "TICKET_FAILED" }, { err.kind, err.code })
      for _, value in pairs(err) do
        assert.is_nil(tostring(value):find("hush", 1, true))
      end
      assert.is_nil(tostring(err):find("hush", 1, true))
    end)
  end)
end)
