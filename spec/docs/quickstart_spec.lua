-- docs/quickstart.md, as somebody follows it who copies its files and commands: only where things lie on this machine
-- is put in their place.
-- Only on lua5.4 luajit: the C code is the same, and nginx does not run under the sanitizers.

local docs = require "help.docs"
local kinds = require "facequery.codes.kinds"
local markdown = require "help.markdown"
local support = require "help.support"

local ROOT = support.must "pwd -P"
local BUILD = support.must(("cd %s && pwd -P"):format(support.build))
local LUA = _VERSION == "Lua 5.4" and "lua5.4" or "luajit"

-- Runs the page's commands in a folder, `facequery` being what was built.
local function follow(folder, commands)
  return support.shell(("cd %s && unset LD_PRELOAD FACEQUERY_TICKET_FILE; PATH=%s/bin:$PATH\n%s"):format(
    folder, BUILD, commands:gsub("lua5%.4", LUA)))
end

describe("docs/quickstart.md", function()
  local page = docs.section("en", "quickstart.md")
  local lua, sh, nginx = markdown.blocks(page, "lua"), markdown.blocks(page, "sh"), markdown.blocks(page, "nginx")
  -- The blocks of shell, in their order.
  local INSTALL, OWN_PREFIX, PROGRAM, IN_NGINX, YOUR_ID, EVIDENCE = 1, 2, 3, 4, 5, 6

  local folder
  before_each(function()
    folder = support.folder()
    support.write_file(folder .. "/mine.lua", lua[1])
  end)
  after_each(function() support.remove_folder(folder) end)

  it("installs for both Luas, in a folder of one's own, too", function()
    local prefix = folder .. "/.local"
    for command in sh[INSTALL]:gmatch "make install[^#\n]*" do
      support.must(("env -u MAKEFLAGS make -s %s PREFIX=%s"):format(command:match "make (.*)", prefix))
    end
    local commands = sh[OWN_PREFIX] .. "\ncommand -v facequery\nlua5.4 -e 'print(require[[facequery]].sign{[[a]]})'"
    local output = support.must(("env -i HOME=%s PATH=\"$PATH\" sh -c %s"):format(folder, support.quote(commands)))
    assert.equal(prefix .. "/bin/facequery\n86F7E437FAA5A7FCE15D1DDCB9EAEAEA377667B8", output)
  end)

  it("has a program that the sandbox answers as it says", function()
    local output = follow(folder, sh[PROGRAM])
    local verified, rejected, advice = output:match "^([^\n]*)\n(%S+%s%S+)%s([^\n]*)$"
    for _, said in ipairs { verified, rejected, advice } do
      said = said:gsub("\t", " ")
      assert.is_truthy(page:find(said, 1, true), output)
    end
    assert.equal("rejected\t66660004", rejected)
  end)

  it("has an nginx.conf that answers the same", function()
    local output
    for _ = 1, 5 do
      local port = 12000 + tonumber(support.must "od -An -N2 -tu2 /dev/urandom") % 8000
      -- Its workers may not read the checkout of root, as they may what is installed.
      local user = support.must "id -u" == "0" and "user root;\n" or ""
      support.write_file(folder .. "/nginx.conf", user .. (nginx[1]:gsub("8080", port)
        :gsub("/usr/local/share/lua/5%.1", ROOT .. "/lua"):gsub("/usr/local/lib/lua/5%.1", ROOT .. "/build/luajit")))
      output = follow(folder, (sh[IN_NGINX]:gsub("8080", port)))
      if not output:find("Address already in use", 1, true) then
        break
      end
    end
    assert.matches("verified 88%.01\nrejected 66660004", output)
    assert.equal("", support.read_file(folder .. "/error.log"))
  end)

  it("leads to the first query with a secret, and to evidence", function()
    local order = support.order "verified"
    local commands = (sh[YOUR_ID] .. "\n" .. sh[EVIDENCE]):gsub("FACEQUERY_SECRET=…",
      "FACEQUERY_SECRET=" .. support.env "SANDBOX_SECRET"):gsub("ORDER", order)
    local output, status = follow(folder, "set -e; unset FACEQUERY_TICKET; export FACEQUERY_LANG=en\n" .. commands)
    assert.equal(0, status, output)
    assert.matches("ok +signed query", output)
    assert.matches('"orderNo":"' .. order .. '"', output)
    assert.matches("verified\t" .. order .. "\t88%.01", output)
    assert.matches("evidence: 1 bundles, 0 problems", output)
    assert.equal("manifest.json\nphoto.jpg\nrecord.json\nvideo.mp4",
      support.list(support.bundle_path(folder .. "/evidence", order)))
  end)
end)

local heads = { en = "what you get", zh = "得到什么" }
for _, lang in ipairs { "en", "zh" } do
  describe(docs.folders[lang] .. "quickstart.md", function()
    it("says of every kind of error what to do with the user", function()
      local listed, expected = {}, {}
      for _, row in ipairs(markdown.rows(docs.section(lang, "quickstart.md"), heads[lang])) do
        for kind in row[1]:gmatch "`(%l[%l_]*)`" do
          listed[#listed + 1] = kind
        end
      end
      for i, kind in ipairs(kinds.names) do
        expected[i] = kind
      end
      table.sort(listed)
      table.sort(expected)
      assert.same(expected, listed)
    end)
  end)
end
