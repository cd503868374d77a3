-- The doctor inside nginx: what nginx.conf lacks, named with what to add.
-- Only on luajit: nginx runs the LuaJIT build, whatever asks it.

local cli = require "help.cli"
local servers = require "help.servers"
local support = require "help.support"

local env, has, has_not = support.env, cli.has, cli.has_not

describe("the doctor inside nginx", function()
  local dns_port, stop_dns
  local started = {}

  setup(function()
    dns_port, stop_dns = servers.dns()
  end)

  teardown(function()
    stop_dns()
    for _, server in ipairs(started) do
      server:stop()
    end
  end)

  local function start(options)
    local server = servers.nginx(options)
    started[#started + 1] = server
    return server
  end

  -- The findings by their check, the worst of each, with these settings; `before`: Lua code.
  local function findings(server, settings, before)
    local list = server:run("content", ([[%s
      return require("facequery.doctor").run { settings = { %s } }]]):format(before or "", settings or ""))
    local by_check = {}
    for _, finding in ipairs(list) do
      local known = by_check[finding.check]
      by_check[finding.check] = known and known.state ~= "ok" and known or finding
      has_not(env "TICKET", finding.message)
    end
    return by_check
  end

  local TRUST = "lua_ssl_trusted_certificate " .. env "CA_FILE" .. "; "

  local function resolver(port)
    return ("resolver 127.0.0.1:%s ipv6=off; resolver_timeout 300ms; "):format(port)
  end

  it("finds the thread pool, in whose threads it asks", function()
    local found = findings(start())
    for _, check in ipairs { "settings", "nginx", "dns", "connection", "tls", "clock", "ticket", "query" } do
      assert.equal("ok", found[check].state, found[check].message)
    end
    assert.equal("thread pool facequery runs queries", found.nginx.message)
    assert.matches("^localhost resolved in ", found.dns.message)
    assert.matches("^TLSv1", found.tls.message)
    found = findings(start(), 'thread_pool = "another"')
    assert.same({ "warning", "NO_THREAD_POOL" }, { found.nginx.state, found.nginx.code })
  end)

  it("does not take a busy pool for none", function()
    local found = findings(start { http = "lua_worker_thread_vm_pool_size 1;" }, "",
      'ngx.thread.spawn(function() ngx.run_worker_thread("facequery", "facequery.core", "sleep", 0.5) end)')
    assert.same({ "ok", "thread pool facequery runs queries" }, { found.nginx.state, found.nginx.message })
    assert.equal("NO_VM", found.connection.code)
  end)

  it("gives no times for a connection that was open already", function()
    local server = start { http = "lua_worker_thread_vm_pool_size 1;" }
    assert.matches("^localhost resolved in ", findings(server).dns.message)
    local found = findings(server)
    assert.same({ "localhost resolved", env "BASE_URL":match "//(.*)", "the service's certificate was verified" },
      { found.dns.message, found.connection.message, found.tls.message })
  end)

  it("names nginx without a thread pool, in both languages, and what to add", function()
    local server = start { main = "", http = resolver(dns_port) .. TRUST }
    for lang, message in pairs { en = "nginx has no thread pool for queries", zh = "nginx 没有可用于查询的线程池" } do
      local found = findings(server, ("lang = %q"):format(lang))
      assert.same({ "warning", "NO_THREAD_POOL" }, { found.nginx.state, found.nginx.code })
      has(message, found.nginx.message)
      has("thread_pool facequery threads=32 max_queue=65536;", found.nginx.advice)
      -- nginx's own words, which nobody has translated.
      has(lang == "zh" and "「thread pool facequery not found」" or ": thread pool facequery not found",
        found.nginx.message)
      -- Over lua-resty-http queries work all the same.
      assert.same({ "ok", "ok", "ok" }, { found.tls.state, found.clock.state, found.query.state })
    end
    -- Where that is not installed, they don't.
    local found = findings(server, "", 'package.loaded["resty.http"] = nil\n'
      .. 'package.preload["resty.http"] = function() error "none" end')
    assert.same({ "failure", "NO_THREAD_POOL" }, { found.nginx.state, found.nginx.code })
    assert.equal("failure", found.ticket.state == "ok" and found.query.state)
    assert.equal("NO_TRANSPORT", found.query.code)
  end)

  it("names what cosockets lack: authorities, a resolver, or one that answers", function()
    local found = findings(start { main = "", http = resolver(dns_port) }, "ca_file = os.getenv 'FACEQUERY_CA_FILE'")
    assert.equal("failure", found.tls.state)
    assert.is_truthy(found.tls.code == "NGINX_AUTHORITIES" or found.tls.code == "SSL_CONNECT_ERROR", found.tls.code)
    found = findings(start { main = "", http = TRUST })
    assert.same({ "failure", "NO_RESOLVER" }, { found.dns.state, found.dns.code })
    has("resolver ADDRESS;", found.dns.advice)
    local silent = require("socket").udp()
    assert(silent:setsockname("127.0.0.1", 0))
    finally(function() silent:close() end)
    found = findings(start { main = "", http = resolver(select(2, silent:getsockname())) .. TRUST })
    assert.same({ "failure", "NAME_SERVER_SILENT" }, { found.dns.state, found.dns.code })
    has("name servers: resolver", found.dns.message)
  end)

  it("names workers that share no ticket", function()
    local secret = "secret = os.getenv 'FACEQUERY_SANDBOX_SECRET'"
    local found = findings(start { http = "lua_worker_thread_vm_pool_size 100;" }, secret)
    assert.same({ "warning", "NO_SHARED_DICT", "ok" }, { found.nginx.state, found.nginx.code, found.query.state })
    has("lua_shared_dict facequery 1m;", found.nginx.advice)
    found = findings(start { http = "lua_worker_thread_vm_pool_size 100; lua_shared_dict facequery 1m;" }, secret)
    assert.same({ "ok", "ok" }, { found.nginx.state, found.query.state })
    assert.matches("^fetched with the secret ", found.ticket.message)
    -- A store of the program's own is shared by whoever it says.
    found = findings(started[#started - 1], secret .. ', ticket_store = require("facequery.tickets").memory()')
    assert.same({ "ok", "ok" }, { found.nginx.state, found.query.state })
  end)
end)
