-- facequery seal where the disk fails: what it has added to the archive is whole, and the next run adds the rest.

local archives = require "help.archives"
local cli = require "help.cli"
local support = require "help.support"
local tsa = require "help.tsa"

-- errno's, of Linux on every machine.
local EIO, ENOSPC = 5, 28

describe("the command seal, where the disk fails,", function()
  local folder, dir, preload
  lazy_setup(function()
    folder, dir = archives.begin()
    preload = archives.build_disk(folder)
    support.must("cp -a spec/fixtures/archive-0.1.0 " .. dir)
  end)
  lazy_teardown(function() support.remove_folder(folder) end)

  local function seal(preloaded, variables)
    return support.shell(("%s %s 2>/dev/null"):format(variables or "", cli.words(
      ("seal %s --tsa %s --tsa-ca %s"):format(dir, tsa.url(), support.env "CA_FILE"), preloaded)))
  end

  -- What verify counts of seals and stamps; it must find nothing wrong.
  local function verified()
    local output, _, status = cli.shell(("verify --json %s --tsa-ca %s"):format(dir, support.env "CA_FILE"))
    assert.equal(0, status, output)
    local told = cli.records(output .. "\n")[1]
    return { told.seals or 0, told.stamps or 0 }
  end

  -- A file gets its name by a link, which replaces none.
  for call, number in pairs { link = EIO, fsync = EIO, write = ENOSPC } do
    it("leaves nothing half done, and reports nothing that is not kept, whichever " .. call .. " fails", function()
      local nth, failures = 0, 0
      repeat
        nth = nth + 1
        support.must(("rm -rf %s/seals"):format(dir))
        local _, status = seal(preload, ("DISK_UNDER=%s DISK_FAIL=%s:%d:%d DISK_COUNT=%s/count"):format(
          dir, call, nth, number, folder))
        local count = tonumber(support.read_file(folder .. "/count"))
        assert.equal(count < nth and 0 or 7, status, call .. nth)
        failures = failures + (status == 0 and 0 or 1)
        local kept = verified()
        assert.is_true(status ~= 0 or kept[2] == 1, call .. nth)
        assert.equal(0, select(2, seal()), call .. nth)
        assert.same({ 1, 1 }, verified())
        local names = support.must(("LC_ALL=C ls -A %s/seals"):format(dir))
        assert.matches("^6%.127%.0%.0%.1%-%d+%-tsa%.tsr\n6%.checkpoint\n6%.tree$", names)
      until count < nth
      assert.is_true(failures >= 3, failures) -- the tree, its checkpoint, and the token
    end)
  end
end)
