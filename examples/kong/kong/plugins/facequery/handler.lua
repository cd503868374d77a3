--- facequery for Kong Gateway 3: a request passes with an order that the service has verified, and not without.
--- Written by https://developer.konghq.com/custom-plugins/ and the reference of Kong's plugin development kit (PDK).
--
-- After `make install LUA=luajit`, in kong.conf:
--
--   plugins = bundled,facequery
--   lua_package_path = /path/to/examples/kong/?.lua;/usr/local/share/lua/5.1/?.lua;/usr/local/share/lua/5.1/?/init.lua;;
--   lua_package_cpath = /usr/local/lib/lua/5.1/?.so;;
--   nginx_main_thread_pool = facequery threads=32 max_queue=65536
--   nginx_http_lua_worker_thread_vm_pool_size = 256
--   nginx_http_lua_shared_dict = facequery 1m
--
-- and for a route:
--
--   plugins:
--     - { name: facequery, config: { app_id: IDAXXXXX, secret: "{vault://env/facequery-secret}" } }
--
-- An order's number is no secret, and a verified one stays verified for three days: who has seen a number can send it.
-- So either a plugin that runs before this one puts X-Order-No there, out of the user's session, in the place of what
-- the client sent; or the upstream compares X-Face-Order with the order that it has started in this session.  In both
-- cases the session is who lets an order open one thing once.

local facequery = require "facequery"

local kong = kong

---@class facequery.kong.Conf
---@field app_id string
---@field secret string the app's secret
---@field base_url? string
---@field order_from "header"|"query" where the order's number is in the request
---@field order_name string of that header or argument
---@field lang facequery.Lang of what refused users are told

local plugin = {
  VERSION = "0.1.0",
  -- After what authenticates and rate-limiting (910), before proxy-cache (100), which would answer in our place.
  PRIORITY = 905,
}

-- 401: no order, or none that can be; 403: an answer, and not that it is the person.  All else is trouble on this side.
local STATUS = { invalid_request = 401, rejected = 403, risk = 403, expired = 403, not_found = 403 }

-- What the upstream believes, as a client could spell it: X_Face_Order is the same header to CGI and WSGI.
local FORGED = {}
for _, what in ipairs { "Order", "Similarity" } do
  for _, name in ipairs { "X-Face-", "X_Face_", "X-Face_", "X_Face-" } do
    FORGED[#FORGED + 1] = name .. what
  end
end

---@type table<facequery.kong.Conf, { client: facequery.Client, secret: string }>
local clients = setmetatable({}, { __mode = "k" })

-- A client sends nothing before it is asked.  Where the secret is a reference and turns, Kong writes it into the conf
-- that there is.
---@param conf facequery.kong.Conf
---@return facequery.Client|nil
---@return facequery.Error|nil err
local function client_of(conf)
  local known = clients[conf]
  if known and known.secret == conf.secret then
    return known.client
  end
  local client, err = facequery.new {
    app_id = conf.app_id, secret = conf.secret, base_url = conf.base_url, lang = conf.lang,
  }
  clients[conf] = client and { client = client, secret = conf.secret }
  return client, err
end

---@param conf facequery.kong.Conf
---@return string order_no "" where the request has none
local function order_of(conf)
  local get = conf.order_from == "query" and kong.request.get_query_arg or kong.request.get_header
  local value = get(conf.order_name)
  return type(value) == "string" and value or ""
end

-- The advice is for users only where it is about them; what is wrong on this side is for the log.
---@param err facequery.Error
---@param status? integer default: its kind's
local function refuse(err, status)
  kong.log.warn(tostring(err))
  status = status or STATUS[err.kind] or 503
  return kong.response.exit(status, {
    verified = false,
    error = { kind = err.kind, code = err.code, advice = status < 500 and err.advice or nil },
  }, { ["Cache-Control"] = "no-store" })
end

---@param conf facequery.kong.Conf
function plugin:access(conf) -- luacheck: no self
  local order_no = order_of(conf)
  for _, name in ipairs(FORGED) do
    kong.service.request.clear_header(name)
  end
  local client, unfit = client_of(conf)
  if not client then
    return refuse(unfit, 503)
  end
  local record, err = client:query { order_no = order_no }
  if not record then
    return refuse(err)
  end
  kong.service.request.set_header("X-Face-Order", order_no)
  if record.similarity then
    kong.service.request.set_header("X-Face-Similarity", record.similarity)
  end
end

return plugin
