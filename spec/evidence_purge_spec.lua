-- Purging: bundles past their retention go, and the log says so.

local archives = require "facequery.evidence.archive"
local count = require "facequery.evidence.count"
local facequery = require "facequery"
local purge = require "facequery.evidence.purge"
local support = require "support"

local must, order = support.must, support.order

local DAY = 86400

describe("purge", function()
  local folder, dir, client
  before_each(function()
    folder = support.folder()
    dir = folder .. "/evidence"
    client = assert(facequery.new())
  end)
  after_each(function()
    client:close()
    support.remove_folder(folder)
  end)

  -- Archives an order as if it were `days` ago.
  local function archive(days, order_no)
    order_no = order_no or order "size30x40n"
    local date = os.date
    os.date = function(format, time) -- luacheck: ignore 122
      return date(format, time or os.time() - math.floor((days or 0) * DAY))
    end
    local ok, bundle = pcall(client.archive, client, { order_no = order_no, dir = dir })
    os.date = date -- luacheck: ignore 122
    assert(ok, bundle)
    assert.is_false(bundle.existing)
    return order_no
  end

  -- Its reports, "order" or "order status".
  local function run(seconds)
    local reports, opened = {}, assert(archives.open(dir))
    local purged = purge.run(opened, seconds, function(order_no, failure)
      reports[#reports + 1] = order_no .. (failure and " " .. failure.status or "")
    end)
    opened:close()
    table.sort(reports)
    return reports, purged
  end

  it("removes what was fetched longer ago, and nothing else", function()
    local old, older, young = archive(31), archive(400), archive(29)
    local fresh = archive()
    local expected = { old, older }
    table.sort(expected)
    local reports, purged = run(30 * DAY)
    assert.same({ expected, 2 }, { reports, purged })
    local left = { young, fresh }
    table.sort(left)
    assert.same(left, support.bundles(dir))
    local problems, found = support.verify(dir)
    assert.same({ {}, 2, 0 }, { problems, found.bundles, found.mended })
    assert.same({}, (run(30 * DAY)))
    assert.is_true(support.is_clean(dir))
  end)

  it("goes by the time in the manifest, to the second, over months and years", function()
    local bundle = archive()
    local fetched = require "cjson".decode(support.read_file(dir .. "/" .. bundle .. "/manifest.json")).fetched_at
    -- date(1) reads that time.
    local age = os.time() - tonumber(must(("date -d %s +%%s"):format(fetched)))
    assert.same({}, (run(age + 5)))
    assert.same({ bundle }, (run(age - 2)))
  end)

  it("leaves a tombstone in the log, which keeps the manifest's digest", function()
    local one = archive(31)
    local digest = must(("sha256sum %s/%s/manifest.json"):format(dir, one)):match "^%x+"
    run(30 * DAY)
    local entries = support.log(dir)
    assert.equal(2, #entries)
    assert.same({ "purged", one, digest }, { entries[2].action, entries[2].order_no, entries[2].manifest })
    local date = must "date -u +%Y-%m-%d"
    assert.equal(date, entries[2].time:sub(1, 10))
  end)

  it("lets an order be archived again, and purged again", function()
    local one = archive(31)
    run(30 * DAY)
    archive(31, one)
    assert.equal(2, support.queries(one))
    assert.same({ {}, { one } }, { (support.verify(dir)), support.bundles(dir) })
    assert.same({ one }, (run(30 * DAY)))
    assert.same({ {}, {} }, { (support.verify(dir)), support.bundles(dir) })
    local actions = {}
    for i, entry in ipairs(support.log(dir)) do
      actions[i] = entry.action
    end
    assert.same({ "archived", "purged", "archived", "purged" }, actions)
  end)

  it("reports a bundle that can't be read, and leaves it", function()
    local one, broken, timeless = archive(31), archive(31), archive(31)
    support.write_file(("%s/%s/manifest.json"):format(dir, broken), "{")
    must(("sed -i 's/fetched_at/fetched_in/' %s/%s/manifest.json"):format(dir, timeless))
    local expected = { one, broken .. " BUNDLE_INVALID", timeless .. " BUNDLE_INVALID" }
    table.sort(expected)
    local reports, purged = run(30 * DAY)
    assert.same({ expected, 1 }, { reports, purged })
    assert.equal(2, #support.bundles(dir))
  end)

  it("removes a bundle that was damaged, too, when it is due", function()
    local one = archive(31)
    os.remove(("%s/%s/video.mp4"):format(dir, one))
    assert.same({ one }, (run(30 * DAY)))
    assert.same({ {}, {} }, { (support.verify(dir)), support.bundles(dir) })
  end)

  -- In a process that is killed at that moment.
  local function run_until_death(moment)
    local _, status = support.start_lua(([[
      local core = require "facequery.core"
      local pid = io.open "/proc/self/stat":read "*n"
      local function die() os.execute("kill -KILL " .. pid) end
      local archive = require("facequery.evidence.archive").open(%q)
      %s
      require("facequery.evidence.purge").run(archive, 30 * 86400, print)
    ]]):format(dir, moment)).wait()
    assert.equal(137, status)
  end

  it("killed before the tombstone has done nothing", function()
    local one = archive(31)
    run_until_death "core.append = die"
    assert(archives.open(dir)):close()
    assert.same({ {}, { one } }, { (support.verify(dir)), support.bundles(dir) })
  end)

  it("killed between the tombstone and the removal is finished by the next run", function()
    local one, other = archive(31), archive(0)
    run_until_death "os.rename = die"
    assert.is_true(#support.verify(dir) > 0)
    assert.equal(2, #support.bundles(dir))
    assert(archives.open(dir)):close()
    assert.same({ {}, { other } }, { (support.verify(dir)), support.bundles(dir) })
    assert.is_true(support.is_clean(dir))
    assert.equal("purged", support.log(dir)[3].action)
    assert.equal(one, support.log(dir)[3].order_no)
  end)

  it("killed in the middle of the removal leaves half a bundle out of sight, and the next run nothing", function()
    archive(31)
    run_until_death [[
      function core.remove_folder(path)
        assert(os.remove(path .. "/video.mp4"))
        die()
      end
    ]]
    assert.same({}, support.bundles(dir))
    assert.is_false(support.is_clean(dir))
    assert(archives.open(dir)):close()
    assert.is_true(support.is_clean(dir))
    assert.same({}, (support.verify(dir)))
  end)

  it("leaves a bundle that the log does not tell of, whatever its manifest says, and reports it", function()
    local one = archive(0)
    local path = ("%s/%s/manifest.json"):format(dir, one)
    must(("sed -i 's/\"fetched_at\":\"20/\"fetched_at\":\"19/' %s"):format(path))
    local reports, purged = run(30 * DAY)
    assert.equal(0, purged)
    assert.same({ one }, support.bundles(dir))
    assert.same({ one .. " BUNDLE_INVALID" }, reports)
    assert.is_true(#support.verify(dir) > 0)
  end)

  it("that can't write the log leaves the bundle, and says why", function()
    local one = archive(31)
    local log = dir .. "/index.jsonl"
    if support.shell(("mount --bind %s %s && mount -o remount,ro,bind %s"):format(log, log, log)) ~= "" then
      return pending "needs to mount"
    end
    local reports, purged = run(30 * DAY)
    support.unmount(log)
    assert.same({ { one .. " FILE_UNWRITABLE" }, 0 }, { reports, purged })
    assert.same({ {}, { one } }, { (support.verify(dir)), support.bundles(dir) })
  end)

  it("counts down: what is gone is no longer counted", function()
    archive(31)
    archive(0)
    assert.same({ bundles = 2, faces = 2 }, count.run(archives.at(dir)))
    run(30 * DAY)
    assert.same({ bundles = 1, faces = 1 }, count.run(archives.at(dir)))
  end)

  it("overtaken by another leaves what that has purged, and what was archived again since", function()
    for _ = 1, 4 do
      archive(31)
    end
    local opened, reports, others, again = assert(archives.open(dir)), {}, nil, nil
    local purged = purge.run(opened, 30 * DAY, function(order_no, failure)
      assert.is_nil(failure)
      reports[#reports + 1] = order_no
      if not others then
        others = run(30 * DAY)
        again = archive(0, others[1])
      end
    end)
    opened:close()
    assert.same({ 1, 1, 3 }, { purged, #reports, #others })
    assert.same({ {}, { again } }, { (support.verify(dir)), support.bundles(dir) })
    assert.equal(4 + 4 + 1, #support.log(dir))
  end)

  it("at once with a run that archives leaves a sound archive", function()
    local orders = {}
    for i = 1, 20 do
      archive(31)
      orders[i] = order "size30x40n"
    end
    local purger = support.start_lua(([[
      local archive = require("facequery.evidence.archive").open(%q)
      print(require("facequery.evidence.purge").run(archive, 30 * 86400, function() end))
      archive:close()
    ]]):format(dir))
    for _, bundle in client:each(orders, { dir = dir, concurrency = 4 }) do
      assert.is_false(bundle.existing)
    end
    assert.equal("20", (purger.wait()))
    table.sort(orders)
    assert.equal(20, #support.bundles(dir))
    assert.same({}, (support.verify(dir)))
    assert.is_true(support.is_clean(dir))
  end)
end)
