-- A client's connections: kept open, refused, and through a proxy.

local clients = require "help.clients"
local facequery = require "facequery"
local servers = require "help.servers"
local support = require "help.support"

local new, fails = clients.new, clients.fails
local order = support.order

describe("a client", function()
  it("keeps its connection open between calls, until it is closed", function()
    collectgarbage()
    collectgarbage()
    local before = support.sockets()
    local events = {}
    local client = assert(facequery.new { on_event = function(event) events[#events + 1] = event end })
    local opened
    for _, word in ipairs { "verified", "rejected", "verified" } do
      client:query { order_no = order(word) }
      opened = opened or support.sockets() -- beside the connection, libcurl opens sockets of its own
      assert.equal(opened, support.sockets())
    end
    assert.is_true(opened > before)
    assert.same({ false, true, true }, { events[2].reused, events[4].reused, events[6].reused })
    client:close()
    assert.equal(before, support.sockets())
    assert(client:query { order_no = order "verified" })
    assert.is_false(events[8].reused)
    client:close()
    client:close()
    assert.equal(before, support.sockets())
  end)

  it("asks again, then reports it, where nobody listens", function()
    local client, seen = new { base_url = "https://127.0.0.1:1" }
    local err = fails("transport", "COULDNT_CONNECT", client:query { order_no = "a1" })
    assert.equal("a1", err.orderNo)
    assert.equal(3, #seen.requests)
  end)

  it("does not show a proxy's password, even when libcurl does", function()
    for _, host in ipairs { "127.0.0.1:1", "bad host", "127.0.0.1:99999" } do
      local proxy = "http://me:pASSWORD@" .. host
      local client, seen = new { proxy = proxy, retries = 0 }
      local _, err = client:query { order_no = "a1" }
      assert.equal("transport", err.kind)
      for _, values in ipairs { err, seen.events[1], seen.events[2], { tostring(err) } } do
        for _, value in pairs(values) do
          assert.is_nil(tostring(value):find("pASSWORD", 1, true))
        end
      end
    end
  end)

  describe("through a proxy that wants a login", function()
    local host, answers, stop
    before_each(function() host, answers, stop = servers.proxy() end)
    after_each(function() stop() end)

    it("says so, does not ask again, and says where its name and password go", function()
      for _, login in ipairs { "", "me:pASSWORD@" } do
        local client, seen = new { proxy = "http://" .. login .. host }
        local err = fails("http", "407", client:query { order_no = "a1" })
        assert.equal(1, #seen.requests)
        assert.matches("name:password@", err.advice, 1, true)
        assert.is_nil(err.advice:find("firewall", 1, true))
        assert.equal("the proxy's answer to CONNECT", err.detail)
        for _, value in pairs(err) do
          assert.is_nil(tostring(value):find("pASSWORD", 1, true))
        end
      end
      assert.same({ "407", "407" }, answers())
    end)

    it("queries with them, written as the advice says", function()
      local client = new { proxy = "http://me:pa%40ss@" .. host }
      assert(client:query { order_no = order "verified" })
      assert.same({ "200" }, answers())
    end)

    it("says what else the proxy answers", function()
      local client = new { proxy = "http://me:pa%40ss@" .. host, base_url = "https://forbidden.invalid" }
      fails("http", "403", client:query { order_no = "a1" })
      assert.same({ "403" }, answers())
    end)
  end)
end)
