-- Files that are brought to the disk, or digested, beside the caller: core.threads.

local core = require "facequery.core"
local support = require "help.support"

local must = support.must

describe("core.threads", function()
  local folder, threads
  before_each(function()
    folder, threads = support.folder(), assert(core.threads(4))
  end)
  after_each(function()
    threads:close()
    support.remove_folder(folder)
  end)

  -- What becomes of a task that has this number.
  local function outcome(id)
    local ended, result, failure
    repeat
      threads:wait(10)
      ended, result, failure = threads:next()
    until ended
    assert.equal(id, ended)
    return result, failure
  end

  it("says when all of a batch are there, files and folders", function()
    must(("cd %s && mkdir a && echo x >a/b && echo y >c"):format(folder))
    assert.is_nil(outcome(threads:flush { folder .. "/a/b", folder .. "/a", folder .. "/c", folder }))
    assert.is_nil(threads:next())
  end)

  it("names the failures by their place in the batch, and brings the others there", function()
    must(("cd %s && echo x >a && ln -s a link"):format(folder))
    local failures = outcome(threads:flush { folder .. "/none", folder .. "/a", folder .. "/link" })
    assert.same({ "FILE_UNWRITABLE", "No such file or directory", nil, "Too many levels of symbolic links" },
      { failures[1].status, failures[1].detail, failures[2], failures[3].detail })
  end)

  it("takes several batches at once, and names each by the number that it was given", function()
    local left = {}
    for i = 1, 50 do
      support.write_file(folder .. "/" .. i, "x")
      left[assert(threads:flush { folder .. "/" .. i, folder })] = true
    end
    while next(left) do
      threads:wait(10)
      for ended, failures in function() return threads:next() end do
        assert.same({ true, nil }, { left[ended], failures })
        left[ended] = nil
      end
    end
  end)

  it("digests files, each for itself", function()
    local left, count = {}, 0
    for i = 1, 50 do
      local path = folder .. "/" .. i
      support.write_file(path, ("\0x"):rep(i * 1000))
      left[assert(threads:digest(path, { "sha256", "sm3" }))] = {
        size = i * 2000,
        sha256 = must("sha256sum " .. path):match "^%x+",
        sm3 = must("openssl dgst -sm3 -r " .. path):match "^%x+",
      }
    end
    while next(left) do
      threads:wait(10)
      for ended, digests in function() return threads:next() end do
        assert.same(left[ended], digests)
        left[ended], count = nil, count + 1
      end
    end
    assert.equal(50, count)
  end)

  it("says why a file can't be digested", function()
    must(("cd %s && echo x >a && ln -s a link && mkfifo pipe"):format(folder))
    for name, status in pairs { none = "FILE_MISSING", link = "FILE_UNTRUSTED", pipe = "FILE_UNTRUSTED" } do
      local digests, failure = outcome(threads:digest(folder .. "/" .. name))
      assert.same({ nil, status }, { digests, failure.status })
    end
    local digests = outcome(threads:digest(folder .. "/a"))
    assert.same({ size = 2, sha256 = must(("sha256sum %s/a"):format(folder)):match "^%x+" }, digests)
  end)

  it("can be read at its descriptor while it has something to say", function()
    local pool = assert(core.pool())
    assert.same({ {}, false }, { pool:wait(0, threads:descriptor()) })
    threads:flush { folder }
    assert.same({ {}, true }, { pool:wait(10, threads:descriptor()) })
    assert.is_number(threads:next())
    assert.same({ {}, false }, { pool:wait(0, threads:descriptor()) })
    pool:close()
  end)

  it("ends with what it has begun, and says nothing of it", function()
    for i = 1, 20 do
      support.write_file(folder .. "/" .. i, "x")
      threads:flush { folder .. "/" .. i }
    end
    threads:close()
    threads:close()
    for method, argument in pairs { flush = { folder }, digest = folder, wait = 0, next = {}, descriptor = {} } do
      local ok, message = pcall(threads[method], threads, argument)
      assert.is_false(ok)
      assert.matches("the threads are closed", message, 1, true)
    end
  end)

  it("leaves signals to the program's own threads", function()
    -- Every signal that can be blocked is so in each thread that wasn't there before.
    local masks = must(support.lua_command [[
      local function tasks()
        local pipe = io.popen "ls /proc/$PPID/task"
        local list = pipe:read "*a"
        pipe:close()
        return list
      end
      local before = tasks()
      local threads = require("facequery.core").threads(3)
      for task in tasks():gmatch "%d+" do
        if not before:find("%f[%d]" .. task .. "%f[%D]") then
          for line in io.lines("/proc/self/task/" .. task .. "/status") do
            print(line:match "^SigBlk.*" or "")
          end
        end
      end
      threads:close()]])
    local masked, blocking = select(2, masks:gsub("SigBlk", "")), select(2, masks:gsub("\tffff", ""))
    assert.same({ 3, 3 }, { masked, blocking })
  end)

  it("raises on anything but a list of paths, or a path", function()
    for _, wrong in ipairs { {}, { 7 }, { "a\0b" }, { false } } do
      assert.has_error(function() threads:flush(wrong) end)
      assert.has_error(function() threads:digest(wrong) end)
    end
    for _, count in ipairs { 0, 257, -1, "x" } do
      assert.has_error(function() core.threads(count) end)
    end
  end)
end)
