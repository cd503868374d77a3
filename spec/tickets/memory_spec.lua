local facequery = require "facequery"
local memory = require "facequery.tickets.memory"
local support = require "help.support"
local tickets = require "facequery.tickets"

describe("the memory store", function()
  local clock, store

  before_each(function() clock, store = support.stop_clock(), tickets.memory() end)
  after_each(function() clock.restore() end)

  it("holds a value for each key", function()
    assert.is_nil(store:get "a")
    assert.is_true(store:set("a", "1", 60))
    assert.is_true(store:set("b", "2\0\n", 60))
    assert.same({ "1", "2\0\n" }, { store:get "a", store:get "b" })
    assert.is_true(store:set("a", "3", 60))
    assert.equal("3", store:get "a")
  end)

  it("shares nothing with another", function()
    store:set("a", "1", 60)
    local other = tickets.memory()
    assert.is_nil(other:get "a")
    assert.is_function(store:lock("a", 5))
    assert.is_function(other:lock("a", 5))
  end)

  it("gives a key's lock to one at a time", function()
    local release = assert(store:lock("a", 5))
    assert.is_false(store:lock("a", 5))
    assert.is_function(store:lock("b", 5))
    release()
    assert.is_function(store:lock("a", 5))
  end)

  it("ends a lock that nobody releases", function()
    store:lock("a", 5)
    clock.sleep(4.9)
    assert.is_false(store:lock("a", 5))
    clock.sleep(0.2)
    assert.is_function(store:lock("a", 5))
  end)

  it("does not release a lock that another took over", function()
    local release = assert(store:lock("a", 5))
    clock.sleep(6)
    local others = assert(store:lock("a", 5))
    release()
    assert.is_false(store:lock("a", 5))
    others()
    assert.is_function(store:lock("a", 5))
  end)

  it("is the same one for all clients of a plain process that say nothing", function()
    assert.equal(memory.shared(), memory.shared())
    support.control("reset", "POST")
    assert.equal("1\n1", support.must(("unset FACEQUERY_TICKET_FILE; %s"):format(support.lua_command [[
      local facequery, support = require "facequery", require "help.support"
      for i = 1, 2 do
        local client = facequery.new { secret = support.env "SANDBOX_SECRET" }
        assert(client:ticket_status())
        client:close()
        print(("%d"):format(support.counters().access_tokens))
      end]])))
  end)

  it("is kept by the client that was given it", function()
    support.control("reset", "POST")
    for count = 1, 2 do
      local client = assert(facequery.new { secret = support.env "SANDBOX_SECRET", ticket_store = tickets.memory() })
      assert.is_table(client:ticket_status())
      client:close()
      assert.equal(count, support.counters().access_tokens)
    end
  end)
end)
