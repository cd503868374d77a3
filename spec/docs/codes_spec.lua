-- docs/codes.md is what packaging/codes.lua makes of the codes, in both languages, and leaves none out.
-- Only on lua5.4 luajit: the C code is the same.

local codes = require "facequery.codes"
local docs = require "help.docs"
local markdown = require "help.markdown"
local support = require "help.support"

for lang, folder in pairs(docs.folders) do
  describe(folder .. "codes.md", function()
    local page = support.read_file(folder .. "codes.md")

    it("is up to date: make docs", function()
      local lua = support.lua_command "":gsub(" %-e .*$", "")
      assert.equal(page, support.must(("%s packaging/codes.lua %s"):format(lua, lang)) .. "\n")
    end)

    it("has every code that the command names, with the sentence for it", function()
      local listed = {}
      for code, message in page:gmatch "\n| `([^`|]+)` | ([^\n]-) |" do
        listed[code] = message
      end
      for _, names in ipairs { "service", "front", "ours", "doctor" } do
        for _, code in ipairs(require("facequery.codes." .. names).names()) do
          local meaning = codes.explain(code, lang)
          assert.is_truthy(listed[code], code)
          assert.is_true(listed[code] == meaning.message or listed[code] == "`" .. meaning.code .. "`", code)
        end
      end
    end)

    it("answers what is asked most", function()
      local headings = table.concat(markdown.headings(page), "\n")
      for _, code in ipairs { "66660011", "400101", "400102", "66660004", "66660017", "400504", "MEDIA_PENDING" } do
        assert.is_truthy(headings:find("\n### [^\n]*" .. code), code)
      end
    end)
  end)
end
