-- What an archive's report counts.

local archives = require "facequery.evidence"
local census = require "facequery.evidence.page.census"
local pages = require "help.pages"
local support = require "help.support"

describe("a census", function()
  local folder, dir
  before_each(function()
    folder = support.folder()
    dir = folder .. "/evidence"
  end)
  after_each(function() support.remove_folder(folder) end)

  local serial = 0
  local function add(content)
    serial = serial + 1
    pages.archive(dir, "order" .. serial, { manifest = content })
    return "order" .. serial
  end

  local function count() return assert(census.run(archives.at(dir))) end

  it("counts verdicts and codes, code 0 alone being verified", function()
    for _, code in ipairs { "0", "0", "66660004", "00", "-1101" } do
      add { code = code }
    end
    local found = count()
    assert.same({ verified = 2, rejected = 3 }, found.orders)
    assert.same({ ["0"] = 2, ["66660004"] = 1, ["00"] = 1, ["-1101"] = 1 }, found.codes)
    assert.same({ 5, 0, 0 }, { found.verification.bundles, found.unproven, found.purged })
  end)

  it("counts scores by fives, and those that are none", function()
    for _, score in ipairs { "0", "4.99", "5", "88.01", "99", "100", 100, 95 } do
      add { similarity = score }
    end
    for _, none in ipairs { "100.01", "-1", "", "x", "0x10", "1e1", "nan", {} } do
      add { similarity = none }
    end
    local found, seen = count().scores, {}
    for _, bar in ipairs(found.similarity.bars) do
      if bar.verified > 0 then
        seen[bar.label] = bar.verified
      end
    end
    assert.same({ ["0–5"] = 2, ["5–10"] = 1, ["85–90"] = 1, ["95–100"] = 4 }, seen)
    assert.same({ 8, 16, 20 }, { found.similarity.none, found.liveRate.none, #found.liveRate.bars })
  end)

  it("counts days by the scan, or else by the archiving", function()
    add { occurredTime = "20260228104717" }
    add { occurredTime = "20260301000000", code = "66660004" }
    add { occurredTime = "20261301000000", fetched_at = "2026-03-01T23:59:59Z" }
    add { fetched_at = "2026-03-01T00:00:00Z" }
    assert.same({ ["2026-02-28"] = { verified = 1, rejected = 0 }, ["2026-03-01"] = { verified = 1, rejected = 1 } },
      count().days)
  end)

  it("counts what is missing, damaged and odd", function()
    add { missing = { "photo", "video" } }
    add { missing = { "video", "x" }, odd = { "photo" } }
    add { damaged = { photo = { code = "BASE64_CUT" } } }
    assert.same({ missing = { photo = 1, video = 2 }, damaged = { photo = 1, video = 0 },
      odd = { photo = 1, video = 0 } }, count().files)
  end)

  it("counts nothing of a bundle that is not as it was archived, and names it", function()
    add { code = "0" }
    local order_no = add { code = "66660004" }
    support.write_file(support.bundle_path(dir, order_no) .. "/record.json", "{}")
    local found = count()
    assert.same({ { verified = 1, rejected = 0 }, 1, 1 }, { found.orders, found.unproven, #found.problems })
    assert.is_truthy(found.problems[1].path:find(order_no, 1, true))
  end)

  it("counts tombstones", function()
    add {}
    local place = assert(archives.open(dir))
    assert.equal(1, require("facequery.evidence.purge").run(place, -1000000000, function() end))
    place:close()
    local found = count()
    assert.same({ 1, 2, { verified = 0, rejected = 0 } }, { found.purged, found.lines, found.orders })
  end)
end)

describe("a census' calendar", function()
  local function calendar(days)
    local given = {}
    for i, day in ipairs(days) do
      given[day] = { verified = i, rejected = 1 }
    end
    local list, unit = census.calendar(given)
    local labels = {}
    for i, one in ipairs(list) do
      labels[i] = ("%s %d %d"):format(one.label, one.verified, one.rejected)
    end
    return labels, unit
  end

  it("has every day from the first to the last, over months, leap days and years", function()
    assert.same({ "2024-02-28 1 1", "2024-02-29 0 0", "2024-03-01 2 1" }, (calendar { "2024-02-28", "2024-03-01" }))
    assert.same({ "2026-02-28 1 1", "2026-03-01 2 1" }, (calendar { "2026-02-28", "2026-03-01" }))
    assert.same({ "2025-12-31 1 1", "2026-01-01 2 1" }, (calendar { "2025-12-31", "2026-01-01" }))
    local _, unit = calendar { "2026-01-01", "2026-03-03" } -- python: (date(2026,3,3) - date(2026,1,1)).days is 61
    assert.equal("day", unit)
  end)

  it("has months where days are too many, and then years", function()
    local labels, unit = calendar { "2026-01-31", "2026-01-05", "2026-03-09" } -- 63 days
    assert.same({ { "2026-01 3 2", "2026-02 0 0", "2026-03 3 1" }, "month" }, { labels, unit })
    labels, unit = calendar { "2019-12-01", "2025-02-01" }
    assert.same({ 7, "2019 1 1", "2025 2 1", "year" }, { #labels, labels[1], labels[7], unit })
  end)

  it("has the years that there are where somebody's clock was wrong", function()
    assert.same({ "0001 1 1", "2026 2 1", "9999 3 1" }, (calendar { "0001-01-01", "2026-01-01", "9999-12-31" }))
  end)

  it("is empty where there is no day", function()
    assert.same({}, (calendar {}))
  end)
end)
