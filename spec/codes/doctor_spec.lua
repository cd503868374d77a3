-- The codes of what the doctor finds.

local all = require "help.codes"
local codes = require "facequery.codes"

describe("a finding's code", function()
  for _, row in ipairs(all.findings) do
    local name, kind, retryable = row[1], row[2], row[3]

    it(name .. " is of kind " .. kind .. ", and explained in both languages", function()
      local meaning = codes.explain(name)
      assert.same({ name, kind, retryable }, { meaning.code, meaning.kind, meaning.retryable })
      all.is_complete(codes.explain, name)
      assert.equal(#meaning.causes, #codes.explain(name, "zh").causes)
    end)
  end

  it("is in the list of docs/doctor.md", function()
    local text = require("help.support").read_file "docs/doctor.md"
    for _, row in ipairs(all.findings) do
      all.has(text, "`" .. row[1] .. "`")
    end
  end)
end)
