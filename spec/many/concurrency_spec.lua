-- How many orders client:each asks for at once, how fast, and what the others wait for.

local core = require "facequery.core"
local facequery = require "facequery"
local servers = require "help.servers"
local support = require "help.support"

local order, orders_of = support.order, support.orders_of

describe("client:each", function()
  local client
  before_each(function() client = assert(facequery.new()) end)
  after_each(function() client:close() end)

  it("brings results as they are ready", function()
    local slow, quick = order "slow9000x", order "nomedia"
    for order_no in client:each({ slow, quick }, { method = "query" }) do -- luacheck: ignore 512
      assert.equal(quick, order_no)
      break
    end
  end)

  it("archives while it asks, also where the transport of one's own blocks", function()
    local folder, asked = support.folder(), 0
    finally(function() support.remove_folder(folder) end)
    local own = assert(facequery.new {
      transport = function(request)
        asked = asked + 1
        local medium = { data = "face", size = 4 }
        return { status = 200, media = { photo = medium, video = medium },
          envelope = ('{"code":"0","orderNo":"%s","photo":"","video":""}'):format(request.order_no) }
      end,
    })
    for _, bundle in own:each(orders_of("a", 100), { concurrency = 4, dir = folder }) do -- luacheck: ignore 512
      assert.is_table(bundle)
      break
    end
    -- Four at the service, and as many on their way to the disk.
    assert.is_true(asked <= 3 * 4, asked)
    own:close()
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
        -- The service had received as many queries before it answered the first.
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
    -- If a waiting order kept its place, two at most would wait at once.
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
      -- The order that was refused twice has a record in the end.
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

  it("keeps transfers going while the loop's body takes its time", function()
    -- Ten results come at once, and the loop's body takes four seconds for them.  Transfers that stood still
    -- meanwhile would exceed their timeout.
    local one, failed = assert(facequery.new { timeout = 2.5, retries = 0 }), {}
    for order_no, _, err in one:each(orders_of("slow400x", 12), { concurrency = 10, method = "query" }) do
      failed[#failed + 1] = err and order_no
      core.sleep(0.4)
    end
    one:close()
    assert.same({}, failed)
  end)
end)
