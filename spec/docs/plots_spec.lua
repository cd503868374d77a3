-- docs/plots/*.svg are what bench/plots.lua draws of bench/results, and have the values that stand there.
-- Only on lua5.4 luajit: the C code has no part in it.

local docs = require "help.docs"
local support = require "help.support"

local must = support.must

for _, lang in ipairs { "en", "zh" } do
  local plots = docs.folders[lang] .. "plots"
  describe(plots, function()
    it("is up to date: make plots", function()
      local folder = support.folder()
      local lua = support.lua_command "":gsub(" %-e .*$", "")
      must(('LUA_PATH="bench/?.lua;;" %s bench/plots.lua %s %s'):format(lua, lang, folder))
      must(("diff -r %s %s"):format(plots, folder))
      support.remove_folder(folder)
    end)

    it("shows the values of bench/results, in well-formed XML", function()
      assert.equal("archive decode encryption fleet memory query scale scale-memory",
        must("python3 spec/docs/plots.py " .. plots):gsub("\n", " "))
    end)
  end)
end
