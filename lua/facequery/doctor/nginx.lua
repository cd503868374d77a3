--- What nginx.conf has for queries: a thread pool, and a place where workers share a ticket.

local core = require "facequery.core"
local details = require "facequery.codes.details"
local findings = require "facequery.doctor.findings"
local worker_thread = require "facequery.transport.worker_thread"

local nginx = {}

-- nil where the pool runs Lua with the core in it, or would, were it not busy; else why it doesn't.
local function try_pool(name)
  if not core.has_threads() then
    return "OpenSSL no-threads" -- worker_thread.lua then refuses
  elseif not ngx.run_worker_thread then
    return "ngx_lua < 0.10.21, or nginx without --with-threads"
  end
  local ok, result = ngx.run_worker_thread(name, "facequery.core", "cores")
  return not ok and not worker_thread.is_busy(result) and tostring(result) or nil
end

---@param lang facequery.Lang
---@param settings facequery.Config|nil complete
---@param has_store boolean the program has a ticket_store of its own
---@return facequery.Finding[]
function nginx.check(lang, settings, has_store)
  local name = settings and settings.thread_pool or "facequery"
  local list = {}
  local trouble = try_pool(name)
  trouble = trouble and details.of(lang, trouble)
  if not trouble then
    list[1] = findings.ok(lang, "nginx", "thread_pool", name)
  elseif settings and settings.transport ~= "worker_thread" and pcall(require, "resty.http") then
    list[1] = findings.warning(lang, "nginx", "NO_THREAD_POOL", trouble)
  else
    list[1] = findings.failure(lang, "nginx", "NO_THREAD_POOL", trouble)
  end
  if settings and settings.secret and not has_store and not os.getenv "FACEQUERY_TICKET_FILE" then
    list[2] = ngx.shared.facequery and findings.ok(lang, "nginx", "shared_dict")
      or findings.warning(lang, "nginx", "NO_SHARED_DICT")
  end
  return list
end

return nginx
