-- Tickets in this Lua state.

local contract = require "help.store_contract"
local facequery = require "facequery"
local memory = require "facequery.tickets.memory"
local support = require "help.support"
local tickets = require "facequery.tickets"

describe("the memory store", function()
  local clock, store

  before_each(function() clock, store = support.stop_clock(), tickets.memory() end)
  after_each(function() clock.restore() end)

  local run = contract.here {
    open = function() return store end,
    sleep = function(seconds) clock.sleep(seconds) end,
  }
  contract.holds(run)
  contract.holds_timed(run)

  it("shares nothing with another", function()
    store:set("a", "1", 60)
    local other = tickets.memory()
    assert.is_nil(other:get "a")
    assert.is_function(store:lock("a", 5))
    assert.is_function(other:lock("a", 5))
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
