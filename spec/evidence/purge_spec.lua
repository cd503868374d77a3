-- Purging: bundles past their retention go, and the log says so.

local archives = require "facequery.evidence"
local count = require "facequery.evidence.count"
local facequery = require "facequery"
local purge = require "facequery.evidence.purge"
local support = require "help.support"

local must, order, verify = support.must, support.order, support.verify

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

  -- Its reports, "order", or "path: problem" as verify's, or "order status".  `what`: seconds, or orders.
  local function run(what, how)
    local reports = {}
    local opened = how and how.dry_run and archives.at(dir) or assert(archives.open(dir))
    local purged = purge[type(what) == "table" and "orders" or "run"](opened, what, function(path, failure)
      local problem = failure and failure.status == "BUNDLE_INVALID" and ": " .. failure.detail
      reports[#reports + 1] = path .. (problem or failure and " " .. failure.status or "")
    end, how)
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
    assert.same({ {}, true }, { (run(30 * DAY)), support.is_clean(dir) })
  end)

  it("of orders removes theirs, however young, and nothing else, and names each that is not there", function()
    local old, young, other = archive(31), archive(), archive()
    local digest = must(("sha256sum %s/manifest.json"):format(support.bundle_path(dir, young))):match "^%x+"
    local strange = { "nothere1", "index.jsonl", ".lock", ".", "..", "../" .. folder:match "[^/]*$", "", "a b" }
    local expected = { old, young }
    for i, order_no in ipairs(strange) do
      expected[i + 2] = order_no .. " NOT_ARCHIVED"
    end
    table.sort(expected)
    local wanted = { young, old }
    for _, order_no in ipairs(strange) do
      wanted[#wanted + 1] = order_no
    end
    local before = support.log(dir)
    for _, how in ipairs { { dry_run = true }, { dry_run = true, force = true } } do
      assert.same({ expected, 2 }, { run(wanted, how) })
      assert.same({ 3, before }, { #support.bundles(dir), support.log(dir) })
    end
    assert.same({ expected, 2 }, { run(wanted) })
    assert.same({ { other }, {} }, { support.bundles(dir), (verify(dir)) })
    local entry = support.log(dir)[4]
    assert.same({ "purged", young, digest }, { entry.action, entry.order_no, entry.manifest })
    assert.same({ { old .. " NOT_ARCHIVED" }, 0 }, { run { old } })
    assert.same({ {}, 0 }, { run {} })
    assert.is_true(support.is_clean(dir))
  end)

  it("of orders removes what nobody can read, when it is forced to: it is somebody's face still", function()
    local broken, unknown = archive(), archive()
    local name = support.place_of(dir, broken)
    support.write_file(("%s/%s/manifest.json"):format(dir, name), "{")
    must(("cd %s && mkdir unknown1 && cp %s/photo.jpg unknown1"):format(dir, support.place_of(dir, unknown)))
    local expected = { name .. "/manifest.json: missing or unreadable", "unknown1: not in the log" }
    table.sort(expected)
    assert.same({ expected, 0 }, { run { broken, "unknown1" } })
    expected = { broken, "unknown1" }
    table.sort(expected)
    assert.same({ expected, 2 }, { run({ broken, "unknown1" }, { force = true }) })
    assert.same({ { unknown }, {} }, { support.bundles(dir), (verify(dir)) })
  end)

  it("of an order whose bundle is gone leaves that to be seen, also when it is forced to", function()
    local gone = archive()
    must("rm -r " .. support.bundle_path(dir, gone))
    local problem = gone .. ": in the log, but not there"
    for _, how in ipairs { {}, { force = true } } do
      assert.same({ { problem }, 0 }, { run({ gone }, how) })
      assert.same({ problem }, (verify(dir)))
    end
  end)

  it("goes by the time in the manifest, to the second, over months and years", function()
    local bundle = archive()
    local content = support.read_file(support.bundle_path(dir, bundle) .. "/manifest.json")
    local fetched = require "cjson".decode(content).fetched_at
    -- date(1) reads that time.
    local age = os.time() - tonumber(must(("date -d %s +%%s"):format(fetched)))
    assert.same({}, (run(age + 5)))
    assert.same({ bundle }, (run(age - 2)))
  end)

  it("leaves a tombstone in the log, which keeps the manifest's digest", function()
    local one = archive(31)
    local digest = must(("sha256sum %s/manifest.json"):format(support.bundle_path(dir, one))):match "^%x+"
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
    broken, timeless = support.place_of(dir, broken), support.place_of(dir, timeless)
    support.write_file(("%s/%s/manifest.json"):format(dir, broken), "{")
    must(("sed -i 's/fetched_at/fetched_in/' %s/%s/manifest.json"):format(dir, timeless))
    local expected = { one, broken .. "/manifest.json: missing or unreadable",
      timeless .. "/manifest.json: of another day than its folder" }
    table.sort(expected)
    local reports, purged = run(30 * DAY)
    assert.same({ expected, 1 }, { reports, purged })
    assert.equal(2, #support.bundles(dir))
    -- Nobody knows how old the one is.
    expected = { timeless .. ": its age can't be read", broken .. ": its age can't be read" }
    table.sort(expected)
    assert.same({ expected, 0 }, { run(30 * DAY, { force = true }) })
  end)

  describe("after somebody was at the archive", function()
    local one, two, three
    before_each(function() one, two, three = archive(31), archive(31), archive(31) end)

    -- Each way, and whether it is to the log, which speaks for all.
    local ways = {
      ["changed a line"] = { [[sed -i '2s/"time":"2/"time":"1/' index.jsonl]], true },
      ["changed the last line"] = { [[sed -i '3s/"time":"2/"time":"1/' index.jsonl]], true },
      ["took a line away"] = { [[sed -i 2d index.jsonl]], true },
      ["added a line"] = { [[sed -i '2{p}' index.jsonl]], true },
      ["cut the log"] = { [[sed -i '2,$d' index.jsonl]] },
      ["changed a manifest"] = { [[sed -i 's/"code":"0"/"code":"1"/' TWO/manifest.json]] },
      ["changed a record"] = { [[sed -i 's/"code":"0"/"code":"1"/' TWO/record.json]] },
      ["changed a file"] = { [[printf x >>TWO/photo.jpg]] },
      ["took a file away"] = { [[rm TWO/video.mp4]] },
      ["added a file"] = { [[touch TWO/notes.txt]] },
    }

    local function tamper(how)
      must(("cd %s && %s"):format(dir, (how[1]:gsub("TWO", support.place_of(dir, two)))))
    end

    local function without_line_numbers(problems)
      return (table.concat(problems, "\n"):gsub("line %d+", "line"))
    end

    for what, how in pairs(ways) do
      it("who " .. what .. ", it leaves what verify would report, and says it in verify's words", function()
        tamper(how)
        local before = verify(dir)
        assert.is_true(#before > 0)
        local reports, purged = run(30 * DAY)
        local said = table.concat(reports, "\n")
        local left = table.concat(support.bundles(dir), " ")
        assert.matches(two, left, 1, true)
        if how[2] then
          assert.same({ 0, 3 }, { purged, #support.bundles(dir) })
          assert.matches("index.jsonl, line", said, 1, true)
        else
          assert.is_nil(left:find(one, 1, true))
          for _, problem in ipairs(before) do
            assert.matches(problem, said, 1, true)
          end
        end
        -- Nothing that verify could tell before is gone.
        assert.equal(without_line_numbers(before), without_line_numbers((verify(dir))))
      end)

      it("who " .. what .. ", by order numbers it leaves the same", function()
        tamper(how)
        local before, reports, purged = verify(dir), run { one, two, three }
        local said = table.concat(reports, "\n")
        local last = select(2, run({ one, two, three }, { dry_run = true }))
        assert.matches(two, table.concat(support.bundles(dir), " "), 1, true)
        if how[2] then
          assert.same({ 0, 0, 3 }, { purged, last, #support.bundles(dir) })
          assert.matches("index.jsonl, line", said, 1, true)
        else
          assert.is_true(purged > 0)
          for _, problem in ipairs(before) do
            assert.matches(problem, said, 1, true)
          end
        end
        assert.equal(without_line_numbers(before), without_line_numbers((verify(dir))))
        local forced = { run({ one, two, three }, { force = true }) }
        assert.same({ 3 - purged, {} }, { forced[2], support.bundles(dir) })
      end)

      it("who " .. what .. ", says what would go, and removes nothing, when it is asked to", function()
        tamper(how)
        local function state() return must(("cd %s && find . -type f | sort | xargs sha256sum"):format(dir)) end
        local before = state()
        local dry = { run(30 * DAY, { dry_run = true }) }
        assert.equal(before, state())
        assert.same(dry, { run(30 * DAY) })
      end)

      it("who " .. what .. ", it removes all the same when it is forced to", function()
        tamper(how)
        local _, purged = run(30 * DAY, { force = true })
        assert.same({ 3, {} }, { purged, support.bundles(dir) })
      end)
    end

    it("who changed a line, the next run does not mend it over", function()
      for number = 1, 3 do
        must(("sed -i '%ds/\"time\":\"2/\"time\":\"1/' %s/index.jsonl"):format(number, dir))
      end
      local before, bytes = verify(dir), support.read_file(dir .. "/index.jsonl")
      assert(archives.open(dir)):close()
      local problems, found = verify(dir)
      assert.same({ before, 0 }, { problems, found.mended })
      assert.equal(bytes, support.read_file(dir .. "/index.jsonl"))
      assert.equal(3, #{ one, two, three })
    end)
  end)

  -- In a process that is killed at that moment.
  local function run_until_death(moment)
    local _, status = support.start_lua(([[
      local core = require "facequery.core"
      local pid = io.open "/proc/self/stat":read "*n"
      local function die() os.execute("kill -KILL " .. pid) end
      %s
      local archive = require("facequery.evidence").open(%q)
      require("facequery.evidence.purge").run(archive, 30 * 86400, print)
    ]]):format(moment, dir)).wait()
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
    run_until_death "core.rename = die"
    assert.is_true(#support.verify(dir) > 0)
    assert.equal(2, #support.bundles(dir))
    assert(archives.open(dir)):close()
    assert.same({ {}, { other } }, { (support.verify(dir)), support.bundles(dir) })
    assert.is_true(support.is_clean(dir))
    assert.equal("purged", support.log(dir)[3].action)
    assert.equal(one, support.log(dir)[3].order_no)
  end)

  it("that can't remove what its tombstone is written for is finished by the next run", function()
    local core = require "facequery.core"
    local one = archive(31)
    local rename = core.rename
    finally(function() core.rename = rename end) -- luacheck: ignore 122
    core.rename = function() return nil, { status = "FILE_UNWRITABLE" } end -- luacheck: ignore 122
    local place = assert(archives.open(dir))
    local failed
    assert.equal(0, require("facequery.evidence.purge").run(place, 30 * 86400, function(path) failed = path end))
    place:close()
    core.rename = rename -- luacheck: ignore 122
    assert.same({ one, { one } }, { failed, support.bundles(dir) })
    assert(archives.open(dir)):close()
    assert.same({ {}, {} }, { (support.verify(dir)), support.bundles(dir) })
    assert.is_true(support.is_clean(dir))
  end)

  it("killed in the middle of the removal leaves half a bundle out of sight, and the next run nothing", function()
    archive(31)
    run_until_death [[
      function core.remove_folder(path)
        assert(os.remove(path .. "/bundle/video.mp4"))
        die()
      end
    ]]
    assert.same({}, support.bundles(dir))
    assert.is_false(support.is_clean(dir))
    assert(archives.open(dir)):close()
    assert.same({ {}, true }, { (support.verify(dir)), support.is_clean(dir) })
  end)

  it("leaves a bundle that the log does not tell of, whatever its manifest says, and reports it", function()
    local one = archive(0)
    local name = support.place_of(dir, one)
    must(("sed -i 's/\"fetched_at\":\"20/\"fetched_at\":\"19/' %s/%s/manifest.json"):format(dir, name))
    local reports, purged = run(30 * DAY)
    assert.equal(0, purged)
    assert.same({ one }, support.bundles(dir))
    assert.same({ name .. "/manifest.json: of another day than its folder" }, reports)
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
    assert.equal(2, count.run(archives.at(dir)).faces)
    run(30 * DAY)
    assert.equal(1, count.run(archives.at(dir)).faces)
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
      local archive = require("facequery.evidence").open(%q)
      print(require("facequery.evidence.purge").run(archive, 30 * 86400, function() end))
      archive:close()
    ]]):format(dir))
    for _, bundle in client:each(orders, { dir = dir, concurrency = 4 }) do
      assert.is_false(bundle.existing)
    end
    assert.equal("20", (purger.wait()))
    table.sort(orders)
    assert.equal(20, #support.bundles(dir))
    assert.same({ {}, true }, { (support.verify(dir)), support.is_clean(dir) })
  end)
end)
