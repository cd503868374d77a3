-- Tickets in Redis, by way of redis-lua: a real redis-server, real processes, really killed.

local contract = require "help.store_contract"
local core = require "facequery.core"
local facequery = require "facequery"
local redis_help = require "help.redis"
local support = require "help.support"
local tickets = require "facequery.tickets"

local counters, control = support.counters, support.control

local REDIS = { status = "TRANSPORT", code = "REDIS" }

describe("the Redis store", function()
  local redis, redis_lua, connections, ends

  setup(function()
    redis_lua = redis_help.lua()
    redis = redis_help.server()
  end)

  teardown(function() redis.stop() end)

  before_each(function()
    control("reset", "POST")
    redis.cli "flushall"
    connections, ends = 0, 0
  end)

  local function connect()
    return redis_lua.connect("127.0.0.1", redis.port)
  end

  -- A connection for each command.
  local function connector()
    local client = connect()
    connections = connections + 1
    return client, function()
      client:quit()
      ends = ends + 1
    end
  end

  for name, new in pairs {
    ["a connected client"] = function() return tickets.redis(connect()) end,
    ["a function that connects"] = function() return tickets.redis(connector) end,
  } do
    describe("over " .. name, function()
      local store

      before_each(function() store = new() end)

      local run = contract.here { open = function() return new() end, sleep = core.sleep }
      contract.holds(run)
      contract.holds_timed(run)

      it("holds a value as long as it is of use", function()
        store:set("a", "1", 60)
        store:set("b", "2", 0.05)
        local left = tonumber(redis.cli "pttl a")
        assert.is_true(left > 30000 and left <= 60000, left)
        core.sleep(0.06)
        assert.is_nil(store:get "b")
      end)

      it("names a lock's owner anew each time, so that nobody releases another's", function()
        local release = assert(store:lock("a", 60))
        local owner = redis.cli "get a:lock"
        assert.matches("^%w+$", owner)
        assert.equal(32, #owner)
        release()
        assert.equal("0", redis.cli "exists a:lock")
        assert.is_function(new():lock("a", 5))
        assert.not_equal(owner, redis.cli "get a:lock")
      end)
    end)
  end

  it("tells the user's function when it is done with a connection", function()
    local store = tickets.redis(connector)
    store:set("a", "1", 60)
    store:get "a"
    store:lock("a", 5)()
    assert.same({ 4, 4 }, { connections, ends })
  end)

  it("wants a client or a function", function()
    for _, bad in ipairs { "127.0.0.1", 6379, true } do
      local ok, message = pcall(tickets.redis, bad)
      assert.is_false(ok)
      assert.matches("bad argument #1 to 'redis' %(table or function expected, got " .. type(bad) .. "%)", message)
    end
  end)

  it("says no more of a failure than that Redis can't be reached", function()
    redis.cli "set a ticket"
    redis.cli "lpush list ticket"
    for name, client in pairs {
      down = function() return redis_lua.connect("127.0.0.1", 1) end,
      failed = function() error "the ticket" end,
      nothing = function() return nil, "the ticket" end,
      empty = {},
      refused = { get = function() return nil, "the ticket" end, set = function() return false, "the ticket" end },
    } do
      local store = tickets.redis(client)
      assert.same({ nil, REDIS, n = 2 }, { n = 2, store:get "a" }, name)
      assert.same({ nil, REDIS, n = 2 }, { n = 2, store:set("a", "1", 60) }, name)
      assert.same({ nil, REDIS, n = 2 }, { n = 2, store:lock("a", 5) }, name)
    end
    -- An answer that is an error: a list is no string.
    assert.same({ nil, REDIS, n = 2 }, { n = 2, tickets.redis(connect()):get "list" })
    assert.equal("ticket", redis.cli "get a")
  end)

  it("takes what lua-resty-redis has for nothing as that", function()
    local null = {}
    _G.ngx = { null = null } -- luacheck: ignore 122
    local store = tickets.redis { get = function() return null end, set = function() return null end }
    local value, failure = store:get "a"
    local lock, unlocked = store:lock("a", 5)
    _G.ngx = nil -- luacheck: ignore 122
    assert.same({}, { value, failure })
    assert.same({ false }, { lock, unlocked })
  end)

  describe("of a client", function()
    local clock

    before_each(function() clock = support.stop_clock() end)
    after_each(function()
      clock.restore()
      if redis.cli "ping" ~= "PONG" then
        redis.start()
      end
    end)

    local function new()
      return assert(facequery.new {
        secret = support.env "SANDBOX_SECRET", ticket_store = tickets.redis(connector),
      })
    end

    local function query(client)
      return client:query { order_no = support.order "verified" }
    end

    it("is shared with the next", function()
      assert(query(new()))
      assert(query(new()))
      assert.equal(1, counters().access_tokens)
      local key = redis.cli "keys '*'"
      assert.matches("^facequery:IDAXXXXX@localhost:%d+:%x+$", key)
      local left = tonumber(redis.cli("ttl " .. support.quote(key)))
      assert.is_true(left > 3500 and left <= 3600, left)
    end)

    it("uses the ticket in hand to its end while Redis is down; then says so; then resumes", function()
      local client, cold = new(), new()
      assert(query(client))
      redis.stop()
      local record, err = query(cold)
      assert.is_nil(record)
      assert.same({ "transport", "REDIS" }, { err.kind, err.code })
      assert.matches("Redis", tostring(err))
      for _ = 1, 3 do
        clock.pass(1150)
        assert(query(client))
      end
      clock.pass(200)
      record, err = query(client)
      assert.is_nil(record)
      assert.same({ "transport", "REDIS" }, { err.kind, err.code })
      record, err = client:ticket_status()
      assert.is_nil(record)
      assert.equal("REDIS", err.code)
      assert.same({ 1, 0 }, { counters().access_token_requests, counters().refused_signs })
      redis.start()
      assert(query(client))
      assert(query(cold))
      assert.equal(2, counters().access_tokens)
    end)

    it("fetches a ticket where what Redis holds is junk", function()
      assert(query(new()))
      local key = support.quote(redis.cli "keys '*'")
      redis.cli("set " .. key .. " junk")
      assert(query(new()))
      assert.equal(2, counters().access_tokens)
      assert.matches('"ticket":', redis.cli("get " .. key))
    end)
  end)

  describe("between processes", function()
    -- As on a machine of its own: asks for an order; prints the code and the seconds, in one piece.
    local function client(settings)
      return ([[
        local core, facequery, support = require "facequery.core", require "facequery", require "help.support"
        local redis_lua, settings = require("help.redis").lua(), %s
        settings.secret = support.env "SANDBOX_SECRET"
        settings.ticket_store = require("facequery.tickets").redis(function()
          local redis = redis_lua.connect("127.0.0.1", %d)
          return redis, function() redis:quit() end
        end)
        local client, started = assert(facequery.new(settings)), core.now()
        local record, err = client:query { order_no = support.order "verified" }
        print(record and record.code or err.code, core.now() - started)]]
        ):format(settings or "{}", redis.port)
    end

    local function finished(process)
      local output = process.wait()
      local code, seconds = output:match "^(%S+)%s+(%S+)$"
      assert.equal("0", code, output)
      return tonumber(seconds)
    end

    it("fetches exactly one token for two groups of ten that start cold", function()
      control("stall?access_token=0.3", "POST")
      local groups = {}
      for i = 1, 2 do
        groups[i] = support.start(("setsid sh -c %s"):format(support.quote(
          ("for i in 1 2 3 4 5 6 7 8 9 10; do %s & done; wait"):format(support.lua_command(client())))))
      end
      local answers = 0
      for _, group in ipairs(groups) do
        for code in group.wait():gmatch "([^\n\t]+)\t[^\n]+" do
          assert.equal("0", code)
          answers = answers + 1
        end
      end
      assert.equal(20, answers)
      assert.same({ 1, 1, 0 }, {
        counters().access_token_requests, counters().api_ticket_requests, counters().refused_signs,
      })
    end)

    it("waits no longer than the lock lives for one that is killed while it renews", function()
      -- Its lock lives 2 * 0.1 + 5 seconds.
      local first = support.start_lua(client [[{
        timeout = 0.1,
        transport = function()
          print "renewing"
          io.stdout:flush()
          require("facequery.core").sleep(60)
        end,
      }]])
      first.wait_for "renewing"
      local taken = core.now()
      assert.matches("^facequery:IDAXXXXX@localhost:%d+:%x+:lock$", redis.cli "keys '*'")
      first.kill()
      first.wait()
      local others = { support.start_lua(client()), support.start_lua(client()) }
      for _, other in ipairs(others) do
        assert.is_true(finished(other) > 1)
      end
      assert.is_true(core.now() - taken < 30, core.now() - taken)
      assert.equal(1, counters().access_tokens)
    end)
  end)
end)
