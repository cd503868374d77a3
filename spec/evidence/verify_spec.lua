-- Verifying an archive: that it passes as it was made, and that nothing can be done to it unseen.

local archives = require "facequery.evidence"
local facequery = require "facequery"
local purge = require "facequery.evidence.purge"
local support = require "help.support"

local must, order, quote, verify = support.must, support.order, support.quote, support.verify

describe("verify", function()
  -- An archive that every spec has a copy of: orders of several kinds, and a purged one.
  local folder, original, dir, orders, purged, names
  lazy_setup(function()
    folder = support.folder()
    original, orders = folder .. "/original", {}
    local client = assert(facequery.new())
    purged = order "size30x40n"
    assert(client:archive { order_no = purged, dir = original })
    local archive = assert(archives.open(original))
    assert.equal(1, purge.run(archive, -5, function() end))
    archive:close()
    for i, word in ipairs { "size30x40n", "rejectednomedia", "latesize20x20n" } do
      orders[i] = order(word)
      assert(client:archive { order_no = orders[i], dir = original, interval = 0,
        hashes = i == 1 and { "sm3" } or nil })
    end
    client:close()
    names = {}
    for i, order_no in ipairs(orders) do
      names[i] = support.place_of(original, order_no)
    end
  end)
  lazy_teardown(function() support.remove_folder(folder) end)

  before_each(function()
    dir = folder .. "/evidence"
    must(("rm -rf %s && cp -a %s %s"):format(dir, original, dir))
  end)

  local function write_log(lines)
    support.write_file(dir .. "/index.jsonl", #lines > 0 and table.concat(lines, "\n") .. "\n" or "")
  end

  local function log_lines()
    local lines = {}
    for line in support.read_file(dir .. "/index.jsonl"):gmatch "[^\n]+" do
      lines[#lines + 1] = line
    end
    return lines
  end

  local UNCHAINED = "does not follow the line before: one was changed, added or taken away"
  local CHANGED = "not an entry of a log, or changed"

  it("finds nothing wrong with an archive as it was made, and says how much it is", function()
    local problems, found = verify(dir)
    assert.same({}, problems)
    assert.same({
      bundles = 3, problems = 0, mended = 0,
      head = must(("tail -1 %s/index.jsonl | tr -d '\\n' | sha256sum"):format(dir)):match "^%x+",
    }, found)
  end)

  it("changes nothing, and needs no right to", function()
    local function state()
      return must(("cd %s && find . | xargs stat -c '%%n %%y %%z' | sort"):format(dir))
    end
    local before = state()
    verify(dir)
    assert.equal(before, state())
  end)

  it("finds any flipped bit in any file", function()
    -- Every byte would take long under the sanitizers; a step with no common divisor visits all bits.
    local step = support.is_asan and 41 or 3
    local missed, flipped = {}, 0
    local files = must(("cd %s && find . -type f ! -name .lock | sort"):format(dir))
    for name in files:gmatch "%./([^\n]+)" do
      local path = dir .. "/" .. name
      local bytes = support.read_file(path)
      for position = 1 + #name % step, #bytes, step do
        local byte = bytes:byte(position)
        local mask = 2 ^ (position % 8)
        local other = math.floor(byte / mask) % 2 == 1 and byte - mask or byte + mask
        support.write_file(path, bytes:sub(1, position - 1) .. string.char(other) .. bytes:sub(position + 1))
        flipped = flipped + 1
        if #verify(dir) == 0 then
          missed[#missed + 1] = name .. ":" .. position
        end
      end
      support.write_file(path, bytes)
    end
    assert.same({}, missed)
    assert.is_true(flipped > (support.is_asan and 80 or 1000), flipped)
    assert.same({}, (verify(dir)))
  end)

  it("finds any of the log's last bytes changed, which no line follows", function()
    local log = support.read_file(dir .. "/index.jsonl")
    local last = log:find "[^\n]*\n$"
    for position = last, #log do
      for _, byte in ipairs { 0, 32, 48, 57, 10 } do
        local text = log:sub(1, position - 1) .. string.char(byte) .. log:sub(position + 1)
        if text ~= log then
          support.write_file(dir .. "/index.jsonl", text)
          assert.is_true(#verify(dir) > 0, position .. " " .. byte)
        end
      end
    end
  end)

  it("names each file that is missing or cut", function()
    local files = must(("cd %s && find . -type f -path './*/*'"):format(dir))
    local count = 0
    for name in files:gmatch "%./([^\n]+)" do
      local path = dir .. "/" .. name
      local bytes = support.read_file(path)
      os.remove(path)
      local problem = name:find "manifest" and "missing or unreadable" or "missing"
      assert.same({ name .. ": " .. problem }, (verify(dir)))
      support.write_file(path, bytes:sub(1, -2))
      local problems = verify(dir)
      assert.equal(1, #problems)
      assert.equal(name, problems[1]:match "^([^:]+):")
      support.write_file(path, bytes .. "x")
      assert.equal(name, verify(dir)[1]:match "^([^:]+):")
      support.write_file(path, bytes)
      count = count + 1
    end
    assert.equal(10, count)
    assert.same({}, (verify(dir)))
  end)

  it("names what is foreign, in the archive and in a bundle", function()
    must(("cd %s && touch notes.txt .hidden .run-file index.jsonl.bak && mkdir a1 && ln -s %s link && mkdir .run-abc"
      .. " && touch %s/notes.txt %s/.hidden"):format(dir, names[1], names[1], names[2]))
    local expected = {
      ".hidden: not in the log", ".run-file: not in the log", "a1: not in the log",
      "index.jsonl.bak: not in the log", "link: not in the log", "notes.txt: not in the log",
      names[1] .. "/notes.txt: not in the manifest", names[2] .. "/.hidden: not in the manifest",
    }
    table.sort(expected)
    assert.same(expected, (verify(dir)))
  end)

  it("notes what a run has left that was killed: nobody was at the archive", function()
    local _, status = support.start_lua(([[
      local archive = require("facequery.evidence").open(%q)
      assert(require("facequery.core").write_draft(archive.area .. "/a1", "half a bundle"))
      os.execute("kill -KILL " .. io.open "/proc/self/stat":read "*n")]]):format(dir)).wait()
    assert.equal(137, status)
    local notes = {}
    local result = require("facequery.evidence.verify").run(archives.at(dir), error, function(path, text)
      notes[#notes + 1] = path:gsub("%-%w+$", "-") .. ": " .. text
    end)
    assert.equal(0, result.problems)
    assert.same({ ".run-: left by a run that was killed; the archive's next run removes it" }, notes)
  end)

  it("leaves a run alone that lives, and its unfinished bundles", function()
    local archive = assert(archives.open(dir))
    support.write_file(archive.area .. "/a1", "half a bundle")
    assert.same({}, (verify(dir)))
    archive:close()
  end)

  it("names a bundle that was taken away, added, renamed, swapped or put in a link's place", function()
    local one, two = dir .. "/" .. names[1], dir .. "/" .. names[2]
    local gone = ": in the log, but not there"
    must(("mv %s %s/aside"):format(one, folder))
    assert.same({ orders[1] .. gone }, (verify(dir)))
    must(("ln -s %s/aside %s"):format(folder, one))
    assert.same({ names[1] .. ": not in the log", orders[1] .. gone }, (verify(dir)))
    must(("rm %s && mv %s/aside %s/other1"):format(one, folder, dir))
    local expected = { "other1: not in the log", orders[1] .. gone }
    table.sort(expected)
    assert.same(expected, (verify(dir)))
    must(("mv %s/other1 %s && cp -a %s %s/copy1"):format(dir, one, one, dir))
    assert.same({ "copy1: not in the log" }, (verify(dir)))
    must(("rm -r %s/copy1 && mv %s %s/x && mv %s %s && mv %s/x %s"):format(dir, one, folder, two, one, folder, two))
    local problem = "/manifest.json: about another order"
    expected = { names[1] .. problem, names[2] .. problem }
    table.sort(expected)
    assert.same(expected, (verify(dir)))
  end)

  it("names a bundle that was made anew with other content and a manifest that fits", function()
    local path = dir .. "/" .. names[1]
    support.write_file(path .. "/photo.jpg", "another face")
    local digest = must(("sha256sum %s/photo.jpg"):format(path)):match "^%x+"
    local sm3 = must(("openssl dgst -sm3 -r %s/photo.jpg"):format(path)):match "^%x+"
    local cjson = require "cjson"
    local content = cjson.decode(support.read_file(path .. "/manifest.json"))
    content.rebuild = false -- with which nobody makes the answer again
    content.files["photo.jpg"] = { size = 12, mime = "image/jpeg", sha256 = digest, sm3 = sm3 }
    support.write_file(path .. "/manifest.json", cjson.encode(content) .. "\n")
    assert.same({ names[1] .. "/manifest.json: not the one that the log tells of" }, (verify(dir)))
  end)

  it("finds a purged bundle that came back", function()
    must(("cp -a %s/%s %s/%s"):format(dir, names[1], dir, purged))
    assert.same({ purged .. ": not in the log" }, (verify(dir)))
  end)

  it("finds a line of the log taken away, wherever", function()
    local lines = log_lines()
    for number = 1, #lines do
      write_log(lines)
      local left = log_lines()
      table.remove(left, number)
      write_log(left)
      local problems = table.concat((verify(dir)), "\n")
      if number < #lines then
        assert.matches(("index.jsonl, line %d: %s"):format(number, UNCHAINED), problems, 1, true)
      else
        assert.equal(names[3] .. ": not in the log", problems)
      end
    end
  end)

  it("finds lines duplicated, swapped, changed, added or emptied", function()
    local lines = log_lines()
    local function with(change)
      write_log(lines)
      local copy = log_lines()
      change(copy)
      write_log(copy)
      return verify(dir)
    end
    for number = 1, #lines do
      assert.is_true(#with(function(copy) table.insert(copy, number, copy[number]) end) > 0)
      assert.is_true(#with(function(copy) table.insert(copy, copy[number]) end) > 0)
      assert.is_true(#with(function(copy) table.insert(copy, number, "") end) > 0)
      assert.is_true(#with(function(copy) copy[number] = copy[number]:gsub('"time":"2', '"time":"1') end) > 0)
      assert.is_true(#with(function(copy) copy[number] = copy[number] .. " " end) > 0)
      for other = number + 1, #lines do
        assert.is_true(#with(function(copy) copy[number], copy[other] = copy[other], copy[number] end) > 0)
      end
    end
    assert.matches(CHANGED, with(function(copy) copy[5] = '{"action":"archived"}' end)[2], 1, true)
  end)

  it("finds a log cut in a line, emptied or taken away", function()
    local log = support.read_file(dir .. "/index.jsonl")
    support.write_file(dir .. "/index.jsonl", log:sub(1, -2))
    assert.same({ names[3] .. ": not in the log",
      "index.jsonl, line 5: unfinished; the archive's next run mends that" }, (verify(dir)))
    for _, change in ipairs { "truncate -s 0", "rm" } do
      must(("%s %s/index.jsonl"):format(change, dir))
      local problems, found = verify(dir)
      local expected = { names[1] .. ": not in the log", names[2] .. ": not in the log",
        names[3] .. ": not in the log" }
      table.sort(expected)
      assert.same(expected, problems)
      assert.equal(("0"):rep(64), found.head)
    end
  end)

  it("of a log cut at its end together with its bundles prints another head", function()
    local _, before = verify(dir)
    local lines = log_lines()
    table.remove(lines)
    write_log(lines)
    must(("rm -r %s/%s"):format(dir, names[3]))
    local problems, after = verify(dir)
    assert.same({}, problems)
    assert.not_equal(before.head, after.head)
  end)

  it("finds a chain that was made anew after a change in the middle, by its head", function()
    local core, cjson = require "facequery.core", require "cjson"
    local _, before = verify(dir)
    local lines, previous = log_lines(), ("0"):rep(64)
    for number, line in ipairs(lines) do
      local entry = cjson.decode(line)
      entry.previous, entry.digest = previous, nil
      entry.time = number == 2 and "2001-01-01T00:00:00Z" or entry.time
      local text = cjson.encode(entry)
      lines[number] = ('%s,"digest":"%s"}'):format(text:sub(1, -2), core.digest(text).sha256)
      previous = core.digest(lines[number]).sha256
    end
    write_log(lines)
    local problems, after = verify(dir)
    assert.same({}, problems)
    assert.not_equal(before.head, after.head)
  end)

  it("finds what is in the place of the archive's lock", function()
    local text = ".lock: not the archive's: it is an empty file"
    support.write_file(dir .. "/.lock", "x")
    assert.same({ text }, (verify(dir)))
    must(("rm %s/.lock && mkdir %s/.lock"):format(dir, dir))
    assert.same({ text }, (verify(dir)))
  end)

  it("names a bundle that can't be listed, and goes on", function()
    must(("chmod 300 %s/%s"):format(dir, names[1]))
    local found = must(support.without_privileges() .. support.lua_command(([[
      local archive = require("facequery.evidence").at(%q)
      local result = require("facequery.evidence.verify").run(archive, print)
      print(result.bundles, result.problems)]]):format(dir)))
    assert.equal(("%s/\tcan't be listed: Permission denied\n3\t1"):format(names[1]), found)
  end)

  it("notes that a bundle was taken away, also when the order was archived again", function()
    must(("rm -r %s/%s"):format(dir, names[1]))
    local client = assert(facequery.new())
    assert(client:archive { order_no = orders[1], dir = dir })
    client:close()
    local notes = {}
    local result = require("facequery.evidence.verify").run(archives.at(dir), error, function(path, text)
      notes[#notes + 1] = path .. ": " .. text
    end)
    assert.equal(0, result.problems)
    assert.same({ ("index.jsonl, line 6: %s was archived before, and its bundle taken away without a word")
      :format(orders[1]) }, notes)
  end)

  it("finds nothing wrong while runs archive and purge", function()
    local list, done = {}, 0
    for i = 1, 40 do
      list[i] = order "size20x20n"
    end
    support.write_file(folder .. "/list", table.concat(list, "\n"))
    local run = support.start_lua(([[
      local client, orders = require("facequery").new(), io.lines(%q)
      for order_no, bundle in client:each(orders, { dir = %q, concurrency = 4, method = "poll" }) do
        assert(bundle)
        local archive = require("facequery.evidence").open(%q)
        require("facequery.evidence.purge").run(archive, -5, function() end)
        archive:close()
      end]]):format(folder .. "/list", dir, dir))
    repeat
      assert.same({}, (verify(dir)))
      done = done + 1
    until run.ended()
    assert.same({ "", 0 }, { run.wait() })
    assert.is_true(done > 2, done)
  end)

  it("of what is no folder says so; of an empty one nothing", function()
    for path, why in pairs {
      [folder .. "/none"] = "No such file or directory", [dir .. "/index.jsonl"] = "Not a directory",
    } do
      local problems, found = verify(path)
      assert.same({ { ".: can't be listed: " .. why }, 1 }, { problems, found.problems })
    end
    must("mkdir " .. quote(folder .. "/empty"))
    local problems, found = verify(folder .. "/empty")
    assert.same({ {}, 0 }, { problems, found.bundles })
  end)
end)
