-- The libcurl transport, against the sandbox, and against an nginx of its own where the server's view
-- of a connection is to be known.

local core = require "facequery.core"
local curl = require "facequery.transport.curl"
local complete = require "help.request"
local servers = require "help.servers"
local support = require "help.support"

local must, quote, env = support.must, support.quote, support.env

local PATH = "/api/v2/base/queryfacerecord"

-- A signed request for both media of an order.
local function request_for(order, fields)
  local nonce = assert(core.nonce())
  local request = {
    method = "POST",
    url = env("BASE_URL") .. PATH .. "?orderNo=" .. order,
    headers = { ["Content-Type"] = "application/json" },
    body = ('{"appId":"%s","version":"1.0.0","nonce":"%s","orderNo":"%s","getFile":"1","sign":"%s"}'):format(
      env("APP_ID"), nonce, order, core.sign(env("APP_ID"), order, "1.0.0", nonce, env("TICKET"))),
    ca_file = env("CA_FILE"),
    order_no = order,
  }
  for name, value in pairs(fields or {}) do
    request[name] = value
  end
  return complete(request)
end

local folder, transport, close

before_each(function()
  folder = support.folder()
  transport, close = curl.new()
end)

after_each(function()
  close()
  support.remove_folder(folder)
end)

local function media_file(name)
  return env("SANDBOX_DIR") .. "/sandbox/media/" .. name
end

local function with_files(fields)
  fields.photo_path, fields.video_path = folder .. "/photo", folder .. "/video"
  return fields
end

-- Sends a request that fails; returns the failure without the detail, which is libcurl's wording.
-- Neither the ticket nor anything made from it may be in any of it, nor a file in the folder.
local function failure_of(request)
  local answer, failure = transport(request)
  assert.is_nil(answer)
  for _, value in pairs(failure) do
    for _, secret in ipairs { env("TICKET"), (request.body or ""):match('"sign":"(%x+)"') } do
      assert.is_nil(tostring(value):find(secret, 1, true))
    end
  end
  assert.equal("", support.list(folder))
  failure.detail = nil
  return failure
end

-- `sooner` and `later` seconds: how long a call may take.
local function takes(sooner, later, call)
  local started = support.now()
  call()
  local elapsed = support.now() - started
  assert.is_true(elapsed >= sooner and elapsed < later, elapsed .. " seconds")
end

