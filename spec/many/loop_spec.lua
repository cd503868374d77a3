-- Many orders in one loop, against the sandbox: what it brings of each, and what it takes.

local clients = require "help.clients"
local facequery = require "facequery"
local support = require "help.support"

local env, order, orders_of = support.env, support.order, support.orders_of
local raises = clients.raises

describe("client:each", function()
  local client
  before_each(function() client = assert(facequery.new()) end)
  after_each(function() client:close() end)

  it("brings every order once, with its record and its media", function()
    local orders, seen = {}, {}
    for i, word in ipairs { "verified", "late", "png", "flat", "verified", "late" } do
      orders[i] = order(word)
    end
    for order_no, record, err in client:each(orders, { concurrency = 3, interval = 0.05 }) do
      assert.is_nil(err)
      assert.is_nil(seen[order_no])
      seen[order_no] = true
      assert.equal(order_no, record.orderNo)
      assert.is_true(record.video.data == support.medium "video.mp4")
      assert.is_true(record.photo.data
        == support.medium(order_no:find "^png" and "photo.png" or "photo.jpg"))
    end
    for _, order_no in ipairs(orders) do
      assert.is_true(seen[order_no])
    end
  end)

  it("brings errors by order, and goes on", function()
    local expected = {
      [order "verified"] = "0", [order "nosuch"] = "66660011", [order "rejected"] = "66660004",
      [order "badbase64"] = "BASE64_FOREIGN", [order "wrongorder"] = "WRONG_ORDER",
      [order "nomedia"] = "MEDIA_PENDING", [order "http404x"] = "404", [order "verified"] = "0",
      ["not-an-order"] = "INVALID_ORDER_NO", [("x"):rep(33)] = "INVALID_ORDER_NO",
    }
    local orders = {}
    for order_no in pairs(expected) do
      orders[#orders + 1] = order_no
    end
    for order_no, record, err in client:each(orders, { interval = 0.01 }) do
      assert.equal(expected[order_no], record and record.code or err.code)
      assert.is_true((record == nil) == (err ~= nil))
      assert.is_nil(err and tostring(err):find(env "TICKET", 1, true))
      expected[order_no] = nil
    end
    assert.is_nil(next(expected))
  end)

  it("brings an invalid order number of any type as that order's error, and asks nobody", function()
    local seen = {}
    for order_no, record, err in client:each { 12, true, "", "a b" } do
      assert.is_nil(record)
      seen[#seen + 1] = tostring(order_no) .. ":" .. err.code
    end
    table.sort(seen)
    assert.same({ "12:INVALID_ORDER_NO", ":INVALID_ORDER_NO", "a b:INVALID_ORDER_NO",
      "true:INVALID_ORDER_NO" }, seen)
  end)

  it("takes a function that ends with nil, and calls it no more then", function()
    local calls, orders = 0, orders_of("nomedia", 2)
    local count = 0
    for _ in client:each(function()
      calls = calls + 1
      return orders[calls]
    end, { method = "query" }) do
      count = count + 1
    end
    assert.same({ 3, 2 }, { calls, count })
  end)

  it("has nothing to say about no orders", function()
    for _ in client:each {} do
      error "an order"
    end
    for _ in client:each(function() end) do
      error "an order"
    end
  end)

  it("queries or polls, with the options of one call", function()
    local one = order "verified"
    for _, record in client:each({ one }, { method = "query", get_file = "photo", query_version = "1.0" }) do
      assert.equal("jpeg", record.photo.format)
      assert.is_nil(record.video)
      assert.equal("1.12.12", record.sdkVersion)
    end
    local late = order "late"
    for _, record, err in client:each({ late }, { attempts = 2, interval = 0 }) do
      assert.is_nil(record)
      assert.equal("MEDIA_PENDING", err.code)
    end
    assert.same({ 1, 2 }, { support.queries(one), support.queries(late) })
  end)

  it("retries each order for itself", function()
    local seen = 0
    for _, record in client:each({ order "flaky", order "verified", order "cutonce" }) do
      assert.equal("0", record.code)
      seen = seen + 1
    end
    assert.equal(3, seen)
  end)

  it("raises what the source of orders raises", function()
    local calls = 0
    raises("no more paper", function()
      for _ in client:each(function()
        calls = calls + 1
        return calls < 3 and order "nomedia" or error "no more paper"
      end, { concurrency = 2, method = "query" }) do
        assert.is_true(calls <= 3)
      end
    end)
  end)

  it("uses the client's own transport, where it has one", function()
    local asked = {}
    local own = assert(facequery.new { transport = function(request)
      asked[#asked + 1] = request.order_no
      return nil, { status = "TRANSPORT", code = "COULDNT_CONNECT" }
    end, retries = 0 })
    for order_no, record, err in own:each({ "a1", "a2" }, { concurrency = 1 }) do
      assert.is_nil(record)
      assert.same({ "transport", "COULDNT_CONNECT", order_no }, { err.kind, err.code, err.orderNo })
    end
    assert.same({ "a1", "a2" }, asked)
  end)

  it("tells the client's listener of each order's steps", function()
    local told = {}
    local own = assert(facequery.new { on_event = function(event)
      told[event.order_no] = (told[event.order_no] or "") .. event.type .. " "
    end })
    local late, plain = order "late", order "verified"
    for _ in own:each({ late, plain }, { interval = 0.01 }) do -- luacheck: ignore 542
    end
    assert.equal("request response ", told[plain])
    assert.equal(("request response pending "):rep(2) .. "request response ", told[late])
  end)

  it("raises on wrong arguments, at its caller", function()
    for message, arguments in pairs {
      ["#1 to 'each' (table or function expected, got string)"] = { "orders.txt" },
      ["#1 to 'each' (table or function expected, got nil)"] = { nil },
      ["(unknown field 'jobs')"] = { {}, { jobs = 3 } },
      ["(field 'concurrency': number expected, got string)"] = { {}, { concurrency = "3" } },
    } do
      raises(message, client.each, client, arguments[1], arguments[2])
      raises("many/loop_spec.lua", function() client:each(arguments[1], arguments[2]) end)
    end
  end)

  it("returns an error for a bad value", function()
    for field, options in pairs {
      concurrency = { concurrency = 0 }, max_rate = { max_rate = 0 }, method = { method = "archive" },
      hashes = { dir = "/tmp", hashes = { "md5" } },
    } do
      local iterator, err = client:each({}, options)
      assert.is_nil(iterator)
      assert.same({ "invalid_request", field }, { err.kind, err.field })
    end
  end)

  it("takes what one order raises for that order's error, and goes on", function()
    local one = assert(facequery.new {
      retries = 0,
      transport = function(request)
        if request.order_no == "a2" then
          error "boom"
        end
        return { status = 200, envelope = '{"code":"0"}', media = {} }
      end,
    })
    local seen = {}
    for order_no, record, err in one:each({ "a1", "a2", "a3", "a4" }, { concurrency = 1, method = "query" }) do
      seen[#seen + 1] = order_no .. " " .. (record and record.code or err.kind .. " " .. err.code)
    end
    assert.same({ "a1 0", "a2 transport BAD_TRANSPORT", "a3 0", "a4 0" }, seen)
  end)

  it("returns an error where the archive's folder can't be made", function()
    local iterator, err = client:each({ order "verified" }, { dir = "/dev/null/archive" })
    assert.is_nil(iterator)
    assert.same({ "storage", "FILE_UNWRITABLE" }, { err.kind, err.code })
  end)
end)
