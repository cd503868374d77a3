-- A file that is written piece by piece, with other files as base64 in it: it appears whole or not at all.

local core = require "facequery.core"
local support = require "help.support"

local must = support.must

describe("new_file", function()
  local folder, path
  before_each(function()
    folder = support.folder()
    path = folder .. "/page"
  end)
  after_each(function() support.remove_folder(folder) end)

  -- A file of random bytes.
  local function random(size)
    local name = ("%s/random%d"):format(folder, size)
    must(("head -c %d /dev/urandom >%s"):format(size, name))
    return name
  end

  it("has all that was written, in its order, once it is committed, and for this user alone", function()
    local file = assert(core.new_file(path))
    assert.is_true(file:write "one\0")
    assert.is_true(file:write "")
    assert.is_true(file:write(("\255"):rep(100000)))
    assert.equal("", support.list(folder))
    assert.is_true(file:commit())
    assert.equal("one\0" .. ("\255"):rep(100000), support.read_file(path))
    assert.equal("600", support.mode(path))
  end)

  it("is for this user alone whatever the umask", function()
    assert.equal("true", support.elsewhere(path, "print(core.new_file(path):commit())", "umask 0;"))
    assert.equal("600", support.mode(path))
  end)

  it("is gone when it is closed, collected or left by a killed process before that", function()
    assert(core.new_file(path)):write "half"
    collectgarbage()
    collectgarbage()
    local file = assert(core.new_file(path))
    assert(file:write "half")
    file:close()
    file:close()
    assert.equal("", support.list(folder))
    support.shell(support.lua_command(([[local file = require("facequery.core").new_file(%q)
      file:write "half"
      os.execute("kill -KILL $PPID")]]):format(path)))
    assert.equal("", support.list(folder))
  end)

  it("takes nothing once it is closed or committed", function()
    local closed, committed = assert(core.new_file(path)), assert(core.new_file(path))
    closed:close()
    assert(committed:commit())
    for _, file in ipairs { closed, committed } do
      for _, method in ipairs { "write", "embed", "commit" } do
        assert.has_error(function() file[method](file, "x") end)
      end
      file:close()
    end
    assert.equal("", support.read_file(path))
  end)

  it("leaves alone what has the name, now or in the end", function()
    local late = assert(core.new_file(path))
    support.write_file(path, "mine")
    local ok, failure = core.new_file(path)
    assert.same({ nil, "FILE_EXISTS" }, { ok, failure.status })
    ok, failure = late:commit()
    assert.same({ nil, "FILE_EXISTS" }, { ok, failure.status })
    assert.equal("mine", support.read_file(path))
  end)

  it("embeds a file as base64 prints it or as it is, and says its size and digests, whatever its length", function()
    -- Around a group of three, and around the pieces that are read.
    for _, size in ipairs { 0, 1, 2, 3, 4, 24575, 24576, 24577, 24578, 49151, 49152, 49153, 1000003 } do
      local from, to = random(size), folder .. "/to" .. size
      local file = assert(core.new_file(to))
      assert(file:write "<")
      assert.same({
        size = size,
        sha256 = must("sha256sum " .. from):match "^%x+",
        sm3 = must("openssl dgst -sm3 -r " .. from):match "^%x+",
      }, file:embed(from, { "sha256", "sm3" }))
      assert(file:write ">")
      assert.equal(size, file:embed(from, nil, true).size)
      assert(file:commit())
      assert.equal("<" .. must("base64 -w 0 " .. from) .. ">" .. support.read_file(from), support.read_file(to))
    end
  end)

  it("embeds no link, folder or pipe, and nothing that is not there", function()
    must(("cd %s && echo x >file && ln -s file link && mkfifo pipe && mkdir folder"):format(folder))
    local file = assert(core.new_file(path))
    for name, status in pairs { link = "FILE_UNTRUSTED", pipe = "FILE_UNTRUSTED", folder = "FILE_UNTRUSTED",
      none = "FILE_MISSING" } do
      local digests, failure = file:embed(folder .. "/" .. name)
      assert.same({ nil, status }, { digests, failure.status })
    end
    file:close()
  end)

  it("says of a full disk that it is, and leaves nothing", function()
    local from = random(100000)
    assert.equal("FILE_UNWRITABLE File too large", support.elsewhere(path, ([[
      local file = core.new_file(path)
      local _, failure = file:embed %q
      print(failure.status .. " " .. failure.detail)]]):format(from), "trap '' XFSZ; ulimit -f 1;"))
    assert.equal("random100000", support.list(folder))
  end)

  it("embeds 40 MB with no more memory than for a small file", function()
    -- The most that a process ever had, in KiB.
    local function peak(size)
      return tonumber(support.elsewhere(folder .. "/to" .. size, ([[
        local file = core.new_file(path)
        assert(file:embed(%q))
        assert(file:embed(%q, nil, true))
        assert(file:commit())
        print(io.open("/proc/self/status"):read("*a"):match "VmHWM:%%s*(%%d+)")]]):format(random(size), random(size))))
    end
    local small, large = peak(10), peak(40 * 1024 * 1024)
    assert.is_true(large - small < 4 * 1024, ("%d KiB more"):format(large - small))
  end)

  it("raises on what is no path and no bytes", function()
    for _, value in ipairs { 7, {}, "a\0b" } do
      assert.has_error(function() core.new_file(value) end)
    end
    local file = assert(core.new_file(path))
    assert.has_error(function() file:write(7) end)
    assert.has_error(function() file:write() end)
    assert.has_error(function() file:embed(path .. "\0") end)
    assert.has_error(function() file:embed(path, { "md5" }) end)
    file:close()
  end)
end)
