-- Where Redis is: urls, TLS, unix sockets, databases, users.

local connection = require "facequery.queue.connection"
local redis_help = require "help.redis"
local support = require "help.support"

local function ping(url, access)
  local call, close = connection.open(assert(connection.parse(url), url), access or {})
  local answer, failure = call("eval", "return redis.call('ping')['ok']", 0)
  close()
  return answer, failure and failure.code
end

describe("a url of Redis", function()
  it("has a host, a port, a database, a user", function()
    assert.same({ host = "h", port = "6379", is_tls = false }, connection.parse "redis://h")
    assert.same({ host = "h.example-1", port = "7", database = "2", user = "me", is_tls = false },
      connection.parse "redis://me@h.example-1:7/2")
    assert.same({ host = "::1", port = "6379", is_tls = true }, connection.parse "rediss://[::1]")
    assert.same({ path = "/run/redis.sock", is_tls = false }, connection.parse "unix:/run/redis.sock")
    assert.same({ path = "/run/redis.sock", database = "3", is_tls = false },
      connection.parse "unix:///run/redis.sock?3")
    for _, bad in ipairs { "", "h", "http://h", "redis://", "redis://h:x", "redis://u:p@h", "redis://h/a", "unix:" } do
      assert.is_nil(connection.parse(bad), bad)
    end
  end)
end)

describe("a connection to Redis", function()
  local redis, folder
  setup(function()
    folder = support.folder()
    for _, name in ipairs { "here", "elsewhere" } do
      support.must(("openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=%s"
        .. " -addext subjectAltName=%s -keyout %s/%s.key -out %s/%s.pem"):format(name,
        name == "here" and "DNS:localhost,IP:127.0.0.1" or "DNS:*.example", folder, name, folder, name))
    end
    redis = redis_help.server(("--unixsocket %s/socket"):format(folder))
    redis.cli "acl setuser me on '>sesame' '~*' +@all"
  end)
  teardown(function()
    redis.stop()
    support.remove_folder(folder)
  end)

  it("goes over TCP, a unix socket, to a database, as a user", function()
    assert.equal("PONG", (ping(redis.url)))
    assert.equal("PONG", (ping("unix:" .. folder .. "/socket")))
    assert.equal("PONG", (ping(redis.url:gsub("//", "//me@"), { password = "sesame" })))
    assert.equal("REDIS_LOGIN", (select(2, ping((redis.url:gsub("//", "//me@")), { password = "wrong" }))))
    local call, close = connection.open(connection.parse(redis.url .. "/5"), {})
    call("eval", "return redis.call('set', 'here', '1')", 0)
    close()
    assert.equal("1", redis.cli "-n 5 get here")
  end)

  it("goes over TLS to a host that its certificate is for, and to no other", function()
    local function start(name)
      local port = redis.port + 1
      local process = support.start(("redis-server --port 0 --tls-port %d --bind 127.0.0.1 --save ''"
        .. " --tls-auth-clients no --tls-cert-file %s/%s.pem --tls-key-file %s/%s.key --tls-ca-cert-file %s/%s.pem"
        .. " --dir %s"):format(port,
        folder, name, folder, name, folder, name, folder))
      process.wait_for "Ready to accept connections"
      return process, port
    end
    local process, port = start "here"
    local ca = { ca_file = folder .. "/here.pem" }
    assert.equal("PONG", (ping("rediss://localhost:" .. port, ca)))
    assert.equal("PONG", (ping("rediss://127.0.0.1:" .. port, ca)))
    -- Nobody whom the system trusts has issued it.
    assert.equal("REDIS_UNREACHABLE", (select(2, ping("rediss://localhost:" .. port))))
    process.kill()
    process.wait()
    process, port = start "elsewhere"
    assert.equal("REDIS_UNREACHABLE", (select(2, ping("rediss://localhost:" .. port,
      { ca_file = folder .. "/elsewhere.pem" }))))
    process.kill()
    process.wait()
  end)

  it("is made anew after it broke", function()
    local call, close = connection.open(connection.parse(redis.url), {})
    assert.equal(1, call("eval", "return 1", 0))
    redis.cli "client kill type normal"
    assert.is_nil((call("eval", "return 1", 0)))
    assert.equal(1, call("eval", "return 1", 0))
    close()
  end)
end)
