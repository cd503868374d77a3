-- facequery archive, killed and started again: no order twice, and none lost.

local archives = require "help.archives"
local core = require "facequery.core"
local support = require "help.support"

local must, order, orders_of = support.must, support.order, support.orders_of

describe("the command archive, killed and started again,", function()
  local folder, dir, list
  before_each(function() folder, dir, list = archives.begin() end)
  after_each(function() support.remove_folder(folder) end)

  local function write_list(lines) archives.write_list(list, lines) end
  local function archive(arguments, how) return archives.run(list, dir, arguments, how) end
  local function start_archive(arguments, variables, preloaded)
    return archives.start(list, dir, arguments, variables, preloaded)
  end
  local function holds(orders) archives.holds(dir, orders) end

  it("with -9 at random moments has each order once, and asks for no finished one again", function()
    local count, kills, rate, step = 500, 20, 200, 20
    if support.is_asan then
      count, kills, rate, step = 100, 4, 60, 15
    end
    local disk = archives.build_disk(folder)
    local orders = {}
    for i = 1, count do
      orders[i] = order(i % 10 == 0 and "latesize20x30n" or i % 10 == 5 and "rejectednomedia" or "size20x30n")
    end
    write_list(orders)
    local function stored()
      return select(2, support.shell("test -d " .. dir)) == 0 and support.bundles(dir) or {}
    end
    -- At this rate the last kill comes more than half a second before the run's end, unless the machine is slow.
    local arguments = ("--jobs 16 --interval 0.05 --max-rate %d"):format(rate)
    local finished, finished_count, killed = {}, 0, 0
    for round = 1, kills do
      -- Where fsync takes longer, bundles are on their way to the disk at any moment.
      local process = start_archive(arguments, { DISK_DELAY = 5000 * (round % 3) }, disk)
      local deadline = core.clock() + 30
      repeat
        core.sleep(0.002)
      until #stored() >= (round - 1) * step + 1 or core.clock() > deadline
      core.sleep(core.random() * step / rate)
      process.kill()
      local output, status = process.wait()
      if status == 0 then
        break
      end
      killed = killed + 1
      assert.equal(137, status, output)
      local asked = support.all_queries()
      for _, order_no in ipairs(stored()) do
        finished_count = finished_count + (finished[order_no] and 0 or 1)
        finished[order_no] = finished[order_no] or asked[order_no]
        assert.equal(finished[order_no], asked[order_no], order_no)
      end
    end
    assert.is_true(killed >= kills / 2, killed)
    assert.is_true(finished_count > 10, finished_count)
    local output, messages, status = archive("--jobs 16 --interval 0.05")
    assert.equal(0, status, messages)
    assert.equal(count, select(2, (output .. "\n"):gsub("\n", "")))
    holds(orders)
    local asked = support.all_queries()
    for order_no, times in pairs(finished) do
      assert.equal(times, asked[order_no], order_no)
    end
  end)

  it("with an interrupt from the terminal goes on where it was", function()
    local orders = orders_of("slow100x", 60)
    write_list(orders)
    local process = start_archive "--jobs 1"
    process.wait_for(dir)
    must("kill -INT " .. process.pid)
    local _, status = process.wait()
    assert.not_equal(0, status)
    local done, asked = support.bundles(dir), support.all_queries()
    assert.is_true(#done > 0 and #done < 60, #done)
    assert.equal(0, select(3, archive()))
    for _, order_no in ipairs(done) do
      assert.equal(asked[order_no], support.queries(order_no))
    end
    holds(orders)
  end)

  it("beside three others on the same list has each order once, each of them content", function()
    local orders = {}
    for i = 1, support.is_asan and 30 or 100 do
      orders[i] = order(i % 10 == 0 and "latesize20x30n" or "size20x30n")
    end
    write_list(orders)
    local disk, processes = archives.build_disk(folder), {}
    for i = 1, 4 do
      processes[i] = start_archive("--interval 0.05", { DISK_DELAY = 2000 * i }, disk)
    end
    for _, process in ipairs(processes) do
      local output, status = process.wait()
      assert.equal(0, status, output)
    end
    holds(orders)
  end)
end)
