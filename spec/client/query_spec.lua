-- What a query's arguments may be: what raises, and what is refused before anything is sent.

local clients = require "help.clients"
local support = require "help.support"

local new, raises, fails = clients.new, clients.raises, clients.fails
local order = support.order

describe("a query, by its arguments,", function()
  local folder
  before_each(function() folder = support.folder() end)
  after_each(function() support.remove_folder(folder) end)

  it("raises on wrong types and unknown fields", function()
    local client, seen = new()
    for _, method in ipairs { "query", "poll" } do
      local function call(query) return client[method](client, query) end
      for name, value in pairs {
        order_no = 5, get_file = true, query_version = 1.0, photo_path = 1, video_path = {},
      } do
        local query = { order_no = "a" }
        query[name] = value
        raises(("bad argument #1 to '%s' (field '%s': "):format(method, name), call, query)
      end
      raises("(field 'order_no': string expected, got nil)", call, {})
      raises("(unknown field 'orderNo')", call, { orderNo = "a" })
      raises("(table expected, got string)", call, "verified1")
      raises("(table expected, got nil)", call)
    end
    raises("(unknown field 'attempts')", client.query, client, { order_no = "a", attempts = 1 })
    raises("(field 'attempts': number expected", client.poll, client, { order_no = "a", attempts = "1" })
    raises("(field 'interval': number expected", client.poll, client, { order_no = "a", interval = "1" })
    assert.equal(0, #seen.requests)
  end)

  it("refuses bad values before anything is sent, and goes on", function()
    local client, seen = new()
    local cases = {
      { "get_file", "INVALID_GET_FILE", 0, 4, 1.4, 0 / 0, "", "4", "all", "1\0" },
      { "query_version", "INVALID_QUERY_VERSION", "", ("1"):rep(9), "1\0" },
      { "photo_path", "INVALID_PATH", "", folder .. "/a\0b" },
      { "video_path", "INVALID_PATH", "", folder .. "/a\0b" },
      {
        "order_no", "INVALID_ORDER_NO", "", ("1"):rep(33), ("1"):rep(100000), "a-b", "a_b", "a b", " a", "a\n",
        "a\0", "\0", "a\0b", "订单", "é", "a/b", "../a", "a?b", "a&getFile=1", "a#b", "%41", "a'b", 'a"b', "a\\b",
      },
    }
    for _, case in ipairs(cases) do
      for i = 3, #case do
        for _, method in ipairs { "query", "poll" } do
          local query = { order_no = "a", photo_path = folder .. "/photo" }
          query[case[1]] = case[i]
          local err = fails("invalid_request", case[2], client[method](client, query))
          assert.equal(case[1], err.field)
          assert.is_false(err.retryable)
        end
      end
    end
    for _, name in ipairs { "attempts", "interval" } do
      for _, value in ipairs(name == "attempts" and { -1, 0, 1.5, 0 / 0 } or { -1, 1e9, 0 / 0, math.huge }) do
        local err = fails("invalid_request", "INVALID_SETTING", client:poll { order_no = "a", [name] = value })
        assert.equal(name, err.field)
      end
    end
    assert.equal(0, #seen.requests)
    assert.equal("", support.list(folder))
    assert(client:query { order_no = order "verified" })
  end)

  it("does not repeat a bad order number", function()
    local client = new()
    local _, err = client:query { order_no = "pRIVATE-" }
    for _, value in pairs(err) do
      assert.is_nil(tostring(value):find("pRIVATE", 1, true))
    end
  end)

  it("names the folder that a path is missing, and asks nobody", function()
    local client, seen = new()
    for name, method in pairs { photo = "query", video = "poll" } do
      local err = fails("storage", "FILE_UNWRITABLE",
        client[method](client, { order_no = "a1", [name .. "_path"] = "/nowhere/at/all.bin" }))
      assert.same({ name, "a1" }, { err.field, err.orderNo })
      assert.matches("(" .. name .. ", /nowhere/at/: no such folder)", err.message, 1, true)
    end
    assert.equal(0, #seen.requests)
  end)
end)
