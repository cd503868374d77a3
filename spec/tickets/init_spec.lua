-- The stores by name.  Each has a spec of its own, and keeps help/store_contract.lua.

local tickets = require "facequery.tickets"

describe("a ticket store", function()
  it("is made of what it needs, and raises for anything else", function()
    assert.has_error(function() tickets.file() end)
    assert.has_error(function() tickets.redis() end)
    assert.has_error(function() tickets.shared_dict "nosuch" end)
  end)
end)
