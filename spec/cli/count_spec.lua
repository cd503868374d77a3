-- facequery count: how many faces, for people and for machines.

local archives = require "help.archives"
local cjson = require "cjson"
local cli = require "help.cli"
local support = require "help.support"

local order = support.order
local run = cli.shell

describe("the command count", function()
  local folder, dir, list
  before_each(function() folder, dir, list = archives.begin() end)
  after_each(function() support.remove_folder(folder) end)

  -- Archives orders as if it were then.
  local function archive(time, orders)
    support.must(support.lua_command(([[
      local date = os.date
      os.date = function(format, at) return date(format, at or %d) end
      for _, bundle, err in assert(require("facequery").new()):each({ %s }, { dir = %q }) do
        assert(bundle, tostring(err))
      end]]):format(time, "'" .. table.concat(orders, "','") .. "'", dir)))
  end

  it("tells China's days and all of them, of each archive, in words or as JSON", function()
    -- As date(1) says: 15:59:59 and 16:00:00 of UTC on November 25, 2026.
    archive(1795622399, { order "size30x40n", order "rejectednomedia" })
    archive(1795622400, { order "size30x40n" })
    assert.same({ ([[
%s: 2026-11-25: 2 bundles, 1 faces
%s: 2026-11-26: 1 bundles, 1 faces
%s: 3 bundles, 2 faces]]):format(dir, dir, dir), "", 0 }, { run("count " .. dir) })
    local first = dir
    dir = folder .. "/other"
    archives.write_list(list, { order "size30x40n" })
    archives.run(list, dir)
    local output, messages, status = run(("count --json %s %s"):format(first, dir))
    local all = cli.records(output .. "\n")
    assert.same({ "", 0, 5 }, { messages, status, #all })
    assert.same({ dir = first, day = "2026-11-25", bundles = 2, faces = 1 }, all[1])
    assert.same({ dir = first, day = "2026-11-26", bundles = 1, faces = 1 }, all[2])
    assert.same({ dir = first, bundles = 3, faces = 2 }, all[3])
    assert.same({ dir = dir, bundles = 1, faces = 1 }, all[5])
    assert.equal(cjson.null, all[5].day or cjson.null)
  end)

  it("counts nothing in an archive that was emptied", function()
    archives.write_list(list, { order "size30x40n" })
    archives.run(list, dir)
    run(("purge --from %s %s"):format(list, dir))
    assert.same({ dir .. ": 0 bundles, 0 faces", "", 0 }, { run("count " .. dir) })
  end)
end)
