--- What nginx.conf has for queries: a thread pool, and a place where workers share a ticket.

local core = require "facequery.core"
local findings = require "facequery.doctor.findings"

local nginx = {}

-- nil where the pool runs Lua with the core in it; else why it doesn't.
local function try_pool(name)
  if not core.has_threads() then
    return "OpenSSL no-threads" -- worker_thread.lua then refuses
  elseif not ngx.run_worker_thread then
    return "ngx_lua < 0.10.21, or nginx without --with-threads"
  end
  local ok, result = ngx.run_worker_thread(name, "facequery.core", "cores")
  return not ok and tostring(result) or nil
end

---@param lang facequery.Lang
---@param settings facequery.Config|nil complete
---@return facequery.Finding[]
function nginx.check(lang, settings)
  local name = settings and settings.thread_pool or "facequery"
  local list = {}
  local trouble = try_pool(name)
  if not trouble then
    list[1] = findings.ok(lang, "nginx", "thread_pool", name)
  elseif settings and settings.transport ~= "worker_thread" and pcall(require, "resty.http") then
    list[1] = findings.warning(lang, "nginx", "NO_THREAD_POOL", trouble)
  else
    list[1] = findings.failure(lang, "nginx", "NO_THREAD_POOL", trouble)
  end
  if settings and settings.secret and not os.getenv "FACEQUERY_TICKET_FILE" then
    list[2] = ngx.shared.facequery and findings.ok(lang, "nginx", "shared_dict")
      or findings.warning(lang, "nginx", "NO_SHARED_DICT")
  end
  return list
end

return nginx
