-- A service inside nginx as a whole: the example's nginx.conf, and machines that share a Redis.
-- Only on luajit: nginx runs the LuaJIT build, whatever asks it.

local json = require "cjson"
local redis_help = require "help.redis"
local servers = require "help.servers"
local support = require "help.support"

local env = support.env

-- An example's configuration as it stands, but for its paths, its port, and further texts; `more` stands behind the port.
local function example(name, port, changes, more)
  local text = support.read_file("examples/openresty/" .. name)
  local root = support.must "pwd -P"
  local function replace(old, new)
    local from, to = text:find(old, 1, true)
    assert(from, old)
    text = text:sub(1, from - 1) .. new .. text:sub(to + 1)
  end
  replace("127.0.0.1:8080;", ("127.0.0.1:%d%s"):format(port, more or ";"))
  replace("/usr/local/share/lua/5.1/?.lua;/usr/local/share/lua/5.1/?/init.lua",
    ("%s/lua/?.lua;%s/lua/?/init.lua"):format(root, root))
  replace("/usr/local/lib/lua/5.1/?.so", root .. "/build/luajit/?.so")
  -- Workers of another user can't write to a folder of root's.
  replace("events {", (support.must "id -u" == "0" and "user root;\n" or "") .. "events {")
  for old, new in pairs(changes) do
    replace(old, new)
  end
  return text
end

