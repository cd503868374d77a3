-- Every block of nginx.conf in the pages is taken by nginx, and answers; and the blocks of Lua in api.md that are for
-- nginx run in it.
-- Only on luajit: nginx runs the LuaJIT build, whatever asks it.

local blocks = require "help.blocks"
local redis_help = require "help.redis"
local servers = require "help.servers"
local support = require "help.support"

local env, must = support.env, support.must

local POOL = "thread_pool facequery threads=4 max_queue=65536;"
local ROOT = must "pwd -P"

-- An nginx for as long as an it(…) takes.
local function start(options)
  local server = servers.nginx(options)
  finally(function() server:stop() end)
  return server
end

-- Replaces what must be there, once.
local function replace(text, old, new)
  local from, to = text:find(old, 1, true)
  assert(from, old)
  return text:sub(1, from - 1) .. new .. text:sub(to + 1)
end

-- A block with its own http and server: all but where nginx writes, what it loads, and its port.
local function whole(block)
  local server = start {
    conf = function(_, port)
      local text = replace(block.text, "server {", ("server { listen 127.0.0.1:%d;"):format(port))
      return ([[
        %s
        load_module /usr/lib/nginx/modules/ndk_http_module.so;
        load_module /usr/lib/nginx/modules/ngx_http_lua_module.so;
        pid nginx.pid; error_log error.log;
        env FACEQUERY_BASE_URL; env FACEQUERY_CA_FILE;
        events {}
      ]]):format(must "id -u" == "0" and "user root;" or "") .. replace(text, "http {", ([[http {
        access_log off; client_body_temp_path tmp; proxy_temp_path tmp; fastcgi_temp_path tmp; uwsgi_temp_path tmp;
        scgi_temp_path tmp; lua_package_path "%s/lua/?.lua;%s/lua/?/init.lua;;";
        lua_package_cpath "%s/build/luajit/?.so;;";]]):format(ROOT, ROOT, ROOT))
    end,
    environment = "FACEQUERY_SECRET=" .. env "SANDBOX_SECRET",
  }
  assert.equal("welcome", server:get("/orders/" .. support.order "verified"))
  assert.equal("rejected", server:get("/orders/" .. support.order "rejected"))
end

-- A block of http's, with which queries go over cosockets: this machine's name server and authority in the place of the
-- reader's.
local function cosockets(block)
  local port, stop = servers.dns()
  finally(stop)
  local text = replace(block.text, "127.0.0.53", ("127.0.0.1:%d ipv6=off"):format(port))
  local server = servers.nginx {
    main = "",
    http = replace(text, "/etc/ssl/certs/ca-certificates.crt", env "CA_FILE"),
  }
  local similarity = server:run("content", ([[
    local client = assert(require("facequery").new())
    return assert(client:query { order_no = %q }).similarity]]):format(support.order "verified"))
  server:stop()
  assert.equal("88.01", similarity)
end

-- A block of the main part, with variables for the workers.
local function variables(block)
  local server = start { main = POOL .. block.text, environment = "FACEQUERY_SECRET=told" }
  local name = "FACEQUERY_APP_ID"
  assert.equal(env "APP_ID", server:run("content", ("return os.getenv %q"):format(name)))
  assert.equal("told", server:run("content", "return os.getenv 'FACEQUERY_SECRET'"))
end

-- A block with a location.
local function doctor(block)
  local text = start { server = block.text }:get "/doctor"
  assert.matches("\nok +query: ", text)
  assert.is_nil(text:find "failure")
end

describe("the pages' nginx.conf", function()
  blocks.each("nginx", {
    ["doctor.md ## Inside nginx nginx 1"] = variables,
    ["doctor.md ## Inside nginx nginx 2"] = doctor,
    ["openresty.md # OpenResty and nginx nginx 1"] = whole,
    ["openresty.md # OpenResty and nginx nginx 2"] = cosockets,
    ["quickstart.md ## The same in nginx nginx 1"] = blocks.elsewhere "spec/docs/quickstart_spec.lua",
  })
end)

describe("the pages' Lua for nginx", function()
  local redis, server

  setup(function()
    redis = redis_help.server()
    server = servers.nginx {
      http = "lua_worker_thread_vm_pool_size 100; lua_shared_dict facequery 1m;",
      server = "error_log told.log info;",
    }
  end)

  teardown(function()
    server:stop()
    redis.stop()
  end)

  -- Runs a block after what its page has of a reader's own.
  local function run(block, before, after)
    return server:run("content", ([[
      local facequery, tickets, PORT = require "facequery", require "facequery.tickets", %d
      if not pcall(require, "resty.redis") then
        package.loaded["resty.redis"] = require "nginx.redis" -- Debian's copy of it
      end
      local function keeps(store)
        local is_set, release = store:set("key", "value", 60), store:lock("key", 5)
        return is_set and store:get "key" == "value" and release and release() ~= false
      end
      %s %s
      %s]]):format(redis.port, before, block.text:gsub("6379", redis.port), after))
  end

  local function all_stores(block)
    assert.equal(4, run(block, ([[
      local path, name, client = %q, "facequery", function()
        local red = require("resty.redis"):new()
        assert(red:connect("127.0.0.1", PORT))
        return red
      end
      local kept = 0
      setfenv(1, setmetatable({}, { __index = _G, __newindex = function(_, key, store)
        kept = kept + (key == "ticket_store" and keeps(store) and 1 or 0)
      end }))]]):format(server.folder .. "/ticket"), "return kept"))
  end

  local function redis_store(block)
    assert.is_true(run(block, "return keeps(", ")"))
  end

  local function events(block)
    local order = support.order "rejected"
    run(block, "local on_event", ("facequery.query { on_event = on_event, order_no = %q }"):format(order))
    assert.matches("response order=" .. order .. " method=POST", server:text "told.log", 1, true)
  end

  local special, left = {
    ["api.md ## Tickets lua 1"] = all_stores,
    ["api.md ## Tickets lua 2"] = redis_store,
    ["api.md ## Events lua 1"] = events,
  }, 3
  for _, block in ipairs(blocks.all "lua") do
    if special[block.place] then
      left = left - 1
      it(blocks.where(block) .. ", " .. block.place, function() special[block.place](block) end)
    end
  end
  it("is what the spec knows", function()
    assert.is_true(left <= 0)
  end)
end)
