-- Files on their way to the disk beside the caller: core.flush.

local core = require "facequery.core"
local support = require "help.support"

local must = support.must

describe("core.flush", function()
  local folder, flush
  before_each(function()
    folder, flush = support.folder(), assert(core.flush(4))
  end)
  after_each(function()
    flush:close()
    support.remove_folder(folder)
  end)

  -- What becomes of a batch: its failures, or nil.
  local function outcome(...)
    local id = assert(flush:start(...))
    local ended, failures
    repeat
      flush:wait(10)
      ended, failures = flush:next()
    until ended
    assert.equal(id, ended)
    return failures
  end

  it("says when all of a batch are there, files and folders", function()
    must(("cd %s && mkdir a && echo x >a/b && echo y >c"):format(folder))
    assert.is_nil(outcome { folder .. "/a/b", folder .. "/a", folder .. "/c", folder })
    assert.is_nil(flush:next())
  end)

  it("names the failures by their place in the batch, and brings the others there", function()
    must(("cd %s && echo x >a && ln -s a link"):format(folder))
    local failures = outcome { folder .. "/none", folder .. "/a", folder .. "/link" }
    assert.same({ "FILE_UNWRITABLE", "No such file or directory", nil, "Too many levels of symbolic links" },
      { failures[1].status, failures[1].detail, failures[2], failures[3].detail })
  end)

  it("takes several batches at once, and names each by the number that it was given", function()
    local left = {}
    for i = 1, 50 do
      support.write_file(folder .. "/" .. i, "x")
      left[assert(flush:start { folder .. "/" .. i, folder })] = true
    end
    while next(left) do
      flush:wait(10)
      for ended, failures in function() return flush:next() end do
        assert.same({ true, nil }, { left[ended], failures })
        left[ended] = nil
      end
    end
  end)

  it("can be read at its descriptor while it has something to say", function()
    local pool = assert(core.pool())
    assert.same({ {}, false }, { pool:wait(0, flush:descriptor()) })
    flush:start { folder }
    assert.same({ {}, true }, { pool:wait(10, flush:descriptor()) })
    assert.is_number(flush:next())
    assert.same({ {}, false }, { pool:wait(0, flush:descriptor()) })
    pool:close()
  end)

  it("ends with what it has begun, and says nothing of it", function()
    for i = 1, 20 do
      support.write_file(folder .. "/" .. i, "x")
      flush:start { folder .. "/" .. i }
    end
    flush:close()
    flush:close()
    for _, method in ipairs { "start", "wait", "next", "descriptor" } do
      assert.has_error(function() flush[method](flush, { folder }) end)
    end
  end)

  it("leaves signals to the program's own threads", function()
    -- Every signal that can be blocked is so in each thread but the program's own, whose mask glibc sets for a
    -- moment where it starts a process.
    local masks = must(support.lua_command [[
      local flush = require("facequery.core").flush(3)
      os.execute "for task in /proc/$PPID/task/*; do [ ${task##*/} = $PPID ] || grep SigBlk $task/status; done"
      flush:close()]])
    local threads, blocking = select(2, masks:gsub("SigBlk", "")), select(2, masks:gsub("\tffff", ""))
    assert.same({ 3, 3 }, { threads, blocking })
  end)

  it("raises on anything but a list of paths", function()
    for _, wrong in ipairs { {}, { 7 }, { "a\0b" }, { false } } do
      assert.has_error(function() flush:start(wrong) end)
    end
    for _, threads in ipairs { 0, 65, -1, "x" } do
      assert.has_error(function() core.flush(threads) end)
    end
  end)
end)
