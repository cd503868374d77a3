-- The archive's log, and the crashes that it survives: processes that are killed at the very moment.

local archives = require "facequery.evidence"
local cjson = require "cjson"
local facequery = require "facequery"
local log = require "facequery.evidence.log"
local support = require "help.support"

local must, order, quote = support.must, support.order, support.quote

describe("an archive's log", function()
  local folder, dir, path, client
  before_each(function()
    folder = support.folder()
    dir = folder .. "/evidence"
    path = dir .. "/index.jsonl"
    client = assert(facequery.new())
  end)
  after_each(function()
    client:close()
    support.remove_folder(folder)
  end)

  local function archive(order_no)
    return assert(client:archive { order_no = order_no or order "size30x40n", dir = dir })
  end

  local function lines()
    local all = {}
    for line in support.read_file(path):gmatch "[^\n]*\n" do
      all[#all + 1] = line
    end
    return all
  end

  -- Runs Lua code in a process that ends itself with kill -9 where the code calls `die()`.
  local function run_until_death(code)
    local _, status = support.start_lua([[
      local core = require "facequery.core"
      local pid = io.open "/proc/self/stat":read "*n"
      local function die() os.execute("kill -KILL " .. pid) end
    ]] .. code).wait()
    assert.equal(137, status)
  end

  -- The archive's next run; then nothing may be wrong, and nothing left.
  local function mend()
    assert(archives.open(dir)):close()
    local problems, found = support.verify(dir)
    assert.same({}, problems)
    assert.is_true(support.is_clean(dir))
    return found
  end

  it("takes a bundle back that OpenSSL has no digest for, whichever of them fails", function()
    local core = require "facequery.core"
    local digest, failing = core.digest, 0
    local order_no, bundle, err
    archive()
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
      bundle, err = client:archive { order_no = order_no, dir = dir }
      local has_failed = calls >= failing
      core.digest = digest -- luacheck: ignore 122
      assert.equal(not has_failed, bundle ~= nil)
      if has_failed then
        assert.equal("CRYPTO_FAILED", err.code)
        assert.equal("", must(("ls %s | grep %s || :"):format(quote(dir), order_no)))
      end
      assert.same({}, (support.verify(dir)))
      assert.is_true(support.is_clean(dir))
    until bundle
    assert.is_true(failing > 3)
    archive()
    core.digest = function() return nil, { status = "CRYPTO_FAILED" } end -- luacheck: ignore 122
    local problems = support.verify(dir)
    assert.same({ ".: can't be checked to its end: CRYPTO_FAILED" }, problems)
    local iterator
    iterator, err = client:each({ order_no }, { dir = dir })
    assert.same({ nil, "CRYPTO_FAILED" }, { iterator, err.code })
  end)

  it("has a line of JSON for each bundle, with its manifest's digest and the line before's", function()
    local previous = ("0"):rep(64)
    for i = 1, 3 do
      local bundle = archive()
      local line = lines()[i]
      local entry = cjson.decode(line)
      assert.same({ "archived", bundle.order_no, previous },
        { entry.action, entry.order_no, entry.previous })
      assert.equal(must(("sha256sum %s/manifest.json"):format(bundle.path)):match "^%x+", entry.manifest)
      assert.matches("^%d%d%d%d%-%d%d%-%d%dT%d%d:%d%d:%d%dZ$", entry.time)
      -- Digests as a shell makes them: of the line without its line feed, and without its digest.
      previous = must(("sed -n %dp %s | tr -d '\\n' | sha256sum"):format(i, path)):match "^%x+"
      assert.equal(must(([[sed -n '%ds/,"digest":"[0-9a-f]*"}$/}/p' %s | tr -d '\n' | sha256sum]])
        :format(i, path)):match "^%x+", entry.digest)
    end
    assert.equal(3, #lines())
    assert.equal("600", must("stat -c %a " .. path))
    local _, found = support.verify(dir)
    assert.equal(previous, found.head)
  end)

  it("is only ever added to", function()
    archive()
    local before, inode = support.read_file(path), must("stat -c %i " .. path)
    archive()
    local after = support.read_file(path)
    assert.equal(before, after:sub(1, #before))
    assert.equal(inode, must("stat -c %i " .. path))
  end)

  it("tells the state of things: the last line about an order counts", function()
    must("mkdir " .. dir)
    local one = archives.at(dir)
    for _, entry in ipairs {
      { "archived", "a1", "1" }, { "archived", "a2", "2" }, { "purged", "a1", "1" }, { "archived", "a3", "3" },
      { "purged", "a2", "2" }, { "archived", "a2", "4" },
    } do
      assert.is_true(log.append(one, { { action = entry[1], order_no = entry[2], manifest = entry[3] } }))
    end
    local live, purged = log.state(one)
    assert.same({ a2 = "4", a3 = "3" }, live)
    assert.same({ a1 = "1" }, purged)
  end)

  describe("after a crash", function()
    local CRASHING = [[
      %s
      require("facequery").new():archive { order_no = %q, dir = %q }
    ]]

    it("between a bundle and its line gets the line, marked as mended; nobody is asked again", function()
      archive()
      local order_no = order "size30x40n"
      run_until_death(CRASHING:format("core.append = die", order_no, dir))
      assert.equal(1, #lines())
      assert.same({ order_no .. ": not in the log" }, (support.verify(dir)))
      local found = mend()
      assert.same({ 2, 1 }, { found.bundles, found.mended })
      local entry = cjson.decode(lines()[2])
      assert.same({ order_no, "archived", true }, { entry.order_no, entry.action, entry.mended })
      assert.is_true(archive(order_no).existing)
      assert.equal(1, support.queries(order_no))
      -- Once is enough.
      assert.equal(1, mend().mended)
      assert.equal(2, #lines())
    end)

    it("in the middle of the first line ever gets it whole", function()
      local order_no = order "size30x40n"
      run_until_death(CRASHING:format([[
        local append = core.append
        function core.append(path, text)
          append(path, text:sub(1, 100))
          die()
        end
      ]], order_no, dir))
      assert.equal(100, #support.read_file(path))
      assert.equal(1, mend().mended)
      assert.equal(order_no, cjson.decode(lines()[1]).order_no)
      assert.equal(1, #lines())
    end)

    it("in the middle of a line, wherever, gets it whole", function()
      for _, cut in ipairs { 1, 2, 57, -2, -1 } do
        archive()
        local before, order_no = support.read_file(path), order "size30x40n"
        run_until_death(CRASHING:format(([[
          local append = core.append
          function core.append(path, text)
            append(path, text:sub(1, %d))
            die()
          end
        ]]):format(cut == -1 and -2 or cut), order_no, dir))
        mend()
        assert.equal(before, support.read_file(path):sub(1, #before))
        local all = lines()
        assert.equal(order_no, cjson.decode(all[#all]).order_no)
      end
    end)

    it("in the middle of mending a torn line loses nothing", function()
      archive()
      local before = support.read_file(path)
      support.write_file(path, before .. '{"torn')
      run_until_death(CRASHING:format("core.truncate = die", "a1", dir))
      mend()
      assert.equal(before, support.read_file(path))
    end)

    it("with a torn line longer than any entry, loses that line alone", function()
      archive()
      archive()
      local before = support.read_file(path)
      for _, length in ipairs { 4095 - #before, 4096 - #before, 4097 - #before, 4096, 100000 } do
        support.write_file(path, before .. ("x"):rep(length))
        mend()
        assert.equal(before, support.read_file(path))
      end
      support.write_file(path, ("x"):rep(100000))
      assert(archives.open(dir, true)):close()
      assert.equal(2, #lines()) -- found without a line
    end)

    it("of a neighbour in the middle of a line, gets no line behind half a one", function()
      archive()
      local one = assert(archives.open(dir))
      local before = support.read_file(path)
      support.write_file(path, before .. '{"torn":"')
      assert.is_true(log.append(one, { { action = "archived", order_no = "a1", manifest = "1" } }))
      one:close()
      assert.equal(before, support.read_file(path):sub(1, #before))
      assert.equal("a1", cjson.decode(lines()[2]).order_no)
      assert.equal(must(("head -1 %s | tr -d '\\n' | sha256sum"):format(path)):match "^%x+",
        cjson.decode(lines()[2]).previous)
    end)

    it("of a bundle in the making keeps nothing of it, and it is archived by the next run", function()
      local order_no = order "size30x40n"
      run_until_death(CRASHING:format("core.commit_folder = die", order_no, dir))
      assert.is_false(support.is_clean(dir))
      assert.same({}, support.bundles(dir))
      assert.same({}, (support.verify(dir)))
      mend()
      assert.is_false(archive(order_no).existing)
      mend()
    end)

    it("is mended although a bundle was taken away meanwhile, which still shows", function()
      local gone = archive()
      local order_no = order "size30x40n"
      run_until_death(CRASHING:format("core.append = die", order_no, dir))
      must("rm -r " .. quote(gone.path))
      assert(archives.open(dir)):close()
      assert.same({ gone.order_no .. ": in the log, but not there" }, (support.verify(dir)))
      assert.equal(order_no, cjson.decode(lines()[2]).order_no)
    end)

    it("is not mended with a bundle that is not whole, which shows", function()
      local order_no = order "size30x40n"
      run_until_death(CRASHING:format("core.append = die", order_no, dir))
      support.write_file(("%s/%s/video.mp4"):format(dir, order_no), "another video")
      assert(archives.open(dir)):close()
      assert.same({ order_no .. ": not in the log" }, (support.verify(dir)))
    end)
  end)

  it("gets no line from a run that can't read it: it would begin anew", function()
    archive()
    must("chmod 200 " .. path)
    local archived = must(support.without_privileges() .. support.lua_command(([[
      local client = assert(require("facequery").new())
      local _, err = client:archive { order_no = %q, dir = %q }
      print(err.code)]]):format(order "size30x40n", dir)))
    assert.equal("FILE_UNREADABLE", archived)
    local problems = must(support.without_privileges() .. support.lua_command(([[
      local archive = require("facequery.evidence").at(%q)
      require("facequery.evidence.verify").run(archive, print)]]):format(dir)))
    assert.matches("index.jsonl\tcan't be read", problems, 1, true)
    must("chmod 600 " .. path)
    assert.equal(1, mend().bundles)
  end)

  it("gets no line from a run that finds a link, a pipe or a folder in its place", function()
    archive()
    must(("mv %s %s/elsewhere"):format(path, folder))
    for _, command in ipairs { "ln -s ../elsewhere %s", "mkfifo %s", "mkdir %s" } do
      must(command:format(path))
      local bundle, err = client:archive { order_no = order "size30x40n", dir = dir }
      assert.is_nil(bundle)
      assert.equal("storage", err.kind)
      assert.is_true(table.concat((support.verify(dir)), "\n"):find("index.jsonl: not a plain file", 1, true) ~= nil)
      must("rm -r " .. path)
    end
    must(("mv %s/elsewhere %s"):format(folder, path))
    assert.equal(1, mend().bundles)
  end)

  it("is looked through by a run, which finds a bundle without a line although no crash has left a trace", function()
    local one, two = archive(), archive()
    must(("sed -i '$d' %s"):format(path))
    assert.is_true(archive(one.order_no).existing)
    assert.same({ two.order_no .. ": not in the log" }, (support.verify(dir)))
    for _, bundle in client:each({ one.order_no }, { dir = dir }) do
      assert.is_true(bundle.existing)
    end
    local notes = {}
    local problems = require("facequery.evidence.verify").run(archives.at(dir), error, function(where, text)
      notes[#notes + 1] = where .. ": " .. text
    end).problems
    assert.same({ 0, { ("index.jsonl, line 2: %s was found without a line, after a crash"):format(two.order_no) } },
      { problems, notes })
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
    ]]):format(dir)
    must("mkdir " .. dir)
    local processes = {}
    for i = 1, 3 do
      processes[i] = support.start_lua(code)
    end
    for _, process in ipairs(processes) do
      assert.same({ "", 0 }, { process.wait() })
    end
    assert.equal(90, #lines())
    for _, problem in ipairs(support.verify(dir)) do
      assert.matches("in the log, but not there", problem, 1, true)
    end
  end)

  it("reads what is no log without falling over it", function()
    must("mkdir " .. dir)
    for _, text in ipairs { "", "\n", "\n\n\n", "null\n", "[]\n", '{"action":"archived"}\n', "\0\255\n",
      ("x"):rep(100000), ("["):rep(5000) .. "\n" } do
      support.write_file(path, text)
      local one, count = archives.at(dir), 0
      for line, entry in log.lines(one) do
        assert.is_string(line)
        assert.is_nil(entry)
        count = count + 1
      end
      assert.equal(select(2, text:gsub("\n", "")) + (text:find "[^\n]$" and 1 or 0), count)
      assert.is_true(#support.verify(dir) == count)
      assert(archives.open(dir)):close()
    end
  end)
end)
