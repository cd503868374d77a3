-- A store that fails, and one that holds what a keeper can't have written.

local cjson = require "cjson"
local memory = require "facequery.tickets.memory"
local support = require "help.support"
local tickets = require "help.tickets"

local control, counters = support.control, support.counters
local told = tickets.told

describe("a keeper of tickets with a store that is not well", function()
  local clock, store, events
  before_each(function() clock, store, events = tickets.begin() end)
  after_each(function() clock.restore() end)

  local function new(changes) return tickets.keeper(clock, store, events, changes) end

  -- Fetches a ticket and returns the key and the value of the store's only entry.
  local function entry()
    local key, value
    local spied = memory.new()
    store = { get = spied.get, lock = spied.lock }
    function store.set(self, ...)
      key, value = ...
      return spied.set(self, ...)
    end
    new():get()
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
      local ticket = assert(new():get())
      assert.not_equal(state.ticket, ticket)
      -- The keeper reads the store before it takes the lock and again under it.
      assert.same({ "ignored NOT_JSON", "ignored NOT_JSON", "fetched" }, told(events), text)
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
      local ticket = keep:get()
      assert.is_true(ticket == nil or type(ticket) == "string")
      clock.sleep(6)
      assert.is_string(keep:get())
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
      new(changes):get()
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
    local ticket, failure = new():get()
    assert.is_nil(ticket)
    assert.same(broken, failure)
    assert.equal(0, counters().access_token_requests)
  end)

  it("returns the failure of one that can't lock, when it has no ticket", function()
    local broken = { status = "STORE_UNWRITABLE", detail = "no" }
    store.lock = function() return nil, broken end
    local ticket, failure = new():get()
    assert.is_nil(ticket)
    assert.same(broken, failure)
    assert.equal(0, counters().access_token_requests)
  end)

  it("uses the ticket in hand while one can't be asked, and not beyond its end", function()
    local keep = new()
    local first = keep:get()
    local get, broken = store.get, { status = "TRANSPORT", code = "REDIS" }
    store.get = function() return nil, broken end
    for _ = 1, 3 do
      clock.pass(1150)
      assert.equal(first, keep:get())
    end
    clock.pass(200)
    assert.same({ n = 2, nil, broken }, { n = select("#", keep:get()), keep:get() })
    assert.equal(1, counters().access_token_requests)
    store.get = get
    assert.not_equal(first, assert(keep:get()))
  end)

  it("asks one that can't be asked once a second, and not for every query", function()
    local keep = new()
    keep:get()
    clock.pass(20 * 60)
    local get, times = store.get, 0
    store.get = function() times = times + 1 return nil, { status = "TRANSPORT", code = "REDIS" } end
    for _ = 1, 10 do
      keep:get()
    end
    assert.equal(1, times)
    clock.pass(1)
    keep:get()
    assert.equal(2, times)
    store.get = get
    clock.pass(1)
    keep:get()
    assert.equal(2, counters().access_token_requests)
  end)

  it("uses a ticket that can't be written, and says so", function()
    store.set = function() return nil, { status = "STORE_UNWRITABLE", detail = "full" } end
    local keep = new()
    local ticket = assert(keep:get())
    assert.equal(ticket, keep:get())
    assert.same({ "fetched", "unwritten STORE_UNWRITABLE" }, told(events))
    assert.equal(1, counters().access_tokens)
  end)
end)