describe("the libcurl transport", function()
  it("brings an answer with its media", function()
    local order = support.order "verified"
    local answer = assert(transport(request_for(order)))
    assert.equal(200, answer.status)
    assert.truthy(answer.envelope:find('"orderNo":"' .. order .. '"', 1, true))
    assert.truthy(answer.envelope:find('"photo":""', 1, true))
    assert.is_true(answer.media.photo.data == support.medium "photo.jpg")
    assert.is_true(answer.media.video.data == support.medium "video.mp4")
    assert.is_true(answer.time > 0 and answer.time < 10)
    assert.equal(1, support.queries(order))
  end)

  it("brings media into files", function()
    local answer = assert(transport(request_for(support.order "verified", with_files {})))
    assert.equal(folder .. "/photo", answer.media.photo.path)
    must(("cmp %s %s/photo && cmp %s %s/video"):format(media_file "photo.jpg", folder, media_file "video.mp4", folder))
    assert.equal("photo\nvideo", support.list(folder))
  end)

  it("brings the same over plain HTTP to this machine", function()
    local order = support.order "escaped"
    local answer = assert(transport(request_for(order, { url = env("SANDBOX_HTTP") .. PATH .. "?orderNo=" .. order })))
    assert.is_true(answer.media.photo.data == support.medium "photo.jpg")
    assert.is_true(answer.media.video.data == support.medium "video.mp4")
  end)

  it("works again after it was closed", function()
    assert(transport(request_for(support.order "nomedia")))
    close()
    close()
    assert(transport(request_for(support.order "nomedia")))
  end)

  it("leaves no connection to the programs that the process starts", function()
    -- Of what they inherit, the sockets of IPv4 and IPv6.
    local INHERITED = [[
import os, socket, stat
for name in os.listdir("/proc/self/fd"):
    try:
        if stat.S_ISSOCK(os.fstat(int(name)).st_mode):
            inherited = socket.socket(fileno=int(name))
            if inherited.family != socket.AF_UNIX: print(inherited)
    except OSError: pass
]]
    local before = must("python3 -c " .. quote(INHERITED))
    assert(transport(request_for(support.order "nomedia")))
    assert.equal(before, must("python3 -c " .. quote(INHERITED)))
    assert.is_true(assert(transport(request_for(support.order "nomedia"))).reused)
  end)

  it("works again after any failure", function()
    for _, word in ipairs { "cut", "notjson", "http503x", "bigenvelope" } do
      failure_of(request_for(support.order(word)))
      assert(transport(request_for(support.order "nomedia")))
    end
  end)

  describe("on a failure says what it was, and leaves no file:", function()
    local CASES = {
      { "cutjson", { status = "JSON_CUT" } },
      { "notjson", { status = "NOT_JSON" } },
      { "array", { status = "NOT_JSON" } },
      { "trailing", { status = "TRAILING_DATA" } },
      { "deep", { status = "JSON_TOO_DEEP" } },
      { "bigenvelope", { status = "ENVELOPE_TOO_LARGE" } },
      { "wrongorder", { status = "WRONG_ORDER" } },
      { "http302x", { status = "HTTP", http_status = 302 } },
      { "http307x", { status = "HTTP", http_status = 307 } },
      { "http401x", { status = "HTTP", http_status = 401 } },
      { "http404x", { status = "HTTP", http_status = 404 } },
      { "http500x", { status = "HTTP", http_status = 500 } },
      { "http503x", { status = "HTTP", http_status = 503 } },
      { "http201x", { status = "HTTP", http_status = 201 } },
    }
    for _, case in ipairs(CASES) do
      local word, expected, fields = case[1], case[2], case[3] or {}
      it(word .. (fields.max_media and " above max_media" or ""), function()
        local order = support.order(word)
        assert.same(expected, failure_of(request_for(order, with_files(fields))))
        assert.equal(1, support.queries(order))
      end)
    end

    it("a connection that is cut, whichever HTTP it speaks", function()
      local order = support.order "cut"
      local failure = failure_of(request_for(order, with_files {}))
      assert.equal("TRANSPORT", failure.status)
      order = support.order "cut"
      local url = env("SANDBOX_HTTP") .. PATH .. "?orderNo=" .. order
      failure = failure_of(request_for(order, with_files { url = url }))
      assert.same({ status = "TRANSPORT", curl = "PARTIAL_FILE" }, failure)
    end)

    it("a host that does not exist, a port that nobody listens on", function()
      assert.same({ status = "TRANSPORT", curl = "COULDNT_RESOLVE_HOST" },
        failure_of(request_for("a1", with_files { url = "https://facequery.invalid/" })))
      assert.same({ status = "TRANSPORT", curl = "COULDNT_CONNECT" },
        failure_of(request_for("a1", with_files { url = "https://127.0.0.1:1/" })))
    end)

    it("a proxy that is none, without its user and password", function()
      for _, proxy in ipairs {
        "weird://name:secret@localhost:1", "http://name:secret@local host", "name:secret@localhost:99999",
        "//name:secret@localhost", "name:secret@nowhere.invalid:1",
      } do
        local answer, failure = transport(request_for("a1", { proxy = proxy }))
        assert.is_nil(answer)
        assert.equal("TRANSPORT", failure.status)
        assert.truthy(failure.detail:find "%a")
        assert.is_nil(failure.detail:find("name:", 1, true) or failure.detail:find "secret")
      end
    end)

    it("a path that can't be written, before anything is sent", function()
      local order = support.order "verified"
      assert.same({ status = "FILE_UNWRITABLE", field = "photo" },
        failure_of(request_for(order, { photo_path = folder .. "/missing/photo" })))
      assert.equal(0, support.queries(order))
    end)
  end)

  describe("of an answer's own bytes", function()
    local raw
    setup(function() raw = servers.raw() end)
    teardown(function() raw.stop() end)

    -- The failure where the connection, a new one, ends after `count` bytes of `answer`.
    local function ended(how, count, answer, fields)
      close()
      raw.answer("answer", answer)
      local request = request_for("a1", with_files(fields or {}))
      request.url = ("%s/%s/%d/answer"):format(raw[request.scheme or "https"], how, count)
      return failure_of(request)
    end

    it("a cut among the headers is one of the connection's, wherever it is, however it ends", function()
      local head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nX-More: 1\r\n\r\n"
      for count = 1, #head - 1, 7 do
        for _, how in ipairs { "fin", "bare", "rst" } do
          for _, scheme in ipairs { "http", "https" } do
            local failure = ended(how, count, head, { scheme = scheme })
            assert.equal("TRANSPORT", failure.status, ("%s %d %s: %s"):format(how, count, scheme, failure.status))
          end
        end
      end
      assert.same({ status = "TRANSPORT", curl = "PARTIAL_FILE" }, ended("fin", #head - 2, head))
      assert.same({ status = "JSON_CUT" }, ended("fin", #head, head))
    end)

    it("a header that is too long is no lack of memory", function()
      assert.same({ status = "TRANSPORT", curl = "WEIRD_SERVER_REPLY" }, ended("wait", -1,
        "HTTP/1.1 200 OK\r\nX: " .. ("x"):rep(200000) .. "\r\n\r\n{}"))
    end)

    it("an error's body is JSON, or counts as none, and no more of it is read than that takes", function()
      local head = "HTTP/1.1 500 Oh\r\nContent-Length: %d\r\n\r\n"
      for _, body in ipairs {
        "<html></html>", "", "{", '{"code":"1"} and more', '{"photo":"*"}', ("x"):rep(100000),
      } do
        assert.same({ status = "HTTP", http_status = 500 }, ended("wait", -1, head:format(#body) .. body))
      end
      -- Waits for no end of what is too large.
      assert.same({ status = "HTTP", http_status = 500 },
        ended("wait", -1, head:format(2 ^ 31) .. '{"photo":"' .. ("A"):rep(5 * 1024 * 1024)))
      assert.same({ status = "TRANSPORT", curl = "PARTIAL_FILE" }, ended("fin", -1, head:format(20) .. "<html>"))
    end)

    it("a small one that decodes to a large one ends in its time", function()
      local folder_of = support.folder()
      -- Each byte of base64 in six, and the whole in a five hundredth of it.
      must(([[python3 -c '
import gzip, sys
media = b"\\u0041" * (64 << 20)
body = gzip.compress(b"{\"photo\":\"" + media + b"\",\"video\":\"" + media + b"\"}", 1)
sys.stdout.buffer.write(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %%d\r\n\r\n" %% len(body) + body)
' > %s/answer]]):format(folder_of))
      takes(0.2, 1.5, function()
        local answer = support.read_file(folder_of .. "/answer")
        assert.same({ status = "TRANSPORT", curl = "OPERATION_TIMEDOUT" }, ended("wait", -1, answer, { timeout = 0.3 }))
      end)
      support.remove_folder(folder_of)
    end)
  end)

  describe("limits", function()
    it("let a medium of exactly max_media bytes pass", function()
      local answer = assert(transport(request_for(support.order "verified", { max_media = 911695 })))
      assert.equal(911695, answer.media.video.size)
      local order = support.order "size1000x2000n"
      assert.equal(2000, assert(transport(request_for(order, { max_media = 2000 }))).media.video.size)
    end)

    it("hold for what came out of gzip", function()
      local answer = assert(transport(request_for(support.order "gzip", with_files { max_media = 911694 })))
      assert.same({ video = { code = "MEDIA_TOO_LARGE" } }, answer.damaged)
    end)
  end)

  it("reads what was compressed", function()
    local answer = assert(transport(request_for(support.order "gzip")))
    assert.is_true(answer.media.photo.data == support.medium "photo.jpg")
    assert.is_true(answer.media.video.data == support.medium "video.mp4")
  end)

  it("does not follow redirects", function()
    local function neighbours()
      return support.control("counters"):match('"neighbours":(%d+)')
    end
    local before = assert(neighbours())
    for _, word in ipairs { "http301x", "http302x", "http303x", "http307x", "http308x" } do
      assert.equal("HTTP", failure_of(request_for(support.order(word), with_files {})).status)
    end
    assert.equal(before, neighbours())
  end)

  describe("keeps to its time:", function()
    it("of the whole exchange, before the answer and in its middle", function()
      for _, word in ipairs { "stall", "drip" } do
        takes(0.4, 4, function() -- the drip takes five seconds
          assert.same({ status = "TRANSPORT", curl = "OPERATION_TIMEDOUT" },
            failure_of(request_for(support.order(word), with_files { timeout = 0.4 })))
        end)
      end
    end)

    it("of a slow answer, which is in time", function()
      takes(0.3, 20, function()
        local answer = assert(transport(request_for(support.order "slow300x", { timeout = 20 })))
        assert.is_true(answer.time >= 0.3 and answer.time < 20)
      end)
    end)
  end)

  -- Its first line says on which port; then a line for every connection.  It never answers.
  describe("and a server that never says a word", function()
    local LISTENER = [[
import socket
server = socket.create_server(("127.0.0.1", 0))
print(server.getsockname()[1], flush=True)
connections = []
while True:
    connections.append(server.accept())
    print("connection", flush=True)
]]
    local log, pid, port

    before_each(function()
      log = folder .. ".log"
      pid = must(("python3 -c %s >%s 2>&1 </dev/null & echo $!"):format(quote(LISTENER), log))
      port = must(("while [ ! -s %s ]; do sleep 0.02; done; head -1 %s"):format(log, log))
    end)
    after_each(function()
      must("kill " .. pid)
      os.remove(log)
    end)

    -- The listener may tell of one later than it was made.
    local function connections(expected)
      local count
      servers.wait(function()
        count = select(2, support.read_file(log):gsub("connection", ""))
        return count >= expected
      end)
      return count
    end

    it("gives up when it can't connect in time", function()
      takes(0.3, 15, function()
        local url = "https://127.0.0.1:" .. port
        assert.same({ status = "TRANSPORT", curl = "OPERATION_TIMEDOUT" },
          failure_of(request_for("a1", with_files { url = url, connect_timeout = 0.3, timeout = 60 })))
      end)
      assert.equal(1, connections(1))
    end)

    it("sends nothing over plain HTTP to another machine", function()
      -- The listener is the proxy that it would go to.
      local proxy = "http://127.0.0.1:" .. port
      for _, url in ipairs { "http://example.org/", "http://192.0.2.1/", "http://127.0.0.1.example.org/" } do
        assert.same({ status = "INSECURE_URL" }, failure_of(request_for("a1", { url = url, proxy = proxy })))
      end
      assert.equal(0, connections(0))
      failure_of(request_for("a1", { url = "https://example.org/", proxy = proxy, timeout = 1 }))
      assert.equal(1, connections(1))
      -- The proxy was that request's alone.
      assert(transport(request_for(support.order "nomedia")))
      assert.equal(1, connections(1))
    end)

    it("sends nothing to a url with a user name, nor to one of another protocol", function()
      local host = "127.0.0.1:" .. port
      for _, before in ipairs { "https://user@", "https://user:password@", "http://user@", "" } do
        assert.same({ status = "INVALID_BASE_URL" }, failure_of(request_for("a1", { url = before .. host })))
      end
      assert.same({ status = "INSECURE_URL" }, failure_of(request_for("a1", { url = "ftp://" .. host })))
      assert.equal(0, connections(0))
    end)

    it("sends nothing that stays on this machine through a proxy, whoever names one", function()
      local order = support.order "nomedia"
      local url = env("SANDBOX_HTTP") .. PATH .. "?orderNo=" .. order
      local proxy = "http://127.0.0.1:" .. port
      assert(transport(request_for(order, { url = url, proxy = proxy })))
      local code = ([[
        local received, info = require("facequery.core").exchange(require "help.request" { url = %q })
        print(received ~= nil, received and info.status or info.http_status)
      ]]):format(env("SANDBOX_HTTP") .. "/sandbox/counters")
      for _, name in ipairs { "http_proxy", "all_proxy", "ALL_PROXY" } do
        assert.equal("true\t200", must(("%s=%s %s"):format(name, proxy, support.lua_command(code))))
      end
      assert.equal(0, connections(0))
    end)
  end)

  -- A server's own view: an nginx that writes down how it was spoken to.
  describe("as a server sees it,", function()
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

    -- The lines about the calls so far, as lists of words.
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
      -- So the server speaks it, and the system lets others do so.
      assert.equal('{"code":"0"}', must(lax .. ("curl -s --tls-max 1.1 --cacert %s %s"):format(env("CA_FILE"), url)))
      assert.equal("TLSv1.1", spoken(1)[1][2])
      local code = ([[
        local received, failure = require("facequery.core").exchange(
          require "help.request" { url = %q, ca_file = %q, timeout = 20 })
        print(received, failure.status, failure.curl)
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
      local UNTRUSTED = { status = "TRANSPORT", curl = "PEER_FAILED_VERIFICATION" }

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
        -- In a mount of its own, so that no other process trusts the sandbox's authority by this.
        local other, trusted = folder .. "-other", folder .. "-trusted"
        must(("openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 1 -subj /CN=other"
          .. " -keyout %s.key -out %s.pem; mkdir %s; cp %s %s/; openssl rehash %s"):format(
          other, other, trusted, env("CA_FILE"), trusted, trusted))
        local function ask(ca_file)
          local code = ([[
            local core = require "facequery.core"
            local ok, failure = core.exchange(require "help.request" { url = %q, ca_file = %s, timeout = 5 })
            print(ok and "connected" or failure.curl or failure.status)]]):format(
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
        request.url = request.url:gsub("127.0.0.2", "127.0.0.1")
        assert(transport(request))
        spoken(1)
      end)

      it("and says so when the authority's file is none", function()
        assert.same({ status = "TRANSPORT", curl = "SSL_CACERT_BADFILE" },
          failure_of(request_to("/", 1, with_files { ca_file = folder .. "/missing.pem" })))
      end)
    end)
  end)

  describe("whose server dies in the middle of a transfer", function()
    it("says TRANSPORT, and leaves no file", function()
      local dir = support.folder()
      local script = must(("%s/sandbox/start --dir %s -- sh -c 'env >%s/env.new; mv %s/env.new %s/env; exec sleep 60'"
        .. " >/dev/null 2>&1 </dev/null & echo $!"):format(env("SANDBOX_DIR"), dir, dir, dir, dir))
      local variables = must(("for i in $(seq 1000); do [ -s %s/env ] && break; sleep 0.02; done; cat %s/env"):format(
        dir, dir))
      local function its(name) return (variables:match("FACEQUERY_" .. name .. "=([^\n]+)")) end

      local order = support.order "drip"
      local nonce = core.nonce()
      local request = request_for(order, with_files {
        url = its "BASE_URL" .. PATH .. "?orderNo=" .. order,
        ca_file = its "CA_FILE",
        body = ('{"appId":"%s","version":"1.0.0","nonce":"%s","orderNo":"%s","getFile":"1","sign":"%s"}'):format(
          its "APP_ID", nonce, order, core.sign(its "APP_ID", order, "1.0.0", nonce, its "TICKET")),
      })
      -- All at once: a worker holds the connection, and its master would start another.
      must(([[{ until [ "$(curl -s $url/sandbox/orders/%s)" = 1 ]; do sleep 0.02; done
        sleep 0.4; ls -A %s >%s/seen; kill -9 $pid $(pgrep -P $pid); } >/dev/null 2>&1 </dev/null &]]):format(
        order, folder, dir):gsub("%$pid", its "SANDBOX_PID"):gsub("%$url", its "SANDBOX_HTTP"))
      local failure = failure_of(request)
      assert.equal("TRANSPORT", failure.status)
      assert.not_equal("OPERATION_TIMEDOUT", failure.curl)
      assert.equal("", support.read_file(dir .. "/seen"))
      must("kill " .. script)
      support.remove_folder(dir)
    end)

    it("or which is killed itself, leaves no file either", function()
      local order = support.order "drip"
      local request = request_for(order, with_files {})
      local code = ([[
        require("facequery.core").exchange(require "help.request" {
          url = %q, headers = { ["Content-Type"] = "application/json" }, body = %q, ca_file = %q, photo_path = %q,
          video_path = %q,
        })
      ]]):format(request.url, request.body, request.ca_file, request.files[1].path, request.files[2].path)
      local process = support.start_lua(code)
      assert.is_true(servers.wait(function() return support.queries(order) == 1 end))
      core.sleep(0.4)
      assert.equal("", support.list(folder))
      process.kill()
      assert.equal(137, select(2, process.wait()))
      assert.equal("", support.list(folder))
    end)
  end)
end)
