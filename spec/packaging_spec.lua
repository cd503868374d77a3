-- What is installed, and how: by make and by LuaRocks, for the Lua that runs this.
-- Only on lua5.4 luajit: the C code is the same.

local cli = require "help.cli"
local installed_command = require "help.installed"
local support = require "help.support"

local must, quote = support.must, support.quote

local abi = _VERSION:match "%d%.%d"
local lua = abi == "5.4" and "lua5.4" or "luajit"
local root = must "pwd -P"
local version = dofile "lua/facequery/version.lua"

-- Runs make as a user's shell does: `make test` exports settings (MAKEFLAGS) to each make below it.
local function make(arguments)
  return must("env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL make " .. arguments)
end

describe("the version", function()
  it("refuses a Lua that it can't run on, in a sentence", function()
    for _, name in ipairs { "lua5.3", "lua5.2", "/usr/bin/lua5.3" } do
      local output, status = support.shell("env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL make LUA=" .. name)
      assert.equal(2, status)
      assert.matches("facequery runs on Lua 5.4, 5.5 and LuaJIT, not on " .. name, output, 1, true)
    end
  end)

  it("is a number of three parts", function()
    assert.matches("^%d+%.%d+%.%d+$", version)
  end)

  it("is the newest of the changelog", function()
    assert.equal(version, support.read_file "CHANGELOG.md":match "\n## (%S-),? ")
  end)

  it("is what the module and the command say", function()
    assert.equal(version, require("facequery")._VERSION)
    assert.equal("facequery " .. version .. "\n", (cli.run { "--version" }))
  end)

  it("stands in one place", function()
    assert.equal("lua/facequery/version.lua", must("grep -rlF " .. quote(version)
      .. " lua/facequery csrc bin sandbox rockspec Makefile README.md"))
  end)

  it("is the Debian package's", function()
    assert.equal(version, must "dpkg-parsechangelog -S Version")
  end)

  it("is not the rockspec's: that is the checkout's", function()
    local rockspec = {}
    local text = support.read_file("rockspec/" .. must "ls rockspec")
    local chunk = setfenv and setfenv(assert(loadstring(text)), rockspec) -- luacheck: std max
      or assert(load(text, "rockspec", "t", rockspec))
    chunk()
    assert.same({ "facequery", "dev-1" }, { rockspec.package, rockspec.version })
    assert.equal("facequery-dev-1.rockspec", must "ls rockspec")
  end)
end)

describe("make install", function()
  local prefix, command, modules

  setup(function()
    prefix = support.folder()
    make(("install LUA=%s PREFIX=%s"):format(lua, prefix))
    command = prefix .. "/bin/facequery"
    modules = prefix .. "/share/lua/" .. abi .. "/facequery"
  end)

  teardown(function() support.remove_folder(prefix) end)

  it("installs every Lua file, and the sandbox", function()
    assert.equal("", must("diff -r lua/facequery " .. modules))
  end)

  it("installs the module that was built", function()
    must(("cmp build/%s/facequery/core.so %s/lib/lua/%s/facequery/core.so"):format(lua, prefix, abi))
  end)

  it("installs nothing else", function()
    assert.equal(table.concat({ "bin/facequery", "lib/lua/" .. abi .. "/facequery/core.so",
      "share/bash-completion/completions/facequery", "share/fish/vendor_completions.d/facequery.fish",
      "share/man/man1/facequery.1", "share/zsh/site-functions/_facequery" }, "\n"),
      must(("cd %s && find . -type f ! -path './share/lua/%s/facequery/*' ! -path './share/facequery/library/*'"
        .. " | cut -c 3- | LC_ALL=C sort"):format(prefix, abi)))
  end)

  it("installs what editors read", function()
    assert.equal("", must("diff -r library " .. prefix .. "/share/facequery/library"))
  end)

  it("makes a command that works by itself", function()
    installed_command.works(command)
  end)

  it("makes a command for the Lua that it was built for", function()
    local text = support.read_file(command)
    assert.equal("#!/usr/bin/env " .. lua, text:match "^[^\n]*")
    assert.is_nil(text:find(root, 1, true))
  end)

  it("lets a program require the module", function()
    local output, messages, status = support.run({ lua, "-e", "print(require('facequery')._VERSION)" }, {
      clean = true, cwd = "/", env = {
        LUA_PATH = ("%s/share/lua/%s/?.lua;%s/share/lua/%s/?/init.lua;;"):format(prefix, abi, prefix, abi),
        LUA_CPATH = ("%s/lib/lua/%s/?.so;;"):format(prefix, abi),
      },
    })
    assert.same({ version .. "\n", "", 0 }, { output, messages, status })
  end)

  it("takes a PREFIX that is relative", function()
    local folder = support.folder()
    make(("install LUA=%s PREFIX=%s"):format(lua,
      quote(must(("realpath --relative-to=. %s"):format(folder)) .. "/here")))
    assert.same({ "facequery " .. version .. "\n", "", 0 },
      { support.run({ folder .. "/here/bin/facequery", "--version" }, { clean = true, cwd = "/" }) })
    support.remove_folder(folder)
  end)

  it("stages under DESTDIR what will run under PREFIX", function()
    local folder = support.folder()
    make(("install LUA=%s DESTDIR=%s PREFIX=/opt/facequery"):format(lua, folder))
    assert.equal("opt", support.list(folder))
    local text = support.read_file(folder .. "/opt/facequery/bin/facequery")
    assert.is_truthy(text:find('"/opt/facequery/share/lua/' .. abi .. '/?.lua;', 1, true))
    assert.is_truthy(text:find('"/opt/facequery/lib/lua/' .. abi .. '/?.so;', 1, true))
    assert.is_nil(text:find(folder, 1, true))
    support.remove_folder(folder)
  end)
end)

