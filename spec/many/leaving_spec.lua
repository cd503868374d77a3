-- A loop over client:each that ends before its orders do.

local core = require "facequery.core"
local facequery = require "facequery"
local servers = require "help.servers"
local support = require "help.support"

local env, order, orders_of = support.env, support.order, support.orders_of

describe("client:each, when the loop is left,", function()
  local client
  before_each(function() client = assert(facequery.new()) end)
  after_each(function() client:close() end)

  local function is_closed(before, take)
    -- `take` is a function, so that the iterator is garbage once it has returned.
    take()
    collectgarbage()
    collectgarbage()
    -- libcurl's thread that resolves a name closes its sockets only when it ends.
    servers.wait(function() return support.sockets() == before end)
    assert.equal(before, support.sockets())
  end

  it("asks for no more orders, and closes its connections", function()
    collectgarbage()
    collectgarbage()
    local orders, seen, before = orders_of("slow50x", 30), 0, support.sockets()
    is_closed(before, function()
      for _ in client:each(orders, { concurrency = 4, method = "query" }) do
        seen = seen + 1
        if seen == 5 then
          break
        end
      end
    end)
    core.sleep(0.2)
    local asked = 0
    for _, order_no in ipairs(orders) do
      asked = asked + support.queries(order_no)
    end
    assert.equal(5, seen)
    assert.is_true(asked <= 9, asked)
  end)

  it("by an error of its body, brings the error to the caller and closes its connections", function()
    collectgarbage()
    collectgarbage()
    local thing = {}
    is_closed(support.sockets(), function()
      local ok, raised = pcall(function()
        for _ in client:each(orders_of("slow50x", 10), { concurrency = 4, method = "query" }) do
          error(thing)
        end
      end)
      assert.is_false(ok)
      assert.equal(thing, raised)
    end)
  end)

  it("with an archive, leaves no unfinished bundle", function()
    local folder, seen = support.folder(), 0
    is_closed(support.sockets(), function()
      for _, bundle in client:each(orders_of("slow50x", 20), { concurrency = 4, dir = folder .. "/archive" }) do
        seen = seen + 1
        assert.is_false(bundle.existing)
        if seen == 3 then
          break
        end
      end
    end)
    assert.is_true(support.is_clean(folder .. "/archive"))
    local problems, found = support.verify(folder .. "/archive")
    assert.same({}, problems)
    -- Besides those that were seen, four were under way, and as many again on their way to the disk.
    assert.is_true(found.bundles >= 3 and found.bundles <= 11, found.bundles)
    support.remove_folder(folder)
  end)

  it("by the end of the process, leaves no unfinished bundle either", function()
    local folder = support.folder()
    support.must(support.lua_command(([[
      local orders = { %q, %q, %q, %q }
      next_bundle, state, control, guard = assert(require("facequery").new()):each(orders, { dir = %q })
      assert(next_bundle())]]):format(order "slow50x", order "slow500x", order "slow500x", order "slow500x",
      folder .. "/archive")))
    assert.is_true(support.is_clean(folder .. "/archive"))
    support.remove_folder(folder)
  end)

  it("in the middle of a renewal, leaves no lock on the ticket", function()
    local store = require("facequery.tickets").memory()
    local own = assert(facequery.new { secret = env "SANDBOX_SECRET", ticket_store = store, timeout = 30 })
    support.control("stall?access_token=1", "POST")
    is_closed(support.sockets(), function()
      for order_no in own:each { "!", order "verified" } do -- luacheck: ignore 512
        assert.equal("!", order_no)
        break
      end
    end)
    support.control("stall?access_token=0", "POST")
    local started = support.real_now()
    assert.truthy(own:query { order_no = order "verified" })
    -- A lock that was left would stay for twice the timeout and five seconds, which are 65.
    assert.is_true(support.real_now() - started < 30)
    own:close()
  end)

  it("the client works on", function()
    for _ in client:each(orders_of("verified", 8)) do -- luacheck: ignore 512
      break
    end
    assert.truthy(client:query { order_no = order "nomedia" })
    for _, record in client:each { order "verified" } do
      assert.truthy(record)
    end
  end)

  it("brings nothing more to whoever calls the iterator again", function()
    local next_result, state, control, guard = client:each({ order "nomedia" }, { method = "query" })
    assert.truthy(next_result(state, control))
    assert.is_nil(next_result(state, control))
    assert.is_nil(next_result(state, control))
    assert.truthy(guard)
  end)

  it("lets the process end well after a loop with an archive was left", function()
    local folder = support.folder()
    local output, status = support.shell(support.lua_command(([[
      local client = assert(require("facequery").new())
      for _ in client:each({ %q, %q }, { dir = %q }) do break end
      print "left"]]):format(order "verified", order "verified", folder .. "/archive")))
    assert.same({ "left", 0 }, { output, status })
    support.remove_folder(folder)
  end)
end)
