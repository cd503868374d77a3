-- Who gave an answer, over what connection, and when: what the manifest says, beside what OpenSSL and the system say.

local archiving = require "help.archiving"
local core = require "facequery.core"
local facequery = require "facequery"
local servers = require "help.servers"
local support = require "help.support"

local json_of, must, order = archiving.json_of, support.must, support.order

local CONF = [[
%s
master_process off;
pid nginx.pid;
error_log error.log warn;
events {}
http {
  access_log off;
  client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi; uwsgi_temp_path uwsgi;
  scgi_temp_path scgi;
  server {
    listen 127.0.0.1:%d ssl;
    ssl_certificate %s/server.pem;
    ssl_certificate_key %s/server.key;
    ssl_protocols TLSv1.2;
    location / { proxy_pass %s; proxy_pass_header Date; }
  }
}
]]

describe("a manifest's provenance", function()
  local one
  before_each(function() one = archiving.new() end)
  after_each(function() one:remove() end)

  -- What openssl sees of the server at "localhost:PORT": the certificate's SHA-256, the version and the cipher.
  local function seen_by_openssl(host)
    local shown = must(("openssl s_client -connect %s -CAfile %s </dev/null 2>/dev/null"):format(host,
      support.env "CA_FILE"))
    support.write_file(one.folder .. "/shown", shown)
    local fingerprint = must(("openssl x509 -in %s/shown -noout -fingerprint -sha256"):format(one.folder))
    local tls, cipher = shown:match "New, ([%w%.]+), Cipher is ([%w_-]+)"
    return { certificate = fingerprint:match("=([%x:]+)"):gsub(":", ""):lower(), tls = tls, cipher = cipher }
  end

  -- Seconds since the epoch of "2026-11-27T12:30:01.123Z", as `date` reads it.
  local function seconds_of(time)
    assert.matches("^%d%d%d%d%-%d%d%-%d%dT%d%d:%d%d:%d%d%.%d%d%dZ$", time)
    return tonumber(must(("date -d %s +%%s.%%3N"):format(time)))
  end

  local function check(exchange, host, began, ended)
    assert.equal(host, exchange.host)
    local expected = seen_by_openssl(host)
    assert.same(expected, { certificate = exchange.certificate, tls = exchange.tls, cipher = exchange.cipher })
    local sent, received = seconds_of(exchange.sent), seconds_of(exchange.received)
    assert.is_true(began - 0.001 <= sent and sent <= received and received <= ended + 0.001)
    local date = tonumber(must(("date -d '%s' +%%s"):format(exchange.date)))
    assert.is_true(math.floor(began) - 1 <= date and date <= ended)
    return expected
  end

  it("has the server's certificate, the connection and the times of each answer, over a kept one, too", function()
    local began = core.now()
    local bundle = one:must_archive(order "late")
    local ended = core.now()
    local exchanges = json_of(bundle.path .. "/manifest.json").exchanges
    assert.equal(3, #exchanges)
    for _, exchange in ipairs(exchanges) do
      local expected = check(exchange, support.env("BASE_URL"):match "//(.*)$", began, ended)
      assert.equal("TLSv1.3", expected.tls)
    end
    one:is_sound()
  end)

  it("has those of TLS 1.2, too, and of many transfers at once", function()
    local dir = support.env "SANDBOX_DIR"
    local port
    local server = servers.nginx { conf = function(_, free)
      port = free
      return CONF:format(must "id -u" == "0" and "user root;" or "", free, dir, dir, support.env "SANDBOX_HTTP")
    end }
    local host = ("localhost:%d"):format(port)
    local own = assert(facequery.new { base_url = "https://" .. host })
    local orders, began = { order "size30x40n", order "size30x40n" }, core.now()
    for _, bundle, err in own:each(orders, { dir = one.dir, concurrency = 2 }) do
      assert.is_nil(err)
      local expected = check(json_of(bundle.path .. "/manifest.json").exchanges[1], host, began, core.now())
      assert.equal("TLSv1.2", expected.tls)
    end
    own:close()
    server:stop()
  end)

  it("has no certificate over plain http, nor anything of a transport that says nothing", function()
    local http = one:serve '{"code":"0","orderNo":"a1","photo":"/9j/","video":"AAAA"}'
    local own = assert(facequery.new { base_url = http.url })
    local bundle = assert(own:archive { order_no = "a1", dir = one.dir })
    own:close()
    http:stop()
    local exchange = json_of(bundle.path .. "/manifest.json").exchanges[1]
    assert.equal(http.url:match "//(.*)$", exchange.host)
    assert.is_string(exchange.date)
    assert.same({}, { exchange.certificate, exchange.tls, exchange.cipher })
    one.dir = one.dir .. "2"
    local photo = archiving.PHOTO
    bundle = assert(one:archive_answers { archiving.answer_of("0", { photo = photo, video = photo }) })
    assert.is_nil(json_of(bundle.path .. "/manifest.json").exchanges)
  end)

  it("has the Date header as it came, unless it is long or no text", function()
    for _, case in ipairs { { "Fri, 27 Nov 2026 12:00:00 GMT", "Fri, 27 Nov 2026 12:00:00 GMT" },
      { ("x"):rep(63), ("x"):rep(63) }, { ("x"):rep(64) }, { "d\\195\\164te" } } do
      local http = servers.nginx { server = ([[
        location = /api/v2/base/queryfacerecord {
          content_by_lua_block {
            ngx.header["Date"] = "%s"
            ngx.print('{"code":"0","orderNo":"a1","photo":"/9j/","video":"AAAA"}')
          }
        }]]):format(case[1]) }
      local own = assert(facequery.new { base_url = http.url })
      local bundle = assert(own:archive { order_no = "a1", dir = one.dir })
      own:close()
      http:stop()
      assert.equal(case[2], json_of(bundle.path .. "/manifest.json").exchanges[1].date)
      must("rm -r " .. one.dir)
    end
  end)

  it("has the machine's name, and the versions of what it ran on", function()
    local content = json_of(one:must_archive().path .. "/manifest.json")
    assert.equal(must "uname -n", content.machine)
    assert.equal(must("openssl version"):match "^OpenSSL (%S+)", content.build.openssl)
    assert.equal(must("curl --version"):match "libcurl/(%S+)", content.build.libcurl)
    assert.equal(jit and jit.version or _VERSION, content.build.lua)
  end)

  it("is nothing of a query's that is no evidence", function()
    local provenance = {}
    local transport, close = require("facequery.transport.curl").new()
    local own = assert(facequery.new { transport = function(request)
      local response, failure = transport(request)
      provenance[#provenance + 1] = { response and response.provenance }
      return response, failure
    end })
    assert(own:query { order_no = order "verified" })
    close()
    assert.same({ {} }, provenance)
  end)
end)
