-- What the core does to files in place: renames, cuts, reads and locks them.

local core = require "facequery.core"
local support = require "help.support"

local mode, must = support.mode, support.must

local is_root = must "id -u" == "0"
-- What takes another owner.
local it_as_root = is_root and it or pending

describe("the core's disk:", function()
  local folder, path

  before_each(function()
    folder = support.folder()
    path = folder .. "/file"
  end)

  after_each(function() support.remove_folder(folder) end)

  describe("rename", function()
    it("renames a file, and a folder with all in it", function()
      support.write_file(path, "x")
      assert.is_true(core.rename(path, folder .. "/new"))
      must("mkdir " .. folder .. "/a; mv " .. folder .. "/new " .. folder .. "/a/")
      assert.is_true(core.rename(folder .. "/a", folder .. "/b"))
      assert.equal("x", support.read_file(folder .. "/b/new"))
      assert.equal("b", support.list(folder))
    end)

    it("leaves both as they are when the name is taken", function()
      must(("echo a >%s; echo b >%s/other; ln -s none %s/link; mkdir %s/empty"):format(path, folder, folder, folder))
      for _, name in ipairs { "other", "link", "empty" } do
        local ok, failure = core.rename(path, folder .. "/" .. name)
        assert.is_nil(ok)
        assert.equal("FILE_EXISTS", failure.status)
      end
      assert.same({ "a\n", "b\n" }, { support.read_file(path), support.read_file(folder .. "/other") })
      assert.equal("empty\nfile\nlink\nother", support.list(folder))
    end)

    it("says why it can't", function()
      local ok, failure = core.rename(path, folder .. "/new")
      assert.is_nil(ok)
      assert.same({ "FILE_UNWRITABLE", "No such file or directory" }, { failure.status, failure.detail })
      support.write_file(path, "x")
      ok, failure = core.rename(path, folder .. "/none/new")
      assert.is_nil(ok)
      assert.equal("FILE_UNWRITABLE", failure.status)
      assert.equal("x", support.read_file(path))
    end)
  end)

  describe("truncate", function()
    it("cuts a file, and follows no link", function()
      support.write_file(path, "one\ntwo")
      assert.is_true(core.truncate(path, 4))
      assert.equal("one\n", support.read_file(path))
      must(("ln -s file %s/link"):format(folder))
      for _, name in ipairs { "link", "none" } do
        local ok, failure = core.truncate(folder .. "/" .. name, 0)
        assert.is_nil(ok)
        assert.equal("FILE_UNWRITABLE", failure.status)
      end
      assert.equal("one\n", support.read_file(path))
      assert.has_error(function() core.truncate(path, -1) end)
    end)
  end)

  describe("read_private", function()
    local function status(name)
      local text, failure = core.read_private(name or path)
      assert.is_nil(text)
      return failure.status
    end

    it("returns the bytes of a file of this user's alone", function()
      for _, bytes in ipairs { "", "text\n", "\0\255\r\n", ("x"):rep(64 * 1024) } do
        core.replace_file(path, bytes)
        assert.equal(bytes, core.read_private(path))
      end
      must("chmod 400 " .. path)
      assert.equal(64 * 1024, #core.read_private(path))
    end)

    it("says that there is none", function()
      assert.equal("FILE_MISSING", status())
      assert.equal("FILE_MISSING", status(folder .. "/none/file"))
    end)

    it("does not trust a file with any right for others", function()
      support.write_file(path, "x")
      for _, open in ipairs { "640", "620", "610", "604", "602", "601", "666", "644", "777" } do
        must("chmod " .. open .. " " .. path)
        assert.equal("FILE_UNTRUSTED", status(), open)
      end
      must("chmod 600 " .. path)
      assert.equal("x", core.read_private(path))
    end)

    it_as_root("does not trust another user's file, though it could read it", function()
      core.write_file(path, "x")
      must("chown 65534 " .. path)
      assert.equal("FILE_UNTRUSTED", status())
      must("chown 0:65534 " .. path)
      assert.equal("x", core.read_private(path))
    end)

    it("does not trust a link, not even one to a good file", function()
      core.write_file(folder .. "/target", "x")
      must(("ln -s target %s"):format(path))
      assert.equal("FILE_UNTRUSTED", status())
    end)

    it("does not trust a folder, nor a pipe, and never waits for one", function()
      must(("mkfifo -m 600 %s; mkdir -m 700 %s/folder"):format(path, folder))
      local started = core.now()
      assert.equal("FILE_UNTRUSTED", status())
      assert.equal("FILE_UNTRUSTED", status(folder .. "/folder"))
      assert.is_true(core.now() - started < 10)
    end)

    it("does not trust a file that is too large", function()
      core.write_file(path, ("x"):rep(64 * 1024 + 1))
      assert.equal("FILE_UNTRUSTED", status())
    end)

    it("raises for what is no path", function()
      for _, bad in ipairs { 7, {}, true, "a\0b" } do
        assert.has_error(function() core.read_private(bad) end)
      end
    end)
  end)

  describe("lock_file", function()
    local function is_locked()
      local lock, failure = core.lock_file(path)
      if lock then
        lock:close()
        return false
      end
      assert.equal("FILE_LOCKED", failure.status)
      return true
    end

    -- A process that holds the lock until it is told to end, or is ended.
    local function holder(more)
      local process = support.start_lua(([[
        local core = require "facequery.core"
        local lock = assert(core.lock_file(%q))
        io.stdout:setvbuf "no"
        %s
        print "locked"
        core.sleep(30)]]):format(path, more or ""))
      process.wait_for "locked"
      return process
    end

    it("makes a file for this user alone, and lets one hold it at a time", function()
      local lock = assert(core.lock_file(path))
      assert.equal("600", mode(path))
      assert.is_true(is_locked())
      lock:close()
      assert.is_false(is_locked())
      lock:close()
      assert.is_false(is_locked())
    end)

    it("leaves the file, and what it holds", function()
      support.write_file(path, "text")
      assert(core.lock_file(path)):close()
      assert.equal("text", support.read_file(path))
    end)

    it("ends when the lock is forgotten", function()
      local held = { core.lock_file(path) }
      assert.is_true(is_locked())
      held[1] = nil
      collectgarbage()
      collectgarbage()
      assert.is_false(is_locked())
      assert.same({}, held)
    end)

    it("holds between processes, and ends at once with a kill -9", function()
      local process = holder()
      assert.is_true(is_locked())
      process.kill()
      process.wait()
      assert.is_false(is_locked())
    end)

    it("is not inherited by the programs that its owner starts", function()
      local process = holder 'io.popen "exec sleep 5 >/dev/null 2>&1"'
      assert.is_true(is_locked())
      process.kill()
      process.wait()
      assert.is_false(is_locked())
    end)

    it("can be taken by one of twenty at a time", function()
      local counter, processes = folder .. "/counter", {}
      support.write_file(counter, "0")
      for i = 1, 20 do
        processes[i] = support.start_lua(([[
          local core, support = require "facequery.core", require "help.support"
          for _ = 1, 5 do
            local lock
            repeat
              lock = core.lock_file(%q)
              if not lock then core.sleep(0.001) end
            until lock
            local count = tonumber(support.read_file(%q))
            core.sleep(0.001)
            support.write_file(%q, tostring(count + 1))
            lock:close()
          end]]):format(path, counter, counter))
      end
      for _, process in ipairs(processes) do
        assert.same({ "", 0 }, { process.wait() })
      end
      assert.equal("100", support.read_file(counter))
    end)

    it("does not follow a link, and says why it can't", function()
      must(("ln -s target %s"):format(path))
      local lock, failure = core.lock_file(path)
      assert.is_nil(lock)
      assert.equal("FILE_UNWRITABLE", failure.status)
      assert.equal("file", support.list(folder))
      lock, failure = core.lock_file(folder .. "/none/file")
      assert.is_nil(lock)
      assert.same({ "FILE_UNWRITABLE", "No such file or directory" }, { failure.status, failure.detail })
    end)

    it("raises for what is no path", function()
      for _, bad in ipairs { 7, {}, true, "a\0b" } do
        assert.has_error(function() core.lock_file(bad) end)
      end
    end)
  end)
end)
