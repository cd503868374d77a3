-- The archive's log: what is in its lines, and what it does with what is no log.

local archiving = require "help.archiving"
local cjson = require "cjson"
local evidence = require "facequery.evidence"
local log = require "facequery.evidence.log"
local support = require "help.support"

local must, order, quote = support.must, support.order, support.quote

describe("an archive's log", function()
  local one
  before_each(function() one = archiving.new() end)
  after_each(function() one:remove() end)

  it("takes a bundle back that OpenSSL has no digest for, whichever of them fails", function()
    local core = require "facequery.core"
    local digest, failing = core.digest, 0
    local order_no, bundle, err
    one:must_archive()
    finally(function() core.digest = digest end) -- luacheck: ignore 122
    repeat
      failing = failing + 1
      local calls = 0
      core.digest = function(...) -- luacheck: ignore 122
        calls = calls + 1
        if calls == failing then
          return nil, { status = "CRYPTO_FAILED" }
        end
        return digest(...)
      end
      order_no = order "size30x40n"
      bundle, err = one.client:archive { order_no = order_no, dir = one.dir }
      local has_failed = calls >= failing
      core.digest = digest -- luacheck: ignore 122
      assert.equal(not has_failed, bundle ~= nil)
      if has_failed then
        assert.equal("CRYPTO_FAILED", err.code)
        assert.equal("", must(("ls %s | grep %s || :"):format(quote(one.dir), order_no)))
      end
      assert.same({}, (support.verify(one.dir)))
      assert.is_true(support.is_clean(one.dir))
    until bundle
    assert.is_true(failing > 3)
    one:must_archive()
    core.digest = function() return nil, { status = "CRYPTO_FAILED" } end -- luacheck: ignore 122
    local problems = support.verify(one.dir)
    assert.same({ ".: can't be checked to its end: CRYPTO_FAILED" }, problems)
    local iterator
    iterator, err = one.client:each({ order_no }, { dir = one.dir })
    assert.same({ nil, "CRYPTO_FAILED" }, { iterator, err.code })
  end)

  it("has a line of JSON for each bundle, with its manifest's digest and the line before's", function()
    local previous = ("0"):rep(64)
    for i = 1, 3 do
      local bundle = one:must_archive()
      local line = one:lines()[i]
      local entry = cjson.decode(line)
      assert.same({ "archived", bundle.order_no, previous },
        { entry.action, entry.order_no, entry.previous })
      assert.equal(must(("sha256sum %s/manifest.json"):format(bundle.path)):match "^%x+", entry.manifest)
      assert.matches("^%d%d%d%d%-%d%d%-%d%dT%d%d:%d%d:%d%dZ$", entry.time)
      -- Digests as a shell makes them: of the line without its line feed, and without its digest.
      previous = must(("sed -n %dp %s | tr -d '\\n' | sha256sum"):format(i, one.log)):match "^%x+"
      assert.equal(must(([[sed -n '%ds/,"digest":"[0-9a-f]*"}$/}/p' %s | tr -d '\n' | sha256sum]])
        :format(i, one.log)):match "^%x+", entry.digest)
    end
    assert.equal(3, #one:lines())
    assert.equal("600", must("stat -c %a " .. one.log))
    local _, found = support.verify(one.dir)
    assert.equal(previous, found.head)
  end)

  it("is only ever added to", function()
    one:must_archive()
    local before, inode = support.read_file(one.log), must("stat -c %i " .. one.log)
    one:must_archive()
    local after = support.read_file(one.log)
    assert.equal(before, after:sub(1, #before))
    assert.equal(inode, must("stat -c %i " .. one.log))
  end)

  it("gets several lines at once, each with the digest of the one before", function()
    must("mkdir " .. one.dir)
    local place, entries = evidence.at(one.dir), {}
    for i = 1, 3 do
      entries[i] = { action = "archived", order_no = "a" .. i, manifest = "1" }
    end
    assert.is_true(log.append(place, { entries[1] }))
    assert.is_true(log.append(place, { entries[2], entries[3] }))
    local orders = {}
    for _, entry, is_ended, follows in log.lines(place) do
      assert.same({ true, true }, { is_ended, follows })
      orders[#orders + 1] = entry.order_no
    end
    assert.same({ "a1", "a2", "a3" }, orders)
  end)

  it("tells the state of things: the last line about an order counts", function()
    must("mkdir " .. one.dir)
    local place = evidence.at(one.dir)
    for _, entry in ipairs {
      { "archived", "a1", "1" }, { "archived", "a2", "2" }, { "purged", "a1", "1" }, { "archived", "a3", "3" },
      { "purged", "a2", "2" }, { "archived", "a2", "4" },
    } do
      assert.is_true(log.append(place, { { action = entry[1], order_no = entry[2], manifest = entry[3] } }))
    end
    local state = log.state(place)
    assert.same({ { a2 = "4", a3 = "3" }, { a1 = "1" }, {} }, { state.live, state.purged, state.held })
  end)

  it("tells of holds apart from bundles, and goes on from where it was read before", function()
    must("mkdir " .. one.dir)
    local place = evidence.at(one.dir)
    local function append(action, order_no, why)
      assert.is_true(log.append(place, { { action = action, order_no = order_no, manifest = "1", why = why } }))
    end
    append("archived", "a1")
    append("held", "a1", "法院 \"17\"")
    append("archived", "a2")
    local state = log.state(place)
    assert.same({ a1 = "1", a2 = "1" }, state.live)
    assert.same({ "法院 \"17\"", nil }, { state.held.a1.why, state.held.a2 })
    -- What was read is not read again: it need not be there any more.
    must(("sed -i '1s/a1/XX/' %s"):format(one.log))
    append("released", "a1")
    append("held", "a2", "x")
    support.write_file(one.log, support.read_file(one.log) .. '{"torn')
    assert.equal(state, (log.state(place, state)))
    assert.same({ a1 = "1", a2 = "1" }, state.live)
    assert.same({ nil, "x" }, { state.held.a1, state.held.a2.why })
    append("purged", "a1")
    log.state(place, state)
    assert.same({ { a2 = "1" }, { a1 = "1" } }, { state.live, state.purged })
  end)

  it("takes a reason of a kilobyte of UTF-8 that can be seen, without control characters", function()
    for _, good in ipairs { "x", "法院 (2026) 17", ("x"):rep(1024), ("法"):rep(341), " x ", '"\\', "\194\160x", "😀" } do
      assert.is_true(log.is_reason(good), good)
    end
    for _, bad in ipairs { "", " ", ("x"):rep(1025), "a\nb", "a\tb", "a\0b", "\27[2J", "\127", "\194\155 2J",
      "\255", "\228\184", "\237\160\128", 7, {} } do
      assert.is_false(log.is_reason(bad), tostring(bad))
    end
    -- Nor is a line an entry that has another one: whoever prints it need not look again.
    must("mkdir " .. one.dir)
    local place = evidence.at(one.dir)
    assert.is_true(log.append(place, { { action = "held", order_no = "a1", manifest = "1", why = "\27[2J" } }))
    for _, entry in log.lines(place) do
      assert.is_nil(entry)
    end
    assert.same({}, log.state(place).held)
  end)

  it("gets no line from a run that can't read it: it would begin anew", function()
    one:must_archive()
    must("chmod 200 " .. one.log)
    local archived = must(support.without_privileges() .. support.lua_command(([[
      local client = assert(require("facequery").new())
      local _, err = client:archive { order_no = %q, dir = %q }
      print(err.code)]]):format(order "size30x40n", one.dir)))
    assert.equal("FILE_UNREADABLE", archived)
    local problems = must(support.without_privileges() .. support.lua_command(([[
      local archive = require("facequery.evidence").at(%q)
      require("facequery.evidence.verify").run(archive, print)]]):format(one.dir)))
    assert.matches("index.jsonl\tcan't be read", problems, 1, true)
    must("chmod 600 " .. one.log)
    assert.equal(1, one:mend().bundles)
  end)

  it("gets no line from a run that finds a link, a pipe or a folder in its place", function()
    one:must_archive()
    must(("mv %s %s/elsewhere"):format(one.log, one.folder))
    for _, command in ipairs { "ln -s ../elsewhere %s", "mkfifo %s", "mkdir %s" } do
      must(command:format(one.log))
      local bundle, err = one.client:archive { order_no = order "size30x40n", dir = one.dir }
      assert.is_nil(bundle)
      assert.equal("storage", err.kind)
      assert.matches("index.jsonl: not a plain file", table.concat((support.verify(one.dir)), "\n"), 1, true)
      must("rm -r " .. one.log)
    end
    must(("mv %s/elsewhere %s"):format(one.folder, one.log))
    assert.equal(1, one:mend().bundles)
  end)

  it("is written by many at once, one line after the other", function()
    local code = ([[
      local archives, log = require "facequery.evidence", require "facequery.evidence.log"
      local archive = archives.at(%q)
      for i = 1, 30 do
        assert(archive:locked(function()
          return log.append(archive, { { action = "archived", order_no = "a" .. i, manifest = "x" } })
        end))
      end
    ]]):format(one.dir)
    must("mkdir " .. one.dir)
    local processes = {}
    for i = 1, 3 do
      processes[i] = support.start_lua(code)
    end
    for _, process in ipairs(processes) do
      assert.same({ "", 0 }, { process.wait() })
    end
    assert.equal(90, #one:lines())
    for _, problem in ipairs(support.verify(one.dir)) do
      assert.matches("in the log, but not there", problem, 1, true)
    end
  end)

  it("reads what is no log without falling over it", function()
    must("mkdir " .. one.dir)
    for _, text in ipairs { "", "\n", "\n\n\n", "null\n", "[]\n", '{"action":"archived"}\n', "\0\255\n",
      ("x"):rep(100000), ("["):rep(5000) .. "\n" } do
      support.write_file(one.log, text)
      local place, count = evidence.at(one.dir), 0
      for line, entry in log.lines(place) do
        assert.is_string(line)
        assert.is_nil(entry)
        count = count + 1
      end
      assert.equal(select(2, text:gsub("\n", "")) + (text:find "[^\n]$" and 1 or 0), count)
      assert.is_true(#support.verify(one.dir) == count)
      assert(evidence.open(one.dir)):close()
    end
  end)
end)
