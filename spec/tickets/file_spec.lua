-- Tickets in a file: real files, real processes, really killed.

local contract = require "help.store_contract"
local core = require "facequery.core"
local facequery = require "facequery"
local support = require "help.support"
local tickets = require "facequery.tickets"

local must, counters, control = support.must, support.counters, support.control

local is_root = must "id -u" == "0"
local it_as_root = is_root and it or pending

describe("the file store", function()
  local folder, path

  before_each(function()
    control("reset", "POST")
    folder = support.folder()
    path = folder .. "/ticket"
  end)

  after_each(function() support.remove_folder(folder) end)

  contract.holds(contract.here { open = function() return tickets.file(path) end, sleep = core.sleep })

  it("holds a value, for this user's eyes alone, and for the next process", function()
    local store = tickets.file(path)
    assert.is_nil(store:get "key")
    assert.is_true(store:set("key", "the\nvalue\0", 60))
    assert.equal("the\nvalue\0", store:get "key")
    assert.equal("600 regular file", must("stat -c '%a %F' " .. path))
    assert.is_true(store:set("key", "another", 60))
    assert.equal("another", must(support.lua_command(
      ("print(require('facequery.tickets').file(%q):get 'key')"):format(path))))
    assert.equal("ticket", support.list(folder))
  end)

  it("wants a path", function()
    for _, bad in ipairs { 7, {}, true } do
      local ok, message = pcall(tickets.file, bad)
      assert.is_false(ok)
      assert.matches("bad argument #1 to 'file' %(string expected, got " .. type(bad) .. "%)", message)
    end
  end)

  it("does not take another key's value for its own", function()
    local store = tickets.file(path)
    store:set("key", "value", 60)
    assert.same({ n = 3, nil, nil, "FILE_UNTRUSTED" }, { n = select("#", store:get "other"), store:get "other" })
    assert.same({ n = 3, nil, nil, "FILE_UNTRUSTED" }, { n = select("#", store:get "ke"), store:get "ke" })
  end)

  it("has its lock in a file beside it", function()
    local release = assert(tickets.file(path):lock("key", 5))
    assert.equal("ticket.lock", support.list(folder))
    release()
  end)

  it("says why it can't be written", function()
    local store = tickets.file(folder .. "/none/ticket")
    local ok, failure = store:set("key", "value", 60)
    assert.is_nil(ok)
    assert.same({ "FILE_UNWRITABLE", folder .. "/none/ticket" }, { failure.status, failure.field })
    ok, failure = store:lock("key", 60)
    assert.is_nil(ok)
    assert.same({ "FILE_UNWRITABLE", folder .. "/none/ticket" }, { failure.status, failure.field })
  end)

  describe("of a client", function()
    local events

    before_each(function() events = {} end)

    local function new()
      return assert(facequery.new {
        secret = support.env "SANDBOX_SECRET", ticket_store = tickets.file(path),
        on_event = function(event) events[#events + 1] = event end,
      })
    end

    local function ignored()
      local codes = {}
      for _, event in ipairs(events) do
        if event.type == "ticket" and event.action == "ignored" then
          codes[#codes + 1] = event.code
        end
      end
      return codes
    end

    -- Whether the client's query gives a record.
    local function works(client)
      return assert(client:query { order_no = support.order "verified" }).code == "0"
    end

    it("survives a restart", function()
      works(new())
      assert.equal(1, counters().access_tokens)
      works(new())
      assert.equal(1, counters().access_tokens)
      assert.same({}, ignored())
    end)

    it("is the default with FACEQUERY_TICKET_FILE", function()
      local code = [[
        local client = require("facequery").new { secret = os.getenv "FACEQUERY_SANDBOX_SECRET" }
        assert(client:ticket_status())]]
      for _ = 1, 2 do
        must("FACEQUERY_TICKET_FILE=" .. path .. " " .. support.lua_command(code))
      end
      assert.equal(1, counters().access_tokens)
      assert.equal("600", must("stat -c %a " .. path))
    end)

    -- Files that hold no ticket to trust: the command that makes one, and the code of the event.
    local bad = {
      ["corrupt"] = {
        "head -n 1 $F >$F.new; printf %s '{\"ticket\":' >>$F.new; mv $F.new $F; chmod 600 $F", "NOT_JSON",
      },
      ["cut off"] = { "truncate -s -40 $F", "NOT_JSON" },
      ["cut off in its first line"] = { "truncate -s 10 $F", "FILE_UNTRUSTED" },
      ["empty"] = { "truncate -s 0 $F", "FILE_UNTRUSTED" },
      ["binary"] = { "head -c 1000 /dev/urandom >$F", "FILE_UNTRUSTED" },
      ["huge"] = { "head -c 100000 /dev/zero >>$F", "FILE_UNTRUSTED" },
      ["another app's"] = { "sed -i '1s/IDAXXXXX/IDAYYYYY/' $F", "FILE_UNTRUSTED" },
      ["readable for others"] = { "chmod 604 $F", "FILE_UNTRUSTED" },
      ["writable for the group"] = { "chmod 620 $F", "FILE_UNTRUSTED" },
      ["a link to a good one"] = { "mv $F $F.good; ln -s ticket.good $F", "FILE_UNTRUSTED" },
      ["a pipe"] = { "rm $F; mkfifo -m 600 $F", "FILE_UNTRUSTED" },
      ["another user's"] = { "chown 65534 $F", "FILE_UNTRUSTED", it_as_root },
    }
    for name, case in pairs(bad) do
      (case[3] or it)(("does not trust a file that is %s, says so, and puts a good one in its place"):format(name),
        function()
          works(new())
          must(("F=%s; %s"):format(path, case[1]))
          events = {}
          assert.is_true(works(new()))
          -- The keeper reads the store before it takes the lock and again under it.
          assert.same({ case[2], case[2] }, ignored())
          assert.equal(2, counters().access_tokens)
          assert.equal("600 regular file 0", must("stat -c '%a %F %u' " .. path):gsub(must "id -u" .. "$", "0"))
          events = {}
          assert.is_true(works(new()))
          assert.same({}, ignored())
          assert.equal(2, counters().access_tokens)
        end)
    end

    it("leaves what a link led to alone", function()
      support.write_file(folder .. "/precious", "precious")
      must(("chmod 600 %s/precious; ln -s precious %s"):format(folder, path))
      works(new())
      assert.equal("precious", support.read_file(folder .. "/precious"))
    end)

    it("uses a ticket that it can't write, and says so", function()
      must(("mkdir %s"):format(path))
      assert.is_true(works(new()))
      local seen = {}
      for _, event in ipairs(events) do
        seen[event.action or 0] = event.code or true
      end
      assert.equal("FILE_UNWRITABLE", seen.unwritten)
    end)

    it("fails with kind storage where it can't lock", function()
      path = folder .. "/none/ticket"
      local record, err = new():query { order_no = support.order "verified" }
      assert.is_nil(record)
      assert.same({ "storage", "FILE_UNWRITABLE" }, { err.kind, err.code })
      assert.equal(0, counters().access_token_requests)
    end)
  end)

  describe("between processes", function()
    -- Asks for an order, and prints the code, the seconds that it took and the events of tickets.
    local function client(before)
      return (before or "") .. ([[
        local core, facequery = require "facequery.core", require "facequery"
        local actions = {}
        local client = assert(facequery.new {
          secret = os.getenv "FACEQUERY_SANDBOX_SECRET", ticket_store = require("facequery.tickets").file(%q),
          on_event = function(event) actions[#actions + 1] = event.type == "ticket" and event.action or nil end,
        })
        local started = core.now()
        local record, err = client:query { order_no = %q }
        print(record and record.code or err.code, core.now() - started, table.concat(actions, " "))]]
        ):format(path, support.order "verified")
    end

    -- Puts the clock of the process 20 minutes on; `later` does so for the sandbox.
    local LATER = [[
      local core = require "facequery.core"
      local now = core.now
      function core.now() return now() + 1201 end
    ]]

    local function later()
      control("skip?seconds=1201", "POST")
    end

    local function finished(process)
      local output = process.wait()
      local code, seconds, actions = output:match "^(%S+)%s+(%S+)%s*(.*)$"
      assert.equal("0", code, output)
      return tonumber(seconds), actions
    end

    -- Waits until the service was asked for so many tokens.
    local function until_asked(times)
      local deadline = core.now() + 30
      while counters().access_token_requests < times do
        assert(core.now() < deadline)
        core.sleep(0.01)
      end
    end

    it("fetches exactly one token for twenty that start cold", function()
      control("stall?access_token=0.3", "POST")
      local processes = {}
      for i = 1, 20 do
        processes[i] = support.start_lua(client())
      end
      local fetchers = 0
      for _, process in ipairs(processes) do
        local _, actions = finished(process)
        fetchers = fetchers + (actions == "fetched" and 1 or 0)
      end
      assert.equal(1, fetchers)
      assert.same({ 1, 1, 1, 1 }, {
        counters().access_token_requests, counters().access_tokens,
        counters().api_ticket_requests, counters().api_tickets,
      })
      assert.equal(0, counters().refused_signs)
    end)

    it("lets those without a ticket wait for the one that fetches it", function()
      control("stall?access_token=3", "POST")
      local first = support.start_lua(client())
      until_asked(1)
      local seconds, actions = finished(support.start_lua(client()))
      assert.is_true(seconds > 0.3)
      assert.equal("", actions)
      finished(first)
      assert.equal(1, counters().access_tokens)
    end)

    it("gives them the old ticket while one renews it", function()
      finished(support.start_lua(client()))
      later()
      control("stall?access_token=5", "POST")
      local first = support.start_lua(client(LATER))
      until_asked(2)
      local _, actions = finished(support.start_lua(client(LATER)))
      assert.equal("", actions)
      assert.is_false(first.ended())
      local seconds
      seconds, actions = finished(first)
      assert.is_true(seconds > 4.9)
      assert.equal("fetched", actions)
      assert.same({ 2, 0 }, { counters().access_tokens, counters().refused_signs })
    end)

    it("goes on at once when the one that fetches is killed", function()
      control("stall?access_token=60", "POST")
      local first = support.start_lua(client())
      until_asked(1)
      local second = support.start_lua(client())
      core.sleep(0.3)
      assert.is_false(second.ended())
      control("stall?access_token=0", "POST")
      local killed = core.now()
      first.kill()
      finished(second)
      assert.is_true(core.now() - killed < 15)
      first.wait()
      assert.equal(1, counters().access_tokens)
    end)

    it("costs each of them one request, and none an error, when the ticket is revoked", function()
      local processes = {}
      for i = 1, 5 do
        processes[i] = support.start_lua(([[
          local facequery, support = require "facequery", require "help.support"
          io.stdout:setvbuf "no"
          local client = assert(facequery.new {
            secret = support.env "SANDBOX_SECRET", ticket_store = require("facequery.tickets").file(%q), retries = 0,
          })
          assert(client:query { order_no = support.order "verified" })
          print "first"
          repeat require("facequery.core").sleep(0.01) until io.open(%q)
          for _ = 1, 3 do assert(client:query { order_no = support.order "verified" }) end
          print "second"]]):format(path, folder .. "/go"))
      end
      for _, process in ipairs(processes) do
        process.wait_for "first"
      end
      assert.same({ 1, 5 }, { counters().access_tokens, counters().queries })
      control("revoke", "POST")
      support.write_file(folder .. "/go", "")
      for _, process in ipairs(processes) do
        assert.same({ "first\nsecond", 0 }, { process.wait() })
      end
      assert.same({ 2, 5 + 5 * 3 + 5, 5 },
        { counters().access_tokens, counters().queries, counters().refused_signs })
    end)

    it("shares the back-off of a renewal that failed", function()
      finished(support.start_lua(client()))
      later()
      -- The first process whose renewal fails writes into the file that the next is due in half a second.
      control("fail?access_token=1000", "POST")
      local processes = {}
      for i = 1, 6 do
        processes[i] = support.start_lua(LATER .. [[
          local deadline = now() + 0.9
          repeat]] .. client() .. [[ until now() > deadline]])
      end
      for _, process in ipairs(processes) do
        process.wait()
      end
      local asked = counters().access_token_requests - 1
      -- Without a shared back-off, each of the six processes would ask twice at least.
      assert.is_true(asked >= 2 and asked <= 6, asked)
      assert.equal(0, counters().refused_signs)
    end)
  end)
end)
