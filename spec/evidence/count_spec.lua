-- How many faces an archive stores.

local archives = require "facequery.evidence"
local count = require "facequery.evidence.count"
local facequery = require "facequery"
local support = require "help.support"

local must, order = support.must, support.order

describe("count", function()
  local folder, dir
  before_each(function()
    folder = support.folder()
    dir = folder .. "/evidence"
  end)
  after_each(function() support.remove_folder(folder) end)

  -- In all; and by day, in their order.
  local function counted()
    local result = assert(count.run(archives.at(dir)))
    local days = result.days
    result.days = nil
    return result, days
  end

  -- A bundle of a manifest alone.
  local function write_bundle(order_no, fields)
    must(("mkdir -p %s/%s"):format(dir, order_no))
    support.write_file(("%s/%s/manifest.json"):format(dir, order_no),
      ('{"format":"facequery-evidence/1","order_no":"%s",%s}'):format(order_no, fields))
  end

  it("is of bundles, and of those with a photo or a video", function()
    local client = assert(facequery.new())
    for _, word in ipairs { "verified", "png", "rejected", "rejectednomedia", "size30x40n" } do
      assert(client:archive { order_no = order(word), dir = dir })
    end
    client:close()
    assert.same({ bundles = 5, faces = 4 }, (counted()))
  end)

  it("is nothing in an empty archive", function()
    must("mkdir " .. dir)
    assert.same({ { bundles = 0, faces = 0 }, {} }, { counted() })
  end)

  it("takes a bundle that can't be read for a face, and no notice of what is none", function()
    must(("mkdir -p %s/broken1 %s/.run-abc/a1 && touch %s/index.jsonl %s/.lock"):format(dir, dir, dir, dir))
    assert.same({ { bundles = 1, faces = 1 }, { { day = "unknown", bundles = 1, faces = 1 } } }, { counted() })
  end)

  it("takes a photo or a video alone for a face", function()
    for name, text in pairs { a1 = '"photo.bin":{}', a2 = '"video.mp4":{}', a3 = '"record.json":{}',
      a4 = '"photo.png":{},"video.mp4":{}' } do
      write_bundle(name, ('"files":{%s}'):format(text))
    end
    assert.same({ bundles = 4, faces = 3 }, (counted()))
  end)

  it("is by China's day, too, over months and years, wherever it is counted", function()
    local times = {
      "2026-11-25T15:59:59Z", "2026-11-25T16:00:00Z", "2026-11-26T15:59:59Z", "2026-11-26T16:00:00Z",
      "2026-12-31T16:00:00Z", "2028-02-28T16:00:00Z", "2027-02-28T23:59:59Z", "2026-03-08T16:30:00Z", "yesterday",
    }
    local expected = {}
    for i, time in ipairs(times) do
      write_bundle("a" .. i, ('"fetched_at":"%s","files":{%s}'):format(time, i % 2 == 0 and '"photo.jpg":{}' or ""))
    end
    write_bundle("b1", '"files":{},"fetched_at":20261126')
    write_bundle("b2", '"files":{},"fetched_at":"2026-02-30T12:00:00Z"')
    -- date(1) knows China's days.
    local days = must(([[for time in %s; do TZ=Asia/Shanghai date -d $time +%%F; done]]):format(
      table.concat(times, " ", 1, #times - 1)))
    local by_day = { unknown = { day = "unknown", bundles = 3, faces = 0 } }
    local i = 0
    for day in days:gmatch "%S+" do
      i = i + 1
      by_day[day] = by_day[day] or { day = day, bundles = 0, faces = 0 }
      by_day[day].bundles = by_day[day].bundles + 1
      by_day[day].faces = by_day[day].faces + (i % 2 == 0 and 1 or 0)
    end
    for _, day in ipairs { "2026-03-09", "2026-11-25", "2026-11-26", "2026-11-27", "2027-01-01", "2027-03-01",
      "2028-02-29", "unknown" } do
      expected[#expected + 1] = by_day[day]
    end
    assert.same({ { bundles = 11, faces = 4 }, expected }, { counted() })
    for _, zone in ipairs { "America/New_York", "Pacific/Kiritimati", "Asia/Shanghai" } do
      local told = must(("TZ=%s %s"):format(zone, support.lua_command(([[
        local count = require("facequery.evidence.count").run(require("facequery.evidence").at(%q))
        for _, one in ipairs(count.days) do print(one.day) end]]):format(dir))))
      assert.equal("2026-03-09 2026-11-25 2026-11-26 2026-11-27 2027-01-01 2027-03-01 2028-02-29 unknown",
        (told:gsub("\n", " ")))
    end
  end)
end)
