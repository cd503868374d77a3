-- facequery.core in programs that bring an OpenSSL of their own, as an nginx does that is built with
-- one inside: made by the compiler for the occasion, around the Lua that runs this.

local support = require "help.support"

describe("facequery.core", function()
  local folder

  setup(function()
    folder = support.folder()
  end)

  teardown(function()
    support.remove_folder(folder)
  end)

  -- Builds the program of fixtures/host with these words for the compiler, and runs Lua code in it.
  local function run_in(words, code)
    local lua = jit and "luajit" or "lua5.4"
    support.must(("cc -rdynamic $(pkg-config --cflags %s) -o %s/host spec/fixtures/host/lua.c %s"
      .. " $(pkg-config --libs %s) -ldl -lpthread"):format(lua, folder, words, lua))
    return support.run({ folder .. "/host", code }, { env = { LD_PRELOAD = os.getenv "LD_PRELOAD" or "" } })
  end

  local REQUIRE_AND_SIGN = [[
    local ok, core = pcall(require, "facequery.core")
    print(ok, ok and core.sign("abc") or core)]]

  it("loads into a program of any name that has Lua inside", function()
    assert.equal("true\tA9993E364706816ABA3E25717850C26C9CD0D89D\n", (run_in("", REQUIRE_AND_SIGN)))
  end)

  it("says that it can't be loaded where OpenSSL 1.1.1 stands in for what it is linked with", function()
    local out, _, status = run_in("spec/fixtures/host/openssl111.c", REQUIRE_AND_SIGN)
    assert.equal(0, status)
    assert.truthy(out:find("^false\tfacequery: this program exports an OpenSSL of its own "
      .. "%(OpenSSL 1%.1%.1w  11 Sep 2023%)"), out)
    assert.truthy(out:find("build the program with OpenSSL as a shared library", 1, true), out)
  end)

  it("says so of any OpenSSL that is linked statically, the same version, too", function()
    local out, _, status = run_in("-DWITH_OPENSSL -l:libssl.a -l:libcrypto.a"
      .. " $(pkg-config --static --libs-only-l libcrypto | sed s/-lcrypto//)", REQUIRE_AND_SIGN)
    assert.equal(0, status)
    assert.truthy(out:find("false\tfacequery: this program exports an OpenSSL of its own (OpenSSL ", 1, true), out)
  end)
end)
