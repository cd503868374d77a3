-- Bundles become durable in groups, beside the transfers: in which order the system is called.
-- Only on lua5.4 luajit: a tracer and the sanitizers make each of its runs long; failing_disk_test holds the C code.

local archives = require "help.archives"
local support = require "help.support"

local must, order = support.must, support.order

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
end)
