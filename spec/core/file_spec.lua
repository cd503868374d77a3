-- The core's files, as a shell sees them: modes, owners, links, and processes that are killed.

local core = require "facequery.core"
local request_for = require "help.request"
local support = require "help.support"

local must, quote = support.must, support.quote

local is_root = must "id -u" == "0"
-- What takes another owner.
local it_as_root = is_root and it or pending

describe("the core's files:", function()
  local folder, path

  before_each(function()
    folder = support.folder()
    path = folder .. "/file"
  end)

  after_each(function() support.remove_folder(folder) end)

  local function mode(name)
    return must("stat -c %a " .. quote(name))
  end

  -- Runs Lua code with `path` and `core` as its locals, behind shell words.
  local function elsewhere(code, before)
    return must(("%s %s"):format(before or "", support.lua_command(
      ("local core, path = require 'facequery.core', %q; %s"):format(path, code))))
  end

  for name, write in pairs { write_file = core.write_file, replace_file = core.replace_file } do
    describe(name, function()
      it("writes all bytes, for this user's eyes alone", function()
        local bytes = ("\0\1\255\r\n"):rep(50000)
        assert.is_true(write(path, bytes))
        assert.equal(bytes, support.read_file(path))
        assert.equal("600", mode(path))
        assert.equal("file", support.list(folder))
        assert.is_true(write(folder .. "/empty", ""))
        assert.equal("", support.read_file(folder .. "/empty"))
      end)

      it("makes mode 0600, whatever the umask", function()
        assert.equal("true", elsewhere(("print(core.%s(path, 'x'))"):format(name), "umask 0;"))
        assert.equal("600", mode(path))
      end)

      it("says why it can't", function()
        local ok, failure = write(folder .. "/none/file", "x")
        assert.is_nil(ok)
        assert.same({ "FILE_UNWRITABLE", "No such file or directory" }, { failure.status, failure.detail })
        ok, failure = write(folder .. "/" .. ("x"):rep(300), "x")
        assert.is_nil(ok)
        assert.equal("FILE_UNWRITABLE", failure.status)
        assert.equal("", support.list(folder))
      end)

      it("leaves nothing half-written", function()
        if name == "replace_file" then
          support.write_file(path, "before")
        end
        -- Files may have one block; the signal would end the process.
        assert.equal("FILE_UNWRITABLE File too large", elsewhere(
          ("local _, failure = core.%s(path, ('x'):rep(100000)); print(failure.status, failure.detail)"):format(name),
          "trap '' XFSZ; ulimit -f 1;"):gsub("\t", " "))
        assert.equal(name == "replace_file" and "file" or "", support.list(folder))
        if name == "replace_file" then
          assert.equal("before", support.read_file(path))
        end
      end)

      it("raises for what is no path or no bytes", function()
        for _, arguments in ipairs { {}, { 7, "x" }, { path }, { path, 7 }, { path .. "\0", "x" } } do
          assert.has_error(function() write(arguments[1], arguments[2]) end)
        end
        assert.equal("", support.list(folder))
      end)
    end)
  end

  describe("write_file", function()
    it("leaves alone whatever has the name", function()
      support.write_file(path, "mine")
      must(("ln -s none %s/link; mkdir %s/folder; mkfifo %s/pipe"):format(folder, folder, folder))
      for _, name in ipairs { "file", "link", "folder", "pipe" } do
        local ok, failure = core.write_file(folder .. "/" .. name, "x")
        assert.is_nil(ok)
        assert.equal("FILE_EXISTS", failure.status)
      end
      assert.equal("mine", support.read_file(path))
      assert.equal("file\nfolder\nlink\npipe", support.list(folder))
    end)
  end)

  describe("write_file and the files of a query", function()
    it("find out before they begin that their folder can't be brought to the disk", function()
      must("chmod 300 " .. folder)
      local code = [[
        local core, path = require "facequery.core", %q
        local _, failure = core.write_file(path, "x")
        print(failure.status)
        _, failure = core.answer(require "help.request" { photo_path = path })
        print(failure.status, failure.field)]]
      local output = must(support.without_privileges() .. support.lua_command(code:format(path)))
      assert.equal("FILE_UNWRITABLE\nFILE_UNWRITABLE\tphoto", output)
      must("chmod 700 " .. folder)
      assert.equal("", support.list(folder))
    end)
  end)

  describe("write_draft", function()
    it("writes a file for this user's eyes alone, at once under its name", function()
      assert.is_true(core.write_draft(path, "x"))
      assert.same({ "x", "600" }, { support.read_file(path), mode(path) })
      local ok, failure = core.write_draft(path, "y")
      assert.is_nil(ok)
      assert.equal("FILE_EXISTS", failure.status)
      assert.equal("x", support.read_file(path))
    end)

    it("follows no link", function()
      must(("ln -s target %s"):format(path))
      local ok, failure = core.write_draft(path, "x")
      assert.is_nil(ok)
      assert.equal("FILE_EXISTS", failure.status)
      assert.equal("file", support.list(folder))
    end)

    it("leaves nothing half-written", function()
      assert.equal("FILE_UNWRITABLE", elsewhere(
        "local _, failure = core.write_draft(path, ('x'):rep(100000)); print(failure.status)",
        "trap '' XFSZ; ulimit -f 1;"))
      assert.equal("", support.list(folder))
    end)

    it("leaves no file of an answer that was not kept, and one of an answer that was", function()
      local response = assert(core.answer(request_for { photo_path = path, draft = true }))
      assert(response:feed '{"code":"0","photo":"/9j/')
      assert.equal("file", support.list(folder))
      response:close()
      assert.equal("", support.list(folder))
      response = assert(core.answer(request_for { photo_path = path, video_path = folder .. "/none", draft = true }))
      assert(response:feed '{"code":"0","photo":"/9j/"}')
      assert.equal(3, assert(response:keep()).photo.size)
      assert.equal("file", support.list(folder))
      assert.equal("\255\216\255", support.read_file(path))
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

  describe("replace_file", function()
    it("puts a new file in the place of the old one, and touches neither it nor its mode", function()
      support.write_file(path, "old")
      must(("chmod 644 %s; ln %s %s/other"):format(path, path, folder))
      assert.is_true(core.replace_file(path, "new"))
      assert.same({ "new", "600" }, { support.read_file(path), mode(path) })
      assert.same({ "old", "644" }, { support.read_file(folder .. "/other"), mode(folder .. "/other") })
    end)

    it("replaces a link, and not what it leads to", function()
      support.write_file(folder .. "/target", "target")
      must(("ln -s target %s"):format(path))
      assert.is_true(core.replace_file(path, "new"))
      assert.equal("regular file", must("stat -c %F " .. path))
      assert.equal("target", support.read_file(folder .. "/target"))
    end)

    it("does not replace a folder", function()
      must("mkdir " .. path)
      local ok, failure = core.replace_file(path, "new")
      assert.is_nil(ok)
      assert.equal("FILE_UNWRITABLE", failure.status)
      assert.equal("file", support.list(folder))
    end)

    it("never shows a reader less than the whole", function()
      core.replace_file(path, ("a"):rep(60000))
      local writer = support.start_lua(([[
        local core = require "facequery.core"
        local i = 0
        repeat
          i = i + 1
          assert(core.replace_file(%q, (i %% 2 == 0 and "a" or "b"):rep(60000)))
        until i >= 300 and io.open(%q)
        print "done"]]):format(path, folder .. "-enough"))
      finally(function() os.remove(folder .. "-enough") end)
      local seen, reads = {}, 0
      repeat
        local text = assert(core.read_private(path))
        assert.equal(60000, #text)
        assert.is_truthy(text:find "^a+$" or text:find "^b+$")
        seen[text:sub(1, 1)], reads = true, reads + 1
        if seen.a and seen.b and reads >= 100 then
          support.write_file(folder .. "-enough", "")
        end
      until writer.ended()
      assert.equal("done", writer.wait())
      assert.is_true(seen.a and seen.b and reads >= 100)
      assert.equal("file", support.list(folder))
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
