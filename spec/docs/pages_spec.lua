-- The pages as a whole: their links lead somewhere, and each there is in both languages.
-- Only on lua5.4 luajit: the C code is the same.

local docs = require "help.docs"
local markdown = require "help.markdown"
local support = require "help.support"

local function levels(lang, name)
  local list = {}
  for i, heading in ipairs(markdown.headings(docs.section(lang, name))) do
    list[i] = heading:match "^#+"
  end
  return table.concat(list, " ")
end

-- A page's fenced blocks of code, without comments and what stands between quotation marks: words there are in the
-- page's language.
local function code_of(lang, name)
  local list = {}
  for _, language in ipairs { "lua", "sh", "nginx", "python", "php", "java" } do
    for _, block in ipairs(markdown.blocks(docs.section(lang, name), language)) do
      list[#list + 1] = block:gsub(" *%-%-[^\n]*", ""):gsub(" *#[^\n]*", ""):gsub('"[^"\n]*"', '""')
    end
  end
  return list
end

describe("the pages", function()
  it("link to headings and files that are there", function()
    local all = 0
    for _, path in ipairs(docs.all()) do
      local broken, count = markdown.broken_links(path)
      assert.same({}, broken, path)
      all = all + count
    end
    assert.is_true(all > 50, all)
  end)

  it("are led to from the front page of their language", function()
    local fronts = { en = "README.md", zh = "README.zh-CN.md" }
    for _, lang in ipairs(docs.languages) do
      local front = fronts[lang]
      local text = support.read_file(front)
      for _, name in ipairs(docs.names(lang)) do
        assert.is_truthy(text:find(("(%s%s)"):format(docs.folders[lang], name), 1, true), front .. ": " .. name)
      end
    end
  end)

  it("are there in both languages, but for those that are named", function()
    local expected = {}
    for _, name in ipairs(docs.names "en") do
      expected[#expected + 1] = not docs.english[name] and name or nil
    end
    for i = 2, #docs.languages do
      assert.same(expected, docs.names(docs.languages[i]))
    end
  end)

  it("have the same headings and code in both languages", function()
    for i = 2, #docs.languages do
      local lang = docs.languages[i]
      for _, name in ipairs(docs.names(lang)) do
        assert.equal(levels("en", name), levels(lang, name), name)
        assert.same(code_of("en", name), code_of(lang, name), name)
      end
    end
  end)
end)
