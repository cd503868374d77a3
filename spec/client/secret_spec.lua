-- A client with a secret: the tickets that it fetches, renews and gives up.

local core = require "facequery.core"
local facequery = require "facequery"
local support = require "help.support"
local tickets = require "help.tickets"

local control, counters = support.control, support.counters
local counted, query = tickets.counted, tickets.query

describe("a client with a secret", function()
  local clock, store, events
  before_each(function() clock, store, events = tickets.begin() end)
  after_each(function() clock.restore() end)

  local function new(changes) return tickets.client(clock, store, events, changes) end

  it("needs nothing else to query and to poll", function()
    local client = new()
    assert.equal("0", query(client).code)
    local record = assert(client:poll { order_no = support.order "verified" })
    assert.equal(support.medium "photo.jpg", record.photo.data)
    assert.same({ 2, 0, 1 }, counted())
    client:close()
    assert.equal("0", query(client).code)
    assert.same({ 3, 0, 1 }, counted())
  end)

  it("has no use for a ticket that is given beside it", function()
    assert.equal("0", query(new { ticket = "another" }).code)
    assert.same({ 1, 0, 1 }, counted())
  end)

  it("tells of the exchanges that a ticket takes", function()
    query(new())
    local seen = {}
    for i, event in ipairs(events) do
      seen[i] = ("%s %s"):format(event.type, event.url and event.url:match "[^/]*$" or event.action or event.code)
    end
    assert.same({
      "request access_token", "response access_token", "request api_ticket", "response api_ticket", "ticket fetched",
      "request queryfacerecord", "response queryfacerecord",
    }, seen)
  end)

  it("never fails while tickets of a short life come and go", function()
    local output = support.must(("FACEQUERY_SANDBOX_TICKET_SECONDS=3 sh %s -- %s"):format(
      support.quote(support.env "SANDBOX_DIR" .. "/sandbox/start"), support.lua_command [[
        local core, facequery, support = require "facequery.core", require "facequery", require "help.support"
        local client = facequery.new {
          secret = support.env "SANDBOX_SECRET", ticket_store = require("facequery.tickets").memory(), retries = 0,
        }
        local started, counters = core.now(), nil
        repeat
          assert(client:query { order_no = support.order "verified" })
          core.sleep(0.02)
          counters = support.counters()
        until counters.access_tokens == 3
        print(("%d %f"):format(counters.refused_signs, core.now() - started))]]))
    local refused, seconds = output:match "^(%d+) (.*)$"
    assert.equal("0", refused, output)
    -- A ticket is renewed after two thirds of its life, which is two seconds here.
    assert.is_true(tonumber(seconds) >= 3.99, output)
  end)

  describe("whose ticket is revoked", function()
    it("pays with one extra request, and no caller sees an error", function()
      local clients = {}
      for i = 1, 4 do
        clients[i] = new { retries = 0 }
        assert(query(clients[i]))
      end
      assert.same({ 4, 0, 1 }, counted())
      control("revoke", "POST")
      for _ = 1, 3 do
        for _, client in ipairs(clients) do
          assert(query(client))
        end
      end
      assert.same({ 4 + 12 + 4, 4, 2 }, counted())
    end)

    it("polls on", function()
      local client = new { retries = 0, on_event = function(event)
        if event.type == "pending" and event.attempt == 1 then
          control("revoke", "POST")
        end
      end }
      local record = assert(client:poll { order_no = support.order "late", interval = 0 })
      assert.is_string(record.photo.data)
      assert.same({ 4, 1, 2 }, counted())
    end)

    it("does so again when it is revoked again", function()
      local client = new { retries = 0 }
      for _ = 1, 3 do
        assert(query(client))
        control("revoke", "POST")
      end
      assert(query(client))
      assert.same({ 4 + 3, 3, 4 }, counted())
    end)

    it("waits out a failure of the service in between", function()
      local client = new()
      assert(query(client))
      control("revoke", "POST")
      control("fail?access_token=1&api_ticket=1", "POST")
      assert(query(client))
      -- Three access tokens: of the second, the request for a ticket failed.
      assert.same({ 3, 1, 3 }, counted())
    end)
  end)

  for _, code in ipairs { "15", "400101", "400102", "400105" } do
    it("renews once for " .. code .. ", and returns the second refusal", function()
      local client = new { retries = 3 }
      assert(query(client))
      local record, err = query(client, "code" .. code .. "x")
      assert.is_nil(record)
      assert.same({ "auth", code, false }, { err.kind, err.code, err.retryable })
      -- The client has renewed its ticket itself, so that the advice names what remains.
      assert.matches("Another program fetches tickets", err.causes[1], 1, true)
      assert.is_nil(err.advice:find("sign again", 1, true))
      assert.same({ 3, 0, 2 }, counted())
      -- A new ticket was refused, too, so that the next refusal of this order renews none.
      record, err = query(client, "code" .. code .. "x")
      assert.is_nil(record)
      assert.equal(code, err.code)
      assert.same({ 4, 0, 2 }, counted())
      assert(query(client))
      assert.same({ 5, 0, 2 }, counted())
    end)
  end

  for _, code in ipairs { "400103", "400104", "66660011", "66660004" } do
    it("renews nothing for " .. code, function()
      local record, err = query(new(), "code" .. code .. "x")
      assert.is_nil(record)
      assert.equal(code, err.code)
      assert.same({ 1, 0, 1 }, counted())
    end)
  end

  it("fails with kind auth when the secret is wrong, and asks for no order", function()
    local client = new { secret = "wrong" }
    for _ = 1, 3 do
      local record, err = query(client)
      assert.is_nil(record)
      assert.same({ "auth", "400101" }, { err.kind, err.code })
      assert.equal("不合法请求", err.msg)
      assert.matches("^%d+$", err.bizSeqNo)
      assert.matches("The secret is not this App ID's", err.causes[1], 1, true)
      assert.matches("secret", err.advice, 1, true)
      assert.is_nil(err.advice:find("ticket", 1, true))
    end
    assert.same({ 0, 0, 0 }, counted())
    assert.equal(1, counters().access_token_requests)
  end)

  it("asks for a ticket again, with back-off, when the service is unwell", function()
    control("fail?access_token=1&api_ticket=1", "POST")
    assert(query(new()))
    assert.same({ 3, 2 }, { counters().access_token_requests, counters().api_ticket_requests })
    local retries = 0
    for _, event in ipairs(events) do
      if event.type == "retry" then
        assert.same({ "500", "http" }, { event.code, event.kind })
        retries = retries + 1
      end
    end
    assert.is_true(retries >= 1)
  end)

  it("returns the service's failure when there is no ticket", function()
    control("fail?access_token=1000", "POST")
    local record, err = query(new { retries = 1 })
    assert.is_nil(record)
    assert.same({ "http", "500" }, { err.kind, err.code })
    assert.equal(0, counters().queries)
  end)

  describe("says of its ticket", function()
    it("how old it is, how long it lives and when it is renewed", function()
      local client = new()
      assert.same({ age = 0, expires_in = 3600, renews_in = 1200 }, client:ticket_status())
      clock.pass(1000)
      assert.same({ age = 1000, expires_in = 2600, renews_in = 200 }, client:ticket_status())
      clock.pass(200)
      assert.same({ age = 0, expires_in = 3600, renews_in = 1200 }, client:ticket_status())
      assert.equal(2, counters().access_tokens)
    end)

    it("why there is none", function()
      local status, err = new({ secret = "wrong" }):ticket_status()
      assert.is_nil(status)
      assert.same({ "auth", "400101" }, { err.kind, err.code })
    end)
  end)

  describe("and a store of the user's own", function()
    it("asks it by the three functions of docs/api.md", function()
      local values, calls = {}, {}
      store = {}
      function store:get(key)
        assert.equal(store, self)
        calls[#calls + 1] = { "get", key }
        return values[key]
      end
      function store:set(key, value, seconds)
        assert.equal(store, self)
        assert.is_string(value)
        calls[#calls + 1] = { "set", key, seconds }
        values[key] = value
        return true
      end
      function store:lock(key, seconds)
        assert.equal(store, self)
        calls[#calls + 1] = { "lock", key, seconds }
        return function() calls[#calls + 1] = { "release" } end
      end
      assert(query(new { timeout = 7 }))
      local key = calls[1][2]
      assert.same({
        { "get", key }, { "lock", key, 2 * 7 + 5 }, { "get", key }, { "set", key, 3600 }, { "release" },
      }, calls)
      assert(query(new()))
      assert.equal(1, counters().access_tokens)
    end)

    it("returns its failure, where it has no ticket", function()
      local broken = { status = "STORE_UNWRITABLE", detail = "the disk is full" }
      for name, functions in pairs {
        get = { get = function() return nil, broken end },
        lock = { get = function() end, lock = function() return nil, broken end },
      } do
        store = { get = functions.get, lock = functions.lock or error, set = error }
        local record, err = query(new())
        assert.is_nil(record, name)
        assert.same({ "storage", "STORE_UNWRITABLE", "the disk is full" }, { err.kind, err.code, err.detail })
      end
    end)

    it("refuses one that lacks a function, and raises for what is none", function()
      for _, name in ipairs { "get", "set", "lock" } do
        local lacking = { get = print, set = print, lock = print }
        lacking[name] = nil
        local client, err = facequery.new { secret = "s", ticket_store = lacking }
        assert.is_nil(client)
        assert.same({ "invalid_request", "INVALID_SETTING", "ticket_store" }, { err.kind, err.code, err.field })
      end
      assert.has_error(function() facequery.new { secret = "s", ticket_store = "file" } end,
        "bad argument #1 to 'new' (field 'ticket_store': table expected, got string)")
    end)
  end)

  it("has the real clock again", function()
    clock.restore()
    assert.is_true(math.abs(core.now() - support.now()) < 5)
    clock = support.stop_clock()
  end)
end)
