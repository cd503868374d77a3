-- examples/ten.lua: README's ten lines, as a program that says by its exit status what came of them.
-- Only on lua5.4 luajit: the C code is the same.

local markdown = require "help.markdown"
local support = require "help.support"

local LUA = support.interpreter()

-- What the program answers for an order, with the sandbox's environment and these changes of it.
local function ten(words, changes)
  return support.run({ LUA, "examples/ten.lua", words[1], words[2] }, { env = changes })
end

describe("examples/ten.lua", function()
  it("knows the person: 0", function()
    local order = support.order "verified"
    local out, err, status = ten { order }
    assert.same({ ("order %s: the person, similarity 88.01\n"):format(order), "", 0 }, { out, err, status })
  end)

  it("knows that it was somebody else, and what to do: 3", function()
    local out, err, status = ten { support.order "rejected" }
    assert.same({ "", 3 }, { out, status })
    assert.matches("^facequery: rejected 66660004: [^\n]* bizSeqNo %d+\nrejected: .*a new order[^\n]*\n$", err)
  end)

  it("takes nobody for the person that it knows nothing of: 1", function()
    for order, code in pairs {
      [support.order "nosuch"] = "66660011",
      [support.order "http404x"] = "404",
      ["1 OR 1=1"] = "INVALID_ORDER_NO",
    } do
      local out, err, status = ten { order }
      assert.same({ "", 1 }, { out, status })
      assert.is_truthy(err:find(code, 1, true), err)
    end
    local out, err, status = ten({ "verified1" }, { FACEQUERY_BASE_URL = "https://127.0.0.1:1" })
    assert.same({ "", 1 }, { out, status })
    assert.is_truthy(err:find("COULDNT_CONNECT", 1, true), err)
  end)

  it("runs with the app's secret in a ticket's place, and with neither says what is missing", function()
    local secret = { FACEQUERY_TICKET = false, FACEQUERY_SECRET = support.env "SANDBOX_SECRET" }
    assert.equal(0, select(3, ten({ support.order "verified" }, secret)))
    local _, err, status = ten({ "verified1" }, { FACEQUERY_TICKET = false, FACEQUERY_SECRET = false })
    assert.equal(1, status)
    assert.is_truthy(err:find("TICKET_MISSING", 1, true))
  end)

  it("says how it is used: 2", function()
    assert.same({ "", "usage: ten.lua ORDER\n", 2 }, { ten {} })
    assert.equal(2, select(3, ten { "one", "two" }))
  end)

  it("has README's ten lines, but for the settings, the order and the comments", function()
    local lines = markdown.blocks(markdown.section(support.read_file "README.md", "## Ten lines"), "lua")[1]
    lines = lines:gsub("facequery%.new %b{}", "facequery.new()"):gsub('order_no = "%d+"', "order_no = order_no")
      :gsub(" +%-%- [^\n]*", "")
    local program = support.read_file "examples/ten.lua"
    for line in lines:gmatch "[^\n]+" do
      assert.is_truthy(program:find("\n" .. line .. "\n", 1, true), line)
    end
  end)
end)
