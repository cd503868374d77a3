-- An archive on the disk: its folder, its lock, and what runs leave that were killed.

local archives = require "facequery.evidence"
local core = require "facequery.core"
local facequery = require "facequery"
local place_contract = require "help.place_contract"
local support = require "help.support"

local must, order, quote = support.must, support.order, support.quote

describe("a disk is a place:", function()
  place_contract(function()
    local folder = support.folder()
    local dir = folder .. "/evidence"
    return {
      expression = ("require('facequery.evidence').at(%q)"):format(dir),
      tear = function(bytes)
        local log = assert(io.open(dir .. "/index.jsonl", "ab"))
        assert(log:write(bytes))
        log:close()
      end,
      remove = function() support.remove_folder(folder) end,
    }
  end)
end)

describe("an archive on a disk", function()
  local folder, dir
  before_each(function()
    folder = support.folder()
    dir = folder .. "/evidence"
  end)
  after_each(function() support.remove_folder(folder) end)

  -- The names of the folders of unfinished bundles.
  local function areas()
    return must(("ls -A %s | grep '^[.]run-' || :"):format(quote(dir)))
  end

  it("is a folder of its owner's, made where it is missing", function()
    local archive = assert(archives.open(dir .. "//"))
    assert.equal("700", must("stat -c %a " .. dir))
    assert.equal(dir .. "/2026/11/26/a1", archive:location "2026/11/26/a1")
    archive:close()
    assert.equal(".lock", support.list(dir))
    assert.equal("600", must("stat -c %a " .. dir .. "/.lock"))
    -- The owner's folder stays as it was.
    must("chmod 750 " .. dir)
    assert(archives.open(dir)):close()
    assert.equal("750", must("stat -c %a " .. dir))
  end)

  it("embeds a bundle's file as base64 in another, and tells the digests of what it read", function()
    local archive, page = assert(archives.open(dir)), assert(core.new_file(folder .. "/page"))
    local draft = assert(archive:begin "a1")
    draft.fetched_at = "2026-11-26T10:00:00Z"
    assert(draft:write("photo.bin", "\0\255a1"))
    assert.is_true(archive:locked(function() return archive:commit(draft) end))
    assert.same(archive:digest(draft.name, "photo.bin", { "sha256", "sm3" }),
      archive:embed(draft.name, "photo.bin", page, { "sha256", "sm3" }))
    local digests, failure = archive:embed(draft.name, "video.mp4", page, { "sha256" })
    assert.same({ nil, "FILE_MISSING" }, { digests, failure.status })
    assert(page:commit())
    archive:close()
    assert.equal("AP9hMQ==", support.read_file(folder .. "/page")) -- printf '\0\377a1' | base64
  end)

  it("has a folder for each run's unfinished bundles, as long as the run lasts", function()
    local one, other = assert(archives.open(dir)), assert(archives.open(dir))
    assert.equal(2, select(2, areas():gsub("%.run%-", "")))
    support.write_file(one.area .. "/a1", "half a bundle")
    one:close()
    one:close()
    assert.equal(other.area, dir .. "/" .. areas())
    other:close()
    assert.equal("", areas())
  end)

  it("loses what a killed run has left when the next one begins, and nothing of one that lives", function()
    local killed = support.start_lua(([[
      local archive = require("facequery.evidence").open(%q)
      os.execute("mkdir -p " .. archive.area .. "/a1/deep && echo face >" .. archive.area .. "/a1/photo")
      io.stdout:write "ready"
      io.stdout:flush()
      require("facequery.core").sleep(30)
    ]]):format(dir))
    killed.wait_for "ready"
    local living = assert(archives.open(dir))
    support.write_file(living.area .. "/a2", "half a bundle")
    assert.equal(2, select(2, areas():gsub("%.run%-", "")))
    killed.kill()
    killed.wait()
    assert(archives.open(dir)):close()
    assert.equal(living.area, dir .. "/" .. areas())
    assert.equal("half a bundle", support.read_file(living.area .. "/a2"))
    living:close()
    assert.equal(".lock", support.list(dir))
  end)

  it("leaves alone what is not its own, even beside the log", function()
    assert(archives.open(dir)):close()
    support.write_file(dir .. "/index.jsonl.backup", "a copy")
    assert(archives.open(dir)):close()
    assert.equal(".lock\nindex.jsonl.backup", support.list(dir))
  end)

  it("knows its bundles, and what is none", function()
    must(("mkdir -p %s/a1 %s/B2 %s/.hidden '%s/a b' && touch %s/file && ln -s a1 %s/link && ln -s none %s/dangling")
      :format(dir, dir, dir, dir, dir, dir, dir))
    local archive, names = archives.at(dir), {}
    for name in archive:names() do
      names[#names + 1] = name
    end
    table.sort(names, function(a, b) return a:byte() < b:byte() end)
    assert.same({ "B2", "a1" }, names)
    -- Whatever has the name is in the way.
    for name, expected in pairs { a1 = true, file = true, link = true, dangling = true, a2 = false } do
      assert.equal(expected, archive:find(name) ~= nil)
    end
  end)

  it("changes nothing where it is only read", function()
    must("mkdir " .. dir)
    local archive = archives.at(dir)
    assert.is_nil(archive:find "a1")
    assert.is_nil(archive:names()())
    assert.equal("", support.list(dir))
    archives.at(dir .. "none")
    assert.equal("evidence", support.list(folder))
  end)

  it("can't be opened where no folder can be, and says why", function()
    for path, detail in pairs {
      ["/dev/null/evidence"] = "Not a directory",
      [folder .. "/none/evidence"] = "No such file or directory",
    } do
      local archive, failure = archives.open(path)
      assert.is_nil(archive)
      assert.same({ "FILE_UNWRITABLE", detail }, { failure.status, failure.detail })
    end
    support.write_file(dir, "a file")
    local archive, failure = archives.open(dir)
    assert.is_nil(archive)
    assert.equal("FILE_UNWRITABLE", failure.status)
  end)

  it("is shared by processes that archive the same orders at once: each order is there once", function()
    local orders, count = {}, support.is_asan and 20 or 60
    for i = 1, count do
      orders[i] = order(i % 5 == 0 and "latesize30x40n" or "size30x40n")
    end
    support.write_file(folder .. "/orders", table.concat(orders, "\n"))
    local code = ([[
      local orders, client = {}, require("facequery").new()
      for line in io.lines(%q) do orders[#orders + 1] = line end
      for order_no, bundle, err in client:each(orders, { dir = %q, concurrency = 8, interval = 0.02 }) do
        assert(bundle, tostring(err))
        io.write(bundle.existing and "" or order_no .. "\n")
      end
    ]]):format(folder .. "/orders", dir)
    local processes, fresh = {}, ""
    for i = 1, 3 do
      processes[i] = support.start_lua(code)
    end
    for _, process in ipairs(processes) do
      local output, status = process.wait()
      assert.equal(0, status, output)
      fresh = fresh .. output .. "\n"
    end
    -- Each was archived by one of them, and by no other.
    for _, order_no in ipairs(orders) do
      assert.equal(1, select(2, fresh:gsub(order_no .. "\n", "")))
    end
    assert.equal(count, #support.bundles(dir))
    assert.equal(count, #support.log(dir))
    assert.is_true(support.is_clean(dir))
    assert.same({}, (support.verify(dir)))
  end)

  it("has its log read from where a line begins, and knows where the last one ends", function()
    local place = assert(archives.open(dir))
    place:close()
    assert.is_true(place:locked(function() return place:add "one\ntwo\n" end))
    local _, _, _, bytes = place:last()
    assert.equal(8, bytes)
    assert.is_true(place:locked(function() return place:add "three\n" end))
    local next_line = assert(place:lines(bytes))
    assert.same({ "three", true }, { next_line() })
    assert.is_nil((next_line()))
    assert.same({ "two", true }, { assert(place:lines(4))() })
  end)

  it("keeps its log's seals for good, and replaces none", function()
    local seals = archives.at(dir).seals
    assert(archives.open(dir)):close()
    assert.is_nil(assert(seals:names())())
    assert.is_nil((seals:read("1.tree", 10)))
    assert.is_true(seals:add("1.tree", "one\0\n"))
    local ok, failure = seals:add("1.tree", "other")
    assert.same({ nil, "FILE_EXISTS" }, { ok, failure.status })
    assert.same({ "one\0\n" }, { seals:read("1.tree", 5) })
    assert.is_nil((seals:read("1.tree", 4)))
    must(("ln -s 1.tree %s/seals/2.tree"):format(quote(dir)))
    assert.is_nil((seals:read("2.tree", 10)))
    assert.equal("600 700", must(("stat -c %%a %s/seals/1.tree %s/seals | xargs"):format(quote(dir), quote(dir))))
    assert.equal("own", archives.at(dir):about "seals")
    assert.same({}, (support.verify(dir)))
  end)

  it("is written by a process whose neighbour ends in the middle of it", function()
    -- Each closes the archive while others open it.
    local code = ([[
      local archives, client = require "facequery.evidence", require("facequery").new()
      for i = 1, %d do
        local archive = assert(archives.open(%q))
        os.execute("touch " .. archive.area .. "/x")
        archive:close()
      end
    ]]):format(support.is_asan and 20 or 60, dir)
    local processes = {}
    for i = 1, 4 do
      processes[i] = support.start_lua(code)
    end
    for _, process in ipairs(processes) do
      local output, status = process.wait()
      assert.same({ "", 0 }, { output, status })
    end
    assert.equal(".lock", support.list(dir))
  end)

  it("is filled by one client and many runs", function()
    local client = assert(facequery.new())
    for _ = 1, 3 do
      assert(client:archive { order_no = order "size30x40n", dir = dir })
    end
    client:close()
    assert.equal(3, #support.bundles(dir))
    assert.is_true(support.is_clean(dir))
  end)
end)
