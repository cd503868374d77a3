-- facequery archive on its list: what it prints where, its exit status, what it leaves.

local archives = require "help.archives"
local cjson = require "cjson"
local cli = require "help.cli"
local support = require "help.support"

local must, order, orders_of, quote = support.must, support.order, support.orders_of, support.quote
local run = cli.shell
local sorted = archives.sorted

describe("the command archive", function()
  local folder, dir, list
  before_each(function() folder, dir, list = archives.begin() end)
  after_each(function() support.remove_folder(folder) end)

  local function write_list(lines) archives.write_list(list, lines) end
  local function archive(arguments, how) return archives.run(list, dir, arguments, how) end
  local function holds(orders) archives.holds(dir, orders) end

  -- The line about an order that is archived.
  local function line_of(order_no, note)
    return ("%s %s%s"):format(order_no, support.bundle_path(dir, order_no), note or "")
  end

  it("prints a line for each order and a summary, and ends with 0", function()
    local one, late, rejected = order "verified", order "late", order "rejected"
    write_list { one, late, rejected }
    local output, messages, status = archive "--interval 0.05"
    local expected = { line_of(one), line_of(late), line_of(rejected, " (code 66660004)") }
    table.sort(expected)
    assert.same(expected, sorted(output))
    assert.matches("^3 done, 0 failed, in %d+ s$", messages)
    assert.equal(0, status)
    holds { one, late, rejected }
  end)

  it("explains each failure in a line, goes on, and ends with 1", function()
    local good, missing, pending_ = order "verified", order "nosuch", order "nomedia"
    write_list { missing, "not-an-order", pending_, good }
    local output, messages, status = archive "--interval 0.01 --attempts 2"
    assert.equal(line_of(good), output)
    local lines = sorted(messages)
    assert.equal(4, #lines)
    assert.matches("\n1 done, 3 failed, in %d+ s$", messages)
    assert.matches("not-an-order: order_no must be 1 to 32 letters and digits", messages, 1, true)
    assert.matches(missing .. ": no such result (not_found 66660011)", messages, 1, true)
    assert.matches(pending_ .. ": the files are not there yet (pending MEDIA_PENDING)", messages, 1, true)
    assert.equal(2, support.queries(pending_))
    assert.equal(1, status)
    holds { good }
  end)

  it("names the lines whose time it can't read, once, and archives their orders", function()
    local orders = orders_of("size30x40n", 7)
    local lines = { "订单号;核身时间" }
    for i, order_no in ipairs(orders) do
      lines[i + 1] = order_no .. ";" .. (i == 2 and os.date "%Y/%m/%d" or "10/11/2026 10:00")
    end
    write_list(lines)
    local _, messages, status = archive()
    assert.equal(0, status)
    assert.matches(list .. ": 6 times can't be read, or may be two (line 2, 4, 5, 6, 7, ...)", messages, 1, true)
    assert.equal(1, select(2, messages:gsub("can't be read", "")))
    holds(orders)
    write_list { lines[1], lines[2] }
    messages = select(2, archive "--lang zh")
    assert.matches("第 2 行", messages, 1, true)
  end)

  it("prints lines of JSON for machines", function()
    local good, rejected, missing = order "verified", order "rejectednomedia", order "nosuch"
    write_list { good, rejected, missing }
    archive()
    local output, messages, status = archive "--json"
    local seen = {}
    for line in output:gmatch "[^\n]+" do
      local result = cjson.decode(line)
      seen[result.order_no] = result
    end
    assert.same({ order_no = good, ok = true, existing = true, code = "0", path = support.bundle_path(dir, good) },
      seen[good])
    assert.same({ true, "66660004" }, { seen[rejected].existing, seen[rejected].code })
    assert.same({ false, "66660011", "not_found", "no such result" },
      { seen[missing].ok, seen[missing].code, seen[missing].kind, seen[missing].message })
    assert.is_string(seen[missing].bizSeqNo)
    assert.matches("^2 done, 1 failed", messages)
    assert.equal(4, status)
    dir = dir .. "2"
    write_list { rejected }
    output = archive "--json"
    assert.same({ order_no = rejected, ok = true, existing = false, path = support.bundle_path(dir, rejected),
      code = "66660004" }, cjson.decode(output))
  end)

  it("leaves what is there alone: it asks nobody, and ends with 0", function()
    local one = order "size30x40n"
    write_list { one }
    archive()
    local output, _, status = archive()
    assert.same({ line_of(one, " (there already)"), 0 }, { output, status })
    assert.equal(1, support.queries(one))
  end)

  it("reads orders from standard input, from where it stands", function()
    local orders = orders_of("size30x40n", 3)
    write_list { "notthisone", orders[1], orders[2], orders[3] }
    local output, _, status = run(("archive --out %s; }"):format(dir), ("exec <%s; { read -r skipped;"):format(list))
    assert.equal(0, status, output)
    -- The shell read the first line byte by byte, as POSIX has it.
    holds(orders)
    dir = dir .. "2"
    local _, _, second = run(("archive --from - --out %s"):format(dir), ("tail -3 %s |"):format(list))
    assert.equal(0, second)
    holds(orders)
  end)

  it("reads every order of a pipe, however long, and waits for none before its time", function()
    local lines = {}
    for i = 1, 5000 do
      lines[i] = "not-an-order-" .. i
    end
    write_list(lines)
    local output, messages = run(("archive --from %s/pipe --out %s --json"):format(folder, dir),
      ("mkfifo %s/pipe; cat %s >%s/pipe &"):format(folder, list, folder))
    assert.equal(5000, select(2, (output .. "\n"):gsub("\n", "")))
    assert.matches("^0 done, 5000 failed", messages)
  end)

  it("takes a file once that is named by a link of /dev/fd", function()
    local orders = orders_of("size30x40n", 3)
    write_list(orders)
    local _, _, status = run(("archive --from /dev/fd/7 --out %s 7<%s"):format(dir, list))
    assert.equal(0, status)
    holds(orders)
  end)

  it("asks first for those nearest to their deadline, and not for those past it", function()
    local orders = orders_of("size30x40n", 5)
    local now, lines = os.time(), { "name,order_no,verified_at" }
    for i, age in ipairs { 3600, 3 * 86400 - 60, 3 * 86400 + 60, 86400, 2 * 86400 } do
      lines[#lines + 1] = ('"Wang, Li",%s,%s'):format(orders[i], os.date("!%Y-%m-%dT%H:%M:%SZ", now - age))
    end
    write_list(lines)
    local output, messages, status = archive "--jobs 1"
    local expected = {}
    for i, index in ipairs { 2, 5, 4, 1 } do
      expected[i] = line_of(orders[index])
    end
    assert.equal(table.concat(expected, "\n"), output)
    assert.matches(orders[3] .. ": the service no longer keeps this order (expired RETENTION_OVER)", messages,
      1, true)
    assert.matches("\n4 done, 1 failed", messages)
    assert.same({ 4, 0 }, { status, support.queries(orders[3]) })
  end)

  it("knows another retention, and reports no order as late that is there", function()
    local orders = orders_of("size30x40n", 2)
    local time = os.date("!%Y-%m-%dT%H:%M:%SZ", os.time() - 7200)
    write_list { "order_no,time", orders[1] .. "," .. time, orders[2] .. "," .. time, "../orders," .. time }
    local _, messages, status = archive "--retention 1h"
    assert.matches("0 done, 3 failed", messages)
    assert.equal(4, status)
    write_list { orders[1] }
    archive()
    write_list { "order_no,time", orders[1] .. "," .. time }
    local output
    output, messages, status = archive "--retention 1h"
    assert.equal(line_of(orders[1], " (there already)"), output)
    assert.matches("^1 done, 0 failed", messages)
    assert.equal(0, status)
    -- What only has its name is not its evidence.
    must(("mkdir %s/%s"):format(dir, orders[2]))
    write_list { "order_no,time", orders[2] .. "," .. time }
    output, messages, status = archive "--retention 1h"
    assert.equal("", output)
    assert.matches(orders[2] .. ": the bundle is incomplete or was changed (", messages, 1, true)
    assert.equal(7, status)
    must(("rmdir %s/%s"):format(dir, orders[2]))
    assert.same({ 0 }, { select(3, archive "--retention 3h") })
  end)

  it("adds SM3, and asks with another version, when it is told", function()
    local one = order "verified"
    write_list { one }
    archive "--hash sm3 --query-version 1.0"
    local path = support.bundle_path(dir, one)
    assert.equal(must(("openssl dgst -sm3 -r %s/video.mp4"):format(path)):match "^%x+",
      cjson.decode(support.read_file(path .. "/manifest.json")).files["video.mp4"].sm3)
    assert.equal("1.12.12", cjson.decode(support.read_file(path .. "/record.json")).sdkVersion)
  end)

  it("archives a verified order whose files never come only when it is told to", function()
    local one = order "nomedia"
    write_list { one }
    local _, messages, status = archive "--interval 0.01"
    assert.matches(one .. ": .*%(pending MEDIA_PENDING%)", messages)
    assert.equal(8, status)
    local output, _, ending = archive "--interval 0.01 --incomplete"
    assert.same({ line_of(one), 0 }, { output, ending })
  end)

  it("makes files for their owner alone, whatever the umask", function()
    write_list(orders_of("size30x40n", 3))
    assert.equal(0, select(3, archive("", "umask 0;")))
    assert.equal("", must(("find %s -type d ! -perm 0700 -o -type f ! -perm 0600"):format(dir)))
  end)

  it("keeps under the rate that it is told", function()
    write_list(orders_of("rejected", 11))
    local started = support.real_now()
    assert.equal(0, select(3, archive "--max-rate 10"))
    assert.is_true(support.real_now() - started >= 1)
  end)

  it("slows down as a whole when it is told so, and loses no order", function()
    local orders = orders_of("size30x40n", 40)
    table.insert(orders, 3, order "ratelimit")
    write_list(orders)
    local started = support.real_now()
    assert.equal(0, select(3, archive "--jobs 2"))
    assert.is_true(support.real_now() - started >= 2)
    holds(orders)
  end)

  it("speaks Chinese", function()
    write_list { order "nosuch" }
    local _, messages = archive "--lang zh"
    assert.matches("66660011", messages, 1, true)
    assert.matches("[\228-\233][\128-\191][\128-\191]", messages)
  end)

  it("shows a bar on a terminal, and failures above it", function()
    local orders = orders_of("slow100x", 8)
    orders[9] = order "nosuch"
    write_list(orders)
    local command = cli.words(("archive --from %s --out %s --jobs 2"):format(list, dir))
    local output, status = support.shell(("TERM=xterm script -qec %s /dev/null </dev/null"):format(quote(command)))
    assert.equal(4, status)
    assert.matches("\r%[[#-]+%]  %d done, 0 failed  %d left, [%d.]+/s, %d+ s\27%[K", output)
    assert.matches("\27[K" .. orders[9] .. ": no such result (not_found 66660011)\r\n", output, 1, true)
    assert.matches("\27%[K8 done, 1 failed, in %d+ s\r?$", output)
    assert.is_nil(output:find(orders[1], 1, true))
    -- A header is no order.
    table.insert(orders, 1, "order_no")
    write_list(orders)
    output = support.shell(("TERM=xterm script -qec %s /dev/null </dev/null"):format(quote(command)))
    assert.matches("\r%[[#-]+%]  8 done, 1 failed  0 left, ", output)
  end)

  it("says nothing that is secret", function()
    local orders = { order "verified", order "nosuch", order "http503x", order "badbase64" }
    write_list(orders)
    local output, messages = archive "--json"
    for _, name in ipairs { "TICKET", "SANDBOX_SECRET" } do
      assert.is_nil((output .. messages):find(support.env(name), 1, true))
      assert.is_nil(support.shell(("grep -rl %s %s"):format(support.env(name), dir)):find(dir, 1, true))
    end
  end)

  it("ends with 2 on wrong usage, and says what is wrong", function()
    write_list { "a1" }
    for arguments, message in pairs {
      [("archive --from %s"):format(list)] = "'--out'",
      [("archive --from %s --out %s --jobs 0"):format(list, dir)] = "'0' is not a whole number from 1 to 250",
      [("archive --from %s --out %s --jobs 1001"):format(list, dir)] = "'1001' is not a whole number",
      [("archive --from %s --out %s --jobs x"):format(list, dir)] = "'x' is not a whole number",
      [("archive --from %s --out %s --max-rate 0"):format(list, dir)] = "'0' is not a number above 0",
      [("archive --from %s --out %s --retention 3"):format(list, dir)] = "'3' is no duration like 30d",
      [("archive --from %s --out %s --hash md5"):format(list, dir)] = "must be one of 'sm3'",
      [("archive --from %s --out %s --interval x"):format(list, dir)] = "'x' is not a number",
      ["purge " .. folder] = "'--older-than'",
      ["purge --older-than 30 " .. folder] = "'30' is no duration",
      ["purge --older-than 1w " .. folder] = "is no duration",
      verify = "argument 'dir'",
      count = "argument 'dir'",
    } do
      local output, messages, status = run(arguments)
      assert.same({ "", 2 }, { output, status }, arguments)
      assert.matches(message, messages, 1, true)
    end
    assert.equal("orders", support.list(folder))
  end)

  it("says in a sentence why it can't begin", function()
    write_list { "a1" }
    support.write_file(folder .. "/csv", "name,city\nx,y\n")
    for arguments, message in pairs {
      [("--from %s/none --out %s"):format(folder, dir)] = "there is no such file (" .. folder .. "/none)",
      [("--from %s --out %s"):format(folder, dir)] = "Is a directory",
      [("--from %s/csv --out %s"):format(folder, dir)] = "the list's first line names no column 'order_no'",
      [("--from %s --out %s/none/evidence"):format(list, folder)] = "there is no such folder (" .. folder .. "/none/)",
      [("--from %s --out %s"):format(list, list)] = "(Not a directory)",
      [("--from %s --out %s --ticket-from %s/none"):format(list, dir, folder)] =
        "there is no such file (" .. folder .. "/none)",
    } do
      local output, messages, status = run("archive " .. arguments)
      assert.same({ "", arguments:find "/csv" and 5 or 7 }, { output, status }, arguments)
      assert.matches(message, messages, 1, true)
      assert.is_nil(messages:find("traceback", 1, true))
      assert.is_nil(messages:find(".lua", 1, true))
    end
  end)

  it("ends at once when it is interrupted, says that it is to be run again, and goes on then", function()
    local done, slow = order "size30x40n", order "slow3000x"
    write_list { done, slow }
    for signal, expected in pairs { INT = 130, TERM = 143 } do
      local process = support.start(cli.words(("archive --from %s --out %s --lang zh"):format(list, dir)))
      process.wait_for(done)
      support.must("kill -" .. signal .. " " .. process.pid)
      local output, status = process.wait()
      assert.equal(expected, status, output)
      assert.matches("facequery：已中断，重新运行即可继续", output, 1, true)
    end
    local output, _, status = archive()
    assert.equal(0, status)
    assert.matches(done .. " [^\n]* %(there already%)", output)
    assert.matches(slow, output, 1, true)
  end)

  it("takes no more memory for more orders", function()
    local few, many = 50, 400
    if support.is_asan then
      few, many = 20, 80
    end
    local function peak(count)
      local output, status = support.start_lua(([[
        local client, left, failed = require("facequery").new(), %d, 0
        local run = %q
        for _, bundle in client:each(function()
          left = left - 1
          return left >= 0 and "size2000x3000n" .. run .. left or nil
        end, { dir = %q, concurrency = 8 }) do
          failed = failed + (bundle and 0 or 1)
        end
        assert(failed == 0)
        print(io.open "/proc/self/status":read "*a":match "VmHWM:%%s*(%%d+) kB")
      ]]):format(count, order("m"):gsub("%W", ""), dir .. count), {
        -- The sanitizer keeps what was freed, to see it used again: little of it, or that is what grows.
        ASAN_OPTIONS = "detect_leaks=1:quarantine_size_mb=1",
      }).wait()
      assert.equal(0, status, output)
      return tonumber(output)
    end
    local small, large = peak(few), peak(many)
    -- A tenth of what the media alone would take is more than the margin.
    assert.is_true(large - small < (support.is_asan and 16384 or 2048), ("%d kB, %d kB"):format(small, large))
  end)
end)
