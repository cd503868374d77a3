-- docs/testing.md shows a user's own spec: it runs as it stands, in both languages.
-- Only on lua5.4 luajit: the C code is the same.

local docs = require "help.docs"
local markdown = require "help.markdown"
local mock = require "facequery.mock"
local support = require "help.support"

-- What busted calls the example's only test.
local TITLES = {
  en = "the door opens for whom the service has verified, and for nobody else",
  zh = "门禁 只为核身通过的人打开",
}

for _, lang in ipairs(docs.languages) do
  describe("the spec with a mock in " .. docs.folders[lang] .. "testing.md", function()
    local list = markdown.blocks(docs.section(lang, "testing.md"), "lua")
    local example = list[1]

    it("is ten lines, and passes without the sandbox, on the Lua that runs this", function()
      assert.equal(10, #example:gsub("[^\n]", "") + 1)
      local folder = support.folder()
      finally(function() support.remove_folder(folder) end)
      support.write_file(folder .. "/door_spec.lua", example)
      local output = support.must(("env -i PATH=\"$PATH\" HOME=%s"
        .. " LUA_PATH=\"$LUA_PATH\" LUA_CPATH=\"$LUA_CPATH\" busted --lua=%s -o TAP %s/door_spec.lua"):format(
        folder, support.interpreter(), folder))
      assert.equal("ok 1 - " .. TITLES[lang] .. "\n1..1", output)
    end)

    it("has a list of answers that mock.new takes", function()
      assert.is_function(markdown.run("return " .. list[2], { mock = mock, jpeg = support.medium "photo.jpg" }))
    end)
  end)
end
