-- How wide a text is on a terminal, and how it is broken into lines; python's tables of Unicode judge.

local layout = require "facequery.cli.layout"
local help_words = require "facequery.cli.help_words"
local support = require "help.support"

local WIDTH = [[
import sys, unicodedata
for line in sys.stdin.read().split("\n"):
  print(sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in line))]]

-- What python takes the widths of lines to be.
local function widths(lines)
  local folder = support.folder()
  support.write_file(folder .. "/text", table.concat(lines, "\n"))
  local found = {}
  for width in support.must(("PYTHONIOENCODING=utf-8 python3 -c %s <%s/text"):format(support.quote(WIDTH), folder))
    :gmatch "%d+" do
    found[#found + 1] = tonumber(width)
  end
  support.remove_folder(folder)
  return found
end

describe("a text on a terminal", function()
  it("is as wide as its characters are", function()
    local lines, expected = { "", "plain", "redis://… or" }, {}
    for _, text in pairs(help_words) do
      lines[#lines + 1] = text
    end
    for i, line in ipairs(lines) do
      expected[i] = layout.width(line)
    end
    assert.same(expected, widths(lines))
  end)

  it("is broken at blanks, and between Chinese characters, but not before a mark", function()
    assert.equal("one two\nthree", layout.wrap("one two three", 7))
    assert.equal("unbreakable\nword", layout.wrap("unbreakable word", 4))
    assert.equal("离线核对\n存证库", layout.wrap("离线核对存证库", 8))
    assert.equal("查询结\n果。", layout.wrap("查询结果。", 6))
    assert.equal("", layout.wrap("", 10))
  end)

  it("loses nothing, and has no line that is wider than it may be", function()
    for _, text in pairs(help_words) do
      local lines = {}
      for line in layout.wrap(text, 30):gmatch "[^\n]+" do
        lines[#lines + 1] = line
        assert.is_nil(line:find "^，" or line:find "^。" or line:find "^；", text)
      end
      assert.equal((text:gsub(" ", "")), (table.concat(lines):gsub(" ", "")))
      for i, width in ipairs(widths(lines)) do
        -- A word that is longer by itself, or a mark behind the last character, stands out.
        assert.is_true(width <= 32 or not lines[i]:find " ", lines[i])
      end
    end
  end)
end)
