-- facequery verify: what it names, and where it works.

local archives = require "help.archives"
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
    support.write_file(("%s/%s/photo.jpg"):format(dir, orders[1]), "another photo")
    os.remove(("%s/%s/video.mp4"):format(dir, orders[2]))
    support.write_file(dir .. "/notes.txt", "")
    local output, messages, status = run(("verify %s %s"):format(dir, other))
    local expected = {
      ("%s/%s/photo.jpg: 13 bytes instead of 30"):format(dir, orders[1]),
      ("%s/%s/video.mp4: missing"):format(dir, orders[2]),
      ("%s/notes.txt: not in the log"):format(dir),
    }
    table.sort(expected)
    assert.same(expected, sorted(output))
    assert.equal(1, status)
    local head = must(("tail -1 %s/index.jsonl | tr -d '\\n' | sha256sum"):format(other)):match "^%x+"
    assert.equal(("%s: 2 bundles, 3 problems, head %s\n%s: 2 bundles, 0 problems, head %s"):format(
      dir, head, other, head), messages)
    assert.equal(0, select(3, run("verify " .. other)))
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

  it("tells of lines mended after a crash", function()
    local orders = orders_of("size30x40n", 2)
    write_list(orders)
    archive()
    must(("sed -i '$d' %s/index.jsonl"):format(dir))
    local output, _, status = run("verify " .. dir)
    assert.equal(1, status)
    assert.matches(": not in the log$", output)
    must(("mkdir %s/.run-killed"):format(dir))
    archive()
    local _, messages, mended = run("verify " .. dir)
    assert.equal(0, mended)
    assert.matches("2 bundles, 0 problems, 1 lines mended after a crash, head ", messages, 1, true)
  end)
end)
