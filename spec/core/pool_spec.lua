-- core.pool: many exchanges at once, against the sandbox.

local core = require "facequery.core"
local complete = require "help.request"
local servers = require "help.servers"
local support = require "help.support"

local env = support.env

-- A signed request for both media of an order.
local function request_for(order, fields)
  local nonce = assert(core.nonce())
  local request = {
    url = env "BASE_URL" .. "/api/v2/base/queryfacerecord?orderNo=" .. order,
    headers = { ["Content-Type"] = "application/json" },
    body = ('{"appId":"%s","version":"1.0.0","nonce":"%s","orderNo":"%s","getFile":"1","sign":"%s"}'):format(
      env "APP_ID", nonce, order, core.sign(env "APP_ID", order, "1.0.0", nonce, env "TICKET")),
    ca_file = env "CA_FILE",
  }
  for name, value in pairs(fields or {}) do
    request[name] = value
  end
  return complete(request)
end

local function raises(part, call, ...)
  local ok, message = pcall(call, ...)
  assert.is_false(ok, "did not raise")
  assert.matches(part, tostring(message), 1, true)
end

describe("core.pool", function()
  local pool
  before_each(function() pool = assert(core.pool()) end)
  after_each(function() pool:close() end)

  -- Waits until `count` exchanges have ended, those before included; their numbers in the order of
  -- their ends.
  local function wait_for(count, before)
    local ended, deadline = before or {}, support.real_now() + 20
    while #ended < count do
      assert.is_true(support.real_now() < deadline, "no end")
      for _, id in ipairs(assert(pool:wait(1))) do
        ended[#ended + 1] = id
      end
    end
    assert.equal(count, #ended)
    return ended
  end

  -- The order's number in the answer; its photo's bytes where one was sent.
  local function answer_of(id)
    local received, info = assert(pool:finish(id))
    local order = received:envelope():match '"orderNo":"(%w+)"'
    local media = assert(received:keep())
    received:close()
    assert.equal(200, info.status)
    return order, media.photo and media.photo.data, info
  end

  it("brings each answer under its own number", function()
    local orders = {}
    for i = 1, 20 do
      local order = support.order(i % 2 == 0 and "nomedia" or "verified")
      orders[assert(pool:start(request_for(order)))] = order
    end
    for _, id in ipairs(wait_for(20)) do
      local order, photo = answer_of(id)
      assert.equal(orders[id], order)
      assert.is_true(photo == (order:find "^verified" and support.medium "photo.jpg" or nil))
      orders[id] = nil
    end
    assert.is_nil(next(orders))
  end)

  it("runs them at once: the service has all ten before it answers one", function()
    local orders, asked = {}, 0
    for i = 1, 10 do
      orders[i] = support.order "slow500x"
      assert(pool:start(request_for(orders[i])))
    end
    local ended
    repeat
      ended = pool:wait(1)
    until ended[1]
    for _, order in ipairs(orders) do
      asked = asked + support.queries(order)
    end
    assert.equal(10, asked)
    for _, id in ipairs(wait_for(10, ended)) do
      assert.truthy(answer_of(id))
    end
  end)

  it("sends them over one connection, where the server speaks HTTP/2", function()
    for _ = 1, 10 do
      assert(pool:start(request_for(support.order "slow100x")))
    end
    local opened = 0
    for _, id in ipairs(wait_for(10)) do
      local _, _, info = answer_of(id)
      opened = opened + (info.reused and 0 or 1)
    end
    assert.equal(1, opened)
  end)

  it("names them as they end, the quick before the slow", function()
    assert(pool:start(request_for(support.order "slow9000x")))
    local quick = assert(pool:start(request_for(support.order "nomedia")))
    assert.same({ quick }, wait_for(1))
  end)

  it("streams media into files, which get their names when they are kept", function()
    local folder = support.folder()
    local id = assert(pool:start(request_for(support.order "verified",
      { photo_path = folder .. "/photo", video_path = folder .. "/video", hashes = { "sm3" } })))
    wait_for(1)
    local received = assert(pool:finish(id))
    assert.equal("", support.list(folder))
    local media = assert(received:keep())
    assert.equal(support.must(("openssl dgst -sm3 -r %s/photo"):format(folder)):match "^%x+", media.photo.sm3)
    assert.is_true(support.read_file(folder .. "/video") == support.medium "video.mp4")
    support.remove_folder(folder)
  end)

  it("uses numbers and connections again", function()
    local first = assert(pool:start(request_for(support.order "nomedia")))
    wait_for(1)
    local _, _, info = answer_of(first)
    assert.is_false(info.reused)
    assert.equal(first, assert(pool:start(request_for(support.order "nomedia"))))
    wait_for(1)
    _, _, info = answer_of(first)
    assert.is_true(info.reused)
  end)

  it("tells each failure to whom it concerns", function()
    local expected = {}
    for _, case in ipairs {
      { "http503x", { status = "HTTP", http_status = 503 } },
      { "cutjson", { status = "JSON_CUT" } },
      { "nomedia" },
    } do
      expected[assert(pool:start(request_for(support.order(case[1]))))] = case[2] or "answer"
    end
    local refused = assert(pool:start(request_for(support.order "nomedia", { url = "https://localhost:1/" })))
    expected[refused] = { status = "TRANSPORT", code = "COULDNT_CONNECT" }
    for _, id in ipairs(wait_for(4)) do
      local received, failure = pool:finish(id)
      if received then
        assert.equal("answer", expected[id])
        received:close()
      else
        failure.detail = nil
        assert.same(expected[id], failure)
      end
    end
  end)

  it("refuses an url that a query may not go to, and goes on", function()
    local id, failure = pool:start(request_for(support.order "nomedia", { url = "ftp://localhost/" }))
    assert.is_nil(id)
    assert.equal("INSECURE_URL", failure.status)
    assert.equal(0, assert(pool:start(request_for(support.order "nomedia"))))
    wait_for(1)
  end)

  it("waits as long as it is told, with nothing under way or with something slow", function()
    local function waits(seconds)
      local started = support.real_now()
      assert.same({}, pool:wait(seconds))
      local elapsed = support.real_now() - started
      assert.is_true(elapsed >= seconds - 0.002 and elapsed < seconds + 10, elapsed)
    end
    waits(0.1)
    waits(0)
    assert(pool:start(request_for(support.order "slow30000x", { timeout = 60 })))
    waits(0.2)
  end)

  it("ends what is under way when it is closed, and leaves no file", function()
    local folder = support.folder()
    for i = 1, 4 do
      assert(pool:start(request_for(support.order "slow30000x",
        { timeout = 60, photo_path = folder .. "/photo" .. i, video_path = folder .. "/video" .. i })))
    end
    assert.same({}, pool:wait(0.3))
    local started = support.real_now()
    pool:close()
    pool:close()
    assert.is_true(support.real_now() - started < 10)
    assert.equal("", support.list(folder))
    support.remove_folder(folder)
    raises("the pool is closed", pool.wait, pool, 0)
    raises("the pool is closed", pool.start, pool, request_for(support.order "nomedia"))
    raises("the pool is closed", pool.finish, pool, 0)
  end)

  it("is closed by the collector", function()
    local function connections()
      return tonumber(support.must "readlink /proc/$PPID/fd/* 2>/dev/null | grep -c socket || :")
    end
    collectgarbage()
    local before = connections()
    for _ = 1, 3 do
      local other = assert(core.pool())
      assert(other:start(request_for(support.order "slow9000x")))
      other:wait(0.1)
    end
    assert.is_true(connections() > before)
    collectgarbage()
    collectgarbage()
    -- A thread that looks up a name closes its own when it ends.
    servers.wait(function() return connections() == before end)
    assert.equal(before, connections())
  end)

  it("raises on a number that has not ended, or has been finished", function()
    raises("nothing has ended there", pool.finish, pool, 0)
    local id = assert(pool:start(request_for(support.order "nomedia")))
    raises("nothing has ended there", pool.finish, pool, id)
    raises("nothing has ended there", pool.finish, pool, -1)
    raises("nothing has ended there", pool.finish, pool, 1e6)
    wait_for(1)
    assert(pool:finish(id)):close()
    raises("nothing has ended there", pool.finish, pool, id)
  end)

  it("raises on wrong types, and owns nothing then", function()
    raises("table expected", pool.start, pool, "https://localhost")
    raises("url", pool.start, pool, {})
    raises("timeout", pool.start, pool, { url = env "BASE_URL", timeout = -1 })
    raises("seconds expected", pool.wait, pool, -1)
    raises("number expected", pool.wait, pool, {})
    raises("facequery.pool expected", pool.wait, io.stdout, 1)
  end)
end)
