-- What a script has to do next, told by the exit status: the table of docs/command.md.

local errors = require "facequery.errors"
local kinds = require "facequery.codes.kinds"
local statuses = require "facequery.cli.statuses"
local support = require "help.support"

-- The rows of docs/command.md: `| 3 | kinds | … |`.
local function table_of(text)
  local of_kind = {}
  for status, names in text:gmatch "\n| (%d) | ([^|]*) |" do
    for name in names:gmatch "`([%a_]+)`" do
      assert.is_nil(of_kind[name], name)
      of_kind[name] = tonumber(status)
    end
  end
  return of_kind
end

describe("the exit status", function()
  it("is of each kind of error what docs/command.md says, and of each there is one", function()
    local expected = table_of(support.read_file "docs/command.md")
    local got = {}
    for _, kind in ipairs(kinds.names) do
      got[kind] = statuses.of(kind)
    end
    assert.same(expected, got)
    assert.equal(15, #kinds.names)
  end)

  it("is of every code of ours that of its kind", function()
    for _, code in ipairs { "FILE_MISSING", "INVALID_ORDER_NO", "NOT_DEAD", "UNEXPECTED" } do
      assert.is_number(statuses.of(errors.new("en", code).kind), code)
    end
  end)

  it("is 1 where one run wants several things done, and else the one", function()
    for _, case in ipairs {
      { 0, 0, 0 }, { 0, 3, 3 }, { 3, 0, 3 }, { 4, 4, 4 }, { 3, 4, 1 }, { 1, 3, 1 }, { 3, 1, 1 },
    } do
      assert.equal(case[3], statuses.both(case[1], case[2]))
    end
  end)
end)
