-- What `make deps` and `make test-deps` install, under each system's names.  The package managers are stand-ins: a
-- spec can't take a machine's own packages away.
-- Only on lua5.4: no Lua of ours runs.

local support = require "help.support"

local must = support.must

-- A folder with these programs alone, of which `programs` has the shell's text, and with busybox's tools.
local function bin(programs)
  local folder = support.folder()
  must("busybox --install -s " .. folder)
  for name, script in pairs(programs) do
    must(("rm -f %s/%s"):format(folder, name))
    support.write_file(folder .. "/" .. name, "#!/bin/sh\n" .. script .. "\n")
    must(("chmod +x %s/%s"):format(folder, name))
  end
  return folder
end

-- Runs packaging/need with `groups` where these programs are there alone, and returns the words of each call of
-- `installer`, sorted.
local function installed(groups, installer, programs, files)
  programs[installer] = 'echo "$*" >>"$(dirname "$0")/calls"\n' .. (programs[installer] or "")
  local folder = bin(programs)
  for name, lines in pairs(files or {}) do
    support.write_file(folder .. "/" .. name, table.concat(lines, "\n") .. "\n")
  end
  local output = must(("PATH=%s %s/sh packaging/need %s 2>&1"):format(folder, folder, groups))
  local calls = support.shell(("cat %s/calls 2>/dev/null"):format(folder))
  support.remove_folder(folder)
  local words = {}
  for word in calls:gsub("^update[^\n]*\n", ""):gmatch "%S+" do
    if not word:find "^%-" then words[#words + 1] = word end
  end
  table.sort(words)
  return table.concat(words, " "), calls, output
end

describe("on Debian", function()
  -- `known` are the names that apt knows, `present` those that dpkg has, where a version may stand behind the name.
  local function apt(groups, known, present)
    return installed(groups, "apt-get", {
      ["dpkg-query"] = 'sed "s/^/installed /" "$(dirname "$0")/present"',
      -- For a virtual package, apt-cache prints nothing on stdout and succeeds.
      ["apt-cache"] = 'grep -x -- "$2" "$(dirname "$0")/known"; exit 0',
      -- The machine's own, which compares two words and installs nothing.
      dpkg = 'exec /usr/bin/dpkg "$@"',
    }, { known = known, present = present })
  end

  local BOOKWORM = { "luajit", "luajit2", "libluajit-5.1-dev", "libluajit2-5.1-dev", "libcurl4" }
  local TRIXIE = { "luajit", "libluajit-5.1-dev", "libcurl4t64" }
  -- All other packages have the same name in both releases.
  local others = {}
  setup(function()
    for name in apt("run build sandbox", {}, {}):gmatch "%S+" do
      if not name:find "luajit" and not name:find "libcurl4$" and name ~= "install" then
        others[#others + 1] = name
      end
    end
    assert.is_true(#others > 10)
  end)

  it("takes Debian 12's names on Debian 12", function()
    assert.equal("install libcurl4 libluajit2-5.1-dev luajit2", (apt("run build sandbox", BOOKWORM, others)))
  end)

  it("takes Debian 13's names on Debian 13", function()
    assert.equal("install libcurl4t64 libluajit-5.1-dev luajit", (apt("run build sandbox", TRIXIE, others)))
  end)

  it("installs nothing where all is there, under either name", function()
    local names = { "luajit", "libluajit2-5.1-dev", "libcurl4t64" }
    for _, name in ipairs(others) do
      names[#names + 1] = name
    end
    assert.same({ "", "", "" }, { apt("run build sandbox", {}, names) })
  end)

  it("is not content with a package whose name only begins like it", function()
    assert.equal("file install", (apt("demo", {}, { "curl", "file-roller", "xxd 2:9.0" })))
  end)

  for openssl, upgraded in pairs {
    ["3.0.19-1~deb12u2"] = "install libssl-dev openssl", ["3.0.22-1~deb12u2"] = "",
    ["3.5.4-1~deb13u1"] = "install libssl-dev openssl", ["3.5.7-1~deb13u1"] = "",
  } do
    it("brings an OpenSSL up to date that is too old to encrypt with, and no other: " .. openssl, function()
      local present = { "luajit", "libluajit2-5.1-dev", "libcurl4t64", "libssl-dev " .. openssl }
      for _, name in ipairs(others) do
        present[#present + 1] = name ~= "libssl-dev" and name or nil
      end
      assert.equal(upgraded, (apt("run build sandbox", {}, present)))
    end)
  end

  it("leaves it to apt to say that a name is unknown", function()
    assert.equal("install libcurl4 libluajit-5.1-dev luajit", (apt("run build sandbox", {}, others)))
  end)

  it("asks for the lists before it installs", function()
    local _, calls = apt("demo", {}, {})
    assert.equal("update -q\ninstall -q -y --no-install-recommends curl file xxd", calls)
  end)
end)

describe("on Alpine", function()
  local function apk(groups, present)
    return installed(groups, "apk", {
      -- `apk info -e NAME` succeeds for what is installed.
      apk = '[ "$1" = add ] || { sed -i "\\$d" "$(dirname "$0")/calls"; grep -qx -- "$3" "$(dirname "$0")/present"; }',
    }, { present = present })
  end

  it("takes musl's headers, and what Alpine calls the libraries", function()
    assert.equal("add curl-dev gcc luajit-dev musl-dev openssl-dev pkgconf zlib-dev",
      (apk("build", { "make", "lua5.4-dev" })))
  end)

  it("takes nginx and its module for the sandbox", function()
    assert.equal("add nginx nginx-mod-http-lua", (apk("sandbox", {})))
  end)

  it("takes the modules of both Luas to run", function()
    local names = apk("run", {})
    for _, name in ipairs { "cjson", "filesystem" } do
      assert.is_truthy(names:find("lua5.4-" .. name, 1, true))
      assert.is_truthy(names:find("lua5.1-" .. name, 1, true))
    end
  end)

  it("installs nothing where all is there", function()
    assert.same({ "", "", "" }, { apk("demo", { "curl", "file", "xxd" }) })
  end)
end)

describe("on Fedora and its relatives", function()
  local function dnf(groups, present, rocks)
    return installed(groups, "dnf", {
      rpm = 'grep -qx -- "$3" "$(dirname "$0")/present"',
      lua = 'grep -qxF -- "$2" "$(dirname "$0")/rocks"',
      luarocks = 'echo "$*" >>"$(dirname "$0")/calls"',
    }, { present = present, rocks = rocks })
  end
  local ROCKS = { "require 'cjson'", "require 'argparse'" }

  it("takes what Fedora calls the libraries", function()
    assert.equal("gcc install libcurl-devel lua-devel luajit-devel openssl-devel pkgconf-pkg-config zlib-devel",
      (dnf("build", { "make" }, ROCKS)))
  end)

  it("takes as rocks what Fedora and EPEL have not", function()
    assert.equal("argparse install install lua-cjson", (dnf("demo", { "curl", "file", "vim-common" }, {})))
  end)

  it("installs nothing where all is there", function()
    assert.same({ "", "", "" }, { dnf("demo", { "curl", "file", "vim-common" }, ROCKS) })
  end)
end)

describe("elsewhere", function()
  it("says that it installs nothing, and goes on", function()
    local folder = bin {}
    for _, name in ipairs { "apk", "apt-get", "dnf", "dpkg", "rpm" } do
      must(("rm -f %s/%s"):format(folder, name))
    end
    assert.equal("facequery: no apt, apk or dnf is here, so nothing was installed; docs/install.md says what it takes",
      must(("PATH=%s %s/sh packaging/need run 2>&1"):format(folder, folder)))
    support.remove_folder(folder)
  end)
end)
