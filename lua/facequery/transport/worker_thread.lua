--- nginx's thread pool: the libcurl transport, base64 and hashing included, beside the event loop.

local core = require "facequery.core"

local worker_thread = {}

-- The phases of nginx in which ngx.run_worker_thread may yield.
local PHASES = { rewrite = true, access = true, content = true, timer = true }

-- Kong and others build OpenSSL with no-threads; two threads in it at once crash the process.
local NO_THREADS = "OpenSSL is built without threads (no-threads): nothing that uses it may run in"
  .. " nginx's thread pool; install lua-resty-http"

-- Runs beside a query, so that a reload of nginx does not end the worker before it: nginx waits for timers, as
-- ngx.sleep sets them, but not for threads of a pool.  It must not outlive the query's light thread, because it keeps
-- the request open; and that may be killed, which nobody is told of.
local LOOK = 0.1 -- seconds
local function hold(query)
  while coroutine.status(query) ~= "dead" do
    ngx.sleep(LOOK)
  end
end

-- What ngx.run_worker_thread says when no thread is free.  With a full queue, ngx_lua says the second from 0.10.24
-- on; 0.10.23 crashes.
local BUSY = { ["no available Lua vm"] = true, ["ngx_thread_task_post failed"] = true }

--- Whether ngx.run_worker_thread has said that the pool is there, and busy.
---@param message any
---@return boolean
function worker_thread.is_busy(message)
  return BUSY[message] == true
end

local function failure_of(message)
  message = type(message) == "string" and message or ""
  if worker_thread.is_busy(message) then
    return { status = "TRANSPORT", code = "NO_VM" }
  elseif message == "no memory" then
    return { status = "OUT_OF_MEMORY" }
  elseif message:find("^thread.pool.* not found$") then
    return { status = "NO_TRANSPORT" }
  end
  return { status = "TRANSPORT", code = "OTHER_TRANSPORT_ERROR", detail = message }
end

--- The transport over the named `thread_pool` of nginx.conf; NO_TRANSPORT where there is none.
---@param pool string
---@return facequery.Transport
function worker_thread.new(pool)
  return function(request)
    if not core.has_threads() then
      return nil, { status = "NO_TRANSPORT", detail = NO_THREADS }
    elseif not ngx.run_worker_thread or not PHASES[ngx.get_phase()] then
      return nil, { status = "NO_TRANSPORT" }
    end
    local guard = ngx.thread.spawn(hold, coroutine.running())
    local ok, response, failure = ngx.run_worker_thread(
      pool, "facequery.transport.in_thread", "exchange", request)
    ngx.thread.kill(guard)
    if not ok then
      return nil, failure_of(response)
    end
    return response, failure
  end
end

return worker_thread
