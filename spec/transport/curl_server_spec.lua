-- The libcurl transport as a server sees it: its versions of TLS and HTTP, its connections, whom it trusts.

local curl = require "facequery.transport.curl"
local sending = require "help.sending"
local servers = require "help.servers"
local support = require "help.support"

local must, env = support.must, support.env
local request_for = sending.request_for

describe("the libcurl transport, as a server sees it:", function()
  local folder, transport, close
  before_each(function()
    folder = support.folder()
    transport, close = curl.new()
  end)
  after_each(function()
    close()
    support.remove_folder(folder)
  end)

  local function with_files(fields) return sending.with_files(folder, fields) end
  local function failure_of(request) return sending.failure_of(transport, folder, request) end

  local CONF = [[
master_process off;
pid nginx.pid;
error_log error.log warn;
events {}
http {
  log_format spoken "$server_protocol $ssl_protocol $connection $body_bytes_sent $sent_http_content_encoding "
      "$http_accept_encoding";
  access_log access.log spoken;
  client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi; uwsgi_temp_path uwsgi;
  scgi_temp_path scgi;
  ssl_certificate @DIR@/server.pem;
  ssl_certificate_key @DIR@/server.key;
  ssl_protocols TLSv1.2 TLSv1.3;
  default_type application/json;
  gzip_types application/json;
  gzip_min_length 1;
  server {
      listen 127.0.0.1:@PORT1@ ssl http2;
      listen 127.0.0.2:@PORT1@ ssl http2;
      location / { return 200 '{"code":"0"}'; }
      location /gzip { gzip on; return 200 '{"code":"0","x":"xxxxxxxxxxxxxxxxxxxxxxxxxxxxx"}'; }
      location /large { root .; }
      location /broken { error_page 404 =503 /large/photo; return 404; }
  }
  server {
      listen 127.0.0.1:@PORT2@ ssl;
      ssl_protocols TLSv1 TLSv1.1;
      ssl_ciphers ALL:@SECLEVEL=0;
      location / { return 200 '{"code":"0"}'; }
  }
  server {
      listen 127.0.0.1:@PORT3@ ssl;
      ssl_protocols TLSv1.2;
      location / { return 200 '{"code":"0"}'; }
  }
}
]]
  local LARGE = 32 * 1024 * 1024
  local nginx, server, ports

  setup(function()
    nginx = servers.nginx { conf = function(_, port)
      ports = { port, port + 1, port + 2 }
      local conf = CONF:gsub("@DIR@", env("SANDBOX_DIR")):gsub("@PORT(%d)@", function(i)
        return ports[tonumber(i)]
      end)
      return (must("id -u") == "0" and "user root;\n" or "") .. conf
    end }
    server = nginx.folder
    must("mkdir " .. server .. "/large")
    local large = ("A"):rep(LARGE)
    support.write_file(server .. "/large/photo", '{"photo":"' .. large)
    support.write_file(server .. "/large/x", '{"x":"' .. large)
  end)

  teardown(function() nginx:stop() end)

  before_each(function() support.write_file(server .. "/access.log", "") end)

  local function request_to(path, port, fields)
    local request = request_for("a1", fields)
    request.url = "https://localhost:" .. ports[port or 1] .. path
    -- `return` answers before it has read a body, and resets the stream.
    request.method, request.body = "GET", nil
    return request
  end

  -- The access log's lines so far, each a list of its words.
  local function spoken(count)
    servers.wait(function() return select(2, nginx:text("access.log"):gsub("\n", "")) >= count end)
    local lines = {}
    for line in support.read_file(server .. "/access.log"):gmatch("[^\n]+") do
      local words = {}
      for word in line:gmatch("%S+") do
        words[#words + 1] = word
      end
      lines[#lines + 1] = words
    end
    assert.equal(count, #lines)
    return lines
  end

  it("it speaks HTTP/2 over TLS 1.3, and keeps its connection", function()
    local first = assert(transport(request_to "/first"))
    local second = assert(transport(request_to "/second"))
    close()
    local third = assert(transport(request_to "/third"))
    assert.is_false(first.reused)
    assert.is_true(second.reused)
    assert.is_false(third.reused)
    local lines = spoken(3)
    for _, line in ipairs(lines) do
      assert.equal("HTTP/2.0", line[1])
      assert.equal("TLSv1.3", line[2])
    end
    assert.equal(lines[1][3], lines[2][3])
    assert.not_equal(lines[1][3], lines[3][3])
  end)

  it("it speaks TLS 1.2 and HTTP/1.1 where the server knows no better", function()
    assert(transport(request_to("/", 3)))
    assert.is_true(assert(transport(request_to("/", 3))).reused)
    local line = spoken(2)[1]
    assert.equal("HTTP/1.1", line[1])
    assert.equal("TLSv1.2", line[2])
  end)

  it("it keeps its connection after an HTTP error", function()
    assert.same({ status = "HTTP", http_status = 404 }, failure_of(request_to "/large/missing"))
    assert.is_true(assert(transport(request_to "/")).reused)
  end)

  it("it does not speak TLS 1.1, even where the system allows it", function()
    support.write_file(folder .. ".cnf", "openssl_conf = all\n[all]\nssl_conf = ssl\n[ssl]\nsystem_default = lax\n"
      .. "[lax]\nMinProtocol = TLSv1\nCipherString = ALL:@SECLEVEL=0\n")
    local url = "https://localhost:" .. ports[2] .. "/"
    local lax = ("OPENSSL_CONF=%s.cnf "):format(folder)
    -- curl shows that the server speaks TLS 1.1 and that OpenSSL's configuration allows it.
    assert.equal('{"code":"0"}', must(lax .. ("curl -s --tls-max 1.1 --cacert %s %s"):format(env("CA_FILE"), url)))
    assert.equal("TLSv1.1", spoken(1)[1][2])
    local code = ([[
      local received, failure = require("facequery.core").exchange(
        require "help.request" { url = %q, ca_file = %q, timeout = 20 })
      print(received, failure.status, failure.code)
    ]]):format(url, env("CA_FILE"))
    assert.equal("nil\tTRANSPORT\tSSL_CONNECT_ERROR", must(lax .. support.lua_command(code)))
    spoken(1)
    os.remove(folder .. ".cnf")
  end)

  it("it gets answers compressed, and asks for gzip alone", function()
    assert(transport(request_to "/gzip"))
    local line = spoken(1)[1]
    assert.equal("gzip", line[5])
    assert.equal("gzip", table.concat(line, " ", 6))
  end)

  it("it stops receiving what is too large", function()
    for i, case in ipairs {
      { "/large/photo", { status = "MEDIA_TOO_LARGE", field = "photo" }, { max_media = 100000 } },
      { "/large/x", { status = "ENVELOPE_TOO_LARGE" }, {} },
      { "/broken", { status = "HTTP", http_status = 503 }, {} },
    } do
      local request = request_to(case[1], 1, with_files(case[3]))
      assert.same(case[2], failure_of(request))
      close()
      local sent = tonumber(spoken(i)[i][4])
      assert.is_true(sent < LARGE / 2, sent .. " bytes")
    end
  end)

  describe("it trusts nobody but the certificate's owner:", function()
    local UNTRUSTED = { status = "TRANSPORT", code = "PEER_FAILED_VERIFICATION" }

    it("not a certificate of an authority that the system doesn't know", function()
      local request = request_to("/", 1, with_files {})
      request.ca_file = nil
      assert.same(UNTRUSTED, failure_of(request))
    end)

    it("not one of the authority that an earlier request named", function()
      assert(transport(request_to("/", 1)))
      local request = request_to("/", 1, with_files {})
      request.ca_file = nil
      assert.same(UNTRUSTED, failure_of(request))
      assert(transport(request_to("/", 1)))
    end)

    it("not a certificate of another authority", function()
      must(("openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 1 -subj /CN=other"
        .. " -keyout %s.key -out %s.pem"):format(folder, folder))
      assert.same(UNTRUSTED, failure_of(request_to("/", 1, with_files { ca_file = folder .. ".pem" })))
      must(("rm %s.key %s.pem"):format(folder, folder))
    end)

    it("not an authority of the system's, where it is given another one", function()
      if select(2, support.shell "unshare -m true") ~= 0 then
        pending "needs a mount namespace"
        return
      end
      -- In a mount namespace of its own, so that no other process trusts the sandbox's authority meanwhile.
      local other, trusted = folder .. "-other", folder .. "-trusted"
      must(("openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 1 -subj /CN=other"
        .. " -keyout %s.key -out %s.pem; mkdir %s; cp %s %s/; openssl rehash %s"):format(
        other, other, trusted, env("CA_FILE"), trusted, trusted))
      local function ask(ca_file)
        local code = ([[
          local core = require "facequery.core"
          local ok, failure = core.exchange(require "help.request" { url = %q, ca_file = %s, timeout = 5 })
          print(ok and "connected" or failure.code or failure.status)]]):format(
          env("BASE_URL") .. "/sandbox/counters", ca_file and ("%q"):format(ca_file) or "nil")
        support.write_file(folder .. "-ask.lua", code)
        return must(("unshare -m sh -c %s"):format(support.quote(
          ("mount --bind %s /etc/ssl/certs && exec %s"):format(trusted,
            support.lua_command(("dofile %q"):format(folder .. "-ask.lua"))))))
      end
      assert.equal("PEER_FAILED_VERIFICATION", ask(other .. ".pem"))
      must(("rm -r %s.key %s.pem %s %s-ask.lua"):format(other, other, trusted, folder))
    end)

    it("not a certificate for another name", function()
      local request = request_to("/", 1, with_files {})
      request.url = request.url:gsub("localhost", "127.0.0.2")
      assert.same(UNTRUSTED, failure_of(request))
      request.diagnose = true -- whose it is, where that is what is wrong with it
      local _, failure = transport(request)
      assert.is_falsy(failure.detail:find("issuer", 1, true))
      request.url = request.url:gsub("127.0.0.2", "127.0.0.1")
      assert(transport(request))
      spoken(1)
    end)

    it("and says so when the authority's file is none", function()
      assert.same({ status = "TRANSPORT", code = "SSL_CACERT_BADFILE" },
        failure_of(request_to("/", 1, with_files { ca_file = folder .. "/missing.pem" })))
    end)
  end)
end)
