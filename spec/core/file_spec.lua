-- The core's files, as a shell sees them: modes, links, and processes that are killed.

local core = require "facequery.core"
local request_for = require "help.request"
local support = require "help.support"

local mode, must = support.mode, support.must

describe("the core's files:", function()
  local folder, path

  before_each(function()
    folder = support.folder()
    path = folder .. "/file"
  end)

  after_each(function() support.remove_folder(folder) end)

  local function elsewhere(code, before) return support.elsewhere(path, code, before) end

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
end)
