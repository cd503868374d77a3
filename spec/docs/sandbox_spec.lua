-- docs/sandbox.md lists what the sandbox answers.
-- Only on lua5.4 luajit: the C code is the same.

local docs = require "help.docs"
local markdown = require "help.markdown"

describe("docs/sandbox.md", function()
  it("lists the sandbox's scenarios, each with what the sandbox says about it", function()
    local expected, listed = {}, {}
    for i, scenario in ipairs(dofile("sandbox/orders.lua").scenarios) do
      expected[i] = { (scenario.name:gsub("^%w+$", "`%0`")), scenario.about }
    end
    for i, row in ipairs(markdown.rows(docs.section("en", "sandbox.md"), "order number")) do
      listed[i] = { row[1], row[2] }
    end
    assert.same(expected, listed)
  end)

  it("lists the same in each language, in the same order", function()
    local heads, english = { en = "order number", zh = "订单号" }, nil
    for _, lang in ipairs(docs.languages) do
      local names = {}
      for i, row in ipairs(markdown.rows(docs.section(lang, "sandbox.md"), heads[lang])) do
        names[i] = row[1]:match "`[^`]+`" or "other"
      end
      english = english or names
      assert.same(english, names)
    end
  end)
end)
