-- The page of an archive: what it says, and that what lies in the archive can't make it do anything.

local archives = require "facequery.evidence"
local core = require "facequery.core"
local pages = require "help.pages"
local report = require "facequery.evidence.page.report"
local support = require "help.support"
local tsa = require "help.tsa"

describe("a report", function()
  local folder, dir
  before_each(function()
    folder = support.folder()
    dir = folder .. "/evidence"
  end)
  after_each(function() support.remove_folder(folder) end)

  local function page_of(options, name)
    local file = assert(core.new_file(folder .. "/page"))
    local about = assert(report.write(archives.at(dir), name or "evidence", file, options))
    assert(file:commit())
    local page = pages.read(folder .. "/page")
    os.remove(folder .. "/page")
    assert.same({}, page.errors)
    return page, about.problems
  end

  local function has(page, ...)
    for _, text in ipairs { ... } do
      assert.is_truthy(page.text:find(text, 1, true), ("no %q in:\n%s"):format(text, page.text))
    end
  end

  local function count(page, tag)
    local found = 0
    for _, one in ipairs(page.tags) do
      found = found + (one == tag and 1 or 0)
    end
    return found
  end

  it("says how many orders there were, how they ended, and what is missing, in plain HTML and SVG", function()
    pages.archive(dir, "a1", { manifest = { similarity = "88.01", liveRate = "99", occurredTime = "20261125000000" } })
    pages.archive(dir, "a2", { manifest = { code = "66660004", similarity = "40", occurredTime = "20261127000000",
      missing = { "video" } } })
    local page, problems = page_of()
    assert.equal(0, problems)
    has(page, "evidence", "As it was archived", "Verified1 (50.0 %)", "Not verified1 (50.0 %)", "2026-11-25",
      "2026-11-27: 0 + 1", "85–90: 1 + 0", "66660004", "same person", "No trusted timestamp",
      support.must(("tail -1 %s/index.jsonl | tr -d '\\n' | sha256sum"):format(dir)):match "^%x+")
    -- Three days, and twenty steps of each score.
    assert.equal(3 + 20 + 20, count(page, "g"))
    assert.is_nil(page.policy:find "img%-src")
    page = page_of { lang = "zh" }
    has(page, "人脸核身存证库报告", "与归档时一致", "每日订单", "相似度")
  end)

  it("says on top what is not as it was archived, and counts none of it", function()
    pages.archive(dir, "a1", {})
    pages.archive(dir, "a2", {})
    support.write_file(support.bundle_path(dir, "a1") .. "/record.json", "{}")
    local page, problems = page_of()
    assert.equal(1, problems)
    has(page, "not as it was archived", "record.json", "Orders counted1")
    has(page_of { lang = "zh" }, "本存证库与归档时不一致", "实为 2 字节")
  end)

  it("is of an empty archive, too", function()
    assert(archives.open(dir)):close()
    has(page_of(), "All 0 bundles", "No order to show.")
  end)

  it("tells of the seals, and which lines none covers", function()
    local function seal(url)
      return assert(archives.seal(archives.at(dir), { tsa = { { url = url } }, send = require("facequery.tsa").new() }))
    end
    pages.archive(dir, "a1", {})
    seal(tsa.url())
    pages.archive(dir, "a2", {})
    local stamp = seal(tsa.url()).stamps[1]
    pages.archive(dir, "a3", {})
    seal(tsa.url "down")
    pages.archive(dir, "a4", {})
    local page, problems = page_of { tsa_ca = tsa.ca() }
    assert.equal(0, problems)
    has(page, "Lines under a timestamp2 of 4", "Lines without one yet2", "Seals3", "Seals without a timestamp1",
      stamp.time .. "2CN=facequery sandbox TSA", "one that the maker of this page trusts")
    has(page_of { lang = "zh" }, "已有时间戳的日志行2（共 4 行）", "未核实该机构的证书由谁颁发")
    support.write_file(("%s/seals/%s"):format(dir, stamp.file), "x")
    page, problems = page_of()
    assert.equal(1, problems)
    has(page, "not as it was archived", "not a timestamp, or changed", "Lines under a timestamp1 of 4",
      "Orders counted4")
  end)

  it("takes hostile text for text, and lists no more codes than a page should have", function()
    local hostile = "<script>alert(1)</script></td>\" onload='x' & $rows"
    for i = 1, 2 do -- of the codes the most frequent, so that it is listed
      pages.archive(dir, "b" .. i, { manifest = { code = hostile, similarity = hostile, liveRate = hostile,
        occurredTime = hostile, fetched_at = hostile, missing = { hostile } } })
    end
    for i = 1, 60 do
      pages.archive(dir, "a" .. i, { manifest = { code = "9" .. i } })
    end
    support.write_file(dir .. "/<b>.txt", "")
    local page, problems = page_of(nil, "<i>\"}</style>\226\128\174")
    assert.equal(1, problems)
    has(page, "<i>\"}</style>", "<b>.txt", "<script>alert(1)</script></td>", "21 codes more", "⟦U+202E⟧")
  end)
end)
