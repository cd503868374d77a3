-- Which Lua the Makefile builds for: it asks the interpreter, whatever that is called.
-- Only on lua5.4: it asks each of them here.

local support = require "help.support"

local must = support.must

-- What `make TARGET` would do with these words, and its exit status.
local function plan(arguments)
  return support.shell("env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL make -n " .. arguments)
end

describe("make", function()
  local folder
  setup(function() folder = support.folder() end)
  teardown(function() support.remove_folder(folder) end)

  -- A folder with an interpreter that is called `name`.
  local function named(name, interpreter)
    must(("mkdir -p %s/%s && ln -sf $(command -v %s) %s/%s/lua"):format(folder, name, interpreter, folder, name))
    return folder .. "/" .. name .. "/lua"
  end

  it("takes a lua that says 5.4 for 5.4, with what pkg-config knows of it", function()
    local output = plan("install LUA=" .. named("fedora", "lua5.4"))
    assert.is_truthy(output:find("/usr/local/share/lua/5.4/facequery", 1, true))
    assert.is_truthy(output:find(must "pkg-config --cflags lua5.4", 1, true))
    assert.is_truthy(output:find("#!/usr/bin/env lua'", 1, true))
  end)

  it("finds what pkg-config calls it: lua", function()
    must("mkdir -p " .. folder .. "/pc")
    support.write_file(folder .. "/pc/lua.pc", "Name: Lua\nDescription: Lua\nVersion: 5.4.8\nCflags: -DFEDORA\n")
    local output = support.shell(("PKG_CONFIG_LIBDIR=%s/pc env -u MAKEFLAGS -u MAKELEVEL make -n BUILD=%s/build"
      ):format(folder, folder))
    assert.is_truthy(output:find(" -DFEDORA ", 1, true))
  end)

  it("takes a lua that says 5.1, as LuaJIT does, for 5.1, and LuaJIT for the command", function()
    local output = plan("install LUA=" .. named("other", "luajit"))
    assert.is_truthy(output:find("/usr/local/share/lua/5.1/facequery", 1, true))
    assert.is_truthy(output:find("#!/usr/bin/env luajit'", 1, true))
  end)

  it("takes lua where there is no lua5.4, and lua says that it is", function()
    must(("busybox --install -s %s/fedora"):format(folder) .. " && rm -f " .. folder .. "/fedora/lua5.4")
    named("fedora", "lua5.4")
    local output = must(("env -i PATH=%s/fedora $(command -v make) -n install"):format(folder))
    assert.is_truthy(output:find("build/lua/facequery/core.so /usr/local/lib/lua/5.4/facequery/core.so", 1, true))
  end)

  it("says nothing of Luas that are not there", function()
    must(("mkdir %s/none && busybox --install -s %s/none"):format(folder, folder))
    assert.equal("packaging/need run build sandbox",
      must(("env -i PATH=%s/none $(command -v make) -n deps 2>&1"):format(folder)))
  end)

  it("goes by the name of what can't be run here", function()
    assert.is_truthy(plan("install LUA=/cross/bin/lua5.4"):find("/usr/local/share/lua/5.4/facequery", 1, true))
    assert.is_truthy(plan("install LUA=/cross/bin/lua5.5"):find("/usr/local/share/lua/5.5/facequery", 1, true))
    assert.is_truthy(plan("install LUA=/cross/bin/luajit"):find("/usr/local/share/lua/5.1/facequery", 1, true))
  end)

  -- One that is called lua, and says that it is 5.3.
  local function old()
    local path = folder .. "/old"
    support.write_file(path, "#!/bin/sh\nprintf 5.3\n")
    must("chmod +x " .. path)
    return path
  end

  for name, path in pairs {
    ["lua5.2"] = "lua5.2", ["lua5.3"] = "lua5.3", ["lua5.6"] = "/opt/bin/lua5.6",
    ["a lua that says 5.3"] = old, ["a name that says nothing"] = "/cross/bin/lua",
  } do
    it("refuses another with a sentence: " .. name, function()
      path = type(path) == "function" and path() or path
      local output, status = plan("all LUA=" .. path)
      assert.equal(2, status)
      assert.is_truthy(output:find("facequery runs on Lua 5.4, 5.5 and LuaJIT, not on " .. path
        .. ": make LUA=lua5.4, or make LUA=luajit", 1, true))
    end)
  end
end)
