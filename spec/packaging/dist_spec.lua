-- What `make dist` and `make rock` give away: each is installed into an empty folder, and asks the sandbox from there.
-- Only on lua5.4 luajit: the C code is the same.

local installed = require "help.installed"
local support = require "help.support"

local must = support.must

local abi = _VERSION:match "%d%.%d"
local lua = abi == "5.4" and "lua5.4" or "luajit"
local name = "facequery-" .. dofile "lua/facequery/version.lua"
local NO_MAKE = "env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL -u LUA_PATH -u LUA_CPATH "

local root

-- A copy, in which a folder of results belongs to nobody else.
setup(function()
  root = support.folder()
  local clone = root .. "/clone"
  must(("git clone -q --shared . %s && git ls-files -z | xargs -0 cp -d --parents -t %s"):format(clone, clone))
  must(("git -C %s add -A"):format(clone))
  must(("%s make -C %s/clone rock"):format(NO_MAKE, root))
end)

teardown(function() support.remove_folder(root) end)

local function results()
  return root .. "/clone/build/dist/"
end

describe("make dist", function()
  it("has every file of the checkout in one folder, and nothing else", function()
    local files = must("git ls-files | sed 's,^," .. name .. "/,' | LC_ALL=C sort")
    assert.equal(files, must(("tar -tzf %s%s.tar.gz | LC_ALL=C sort"):format(results(), name)))
  end)

  it("makes the same bytes again", function()
    local before = support.sha256(results() .. name .. ".tar.gz")
    must(("touch %s/clone/Makefile && %s make -C %s/clone dist"):format(root, NO_MAKE, root))
    assert.equal(before, support.sha256(results() .. name .. ".tar.gz"))
  end)

  it("builds by itself, without git, and is installed into an empty folder", function()
    local source, prefix = root .. "/source", root .. "/prefix"
    must(("mkdir %s && tar -xzf %s%s.tar.gz -C %s"):format(source, results(), name, source))
    must(("%s make -C %s/%s install LUA=%s CFLAGS=-O0 PREFIX=%s"):format(NO_MAKE, source, name, lua, prefix))
    support.remove_folder(source)
    installed.works(prefix .. "/bin/facequery")
  end)
end)

describe("make rock", function()
  it("makes a rockspec of this version, which LuaRocks finds good", function()
    local rockspec = results() .. name .. "-1.rockspec"
    must("luarocks lint " .. rockspec)
    local changed = must(("diff rockspec/facequery-dev-1.rockspec %s | grep '^>'; true"):format(rockspec))
    assert.equal(("> version = \"%s-1\"\n>   url = \"%s.tar.gz\","):format(name:match "-(.*)", name), changed)
  end)

  it("makes a rock that LuaRocks installs into an empty tree", function()
    local tree = root .. "/tree"
    must(("cd %s && HOME=%s %s luarocks-%s install --tree %s --deps-mode none %s%s-1.src.rock CFLAGS=-O0"
      .. " CURL_INCDIR=/usr/include/$(gcc -dumpmachine) %s"):format(root, root, NO_MAKE, abi, tree, results(), name,
      lua == "luajit" and "LUA_INCDIR=/usr/include/luajit-2.1" or ""))
    installed.works(tree .. "/bin/facequery")
  end)
end)
