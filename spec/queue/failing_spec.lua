-- What becomes of a queue whose Redis fails, in every way that it is known to: a sentence, and no order is lost that
-- docs/fleet.md does not name.
-- Only on lua5.4 luajit: no C is in it.

local cli = require "help.cli"
local core = require "facequery.core"
local fleets = require "help.fleet"
local redis_help = require "help.redis"
local servers = require "help.servers"
local support = require "help.support"

describe("a queue whose Redis", function()
  local redis, fleet
  local function begin(options)
    redis = redis_help.server(options)
    fleet = fleets.new(redis)
  end
  after_each(function()
    fleet.stop()
    redis.stop()
  end)

  -- The command fails with the status of what may be tried again, and this sentence, and no order number.
  local function fails(sentence, _, messages, status)
    assert.equal(6, status)
    cli.has(sentence, messages)
  end

  it("wants a password says so, and is satisfied from the environment or a file", function()
    begin "--requirepass sesame"
    local orders = support.orders_of("size1x2n", 2)
    fails("Redis does not let this user in", fleet.add(orders))
    fails("Redis does not let this user in", fleet.add(orders, "FACEQUERY_REDIS_PASSWORD=wrong"))
    assert.equal(0, (select(3, fleet.add(orders, "FACEQUERY_REDIS_PASSWORD=sesame"))))
    local path = support.folder() .. "/password"
    support.write_file(path, "sesame\n")
    local text = fleet.queue("status --json --redis-password-from " .. path)
    cli.has('"waiting":2', text)
    fleet.work("--redis-password-from " .. path)
    local left
    local deadline = core.clock() + 30
    repeat
      core.sleep(0.05)
      left = fleet.queue("status --json --redis-password-from " .. path):match '"open":(%d+)'
    until left == "0" or core.clock() > deadline
    fleet.has_all(orders)
  end)

  it("has a user with the permissions that docs/fleet.md names, and no more, does all that is needed", function()
    begin()
    local rules = support.read_file "docs/fleet.md":match "\nuser worker on >PASSWORD ([^\n]+)"
    redis.cli("acl setuser worker on '>sesame' " .. rules:gsub("%S+", support.quote))
    cli.has("NOPERM", redis.cli "--user worker --pass sesame --no-auth-warning config get maxmemory-policy")
    local of_user = fleets.new { url = redis.url:gsub("//", "//worker@") }
    finally(of_user.stop)
    local password = "FACEQUERY_REDIS_PASSWORD=sesame"
    local orders = support.orders_of("verified", 3)
    assert.equal(0, select(3, of_user.add(orders, password)))
    local secrets = { FACEQUERY_REDIS_PASSWORD = "sesame", FACEQUERY_TICKET = "",
      FACEQUERY_SECRET = support.env "SANDBOX_SECRET" }
    local worker = of_user.work("", secrets)
    fleet.until_done()
    of_user.has_all(orders)
    for _, command in ipairs { "audit", "dead", "retry --all", "drop --expired" } do
      assert.equal(0, select(3, of_user.queue(command, password)), command)
    end
    support.must("kill -TERM " .. worker.pid)
    assert.equal("", (worker.wait():gsub("[^\n]+/evidence/[^\n]+\n?", "")))
    -- One without what finds the orders of lost workers says so, instead of finding none.
    redis.cli "acl setuser worker -xpending"
    worker = of_user.work("", secrets)
    worker.wait_for "Redis refused a command: its user may not run it (ACL)"
  end)

  it("forgets keys when it is full is refused", function()
    begin "--maxmemory 100mb --maxmemory-policy allkeys-lru"
    local output, status = fleet.work().wait()
    assert.equal(6, status)
    cli.has("forgets keys when its memory is full", output)
  end)

  it("is full refuses more orders, and gives those that it has", function()
    begin "--maxmemory-policy noeviction"
    local orders, more = support.orders_of("size1x2n", 3), support.orders_of("size1x2n", 3)
    fleet.add(orders)
    redis.cli "config set maxmemory 1mb"
    fails("Redis has no memory left", fleet.add(more))
    redis.cli "config set maxmemory 0"
    fleet.add(more)
    fleet.work()
    fleet.until_done()
    for _, order_no in ipairs(more) do
      orders[#orders + 1] = order_no
    end
    fleet.has_all(orders)
  end)

  it("is a replica says that it takes no writes; promoted it has what was replicated, and the rest is added again",
    function()
      begin()
      local master = redis
      local replica = redis_help.server(("--replicaof 127.0.0.1 %d"):format(master.port))
      local of_replica = fleets.new(replica)
      finally(function()
        of_replica.stop()
        replica.stop()
      end)
      fails("takes no writes", of_replica.add { support.order "size1x2n" })

      local redis_lua = redis_help.lua()
      redis_lua.commands.wait = redis_lua.command "WAIT"
      local client = redis_lua.connect("127.0.0.1", master.port)
      local queue = assert(require("facequery.queue").new { redis = client, name = "faces", replicas = 1 })
      local orders = support.orders_of("size1x2n", 5)
      local deadline = core.clock() + 30
      repeat
        core.sleep(0.02)
      until replica.cli("info replication"):find "master_link_status:up" or core.clock() > deadline
      for _, order_no in ipairs(orders) do
        -- On a busy machine a replica may take longer than an add waits.
        assert(servers.wait(function() return queue:add(order_no, core.now()) ~= nil end), "not replicated")
      end
      -- From now on the replica hears nothing: what is added now is lost with the master.
      replica.cli "replicaof no one"
      local lost = support.order "size1x2n"
      local added, err = queue:add(lost, core.now())
      assert.is_nil(added)
      assert.equal("REDIS_NOT_REPLICATED", err.code)
      master.kill()
      of_replica.work()
      of_replica.until_done()
      of_replica.has_all(orders)
      orders[#orders + 1] = lost
      of_replica.add(orders)
      of_replica.until_done()
      of_replica.has_all(orders)
      master.restart()
    end)

  it("is killed and loads its data for a while is waited for", function()
    begin "--enable-debug-command yes"
    -- Much data, which is read slowly: meanwhile Redis answers that it is loading.
    redis.cli "debug populate 30 filler 3000"
    local orders = support.orders_of("slow20x", 40)
    fleet.add(orders)
    local worker = fleet.work "--jobs 2"
    fleet.until_status(function(status) return status.open < 40 end)
    redis.cli "save"
    redis.kill()
    worker.wait_for("trying again")
    redis.restart "--key-load-delay 200000 --loading-process-events-interval-bytes 1024"
    fails("Redis is not ready", fleet.queue "audit")
    fleet.until_done()
    fleet.has_all(orders)
  end)

  it("hangs is given up after its time, and work goes on when it is there again", function()
    begin()
    local orders = support.orders_of("size1x2n", 5)
    fleet.add(orders)
    support.must("kill -STOP " .. redis.pid())
    local started = core.clock()
    fails("Redis cannot be reached", fleet.add(orders))
    local worker = fleet.work()
    assert.is_true(core.clock() - started < 20)
    core.sleep(0.2)
    support.must("kill -CONT " .. redis.pid())
    fleet.until_done()
    fleet.has_all(orders)
    assert.is_false(worker.ended())
  end)

  it("is flushed, or loses its group or its scripts, in the middle has all orders again when they are added again",
    function()
      begin()
      local orders = support.orders_of("slow20x", 60)
      fleet.add(orders)
      fleet.work "--jobs 4"
      local function wait_for(count)
        fleet.until_status(function(status) return status.open <= count end)
      end
      wait_for(55)
      redis.cli "script flush"
      redis.cli "xgroup destroy 'fq:{faces}:urgent' workers"
      wait_for(45)
      redis.cli "flushall"
      fleet.add(orders)
      fleet.until_done()
      fleet.has_all(orders)
    end)
end)
