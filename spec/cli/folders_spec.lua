-- What the commands about archives make of a folder that is none.

local archives = require "help.archives"
local cli = require "help.cli"
local support = require "help.support"

local order = support.order
local run = cli.shell

local COMMANDS = {
  "verify %s", "verify --json %s", "count %s", "count --json %s", "purge --older-than 1d %s",
  "purge --dry-run --older-than 1d %s", "purge --force --older-than 1d %s", "purge %s --order a1",
  "purge --dry-run %s --order a1", "hold %s --why x --order a1", "release %s --order a1", "holds %s", "holds --json %s",
}

describe("a folder that is no archive", function()
  local folder, dir, list
  before_each(function() folder, dir, list = archives.begin() end)
  after_each(function() support.remove_folder(folder) end)

  for _, command in ipairs(COMMANDS) do
    it(("is an error of `%s`, which changes nothing in it"):format(command:format "DIR"), function()
      archives.write_list(list, { order "size30x40n" })
      archives.run(list, dir)
      local other, before = folder .. "/other", support.list "/etc"
      support.must(("mkdir %s && touch %s/notes.txt"):format(other, other))
      local alone = { run(command:format(dir)) }
      local output, messages, status = run(command:format(("/etc %s /dev/null %s/nothere %s"):format(
        other, folder, dir)))
      assert.equal(7, status)
      local text = command:find "--json" and output or messages
      for path, what in pairs { ["/etc"] = "an archive", [other] = "an archive", ["/dev/null"] = "a folder",
        [folder .. "/nothere"] = "a folder" } do
        local line = command:find "--json" and ('"about":"%s"'):format(path)
          or ("%s: not %s (storage NO_"):format(path, what)
        assert.is_truthy(text:find(line, 1, true), text)
      end
      assert.equal(alone[1], output:sub(#output - #alone[1] + 1))
      assert.equal(alone[2], messages:sub(#messages - #alone[2] + 1))
      assert.same({ before, "notes.txt" }, { support.list "/etc", support.list(other) })
      assert.equal("evidence\norders\nother", support.list(folder))
    end)
  end

  it("is not the one that has lost its log and its lock, as long as it has bundles", function()
    archives.write_list(list, { order "size30x40n" })
    archives.run(list, dir)
    support.must(("rm %s/index.jsonl %s/.lock"):format(dir, dir))
    local output, _, status = run("verify " .. dir)
    assert.equal(7, status)
    assert.matches(": not in the log$", output)
  end)
end)
