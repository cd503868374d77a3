-- docs/command.md and the other pages name the commands, options, variables and targets that there are.
-- Only on lua5.4 luajit: the C code is the same.

local cli = require "help.cli"
local docs = require "help.docs"
local markdown = require "help.markdown"
local support = require "help.support"

local function names_of(text, pattern)
  local names = {}
  for name in text:gmatch(pattern) do
    names[name] = true
  end
  return names
end

-- Each line of the pages' blocks of shell, without its comment.
local function each_line(paths, hear)
  for _, path in ipairs(paths) do
    for _, block in ipairs(markdown.blocks(support.read_file(path), "sh")) do
      for line in (block .. "\n"):gmatch "([^\n]*)\n" do
        hear(line:gsub("#.*", ""), path)
      end
    end
  end
end

local function has(part, text, where)
  assert.is_truthy(text:find(part, 1, true), ("%s: %s"):format(where, part))
end

describe("the pages", function()
  it("show every command in English, and no other, with options that it has", function()
    local help = cli.run { "--help" }
    local commands = names_of(help:match "\nCommands:\n(.-)\n\n", "   (%l+) +%u")
    local shown = {}
    each_line(docs.all(), function(line, path)
      local command = line:match "^%$? ?facequery (%l+)"
      if command then
        shown[command] = shown[command] or not path:find "zh"
        assert.is_true(commands[command], command)
        local words = { command, "--help" }
        if command == "queue" then
          table.insert(words, 2, (line:match "queue (%l+)"))
        end
        local options = cli.run(words)
        for option in line:gmatch "%-%-[%l-]+" do
          has(option .. " ", options, path)
        end
      end
    end)
    assert.same(commands, shown)
  end)

  it("name targets that the Makefile has", function()
    local targets = names_of(support.must "env -u MAKEFLAGS make help" .. "\n", "(%l+) [^\n]*\n")
    each_line(docs.all(), function(line, path)
      local target = line:match "^make (%l+)"
      assert.is_true(not target or targets[target], ("%s: %s"):format(path, target))
    end)
  end)

  it("name every variable of the environment that is read, in each language", function()
    for _, lang in ipairs(docs.languages) do
      local folder, text = docs.folders[lang], ""
      for _, name in ipairs(docs.names(lang)) do
        text = text .. support.read_file(folder .. name)
      end
      for name in support.must("grep -rhoE 'FACEQUERY_[A-Z_]+' lua/facequery --include='*.lua'"
        .. " --exclude-dir=sandbox | sort -u"):gmatch "%S+" do
        has(name, text, folder)
      end
    end
  end)
end)