describe("examples/openresty/nginx.conf", function()
  local server, before

  -- A location that shows the ticket to the spec goes along.
  local function configure(_, port)
    return example("nginx.conf", port, {}, "; location = /ticket { content_by_lua_block {"
      .. " for _, key in ipairs(ngx.shared.facequery:get_keys()) do"
      .. " ngx.say(ngx.shared.facequery:get(key)) end } }")
  end

  local function counted(name)
    return support.counters()[name] - before[name]
  end

  setup(function()
    before = support.counters()
    server = servers.nginx {
      conf = configure,
      environment = "FACEQUERY_TICKET= FACEQUERY_SECRET=" .. env "SANDBOX_SECRET",
    }
  end)

  teardown(function()
    server:stop()
  end)

  -- Returns an answer's JSON, decoded, and its HTTP status.
  local function get(path)
    local text, status = server:get(path, "-w '\n%{http_code}'"):match("^(.*)\n(%d+)$")
    return json.decode(text), tonumber(status)
  end

  it("has a ticket before anybody asks, and one for all its workers", function()
    assert.is_true(servers.wait(function() return counted "api_tickets" == 1 end))
    for _ = 1, 10 do
      get("/orders/" .. support.order "verified")
    end
    assert.equal(1, counted "api_tickets")
    assert.equal(1, counted "access_token_requests")
  end)

  it("answers an order's record, without its media", function()
    local order = support.order "verified"
    local answer, status = get("/orders/" .. order)
    assert.equal(200, status)
    assert.is_true(answer.verified)
    assert.equal("0", answer.record.code)
    assert.equal(order, answer.record.orderNo)
    assert.equal("88.01", answer.record.similarity)
    assert.is_nil(answer.record.photo)
    assert.is_nil(answer.record.video)
  end)

  -- What a POST to /start is answered: the HTTP status, and where it leads.
  local function start(body)
    return server:get("/start", "-o /dev/null -w '%{http_code} %{redirect_url}' -d "
      .. support.quote(body)):match "^(%d+) (.*)$"
  end

  it("leads a user's browser to the scan, and from there back to a record", function()
    local status, url = start [[{"user_id":"u1","name":"张三","id_no":"11010519491231002X"}]]
    assert.equal("303", status)
    local back = support.must(("curl -s --cacert %s -o /dev/null -w '%%{redirect_url}' %s"):format(
      support.quote(env "CA_FILE"), support.quote(url)))
    local query = back:match "^https://shop%.example/callback%?(.*)$"
    local answer, code = get("/callback?" .. query)
    assert.equal(200, code)
    assert.is_true(answer.verified)
    assert.equal(url:match "orderNo=(%w+)", answer.record.orderNo)
    for _, body in ipairs { "", "[]", "{", [[{"user_id":"u1"}]], [[{"user_id":"u1","name":7,"id_no":"1"}]],
      [[{"user_id":"a b","name":"张三","id_no":"1"}]] } do
      assert.equal("400", (start(body)))
    end
    assert.equal("400", server:get("/start", "-o /dev/null -w '%{http_code}'"))
    assert.is_nil(server:log():find("张三", 1, true))
  end)

  it("answers what went wrong, as no verified person", function()
    for word, case in pairs {
      rejected = { 200, "rejected", "66660004" },
      nosuch = { 404, "not_found", "66660011" },
      code400503x = { 400, "invalid_request", "400503" },
      http404x = { 502, "http", "404" },
    } do
      local answer, status = get("/orders/" .. support.order(word))
      assert.equal(case[1], status)
      assert.is_false(answer.verified)
      assert.is_nil(answer.record)
      assert.equal(case[2], answer.error.kind)
      assert.equal(case[3], answer.error.code)
    end
    local _, status = get("/orders/" .. ("1"):rep(33))
    assert.equal(400, status)
  end)

  it("queries after a return url that is the service's own, and after no other", function()
    local ticket = json.decode(server:get("/ticket")).ticket
    local order = support.order "verified"
    local sign = support.sign { env "APP_ID", order, "0", ticket }
    for i, name in ipairs { "newSign", "newSignature" } do
      local answer, status = get(("/callback?code=0&orderNo=%s&%s=%s"):format(order, name, sign))
      assert.equal(200, status)
      assert.equal(order, answer.record.orderNo)
      assert.equal(i, support.queries(order))
    end
    for _, query in ipairs {
      "code=1&orderNo=" .. order .. "&newSign=" .. sign,
      "code=0&orderNo=" .. order .. "1&newSign=" .. sign,
      "code=0&orderNo=" .. order .. "&newSign=" .. ("0"):rep(40),
      "code=0&orderNo=" .. order,
      "code=0&code=0&orderNo=" .. order .. "&newSign=" .. sign,
      "",
    } do
      local answer, status = get("/callback?" .. query)
      assert.equal(403, status)
      assert.is_false(answer.verified)
      assert.equal("INVALID_CALLBACK_SIGN", answer.error.code)
    end
    assert.equal(2, support.queries(order))
    assert.equal(0, support.queries(order .. "1"))
  end)

  it("says in nginx's log why the client can't be made", function()
    local folder = support.folder()
    finally(function() support.remove_folder(folder) end)
    support.write_file(folder .. "/nginx.conf", configure(folder, 1))
    local _, _, status = support.run({ "sh", "-c", [[
      exec $(command -v nginx || echo /usr/sbin/nginx) -p "$0/" -c "$0/nginx.conf" -g "daemon off;"]], folder },
      { env = { FACEQUERY_TICKET = false, FACEQUERY_SECRET = false } })
    assert.equal(1, status)
    assert.truthy(support.read_file(folder .. "/error.log"):find("TICKET_MISSING", 1, true))
  end)

  it("writes neither secret nor ticket nor sign into its logs", function()
    local ticket = json.decode(server:get("/ticket")).ticket
    local order = support.order "rejected"
    local sign = support.sign { env "APP_ID", order, "0", ticket }
    assert.equal("66660004", get(("/callback?code=0&orderNo=%s&newSign=%s"):format(order, sign)).error.code)
    get(("/callback?code=1&orderNo=%s&newSign=%s"):format(order, sign))
    assert.truthy(servers.wait(function()
      return server:log():find("66660004", 1, true) and server:log():find("INVALID_CALLBACK_SIGN", 1, true)
    end))
    local log = server:log() .. support.read_file(server.folder .. "/access.log")
    assert.truthy(log:find("GET /callback", 1, true))
    for _, private in ipairs { ticket, sign, env "SANDBOX_SECRET" } do
      assert.is_nil(log:find(private, 1, true))
    end
    assert.is_nil(log:find("%[error%]"))
  end)
end)

