-- Which transport is chosen where nobody says: in a plain process, and in the real nginx with and
-- without a thread pool and lua-resty-http.
-- Only on lua5.4 luajit: nginx runs the LuaJIT build, which has no sanitizer.

local facequery = require "facequery"
local servers = require "help.servers"
local support = require "help.support"

-- What a query comes to: the record's code, or the error; and what the transport said of the
-- connection.
local QUERY = [[
  local client, err = require("facequery").new { retries = 0, %s }
  if not client then
    return { new = err }
  end
  local record
  record, err = client:query { order_no = "nomedia1" }
  return { code = record and record.code, err = err }]]

local WITHOUT_RESTY = [[init_by_lua_block {
  package.preload["resty.http"] = function() error("not installed") end
}]]

describe("the choice of a transport", function()
  describe("in a plain process", function()
    it("is libcurl", function()
      local client = assert(facequery.new())
      assert.equal("0", assert(client:query { order_no = support.order "nomedia" }).code)
      client:close()
    end)

    it("is refused for what only nginx has", function()
      for _, name in ipairs { "worker_thread", "resty" } do
        local client, err = facequery.new { transport = name }
        assert.is_nil(client)
        assert.equal("invalid_request", err.kind)
        assert.equal("NO_TRANSPORT", err.code)
      end
    end)
  end)

  describe("in nginx", function()
    local server

    after_each(function()
      server:stop()
    end)

    -- libcurl's failure says so: cosockets have no ca_file.
    local function over_libcurl(phase, settings)
      local result = server:run(phase, QUERY:format('ca_file = "/nowhere", ' .. (settings or "")))
      return result.err and result.err.code == "SSL_CACERT_BADFILE"
    end

    it("is the worker thread where the pool is configured, even beside lua-resty-http", function()
      server = servers.nginx()
      assert.is_true(over_libcurl "content")
      assert.equal("0", server:run("content", QUERY:format "").code)
    end)

    it("heeds the pool's name", function()
      server = servers.nginx { main = "thread_pool queries threads=2;", http = WITHOUT_RESTY }
      assert.equal("0", server:run("content", QUERY:format 'thread_pool = "queries"').code)
      assert.equal("NO_TRANSPORT", server:run("content", QUERY:format "").err.code)
    end)

    it("is lua-resty-http where there is no pool", function()
      local port, stop = servers.dns()
      finally(stop)
      server = servers.nginx {
        main = "",
        http = ("resolver 127.0.0.1:%s ipv6=off; lua_ssl_trusted_certificate %s;"):format(port,
          support.env "CA_FILE"),
      }
      assert.equal("0", server:run("content", QUERY:format 'ca_file = "/nowhere"').code)
    end)

    it("without either is an error that says what to add, never a blocking call", function()
      server = servers.nginx { main = "", http = WITHOUT_RESTY }
      local order = support.order "nomedia"
      local query = QUERY:gsub("nomedia1", order)
      for _, transport in ipairs { "", 'transport = "worker_thread"' } do
        local err = server:run("content", query:format(transport)).err
        assert.equal("invalid_request", err.kind)
        assert.equal("NO_TRANSPORT", err.code)
        assert.is_false(err.retryable)
        assert.truthy(err.advice:find("thread_pool facequery", 1, true))
        assert.truthy(err.advice:find("lua-resty-http", 1, true))
      end
      assert.equal("NO_TRANSPORT", server:run("content", query:format 'transport = "resty"').new.code)
      assert.equal(0, support.queries(order))
    end)

    it("blocks where transport = \"curl\" says so", function()
      server = servers.nginx { main = "", http = WITHOUT_RESTY }
      assert.equal("0", server:run("content", QUERY:format 'transport = "curl"').code)
    end)

    -- Runs a query while nginx starts; its outcome.
    local function while_starting(directive, transport)
      server = servers.nginx {
        http = ([[%s {
          local function query() %s end
          package.loaded["spec.early"] = query()
        }]]):format(directive, QUERY:format(transport)),
      }
      return server:run("content", 'return package.loaded["spec.early"]')
    end

    for _, directive in ipairs { "init_by_lua_block", "init_worker_by_lua_block" } do
      it("is an error in " .. directive .. ", where nothing can wait", function()
        assert.equal("NO_TRANSPORT", while_starting(directive, "").err.code)
        -- Nothing of it sticks: requests have their threads.
        assert.is_true(over_libcurl "content")
      end)

      it("is libcurl in " .. directive .. " with transport = \"curl\"", function()
        assert.equal("0", while_starting(directive, 'transport = "curl"').code)
      end)
    end

    it("goes by the phase for each query of one client", function()
      server = servers.nginx {
        http = [[init_by_lua_block {
          local client = assert(require("facequery").new { ca_file = "/nowhere", retries = 0 })
          local _, err = client:query { order_no = "nomedia1" }
          package.loaded["spec.client"], package.loaded["spec.early"] = client, err
        }]],
      }
      assert.same({ "NO_TRANSPORT", "SSL_CACERT_BADFILE" }, server:run("content", [[
        local _, err = package.loaded["spec.client"]:query { order_no = "nomedia1" }
        return { package.loaded["spec.early"].code, err.code }]]))
    end)
  end)
end)
