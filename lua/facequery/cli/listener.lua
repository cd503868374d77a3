--- Answers HTTP on a port, beside the transfers of a pool: for a scraper and a probe, not for the world.  Whoever is
--- slow is cut off, and nobody waits for them.

local core = require "facequery.core"

local listener = {}

-- Connections at once; more wait in the kernel.
local MOST = 4
-- Seconds that a client has for its request and to take the answer.
local PATIENCE = 5
-- Bytes of a request's head.
local LONGEST = 8192
-- Seconds between two looks, without a client and with one.
local LOOK, LOOK_AT_CLIENT = 0.1, 0.01

local REASONS = { [200] = "OK", [404] = "Not Found", [405] = "Method Not Allowed", [431] = "Too Large",
  [503] = "Service Unavailable" }

---@class facequery.Listener
---@field socket table LuaSocket's
---@field answer fun(path: string): integer|nil, string, string|nil status, text and type; nil: there is no such path
---@field clients table[]
local Listener = {}
Listener.__index = Listener

--- Listens there.
---@param address { host: string, port: integer }
---@param answer fun(path: string): integer|nil, string|nil, string|nil may wait as coroutines of the pool do
---@return facequery.Listener|nil
---@return string|nil message
function listener.open(address, answer)
  local sockets = require "socket"
  local socket, message = sockets.bind(address.host, address.port)
  if not socket then
    return nil, ("%s:%d: %s"):format(address.host, address.port, message)
  end
  socket:settimeout(0)
  return setmetatable({ socket = socket, answer = answer, clients = {} }, Listener)
end

local function response_of(status, text, type)
  return ("HTTP/1.1 %d %s\r\nContent-Type: %s\r\nContent-Length: %d\r\nConnection: close\r\n\r\n"):format(status,
    REASONS[status], type or "text/plain; charset=utf-8", #text), text
end

-- The whole answer to a request's head.
local function answer_to(self, head)
  local method, path = head:match "^(%u+) ([^%s?]+)"
  if #head > LONGEST then
    return table.concat { response_of(431, "the request is too large\n") }
  elseif method ~= "GET" and method ~= "HEAD" then
    return table.concat { response_of(405, "GET alone\n") }
  end
  local status, text, type = self.answer(path)
  local first, body = response_of(status or 404, text or "no such page\n", type)
  return method == "GET" and first .. body or first
end

-- Reads what has come, and sends what goes.  Returns whether the client is still to be looked after.
local function attend(self, client)
  if not client.answer then
    local bytes, message, part = client.socket:receive(LONGEST + 1 - #client.head)
    client.head = client.head .. (bytes or part or "")
    if client.head:find "\r?\n\r?\n" or #client.head > LONGEST then
      client.answer, client.sent = answer_to(self, client.head), 0
    elseif message == "closed" then
      return false
    end
  end
  if client.answer then
    local sent, message, some = client.socket:send(client.answer, client.sent + 1)
    client.sent = sent or some or client.sent
    if client.sent >= #client.answer or message == "closed" then
      return false
    end
  end
  return core.clock() < client.deadline
end

local function accept(self)
  while #self.clients < MOST do
    local socket = self.socket:accept()
    if not socket then
      return
    end
    socket:settimeout(0)
    self.clients[#self.clients + 1] = { socket = socket, head = "", deadline = core.clock() + PATIENCE }
  end
end

--- Looks once after whoever has come.
function Listener:step()
  accept(self)
  for i = #self.clients, 1, -1 do
    local client = self.clients[i]
    if not attend(self, client) then
      client.socket:close()
      table.remove(self.clients, i)
    end
  end
end

--- For a coroutine of the pool: answers for as long as the pool steps.
---@param pool facequery.Pool
function Listener:run(pool)
  while true do
    self:step()
    pool:sleep(self.clients[1] and LOOK_AT_CLIENT or LOOK)
  end
end

function Listener:close()
  for _, client in ipairs(self.clients) do
    client.socket:close()
  end
  self.socket:close()
end

return listener
