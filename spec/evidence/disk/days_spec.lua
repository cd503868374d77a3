-- Where bundles lie in an archive's folder: by China's day, whatever the orders are called, whatever else lies there,
-- and over midnight.

local archives = require "facequery.evidence"
local archiving = require "help.archiving"
local count = require "facequery.evidence.count"
local facequery = require "facequery"
local migrate = require "facequery.evidence.migrate"
local purge = require "facequery.evidence.purge"
local support = require "help.support"

local must, order, quote = support.must, support.order, support.quote

-- China's midnight before November 26: date -d 2026-11-25T16:00:00Z +%s
local MIDNIGHT = 1795622400

describe("an archive's days", function()
  local folder, dir, clock, asked, client
  local time, date = os.time, os.date
  before_each(function()
    folder = support.folder()
    dir = folder .. "/evidence"
    clock = MIDNIGHT
    os.time = function(of) return of and time(of) or clock end -- luacheck: ignore 122
    os.date = function(format, at) return date(format, at or clock) end -- luacheck: ignore 122
    client = assert(facequery.new { transport = function()
      return { status = 200, envelope = ('{"code":"0","orderNo":"%s"}'):format(asked), time = 0,
        media = { photo = archiving.PHOTO, video = archiving.PHOTO } }
    end })
  end)
  after_each(function()
    client:close()
    os.time, os.date = time, date -- luacheck: ignore 122
    support.remove_folder(folder)
  end)

  local function archive(order_no)
    asked = order_no
    return client:archive { order_no = order_no, dir = dir }
  end

  local function must_archive(order_no)
    local bundle = assert(archive(order_no))
    return bundle.path:sub(#dir + 2), bundle.existing
  end

  local function draft_of(place, order_no, at)
    local draft = assert(place:begin(order_no))
    draft.fetched_at = date("!%Y-%m-%dT%H:%M:%SZ", at)
    assert(draft:write("record.json", "{}\n"))
    assert.same({}, place:settle { draft })
    return draft
  end

  local function commit(place, draft)
    local ok, failure = place:locked(function() return place:commit(draft) end)
    return ok and draft.name or failure.status
  end

  local function counted()
    return assert(count.run(archives.at(dir))).bundles
  end

  -- Runs what works with a whole archive, and returns its result.
  local function run(work, ...)
    local place, reports = assert(archives.open(dir)), {}
    local arguments = { ... }
    arguments[#arguments + 1] = function(name, failure)
      reports[#reports + 1] = failure and name .. ": " .. (failure.detail or failure.status) or nil
    end
    local result = work(place, (table.unpack or unpack)(arguments)) -- luacheck: ignore 113
    place:close()
    return result, reports
  end

  describe("with orders whose numbers look like a year, a month or a day,", function()
    local ORDERS = { "2026", "2027", "1970", "2099", "1969", "2100", "11", "26", "0", "20261126", "seals" }

    it("has each in its day, finds it again, and purges it", function()
      for _, order_no in ipairs(ORDERS) do
        assert.same({ "2026/11/26/" .. order_no, false }, { must_archive(order_no) })
      end
      for _, order_no in ipairs(ORDERS) do
        assert.same({ "2026/11/26/" .. order_no, true }, { must_archive(order_no) })
      end
      assert.same({ {}, #ORDERS }, { (support.verify(dir)), counted() })
      assert.same({ #ORDERS, {} }, { run(purge.orders, ORDERS) })
      assert.equal(".lock\nindex.jsonl", support.list(dir))
    end)

    -- Takes all bundles out of their days, as an earlier facequery laid them out.
    local function flatten()
      must(("cd %s && mkdir ../flat && mv 2*/*/*/* ../flat && rm -r 2* && mv ../flat/* . && rmdir ../flat"):format(dir))
    end

    it("has each where an earlier facequery has laid it, and moves the year that is in the way", function()
      table.remove(ORDERS) -- no flat bundle is called as the seals' folder is
      for _, order_no in ipairs(ORDERS) do
        must_archive(order_no)
      end
      flatten()
      for _, order_no in ipairs(ORDERS) do
        assert.same({ order_no, true }, { must_archive(order_no) })
      end
      assert.same({ {}, #ORDERS }, { (support.verify(dir)), counted() })
      assert.same({ "2026/11/26/a1", false }, { must_archive "a1" })
      for _, order_no in ipairs(ORDERS) do
        assert.same({ order_no == "2026" and ".2026" or order_no, true }, { must_archive(order_no) })
      end
      assert.same({ {}, #ORDERS + 1 }, { (support.verify(dir)), counted() })
      assert.same({ 2, {} }, { run(purge.orders, { "2026", "2027" }) })
      assert.same({ #ORDERS - 2, {} }, { run(migrate.run) })
      assert.same({ {}, #ORDERS - 1 }, { (support.verify(dir)), counted() })
      assert.equal(".lock\n2026\nindex.jsonl", support.list(dir))
    end)
  end)

  describe("with what is none of theirs at the level of years, months and days", function()
    -- An archive of the bundle a1, and another with b1 that links lead to.
    local elsewhere
    before_each(function()
      must_archive "b1"
      elsewhere = folder .. "/elsewhere"
      must(("mv %s %s"):format(dir, elsewhere))
      must_archive "a1"
    end)

    local FOREIGN = {
      "2024", "2025", "2023/x", "20266", "a-b",
      "2026/00", "2026/1", "2026/10", "2026/09", "2026/13", "2026/.x", "2026/manifest.jso",
      "2026/11/00", "2026/11/1", "2026/11/25", "2026/11/24", "2026/11/27", "2026/11/31", "2026/11/x.txt",
      "2026/11/26/b-1", "2026/11/26/c1", "2026/11/26/d1", "2026/11/26/.x",
    }

    -- Everything but the archive's own, and what is behind the links, with digests.
    local function snapshot()
      return must(([[cd %s && find evidence elsewhere ! -path '*/a1*' ! -name '.lock' ! -name index.jsonl \
        -printf '%%p %%y %%l %%T@\n' | grep -v ' d  ' | sort; find . -type d | grep -v /a1 | sort
        find elsewhere -type f -exec sha256sum {} + | sort]]):format(quote(folder)))
    end

    local function lay()
      must(([[cd %s && touch 2024 20266 && ln -s ../elsewhere/2026 2025 && mkdir -p 2023/x a-b
        cd 2026 && mkdir 00 1 13 .x && touch 09 manifest.jso && ln -s ../../elsewhere/2026/11 10
        cd 11 && mkdir 00 1 31 && touch 24 x.txt && ln -s ../../../elsewhere/2026/11/26 25 && ln -s nowhere 27
        cd 26 && mkdir b-1 .x && touch c1 && ln -s ../../../../elsewhere/2026/11/26/b1 d1]]):format(quote(dir)))
    end

    it("names each, follows no link, and removes none", function()
      lay()
      local before, expected = snapshot(), {}
      for i, name in ipairs(FOREIGN) do
        expected[i] = name .. ": not in the log"
      end
      table.sort(expected)
      assert.same({ expected, 1 }, { (support.verify(dir)), counted() })
      assert.is_nil(archives.at(dir):find "b1") -- though yesterday's folder seems to have it
      for _, order_no in ipairs { "c1", "d1" } do
        local bundle, err = archive(order_no)
        assert.same({ nil, "storage", "BUNDLE_INVALID" }, { bundle, err.kind, err.code })
      end
      assert.same({ 1, {} }, { run(purge.orders, { "a1" }) })
      assert.same({ 0, {} }, { run(purge.run, -5) })
      assert.equal(0, counted())
      assert.equal("2026/11/26/a1", (must_archive "a1"))
      must(("mkdir %s/.run-killed && touch %s/.run-killed/.lock"):format(dir, dir))
      assert.same({ expected, 1 }, { (support.verify(dir)), counted() })
      assert(archives.open(dir)):close()
      assert.same({ expected, 1 }, { (support.verify(dir)), counted() })
      assert.equal(before, snapshot())
    end)

    for _, level in ipairs { "2026", "2026/11", "2026/11/26" } do
      it(("takes no bundle to where a link in the place of %s leads, and finds none there"):format(level), function()
        local place = assert(archives.open(dir))
        assert.equal("2026/11/26/e1", commit(place, draft_of(place, "e1", clock)))
        must(("mv %s/%s %s/aside && ln -s %s/%s %s/%s"):format(dir, level, folder, elsewhere, level, dir, level))
        local before = must(("cd %s && find | sort"):format(elsewhere))
        assert.equal("FILE_UNWRITABLE", commit(place, draft_of(place, "e2", clock)))
        assert.is_nil(archives.at(dir):find "b1")
        for _, order_no in ipairs { "b1", "c1" } do
          local bundle, err = archive(order_no)
          assert.same({ nil, "storage", "FILE_UNWRITABLE" }, { bundle, err.kind, err.code })
        end
        place:close()
        clock = MIDNIGHT + 86400
        assert.is_nil(archives.at(dir):find "b1")
        assert.equal(before, must(("cd %s && find | sort"):format(elsewhere)))
        assert.equal("link", require("lfs").symlinkattributes(dir .. "/" .. level, "mode"))
      end)
    end
  end)

  it("cost a run that begins nothing, however many there are", function()
    -- The calls of the system that a run's beginning and end make about files; a tracer and the search for leaks
    -- exclude each other.
    local function calls()
      must(("ASAN_OPTIONS=detect_leaks=0 strace -f -y -o %s/trace -e trace=%%file,getdents64 %s"):format(folder,
        support.lua_command(("assert(require('facequery.evidence').open(%q)):close()"):format(dir))))
      return select(2, support.read_file(folder .. "/trace"):gsub(dir:gsub("%p", "%%%0"), ""))
    end
    must_archive "a1"
    local before = calls()
    must(("cd %s/2026/11 && for day in $(seq -w 1 25); do mkdir $day && cp -r 26/a1 $day/b$day; done"):format(dir))
    must(("cd %s && for year in $(seq 2016 2025); do cp -r 2026 $year; done"):format(dir))
    assert.is_true(before > 5)
    assert.equal(286, counted())
    assert.equal(before + 2 * 10, calls()) -- each year is looked at, and no day
  end)

  describe("over China's midnight", function()
    it("finds what a neighbour has made of the order, whichever day that has put it in", function()
      local one, other, serial = assert(archives.open(dir)), assert(archives.open(dir)), 0
      -- Seconds from midnight: where each has looked, fetched and committed.
      for _, others in ipairs { -86300, -1, 1, 86300 } do
        for _, looked in ipairs { -2, 0, 2 } do
          for _, committed in ipairs { looked, 3, 90000 } do
            serial = serial + 1
            local order_no = "a" .. serial
            clock = MIDNIGHT + looked
            assert.is_nil(one:find(order_no))
            local late = draft_of(one, order_no, clock)
            local early = draft_of(other, order_no, MIDNIGHT + others)
            assert.equal((others < 0 and "2026/11/25/" or "2026/11/26/") .. order_no, commit(other, early))
            clock = MIDNIGHT + committed
            assert.equal("FILE_EXISTS", commit(one, late), others .. " " .. looked .. " " .. committed)
            assert.equal(early.name, one:find(order_no))
          end
        end
      end
      one:close()
      other:close()
      assert.equal(serial, #support.bundles(dir))
    end)

    it("has each order once, where two processes archive the same ones and their clocks don't quite agree", function()
      local orders = support.orders_of("size20x30n", support.is_asan and 30 or 60)
      -- One has midnight sooner than the other, and both of them long before the last order is begun.
      local code = [[
        local clock, done = %d, 0
        local date = os.date
        os.time = function() return clock end
        os.date = function(format, at) return date(format, at or clock) end
        for order_no, bundle, err in require("facequery").new():each({ %s }, { dir = %q, concurrency = 4 }) do
          assert(bundle, tostring(err))
          done = done + 1
          clock = done >= %d and %d or clock
          io.write(bundle.existing and "" or order_no .. "\n")
        end]]
      local processes, fresh = {}, ""
      for i = 1, 2 do
        processes[i] = support.start_lua(code:format(MIDNIGHT - 1, "'" .. table.concat(orders, "','") .. "'", dir,
          math.floor(i * #orders / 4), MIDNIGHT))
      end
      for _, process in ipairs(processes) do
        local output, status = process.wait()
        assert.equal(0, status, output)
        fresh = fresh .. output .. "\n"
      end
      local logged = {}
      for i, entry in ipairs(support.log(dir)) do
        logged[i] = entry.order_no
      end
      table.sort(logged)
      table.sort(orders)
      assert.same({ orders, orders }, { support.bundles(dir), logged })
      for _, order_no in ipairs(orders) do
        assert.equal(1, select(2, fresh:gsub(order_no .. "\n", "")))
      end
      assert.equal("25\n26", support.list(dir .. "/2026/11"))
      assert.same({}, (support.verify(dir)))
      assert.is_true(support.is_clean(dir))
    end)

    it("is told by the time at which an order was fetched, not by when it is committed", function()
      clock = MIDNIGHT - 1
      local place = assert(archives.open(dir))
      local draft = draft_of(place, order "a", clock)
      clock = MIDNIGHT + 1
      assert.equal("2026/11/25/" .. draft.order_no, commit(place, draft))
      place:close()
    end)
  end)
end)
