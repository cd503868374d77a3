-- An export as it is written: in how much memory, and what comes of files that change meanwhile.
-- spec/cli/export_spec.lua says what is in it.

local archives = require "facequery.evidence"
local core = require "facequery.core"
local facequery = require "facequery"
local support = require "help.support"
local tsa = require "help.tsa"

describe("an export", function()
  local folder, dir, small, large
  lazy_setup(function()
    folder = support.folder()
    dir = folder .. "/evidence"
    local client = assert(facequery.new())
    small, large = support.order "size30x40n", support.order "size30x40mn"
    for _, order_no in ipairs { small, large } do
      assert(client:archive { order_no = order_no, dir = dir })
    end
    client:close()
    assert(archives.seal(archives.at(dir), { tsa = { { url = tsa.url() } }, send = require("facequery.tsa").new() }))
  end)
  lazy_teardown(function() support.remove_folder(folder) end)

  it("takes no more memory for 40 MB of video than for none", function()
    local function peak(order_no)
      return tonumber(support.elsewhere(folder .. "/" .. order_no .. ".tar", ([[
        local file = core.new_file(path)
        local evidence = require "facequery.evidence"
        assert(evidence.export(evidence.at %q, %q, file))
        assert(file:commit())
        print(io.open("/proc/self/status"):read("*a"):match "VmHWM:%%s*(%%d+)")]]):format(dir, order_no)))
    end
    local less, more = peak(small), peak(large)
    assert.is_true(more - less < 4 * 1024, ("%d KiB more"):format(more - less))
    support.must(("cd %s && tar xf %s.tar && cmp %s/bundle/video.mp4 %s/video.mp4"):format(folder, large, large,
      support.bundle_path(dir, large)))
  end)

  it("is none where a file or the manifest changes while it is made", function()
    for _, name in ipairs { "video.mp4", "manifest.json" } do
      local place, file = archives.at(dir), assert(core.new_file(folder .. "/x.tar"))
      local path = ("%s/%s"):format(support.bundle_path(dir, small), name)
      local bytes, embed = support.read_file(path), place.embed
      place.embed = function(...)
        support.write_file(path, (bytes:gsub("..$", "xx")))
        return embed(...)
      end
      local about, failure = archives.export(place, small, file)
      assert.same({ nil, "BUNDLE_INVALID", name }, { about, failure.status, failure.field })
      file:close()
      support.write_file(path, bytes)
    end
  end)
end)
