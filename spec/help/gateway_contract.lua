--- What each plugin for a gateway must keep, inside a real nginx: its worker's event loop, thread pool and phases.

local assert = require "luassert"
local busted = require "busted"
local json = require "cjson"
local servers = require "help.servers"
local support = require "help.support"

-- busted gives these to the files of specs alone.
local it, setup, teardown = busted.it, busted.setup, busted.teardown

local contract = {}

-- Before the plugin is a server of nginx's, behind it what an upstream would get.  Each conf of `confs` has a path;
-- /turn/good and /turn/bad turn the secret of "turned", /made tells how many clients there were.
local SERVER = [[
  underscores_in_headers on;
  location ~ ^/pass/(?<conf>\w+)$ {
    access_by_lua_block { require("gate").access(require("gate").confs[ngx.var.conf]) }
    proxy_pass http://127.0.0.1:$server_port/upstream;
  }
  location = /upstream {
    content_by_lua_block { ngx.print(require("cjson").encode(ngx.req.get_headers())) }
  }
  location ~ ^/turn/(?<which>\w+)$ {
    content_by_lua_block { require("gate").turn(ngx.var.which) }
  }
  location = /made {
    content_by_lua_block { ngx.print(require("gate").made) }
  }
]]

local HTTP = [[
  lua_worker_thread_vm_pool_size 100;
  lua_shared_dict facequery 1m;
  init_by_lua_block {
    package.path = "@ROOT@/examples/@GATEWAY@/?.lua;@ROOT@/spec/fixtures/gateways/?.lua;" .. package.path
    local facequery = require "facequery"
    local gate, new = { made = 0, confs = {} }, facequery.new
    facequery.new = function(...)
      gate.made = gate.made + 1
      return new(...)
    end
    package.loaded.gate = gate
    for _, name in ipairs { "plain", "query", "chinese", "away", "unfit", "turned" } do
      -- With the schema's defaults, which the gateway fills in.
      gate.confs[name] = {
        app_id = os.getenv "FACEQUERY_APP_ID", secret = os.getenv "FACEQUERY_SANDBOX_SECRET",
        order_from = "header", order_name = "X-Order-No", lang = "en",
      }
    end
    gate.confs.query.order_from, gate.confs.query.order_name = "query", "face"
    gate.confs.chinese.lang = "zh"
    gate.confs.away.base_url = "https://127.0.0.1:1"
    gate.confs.unfit.secret = "two words"
    @CODE@
  }
]]

---@class help.Gateway
---@field gateway string its folder in examples/
---@field code string Lua that gives `gate` its functions `access(conf)` and `turn(which)`, which tells of another secret

---@class help.Gate
---@field server? table nginx, while the specs run
---@field ask fun(conf: string, order: string, options?: string): table, integer, string, string

---@return help.Gate
local function new_gate()
  ---@type help.Gate
  local gate = {}

  --- A request with an order's number: its answer's JSON, and its status, type and Cache-Control.
  function gate.ask(conf, order, options)
    local where = conf == "query" and "?face=" .. order or ""
    options = (conf ~= "query" and order ~= "" and "-H 'X-Order-No: " .. order .. "' " or "") .. (options or "")
    local text, status, type, cache = gate.server:get("/pass/" .. conf .. where,
      options .. " -w '\n%{http_code} %{content_type} %header{cache-control}'"):match "^(.*)\n(%d+) (.-) ?(%S*)$"
    return json.decode(text), tonumber(status), type, cache
  end
  return gate
end

