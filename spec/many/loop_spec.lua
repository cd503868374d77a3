-- Many orders in one loop, against the sandbox.

local core = require "facequery.core"
local facequery = require "facequery"
local servers = require "help.servers"
local support = require "help.support"

local env, order = support.env, support.order

local function raises(part, call, ...)
  local ok, message = pcall(call, ...)
  assert.is_false(ok, "did not raise")
  assert.matches(part, tostring(message), 1, true)
end

local function orders_of(word, count)
  local orders = {}
  for i = 1, count do
    orders[i] = order(word)
  end
  return orders
end

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

  it("brings results as they are ready", function()
    local slow, quick = order "slow9000x", order "nomedia"
    for order_no in client:each({ slow, quick }, { method = "query" }) do -- luacheck: ignore 512
      assert.equal(quick, order_no)
      break
    end
  end)

  it("runs as many at once as it is told, and no more", function()
    for _, concurrency in ipairs { 1, 3, 6 } do
      local under_way, most, count, asked = 0, 0, 0, 0
      local own = assert(facequery.new { on_event = function(event)
        under_way = under_way + (event.type == "request" and 1 or -1)
        most = math.max(most, under_way)
      end })
      local orders = orders_of("slow500x", 6)
      for _, record in own:each(orders, { concurrency = concurrency, method = "query" }) do
        count = count + (record and 1 or 0)
        -- The service, too, had them all before it answered the first.
        for i = 1, count == 1 and 6 or 0 do
          asked = asked + support.queries(orders[i])
        end
      end
      own:close()
      assert.same({ 6, concurrency, 0 }, { count, most, under_way })
      assert.is_true(asked >= concurrency, asked)
    end
  end)

  it("asks for the next order only when there is room for it", function()
    local taken, done = 0, 0
    local function source()
      if taken < 20 then
        taken = taken + 1
        return order "nomedia"
      end
    end
    for _ in client:each(source, { concurrency = 3, method = "query" }) do
      done = done + 1
      assert.is_true(taken - done <= 3, taken - done)
    end
    assert.same({ 20, 20 }, { taken, done })
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

  it("lets orders wait for their files without a place: two at once, ten late ones", function()
    local waiting, most, count = {}, 0, 0
    local own = assert(facequery.new { on_event = function(event)
      waiting[event.order_no] = event.type == "pending" or nil
      local waits = 0
      for _ in pairs(waiting) do
        waits = waits + 1
      end
      most = math.max(most, waits)
    end })
    local started = support.real_now()
    for _, record in own:each(orders_of("late", 10), { concurrency = 2, interval = 0.5 }) do
      assert.equal("mp4", record.video.format)
      count = count + 1
    end
    own:close()
    assert.equal(10, count)
    assert.is_true(support.real_now() - started >= 1)
    -- With their places they would wait in pairs.
    assert.is_true(most > 2, most)
  end)

  it("goes on with others while late ones wait", function()
    local late, seen = order "late", {}
    local orders = { late }
    for i = 2, 6 do
      orders[i] = order "verified"
    end
    for order_no in client:each(orders, { concurrency = 1, interval = 30 }) do
      seen[#seen + 1] = order_no
      if #seen == 5 then
        break
      end
    end
    table.insert(seen, 1, late)
    assert.same(orders, seen)
    assert.equal(1, support.queries(late))
  end)

  it("retries each order for itself", function()
    local seen = 0
    for _, record in client:each({ order "flaky", order "verified", order "cutonce" }) do
      assert.equal("0", record.code)
      seen = seen + 1
    end
    assert.equal(3, seen)
  end)

  describe("when the loop is left", function()
    -- Connections of this process.
    local function sockets()
      return tonumber(support.must "readlink /proc/$PPID/fd/* 2>/dev/null | grep -c socket || :")
    end

    local function is_closed(before, take)
      -- In a function, so that nothing refers to the iterator when it has returned.
      take()
      collectgarbage()
      collectgarbage()
      -- A thread that looks up a name closes its own when it ends.
      servers.wait(function() return sockets() == before end)
      assert.equal(before, sockets())
    end

    it("asks for no more orders, and closes its connections", function()
      collectgarbage()
      collectgarbage()
      local orders, seen, before = orders_of("slow50x", 30), 0, sockets()
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
      is_closed(sockets(), function()
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
      is_closed(sockets(), function()
        for _, bundle in client:each(orders_of("slow50x", 10), { concurrency = 4, dir = folder .. "/archive" }) do
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
      assert.is_true(found.bundles >= 3 and found.bundles <= 7)
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
      is_closed(sockets(), function()
        for order_no in own:each { "!", order "verified" } do -- luacheck: ignore 512
          assert.equal("!", order_no)
          break
        end
      end)
      support.control("stall?access_token=0", "POST")
      local started = support.real_now()
      assert.truthy(own:query { order_no = order "verified" })
      -- Its own lock would be in its way for twice the timeout and five seconds.
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

  it("works inside a coroutine, and coroutines may loop at once", function()
    local function loop(word)
      return coroutine.wrap(function()
        for _, record, err in client:each(orders_of(word, 3), { method = "query" }) do
          coroutine.yield(record and record.code or err.code)
        end
      end)
    end
    local one, other = loop "nomedia", loop "nosuch"
    for _ = 1, 3 do
      assert.equal("0", one())
      assert.equal("66660011", other())
    end
    assert.is_nil(one())
    assert.is_nil(other())
  end)

  it("works inside another loop's body", function()
    local inner = 0
    for _ in client:each(orders_of("nomedia", 2), { method = "query" }) do
      for _, record in client:each(orders_of("nomedia", 2), { method = "query" }) do
        inner = inner + (record and 1 or 0)
      end
    end
    assert.equal(4, inner)
  end)

  it("fetches one ticket for all of them", function()
    local sandbox = servers.sandbox()
    local own = assert(facequery.new {
      secret = sandbox.env.SANDBOX_SECRET, base_url = sandbox.env.BASE_URL, ca_file = sandbox.env.CA_FILE,
    })
    local count = 0
    for _, record in own:each(orders_of("verified", 12), { concurrency = 12 }) do
      count = count + (record and 1 or 0)
    end
    local fetched = sandbox:counter "api_ticket_requests"
    sandbox:stop()
    assert.same({ 12, 1 }, { count, fetched })
  end)

  it("uses the client's own transport, where it has one", function()
    local asked = {}
    local own = assert(facequery.new { transport = function(request)
      asked[#asked + 1] = request.order_no
      return nil, { status = "TRANSPORT", curl = "COULDNT_CONNECT" }
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

  describe("under a rate", function()
    it("of its own, sends no more than that", function()
      local started, times = support.real_now(), {}
      local own = assert(facequery.new { on_event = function(event)
        if event.type == "request" then
          times[#times + 1] = support.real_now() - started
        end
      end })
      for _, record in own:each(orders_of("nomedia", 8), { max_rate = 10, method = "query" }) do
        assert.truthy(record)
      end
      assert.equal(8, #times)
      for i, time in ipairs(times) do
        assert.is_true(time >= (i - 1) / 10 - 0.005, ("%d: %.3f"):format(i, time))
      end
    end)

    it("of the service, slows all orders down and not only the one that was refused", function()
      local times, refusals, started = {}, {}, support.real_now()
      local own = assert(facequery.new { on_event = function(event)
        local list = event.type == "request" and times
          or event.type == "response" and event.kind == "rate_limited" and refusals
        if list then
          list[#list + 1] = support.real_now() - started
        end
      end })
      local orders, codes = orders_of("slow200x", 24), {}
      table.insert(orders, 4, order "ratelimit")
      for _, record, err in own:each(orders, { concurrency = 4, method = "query" }) do
        local code = record and record.code or err.code
        codes[code] = (codes[code] or 0) + 1
      end
      -- Refused twice, and not held against the order.
      assert.same({ ["0"] = 25 }, codes)
      assert.equal(2, #refusals)
      assert.equal(27, #times)
      for _, refusal in ipairs(refusals) do
        for _, time in ipairs(times) do
          assert.is_false(time > refusal + 0.05 and time < refusal + 0.95,
            ("asked %.3f s after a refusal"):format(time - refusal))
        end
      end
    end)
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

  it("keeps transfers going while the loop's body takes its time", function()
    -- Ten results come at once; those who follow would be left alone for longer than their time.
    local one, failed = assert(facequery.new { timeout = 2.5, retries = 0 }), {}
    for order_no, _, err in one:each(orders_of("slow400x", 12), { concurrency = 10, method = "query" }) do
      failed[#failed + 1] = err and order_no
      core.sleep(0.4)
    end
    one:close()
    assert.same({}, failed)
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

  it("returns an error where the archive's folder can't be made", function()
    local iterator, err = client:each({ order "verified" }, { dir = "/dev/null/archive" })
    assert.is_nil(iterator)
    assert.same({ "storage", "FILE_UNWRITABLE" }, { err.kind, err.code })
  end)
end)
