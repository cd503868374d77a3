-- examples/apisix: the plugin for Apache APISIX, on nginx itself, with what it takes of apisix.core.
-- Only on luajit: nginx runs the LuaJIT build, whatever asks it.

local contract = require "help.gateway_contract"
local json = require "cjson"
local support = require "help.support"

describe("examples/apisix in nginx", function()
  contract.holds {
    gateway = "apisix",
    code = [[
      local plugin = require "apisix.plugins.facequery"
      -- As apisix/plugin.lua and apisix/core/response.lua have it.
      function gate.access(conf)
        local code, body = plugin.access(conf, {})
        if code or body then
          ngx.status = code
          ngx.print(require("cjson").encode(body), "\n")
          return ngx.exit(code)
        end
      end
      -- APISIX makes a conf anew where what a reference stands for is another.
      function gate.turn(which)
        local conf = {}
        for name, value in pairs(gate.confs.turned) do
          conf[name] = value
        end
        conf.secret = which == "good" and os.getenv "FACEQUERY_SANDBOX_SECRET" or "another"
        gate.confs.turned = conf
      end
    ]],
  }
end)

describe("examples/apisix as a plugin", function()
  local plugin, path

  setup(function()
    path = package.path
    package.path = "examples/apisix/?.lua;spec/fixtures/gateways/?.lua;" .. path
    plugin = require "apisix.plugins.facequery"
  end)

  teardown(function() package.path = path end)

  it("has what APISIX wants of one", function()
    assert.equal("facequery", plugin.name)
    assert.equal("number", type(plugin.version))
    -- After forward-auth (2002) and all that authenticates, before proxy-cache.
    assert.is_true(plugin.priority < 2000 and plugin.priority > 1085)
    assert.is_true(plugin.check_schema { app_id = "IDAXXXXX", secret = "s" })
    assert.is_nil(plugin.schema.properties._meta) -- APISIX's own
  end)

  it("keeps its secret encrypted", function()
    assert.same({ "secret" }, plugin.schema.encrypt_fields)
    assert.equal("string", plugin.schema.properties.secret.type)
  end)

  it("has a schema that is JSON Schema, and takes what it should and nothing else", function()
    local good = { app_id = "IDAXXXXX", secret = "$env://FACEQUERY_SECRET" }
    local function with(name, value)
      local conf = {}
      for key, kept in pairs(good) do
        conf[key] = kept
      end
      conf[name] = value
      return conf
    end
    local confs = {
      good, with("base_url", "https://kyc.example.com"), with("order_from", "query"), with("lang", "zh"),
      with("order_name", "face"),
      { app_id = "IDAXXXXX" }, { secret = "s" }, with("app_id", "IDAXXXXX1"), with("app_id", "ID-A"),
      with("secret", ""), with("secret", 7), with("base_url", "ftp://kyc.example.com"), with("order_from", "cookie"),
      with("order_name", ""), with("lang", "fr"),
    }
    local folder = support.folder()
    finally(function() support.remove_folder(folder) end)
    support.write_file(folder .. "/all", json.encode { schema = plugin.schema, confs = confs })
    -- Debian's own interpreter has Debian's python3-jsonschema.
    assert.equal("1 1 1 1 1 0 0 0 0 0 0 0 0 0 0", support.must(("/usr/bin/python3 -c %s %s/all"):format(support.quote [[
import json, jsonschema, sys
read = json.load(open(sys.argv[1]))
jsonschema.Draft7Validator.check_schema(read["schema"])
validator = jsonschema.Draft7Validator(read["schema"])
print(*(int(validator.is_valid(conf)) for conf in read["confs"]))]], folder)))
  end)
end)
