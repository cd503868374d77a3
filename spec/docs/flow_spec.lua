-- The whole flow, as examples/flow.lua runs it inside the sandbox, and docs/flow.md tells of it.
-- Only on lua5.4 luajit: the example runs curl, and other programs do not run under the sanitizers.

local docs = require "help.docs"
local start = require "facequery.start"
local support = require "help.support"

describe("examples/flow.lua", function()
  local folder
  before_each(function() folder = support.folder() end)
  after_each(function() support.remove_folder(folder) end)

  local function flow(order)
    return support.shell(("env -u FACEQUERY_TICKET FACEQUERY_SECRET=%s %s %s %s/archive"):format(
      support.quote(support.env "SANDBOX_SECRET"),
      support.lua_command "dofile 'examples/flow.lua'":gsub(" %-e .*$", " examples/flow.lua"), order, folder))
  end

  it("goes from the click to the evidence", function()
    local order = support.order "face"
    local output, status = flow(order)
    assert.equal(0, status, output)
    for _, part in ipairs { "/api/web/login?…", "https://shop.example/face/back?…", "says code 0", "similarity 88.01",
      "/" .. order } do
      assert.is_truthy(output:find(part, 1, true), part .. " in " .. output)
    end
    assert.equal("manifest.json\nphoto.jpg\nrecord.json\nvideo.mp4", support.list(output:match "(/%S+)$"))
  end)

  it("ends where the person is rejected", function()
    local output, status = flow(support.order "rejected")
    assert.equal(1, status)
    assert.is_truthy(output:find("rejected 66660004", 1, true))
  end)
end)

for _, lang in ipairs(docs.languages) do
  describe(docs.folders[lang] .. "flow.md", function()
    local text = docs.section(lang, "flow.md")

    it("names every field of client:start, and every product", function()
      for name in pairs(start.fields) do
        assert.is_truthy(text:find("`" .. name .. "`", 1, true), name)
      end
      for name in pairs(require "facequery.service.products") do
        assert.is_truthy(text:find("`" .. name .. "`", 1, true), name)
      end
    end)
  end)
end
