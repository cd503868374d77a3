--- Which transport, and which sleep, fit where the code runs.

local core = require "facequery.core"
local foreign = require "facequery.foreign"

local transport = {}

---@alias facequery.Transport fun(request: facequery.Request): facequery.Response|nil, facequery.Failure|nil

local function sleep_in_nginx(seconds)
  -- Not every phase of nginx allows ngx.sleep.  In one that does not, only a transport that blocks anyway gets here.
  if not pcall(ngx.sleep, seconds) then
    core.sleep(seconds)
  end
end

--- Never blocks in silence: a worker thread, else lua-resty-http, else an error that says what to do.
local function in_nginx(settings)
  local worker_thread = require("facequery.transport.worker_thread").new(settings.thread_pool)
  local resty
  return function(request)
    local response, failure = worker_thread(request)
    if response or failure.status ~= "NO_TRANSPORT" then
      return response, failure
    end
    local refused
    if not resty then
      resty, refused = require("facequery.transport.resty").new()
    end
    if not resty then
      return nil, failure.detail and failure or refused
    end
    return resty(request)
  end
end

--- The settings' transport and sleep.
---@param settings facequery.Config
---@return facequery.Transport|nil
---@return fun(seconds: number)|table sleep, or a failure
---@return fun()|nil close
function transport.choose(settings)
  local wanted = settings.transport or (ngx and "nginx" or "curl")
  local sleep = settings.sleep or (ngx and sleep_in_nginx) or core.sleep
  if type(wanted) == "function" then
    return foreign.transport(wanted), sleep
  elseif wanted == "curl" then
    local send, close = require("facequery.transport.curl").new()
    return send, sleep, close
  elseif not ngx then
    return nil, { status = "NO_TRANSPORT" }
  elseif wanted == "worker_thread" then
    return require("facequery.transport.worker_thread").new(settings.thread_pool), sleep
  elseif wanted == "resty" then
    local send, failure = require("facequery.transport.resty").new()
    return send, send and sleep or failure
  end
  return in_nginx(settings), sleep
end

return transport
