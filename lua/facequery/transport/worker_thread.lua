--- nginx's thread pool: the libcurl transport, base64 and hashing included, beside the event loop.

local worker_thread = {}

-- Where ngx.run_worker_thread may wait for its thread.
local PHASES = { rewrite = true, access = true, content = true, timer = true }

-- A reload ends a worker that has nothing to wait for, and a thread is nothing to it; a timer is.
local function hold()
  while true do
    ngx.sleep(1)
  end
end

local function failure_of(message)
  message = type(message) == "string" and message or ""
  if message:find("no available Lua vm", 1, true) then
    return { status = "TRANSPORT", curl = "NO_VM" }
  elseif message:find("^thread.pool.* not found$") then
    return { status = "NO_TRANSPORT" }
  end
  return { status = "TRANSPORT", curl = "OTHER_TRANSPORT_ERROR", detail = message }
end

--- The transport over the named `thread_pool` of nginx.conf; NO_TRANSPORT where there is none.
---@param pool string
---@return facequery.Transport
function worker_thread.new(pool)
  return function(request)
    if not ngx.run_worker_thread or not PHASES[ngx.get_phase()] then
      return nil, { status = "NO_TRANSPORT" }
    end
    local guard = ngx.thread.spawn(hold)
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
