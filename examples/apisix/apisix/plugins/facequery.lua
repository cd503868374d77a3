--- facequery for Apache APISIX, 3.17 or later: a request passes with an order that the service has verified, and not
--- without.  Written by https://apisix.apache.org/docs/apisix/plugin-develop/.
--
-- After `make install LUA=luajit`, in conf/config.yaml, where `plugins` replaces APISIX's own list:
--
--   apisix:
--     extra_lua_path: "/path/to/examples/apisix/?.lua;/usr/local/share/lua/5.1/?.lua;/usr/local/share/lua/5.1/?/init.lua"
--     extra_lua_cpath: "/usr/local/lib/lua/5.1/?.so"
--   nginx_config:
--     main_configuration_snippet: thread_pool facequery threads=32 max_queue=65536;
--     http_configuration_snippet: lua_worker_thread_vm_pool_size 256; lua_shared_dict facequery 1m;
--   plugins: [..., facequery]
--
-- and in a route:
--
--   "plugins": { "facequery": { "app_id": "IDAXXXXX", "secret": "$env://FACEQUERY_SECRET" } }
--
-- An order's number is no secret, and a verified one stays verified for three days: who has seen a number can send it.
-- So let it come from where no client can put it, the user's session: forward-auth runs before this plugin, and with
-- "upstream_headers": ["X-Order-No"] that header is what your session's service has answered.  Where a client does
-- choose the number, the upstream must compare X-Face-Order with the order that it has started in this session.  In both
-- cases the session is who lets an order open one thing once.

local core = require "apisix.core"
local facequery = require "facequery"

---@class facequery.apisix.Conf
---@field app_id string
---@field secret string the app's secret
---@field base_url? string
---@field order_from "header"|"query" where the order's number is in the request
---@field order_name string of that header or argument
---@field lang facequery.Lang of what refused users are told

local schema = {
  type = "object",
  properties = {
    app_id = { type = "string", pattern = "^[0-9A-Za-z]{1,8}$" },
    secret = { type = "string", minLength = 1 },
    base_url = { type = "string", pattern = "^https?://" },
    order_from = { type = "string", enum = { "header", "query" }, default = "header" },
    order_name = { type = "string", minLength = 1, default = "X-Order-No" },
    lang = { type = "string", enum = { "en", "zh" }, default = "en" },
  },
  required = { "app_id", "secret" },
  encrypt_fields = { "secret" },
}

local plugin = {
  version = 0.1,
  -- After what authenticates and forward-auth (2002), before proxy-cache (1085), which would answer in our place.
  priority = 1990,
  name = "facequery",
  schema = schema,
}

function plugin.check_schema(conf)
  return core.schema.check(schema, conf)
end

-- 401: no order, or none that can be; 403: an answer, and not that it is the person.  All else is trouble on this side.
local STATUS = { invalid_request = 401, rejected = 403, risk = 403, expired = 403, not_found = 403 }

-- What the upstream believes, as a client could spell it: X_Face_Order is the same header to CGI and WSGI.
local FORGED = {}
for _, what in ipairs { "Order", "Similarity" } do
  for _, name in ipairs { "X-Face-", "X_Face_", "X-Face_", "X_Face-" } do
    FORGED[#FORGED + 1] = name .. what
  end
end

-- A client sends nothing before it is asked.  Where the secret is a reference and turns, APISIX makes another conf.
local clients = core.lrucache.new { type = "plugin", count = 64 }

---@param conf facequery.apisix.Conf
local function new_client(conf)
  return facequery.new { app_id = conf.app_id, secret = conf.secret, base_url = conf.base_url, lang = conf.lang }
end

---@param conf facequery.apisix.Conf
---@param ctx table of APISIX
---@return string order_no "" where the request has none
local function order_of(conf, ctx)
  local value
  if conf.order_from == "query" then
    value = core.request.get_uri_args(ctx)[conf.order_name]
  else
    value = core.request.header(ctx, conf.order_name)
  end
  return type(value) == "string" and value or ""
end

-- The advice is for users only where it is about them; what is wrong on this side is for the log.
---@param err facequery.Error
---@param status? integer default: its kind's
---@return integer status
---@return table body
local function refuse(err, status)
  core.log.warn(tostring(err))
  core.response.set_header("Content-Type", "application/json", "Cache-Control", "no-store")
  status = status or STATUS[err.kind] or 503
  return status, {
    verified = false,
    error = { kind = err.kind, code = err.code, advice = status < 500 and err.advice or nil },
  }
end

---@param conf facequery.apisix.Conf
---@param ctx table of APISIX
---@return integer|nil status nil: the request passes
---@return table|nil body
function plugin.access(conf, ctx)
  local order_no = order_of(conf, ctx)
  for _, name in ipairs(FORGED) do
    core.request.set_header(ctx, name, nil)
  end
  local client, unfit = clients(conf, nil, new_client, conf)
  if not client then
    return refuse(unfit, 503)
  end
  local record, err = client:query { order_no = order_no }
  if not record then
    return refuse(err)
  end
  core.request.set_header(ctx, "X-Face-Order", order_no)
  core.request.set_header(ctx, "X-Face-Similarity", record.similarity)
end

return plugin