describe("make uninstall", function()
  local other = lua == "luajit" and "lua5.4" or "luajit"
  local prefix

  local function files()
    return must(("cd %s && find . -type f | LC_ALL=C sort"):format(prefix))
  end

  before_each(function()
    prefix = support.folder()
    support.write_file(prefix .. "/theirs", "")
  end)

  after_each(function() support.remove_folder(prefix) end)

  it("removes all that was installed, and nothing else", function()
    make(("install LUA=%s PREFIX=%s"):format(lua, prefix))
    make(("uninstall LUA=%s PREFIX=%s"):format(lua, prefix))
    assert.equal("./theirs", files())
  end)

  it("leaves the command to the other Lua that was installed later", function()
    make(("install LUA=%s PREFIX=%s"):format(other, prefix))
    local alone = files()
    make(("install LUA=%s PREFIX=%s"):format(lua, prefix))
    make(("install LUA=%s PREFIX=%s"):format(other, prefix))
    make(("uninstall LUA=%s PREFIX=%s"):format(lua, prefix))
    assert.equal(alone, files())
  end)
end)

describe("luarocks make", function()
  local luarocks = "luarocks-" .. abi

  it("installs the same, and a command that works by itself", function()
    if select(2, support.shell("command -v " .. luarocks)) ~= 0 then
      return pending(luarocks .. " is not installed")
    end
    local folder = support.folder()
    must(("mkdir %s/source && cp -r Makefile bin csrc library lua rockspec sandbox %s/source"):format(folder, folder))
    -- A build for the other Lua stands where LuaRocks builds, and must not be taken.
    make(("-C %s/source LUA=%s CFLAGS=-O0"):format(folder, lua == "luajit" and "lua5.4" or "luajit"))
    must(("cd %s/source && env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL -u LUA_PATH -u LUA_CPATH HOME=%s"
      .. " %s make --tree %s/tree --deps-mode none CFLAGS=-O0 CURL_INCDIR=/usr/include/$(gcc -dumpmachine) %s"
    ):format(folder, folder, luarocks, folder, lua == "luajit" and "LUA_INCDIR=/usr/include/luajit-2.1" or ""))
    assert.equal("", must(("diff -r lua/facequery %s/tree/share/lua/%s/facequery"):format(folder, abi)))
    assert.equal("", must(("diff -r library %s/tree/lib/luarocks/rocks-%s/facequery/dev-1/library"
    ):format(folder, abi)))
    must("rm -r " .. folder .. "/source")
    installed_command.works(folder .. "/tree/bin/facequery")
    support.remove_folder(folder)
  end)
end)

describe("the module", function()
  it("exports the one function that Lua looks for", function()
    assert.equal("luaopen_facequery_core",
      must("nm -D --defined-only " .. support.build .. "/facequery/core.so | awk '{ print $NF }'"))
  end)

  it("does nothing when it is required: no file, socket, thread, signal handler or global", function()
    local output = must(support.lua_command [[
      local globals = {}
      -- The globals of other libraries don't count: those are loaded first.
      for _, name in ipairs { "argparse", "cjson", "lfs" } do require(name) end
      for name in pairs(_G) do globals[name] = true end
      local path = os.tmpname()
      local function look()
        -- By this process: system(3) blocks signals while a child of it may look.
        local status = io.open("/proc/self/status")
        local text = status:read("*a"):match "\nSigBlk.-\nCap"
        status:close()
        os.execute("(ls -l /proc/$PPID/fd | awk '{ print $9, $10, $11 }'; ls /proc/$PPID/task; umask) >" .. path)
        local file = io.open(path)
        text = text .. file:read("*a")
        file:close()
        return text
      end
      local before = look()
      local count = 0
      local files = io.popen("cd lua && find facequery -name '*.lua' ! -path '*/sandbox/*'")
      for file in files:lines() do
        require((file:gsub("%.lua$", ""):gsub("/init$", ""):gsub("/", ".")))
        count = count + 1
      end
      files:close()
      collectgarbage()
      collectgarbage()
      local after = look()
      os.remove(path)
      if before ~= after then print(before, after) end
      for name in pairs(_G) do
        if not globals[name] then print(name) end
      end
      print(count > 30)]])
    assert.equal("true", output)
  end)
end)