describe("examples/openresty/queue.conf", function()
  local server, redis, ticket

  setup(function()
    redis = redis_help.server()
    redis.cli "config set requirepass p4ss"
    server = servers.nginx {
      conf = function(_, port)
        return example("queue.conf", port, {
          ['"127.0.0.1", 6379'] = ('"127.0.0.1", %d'):format(redis.port),
          -- Far longer than a user's patience, so that whoever waits for it is seen.
          ["set_timeouts(1000, 1000, 1000)"] = "set_timeouts(60000, 60000, 60000)",
        }, "; location = /ticket { content_by_lua_block {"
          .. " ngx.say(ngx.shared.facequery:get(ngx.shared.facequery:get_keys()[1])) } }")
      end,
      environment = "FACEQUERY_TICKET= FACEQUERY_REDIS_PASSWORD=p4ss FACEQUERY_SECRET=" .. env "SANDBOX_SECRET",
    }
    ticket = servers.wait(function() return server:get("/ticket"):match '"ticket":"(%w+)"' end)
  end)

  teardown(function()
    server:stop()
    redis.stop()
  end)

  local function sign_of(order)
    return support.sign { env "APP_ID", order, "0", ticket }
  end

  -- The return url as the service makes it; a user's patience ends after 20 seconds.
  local function call_back(order, sign)
    local text, status = server:get(("/callback?code=0&orderNo=%s&newSign=%s"):format(
      order, sign or sign_of(order)), "-m 20 -w '\n%{http_code}'"):match "^(.*)\n(%d+)$"
    return json.decode(text), tonumber(status)
  end

  -- When the service deletes an order's files, as the queue has it; nil where it is not in the queue.
  local function deadline(order)
    return tonumber(redis.cli("--no-auth-warning -a p4ss zscore 'fq:{faces}:open' " .. order))
  end

  local function wait_for(order)
    return assert(servers.wait(function() return deadline(order) end), "not in the queue")
  end

  it("answers a genuine callback, and hands the order to the queue", function()
    for word, verified in pairs { verified = true, rejected = false } do
      local order, before = support.order(word), support.real_now()
      local answer, status = call_back(order)
      assert.equal(200, status)
      assert.equal(verified, answer.verified)
      local left = wait_for(order) - 3 * 86400
      assert.is_true(left >= math.floor(before) and left <= support.real_now())
      call_back(order)
    end
    assert.equal("2", redis.cli "--no-auth-warning -a p4ss xlen 'fq:{faces}:orders'")
  end)

  it("hands over no order of another's callback", function()
    local order = support.order "verified"
    local answer, status = call_back(order, ("0"):rep(40))
    assert.equal(403, status)
    assert.is_false(answer.verified)
    assert.is_nil(deadline(order))
  end)

  it("answers while Redis does not, and hands the order over once it does", function()
    local order = support.order "verified"
    support.must("kill -STOP " .. redis.pid())
    local ok, answer, status = pcall(call_back, order)
    support.must("kill -CONT " .. redis.pid())
    assert.is_true(ok, answer)
    assert.equal(200, status)
    assert.is_true(answer.verified)
    wait_for(order)
  end)

  it("answers while there is no Redis, and says in its log that the order is not in the queue", function()
    local order = support.order "verified"
    redis.stop()
    local answer, status = call_back(order)
    redis.start()
    assert.equal(200, status)
    assert.is_true(answer.verified)
    assert.is_truthy(servers.wait(function() return server:log():find("transport REDIS", 1, true) end))
    assert.is_nil(server:log():find "%[error%]")
    local log = server:log() .. server:text "access.log"
    assert.is_nil(log:find(ticket, 1, true))
    assert.is_nil(log:find(sign_of(order), 1, true))
  end)
end)

