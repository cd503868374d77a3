-- What the libcurl transport sends to a server that never answers, and to whom it sends nothing.

local curl = require "facequery.transport.curl"
local sending = require "help.sending"
local servers = require "help.servers"
local support = require "help.support"

local must, quote, env = support.must, support.quote, support.env
local PATH, request_for, takes = sending.PATH, sending.request_for, sending.takes

describe("the libcurl transport and a server that never says a word", function()
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

  -- Its first line says on which port it listens, each further one tells of a connection.
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

  -- The listener may print a connection some time after it was made.
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
      assert.same({ status = "TRANSPORT", code = "OPERATION_TIMEDOUT" },
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
