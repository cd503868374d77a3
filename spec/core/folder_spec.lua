-- The core's folders and names, as a shell sees them.

local core = require "facequery.core"
local support = require "help.support"

local mode, must = support.mode, support.must

describe("the core's folders:", function()
  local folder, path

  before_each(function()
    folder = support.folder()
    path = folder .. "/file"
  end)

  after_each(function() support.remove_folder(folder) end)

  local function elsewhere(code, before) return support.elsewhere(path, code, before) end

  describe("make_folder", function()
    it("makes one for this user alone, whatever the umask", function()
      assert.is_true(core.make_folder(path))
      assert.equal("700", mode(path))
      support.must("rmdir " .. path)
      assert.equal("true", elsewhere("print(core.make_folder(path))", "umask 0;"))
      assert.equal("700", mode(path))
    end)

    it("is fine with one that is there, also behind a link", function()
      must(("mkdir -m 755 %s; ln -s file %s/link"):format(path, folder))
      assert.is_true(core.make_folder(path))
      assert.is_true(core.make_folder(folder .. "/link"))
      assert.equal("755", mode(path))
    end)

    it("says why it can't", function()
      support.write_file(path, "x")
      local ok, failure = core.make_folder(path)
      assert.is_nil(ok)
      assert.same({ "FILE_UNWRITABLE", "Not a directory" }, { failure.status, failure.detail })
      ok, failure = core.make_folder(folder .. "/none/folder")
      assert.is_nil(ok)
      assert.same({ "FILE_UNWRITABLE", "No such file or directory" }, { failure.status, failure.detail })
    end)
  end)

  describe("draft_folder", function()
    it("makes one for this user alone, whatever the umask, and no second one", function()
      assert.equal("true", elsewhere("print(core.draft_folder(path))", "umask 0;"))
      assert.equal("700", mode(path))
      local ok, failure = core.draft_folder(path)
      assert.is_nil(ok)
      assert.equal("FILE_EXISTS", failure.status)
    end)
  end)

  describe("rename", function()
    it("moves a folder with all in it", function()
      assert(core.draft_folder(path))
      assert(core.write_draft(path .. "/a", "x"))
      assert.is_true(core.rename(path, folder .. "/b"))
      assert.equal("x", support.read_file(folder .. "/b/a"))
      assert.equal("b", support.list(folder))
    end)

    it("leaves both as they are when the name is taken, even by an empty folder", function()
      assert(core.draft_folder(path))
      assert(core.write_draft(path .. "/a", "x"))
      must(("mkdir %s/empty; echo b >%s/other; ln -s none %s/link"):format(folder, folder, folder))
      for _, name in ipairs { "empty", "other", "link" } do
        local ok, failure = core.rename(path, folder .. "/" .. name)
        assert.is_nil(ok)
        assert.equal("FILE_EXISTS", failure.status)
      end
      assert.equal("empty\nfile\nlink\nother", support.list(folder))
      assert.equal("a", support.list(path))
    end)
  end)

  describe("room", function()
    it("is what df says, and on a full disk nothing", function()
      must("mkdir " .. path)
      if not support.mount(path, "size=1m") then
        return pending "takes root"
      end
      finally(function() support.unmount(path) end)
      assert.equal(tonumber(must("df -B1 --output=avail " .. path .. " | tail -1")), core.room(path))
      must("head -c 1M /dev/zero >" .. path .. "/all")
      assert.equal(0, core.room(path))
    end)

    it("says why it doesn't know", function()
      local bytes, failure = core.room(path)
      assert.is_nil(bytes)
      assert.equal("No such file or directory", failure.detail)
    end)
  end)

  describe("remove_folder", function()
    it("removes a folder with all in it, and follows no link", function()
      must(("mkdir -p %s/a/b/c %s/elsewhere; echo x >%s/a/b/c/d; echo y >%s/elsewhere/f; mkfifo %s/a/pipe"):format(
        path, folder, path, folder, path))
      must(("ln -s ../elsewhere %s/link; ln -s none %s/a/dangling"):format(path, path))
      assert.is_true(core.remove_folder(path))
      assert.equal("elsewhere", support.list(folder))
      assert.equal("f", support.list(folder .. "/elsewhere"))
    end)

    it("removes a file, a link, and has nothing against what is not there", function()
      must(("echo x >%s; ln -s file %s/link"):format(path, folder))
      assert.is_true(core.remove_folder(folder .. "/link"))
      assert.equal("file", support.list(folder))
      assert.is_true(core.remove_folder(path))
      assert.is_true(core.remove_folder(path))
      assert.equal("", support.list(folder))
    end)

    it("says so when something is left", function()
      must(("mkdir -p %s/a/b"):format(path))
      must(("chmod 500 %s/a"):format(path))
      assert.equal("FILE_UNWRITABLE", must(support.without_privileges() .. support.lua_command(([[
        local _, failure = require("facequery.core").remove_folder(%q)
        print(failure.status)]]):format(path))))
      must(("chmod 700 %s/a"):format(path))
      assert.equal("a", support.list(path))
    end)
  end)
end)