describe("nginx with its tickets in Redis", function()
  local redis, first, second, sandbox

  -- A client with the user's own way of connecting: lua-resty-redis, or Debian's copy of it.
  local function query_code(order, settings)
    return ([[
      kept.client = kept.client or assert(require("facequery").new {
        ticket_store = require("facequery.tickets").redis(function()
          local found, redis = pcall(require, "resty.redis")
          if not found then
            redis = require "nginx.redis"
          end
          local connection = redis:new()
          connection:set_timeout(1000)
          assert(connection:connect("127.0.0.1", %d))
          return connection, function() connection:set_keepalive() end
        end), %s
      })
      local record, err = kept.client:query { order_no = "%s" }
      return record and record.code or { kind = err.kind, code = err.code, text = tostring(err) }]]
    ):format(redis.port, settings, order)
  end

  before_each(function()
    redis = redis_help.server()
    first = servers.nginx { workers = 2 }
  end)

  after_each(function()
    redis.stop()
    first:stop()
    for _, other in pairs { second, sandbox } do
      other:stop()
    end
    second, sandbox = nil, nil
  end)

  it("fetches one token for two instances and 100 clients that start cold", function()
    second = servers.nginx { workers = 2 }
    local order, before = support.order "nomedia", support.counters()
    local code = query_code(order, 'secret = os.getenv "FACEQUERY_SANDBOX_SECRET"')
    local wait_first, wait_second = first:begin("content", code, 50), second:begin("content", code, 50)
    for _, wait in ipairs { wait_first, wait_second } do
      for _, value in ipairs(wait()) do
        assert.equal("0", value)
      end
    end
    local after = support.counters()
    assert.equal(100, support.queries(order))
    assert.equal(1, after.access_token_requests - before.access_token_requests)
    assert.equal(1, after.api_ticket_requests - before.api_ticket_requests)
  end)

  it("uses the ticket in hand while Redis is down, then says so, and resumes when it is back", function()
    sandbox = servers.sandbox "FACEQUERY_SANDBOX_TICKET_SECONDS=3"
    local settings = ("retries = 0, secret = %q, base_url = %q, ca_file = %q"):format(
      sandbox.env.SANDBOX_SECRET, sandbox.env.BASE_URL, sandbox.env.CA_FILE)
    local code = query_code(support.order "nomedia", settings)
    -- Forty requests one after another, so that each of the two workers holds the ticket.
    for _, value in ipairs(first:run_many("content", code, 40, 1)) do
      assert.equal("0", value)
    end
    assert.equal(1, sandbox:counter "api_tickets")
    redis.stop()
    for _, value in ipairs(first:run_many("content", code, 20, 1)) do
      assert.equal("0", value)
    end
    local err = servers.wait(function()
      local value = first:run("content", code)
      return value ~= "0" and value
    end)
    assert.equal("transport", err.kind)
    assert.equal("REDIS", err.code)
    assert.truthy(err.text:find("Redis", 1, true))
    assert.equal(1, sandbox:counter "api_tickets")
    redis.start()
    for _, value in ipairs(first:run_many("content", code, 20, 1)) do
      assert.equal("0", value)
    end
    assert.equal(2, sandbox:counter "api_tickets")
  end)
end)

describe("a user's spec with a mock, inside nginx", function()
  -- The spec of docs/testing.md, as it stands, and what it takes of busted.
  local code = [[
    local tests = 0
    local function describe(_, work) work() end
    local function it(_, work) tests = tests + 1 work() end
    local assert = setmetatable({}, { __call = function(_, ...) return assert(...) end })
    function assert.equal(a, b) assert(a == b, tostring(b)) end
  ]] .. support.read_file "docs/testing.md":match "```lua\n(.-)```" .. "\nreturn tests"

  it("passes in every phase, without a thread pool or a cosocket", function()
    local server = servers.nginx {
      main = "",
      http = "init_by_lua_block { local work = function() " .. code .. " end package.loaded.tests = work() }",
    }
    finally(function() server:stop() end)
    assert.equal(1, server:run("content", "return package.loaded.tests"))
    for _, phase in ipairs { "rewrite", "access", "content", "timer", "spawn" } do
      assert.equal(1, server:run(phase, code))
    end
    assert.is_nil(server:log():find("%[error%]"))
  end)

  it("streams files, and records what the real service answers, from its thread pool", function()
    local server, folder = servers.nginx(), support.folder()
    finally(function()
      server:stop()
      support.remove_folder(folder)
    end)
    assert.same({ "jpeg", 21793, "jpeg", "mp4" }, server:run("content", ([[
      local facequery, mock = require "facequery", require "facequery.mock"
      local client = assert(facequery.new { transport = mock.new() })
      local mocked = assert(client:query { order_no = "verified1", photo_path = "%s/photo" })
      client = assert(facequery.new { transport = mock.record("%s/exchanges") })
      assert(client:query { order_no = "verified1", get_file = "both" })
      client = assert(facequery.new { transport = mock.replay("%s/exchanges") })
      local replayed = assert(client:query { order_no = "verified1", get_file = "both" })
      return { mocked.photo.format, mocked.photo.size, replayed.photo.format, replayed.video.format }
    ]]):format(folder, folder, folder)))
    assert.is_true(support.read_file(folder .. "/photo") == support.medium "photo.jpg")
  end)
end)
