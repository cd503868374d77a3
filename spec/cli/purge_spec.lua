-- facequery purge: what goes, and what stays.

local archives = require "help.archives"
local cli = require "help.cli"
local support = require "help.support"

local order, orders_of = support.order, support.orders_of
local run = cli.shell
local sorted = archives.sorted

describe("the command purge", function()
  local folder, dir, list
  before_each(function() folder, dir, list = archives.begin() end)
  after_each(function() support.remove_folder(folder) end)

  local function write_list(lines) archives.write_list(list, lines) end
  local function archive(arguments, how) return archives.run(list, dir, arguments, how) end

  -- Archives two orders as if it were two hours ago.
  local function archive_before(one, other)
    support.must(support.lua_command(([[
      local date = os.date
      os.date = function(format, time) return date(format, time or os.time() - 7200) end
      for _, bundle, err in assert(require("facequery").new()):each({ %q, %q }, { dir = %q }) do
        assert(bundle, tostring(err))
      end]]):format(one, other, dir)))
  end

  it("removes what is older, prints it, and leaves what archive can fetch again", function()
    local old, young, none = order "size30x40n", order "size30x40n", order "rejectednomedia"
    archive_before(old, none)
    write_list { young }
    archive()
    assert.matches(dir .. ": 3 bundles, 2 faces", (run("count " .. dir)), 1, true)
    local output, messages, status = run("purge --older-than 30d " .. dir)
    assert.same({ "", dir .. ": 0 purged", 0 }, { output, messages, status })
    output, messages, status = run("purge --older-than 1h " .. dir)
    local expected = { old, none }
    table.sort(expected)
    assert.same({ expected, dir .. ": 2 purged", 0 }, { sorted(output), messages, status })
    assert.matches(dir .. ": 1 bundles, 1 faces", (run("count " .. dir)), 1, true)
    assert.equal(0, select(3, run("verify " .. dir)))
    -- The service still keeps a purged order, so that archive fetches it again.
    write_list { old }
    assert.equal(0, select(3, archive()))
    assert.equal(2, support.queries(old))
    assert.equal(0, select(3, run("verify " .. dir)))
  end)

  it("knows several archives", function()
    for i = 1, 2 do
      write_list(orders_of("size30x40n", i))
      archive()
      dir = dir .. "x"
    end
    local one, other = folder .. "/evidence", folder .. "/evidencex"
    local _, messages = run(("purge --older-than 1d %s %s"):format(one, other))
    assert.equal(("%s: 0 purged\n%s: 0 purged"):format(one, other), messages)
  end)

  it("reports a bundle that can't be read, and ends with 1", function()
    write_list { order "size30x40n" }
    archive()
    local one = support.place_of(dir, support.bundles(dir)[1])
    support.write_file(("%s/%s/manifest.json"):format(dir, one), "{")
    local output, messages, status = run("purge --older-than 0s " .. dir)
    assert.same({ "", 7 }, { output, status })
    assert.matches(("%s/%s/manifest.json: missing or unreadable"):format(dir, one), messages, 1, true)
  end)

  it("leaves what verify would report, unless forced, and says beforehand what would go", function()
    local one, other = order "size30x40n", order "size30x40n"
    archive_before(one, other)
    local path = support.bundle_path(dir, one)
    support.write_file(path .. "/photo.jpg", "another photo")
    local problem = path .. "/photo.jpg: 13 bytes instead of 30"
    local function purge(options)
      return { run(("purge --older-than 1h %s %s"):format(options, dir)) }
    end
    local left = ", 1 problems: what they are about stays; --force removes it, too"
    assert.same({ other, ("%s\n%s: 1 to purge%s"):format(problem, dir, left), 7 }, purge "--dry-run")
    assert.same({ other, ("%s\n%s: 1 purged%s"):format(problem, dir, left), 7 }, purge "")
    assert.same({ one, dir .. ": 1 to purge", 0 }, purge "--dry-run --force")
    assert.same({ one }, support.bundles(dir))
    assert.same({ one, dir .. ": 1 purged", 0 }, purge "--force")
    assert.same({}, support.bundles(dir))
  end)

  it("removes the bundles of orders, named one by one or in a list, and names each that is not there", function()
    local orders = orders_of("size30x40n", 6)
    write_list(orders)
    archive()
    local function purge(arguments, how)
      local output, messages, status = run(("purge %s %s"):format(dir, arguments), how)
      return { sorted(output), messages:match "[^\n]*$", status }, messages
    end
    assert.same({ { orders[1] }, dir .. ": 1 to purge", 0 }, purge("--dry-run --order " .. orders[1]))
    assert.equal(6, #support.bundles(dir))
    local result, messages = purge(("--order %s nothere1 --order %s %s"):format(orders[1], orders[2], orders[1]))
    local expected = { orders[1], orders[2] }
    table.sort(expected)
    assert.same({ expected, dir .. ": 2 purged", 7 }, result)
    cli.has_not(orders[1], messages) -- named twice, it is removed once
    cli.has(dir .. "/nothere1: the archive has no bundle of this order (storage NOT_ARCHIVED)", messages)
    cli.has("存证库中没有该订单的存证包", select(2, purge "--order nothere1 --lang zh"))
    -- As archive reads it: a header, quotation marks, other columns, and no matter how long ago it was.
    write_list { 'reason,order_no,verified_at', ('x,"%s",2020-01-01'):format(orders[3]), ("y,%s,"):format(orders[4]) }
    expected = { orders[3], orders[4] }
    table.sort(expected)
    assert.same({ expected, dir .. ": 2 purged", 0 }, (purge("--from " .. list)))
    assert.same({ { orders[5] }, dir .. ": 1 purged", 0 }, (purge("--from -", ("echo %s |"):format(orders[5]))))
    assert.same({ orders[6] }, support.bundles(dir))
    assert.equal(0, select(3, run("verify " .. dir)))
  end)

  it("removes nothing where the list can't be read, or it is not said what to remove", function()
    write_list { order "size30x40n" }
    archive()
    for _, from in ipairs { folder, folder .. "/nothere" } do
      assert.equal(7, select(3, run(("purge %s --from %s"):format(dir, from))))
    end
    for _, arguments in ipairs { "", "--order", "--older-than 1d --order a1", "--order a1 --from -" } do
      assert.equal(2, select(3, run(("purge %s %s"):format(dir, arguments))))
    end
    assert.equal(1, #support.bundles(dir))
  end)

  it("of orders leaves what verify would report, unless forced", function()
    local one = order "size30x40n"
    write_list { one }
    archive()
    local path = support.bundle_path(dir, one) .. "/photo.jpg"
    support.write_file(path, "another photo")
    local output, messages, status = run(("purge %s --order %s"):format(dir, one))
    assert.same({ "", 7 }, { output, status })
    assert.matches(path .. ": 13 bytes instead of 30", messages, 1, true)
    assert.same({ one, dir .. ": 1 purged", 0 }, { run(("purge %s --force --order %s"):format(dir, one)) })
  end)
end)
