-- facequery.queue: the producer, over the user's own client of Redis.

local core = require "facequery.core"
local queue = require "facequery.queue"
local redis_help = require "help.redis"
local servers = require "help.servers"
local support = require "help.support"

describe("facequery.queue", function()
  local redis, client
  setup(function()
    redis = redis_help.server()
    client = redis_help.lua().connect("127.0.0.1", redis.port)
  end)
  teardown(function() redis.stop() end)
  before_each(function() redis.cli "flushall" end)

  local function new(options)
    local all = { redis = client, name = "faces" }
    for name, value in pairs(options or {}) do
      all[name] = value
    end
    return queue.new(all)
  end

  it("adds an order once", function()
    local faces = assert(new())
    local verified_at = core.now() - 100
    assert.is_true(faces:add("a1", verified_at))
    assert.is_false(faces:add("a1", verified_at))
    assert.is_false(faces:add("a1"))
    assert.is_true(new { name = "others" }:add "a1")
    assert.equal(("%.3f"):format(verified_at + 3 * 86400), ("%.3f"):format(redis.cli "zscore 'fq:{faces}:open' a1"))
    local entry = redis.cli "xrange 'fq:{faces}:orders' - +"
    assert.matches(("order_no\na1\nverified_at\n%.3f$"):format(verified_at):gsub("%.", "%%."), entry)
  end)

  it("takes an order without a time for one of this moment", function()
    assert.is_true(new():add "a1")
    assert.is_true(math.abs(redis.cli "zscore 'fq:{faces}:open' a1" - 3 * 86400 - core.now()) < 5)
  end)

  it("takes a function that connects, and tells when it is done", function()
    local connected, done = 0, 0
    local faces = new { redis = function()
      connected = connected + 1
      return client, function() done = done + 1 end
    end }
    assert.is_true(faces:add "a1")
    assert.same({ 1, 1 }, { connected, done })
  end)

  it("refuses what is no order number, before anything is asked", function()
    local faces = new { redis = function() error "is asked" end }
    for _, order_no in ipairs { "", "a b", ("a"):rep(33), "a\n" } do
      local added, err = faces:add(order_no)
      assert.is_nil(added)
      assert.equal("INVALID_ORDER_NO", err.code)
    end
  end)

  it("returns an error when Redis can't be asked, in the language that it was told", function()
    for _, broken in ipairs {
      function() return nil end,
      function() error "no route" end,
      { eval = function() return nil, "timeout" end },
      { eval = function() error "connection error: closed" end },
    } do
      local added, err = new { redis = broken, lang = "zh" }:add "a1"
      assert.is_nil(added)
      assert.equal("REDIS_UNREACHABLE", err.code)
      assert.is_true(err.retryable)
      assert.matches("Redis", err.message)
      assert.is_nil(tostring(err):find("no route", 1, true))
    end
  end)

  it("names what Redis refuses, in the words of both clients", function()
    for message, code in pairs {
      ["READONLY You can't write against a read only replica."] = "REDIS_READONLY",
      ["redis.lua:420: redis error: LOADING Redis is loading the dataset in memory"] = "REDIS_LOADING",
      ["WRONGPASS invalid username-password pair or user is disabled."] = "REDIS_LOGIN",
      ["ERR Protocol error: unauthenticated multibulk length"] = "REDIS_LOGIN",
      ["OOM command not allowed when used memory > 'maxmemory'."] = "REDIS_FULL",
      ["ERR unknown command 'EVAL'"] = "REDIS_REFUSED",
      ["connection refused"] = "REDIS_UNREACHABLE",
    } do
      local _, err = new { redis = { eval = function() return false, message end } }:add "a1"
      assert.equal(code, err.code, message)
    end
  end)

  it("wants as many replicas to have the order as it was told", function()
    local library = redis_help.lua()
    library.commands.wait = library.command "WAIT"
    local own = library.connect("127.0.0.1", redis.port)
    local added, err = new { redis = own, replicas = 1 }:add "a1"
    assert.is_nil(added)
    assert.equal("REDIS_NOT_REPLICATED", err.code)
    assert.is_false(new { redis = own }:add "a1")
  end)

  it("asks for replicas over the connection that has added the order, where a function connects", function()
    local replica = redis_help.server("--replicaof 127.0.0.1 " .. redis.port)
    finally(function() replica.stop() end)
    local library = redis_help.lua()
    library.commands.wait = library.command "WAIT"
    local connected, done = 0, 0
    local faces = new { replicas = 1, redis = function()
      connected = connected + 1
      local own = library.connect("127.0.0.1", redis.port)
      return own, function()
        done = done + 1
        own:quit()
      end
    end }
    assert(servers.wait(function() return faces:add "a1" ~= nil end), "no replica")
    -- A replica that hears nothing any more.  Over another connection Redis would say that it has all that was sent
    -- there, which is nothing.
    support.must("kill -STOP " .. replica.pid())
    local added, err = faces:add "b1"
    support.must("kill -CONT " .. replica.pid())
    assert.is_nil(added)
    assert.equal("REDIS_NOT_REPLICATED", err.code)
    assert.equal(connected, done)
  end)

  it("refuses a time that can't be meant, before anything is asked", function()
    local faces = new { redis = function() error "is asked" end }
    for _, verified_at in ipairs { 0 / 0, -(0 / 0), math.huge, -math.huge, -1, 0, os.time() * 1000,
      os.time() + 2 * 86400 } do
      local added, err = faces:add("a1", verified_at)
      assert.is_nil(added)
      assert.same({ "INVALID_SETTING", "verified_at", "a1" }, { err.code, err.field, err.orderNo })
      assert.matches("verified_at", err.message, 1, true)
    end
    for _, verified_at in ipairs { "1764230400", true, {} } do
      assert.error_matches(function() faces:add("a1", verified_at) end,
        "bad argument #2 to 'add' %(number expected, got " .. type(verified_at) .. "%)")
    end
  end)

  it("raises on wrong types, and returns an error for a bad value", function()
    assert.has_error(function() queue.new() end)
    assert.has_error(function() queue.new { name = "faces" } end)
    assert.has_error(function() queue.new { redis = client } end)
    assert.has_error(function() new { redis = 1 } end)
    assert.has_error(function() new { color = "red" } end)
    assert.has_error(function() new():add(1) end)
    assert.has_error(function() new():add("a1", "yesterday") end)
    for name, value in pairs { name = "a b", replicas = 0.5, lang = "fr" } do
      local made, err = new { [name] = value }
      assert.is_nil(made)
      assert.equal("INVALID_SETTING", err.code)
      assert.equal(name, err.field)
    end
  end)
end)
