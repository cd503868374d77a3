-- Tickets in a lua_shared_dict: the store by itself, and many workers with one ticket.
-- Only on luajit: nginx runs the LuaJIT build, whatever asks it.

local contract = require "help.store_contract"
local servers = require "help.servers"
local support = require "help.support"

local HTTP = "lua_worker_thread_vm_pool_size 100; lua_shared_dict facequery 1m; lua_shared_dict tiny 12k;"

describe("the shared dict store", function()
  local server

  setup(function()
    server = servers.nginx { http = HTTP }
  end)

  teardown(function()
    server:stop()
  end)

  -- Runs Lua code with a new `store`, so that all it finds is in the dict.
  local function run(code, name)
    return server:run("content", ([[
      local store = require("facequery.tickets").shared_dict("%s")
      %s]]):format(name or "facequery", code))
  end

  local function run_step(name, index)
    return run(([[
      ngx.shared.facequery:flush_all()
      return require("help.store_contract").step("%s", %d, {
        open = function() return require("facequery.tickets").shared_dict("facequery") end,
        sleep = ngx.sleep,
      })]]):format(name, index))
  end
  contract.holds(run_step)
  contract.holds_timed(run_step)

  it("is none without its dict", function()
    assert.error_matches(function() run("", "absent") end, "no lua_shared_dict named 'absent'")
    assert.has_error(function() require("facequery.tickets").shared_dict("facequery") end)
    assert.has_error(function() require("facequery.tickets").shared_dict(1) end)
  end)

  it("forgets a value after its time", function()
    assert.same({ "v" }, run [[
      store:set("brief", "v", 0.05)
      local before = store:get "brief"
      ngx.sleep(0.1)
      return { before, store:get "brief" }]])
  end)

  it("says STORE_UNWRITABLE when the value has no room", function()
    assert.same({ failure = { status = "STORE_UNWRITABLE", detail = "no memory" } }, run([[
      local ok, failure = store:set("k", ("x"):rep(64 * 1024), 60)
      return { ok = ok, failure = failure }]], "tiny"))
  end)

  it("is the default in nginx where the dict is called facequery", function()
    local keys = server:run("content", [[
      local client = assert(require("facequery").new { secret = os.getenv "FACEQUERY_SANDBOX_SECRET" })
      assert(client:ticket_status())
      return ngx.shared.facequery:get_keys()]])
    local found
    for _, key in ipairs(keys) do
      found = found or key:find("facequery:" .. support.env "APP_ID", 1, true) ~= nil
    end
    assert.is_true(found)
  end)
end)

describe("workers with a shared dict", function()
  local server

  after_each(function()
    server:stop()
  end)

  -- A worker makes its client once; each call is a query, and returns the worker's pid.
  local function query_code(order, settings)
    return ([[
      kept.client = kept.client or assert(require("facequery").new {
        secret = os.getenv "FACEQUERY_SANDBOX_SECRET", %s
      })
      local record, err = kept.client:query { order_no = "%s" }
      return record and ngx.worker.pid() or tostring(err)]]):format(settings or "", order)
  end

  -- How many answers each worker gave; raises for what is none.
  local function by_worker(values)
    local workers, count = {}, 0
    for _, value in ipairs(values) do
      assert.is_number(value)
      count = count + (workers[value] and 0 or 1)
      workers[value] = (workers[value] or 0) + 1
    end
    return count
  end

  it("fetch one token for eight of them and 200 clients that start cold", function()
    server = servers.nginx { workers = 8, http = HTTP }
    local order, before = support.order "nomedia", support.counters()
    local values = server:run_many("content", query_code(order), 200)
    local after = support.counters()
    assert.equal(8, by_worker(values))
    assert.equal(200, support.queries(order))
    assert.equal(1, after.access_token_requests - before.access_token_requests)
    assert.equal(1, after.api_ticket_requests - before.api_ticket_requests)
    assert.equal(0, after.refused_signs - before.refused_signs)
  end)

  it("lose a request each, and no answer, to a ticket that is revoked", function()
    server = servers.nginx { workers = 4, http = HTTP }
    local order = support.order "nomedia"
    assert.equal(4, by_worker(server:run_many("content", query_code(order), 60, 1)))
    local before = support.counters()
    support.control("revoke", "POST")
    by_worker(server:run_many("content", query_code(order), 60, 1))
    local after = support.counters()
    local refused = after.refused_signs - before.refused_signs
    assert.is_true(refused >= 1 and refused <= 4, refused .. " refused")
    assert.equal(60 + refused, after.queries - before.queries)
    assert.equal(1, after.access_tokens - before.access_tokens)
  end)

  it("lose no answer to a ticket that is revoked under load, and fetch one", function()
    server = servers.nginx { workers = 4, http = HTTP }
    local order, before = support.order "slow200x", support.counters()
    local wait, ended = server:begin("content", query_code(order), 400, 40)
    assert.is_true(servers.wait(function() return support.queries(order) > 100 end))
    support.control("revoke", "POST")
    assert.is_false(ended())
    by_worker(wait())
    local after = support.counters()
    local refused = after.refused_signs - before.refused_signs
    assert.is_true(refused >= 1)
    assert.equal(400 + refused, after.queries - before.queries) -- at most one more for each caller
    assert.equal(2, after.access_tokens - before.access_tokens)
  end)

  it("wait for the lock's life at most when the one that renews is killed", function()
    server = servers.nginx { workers = 4, http = HTTP }
    local flag, order = server.folder .. "/kill", support.order "nomedia"
    -- The worker is killed while it holds the lock, before it has sent its request for a token.
    local code = query_code(order, ([[timeout = 1, on_event = function(event)
      if event.type == "request" and event.url:find("access_token", 1, true) and os.remove "%s" then
        os.execute("kill -9 " .. ngx.worker.pid())
      end
    end]]):format(flag))
    support.write_file(flag, "")
    local before, started = support.counters(), support.now()
    assert.has_error(function() server:run("content", code) end)
    assert.has_error(function() support.read_file(flag) end)
    by_worker(server:run_many("content", code, 20))
    local waited = support.now() - started
    -- The lock lives for twice the timeout and five seconds.
    assert.is_true(waited > 6 and waited < 30, waited .. " seconds")
    assert.equal(1, support.counters().access_token_requests - before.access_token_requests)
  end)
end)
