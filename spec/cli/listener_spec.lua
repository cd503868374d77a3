-- What answers a scraper's HTTP, step by step, beside clients that misbehave.
-- Only on lua5.4 luajit: no C is in it.

local listener = require "facequery.cli.listener"
local redis_help = require "help.redis"
local socket = require "socket"
local support = require "help.support"

local BIG = ("x"):rep(20 * 2 ^ 20)

describe("A worker's port", function()
  local port, self, clock, clients, asked

  before_each(function()
    port, clients, asked = redis_help.free_port(), {}, {}
    clock = support.stop_clock()
    self = assert(listener.open({ host = "127.0.0.1", port = port }, function(path)
      asked[#asked + 1] = path
      if path == "/page" then
        return 200, "text\n", "text/x"
      elseif path == "/ill" then
        return 503, "ill\n"
      elseif path == "/big" then
        return 200, BIG
      end
    end))
  end)
  after_each(function()
    clock.restore()
    for _, client in ipairs(clients) do
      client:close()
    end
    self:close()
  end)

  local function connect(text)
    local client = assert(socket.connect("127.0.0.1", port))
    client:settimeout(0)
    clients[#clients + 1] = client
    client:send(text or "")
    return client
  end

  -- All that the client is sent until it is cut off, while the port is looked after.
  local function rest_of(client)
    local parts, deadline = {}, support.real_now() + 30
    repeat
      self:step()
      local bytes, message, part = client:receive(65536)
      parts[#parts + 1] = bytes or part
      assert(support.real_now() < deadline, "it is not cut off")
    until message == "closed"
    return table.concat(parts)
  end

  local function ask(text)
    return rest_of(connect(text))
  end

  it("answers a page with its status, type and length, and closes", function()
    assert.equal("HTTP/1.1 200 OK\r\nContent-Type: text/x\r\nContent-Length: 5\r\nConnection: close\r\n\r\ntext\n",
      ask "GET /page HTTP/1.1\r\nHost: x\r\n\r\n")
    assert.equal("HTTP/1.1 503 Service Unavailable\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: 4\r\n"
      .. "Connection: close\r\n\r\nill\n", ask "GET /ill HTTP/1.0\n\n")
    ask "GET /page?name=x HTTP/1.1\r\n\r\n"
    assert.same({ "/page", "/ill", "/page" }, asked)
  end)

  it("answers HEAD without the text, and no other method", function()
    assert.equal("HTTP/1.1 200 OK\r\nContent-Type: text/x\r\nContent-Length: 5\r\nConnection: close\r\n\r\n",
      ask "HEAD /page HTTP/1.1\r\n\r\n")
    assert.matches("^HTTP/1.1 405 ", ask "DELETE /page HTTP/1.1\r\n\r\n")
    assert.matches("^HTTP/1.1 405 ", ask "\22\3\1\1\0 tls\r\n\r\n")
    assert.matches("^HTTP/1.1 404 ", ask "GET /none HTTP/1.1\r\n\r\n")
    assert.same({ "/page", "/none" }, asked)
  end)

  it("refuses a head that has no end", function()
    assert.matches("^HTTP/1.1 431 ", ask("GET /page HTTP/1.1\r\nX: " .. ("x"):rep(8192)))
    assert.same({}, asked)
  end)

  it("waits for a request that comes in pieces", function()
    local client = connect "GET /pa"
    self:step()
    client:send "ge HTTP/1.1\r\nHost: x\r"
    self:step()
    client:send "\n\r\n"
    assert.matches("text\n$", rest_of(client))
  end)

  it("cuts off who says nothing, and meanwhile lets nobody wait but those beyond four", function()
    local silent = {}
    for i = 1, 3 do
      silent[i] = connect "GET /page"
    end
    self:step()
    assert.matches("text\n$", ask "GET /page HTTP/1.1\r\n\r\n")
    connect "GET"
    self:step()
    local fifth = connect "GET /page HTTP/1.1\r\n\r\n"
    self:step()
    self:step()
    assert.equal(1, #asked)
    clock.sleep(5)
    assert.equal("", rest_of(silent[1]))
    assert.matches("text\n$", rest_of(fifth))
  end)

  it("sends a long text as it is taken, to the end", function()
    local text = ask "GET /big HTTP/1.1\r\n\r\n"
    assert.is_true(text:sub(-#BIG) == BIG)
  end)

  it("cuts off who takes a text too slowly", function()
    local client = connect "GET /big HTTP/1.1\r\n\r\n"
    self:step()
    self:step()
    clock.sleep(5)
    assert.is_true(#rest_of(client) < #BIG)
  end)

  it("forgets who went away", function()
    connect("GET /page HTT"):close()
    self:step()
    self:step()
    assert.equal(0, #self.clients)
    assert.matches("text\n$", ask "GET /page HTTP/1.1\r\n\r\n")
  end)

  it("is told of a port that is taken", function()
    local other, message = listener.open({ host = "127.0.0.1", port = port }, function() end)
    assert.is_nil(other)
    assert.equal(("127.0.0.1:%d: address already in use"):format(port), message)
  end)
end)
