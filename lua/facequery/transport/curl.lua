--- libcurl, blocking: for plain processes, and inside a worker thread of nginx.

local core = require "facequery.core"
local settle = require "facequery.transport.settle"

local curl = {}

--- A transport with a connection of its own, open between calls.
---@return fun(request: facequery.Request): facequery.Response|nil, facequery.Failure|nil
---@return fun() close
function curl.new()
  local connection
  local function transport(request)
    local failure, received, info
    if not connection then
      connection, failure = core.connection()
      if not connection then
        return nil, failure
      end
    end
    received, info = core.exchange(request, connection)
    if not received then
      return nil, info
    end
    return settle(received, info, request)
  end
  local function close()
    if connection then
      connection:close()
      connection = nil
    end
  end
  return transport, close
end

return curl
