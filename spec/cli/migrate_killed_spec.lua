-- facequery migrate, killed with -9 before each of its calls of the system that changes the archive, and run again.
-- Only on lua5.4 luajit: a tracer and the sanitizers make each of the many runs long, and nothing of C is new here.

local archiving = require "help.archiving"
local cli = require "help.cli"
local facequery = require "facequery"
local support = require "help.support"

local must, quote = support.must, support.quote

describe("the command migrate, killed and run again,", function()
  -- An archive of facequery 0.1.0, and in it a flat bundle whose order number is that of the year which all need.
  local folder, original, dir, log
  lazy_setup(function()
    folder = support.folder()
    original, dir = folder .. "/original", folder .. "/evidence"
    must(("cp -a spec/fixtures/archive-0.1.0 %s"):format(original))
    local client = assert(facequery.new { transport = function()
      return { status = 200, envelope = '{"code":"0","orderNo":"2026"}', media = { photo = archiving.PHOTO, video =
        archiving.PHOTO }, time = 0 }
    end })
    assert(client:archive { order_no = "2026", dir = original })
    client:close()
    must(("cd %s && mv 2*/*/*/2026 flat && rm -r 2026 && mv flat 2026"):format(original))
    log = support.read_file(original .. "/index.jsonl")
  end)
  lazy_teardown(function() support.remove_folder(folder) end)

  local function verifies()
    local output, messages, status = cli.shell("verify " .. dir)
    assert.same({ "", 0 }, { output, status })
    cli.has(dir .. ": 5 bundles, 0 problems", messages)
  end

  -- The files of all bundles with their digests, wherever these lie.
  local function files()
    return must(([[cd %s && find . -type f -path '*/*.*' ! -path './.run-*' -exec sha256sum {} + |
      sed -E 's,  .*/[.]?([^/]+/[^/]+)$,  \1,' | sort]]):format(quote(dir)))
  end

  -- Migrates a copy of the archive, and kills that before a thread's `nth` of these calls.  Whether it was killed.
  local function migrate_until(calls, nth)
    must(("rm -rf %s && cp -a %s %s"):format(dir, original, dir))
    local traced = "strace -f -qq -o /dev/null -e 'trace=%s' -e 'inject=%s:signal=KILL:when=%d' %s; exit $?"
    local _, status = support.shell(traced:format(calls, calls, nth, cli.words("migrate " .. dir)))
    assert.is_true(status == 0 or status == 137, status)
    return status == 137
  end

  -- What it does, the calls that do it, on one machine or another, and how many there are at least.
  for _, one in ipairs {
    { "rename", "renameat2", 6 },
    { "new folder", "?mkdir,?mkdirat", 5 },
    { "wait for the disk", "fsync", 2 },
    { "removal", "?unlink,?rmdir,?unlinkat", 1 },
  } do
    it(("before any %s has every bundle, and then each in its day"):format(one[1]), function()
      must(("rm -rf %s && cp -a %s %s"):format(dir, original, dir))
      local expected, kills = files(), 0
      while migrate_until(one[2], kills + 1) do
        kills = kills + 1
        verifies()
        assert.equal(expected, files())
        local _, messages, status = cli.shell("migrate " .. dir)
        assert.equal(0, status, messages)
        verifies()
        assert.equal(expected, files())
        assert.equal(log, support.read_file(dir .. "/index.jsonl"))
        assert.is_true(support.is_clean(dir))
        assert.equal("2026", must(("ls -d %s/[0-9a-z]* | grep -v jsonl | xargs -n 1 basename"):format(dir)))
        assert.equal("2026/11/28/rejectednomedia4", support.place_of(dir, "rejectednomedia4"))
      end
      assert.is_true(kills >= one[3], kills)
    end)
  end
end)
