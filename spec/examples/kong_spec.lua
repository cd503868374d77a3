-- examples/kong: the plugin for Kong, on nginx itself, with what it takes of Kong's plugin development kit.
-- Only on luajit: nginx runs the LuaJIT build, whatever asks it.

local contract = require "help.gateway_contract"

describe("examples/kong in nginx", function()
  contract.holds {
    gateway = "kong",
    code = [[
      kong = require "kong.pdk"
      local plugin = require "kong.plugins.facequery.handler"
      function gate.access(conf)
        plugin:access(conf)
      end
      -- Kong writes what a reference stands for into the conf that there is.
      function gate.turn(which)
        gate.confs.turned.secret = which == "good" and os.getenv "FACEQUERY_SANDBOX_SECRET" or "another"
      end
    ]],
  }
end)

describe("examples/kong as a plugin", function()
  -- Of a field, what Kong 3.10 knows (kong/db/schema/metaschema.lua).
  local KNOWN = { type = "string", required = "boolean", default = "string", match = "string", len_max = "number",
    one_of = "table", encrypted = "boolean", referenceable = "boolean" }
  local path, handler, schema

  setup(function()
    path = package.path
    package.path = "examples/kong/?.lua;spec/fixtures/gateways/?.lua;" .. path
    handler, schema = require "kong.plugins.facequery.handler", require "kong.plugins.facequery.schema"
  end)

  teardown(function() package.path = path end)

  it("has what Kong wants of one", function()
    assert.matches("^%d+%.%d+%.%d+$", handler.VERSION)
    -- After all that authenticates and rate-limiting (910), before proxy-cache.
    assert.is_true(handler.PRIORITY < 910 and handler.PRIORITY > 100)
    assert.equal("facequery", schema.name)
  end)

  -- The fields of the conf by their names.
  local function fields()
    local found = {}
    for _, entry in ipairs(schema.fields) do
      for _, field in ipairs(entry.config and entry.config.fields or {}) do
        local name, attributes = next(field)
        assert.is_nil(next(field, name))
        found[name] = attributes
      end
    end
    return found
  end

  it("describes its conf by what Kong knows of a field", function()
    local count = 0
    for name, attributes in pairs(fields()) do
      count = count + 1
      for attribute, value in pairs(attributes) do
        assert.equal(KNOWN[attribute], type(value), name .. "." .. attribute)
      end
    end
    assert.equal(6, count)
  end)

  it("keeps its secret encrypted, and takes a vault's reference for it", function()
    local secret = fields().secret
    assert.same({ true, true, true }, { secret.encrypted, secret.referenceable, secret.required })
  end)
end)
