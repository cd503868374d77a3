-- Holding orders: what is held stays, whatever its age and whoever asks, until it is released.

local archiving = require "help.archiving"
local evidence = require "facequery.evidence"
local hold = require "facequery.evidence.hold"
local log = require "facequery.evidence.log"
local purge = require "facequery.evidence.purge"
local support = require "help.support"

local must, verify = support.must, support.verify

describe("an order that is held", function()
  local one, first, second
  before_each(function()
    one = archiving.new()
    first, second = one:must_archive().order_no, one:must_archive().order_no
  end)
  after_each(function() one:remove() end)

  -- What a run reports: "order", or "order STATUS detail".  And what it returns.
  local function run(work)
    local place, reports = assert(evidence.open(one.dir)), {}
    local result, failure = work(place, function(path, why)
      reports[#reports + 1] = path .. (why and " " .. why.status .. " " .. (why.detail or "") or "")
    end)
    place:close()
    assert.is_nil(failure)
    return reports, result
  end

  local function set(orders, why)
    return run(function(place, report) return hold.set(place, orders, why or "court", report) end)
  end

  local function release(orders, why)
    return run(function(place, report) return hold.release(place, orders, why, report) end)
  end

  local function purge_orders(orders, how)
    return run(function(place, report) return purge.orders(place, orders, report, how) end)
  end

  local function purge_all(how)
    return run(function(place, report) return purge.run(place, -1, report, how) end)
  end

  -- The reasons, by order number.
  local function held()
    local reasons = {}
    for _, entry in ipairs(assert(hold.list(evidence.at(one.dir)))) do
      reasons[entry.order_no] = entry.why
    end
    return reasons
  end

  it("stays, by age and by its number, forced or not, until it is released; others go", function()
    local third = one:must_archive().order_no
    assert.same({ { first }, 1 }, { set { first } })
    local stays = first .. " ORDER_HELD court"
    assert.same({ { stays, second }, 1 }, { purge_orders { first, second } })
    for _, how in ipairs { { force = true }, { dry_run = true, force = true }, { dry_run = true }, {} } do
      assert.same({ { stays }, 0 }, { purge_orders({ first }, how) })
    end
    local reports = purge_all { force = true }
    table.sort(reports)
    local expected = { stays, third }
    table.sort(expected)
    assert.same(expected, reports)
    assert.same({ { first }, {} }, { support.bundles(one.dir), (verify(one.dir)) })
    assert.same({ { first }, 1 }, { release { first } })
    assert.same({ { first }, 1 }, { purge_all() })
    assert.same({ {}, {} }, { support.bundles(one.dir), (verify(one.dir)) })
  end)

  it("is a line of the log with its reason, and so is its release", function()
    local digest = must(("sha256sum %s/manifest.json"):format(support.bundle_path(one.dir, second))):match "^%x+"
    set({ second }, '法院 (2026) "17" \\')
    release({ second }, "withdrawn")
    set({ second }, "again")
    release { second }
    local told = must(([[python3 -c "
import json
for line in open('%s', encoding='utf-8'):
    entry = json.loads(line)
    if entry['action'] != 'archived':
        print(entry['action'], entry['order_no'], entry['manifest'], entry.get('why'))"]]):format(one.log))
    assert.equal(([[held O D 法院 (2026) "17" \
released O D withdrawn
held O D again
released O D None]]):gsub("O", second):gsub("D", digest), told)
    assert.same({ {}, {} }, { held(), (verify(one.dir)) })
  end)

  it("is listed with its reason and its time, the first that was held first", function()
    set({ second }, "one")
    set({ first }, "two")
    local entries = assert(hold.list(evidence.at(one.dir)))
    assert.same({ second, "one", first, "two" },
      { entries[1].order_no, entries[1].why, entries[2].order_no, entries[2].why })
    assert.matches("^%d%d%d%d%-%d%d%-%d%dT%d%d:%d%d:%d%dZ$", entries[1].time)
    release { second }
    assert.same({ [first] = "two" }, held())
  end)

  it("is held for one reason: the same again adds nothing, and another is refused with that", function()
    set({ first }, "court")
    local lines = #one:lines()
    assert.same({ { first }, 1 }, { set({ first }, "court") })
    assert.same({ { first .. " ORDER_HELD court" }, 0 }, { set({ first }, "tax office") })
    assert.equal(lines, #one:lines())
    assert.same({ [first] = "court" }, held())
  end)

  it("is one that is there; of those that are not each is named, and the others are held", function()
    must("rm -r " .. support.bundle_path(one.dir, second))
    local strange = { "nothere1", "index.jsonl", "..", second }
    local expected = {}
    for i, order_no in ipairs(strange) do
      expected[i] = order_no .. " NOT_ARCHIVED "
    end
    strange[#strange + 1], expected[#expected + 1] = first, first
    assert.same({ expected, 1 }, { set(strange) })
    assert.same({ { second .. " NOT_HELD " }, 0 }, { release { second } })
    assert.same({ [first] = "court" }, held())
  end)

  it("is a problem as ever when its bundle is gone or was changed", function()
    set { first, second }
    assert.same({}, (verify(one.dir)))
    local name = support.place_of(one.dir, second)
    must(("cd %s && rm -r %s && rm %s/video.mp4"):format(one.dir, support.place_of(one.dir, first), name))
    local expected = { first .. ": in the log, but not there", name .. "/video.mp4: missing" }
    table.sort(expected)
    local problems = verify(one.dir)
    table.sort(problems)
    assert.same(expected, problems)
    assert.same({ { first }, 1 }, { release { first } }) -- a hold can be ended all the same
  end)

  -- The tombstone of a purge that heeds no hold.
  local function bury(order_no)
    local place = evidence.at(one.dir)
    local entry = { action = "purged", order_no = order_no, manifest = log.state(place).live[order_no] }
    assert.is_true(place:locked(function() return log.append(place, { entry }) end))
  end

  it("and whose tombstone somebody has written is a problem that verify names, and the next run leaves it", function()
    set { first }
    bury(first)
    bury(second)
    local problem = ("index.jsonl, line 4: %s was purged while it was held"):format(first)
    assert.equal(problem, verify(one.dir)[3])
    must(("mkdir %s/.run-killed"):format(one.dir))
    assert(evidence.open(one.dir)):close()
    assert.same({ first }, support.bundles(one.dir))
    assert.same({ support.place_of(one.dir, first) .. ": not in the log", problem }, (verify(one.dir)))
  end)

  it("while a purge goes on stays: the purge looks again before each", function()
    one:must_archive()
    local left
    local reports, purged = run(function(place, report)
      return purge.run(place, -1, function(order_no, failure)
        report(order_no, failure)
        if not left then
          left = support.bundles(one.dir)
          set { left[1] }
        end
      end)
    end)
    assert.same({ 2, 3 }, { purged, #reports })
    assert.matches(left[1] .. " ORDER_HELD court", table.concat(reports, "\n"), 1, true)
    assert.same({ { left[1] }, {} }, { support.bundles(one.dir), (verify(one.dir)) })
  end)

  -- In a process that is killed where `moment` says.
  local function hold_until_death(moment)
    local _, status = support.start_lua(([[
      local core = require "facequery.core"
      local pid = io.open "/proc/self/stat":read "*n"
      local function die() os.execute("kill -KILL " .. pid) end
      local append = core.append
      %s
      local place = require("facequery.evidence").open(%q)
      require("facequery.evidence.hold").set(place, { %q, %q }, "court", function() die() end)
    ]]):format(moment, one.dir, first, second)).wait()
    assert.equal(137, status)
  end

  it("is held when that is reported, and not before", function()
    hold_until_death ""
    one:mend()
    assert.same({ [first] = "court", [second] = "court" }, held())
  end)

  it("is not held by a run that was killed before its line was whole", function()
    local before = support.read_file(one.log)
    hold_until_death "core.append = die"
    assert.same({ before, {} }, { support.read_file(one.log), held() })
    hold_until_death "function core.append(path, text) append(path, text:sub(1, 100)) die() end"
    assert.same({}, held())
    one:mend()
    assert.same({ before, {} }, { support.read_file(one.log), held() })
    hold_until_death "function core.append(path, text) append(path, text:match '^[^\\n]*\\n' .. '{') die() end"
    one:mend()
    assert.same({ [first] = "court" }, held())
  end)

  it("does not keep a crash from being mended", function()
    must(("sed -i '$d' %s"):format(one.log)) -- as if the run was killed before it wrote the line
    set { first }
    must(("mkdir %s/.run-killed"):format(one.dir))
    assert.equal(1, one:mend().mended)
    assert.same({ [first] = "court" }, held())
    assert.same({ first .. " ORDER_HELD court", second }, (purge_orders { first, second }))
    assert.same({ { first }, {} }, { support.bundles(one.dir), (verify(one.dir)) })
  end)

  it("is not said to be held where the log can't be written", function()
    local core = require "facequery.core"
    local append = core.append
    finally(function() core.append = append end) -- luacheck: ignore 122
    core.append = function() return nil, { status = "FILE_UNWRITABLE" } end -- luacheck: ignore 122
    local place, reports = assert(evidence.open(one.dir)), 0
    local count, failure = hold.set(place, { first }, "court", function() reports = reports + 1 end)
    place:close()
    assert.same({ nil, "FILE_UNWRITABLE", 0 }, { count or nil, failure.status, reports })
    assert.same({}, held())
  end)
end)
