-- The keeper over the memory store, against the sandbox, with a clock that the spec moves.

local cjson = require "cjson"
local config = require "facequery.config"
local curl = require "facequery.transport.curl"
local keeper = require "facequery.tickets.keeper"
local memory = require "facequery.tickets.memory"
local support = require "help.support"

local unpack = table.unpack or unpack -- luacheck: std max

local counters, control = support.counters, support.control

describe("a keeper of tickets", function()
  local clock, store, events

  before_each(function()
    control("reset", "POST")
    clock = support.stop_clock()
    clock.now = math.floor(clock.now)
    store = memory.new()
    events = {}
  end)

  after_each(function() clock.restore() end)

  local function new(changes)
    local given = { secret = support.env "SANDBOX_SECRET", ticket_store = store, timeout = 5 }
    for name, value in pairs(changes or {}) do
      given[name] = value
    end
    local settings = assert(config.complete(given))
    return keeper.new(settings, settings.transport or curl.new(), settings.sleep or clock.sleep,
      function(event) events[#events + 1] = event end)
  end

  -- The "ticket" events, as words.
  local function told()
    local words = {}
    for _, event in ipairs(events) do
      if event.type == "ticket" then
        words[#words + 1] = event.action .. (event.code and " " .. event.code or "")
      end
    end
    return words
  end

  -- A transport that lets other coroutines run before and after each exchange.
  local function yielding()
    local send = curl.new()
    return function(request)
      coroutine.yield "sending"
      local response, failure = send(request)
      coroutine.yield "received"
      return response, failure
    end
  end

  -- Runs functions as coroutines, in turn, until all have ended; what each returned.
  local function together(functions)
    local threads, results, left = {}, {}, #functions
    for i, work in ipairs(functions) do
      threads[i] = coroutine.create(work)
    end
    for _ = 1, 10000 do
      for i, thread in ipairs(threads) do
        if coroutine.status(thread) ~= "dead" then
          local back = { coroutine.resume(thread) }
          assert(back[1], back[2])
          if coroutine.status(thread) == "dead" then
            results[i], left = { unpack(back, 2) }, left - 1
          end
        end
      end
      if left == 0 then
        return results
      end
    end
    error "they wait for ever"
  end

  describe("with a service that is well", function()
    it("fetches one ticket and keeps it", function()
      local keep = new()
      local ticket = assert(keep.get())
      assert.matches("^%w+$", ticket)
      assert.equal(64, #ticket)
      for _ = 1, 5 do
        assert.equal(ticket, keep.get())
      end
      assert.same({ 1, 1 }, { counters().access_tokens, counters().api_tickets })
      assert.same({ "fetched" }, told())
    end)

    it("renews token and ticket after 20 minutes, and not before", function()
      local keep = new()
      local first = keep.get()
      clock.pass(20 * 60 - 1)
      assert.equal(first, keep.get())
      assert.equal(1, counters().access_tokens)
      clock.pass(1)
      local second = assert(keep.get())
      assert.not_equal(first, second)
      assert.equal(second, keep.get())
      assert.same({ 2, 2 }, { counters().access_tokens, counters().api_tickets })
    end)

    it("shares the ticket of its store, and the store's newer one when its own is due", function()
      local one, other = new(), new()
      local first = one.get()
      assert.equal(first, other.get())
      clock.pass(20 * 60)
      local second = one.get()
      assert.equal(second, other.get())
      assert.equal(2, counters().access_tokens)
    end)

    it("says how old the ticket is, and never what it is", function()
      local keep = new()
      assert.same({ age = 0, expires_in = 3600, renews_in = 1200 }, keep.status())
      clock.pass(100)
      assert.same({ age = 100, expires_in = 3500, renews_in = 1100 }, keep.status())
    end)

    it("offers the ticket before for one more minute to whoever checks a signature", function()
      local keep = new()
      local first = keep.get()
      assert.same({ first }, keep.candidates())
      clock.pass(20 * 60)
      local second = keep.get()
      assert.same({ second, first }, keep.candidates())
      clock.pass(59)
      assert.same({ second, first }, keep.candidates())
      clock.pass(60)
      assert.same({ second }, keep.candidates())
    end)

    it("looks at the store again for a fresh list", function()
      local one, other = new(), new()
      local first = one.get()
      other.get()
      local second = one.renew(first)
      assert.same({ first }, other.candidates(false))
      assert.same({ second, first }, other.candidates(true))
      assert.equal(2, counters().access_tokens)
    end)

    it("does not use a ticket from a future that a clock set back has made", function()
      local keep = new()
      local first = keep.get()
      clock.now = clock.now - 3600
      assert.not_equal(first, assert(keep.get()))
    end)
  end)

  describe("between coroutines", function()
    it("fetches once, and lets the others wait", function()
      local functions = {}
      local transport = yielding()
      local keep = new { transport = transport, sleep = coroutine.yield }
      for i = 1, 25 do
        functions[i] = keep.get
      end
      for i = 26, 50 do -- clients of their own
        functions[i] = new({ transport = transport, sleep = coroutine.yield }).get
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
      local first = other.get()
      clock.pass(20 * 60)
      local renewing = coroutine.wrap(keep.get)
      for _, where in ipairs { "sending", "received", "sending", "received" } do
        assert.equal(where, renewing())
        assert.equal(first, keep.get())
        assert.equal(first, other.get())
      end
      local second = renewing()
      assert.is_string(second)
      assert.not_equal(first, second)
      assert.equal(second, keep.get())
      assert.equal(second, other.get())
      assert.equal(2, counters().access_token_requests)
    end)

    it("renews a ticket that many were refused with only once", function()
      local keep = new { transport = yielding(), sleep = coroutine.yield }
      local first = together { keep.get }[1][1]
      control("revoke", "POST")
      local functions = {}
      for i = 1, 20 do
        functions[i] = function() return keep.renew(first) end
      end
      local results = together(functions)
      for i = 1, 20 do
        assert.equal(results[1][1], results[i][1])
      end
      assert.not_equal(first, results[1][1])
      assert.equal(2, counters().access_token_requests)
    end)

    it("waits no longer than the lock lives for one that was ended while it renewed", function()
      local thread = coroutine.wrap(new({ transport = yielding(), timeout = 1 }).get)
      assert.equal("sending", thread())
      local started = clock.now
      assert.is_string(new({ timeout = 1 }).get())
      local waited = clock.now - started
      assert.is_true(waited > 1 and waited <= 2 * 1 + 5 + 0.1, waited)
    end)

    it("leaves no lock behind when its coroutine is given up in mid-renewal", function()
      local keep = new { transport = yielding() }
      assert.equal("sending", coroutine.wrap(keep.get)())
      local started = clock.now
      keep.abandon()
      assert.is_string(new().get())
      assert.equal(started, clock.now)
    end)

    it("gives up the lock of no other, nor one that it has no more", function()
      local done = new()
      done.get()
      clock.pass(60 * 60)
      local thread = coroutine.wrap(new({ transport = yielding() }).get)
      assert.equal("sending", thread())
      local started = clock.now
      done.abandon()
      assert.is_string(new().get())
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
      local function fetch_first() others = new().get() end
      local first = new({ ticket_store = interrupted(fetch_first) }).get()
      assert.equal(others, first)
      clock.pass(20 * 60)
      local second = new({ ticket_store = interrupted(fetch_first) }).get()
      assert.equal(others, second)
      assert.not_equal(first, second)
      assert.equal(2, counters().access_token_requests)
    end)

    it("does not ask again where another has failed just before the lock", function()
      local first = new { secret = "wrong" }
      local keep = new { secret = "wrong", ticket_store = interrupted(function() first.get() end) }
      assert.is_nil(keep.get())
      assert.equal(1, counters().access_token_requests)
    end)

    it("says so when another never finishes", function()
      store.lock = function() return false end
      local ticket, failure = new({ timeout = 1 }).get()
      assert.is_nil(ticket)
      assert.same({ status = "TRANSPORT", curl = "LOCK_TIMEOUT" }, failure)
    end)
  end)

  describe("whose ticket is refused", function()
    it("renews it for the first, and gives the new one to the others", function()
      local keep, other = new(), new()
      local first = keep.get()
      other.get()
      control("revoke", "POST")
      local second = assert(keep.renew(first))
      assert.not_equal(first, second)
      assert.equal(second, keep.renew(first))
      assert.equal(second, other.renew(first))
      assert.equal(2, counters().access_tokens)
    end)

    it("does not renew one that came by refusal, before it was accepted", function()
      local keep = new()
      local second = keep.renew(keep.get())
      assert.same({}, { keep.renew(second) })
      assert.equal(2, counters().access_tokens)
      keep.accepted(second)
      assert.is_string(keep.renew(second))
      assert.equal(3, counters().access_tokens)
    end)

    it("renews that one, too, when a minute has passed", function()
      local keep = new()
      local first = keep.get()
      control("revoke", "POST")
      local second = assert(keep.renew(first))
      assert.is_nil(keep.renew(second))
      clock.pass(60)
      control("revoke", "POST")
      local third = assert(keep.renew(second))
      assert.not_equal(second, third)
      assert.equal(3, counters().access_tokens)
    end)

    it("tells other clients of the store, so that one made for each request asks no more, either", function()
      local first = new().get()
      control("revoke", "POST")
      local second = assert(new().renew(first))
      for _ = 1, 5 do
        local other = new()
        assert.equal(second, other.get())
        assert.is_nil(other.renew(second))
      end
      assert.equal(2, counters().access_tokens)
    end)

    it("does not offer it again when the renewal fails", function()
      local keep, other = new(), new()
      local first = keep.get()
      assert.equal(first, other.get())
      control("fail?access_token=2", "POST")
      local renewed, failure = keep.renew(first)
      assert.is_nil(renewed)
      assert.same({ "HTTP", 500 }, { failure.status, failure.http_status })
      local second = assert(other.renew(first))
      assert.not_equal(first, second)
      assert.equal(second, keep.get())
    end)

    it("waits out a short back-off, and no caller sees the failure", function()
      local keep = new()
      local first = keep.get()
      control("fail?access_token=1", "POST")
      local second = assert(keep.renew(first))
      assert.not_equal(first, second)
      assert.equal(3, counters().access_token_requests)
    end)
  end)

  describe("whose renewals fail", function()
    it("keeps the old ticket while it lives, and asks with back-off", function()
      local keep = new()
      local first = keep.get()
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
          assert.equal(first, keep.get())
        end
      end
      local asked = counters().access_token_requests
      assert.is_true(asked >= expected - 2 and asked <= expected + 1, asked .. " and not " .. expected)
      assert.equal(asked - 1, #told() - 1)
      assert.equal("failed 500", told()[2])
    end)

    it("are not repeated by every caller, nor by every client of the store", function()
      local keep, other = new(), new()
      local first = keep.get()
      clock.pass(20 * 60)
      control("fail?access_token=1000000", "POST")
      for _ = 1, 10 do
        assert.equal(first, keep.get())
        assert.equal(first, other.get())
      end
      assert.equal(2, counters().access_token_requests)
      clock.pass(0.6)
      for _ = 1, 10 do
        assert.equal(first, other.get())
        assert.equal(first, keep.get())
      end
      assert.equal(3, counters().access_token_requests)
    end)

    it("come back by itself when the service does", function()
      local keep = new()
      local first = keep.get()
      clock.pass(20 * 60)
      control("fail?access_token=3", "POST")
      for _ = 1, 3 do
        assert.equal(first, keep.get())
        clock.pass(10)
      end
      local second = keep.get()
      assert.not_equal(first, second)
      clock.pass(20 * 60 - 1)
      assert.equal(second, keep.get())
      assert.same({ "fetched", "failed 500", "failed 500", "failed 500", "fetched" }, told())
    end)

    it("ends with the old ticket's life in their failure", function()
      local keep = new()
      local first = keep.get()
      control("fail?api_ticket=1000000", "POST")
      clock.pass(3600 - 11)
      assert.equal(first, keep.get())
      clock.pass(2) -- not to the last second
      local ticket, failure = keep.get()
      assert.is_nil(ticket)
      assert.same({ "HTTP", 500 }, { failure.status, failure.http_status })
    end)

    it("let a caller without a ticket wait for the end of a short back-off", function()
      local keep = new()
      control("fail?access_token=1", "POST")
      local ticket, failure = keep.get()
      assert.is_nil(ticket)
      assert.equal("HTTP", failure.status)
      local started = clock.now
      assert.is_string(keep.get())
      assert.is_true(math.abs(clock.now - started - 0.5) < 0.01)
    end)

    it("tell a caller without a ticket at once when asking again is of no use", function()
      local keep = new { secret = "wrong" }
      for _ = 1, 5 do
        local ticket, failure = keep.get()
        assert.is_nil(ticket)
        assert.same({ "SERVICE", "400101" }, { failure.status, failure.code })
      end
      assert.equal(1, counters().access_token_requests)
      clock.pass(1)
      keep.get()
      assert.equal(2, counters().access_token_requests)
    end)

    it("release the lock, whatever the transport has done", function()
      for _, transport in ipairs {
        function() error "broken" end, function() error { "broken" } end, function() return nil end,
        function() return nil, "broken" end, function() return {} end,
      } do
        store = memory.new()
        local ticket, failure = new({ transport = transport }).get()
        assert.is_nil(ticket)
        assert.is_table(failure)
        clock.sleep(1)
        assert.is_string(new().get())
      end
    end)
  end)

  describe("with a store that is not well", function()
    -- The key and the value of the only entry.
    local function entry()
      local key, value
      local spied = memory.new()
      store = { get = spied.get, lock = spied.lock }
      function store.set(self, ...)
        key, value = ...
        return spied.set(self, ...)
      end
      new().get()
      store = spied
      return key, value
    end

    it("ignores what it can't make sense of, with an event, and fetches", function()
      local key, good = entry()
      local state = cjson.decode(good)
      local function with(changes)
        local copy = cjson.decode(good)
        for name, value in pairs(changes) do
          copy[name] = value
        end
        return cjson.encode(copy)
      end
      local junk = {
        "", "junk", "null", "1", '"text"', good:sub(1, -2), good .. "}", "\0\1\2", ("["):rep(5000),
        with { ticket = 1 }, with { ticket = "" }, with { ticket = "a\r\nb: c" }, with { ticket = cjson.null },
        with { fetched = "now" }, with { life = "3600" }, with { fetched = cjson.null },
        '{"previous":"ticket"}', with { previous = 1 }, with { retry_at = clock.now + 5 },
        with { retry_at = clock.now + 5, failures = 1, failure = "HTTP" },
        with { retry_at = "soon", failures = 1, failure = {} },
        with({ life = 0.5 }):gsub("0%.5", "1e999", 1),
        (with({ fetched = 0.5 }):gsub("0%.5", "nan")),
      }
      for _, text in ipairs(junk) do
        store, events = memory.new(), {}
        store:set(key, text)
        local ticket = assert(new().get())
        assert.not_equal(state.ticket, ticket)
        -- It looks before and after it has the lock.
        assert.same({ "ignored NOT_JSON", "ignored NOT_JSON", "fetched" }, told(), text)
        control("reset", "POST")
      end
    end)

    it("survives a failure in it that is none", function()
      local key = entry()
      for _, failure in ipairs { "{}", '{"status":"HTTP"}', '{"status":1}', '{"status":"SERVICE"}',
        '{"status":"TRANSPORT","curl":{}}' } do
        store = memory.new()
        store:set(key, ('{"failures":1,"retry_at":%.3f,"failure":%s}'):format(clock.now + 5, failure))
        local keep = new()
        local ticket = keep.get()
        assert.is_true(ticket == nil or type(ticket) == "string")
        clock.sleep(6)
        assert.is_string(keep.get())
        control("reset", "POST")
      end
    end)

    it("has a key for each secret, App ID and host, and no secret in it", function()
      local keys = {}
      store = { get = function(_, key) keys[#keys + 1] = key return nil, { status = "STORE_UNWRITABLE" } end,
        set = error, lock = error }
      local secret = support.env "SANDBOX_SECRET"
      for _, changes in ipairs {
        {}, { secret = secret .. "x" }, { app_id = "ANOTHER" }, { base_url = "https://example.org" },
      } do
        new(changes).get()
      end
      assert.equal(4, #keys)
      for i, key in ipairs(keys) do
        assert.is_nil(key:find("%s"))
        assert.is_nil(key:find(secret, 1, true))
        for j = 1, i - 1 do
          assert.not_equal(keys[j], key)
        end
      end
    end)

    it("returns the failure of one that can't be asked, when it has no ticket", function()
      local broken = { status = "STORE_UNWRITABLE", detail = "no" }
      store.get = function() return nil, broken end
      local ticket, failure = new().get()
      assert.is_nil(ticket)
      assert.same(broken, failure)
      assert.equal(0, counters().access_token_requests)
    end)

    it("returns the failure of one that can't lock, when it has no ticket", function()
      local broken = { status = "STORE_UNWRITABLE", detail = "no" }
      store.lock = function() return nil, broken end
      local ticket, failure = new().get()
      assert.is_nil(ticket)
      assert.same(broken, failure)
      assert.equal(0, counters().access_token_requests)
    end)

    it("uses the ticket in hand while one can't be asked, and not beyond its end", function()
      local keep = new()
      local first = keep.get()
      local get, broken = store.get, { status = "TRANSPORT", curl = "REDIS" }
      store.get = function() return nil, broken end
      for _ = 1, 3 do
        clock.pass(1150)
        assert.equal(first, keep.get())
      end
      clock.pass(200)
      assert.same({ n = 2, nil, broken }, { n = select("#", keep.get()), keep.get() })
      assert.equal(1, counters().access_token_requests)
      store.get = get
      assert.not_equal(first, assert(keep.get()))
    end)

    it("asks one that can't be asked once a second, and not for every query", function()
      local keep = new()
      keep.get()
      clock.pass(20 * 60)
      local get, times = store.get, 0
      store.get = function() times = times + 1 return nil, { status = "TRANSPORT", curl = "REDIS" } end
      for _ = 1, 10 do
        keep.get()
      end
      assert.equal(1, times)
      clock.pass(1)
      keep.get()
      assert.equal(2, times)
      store.get = get
      clock.pass(1)
      keep.get()
      assert.equal(2, counters().access_token_requests)
    end)

    it("uses a ticket that can't be written, and says so", function()
      store.set = function() return nil, { status = "STORE_UNWRITABLE", detail = "full" } end
      local keep = new()
      local ticket = assert(keep.get())
      assert.equal(ticket, keep.get())
      assert.same({ "fetched", "unwritten STORE_UNWRITABLE" }, told())
      assert.equal(1, counters().access_tokens)
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
    keep.renew(keep.get())
    clock.pass(20 * 60)
    control("fail?api_ticket=1", "POST")
    keep.get()
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
