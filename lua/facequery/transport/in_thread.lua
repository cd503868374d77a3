--- What worker_thread.lua runs in a thread: there, with a connection that stays open between calls.
--- Its Lua VM has no sockets, no timers and no log, and lives as long as the pool.

local curl = require "facequery.transport.curl"

local in_thread = {}

local transport

---@param request facequery.Request
---@return facequery.Response|nil
---@return facequery.Failure|nil failure plain: errors that aren't strings are lost on the way
function in_thread.exchange(request)
  transport = transport or curl.new()
  local ok, response, failure = pcall(transport, request)
  if not ok then
    return nil, { status = "TRANSPORT", code = "OTHER_TRANSPORT_ERROR" }
  end
  return response, failure
end

return in_thread
