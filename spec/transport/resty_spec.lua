-- Queries over nginx's cosockets: lua-resty-http where it is installed, else the stand-in of
-- fixtures/resty/http.lua; in the real nginx beside the real sandbox, without a thread pool.
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

describe("the lua-resty-http transport", function()
  local server, dns_port, stop_dns

  local function start(http)
    return servers.nginx {
      main = "",
      http = ("resolver 127.0.0.1:%s ipv6=off; %s"):format(dns_port, http),
    }
  end

  -- The error of one query, without retries.
  local function error_of(where, order, settings)
    return where:run("content", with_client("retries = 0, " .. (settings or ""), ([[
      return select(2, client:query { order_no = "%s", get_file = "both" })]]):format(order)))
  end

  -- Once it has not had to wait for the handshake, lua-resty-core knows only that it failed.
  local function refuses_to_talk(where, settings)
    local err = error_of(where, support.order "verified", settings)
    assert.equal("transport", err.kind)
    assert.truthy(err.code == "PEER_FAILED_VERIFICATION" or err.code == "SSL_CONNECT_ERROR", err.code)
  end

  setup(function()
    dns_port, stop_dns = servers.dns()
    server = start("lua_ssl_trusted_certificate " .. support.env "CA_FILE" .. ";")
  end)

  teardown(function()
    server:stop()
    stop_dns()
  end)

  -- nginx's own list of authorities counts, whatever ca_file says.
  local function run_untrusting(settings, list)
    local other = start ""
    local ok, results = pcall(queries.inside(other), settings, list)
    other:stop()
    return assert(ok and results, results)
  end

  contract.holds(function() return { run = queries.inside(server), run_untrusting = run_untrusting } end)
  contract.is_like_libcurl(function() return { run = queries.inside(server) } end)

  it("says who answered and when, as far as nginx tells Lua", function()
    local began = support.real_now()
    local got = server:run("content", ([[
      local send, got = assert(require("facequery.transport.resty").new()), nil
      local client = assert(require("facequery").new { transport = function(request)
        request.provenance = true
        local response, failure = send(request)
        got = response and response.provenance
        return response, failure
      end })
      assert(client:query { order_no = "%s" })
      return got]]):format(support.order "verified"))
    assert.equal(support.env("BASE_URL"):match "//(.*)$", got.host)
    assert.matches("^%a%a%a, %d%d %a%a%a %d%d%d%d %d%d:%d%d:%d%d GMT$", got.date)
    assert.is_true(began - 1 <= got.sent and got.sent <= got.received and got.received <= support.real_now() + 1)
    assert.same({}, { got.tls, got.cipher, got.certificate })
  end)

  it("keeps the connection open between requests, and none after a failure", function()
    local code = with_client("retries = 0, on_event = function(event) reused = event.reused end", [[
      local record, err = client:query { order_no = "%s" }
      return { code = record and record.code or err.code, reused = reused }]])
    code = "local reused\n" .. code
    server:run("content", code:format(support.order "nomedia"))
    for _ = 1, 3 do
      assert.same({ code = "0", reused = true }, server:run("content", code:format(support.order "nomedia")))
    end
    for _, case in ipairs { { "bigenvelope", "ENVELOPE_TOO_LARGE" }, { "cut", "PARTIAL_FILE" } } do
      assert.equal(case[2], server:run("content", code:format(support.order(case[1]))).code)
      assert.same({ code = "0", reused = false },
        server:run("content", code:format(support.order "nomedia")))
    end
  end)

  it("takes a body that ends with its connection, and not half of one", function()
    local plain = servers.nginx { main = "", server = [[
      location = /api/v2/base/queryfacerecord {
        content_by_lua_block {
          ngx.req.read_body()
          local text = '{"code":"0","orderNo":"' .. ngx.var.arg_orderNo .. '","padding":"' .. ("x"):rep(100000) .. '"}'
          local length = ngx.var.arg_orderNo == "cut" and 5000 or #text
          ngx.req.socket(true):send("HTTP/1.1 200 OK\r\n\r\n" .. text:sub(1, length))
        }
      }]] }
    local code = with_client(("retries = 0, base_url = %q"):format(plain.url), [[
      local record, err = client:query { order_no = "%s" }
      return { record and record.padding or err.code }]])
    assert.same({ ("x"):rep(100000) }, server:run("content", code:format "whole"))
    assert.same({ "JSON_CUT" }, server:run("content", code:format "cut"))
    plain:stop()
  end)

  it("connects where the url says, with a port and without", function()
    -- lua-resty-http's connect, which says what it was given and goes nowhere.
    local code = [[
      local real, given = package.loaded["resty.http"], nil
      package.loaded["resty.http"] = { new = function()
        return {
          set_timeouts = function() end, close = function() end,
          connect = function(_, options) given = options return nil, "connection refused" end,
        }
      end }
      local send = require("facequery.transport.resty").new()
      package.loaded["resty.http"] = real
      local failure = select(2, send(require "help.request" { url = "%s/api?a=1:2" }))
      return { failure.code, given.scheme, given.host, given.port, given.ssl_server_name }]]
    for url, expected in pairs {
      ["https://host7"] = { "https", "host7", 443 },
      ["https://host7.example.org:8443"] = { "https", "host7.example.org", 8443 },
      ["HTTPS://example.org"] = { "https", "example.org", 443 },
      ["http://127.0.0.1"] = { "http", "127.0.0.1", 80 },
      ["http://127.0.0.1:8080"] = { "http", "127.0.0.1", 8080 },
      ["http://[::1]"] = { "http", "[::1]", 80 },
    } do
      assert.same({ "COULDNT_CONNECT", expected[1], expected[2], expected[3], expected[2] },
        server:run("content", code:format(url)), url)
    end
  end)

  it("verifies the certificate's name", function()
    refuses_to_talk(server, ('base_url = "%s"'):format(
      (support.env("BASE_URL"):gsub("localhost", "elsewhere"))))
  end)

  it("says of a TLS handshake on a plain port what libcurl says", function()
    local url = server.url:gsub("http://127.0.0.1", "https://localhost")
    assert.equal("SSL_CONNECT_ERROR", error_of(server, "verified1", ("base_url = %q"):format(url)).code)
  end)

  describe("through a proxy", function()
    local proxy, answers, stop

    before_each(function() proxy, answers, stop = servers.proxy() end)
    after_each(function() stop() end)

    it("gives it the name and password of its url, with a scheme and without", function()
      for _, scheme in ipairs { "http://", "" } do
        assert.equal("0", server:run("content", with_client(
          ("proxy = '%sme:pa%%40ss@%s'"):format(scheme, proxy), ([[
          local record, err = client:query { order_no = "%s" }
          return record and record.code or err]]):format(support.order "nomedia"))))
      end
      assert.equal("200", answers()[1])
      assert.equal("200", answers()[#answers()])
    end)

    it("says that it wants another login, once, and names nobody", function()
      local err = server:run("content", with_client(("proxy = 'http://someone:secret1@%s'"):format(proxy),
        [[return select(2, client:query { order_no = "verified1" })]]))
      assert.equal("http", err.kind)
      assert.equal("407", err.code)
      assert.is_nil(json.encode(err):find "someone")
      assert.same({ "407" }, answers())
    end)

    it("says of any but an http one that it can't, and names nobody", function()
      for _, scheme in ipairs { "socks5", "SOCKS5h", "https" } do
        local err = error_of(server, "verified1", ("proxy = '%s://someone:secret1@%s'"):format(scheme, proxy))
        assert.equal("NOT_BUILT_IN", err.code)
        assert.is_false(err.retryable)
        assert.truthy(err.detail:find("proxy", 1, true))
        assert.is_nil(json.encode(err):find "someone")
      end
      assert.same({}, answers())
    end)

    it("says whose name can't be resolved", function()
      local err = error_of(server, "verified1", "proxy = 'http://someone:secret1@nowhere.invalid:3128'")
      assert.equal("COULDNT_RESOLVE_PROXY", err.code)
      assert.is_nil(json.encode(err):find "someone")
    end)
  end)

  it("says of https to an IP address that it can't verify that", function()
    for _, host in ipairs { "10.0.0.5", "127.0.0.1:8443", "[::1]:8443" } do
      local err = error_of(server, "verified1", ("base_url = 'https://%s'"):format(host))
      assert.equal("NOT_BUILT_IN", err.code)
      assert.is_false(err.retryable)
      assert.truthy(err.detail:find("IP address", 1, true))
    end
  end)

  it("is refused over a lua-resty-http that can't connect so", function()
    local err = server:run("content", [[
      local real = package.loaded["resty.http"]
      package.loaded["resty.http"] = { _VERSION = "0.15", new = function() error("called") end }
      local _, err = require("facequery").new { transport = "resty" }
      package.loaded["resty.http"] = real
      return err]])
    assert.equal("NO_TRANSPORT", err.code)
    assert.truthy(err.detail:find("0.15 is too old", 1, true))
  end)

  -- Last, for it leaves twenty connections that others would use again.
  contract.holds_inside(function() return server end)
end)
