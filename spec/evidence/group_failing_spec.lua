-- Bundles become durable in groups, or not at all: what is left where a call of the system fails.

local archives = require "help.archives"
local cli = require "help.cli"
local support = require "help.support"

local must = support.must

-- errno's, of Linux on every machine.
local EIO, ENOSPC = 5, 28

describe("a group of bundles", function()
  local folder, dir, list, preload
  before_each(function()
    folder, dir, list = archives.begin()
    preload = archives.build_disk(folder)
  end)
  after_each(function() support.remove_folder(folder) end)

  -- Fails each call in turn, in a run of its own.
  for _, one in ipairs {
    { call = "fsync", number = EIO, count = 3 },
    { call = "write", number = ENOSPC, count = 3 },
    { call = "rename", number = EIO, count = 3 },
    { call = "link", number = EIO, count = 2, plain = "DISK_PLAIN=1" }, -- of a file
    { call = "rename", number = EIO, count = 2, plain = "DISK_PLAIN=1" }, -- of a folder
  } do
    local call, where = one.call, one.plain and ", where renames know no flags" or ""
    it(("loses nothing and reports nothing that is not there, whichever %s fails%s"):format(call, where), function()
      local nth, failures = 0, 0
      repeat
        nth = nth + 1
        must(("rm -rf %s"):format(dir))
        local orders = support.orders_of("size20x30n", one.count)
        -- One is named twice: what it finds of itself is not there before it is in the log.
        archives.write_list(list, { orders[1], orders[2], orders[3] or orders[2], orders[1] })
        local variables = ("DISK_FAIL=%s:%d:%d DISK_COUNT=%s/count "):format(call, nth, one.number, folder)
        local output, status = support.shell(archives.on_disk(
          preload, variables .. (one.plain or ""), list, dir, "--jobs 3 2>/dev/null"))
        local problems = support.shell(("%s 2>/dev/null"):format(cli.words("verify " .. dir)))
        local reported = {}
        for line in output:gmatch "[^\n]+" do
          reported[line:match "^%w+"] = true
        end
        for order_no in pairs(reported) do
          assert.is_nil(problems:find(order_no, 1, true), call .. nth)
          assert.is_true(support.read_file(dir .. "/index.jsonl"):find(order_no, 1, true) ~= nil, call .. nth)
        end
        failures = failures + (status ~= 0 and 1 or 0)
        -- What failed is one of the bundles, or their line: the next run has all, and asks for no reported one again.
        local asked = support.all_queries()
        assert.equal(0, select(3, archives.run(list, dir)), call .. nth)
        archives.holds(dir, orders)
        local asked_since = support.all_queries()
        for order_no in pairs(reported) do
          assert.equal(asked[order_no], asked_since[order_no])
        end
      until tonumber(support.read_file(folder .. "/count")) < nth
      assert.is_true(failures >= one.count, failures)
    end)
  end
end)
