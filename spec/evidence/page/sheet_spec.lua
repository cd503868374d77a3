-- The page of an order: what an auditor reads on it, and that nothing in an archive can make it say or do more.

local archives = require "facequery.evidence"
local certificates = require "help.certificates"
local core = require "facequery.core"
local facequery = require "facequery"
local pages = require "help.pages"
local sheet = require "facequery.evidence.page.sheet"
local support = require "help.support"
local tsa = require "help.tsa"

local must, order = support.must, support.order

describe("a sheet", function()
  local folder, dir
  before_each(function()
    folder = support.folder()
    dir = folder .. "/evidence"
  end)
  after_each(function() support.remove_folder(folder) end)

  local function archive(word, options)
    local client, order_no = assert(facequery.new()), order(word)
    local bundle, err = client:archive { order_no = order_no, dir = dir, attempts = 1, interval = 0.01,
      incomplete = options and options.incomplete, hashes = options and options.hashes,
      encrypt_to = options and options.encrypt_to }
    client:close()
    assert(bundle or err.bundle, tostring(err))
    return order_no
  end

  local function has(page, ...)
    for _, text in ipairs { ... } do
      assert.is_truthy(page.text:find(text, 1, true), ("no %q in:\n%s"):format(text, page.text))
    end
    assert.same({}, page.errors)
  end

  local function has_not(page, ...)
    for _, text in ipairs { ... } do
      assert.is_falsy(page.text:find(text, 1, true), ("%q in:\n%s"):format(text, page.text))
    end
  end

  local function bundle(order_no, file) return ("%s/%s"):format(support.bundle_path(dir, order_no), file) end

  it("of a verified order says so, in valid HTML, with the photo, the video, the scores and the digests", function()
    local order_no = archive("verified", { hashes = { "sm3" } })
    local page, about = pages.sheet(dir, order_no)
    assert.equal(0, about.problems)
    has(page, order_no, "Verified", "As it was archived", "88.01", "99", "The service named no risk.",
      support.sha256(bundle(order_no, "photo.jpg")), support.sha256(bundle(order_no, "manifest.json")),
      must("openssl dgst -sm3 -r " .. bundle(order_no, "video.mp4")):match "^%x+",
      must(("tail -1 %s/index.jsonl"):format(dir)), "no trusted timestamp",
      "What this page shows of photo and video are the files' own bytes", "The service's answer 1 of 1",
      "ConnectionTLSv1.3", "Also in the manifest")
    has_not(page, '"tls"', "exchanges")
    assert.same({
      img = { mime = "image/jpeg", sha256 = support.sha256(support.medium_path "photo.jpg") },
      video = { mime = "video/mp4", sha256 = support.sha256(support.medium_path "video.mp4") },
    }, page.media)
  end)

  it("of a rejected order says why, and names the risks, in both languages", function()
    local order_no = archive "rejected"
    has(pages.sheet(dir, order_no), "Not verified", "66660004", "recapture attack", "(03)", "(12)")
    has(pages.sheet(dir, order_no, { lang = "zh" }), "核身未通过", "66660004", "疑似翻拍攻击", "脸部区域疑似存在攻击痕迹",
      "与归档时一致")
  end)

  it("speaks one language", function()
    local order_no = archive "rejected"
    local record = support.read_file(bundle(order_no, "record.json"))
    local text = pages.sheet(dir, order_no).text:gsub(record:match '"msg":"([^"]*)"', "")
    assert.is_nil(text:find "[\228-\233][\128-\191][\128-\191]")
    has_not(pages.sheet(dir, order_no, { lang = "zh" }), " the ", "The ", " is ", "Risk")
  end)

  it("says what the service had not, and what came damaged, and where it is", function()
    local page = pages.sheet(dir, archive("nomedia", { incomplete = true }))
    has(page, "The service had no photo.", "The service had no video.")
    assert.same({}, page.media)
    has_not(page, "What this page shows of photo and video")
    assert.is_nil(page.policy:find "img%-src")
    page = pages.sheet(dir, archive("badbase64", { incomplete = true }))
    has(page, "It came damaged", "offset 1000", "photo.base64", "byte for byte")
    assert.same({ "video/mp4" }, { page.media.video.mime, page.media.img })
  end)

  it("of an encrypted order says that photo, video, result and record are encrypted, and where", function()
    local order_no = archive("rejected", { encrypt_to = { certificates.make(folder, "audit", "ec").pem } })
    local page, about = pages.sheet(dir, order_no)
    assert.equal(0, about.problems)
    has(page, "Not verified", "As it was archived", "It is kept encrypted, in the file photo.jpg.cms of the bundle",
      "It is kept encrypted, in the file record.json.cms of the bundle",
      support.sha256(bundle(order_no, "video.mp4.cms")))
    has_not(page, "The service named no risk.", "none given", "is not there as it was archived")
    assert.same({}, page.media)
    has(pages.sheet(dir, order_no, { lang = "zh" }), "已加密保存于存证包中的文件 record.json.cms")
    support.write_file(bundle(order_no, "record.json.cms"), "x")
    has(pages.sheet(dir, order_no), "record.json.cms is not as it was archived, and is not shown.")
  end)

  it("says of a purged order that it is gone, and since when, with the log's lines", function()
    local order_no = archive "size30x40n"
    local place = assert(archives.open(dir))
    assert.equal(1, require("facequery.evidence.purge").run(place, -10, function() end))
    place:close()
    local page, about = pages.sheet(dir, order_no)
    assert.equal(0, about.problems)
    local log = support.log(dir)
    has(page, "Deleted", log[2].time, log[1].digest, log[2].digest)
    has_not(page, "Verified", "88.01")
  end)

  it("says on top what is not as it was archived, and shows nothing of it", function()
    local order_no = archive "verified"
    support.write_file(bundle(order_no, "photo.jpg"), "another photo")
    local page, about = pages.sheet(dir, order_no)
    assert.equal(1, about.problems)
    has(page, "not as it was archived", "photo.jpg: 13 bytes instead of", "is not shown")
    has_not(page, "As it was archived")
    assert.is_true(page.text:find("13 bytes", 1, true) < page.text:find("Result", 1, true))
    assert.same({ nil, "video/mp4" }, { page.media.img, page.media.video.mime })
    has(pages.sheet(dir, order_no, { lang = "zh" }), "本存证与归档时不一致", "实为 13 字节")
    -- Where the manifest is another one, nothing that it says is shown.
    support.write_file(bundle(order_no, "manifest.json"),
      (support.read_file(bundle(order_no, "manifest.json")):gsub("88%.01", "99.99")))
    page, about = pages.sheet(dir, order_no)
    assert.equal(2, about.problems)
    has(page, "Nothing is proven", "not the one that the log tells of")
    has_not(page, "99.99", "88.01")
    assert.same({}, page.media)
  end)

  it("says what is wrong with the log, too", function()
    local first, second = archive "size30x40n", archive "size30x40n"
    local log = support.read_file(dir .. "/index.jsonl")
    support.write_file(dir .. "/index.jsonl", (log:gsub("^[^\n]*\n", "")))
    local page, about = pages.sheet(dir, second)
    assert.equal(1, about.problems)
    has(page, "line 1", "does not follow the line before", "Verified")
    page, about = pages.sheet(dir, first)
    assert.equal(2, about.problems)
    has(page, "not in the log", "Nothing is proven")
    -- Another order's line, and the log's last, which none follows.
    support.write_file(dir .. "/index.jsonl", (log:gsub('"time":"2', '"time":"1', 1)))
    page, about = pages.sheet(dir, second)
    assert.equal(1, about.problems)
    has(page, "line 2: does not follow the line before", "Verified")
    support.write_file(dir .. "/index.jsonl", (log:gsub('(.*)"time":"2', '%1"time":"1')))
    page, about = pages.sheet(dir, first)
    assert.equal(1, about.problems)
    has(page, "line 2: not an entry of a log, or changed")
  end)

  it("names the first hundred things that are wrong, and how many more there are", function()
    local order_no = archive "size30x40n"
    local log = assert(io.open(dir .. "/index.jsonl", "ab"))
    log:write(("x\n"):rep(150))
    log:close()
    local page, about = pages.sheet(dir, order_no)
    assert.equal(150, about.problems)
    has(page, "line 101: not an entry of a log, or changed", "and 50 more, which facequery verify names", "Verified")
    has_not(page, "line 102")
  end)

  it("is of no order that the archive has never had", function()
    archive "size30x40n"
    local file = assert(core.new_file(folder .. "/page"))
    local about, failure = sheet.write(archives.at(dir), "never1", file)
    assert.same({ nil, "NOT_ARCHIVED" }, { about, failure.status })
    file:close()
  end)

  it("has commands that check it, and that find what was changed", function()
    archive "size30x40n"
    local order_no = archive "verified"
    local page = pages.sheet(dir, order_no)
    local ran = must(("cp -r %s %s/copy && cp %s/index.jsonl %s/copy && echo"):format(bundle(order_no, ""), folder, dir,
      folder))
    for _, command in ipairs(page.commands) do
      if command:find "^sha256sum" or command:find "^sed" then
        ran = ran .. must(("cd %s/copy && {\n%s\n}"):format(folder, command)) .. "\n"
      end
    end
    local entry, previous = support.log(dir)[2], support.log(dir)[1]
    assert.equal(("photo.jpg: OK\nrecord.json: OK\nvideo.mp4: OK\nmanifest.json: OK\n%s\n%s  -\n%s  -\n"):format(
      must(("tail -1 %s/index.jsonl"):format(dir)), entry.digest, entry.previous), ran)
    has(page, entry.digest, entry.previous)
    assert.is_not_equal(previous.previous, entry.previous)
    support.write_file(folder .. "/copy/photo.jpg", "another")
    assert.equal(1, select(2, support.shell(("cd %s/copy && {\n%s\n}"):format(folder, page.commands[2]))))
  end)

  local function seal(way)
    local sealed = assert(archives.seal(archives.at(dir), { tsa = { { url = tsa.url(way) } },
      send = require("facequery.tsa").new() }))
    assert.equal(way and 1 or 0, #sealed.failures)
    return sealed
  end

  it("tells of the first trusted timestamp that covers the order's line, and how to check it", function()
    local order_no = archive "size30x40n"
    seal "down"
    archive "size30x40n"
    local stamp = seal()
    archive "size30x40n"
    seal()
    local page, about = pages.sheet(dir, order_no, { tsa_ca = tsa.ca() })
    assert.equal(0, about.problems)
    has(page, "CN=facequery sandbox TSA confirms that the log's first 2 lines", stamp.stamps[1].time, stamp.root,
      "seals/" .. stamp.stamps[1].file, "one that the maker of this page trusts", "was revoked was not judged")
    has_not(page, "no trusted timestamp", "first 3 lines")
    local command
    for _, one in ipairs(page.commands) do
      command = one:find "^openssl ts" and one or command
    end
    support.write_file(dir .. "/tsa-ca.pem", tsa.ca())
    assert.matches("Verification: OK", must(("cd %s && %s 2>&1"):format(dir, command)), 1, true)
    has(pages.sheet(dir, order_no), "Who issued the authority's certificate was not looked at")
    has(pages.sheet(dir, order_no, { lang = "zh" }), "证明：日志前 2 行（含本订单）于 " .. stamp.stamps[1].time)
  end)

  it("names on top a timestamp that is wrong, and shows none", function()
    archive "size30x40n"
    local order_no = archive "size30x40n"
    local stamp = seal().stamps[1]
    support.write_file(dir .. "/seals/notes.txt", "") -- which is not about this order
    local log = support.read_file(dir .. "/index.jsonl")
    support.write_file(dir .. "/index.jsonl", (log:gsub('"time":"2', '"time":"1', 1)))
    has(pages.sheet(dir, order_no), "has another root than the log's first 2 lines")
    has_not(pages.sheet(dir, order_no), "confirms that", "notes.txt")
    support.write_file(dir .. "/index.jsonl", log)
    local path = dir .. "/seals/" .. stamp.file
    support.write_file(path, (support.read_file(path):sub(1, -2)))
    local page, about = pages.sheet(dir, order_no)
    assert.equal(1, about.problems)
    has(page, "seals/" .. stamp.file .. ": not a timestamp, or changed", "no trusted timestamp")
    has_not(page, "confirms that")
    has(pages.sheet(dir, order_no, { lang = "zh" }), "不是时间戳，或已被改动")
  end)

  it("takes no more memory for 40 MB of video than for none", function()
    local function peak(word)
      local order_no = archive(word)
      return tonumber(support.elsewhere(folder .. "/" .. order_no, ([[
        local file = core.new_file(path)
        assert(require("facequery.evidence.page.sheet").write(require("facequery.evidence").at %q, %q, file))
        assert(file:commit())
        print(io.open("/proc/self/status"):read("*a"):match "VmHWM:%%s*(%%d+)")]]):format(dir, order_no)))
    end
    local small, large = peak "size30x40n", peak "size30x40mn"
    assert.is_true(large - small < 4 * 1024, ("%d KiB more"):format(large - small))
  end)

  it("is no page at all where a file changes while it is made", function()
    local order_no = archive "verified"
    local place, file = archives.at(dir), assert(core.new_file(folder .. "/page"))
    local embed = place.embed
    place.embed = function(...)
      support.write_file(bundle(order_no, "photo.jpg"), "another photo")
      return embed(...)
    end
    local about, failure = sheet.write(place, order_no, file)
    assert.same({ nil, "BUNDLE_INVALID", "photo.jpg" }, { about, failure.status, failure.field })
    file:close()
  end)
end)
