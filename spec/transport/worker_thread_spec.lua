-- Queries in nginx's thread pool, in the real nginx beside the real sandbox.
-- Only on luajit: nginx runs the LuaJIT build, whatever asks it.

local contract = require "help.transport_contract"
local json = require "cjson"
local queries = require "help.queries"
local servers = require "help.servers"
local support = require "help.support"

-- Lua code that makes a client, and then runs `code`.
local function with_client(settings, code)
  return ('local client = assert(require("facequery").new { %s })\n%s'):format(settings, code)
end

describe("the worker thread transport", function()
  local server

  local function kept()
    return json.decode(server:get "/kept")
  end

  setup(function()
    server = servers.nginx {
      server = [[
        location = /after_access {
          access_by_lua_block {
            assert(assert(require("facequery").new()):query { order_no = "nomedia1" })
          }
          content_by_lua_block { ngx.print("served") }
        }
        location = /after_rewrite {
          rewrite_by_lua_block {
            assert(assert(require("facequery").new()):query { order_no = "nomedia1" })
          }
          content_by_lua_block { ngx.print("served") }
        }]],
    }
  end)

  teardown(function()
    server:stop()
  end)

  contract.holds(function()
    local run = queries.inside(server)
    return { run = run, run_untrusting = contract.untrusting(run) }
  end)
  contract.is_like_libcurl(function() return { run = queries.inside(server) } end)
  contract.holds_inside(function() return server end)

  it("lets the request go on to its content after a query in access or rewrite", function()
    assert.equal("served", server:get "/after_access")
    assert.equal("served", server:get "/after_rewrite")
  end)

  it("keeps the connection open between requests", function()
    local code = with_client([[on_event = function(event) reused = event.reused end]], ([[
      assert(client:query { order_no = "%s" })
      return reused]]):format(support.order "nomedia"))
    for _ = 1, 3 do
      server:run("content", code)
    end
    for _ = 1, 10 do
      assert.is_true(server:run("content", "local reused\n" .. code))
    end
  end)

  it("sleeps between a poll's attempts without holding up a neighbour", function()
    local wait = server:begin("content", with_client(
      [[on_event = function(event)
        if event.type == "pending" then kept.pending = event.attempt end
      end]], ([[
      local record, err = client:poll { order_no = "%s", interval = 2 }
      return record and record.photo.format .. record.video.format or tostring(err)]]):format(
      support.order "late")), 1)
    -- Between the sleeps there is time for an answer or two, not for so many.
    local answers = 0
    assert.is_true(servers.wait(function()
      answers = answers + (kept().pending == 1 and 1 or 0)
      return answers == 8
    end))
    assert.same({ "jpegmp4" }, wait())
  end)

  it("says NO_VM, which is retryable, when every Lua VM is busy, and gets through by retrying", function()
    local small = servers.nginx { http = "lua_worker_thread_vm_pool_size 1;" }
    finally(function() small:stop() end)
    local code = [[
      local record, err = client:query { order_no = "%s" }
      return record and record.code or { kind = err.kind, code = err.code, retryable = err.retryable }]]
    local values = small:run_many("content", with_client("retries = 0",
      code:format(support.order "slow2000x")), 3)
    local answered = 0
    for _, value in ipairs(values) do
      if value == "0" then
        answered = answered + 1
      else
        assert.same({ kind = "transport", code = "NO_VM", retryable = true }, value)
      end
    end
    assert.equal(1, answered)
    assert.same({ "0", "0", "0" }, small:run_many("content", with_client("retries = 20",
      code:format(support.order "slow100x")), 3))
  end)

  it("says the same where nginx's queue has no room for another query", function()
    -- nginx itself crashes here with ngx_lua 0.10.23, which Debian has; later ones return this error.
    assert.same({ kind = "transport", code = "NO_VM", retryable = true }, server:run("content", ([[
      local real = ngx.run_worker_thread
      ngx.run_worker_thread = function() return false, "ngx_thread_task_post failed" end
      %s
      local _, err = client:query { order_no = "nomedia1" }
      ngx.run_worker_thread = real
      return { kind = err.kind, code = err.code, retryable = err.retryable }]]):format(
      with_client("retries = 0", ""))))
  end)

  describe("whose query is killed", function()
    local own

    before_each(function()
      own = servers.nginx { server = ([[location = /killed { content_by_lua_block {
        %s
        local query = ngx.thread.spawn(function() client:query { order_no = "%s" } end)
        ngx.say(ngx.thread.kill(query) and "killed")
      } }]]):format(with_client("retries = 0, timeout = tonumber(ngx.var.arg_timeout)", ""),
        support.order "stall") }
    end)

    after_each(function()
      own:stop()
    end)

    it("ends the request at once", function()
      assert.equal("killed", own:get "/killed?timeout=100") -- curl waits for 30 seconds
    end)

    it("ends the worker, once its thread has come back", function()
      local pid = own:run("content", "return ngx.worker.pid()")
      assert.equal("killed", own:get "/killed?timeout=1")
      own:signal "QUIT"
      assert.is_true(servers.wait(function()
        return select(2, support.shell("kill -0 " .. ("%d"):format(pid))) ~= 0
      end))
    end)
  end)

  it("brings its files to a request that outlives its client, as docs/openresty.md has it", function()
    local order = support.order "slow500x"
    local own = servers.nginx { http = "lua_worker_thread_vm_pool_size 100; lua_check_client_abort on;",
      server = ([[location = /outlives { content_by_lua_block {
        assert(ngx.on_abort(function() end))
        %s
        local photo = ngx.config.prefix() .. "photo"
        local record, err = client:query { order_no = "%s", photo_path = photo }
        package.loaded["spec.outcome"] = { record and record.photo.path, tostring(err) }
        os.remove(photo)
      } }]]):format(with_client("retries = 0", ""), order) }
    finally(function() own:stop() end)
    local client = support.start("curl -s " .. own.url .. "/outlives")
    assert.is_true(servers.wait(function() return support.queries(order) == 1 end))
    client.kill()
    local outcome = servers.wait(function()
      local value = own:run("content", 'return package.loaded["spec.outcome"] or false')
      return value
    end)
    assert.same({ own.folder .. "/photo", "nil" }, outcome)
    assert.is_nil(io.open(own.folder .. "/photo"))
  end)

  it("is refused where OpenSSL has no threads, with a sentence; lua-resty-http is used instead", function()
    local folder = support.folder()
    support.must(("cc -shared -fPIC -o %s/no_threads.so spec/fixtures/host/no_threads.c"):format(folder))
    local port, stop_dns = servers.dns()
    local own = servers.nginx {
      http = ("resolver 127.0.0.1:%s ipv6=off; lua_ssl_trusted_certificate %s;"):format(port,
        support.env "CA_FILE"),
      environment = ("LD_PRELOAD=%s/no_threads.so"):format(folder),
    }
    finally(function()
      own:stop()
      stop_dns()
      support.remove_folder(folder)
    end)
    local query = [[
      local record, err = client:query { order_no = "nomedia1" }
      return record and record.code or err]]
    local err = own:run("content", with_client([[transport = "worker_thread"]], query))
    assert.equal("NO_TRANSPORT", err.code)
    assert.is_false(err.retryable)
    assert.truthy(err.detail:find("OpenSSL is built without threads", 1, true), err.detail)
    assert.equal("0", own:run("content", with_client("", query)))
    local without = [[
      package.loaded["resty.http"], package.preload["resty.http"] = nil, function() error("none") end
    ]]
    assert.equal(err.detail, own:run("content", without .. with_client("", query)).detail)
  end)

  it("loses no answer to a reload", function()
    local order = support.order "slow1000x"
    local before = server:run("content", "return ngx.worker.pid()")
    local wait = server:begin("content", with_client("retries = 0", ([[
      local record, err = client:query { order_no = "%s" }
      return record and ngx.worker.pid() or tostring(err)]]):format(order)), 20)
    assert.is_true(servers.wait(function() return support.queries(order) == 20 end))
    server:signal "HUP"
    assert.is_true(servers.wait(function()
      return server:run("content", "return ngx.worker.pid()") ~= before
    end))
    for _, pid in ipairs(wait()) do
      assert.equal(before, pid)
    end
  end)

  it("loses no answer to reloads under load", function()
    local order = support.order "slow200x"
    local wait, ended = server:begin("content", with_client("retries = 0", ([[
      local record, err = client:query { order_no = "%s" }
      return record and record.code or tostring(err)]]):format(order)), 300, 20)
    local reloads = 0
    for reload = 1, 3 do
      assert.is_true(servers.wait(function() return support.queries(order) >= reload * 60 end))
      if not ended() then
        server:signal "HUP"
        reloads = reloads + 1
      end
    end
    for _, code in ipairs(wait()) do
      assert.equal("0", code)
    end
    assert.equal(3, reloads)
  end)
end)
