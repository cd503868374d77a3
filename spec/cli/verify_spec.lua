-- facequery verify: what it names, and where it works.

local archives = require "help.archives"
local cjson = require "cjson"
local cli = require "help.cli"
local support = require "help.support"

local must, orders_of = support.must, support.orders_of
local run = cli.shell
local sorted = archives.sorted

describe("the command verify", function()
  local folder, dir, list
  before_each(function() folder, dir, list = archives.begin() end)
  after_each(function() support.remove_folder(folder) end)

  local function write_list(lines) archives.write_list(list, lines) end
  local function archive(arguments, how) return archives.run(list, dir, arguments, how) end

  it("names what does not match by its path, and ends with 1", function()
    local orders = orders_of("size30x40n", 2)
    write_list(orders)
    archive()
    local other = folder .. "/other"
    must(("cp -a %s %s"):format(dir, other))
    local one, two = support.bundle_path(dir, orders[1]), support.bundle_path(dir, orders[2])
    support.write_file(one .. "/photo.jpg", "another photo")
    os.remove(two .. "/video.mp4")
    support.write_file(dir .. "/notes.txt", "")
    local output, messages, status = run(("verify %s %s"):format(dir, other))
    local expected = {
      one .. "/photo.jpg: 13 bytes instead of 30",
      two .. "/video.mp4: missing",
      ("%s/notes.txt: not in the log"):format(dir),
    }
    table.sort(expected)
    assert.same(expected, sorted(output))
    assert.equal(7, status)
    local head = must(("tail -1 %s/index.jsonl | tr -d '\\n' | sha256sum"):format(other)):match "^%x+"
    assert.equal(("%s: 2 bundles, 3 problems, head %s\n%s: 2 bundles, 0 problems, head %s"):format(
      dir, head, other, head), messages)
    assert.equal(0, select(3, run("verify " .. other)))
  end)

  it("holds the log to a head that was noted before, and names a log that was cut or begun anew", function()
    write_list(orders_of("size30x40n", 2))
    archive()
    local heads = {}
    for number = 1, 2 do
      heads[number] = must(("sed -n %dp %s/index.jsonl | tr -d '\\n' | sha256sum"):format(number, dir)):match "^%x+"
    end
    for _, head in ipairs { heads[1], heads[2]:upper(), ("0"):rep(64) } do
      assert.same({ "", 0 }, { (run(("verify --head %s %s"):format(head, dir))), select(3, run("verify " .. dir)) })
    end
    local cut = must(("tail -1 %s/index.jsonl"):format(dir)):match '"order_no":"(%w+)"'
    must(("cd %s && sed -i '$d' index.jsonl && rm -r %s"):format(dir, support.place_of(dir, cut)))
    assert.equal(0, select(3, run("verify " .. dir))) -- which is why heads are noted
    local output, _, status = run(("verify --head %s %s"):format(heads[2], dir))
    assert.same({ dir .. "/index.jsonl: the head that was noted is on no line: the log was cut, or begun anew", 7 },
      { output, status })
    assert.equal(0, select(3, run(("verify --head %s %s"):format(heads[1], dir))))
    for _, wrong in ipairs { "x", ("0"):rep(63), ("g"):rep(64) } do
      assert.equal(2, select(3, run(("verify --head %s %s"):format(wrong, dir))))
    end
  end)

  it("prints a line of JSON for each problem and one for the archive", function()
    local orders = orders_of("size30x40n", 1)
    write_list(orders)
    archive()
    local name = support.place_of(dir, orders[1])
    os.remove(("%s/%s/video.mp4"):format(dir, name))
    local output, _, status = run("verify --json " .. dir)
    local problem, summary = output:match "^([^\n]*)\n([^\n]*)$"
    assert.same({ dir = dir, path = name .. "/video.mp4", problem = "missing" }, cjson.decode(problem))
    local head = must(("tail -1 %s/index.jsonl | tr -d '\\n' | sha256sum"):format(dir)):match "^%x+"
    assert.same({ dir = dir, bundles = 1, problems = 1, mended = 0, head = head }, cjson.decode(summary))
    assert.equal(7, status)
  end)

  it("works offline, on a disk that can't be written", function()
    write_list(orders_of("size30x40n", 2))
    archive()
    local copy = folder .. "/copy"
    must("mkdir " .. copy)
    if not support.mount(copy, "size=1m") then
      return pending "needs to mount"
    end
    finally(function() support.unmount(copy) end)
    must(("cp -a %s/. %s && mount -o remount,ro %s"):format(dir, copy, copy))
    local output, messages, status = run("verify " .. copy, "FACEQUERY_BASE_URL=http://127.0.0.1:1 FACEQUERY_TICKET=")
    assert.same({ "", 0 }, { output, status }, messages)
  end)

  it("notes a run that was killed, which is no problem, and verifies each of several folders", function()
    write_list(orders_of("size30x40n", 1))
    archive()
    local _, killed = support.start_lua(([[
      require("facequery.evidence").open(%q)
      os.execute("kill -KILL " .. io.open "/proc/self/stat":read "*n")]]):format(dir)).wait()
    assert.equal(137, killed)
    local output, messages, status = run("verify " .. dir)
    assert.same({ "", 0 }, { output, status })
    assert.matches("/.run-", messages, 1, true)
    assert.matches(": left by a run that was killed; the archive's next run removes it\n", messages, 1, true)
    output, messages, status = run(("verify --jobs 1 %s/none %s"):format(folder, dir))
    assert.same({ "", 7 }, { output, status })
    assert.matches("none: not a folder (storage NO_FOLDER)\n", messages, 1, true)
    assert.matches(dir .. ": 1 bundles, 0 problems, head ", messages, 1, true)
    for _, jobs in ipairs { "0", "1.5", "257", "all" } do
      assert.equal(2, select(3, run(("verify --jobs %s %s"):format(jobs, dir))))
    end
  end)

  it("shows on a terminal how far it is, and nothing of it elsewhere", function()
    write_list(orders_of("size200kx300kn", 2))
    archive()
    local command = cli.words("verify " .. dir)
    local drawn = must(("TERM=xterm script -qec %s /dev/null </dev/null"):format(support.quote(command)))
    assert.matches("\r%[[#-]+%]  %d", drawn)
    assert.matches("\r\27%[K[^\r]*: 2 bundles, 0 problems, head %x+\r?$", drawn)
    assert.is_nil(must(command .. " 2>&1"):find("[\r\27]"))
  end)

  it("tells of lines mended after a crash", function()
    local orders = orders_of("size30x40n", 2)
    write_list(orders)
    archive()
    must(("sed -i '$d' %s/index.jsonl"):format(dir))
    local output, _, status = run("verify " .. dir)
    assert.equal(7, status)
    assert.matches(": not in the log$", output)
    must(("mkdir %s/.run-killed"):format(dir))
    archive()
    local _, messages, mended = run("verify " .. dir)
    assert.equal(0, mended)
    assert.matches("2 bundles, 0 problems, 1 lines mended after a crash, head ", messages, 1, true)
  end)
end)
