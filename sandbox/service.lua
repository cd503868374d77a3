-- The service in small: the query, and the controls for tests.

local answer = require "sandbox.answer"
local common = require "sandbox.common"
local records = require "sandbox.records"
local request = require "sandbox.request"
local scans = require "sandbox.scans"
local tickets = require "sandbox.tickets"

local service = {}

-- The media are read before nginx forks, so that their memory is shared with the worker (copy on write).
local sources = { base64 = ngx.encode_base64, serial = common.serial }

--- Reads the settings and the media.
function service.init()
  common.init()
  sources.elsewhere = common.elsewhere
  sources.media = records.read_media(ngx.config.prefix() .. "sandbox/media/", sources.base64)
end

--- Ends nginx, and removes its folder if that was a temporary one, once the script that started it
--- is gone without having done so itself.
function service.watch()
  local parent = os.getenv("FACEQUERY_SANDBOX_PARENT")
  -- The process's start time in clock ticks (proc(5)), nil for a zombie: a reused pid has another.
  local function started()
    local file = io.open("/proc/" .. parent .. "/stat")
    if not file then return nil end
    local state_and_start = file:read("*a"):match("^.*%) (%S" .. (" %S+"):rep(19) .. ")")
    file:close()
    if state_and_start:find("^[ZX]") then return nil end
    return state_and_start:match("%S+$")
  end
  local start = started()
  ngx.timer.every(1, function()
    if start and started() == start then return end
    local folder = os.getenv("FACEQUERY_SANDBOX_REMOVE")
    if folder and folder ~= "" then os.execute('rm -rf -- "$FACEQUERY_SANDBOX_REMOVE"') end
    local ffi = require "ffi"
    ffi.cdef "int kill(int pid, int signal);"
    ffi.C.kill(require("ngx.process").get_master_pid(), 15)
    ffi.C.kill(ngx.worker.pid(), 15) -- the master may have been killed before
  end)
end

-- Queries ---------------------------------------------------------------------------------------

local FIELDS = { -- name, least bytes, most bytes, pattern, whether it may be left out
  { "appId", 1, 8 }, { "version", 1, 20 }, { "nonce", 32, 32, "^%w+$" },
  { "orderNo", 1, 32, "^%w+$" }, { "sign", 40, 40, "^%x+$" },
  { "getFile", 0, 1, nil, true }, { "queryVersion", 0, 8, nil, true },
}

--- POST /api/v2/base/queryfacerecord
function service.query()
  common.count("queries")
  local body = request.read(FIELDS)
  if not body then return end
  if not tickets.signer({ body.appId, body.orderNo, body.version, body.nonce }, body.sign) then
    common.count("refused_signs")
    return request.refuse("400105", nil, body.orderNo)
  end

  local scenario, parameters = scans.find(body.orderNo)
  return answer.send(scenario.answer(records.context(body, common.state, sources), unpack(parameters)))
end

-- Controls --------------------------------------------------------------------------------------

-- A setting for either endpoint, from the url: ?access_token=2&api_ticket=1
local function set(settings)
  local parameters = ngx.req.get_uri_args()
  for _, name in ipairs { "access_token", "api_ticket" } do
    if parameters[name] then settings[name] = tonumber(parameters[name]) end
  end
end

local READ = {
  counters = function() return common.state.counters end,
  orders = function() return common.state.queries end,
  neighbour = function()
    common.count("neighbours")
    return "ok\n", { type = "text/plain" }
  end,
}

local CHANGE = {
  reset = common.reset,
  revoke = tickets.revoke,
  fail = function() set(common.state.fail) end, -- so many requests get a 500
  stall = function() set(common.state.stall) end, -- each request takes so many seconds
  skip = function() -- so many seconds pass for tokens and tickets
    common.state.skipped = common.state.skipped + (tonumber(ngx.req.get_uri_args().seconds) or 0)
  end,
}

--- Everything under /sandbox/.
function service.control()
  local name, order = ngx.var.uri:match("^/sandbox/(%l+)/?(.*)$")
  if name == "orders" and order ~= "" then
    common.only("GET")
    return answer.send(tostring(common.state.queries[order] or 0) .. "\n")
  end
  if order ~= "" or not (READ[name] or CHANGE[name]) then return ngx.exit(404) end
  common.only(READ[name] and "GET" or "POST")
  if READ[name] then return answer.send(READ[name]()) end
  CHANGE[name]()
  return answer.send({ ok = true })
end

return service
