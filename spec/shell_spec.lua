-- What users run takes a POSIX shell and the tools of busybox, as on Alpine: no bash, nor anything that only GNU's
-- tools know.
-- Only on lua5.4: the shell is the same.

local cjson = require "cjson"
local support = require "help.support"

local must = support.must

-- What is not of busybox; `install` is on Alpine, and not on Debian.
local PROGRAMS = { "as", "cc", "curl", "file", "install", "ld", "lua5.4", "make", "nginx", "openssl", "pkg-config" }
local SCRIPTS = { "examples/demo", "packaging/need", "sandbox/start" }

describe("each script of users", function()
  for _, script in ipairs(SCRIPTS) do
    it("names sh: " .. script, function()
      assert.equal("#!/bin/sh", support.read_file(script):match "^[^\n]*")
    end)
  end

  it("is held to this here", function()
    assert.equal(table.concat(SCRIPTS, "\n"),
      must "grep -rlE '^#!/bin/(ba)?sh' bin examples packaging sandbox | LC_ALL=C sort")
  end)
end)

for _, shell in ipairs { "busybox", "dash" } do
  describe("with busybox's tools, under " .. shell .. "'s sh,", function()
    local folder, path
    setup(function()
      folder = support.folder()
      path = folder .. "/bin"
      must(("mkdir %s && busybox --install -s %s"):format(path, path))
      for _, program in ipairs(PROGRAMS) do
        must(("ln -sf $(PATH=$PATH:/usr/sbin command -v %s) %s/%s"):format(program, path, program))
      end
      if shell == "dash" then
        must(("ln -sf $(command -v dash) %s/sh"):format(path))
      end
      must(("test ! -e %s/bash"):format(path))
    end)
    teardown(function() support.remove_folder(folder) end)

    -- Runs a command with these programs alone, and nothing else in its environment but these variables.
    local function run(command, variables)
      return must(("env -i HOME=%s PATH=%s %s %s"):format(folder, path, variables or "", command))
    end
    local function make(arguments)
      return run(("make SHELL=%s/sh %s"):format(path, arguments))
    end

    it("make compiles", function()
      make(("BUILD=%s/build %s/build/clock.o"):format(folder, folder))
      must(("test -s %s/build/clock.o"):format(folder))
    end)

    it("make install installs what make has built, and a command that works", function()
      make(("install PREFIX=%s/usr"):format(folder))
      must(("diff -r lua/facequery %s/usr/share/lua/5.4/facequery"):format(folder))
      local output = run(("%s/sh sandbox/start -- %s/usr/bin/facequery query verified1"):format(path, folder))
      assert.equal("0", cjson.decode(output).code)
    end)

    it("make help tells what there is to make", function()
      local output = make "help"
      for _, target in ipairs { "all", "deps", "test-deps", "install", "demo", "sandbox" } do
        assert.is_truthy(("\n" .. output):find("\n" .. target .. " ", 1, true))
      end
    end)

    it("the sandbox leaves nothing behind", function()
      local left = folder .. "/left"
      must("mkdir " .. left)
      run(("%s/sh sandbox/start -- true"):format(path), "TMPDIR=" .. left)
      assert.equal("", support.list(left))
    end)

    it("the demo runs to its end", function()
      local here = must "pwd"
      local output = run(("%s/sh sandbox/start -- %s/sh examples/demo build/lua5.4/bin/facequery lua5.4"):format(
        path, path), ('LUA_PATH="%s/lua/?.lua;%s/lua/?/init.lua;;" LUA_CPATH="%s/build/lua5.4/?.so;;" TMPDIR=%s'
        ):format(here, here, here, folder))
      assert.is_truthy(output:find("late2, 0 problems", 1, true))
      assert.is_nil(output:find("not found", 1, true))
    end)
  end)
end
