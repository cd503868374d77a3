-- What the doctor lets itself be called with, from a program.

local clients = require "help.clients"
local core = require "facequery.core"
local doctor = require "facequery.doctor"

describe("the doctor, run from a program,", function()
  it("raises for what has a wrong type, and for a name that it does not know", function()
    for part, options in pairs {
      ["table expected, got string"] = "x",
      ["table expected, got boolean"] = false,
      ["unknown field 'setings'"] = { setings = {} },
      ["field 'settings': table expected, got string"] = { settings = "x" },
      ["field 'timeout': number expected, got string"] = { settings = { timeout = "1" } },
      ["field 'order_no': string expected, got number"] = { order_no = 5 },
      ["field 'archive': string expected, got table"] = { archive = {} },
      ["field 'queue': table expected, got string"] = { queue = "redis://127.0.0.1" },
    } do
      clients.raises("bad argument #1 to 'run' (" .. part, doctor.run, options)
    end
  end)

  it("asks for no order that can't be one", function()
    for _, order_no in ipairs { "", "a&b", ("a"):rep(33) } do
      local found, err = doctor.run { order_no = order_no, settings = { lang = "zh" } }
      clients.fails("invalid_request", "INVALID_ORDER_NO", found, err)
      assert.equal("order_no", err.field)
    end
  end)

  it("says so, and raises nothing, where OpenSSL has no random bytes", function()
    local nonce = core.nonce
    finally(function() core.nonce = nonce end)
    core.nonce = function() return nil, { status = "CRYPTO_FAILED" } end
    for _, order_no in ipairs { false, "a1" } do
      local found = doctor.run { order_no = order_no or nil }
      local last = found[#found]
      assert.same({ "query", "failure", "CRYPTO_FAILED" }, { last.check, last.state, last.code })
    end
  end)
end)
