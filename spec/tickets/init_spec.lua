-- The stores by name, and the interface that each of them keeps.

local support = require "help.support"
local tickets = require "facequery.tickets"

describe("a ticket store", function()
  local folder
  before_each(function() folder = support.folder() end)
  after_each(function() support.remove_folder(folder) end)

  local function stores()
    return {
      memory = tickets.memory(),
      file = tickets.file(folder .. "/ticket"),
    }
  end

  it("holds what was set under a key, and nothing else", function()
    for name, store in pairs(stores()) do
      assert.is_nil(store:get "key", name)
      assert.is_true(store:set("key", "value", 60), name)
      assert.equal("value", store:get "key", name)
      assert.is_nil(store:get "other", name)
    end
  end)

  it("gives its lock to one, and to the next when that one is done", function()
    for name, store in pairs(stores()) do
      local release = assert(store:lock("key", 60), name)
      assert.is_false(store:lock("key", 60), name)
      release()
      local again = store:lock("key", 60)
      assert.is_function(again, name)
      again()
    end
  end)

  it("is made of what it needs, and raises for anything else", function()
    assert.has_error(function() tickets.file() end)
    assert.has_error(function() tickets.redis() end)
    assert.has_error(function() tickets.shared_dict "nosuch" end)
  end)
end)
