-- The command as a whole: its version, its usage, its exit status.

local cli = require "help.cli"
local support = require "help.support"

local facequery, has = cli.run, cli.has

local USAGE = "^Usage: facequery "

describe("the command facequery", function()
  local folder
  before_each(function() folder = support.folder() end)
  after_each(function() support.remove_folder(folder) end)

  it("prints its version", function()
    local output, messages, status = facequery { "--version" }
    assert.matches("^facequery %d+%.%d+%.%d+\n$", output)
    assert.same({ "", 0 }, { messages, status })
  end)

  it("explains itself on stdout when asked to", function()
    local output, messages, status = facequery { "--help" }
    assert.same({ "", 0 }, { messages, status })
    for _, name in ipairs { "query", "poll", "archive", "verify", "purge", "hold", "release", "holds",
      "count", "sign", "ticket", "decode", "explain", "sandbox" } do
      assert.matches("\n   " .. name .. " +%u", output)
    end
    output, messages, status = facequery { "poll", "--help" }
    assert.same({ "", 0 }, { messages, status })
    assert.matches(USAGE .. "poll", output)
    has("--interval", output)
  end)

  it("exits with 2 for wrong usage, and says on stderr how that command is used", function()
    for _, case in ipairs {
      { "", "a command is required" },
      { "nonsense", "unknown command 'nonsense'" },
      { "query", "missing argument 'order_no'", "query" },
      { "query o --get-file=all", "must be one of", "query" },
      { "query o --timeout=soon", "'soon' is not a number above 0", "query" },
      { "query o --timeout=-1", "'-1' is not a number above 0", "query" },
      { "query o --attempts=2", "unknown option '--attempts'", "query" },
      { "poll o --attempts=0", "'0' is not a whole number above 0", "poll" },
      { "poll o --attempts=1.5", "'1.5' is not a whole number above 0", "poll" },
      { "poll o --lang=fr", "must be one of", "poll" },
      { "poll o --out", "requires an argument", "poll" },
      { "archive", "missing option '--out'", "archive" },
      { "purge " .. folder, "missing option '--older-than' or '--order' or '--from'", "purge" },
      { "purge " .. folder .. " --older-than=1d --order=a1", "can not be used together", "purge" },
      { "hold " .. folder .. " --why=x", "missing option '--order' or '--from'", "hold" },
      { "hold " .. folder .. " --order=a1", "missing option '--why'", "hold" },
      { "hold " .. folder .. " --order=a1 --why=", "'' is no reason", "hold" },
      { "release " .. folder .. " --why=x", "missing option '--order' or '--from'", "release" },
      { "purge " .. folder .. " --older-than=week", "'week' is no duration", "purge" },
      { "query o --timeout=1e9", "'1e9' is not a number of seconds below", "query" },
      { "query o --query-version=123456789", "'123456789' is not a version of at most 8", "query" },
      { "query o --query-version=", "'' is not a version", "query" },
      { "query o --out=", "'' is not a path", "query" },
      { "poll o --interval=1e10", "'1e10' is not a number of seconds below", "poll" },
      { "archive --out=" .. folder .. " --interval=1e10", "'1e10' is not a number of seconds below", "archive" },
      { "archive --out=" .. folder .. " --query-version=123456789", "is not a version", "archive" },
      { "archive --out=", "'' is not a path", "archive" },
      { "archive --out=" .. folder .. " --retention=99999999999999d", "is no duration", "archive" },
      { "purge " .. folder .. " --older-than=99999999999999d", "of a century at most", "purge" },
      { "decode --out=", "'' is not a path", "decode" },
      { "sign", "missing argument 'order_no'", "sign" },
      { "sign one two", "too many arguments", "sign" },
      { "explain", "missing argument 'code'", "explain" },
      { "decode --nonsense", "unknown option '--nonsense'", "decode" },
    } do
      local arguments = {}
      for word in case[1]:gmatch "%S+" do
        arguments[#arguments + 1] = word
      end
      local output, messages, status = facequery(arguments)
      assert.same({ "", 2 }, { output, status }, case[1])
      assert.matches(USAGE .. (case[3] or "%["), messages)
      has(case[2], messages)
    end
  end)

  it("does not call lost what a full disk has swallowed a success", function()
    support.write_file(folder .. "/big", ("QUJD"):rep(100000))
    for _, arguments in ipairs { "explain 0", "decode " .. folder .. "/big" } do
      local messages, status = support.shell(("LD_PRELOAD=%s %s/bin/facequery %s >/dev/full"):format(
        support.quote(os.getenv "LD_PRELOAD" or ""), support.build, arguments))
      assert.equal(7, status)
      has("No space left on device", messages)
    end
  end)

  it("says in one line what nobody expected, and exits with 6", function()
    support.write_file(folder .. "/lfs.lua", 'error "broken"')
    local output, messages, status = facequery({ "count", folder }, { env = { LUA_PATH = folder .. "/?.lua;;" } })
    assert.same({ "", 6 }, { output, status })
    assert.matches("^facequery: [^\n]*broken%) %(unknown UNEXPECTED%)\n  what to do: [^\n]*\n$", messages)
  end)
end)
