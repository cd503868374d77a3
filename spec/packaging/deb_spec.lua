-- Debian's package: built as Debian builds it, but without optimization; installed into an empty root.
-- Only on lua5.4: it has the modules of both Luas.

local installed = require "help.installed"
local support = require "help.support"

local must = support.must

describe("The Debian package", function()
  local root, lib, share

  setup(function()
    root = support.folder()
    must(("mkdir -p %s/source %s/var/lib/dpkg/updates %s/var/lib/dpkg/info && touch %s/var/lib/dpkg/status"):format(
      root, root, root, root))
    must("git ls-files -z | xargs -0 cp -d --parents -t " .. root .. "/source")
    must(("cd %s/source && env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL -u LUA_PATH -u LUA_CPATH"
      .. " DEB_BUILD_OPTIONS='noopt nostrip' dpkg-buildpackage -us -uc -b"):format(root))
    support.remove_folder(root .. "/source")
    must(("dpkg --root=%s --force-depends --install %s/facequery_*.deb"):format(root, root))
    share = root .. "/usr/share"
    lib = must(("echo %s/usr/lib/*"):format(root))
  end)

  teardown(function() support.remove_folder(root) end)

  it("works in a root of its own", function()
    installed.works(root .. "/usr/bin/facequery", {
      LUA_PATH = ("%s/lua/5.4/?.lua;%s/lua/5.4/?/init.lua;;"):format(share, share),
      LUA_CPATH = lib .. "/lua/5.4/?.so;;",
    })
  end)

  it("has the module for LuaJIT, too", function()
    local output, messages, status = support.run({ "luajit", "-e", "print(require('facequery')._VERSION)" }, {
      clean = true, cwd = "/", env = {
        LUA_PATH = ("%s/lua/5.1/?.lua;%s/lua/5.1/?/init.lua;;"):format(share, share),
        LUA_CPATH = lib .. "/lua/5.1/?.so;;",
      },
    })
    assert.same({ dofile "lua/facequery/version.lua" .. "\n", "", 0 }, { output, messages, status })
  end)

  it("runs on what it finds where Debian keeps it", function()
    local text = support.read_file(root .. "/usr/bin/facequery")
    assert.is_nil(text:find(root, 1, true))
    assert.is_truthy(text:find('"/usr/share/lua/5.4/?.lua;', 1, true))
    assert.matches('"/usr/lib/[%w_-]+/lua/5.4/%?%.so;', text)
  end)

  it("has the manual page and the completions where Debian looks for them", function()
    must(("cd %s && test -e man/man1/facequery.1.gz && test -e bash-completion/completions/facequery"
      .. " && test -e zsh/vendor-completions/_facequery && test -e fish/vendor_completions.d/facequery.fish"
      ):format(share))
  end)

  it("has what editors read", function()
    assert.equal("", must(("diff -r library %s/facequery/library"):format(share)))
  end)

  it("depends on what `make deps` brings to run the command", function()
    local depends = ", " .. must(("dpkg-query --admindir=%s/var/lib/dpkg -f '${Depends}' -W facequery"):format(root))
    local packages = support.read_file "packaging/need":match '\ndebian.-run%) echo "(.-)"'
    local count = 0
    for names in packages:gmatch "%S+" do
      -- LuaJIT serves nginx and others' programs.
      if not names:find "luajit" then
        local found = false
        for name in names:gmatch "[^|]+" do
          found = found or (depends .. ","):gsub(" %(.-%)", ""):find(", " .. name .. ",", 1, true) ~= nil
        end
        assert.is_true(found, names .. " in " .. depends)
        count = count + 1
      end
    end
    assert.is_true(count > 5)
  end)
end)
