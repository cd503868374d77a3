-- client:verify_callback, which tells the service's own H5 return urls from forged ones.

local cjson = require "cjson"
local facequery = require "facequery"
local support = require "help.support"
local tickets = require "help.tickets"

local control, counters = support.control, support.counters
local counted, query, ticket_in = tickets.counted, tickets.query, tickets.ticket_in

describe("a client checks an H5 return url", function()
  local clock, store, events
  before_each(function() clock, store, events = tickets.begin() end)
  after_each(function() clock.restore() end)

  local function new(changes) return tickets.client(clock, store, events, changes) end

  local ORDER = "testReturn0001"

  local function sign(ticket, code, order)
    return support.sign { support.env "APP_ID", order or ORDER, ticket, code or "0" }
  end

  local function refused(client, callback)
    local ok, err = client:verify_callback(callback)
    assert.is_nil(ok)
    assert.same({ "auth", "INVALID_CALLBACK_SIGN" }, { err.kind, err.code })
    return err
  end

  it("with its ticket, under either name and in either case", function()
    local client, signed = new(), sign(ticket_in(store, clock))
    assert.is_true(client:verify_callback { code = "0", orderNo = ORDER, newSign = signed })
    assert.is_true(client:verify_callback { code = "0", orderNo = ORDER, newSign = signed:lower() })
    assert.is_true(client:verify_callback { code = "0", orderNo = ORDER, newSignature = signed })
    assert.is_true(client:verify_callback {
      code = "0", orderNo = ORDER, newSign = signed, liveRate = "99", h5faceId = "any",
    })
    assert.equal(0, counters().queries)
  end)

  it("also one of a code that is not 0", function()
    local client, ticket = new(), ticket_in(store, clock)
    assert.is_true(client:verify_callback {
      code = "66660004", orderNo = ORDER, newSign = sign(ticket, "66660004"),
    })
    refused(client, { code = "0", orderNo = ORDER, newSign = sign(ticket, "66660004") })
  end)

  it("and refuses another order, another sign, or none, without asking the service", function()
    local client, ticket = new(), ticket_in(store, clock)
    local signed = sign(ticket)
    for _, callback in ipairs {
      { code = "0", orderNo = "testReturn0002", newSign = signed },
      { code = "0", orderNo = ORDER, newSign = sign "forged" },
      { code = "0", orderNo = ORDER, newSign = signed:sub(1, 39) },
      { code = "0", orderNo = ORDER, newSign = signed .. "0" },
      { code = "0", orderNo = ORDER, newSign = "" },
      { code = "0", orderNo = ORDER }, { code = "0", newSign = signed }, { orderNo = ORDER, newSign = signed },
      { code = 0, orderNo = ORDER, newSign = signed }, { code = "0", orderNo = { ORDER }, newSign = signed },
      { code = "0", orderNo = ORDER, newSign = { signed } }, { code = true, orderNo = ORDER, newSign = signed },
      {},
    } do
      local err = refused(client, callback)
      assert.is_nil(cjson.encode(err):find(signed, 1, true))
    end
    assert.same({ 0, 0, 1 }, counted())
  end)

  it("and raises for what is no url's parameters", function()
    assert.has_error(function() new():verify_callback "code=0" end,
      "bad argument #1 to 'verify_callback' (table expected, got string)")
  end)

  it("with the ticket before, for a minute after its renewal", function()
    local client, ticket = new(), ticket_in(store, clock)
    local callback = { code = "0", orderNo = ORDER, newSign = sign(ticket) }
    assert.is_true(client:verify_callback(callback))
    clock.pass(1200)
    assert.is_true(client:verify_callback(callback))
    assert.not_equal(ticket, ticket_in(store, clock))
    clock.pass(60)
    assert.is_true(client:verify_callback(callback))
    clock.pass(60)
    refused(client, callback)
    assert.equal(2, counters().access_tokens)
  end)

  it("with a ticket that another client has renewed", function()
    local client, other = new(), new { retries = 0 }
    assert(client:ticket_status())
    control("revoke", "POST")
    assert(query(other))
    assert.is_true(client:verify_callback { code = "0", orderNo = ORDER, newSign = sign(ticket_in(store, clock)) })
    assert.equal(2, counters().access_tokens)
  end)

  it("and calls no url forged where it has no ticket to tell by", function()
    local ok, err = new({ secret = "wrong" }):verify_callback {
      code = "0", orderNo = ORDER, newSign = sign "any",
    }
    assert.is_nil(ok)
    assert.same({ "auth", "400101" }, { err.kind, err.code })
  end)

  it("with a ticket of the user's own", function()
    local client = assert(facequery.new { ticket = function() return "mine" end })
    assert.is_true(client:verify_callback { code = "0", orderNo = ORDER, newSign = sign "mine" })
    refused(client, { code = "0", orderNo = ORDER, newSign = sign "other" })
    assert.same({}, client:ticket_status())
  end)
end)
