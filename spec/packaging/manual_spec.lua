-- The manual page and the completions, as `make install` puts them where man and the shells look.

local cli = require "help.cli"
local support = require "help.support"

local must, quote = support.must, support.quote

local lua = _VERSION == "Lua 5.4" and "lua5.4" or "luajit"

local prefix, share

setup(function()
  prefix = support.folder()
  must(("env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL make install LUA=%s PREFIX=%s"):format(lua, prefix))
  share = prefix .. "/share/"
end)

teardown(function() support.remove_folder(prefix) end)

describe("The manual page", function()
  local text

  -- Without its bold letters, with all of its blanks and line breaks as one blank, and none behind a comma.
  local function plain(page)
    return (page:gsub(".\b", ""):gsub("%s+", " "):gsub(", ", ","))
  end

  setup(function()
    text = plain(must(("groff -Kutf8 -man -Tutf8 -P-c -rHY=0 -ww %s/man/man1/facequery.1"):format(share)))
      :gsub("’", "'")
  end)

  local function says(part)
    assert.is_truthy(text:find(part, 1, true), part)
  end

  it("is read by groff without a warning", function()
    assert.equal("", must(("groff -Kutf8 -man -Tutf8 -ww -z %s/man/man1/facequery.1"):format(share)))
  end)

  it("names every command, with its options and what they do", function()
    local commands, options = 0, 0
    for name, what in cli.run({ "--help" }):match "\nCommands:\n(.-)\n\n":gmatch "   (%l+) +(%u[^\n]*)" do
      commands = commands + 1
      -- queue has commands of its own, and sandbox is a script.
      if name ~= "queue" then
        says(plain(" " .. name .. " " .. what))
      end
      local help = name == "sandbox" and "" or cli.run { name, "--help" }
      for option in (help:match "\nOptions:\n(.*)" or ""):gsub("\n   %-", "\0-"):gmatch "%z(%-%-%Z*)" do
        options = options + 1
        says(plain(option):gsub(" $", ""))
      end
    end
    assert.is_true(commands > 20 and options > 100)
  end)

  it("names the queue's commands", function()
    says " queue add Add orders,each once. facequery queue add "
  end)

  it("says what the variables of the environment are", function()
    for _, name in ipairs { "APP_ID", "BASE_URL", "CA_FILE", "SECRET", "TICKET" } do
      assert.matches("FACEQUERY_" .. name .. " %u", text:match " ENVIRONMENT (.*)")
    end
  end)
end)

describe("The shells' completions", function()
  -- Each: what stands on the line before the tab, and what may follow.
  local EXPECTED = {
    { { "facequery", "quer" }, "query" },
    { { "facequery", "queue", "d" }, "dead drop" },
    { { "facequery", "query", "--get-file", "" }, "both photo video" },
    { { "facequery", "archive", "--encrypt-" }, "--encrypt-media-to --encrypt-to" },
  }

  local function sorted(words)
    return must(("printf '%%s\n' %s | LC_ALL=C sort | paste -sd ' '"):format(words))
  end

  it("work in bash", function()
    for _, case in ipairs(EXPECTED) do
      local words = {}
      for i, word in ipairs(case[1]) do
        words[i] = quote(word)
      end
      local script = ("source %s/bash-completion/completions/facequery; COMP_WORDS=(%s) COMP_CWORD=%d; _facequery;"
        .. " echo ${COMPREPLY[*]}"):format(share, table.concat(words, " "), #words - 1)
      assert.equal(case[2], sorted(must("bash -c " .. quote(script))))
    end
  end)

  it("work in fish", function()
    for _, case in ipairs(EXPECTED) do
      local script = ("source %s/fish/vendor_completions.d/facequery.fish; complete -C %s"):format(share,
        quote(table.concat(case[1], " ")))
      assert.equal(case[2], sorted("$(fish -c " .. quote(script) .. " | cut -f 1)"))
    end
  end)

  it("are zsh's, by its parser", function()
    must(("zsh -n %s/zsh/site-functions/_facequery"):format(share))
    assert.equal("#compdef facequery", support.read_file(share .. "zsh/site-functions/_facequery"):match "^[^\n]*")
  end)
end)
