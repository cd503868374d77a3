-- The pool as a transport: coroutines against the sandbox, and against servers of the spec's own
-- where it is to be known which connections are open.

local contract = require "help.transport_contract"
local core = require "facequery.core"
local facequery = require "facequery"
local pools = require "facequery.transport.pool"
local queries = require "help.queries"
local sending = require "help.sending"
local servers = require "help.servers"
local support = require "help.support"

local env, order = support.env, support.order
local request_for = sending.request_for

describe("the pool's transport", function()
  local pool
  local function open(places)
    pool = assert(pools.new(places))
  end
  after_each(function() pool:close() end)

  -- Runs each function in a coroutine until all have ended.
  local function run(works)
    local left, deadline = #works, support.real_now() + 30
    for _, work in ipairs(works) do
      pool:start(function()
        work()
        left = left - 1
      end)
    end
    while left > 0 do
      assert.is_true(support.real_now() < deadline, left .. " have not ended")
      pool:step(true)
    end
  end

  local function run_queries(settings, list)
    local results
    settings.transport = function(request) return pool:send(request) end
    open(1)
    run { function() results = queries.run(settings, list) end }
    pool:close()
    return results
  end
  local function transport() return { run = run_queries, run_untrusting = contract.untrusting(run_queries) } end
  contract.holds(transport)
  contract.is_like_libcurl(transport)

  it("returns the plain table that every transport returns", function()
    open(1)
    local order_no, response = order "verified", nil
    run { function() response = assert(pool:send(request_for(order_no, { digest_body = true }))) end }
    assert.equal(200, response.status)
    assert.truthy(response.envelope:find('"orderNo":"' .. order_no .. '"', 1, true))
    assert.is_true(response.media.photo.data == support.medium "photo.jpg")
    assert.is_true(response.media.video.data == support.medium "video.mp4")
    assert.matches("^%x+$", response.sha256)
    assert.is_true(response.time > 0)
    assert.is_boolean(response.reused)
  end)

  it("refuses an url that it may not ask, and leaves the place to others", function()
    open(1)
    local refused, answered
    run {
      function() refused = select(2, pool:send(request_for("a1", { url = "ftp://localhost/" }))) end,
      function() answered = pool:send(request_for(order "nomedia")) end,
    }
    assert.equal("INSECURE_URL", refused.status)
    assert.equal(200, answered.status)
  end)

  it("is a client's transport, whose orders take their turns in one thread", function()
    open(8)
    local client = assert(facequery.new { transport = function(request) return pool:send(request) end })
    local works, records, orders, asked = {}, {}, {}, nil
    for i = 1, 12 do
      orders[i] = order "slow500x"
      works[i] = function()
        records[i] = assert(client:query { order_no = orders[i] })
        if not asked then
          asked = 0
          for _, order_no in ipairs(orders) do
            asked = asked + support.queries(order_no)
          end
        end
      end
    end
    run(works)
    assert.equal(12, #records)
    -- The service had received as many queries as there are places before it answered one.
    assert.equal(8, asked)
  end)

  it("has no more requests under way than it has places; the others wait in their order", function()
    open(3)
    local running, most, ended, works = 0, 0, {}, {}
    local seen = env "SANDBOX_HTTP" .. "/api/v2/base/queryfacerecord?orderNo="
    for i = 1, 9 do
      works[i] = function()
        local order_no = order "slow100x"
        running = running + 1
        assert(pool:send(request_for(order_no, { url = seen .. order_no })))
        ended[#ended + 1] = i
      end
    end
    local watch = function()
      while #ended < 9 do
        most = math.max(most, support.sockets())
        pool:sleep(0.02)
      end
    end
    local before = support.sockets()
    works[10] = watch
    run(works)
    assert.equal(9, running)
    -- libcurl has a socket pair of its own by which curl_multi_wakeup works.
    assert.is_true(most - before <= 3 + 2, most - before)
    for i = 1, 9 do
      assert.is_true(math.abs(ended[i] - i) <= 2, table.concat(ended, " "))
    end
  end)

  it("moves transfers while it holds, and resumes nobody before the next step", function()
    open(2)
    local folder, threads, response = support.folder(), assert(core.threads(1)), nil
    finally(function()
      threads:close()
      support.remove_folder(folder)
    end)
    -- Returns when a descriptor can be read, which is soon.
    local function hold()
      assert(threads:flush { folder })
      pool:hold(threads:descriptor())
      assert.is_number((threads:next()))
    end
    local order_no, deadline = order "verified", support.real_now() + 30
    pool:start(function() response = assert(pool:send(request_for(order_no))) end)
    pool:start(function() pool:sleep(0) end)
    while not pool.kept[1] do
      assert.is_true(support.real_now() < deadline)
      hold()
      assert.is_nil(response)
    end
    assert.equal(1, support.queries(order_no))
    repeat
      pool:step(false)
    until response
    assert.equal(200, response.status)
    assert.is_nil(pool.kept[1])
  end)

  it("sleeps for as long as it is told, beside others and their exchanges", function()
    open(4)
    local begin, times = support.real_now(), {}
    local function sleeper(name, seconds)
      return function()
        pool:sleep(seconds)
        times[name] = support.real_now() - begin
      end
    end
    run {
      sleeper("long", 2), sleeper("short", 0.3), sleeper("none", 0),
      function()
        assert(pool:send(request_for(order "slow800x")))
        times.exchange = support.real_now() - begin
      end,
    }
    assert.is_true(times.none < times.short)
    assert.is_true(times.short >= 0.299 and times.short < times.exchange, times.short)
    assert.is_true(times.exchange >= 0.799 and times.exchange < times.long, times.exchange)
    assert.is_true(times.long >= 1.999, times.long)
  end)

  it("counts those that rest", function()
    open(1)
    local counts = {}
    local function rester(seconds)
      return function()
        pool:rest(seconds)
        counts[#counts + 1] = pool.resting
      end
    end
    run {
      rester(0.1), rester(0.1),
      function() pool:sleep(0.2) end,
      function() counts[#counts + 1] = pool.resting end,
    }
    assert.same({ 2, 1, 0 }, counts)
  end)

  it("hands what a coroutine raises to whoever runs it, and can go on", function()
    open(1)
    assert.has_error(function() pool:start(function() error("at once", 0) end) end, "at once")
    local thing = {}
    pool:start(function()
      pool:sleep(0)
      error(thing)
    end)
    local ok, raised = pcall(pool.step, pool, true)
    assert.is_false(ok)
    assert.equal(thing, raised)
    local answered
    run { function() answered = pool:send(request_for(order "nomedia")) end }
    assert.equal(200, answered.status)
  end)

  it("shares its connections: to a server without HTTP/2 no more than places, used again", function()
    open(4)
    local connections = 0
    local http = servers.nginx {
      http = "lua_shared_dict seen 100k; keepalive_requests 10000;",
      server = [[
        location = /api {
          content_by_lua_block {
            ngx.shared.seen:set(ngx.var.connection, true)
            ngx.sleep(0.02)
            ngx.print('{"code":"0","orderNo":"' .. ngx.var.arg_orderNo .. '"}')
          }
        }
        location = /seen {
          content_by_lua_block { ngx.print(#ngx.shared.seen:get_keys(0)) }
        }]],
    }
    local works = {}
    for i = 1, 40 do
      works[i] = function()
        local response = assert(pool:send(request_for("a" .. i,
          { url = http.url .. "/api?orderNo=a" .. i })))
        connections = connections + (response.reused and 0 or 1)
      end
    end
    run(works)
    local seen = http:get "/seen"
    http:stop()
    assert.is_true(tonumber(seen) <= 4, seen)
    assert.equal(tonumber(seen), connections)
  end)
end)
