-- facequery migrate: an archive whose bundles lie side by side, as an earlier facequery has laid them out.

local archives = require "help.archives"
local cli = require "help.cli"
local support = require "help.support"

local must, order = support.must, support.order

describe("the command migrate", function()
  local folder, dir, list, orders
  before_each(function()
    folder, dir, list = archives.begin()
    orders = { order "size30x40n", order "rejected", order "size20x20n" }
    archives.write_list(list, orders)
    assert.equal(0, select(3, archives.run(list, dir)))
    must(("cd %s && mv 2*/*/*/* . && rmdir 2*/*/* 2*/* 2*"):format(dir))
  end)
  after_each(function() support.remove_folder(folder) end)

  it("takes each bundle to its day; before and after, the archive verifies and grows", function()
    local log = support.read_file(dir .. "/index.jsonl")
    archives.holds(dir, orders)
    assert.equal(orders[1], support.place_of(dir, orders[1]))
    assert.same({ "", dir .. ": 3 moved", 0 }, { cli.shell("migrate " .. dir) })
    assert.equal(must "TZ=Asia/Shanghai date +%Y/%m/%d" .. "/" .. orders[1], support.place_of(dir, orders[1]))
    assert.equal(log, support.read_file(dir .. "/index.jsonl"))
    archives.holds(dir, orders)
    assert.same({ "", dir .. ": 0 moved", 0 }, { cli.shell("migrate " .. dir) })
    orders[4] = order "size30x40n"
    archives.write_list(list, orders)
    assert.equal(0, select(3, archives.run(list, dir)))
    assert.equal(1, support.queries(orders[1]))
    archives.holds(dir, orders)
  end)

  it("leaves what is there already, and says so", function()
    must(("cp -a %s/%s %s/aside"):format(dir, orders[1], folder))
    cli.shell("migrate " .. dir)
    must(("mv %s/aside %s/%s"):format(folder, dir, orders[1]))
    local _, messages, status = cli.shell("migrate " .. dir)
    assert.equal(1, status)
    cli.has(dir .. "/" .. orders[1], messages)
    cli.has(dir .. ": 0 moved, 1 left where they were", messages)
    cli.has("a second one of its order", (cli.shell("verify " .. dir)))
  end)

  it("takes an archive that facequery 0.1.0 has made", function()
    must(("rm -r %s && cp -a spec/fixtures/archive-0.1.0 %s"):format(dir, dir))
    local made = support.bundles(dir)
    archives.holds(dir, made)
    assert.same({ "", dir .. ": 3 moved", 0 }, { cli.shell("migrate " .. dir) })
    assert.same(3, #made)
    archives.holds(dir, made)
  end)
end)