---@param gate help.Gate
local function passes(gate)
  it("lets a request pass with a verified order, and tells the upstream of it", function()
    for _, conf in ipairs { "plain", "query" } do
      local order = support.order "verified"
      local headers, status = gate.ask(conf, order)
      assert.same({ 200, order, "88.01" }, { status, headers["x-face-order"], headers["x-face-similarity"] })
      assert.equal(1, support.queries(order))
    end
  end)

  it("takes from the client what only the upstream may be told, however it is spelled", function()
    local forged = {}
    for _, name in ipairs { "X-Face-Order", "x-face-order", "X_Face_Order", "x-face_order", "X_Face-Order",
      "X-Face-Similarity", "X_FACE_SIMILARITY", "X-Face_Similarity", "X_Face-Similarity" } do
      forged[#forged + 1] = ("-H '%s: forged'"):format(name)
    end
    local order = support.order "verified"
    local told = {}
    for name, value in pairs(gate.ask("plain", order, table.concat(forged, " "))) do
      if name:gsub("_", "-"):find "^x%-face" then
        told[name] = value
      end
    end
    assert.same({ ["x-face-order"] = order, ["x-face-similarity"] = "88.01" }, told)
  end)
end

---@param gate help.Gate
local function stops(gate)
  it("stops everybody else, and says why and what to do", function()
    for word, case in pairs {
      rejected = { 403, "rejected", "66660004", "again with a new order" },
      nosuch = { 403, "not_found", "66660011", "within 3 days" },
      ["a%20b"] = { 401, "invalid_request", "INVALID_ORDER_NO" },
      [""] = { 401, "invalid_request", "INVALID_ORDER_NO" },
    } do
      for _, conf in ipairs { "plain", "query" } do
        local order = word:find "^%l+$" and support.order(word) or word
        local answer, status, type, cache = gate.ask(conf, order)
        local told = answer.error
        assert.same({ case[1], false, case[2], case[3] }, { status, answer.verified, told.kind, told.code })
        assert.is_truthy(told.advice:find(case[4] or "request", 1, true), told.advice)
        assert.matches("^application/json", type)
        assert.equal("no-store", cache)
      end
    end
    assert.matches("请用新订单重新发起", gate.ask("chinese", support.order "rejected").error.advice)
  end)

  it("takes nothing for an order that is none", function()
    for _, query in ipairs { "?face", "?face=", "?other=verified1" } do
      local text = gate.server:get("/pass/query" .. query, "-w ' %{http_code}'")
      assert.matches(" 401$", text)
    end
  end)

  it("lets nobody pass while it can't know, and keeps to itself what is wrong", function()
    for case, wanted in pairs {
      away = { "transport", "COULDNT_CONNECT" },
      unfit = { "invalid_request", "INVALID_SECRET" },
    } do
      local order = support.order "verified"
      local answer, status = gate.ask(case, order)
      assert.same({ 503, { verified = false, error = { kind = wanted[1], code = wanted[2] } } }, { status, answer })
      assert.is_truthy(servers.wait(function() return gate.server:log():find(wanted[2], 1, true) end))
    end
    local answer, status = gate.ask("plain", support.order "http404x")
    assert.same({ 503, "http" }, { status, answer.error.kind })
  end)
end

---@param gate help.Gate
local function runs(gate)
  it("makes one client for each conf, and another where the secret turns", function()
    gate.ask("turned", support.order "verified")
    local made = gate.server:get "/made"
    for _ = 1, 5 do
      assert.equal(200, (select(2, gate.ask("turned", support.order "verified"))))
    end
    assert.equal(made, gate.server:get "/made")
    gate.server:get "/turn/bad"
    local answer, status = gate.ask("turned", support.order "verified")
    assert.same({ 503, "auth" }, { status, answer.error.kind })
    gate.server:get "/turn/good"
    assert.equal(200, (select(2, gate.ask("turned", support.order "verified"))))
  end)

  it("keeps nobody else waiting while the service is slow", function()
    local order = support.order "slow2000x"
    local slow = support.start(("curl -s -m 30 -H 'X-Order-No: %s' %s/pass/plain"):format(order, gate.server.url))
    assert.is_truthy(servers.wait(function() return support.queries(order) == 1 end))
    gate.server:get "/kept"
    assert.is_false(slow.ended())
    assert.equal(order, json.decode((slow.wait()))["x-face-order"])
  end)

  it("writes neither the secret nor a ticket into nginx's log", function()
    assert.equal(403, (select(2, gate.ask("plain", support.order "rejected"))))
    assert.is_truthy(servers.wait(function() return gate.server:log():find("66660004", 1, true) end))
    local ticket = gate.server:run("content", [[
      for _, key in ipairs(ngx.shared.facequery:get_keys()) do
        local found = ngx.shared.facequery:get(key):match '"ticket":"(%w+)"'
        if found then return found end
      end]])
    for _, private in ipairs { ticket, support.env "SANDBOX_SECRET", "two words" } do
      assert.is_nil(gate.server:log():find(private, 1, true))
    end
    assert.is_nil(gate.server:log():find("%[alert%]"))
  end)
end

--- Declares the specs.
---@param gateway help.Gateway
function contract.holds(gateway)
  local gate = new_gate()

  setup(function()
    local parts = { ROOT = support.must "pwd -P", GATEWAY = gateway.gateway, CODE = gateway.code }
    gate.server = servers.nginx { http = HTTP:gsub("@(%u+)@", parts), server = SERVER }
  end)

  teardown(function() gate.server:stop() end)

  passes(gate)
  stops(gate)
  runs(gate)
end

return contract
