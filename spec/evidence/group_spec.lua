-- Bundles become durable in groups, beside the transfers: in which order the system is called, and what is left
-- where a call fails.

local archives = require "help.archives"
local cli = require "help.cli"
local support = require "help.support"

local must, order = support.must, support.order

-- errno's, of Linux on every machine.
local EIO, ENOSPC = 5, 28

describe("a group of bundles", function()
  local folder, dir, list, preload
  before_each(function()
    folder, dir, list = archives.begin()
    preload = archives.build_disk(folder)
  end)
  after_each(function() support.remove_folder(folder) end)

  local function write_orders(count)
    local orders = {}
    for i = 1, count do
      orders[i] = order "size20x30n"
    end
    archives.write_list(list, orders)
    return orders
  end

  local function on_disk(variables, arguments)
    return archives.on_disk(preload, variables, list, dir, arguments)
  end

  -- What a traced run did, in its order: { call, path } when a call has returned, and for a rename when it began.
  local function steps_of(trace)
    local steps, pending = {}, {}
    local function add(call, words)
      if call == "renameat2" then
        local paths = {}
        for path in words:gmatch '"(.-)"' do
          paths[#paths + 1] = path
        end
        steps[#steps + 1] = { "rename", paths[1], paths[2] }
      else
        steps[#steps + 1] = { call, words:match "^%d+<(.-)>", words }
      end
    end
    for line in trace:gmatch "[^\n]+" do
      local thread, call, words = line:match "^(%d+)%s+(%w+)%((.*)$"
      local resumed = line:match "^(%d+)%s+<%.%.%. %w+ resumed>"
      if resumed and pending[resumed] then
        add(pending[resumed][1], pending[resumed][2])
        pending[resumed] = nil
      elseif call and call ~= "renameat2" and words:find "unfinished" then
        pending[thread] = { call, words }
      elseif call then
        add(call, words)
      end
    end
    return steps
  end

  -- The place of the last step that `is_it`, before the `limit`-th.
  local function last_of(steps, limit, is_it)
    for i = limit, 1, -1 do
      if is_it(steps[i]) then
        return i
      end
    end
    error("no such step", 2)
  end

  local function first_after(steps, start, is_it)
    for i = start, #steps do
      if is_it(steps[i]) then
        return i
      end
    end
    error("no such step", 2)
  end

  it("is on the disk file by file, then by name, then in the log, and then reported", function()
    local orders = write_orders(24)
    -- A tracer and the search for leaks exclude each other.
    must(("ASAN_OPTIONS=detect_leaks=0 strace -f -y -s 99999 -o %s/trace -e trace=fsync,renameat2,write,?link,linkat "
      .. "env %s"):format(folder, on_disk("DISK_DELAY=2000", "--jobs 8")))
    local steps = steps_of(support.read_file(folder .. "/trace"))
    for _, step in ipairs(steps) do
      assert.is_nil(step[1]:match "^link", step[3]) -- which is for file systems whose renames know no flags
    end
    local function synced(path)
      return function(step) return step[1] == "fsync" and step[2] == path end
    end
    for _, order_no in ipairs(orders) do
      local path = support.bundle_path(dir, order_no)
      local renamed = first_after(steps, 1, function(step) return step[1] == "rename" and step[3] == path end)
      local draft = steps[renamed][2]
      local parent = first_after(steps, renamed, synced((path:gsub("/%w+$", ""))))
      local line = first_after(steps, parent, function(step)
        return step[1] == "write" and step[2] == dir .. "/index.jsonl" and step[3]:find(order_no, 1, true)
      end)
      local in_log = first_after(steps, line, synced(dir .. "/index.jsonl"))
      first_after(steps, in_log, function(step)
        return step[1] == "write" and step[3]:find("^1<") and step[3]:find(order_no, 1, true)
      end)
      for _, name in ipairs { "photo.jpg", "video.mp4", "record.json", "manifest.json" } do
        -- A transport writes a file under another name than it has in the bundle.
        local file = draft .. "/" .. name
        last_of(steps, renamed, function(step) return step[1] == "fsync" and step[2] == file end)
      end
      last_of(steps, renamed, synced(draft))
    end
    archives.holds(dir, orders)
  end)

  it("takes fewer waits for its log than it has bundles, where the disk is slow", function()
    local orders = write_orders(40)
    must(on_disk(("DISK_DELAY=20000 DISK_FAIL=fsync:0:0 DISK_COUNT=%s/count"):format(folder), "--jobs 16"))
    archives.holds(dir, orders)
    -- Five for each bundle; alone, each would take three more.
    local count = tonumber(support.read_file(folder .. "/count"))
    assert.is_true(count >= 5 * 40 and count < 5 * 40 + 3 * 20, count)
  end)

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
        local orders = write_orders(one.count)
        -- One is named twice: what it finds of itself is not there before it is in the log.
        archives.write_list(list, { orders[1], orders[2], orders[3] or orders[2], orders[1] })
        local variables = ("DISK_FAIL=%s:%d:%d DISK_COUNT=%s/count "):format(call, nth, one.number, folder)
        local output, status = support.shell(on_disk(variables .. (one.plain or ""), "--jobs 3 2>/dev/null"))
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
        for order_no in pairs(reported) do
          assert.equal(asked[order_no], support.queries(order_no))
        end
      until tonumber(support.read_file(folder .. "/count")) < nth
      assert.is_true(failures >= one.count, failures)
    end)
  end
end)
