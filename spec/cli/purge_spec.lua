-- facequery purge and facequery count: what goes, what stays, and what is no archive.

local archives = require "help.archives"
local cjson = require "cjson"
local cli = require "help.cli"
local support = require "help.support"

local must, order, orders_of = support.must, support.order, support.orders_of
local run = cli.shell
local sorted = archives.sorted

describe("the commands purge and count,", function()
  local folder, dir, list
  before_each(function() folder, dir, list = archives.begin() end)
  after_each(function() support.remove_folder(folder) end)

  local function write_list(lines) archives.write_list(list, lines) end
  local function archive(arguments, how) return archives.run(list, dir, arguments, how) end

  -- Archives two orders as if it were two hours ago.
  local function archive_before(one, other)
    support.must(support.lua_command(([[
      local date = os.date
      os.date = function(format, time) return date(format, time or os.time() - 7200) end
      for _, bundle, err in assert(require("facequery").new()):each({ %q, %q }, { dir = %q }) do
        assert(bundle, tostring(err))
      end]]):format(one, other, dir)))
  end

  it("remove what is older, print it, and count the faces that stay", function()
    local old, young, none = order "size30x40n", order "size30x40n", order "rejectednomedia"
    archive_before(old, none)
    write_list { young }
    archive()
    assert.same({ dir = dir, bundles = 3, faces = 2 }, cjson.decode((run("count " .. dir))))
    local output, messages, status = run("purge --older-than 30d " .. dir)
    assert.same({ "", dir .. ": 0 purged", 0 }, { output, messages, status })
    output, messages, status = run("purge --older-than 1h " .. dir)
    local expected = { old, none }
    table.sort(expected)
    assert.same({ expected, dir .. ": 2 purged", 0 }, { sorted(output), messages, status })
    assert.same({ dir = dir, bundles = 1, faces = 1 }, cjson.decode((run("count " .. dir))))
    assert.equal(0, select(3, run("verify " .. dir)))
    -- The service still keeps a purged order, so that archive fetches it again.
    write_list { old }
    assert.equal(0, select(3, archive()))
    assert.equal(2, support.queries(old))
    assert.equal(0, select(3, run("verify " .. dir)))
  end)

  it("know several archives", function()
    for i = 1, 2 do
      write_list(orders_of("size30x40n", i))
      archive()
      dir = dir .. "x"
    end
    local one, other = folder .. "/evidence", folder .. "/evidencex"
    local output, _, status = run(("count %s %s"):format(one, other))
    local first, second = output:match "^([^\n]+)\n([^\n]+)$"
    assert.same({ 0, { dir = one, bundles = 1, faces = 1 }, { dir = other, bundles = 2, faces = 2 } },
      { status, cjson.decode(first), cjson.decode(second) })
    local _, messages = run(("purge --older-than 1d %s %s"):format(one, other))
    assert.equal(("%s: 0 purged\n%s: 0 purged"):format(one, other), messages)
  end)

  it("report a bundle that can't be read, and end with 1", function()
    write_list { order "size30x40n" }
    archive()
    local one = support.bundles(dir)[1]
    support.write_file(("%s/%s/manifest.json"):format(dir, one), "{")
    local output, messages, status = run("purge --older-than 0s " .. dir)
    assert.same({ "", 1 }, { output, status })
    assert.matches(("%s/%s/manifest.json: missing or unreadable"):format(dir, one), messages, 1, true)
  end)

  it("leave what verify would report, unless forced, and say beforehand what would go", function()
    local one, other = order "size30x40n", order "size30x40n"
    archive_before(one, other)
    support.write_file(("%s/%s/photo.jpg"):format(dir, one), "another photo")
    local problem = ("%s/%s/photo.jpg: 13 bytes instead of 30"):format(dir, one)
    local function purge(options)
      return { run(("purge --older-than 1h %s %s"):format(options, dir)) }
    end
    local left = ", 1 problems: what they are about stays; --force removes it, too"
    assert.same({ other, ("%s\n%s: 1 to purge%s"):format(problem, dir, left), 1 }, purge "--dry-run")
    assert.same({ other, ("%s\n%s: 1 purged%s"):format(problem, dir, left), 1 }, purge "")
    assert.same({ one, dir .. ": 1 to purge", 0 }, purge "--dry-run --force")
    assert.same({ one }, support.bundles(dir))
    assert.same({ one, dir .. ": 1 purged", 0 }, purge "--force")
    assert.same({}, support.bundles(dir))
  end)

  it("take nothing for an archive that is none, and go on with the next one", function()
    write_list { order "size30x40n" }
    archive()
    local before = support.list "/etc"
    for _, command in ipairs { "count", "purge --older-than 1d", "verify" } do
      local output, messages, status = run(("%s %s /etc /dev/null %s"):format(command, dir, dir))
      assert.equal(1, status)
      assert.matches("/etc: not an archive\n/dev/null: not a folder", messages, 1, true)
      local done = command == "count" and output or messages
      assert.equal(2, select(2, done:gsub('evidence[":]', "")), done)
    end
    assert.equal(before, support.list "/etc")
  end)

  it("take what has lost its log and its lock for an archive, as long as it has bundles", function()
    write_list { order "size30x40n" }
    archive()
    must(("rm %s/index.jsonl %s/.lock"):format(dir, dir))
    local output, _, status = run("verify " .. dir)
    assert.equal(1, status)
    assert.matches(": not in the log$", output)
  end)

  it("take no folder for an empty archive that is not there, and make none", function()
    for _, arguments in ipairs { "count ", "purge --older-than 1d ", "verify " } do
      local output, messages, status = run(arguments .. dir)
      assert.equal(1, status)
      assert.matches("not a folder", output .. messages, 1, true)
      assert.is_nil(messages:find("traceback", 1, true))
      assert.equal("", support.list(folder))
    end
  end)
end)
