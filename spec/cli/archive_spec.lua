-- facequery archive, verify, purge and count, as a shell sees them: real processes, some of them
-- killed, on disks that are full.

local cjson = require "cjson"
local cli = require "help.cli"
local core = require "facequery.core"
local servers = require "help.servers"
local support = require "help.support"

local must, order, quote, run = support.must, support.order, support.quote, cli.shell

describe("the command", function()
  local folder, dir, list
  before_each(function()
    folder = support.folder()
    dir, list = folder .. "/evidence", folder .. "/orders"
  end)
  after_each(function() support.remove_folder(folder) end)

  local function write_list(orders)
    support.write_file(list, table.concat(orders, "\n") .. "\n")
  end

  local function orders_of(word, count)
    local orders = {}
    for i = 1, count do
      orders[i] = order(word)
    end
    return orders
  end

  -- Runs archive on the list.
  local function archive(arguments, how)
    return run(("archive --from %s --out %s %s"):format(list, dir, arguments or ""), how)
  end

  local function start_archive(arguments, variables)
    return support.start(cli.words(("archive --from %s --out %s %s"):format(list, dir, arguments or "")),
      variables)
  end

  -- The archive holds these orders, each once, and nothing else; and verify finds nothing wrong.
  local function holds(orders)
    local expected, logged = {}, {}
    for i, order_no in ipairs(orders) do
      expected[i] = order_no
    end
    for i, entry in ipairs(support.log(dir)) do
      logged[i] = entry.order_no
    end
    table.sort(expected)
    table.sort(logged)
    local bundles = support.bundles(dir)
    table.sort(bundles)
    assert.same(expected, bundles)
    assert.same(expected, logged)
    assert.is_true(support.is_clean(dir))
    local output, messages, status = run("verify " .. dir)
    assert.same({ "", 0 }, { output, status })
    assert.matches(("%s: %d bundles, 0 problems"):format(dir:gsub("%p", "%%%0"), #orders), messages)
  end

  local function sorted(lines)
    local all = {}
    for line in lines:gmatch "[^\n]+" do
      all[#all + 1] = line
    end
    table.sort(all)
    return all
  end

  describe("archive", function()
    it("prints a line for each order and a summary, and ends with 0", function()
      local one, late, rejected = order "verified", order "late", order "rejected"
      write_list { one, late, rejected }
      local output, messages, status = archive "--interval 0.05"
      local expected = { ("%s %s/%s"):format(one, dir, one), ("%s %s/%s"):format(late, dir, late),
        ("%s %s/%s (code 66660004)"):format(rejected, dir, rejected) }
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
      assert.equal(("%s %s/%s"):format(good, dir, good), output)
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
      assert.same({ order_no = good, ok = true, existing = true, code = "0", path = dir .. "/" .. good },
        seen[good])
      assert.same({ true, "66660004" }, { seen[rejected].existing, seen[rejected].code })
      assert.same({ false, "66660011", "not_found", "no such result" },
        { seen[missing].ok, seen[missing].code, seen[missing].kind, seen[missing].message })
      assert.is_string(seen[missing].bizSeqNo)
      assert.matches("^2 done, 1 failed", messages)
      assert.equal(1, status)
      dir = dir .. "2"
      write_list { rejected }
      assert.same({ order_no = rejected, ok = true, existing = false, path = dir .. "/" .. rejected,
        code = "66660004" }, cjson.decode((archive "--json")))
    end)

    it("leaves what is there alone: it asks nobody, and ends with 0", function()
      local one = order "size30x40n"
      write_list { one }
      archive()
      local output, _, status = archive()
      assert.same({ ("%s %s/%s (there already)"):format(one, dir, one), 0 }, { output, status })
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
        expected[i] = ("%s %s/%s"):format(orders[index], dir, orders[index])
      end
      assert.equal(table.concat(expected, "\n"), output)
      assert.matches(orders[3] .. ": the service no longer keeps this order (expired RETENTION_OVER)", messages,
        1, true)
      assert.matches("\n4 done, 1 failed", messages)
      assert.same({ 1, 0 }, { status, support.queries(orders[3]) })
    end)

    it("knows another retention, and reports no order as late that is there", function()
      local orders = orders_of("size30x40n", 2)
      local time = os.date("!%Y-%m-%dT%H:%M:%SZ", os.time() - 7200)
      write_list { "order_no,time", orders[1] .. "," .. time, orders[2] .. "," .. time, "../orders," .. time }
      local _, messages, status = archive "--retention 1h"
      assert.matches("0 done, 3 failed", messages)
      assert.equal(1, status)
      write_list { orders[1] }
      archive()
      write_list { "order_no,time", orders[1] .. "," .. time }
      local output
      output, messages, status = archive "--retention 1h"
      assert.equal(("%s %s/%s (there already)"):format(orders[1], dir, orders[1]), output)
      assert.matches("^1 done, 0 failed", messages)
      assert.equal(0, status)
      -- What only has its name is not its evidence.
      must(("mkdir %s/%s"):format(dir, orders[2]))
      write_list { "order_no,time", orders[2] .. "," .. time }
      output, messages, status = archive "--retention 1h"
      assert.equal("", output)
      assert.matches(orders[2] .. ": the bundle is incomplete or was changed (", messages, 1, true)
      assert.equal(1, status)
      must(("rmdir %s/%s"):format(dir, orders[2]))
      assert.same({ 0 }, { select(3, archive "--retention 3h") })
    end)

    it("adds SM3, and asks with another version, when it is told", function()
      local one = order "verified"
      write_list { one }
      archive "--hash sm3 --query-version 1.0"
      local path = dir .. "/" .. one
      assert.equal(must(("openssl dgst -sm3 -r %s/video.mp4"):format(path)):match "^%x+",
        cjson.decode(support.read_file(path .. "/manifest.json")).files["video.mp4"].sm3)
      assert.equal("1.12.12", cjson.decode(support.read_file(path .. "/record.json")).sdkVersion)
    end)

    it("archives a verified order whose files never come only when it is told to", function()
      local one = order "nomedia"
      write_list { one }
      local _, messages, status = archive "--interval 0.01"
      assert.matches(one .. ": .*%(pending MEDIA_PENDING%)", messages)
      assert.equal(1, status)
      assert.same({ ("%s %s/%s"):format(one, dir, one), 0 }, { (function()
        local output, _, ending = archive "--interval 0.01 --incomplete"
        return output, ending
      end)() })
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
      local output, status = support.shell(("script -qec %s /dev/null </dev/null"):format(quote(command)))
      assert.equal(1, status)
      assert.matches("\r%[[#-]+%]  %d done, 0 failed  %d left, [%d.]+/s, %d+ s\27%[K", output)
      assert.matches("\27[K" .. orders[9] .. ": no such result (not_found 66660011)\r\n", output, 1, true)
      assert.matches("\27%[K8 done, 1 failed, in %d+ s\r?$", output)
      assert.is_nil(output:find(orders[1], 1, true))
      -- A header is no order.
      table.insert(orders, 1, "order_no")
      write_list(orders)
      output = support.shell(("script -qec %s /dev/null </dev/null"):format(quote(command)))
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

    it("ends with 1 where it can't begin, in a sentence", function()
      write_list { "a1" }
      support.write_file(folder .. "/csv", "name,city\nx,y\n")
      for arguments, message in pairs {
        [("--from %s/none --out %s"):format(folder, dir)] = "none: No such file or directory",
        [("--from %s --out %s"):format(folder, dir)] = "not a file",
        [("--from %s/csv --out %s"):format(folder, dir)] = "the first line names no column 'order_no'",
        [("--from %s --out %s/none/evidence"):format(list, folder)] = "(No such file or directory)",
        [("--from %s --out %s"):format(list, list)] = "(Not a directory)",
        [("--from %s --out %s --ticket-from %s/none"):format(list, dir, folder)] = "none: No such file or directory",
      } do
        local output, messages, status = run("archive " .. arguments)
        assert.same({ "", 1 }, { output, status }, arguments)
        assert.matches(message, messages, 1, true)
        assert.is_nil(messages:find("traceback", 1, true))
        assert.is_nil(messages:find(".lua", 1, true))
      end
    end)
  end)

  describe("archive, killed and started again,", function()
    it("with -9 at random moments has each order once, and asks for no finished one again", function()
      local count, kills, rate, step = 300, 10, 200, 20
      if support.is_asan then
        count, kills, rate, step = 100, 4, 60, 15
      end
      local orders = {}
      for i = 1, count do
        orders[i] = order(i % 10 == 0 and "latesize20x30n" or i % 10 == 5 and "rejectednomedia" or "size20x30n")
      end
      write_list(orders)
      local function stored()
        return select(2, support.shell("test -d " .. dir)) == 0 and support.bundles(dir) or {}
      end
      -- The rate leaves the last kill more than half a second before the end, where nothing holds it up.
      local arguments = ("--jobs 16 --interval 0.05 --max-rate %d"):format(rate)
      local finished, finished_count, killed = {}, 0, 0
      for round = 1, kills do
        local process = start_archive(arguments)
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

    it("beside another on the same list has each order once, each of them content", function()
      local orders = {}
      for i = 1, support.is_asan and 30 or 100 do
        orders[i] = order(i % 10 == 0 and "latesize20x30n" or "size20x30n")
      end
      write_list(orders)
      local one, other = start_archive "--interval 0.05", start_archive "--interval 0.05"
      for _, process in ipairs { one, other } do
        local output, status = process.wait()
        assert.equal(0, status, output)
      end
      holds(orders)
    end)
  end)

  describe("archive, where something fails in mid-run,", function()
    local mounted
    after_each(function()
      if mounted then
        support.unmount(mounted)
        mounted = nil
      end
    end)

    local function mount(options)
      must("mkdir " .. dir)
      if not support.mount(dir, options) then
        pending "needs to mount"
        return false
      end
      mounted = dir
      return true
    end

    it("on a full disk names each order that found no room, archives the others, and goes on later", function()
      if not mount "size=2m" then
        return
      end
      local orders, large, small = {}, {}, {}
      for i = 1, 12 do
        local list_of = i % 2 == 0 and small or large
        list_of[#list_of + 1] = order(i % 2 == 0 and "size10x20n" or "size500kx2mn")
        orders[i] = list_of[#list_of]
      end
      write_list(orders)
      local output, messages, status = archive "--jobs 1"
      assert.equal(1, status)
      assert.equal(#small, select(2, (output .. "\n"):gsub("\n", "")))
      for _, order_no in ipairs(large) do
        assert.matches(order_no .. ": the file cannot be written (video, No space left on device)"
          .. " (storage FILE_UNWRITABLE)", messages, 1, true)
      end
      assert.matches("\n6 done, 6 failed", messages)
      holds(small)
      -- Many at once fill it to the last byte.
      archive "--jobs 6"
      holds(small)
      must(("mount -o remount,size=64m %s"):format(dir))
      assert.equal(0, select(3, archive()))
      holds(orders)
    end)

    it("on a disk that fills up slowly leaves nothing that is not whole", function()
      if not mount "size=1m" then
        return
      end
      local orders = orders_of("size30kx60kn", 25)
      write_list(orders)
      local output, messages, status = archive "--jobs 8"
      assert.equal(1, status)
      local done = select(2, output:gsub("%S+ /", ""))
      assert.is_true(done > 0 and done < 25)
      assert.equal(25 - done, select(2, messages:gsub("storage FILE_UNWRITABLE", "")))
      local bundles = support.bundles(dir)
      assert.equal(done, #bundles)
      holds(bundles)
    end)

    it("in a read-only folder says so, and asks nobody", function()
      if not mount "ro,size=1m" then
        return
      end
      local one = order "size30x40n"
      write_list { one }
      local output, messages, status = archive()
      assert.same({ "", 1 }, { output, status })
      assert.matches("^" .. dir:gsub("%p", "%%%0") .. ": the file cannot be written %(Read%-only file system%)",
        messages)
      assert.equal(0, support.queries(one))
    end)

    it("in a folder that becomes read-only names each order, and goes on later", function()
      local orders = orders_of("slow100x", 40)
      write_list(orders)
      must("mkdir -m 700 " .. dir)
      local process = support.start(support.without_privileges()
        .. cli.words(("archive --from %s --out %s --jobs 2"):format(list, dir)), {})
      process.wait_for(dir)
      must("chmod 500 " .. dir)
      local output, status = process.wait()
      assert.equal(1, status)
      local bundles = support.bundles(dir)
      local failed = select(2, output:gsub(
        "the file cannot be written %(Permission denied%) %(storage FILE_UNWRITABLE%)", ""))
      assert.is_true(#bundles > 0 and failed > 0, output)
      assert.equal(40, #bundles + failed, output)
      must("chmod 700 " .. dir)
      assert.equal(0, select(3, archive()))
      holds(orders)
    end)

    local function variables_of(sandbox)
      return {
        FACEQUERY_BASE_URL = sandbox.env.BASE_URL, FACEQUERY_CA_FILE = sandbox.env.CA_FILE,
        FACEQUERY_TICKET = sandbox.env.TICKET,
      }
    end

    it("with the connection lost names each order, and goes on later", function()
      local sandbox = servers.sandbox()
      local quick, orders = orders_of("size30x40n", 6), orders_of("slow3000x", 10)
      for i = 1, 6 do
        table.insert(orders, 1, quick[i])
      end
      write_list(orders)
      local process = start_archive("--jobs 16", variables_of(sandbox))
      for _, order_no in ipairs(quick) do
        process.wait_for(order_no)
      end
      sandbox:stop()
      local output, status = process.wait()
      assert.equal(1, status)
      assert.equal(10, select(2, output:gsub("slow%w+: [^\n]+ %(transport %u[%u_]+%)", "")), output)
      assert.matches("6 done, 10 failed", output, 1, true)
      holds(quick)
      assert.equal(0, select(3, archive "--jobs 16"))
      holds(orders)
    end)

    local function control(sandbox, path)
      must(("curl -s -X POST '%s/sandbox/%s'"):format(sandbox.env.SANDBOX_HTTP, path))
    end

    it("with all tickets revoked gets a new one, once, and loses no order", function()
      local sandbox = servers.sandbox()
      local orders = orders_of("size30x40n", 60)
      write_list(orders)
      local variables = variables_of(sandbox)
      variables.FACEQUERY_TICKET, variables.FACEQUERY_SECRET = "", sandbox.env.SANDBOX_SECRET
      local process = start_archive("--jobs 8 --max-rate 20", variables)
      process.wait_for(dir)
      control(sandbox, "revoke")
      local output, status = process.wait()
      local refused, fetched = sandbox:counter "refused_signs", sandbox:counter "api_tickets"
      sandbox:stop()
      assert.equal(0, status, output)
      assert.is_true(refused >= 1 and refused <= 8, refused)
      assert.equal(2, fetched)
      holds(orders)
    end)

    it("with a ticket that expired names each order, and goes on later", function()
      local sandbox = servers.sandbox()
      local api = sandbox.env.SANDBOX_HTTP .. "/api/oauth2/%s?version=1.0.0&app_id=" .. sandbox.env.APP_ID
      local function get(name, more)
        return must(("curl -s '%s&%s'"):format(api:format(name), more))
      end
      local token = get("access_token", "grant_type=client_credential&secret=" .. sandbox.env.SANDBOX_SECRET)
        :match '"access_token":"(%w+)"'
      local variables = variables_of(sandbox)
      variables.FACEQUERY_TICKET = get("api_ticket", "type=SIGN&access_token=" .. token):match '"value":"(%w+)"'
      local orders = orders_of("slow100x", 40)
      write_list(orders)
      local process = start_archive("--jobs 2", variables)
      process.wait_for(dir)
      control(sandbox, "revoke")
      local output, status = process.wait()
      sandbox:stop()
      assert.equal(1, status)
      local bundles = support.bundles(dir)
      local failed = select(2, output:gsub("slow%w+: [^\n]+ %(auth 400105%)", ""))
      assert.is_true(#bundles > 0 and failed > 0, output)
      assert.equal(40, #bundles + failed, output)
      assert.is_nil(output:find(variables.FACEQUERY_TICKET, 1, true))
      holds(bundles)
      assert.equal(0, select(3, archive()))
      holds(orders)
    end)

    it("with a ticket that is refused names each order", function()
      local orders = orders_of("size30x40n", 3)
      write_list(orders)
      local _, messages, status = archive("", "FACEQUERY_TICKET=" .. ("x"):rep(64))
      assert.equal(1, status)
      assert.equal(3, select(2, messages:gsub("size%w+: [^\n]+ %(auth 400105%)", "")))
    end)
  end)

  it("archive takes no more memory for more orders", function()
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

  describe("verify", function()
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
      archive()
      local _, messages, mended = run("verify " .. dir)
      assert.equal(0, mended)
      assert.matches("2 bundles, 0 problems, 1 lines mended after a crash, head ", messages, 1, true)
    end)
  end)

  describe("purge and count", function()
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
      -- The service still has it: it comes back.
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
end)
