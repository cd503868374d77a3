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
    assert.equal(7, status)
    cli.has(dir .. "/" .. orders[1], messages)
    cli.has(dir .. ": 0 moved, 1 left where they were", messages)
    cli.has("a second one of its order", (cli.shell("verify " .. dir)))
  end)

  it("goes on while another process archives the same orders and new ones, and none is there twice", function()
    must(("cp -a %s %s/flat"):format(dir, folder))
    for _ = 1, 3 do
      must(("rm -r %s && cp -a %s/flat %s"):format(dir, folder, dir))
      local all = support.orders_of("size20x20n", 40)
      for i, order_no in ipairs(orders) do
        table.insert(all, i * 10, order_no)
      end
      archives.write_list(list, all)
      local process = archives.start(list, dir, "--jobs 4")
      process.wait_for(dir)
      local _, messages, migrated = cli.shell("migrate " .. dir)
      local output, status = process.wait()
      assert.same({ 0, 0 }, { migrated, status }, output .. messages)
      cli.has(dir .. ": 3 moved", messages)
      archives.holds(dir, all)
      for _, order_no in ipairs(orders) do
        assert.equal(1, support.queries(order_no))
      end
    end
  end)

  describe("of an archive that facequery 0.1.0 has made, with a tombstone and a mended line in its log,", function()
    local made, log
    before_each(function()
      must(("rm -r %s && cp -a spec/fixtures/archive-0.1.0 %s"):format(dir, dir))
      made, log = support.bundles(dir), support.read_file(dir .. "/index.jsonl")
      assert.same({ "rejectednomedia2", "rejectednomedia4", "size1kx1kn1", "size1kx1kn3" }, made)
    end)

    -- The archive is sound, has these bundles, and its log so many lines, the first of which are as they were.
    local function holds(bundles, lines)
      table.sort(bundles)
      assert.same(bundles, support.bundles(dir))
      assert.is_true(support.is_clean(dir))
      local output, messages, status = cli.shell("verify " .. dir)
      assert.same({ "", 0 }, { output, status })
      cli.has("index.jsonl, line 6: rejectednomedia4 was found without a line, after a crash", messages)
      cli.has(("%s: %d bundles, 0 problems, 1 lines mended after a crash"):format(dir, #bundles), messages)
      assert.equal(log, support.read_file(dir .. "/index.jsonl"):sub(1, #log))
      assert.equal(lines, #support.log(dir))
    end

    it("takes each bundle to its day", function()
      holds(made, 6)
      assert.same({ "", dir .. ": 4 moved", 0 }, { cli.shell("migrate " .. dir) })
      holds(made, 6)
      -- TZ=Asia/Shanghai date -d 2026-11-27T17:45:10Z
      assert.equal("2026/11/28/rejectednomedia4", support.place_of(dir, "rejectednomedia4"))
      assert.equal("2026/11/27/rejectednomedia2", support.place_of(dir, "rejectednomedia2"))
    end)

    it("lets it grow before and after, and asks for nothing that it has", function()
      local function archive(order_no)
        archives.write_list(list, { order_no, "size1kx1kn1", "rejectednomedia4" })
        local asked = support.queries "size1kx1kn1" + support.queries "rejectednomedia4"
        local output, messages, status = archives.run(list, dir)
        assert.equal(0, status, output .. messages)
        assert.equal(asked, support.queries "size1kx1kn1" + support.queries "rejectednomedia4")
        made[#made + 1] = order_no
      end
      archive(order "size30x40n")
      holds(made, 7)
      assert.same({ "", dir .. ": 4 moved", 0 }, { cli.shell("migrate " .. dir) })
      holds(made, 7)
      archive(order "size30x40n")
      holds(made, 8)
      -- The order of the tombstone may come again.
      archive "size1kx1kn5"
      holds(made, 9)
      assert.same({ "", dir .. ": 0 moved", 0 }, { cli.shell("migrate " .. dir) })
    end)

    it("purges what was moved, and what was not", function()
      assert.equal(0, select(3, cli.shell(("purge %s --order size1kx1kn1"):format(dir))))
      assert.same({ "", dir .. ": 3 moved", 0 }, { cli.shell("migrate " .. dir) })
      assert.equal(0, select(3, cli.shell(("purge %s --order rejectednomedia4"):format(dir))))
      holds({ "rejectednomedia2", "size1kx1kn3" }, 8)
      assert.equal("27", support.list(dir .. "/2026/11"))
    end)
  end)
end)
