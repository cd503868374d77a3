-- The house's law: which part of the project may know which, and how long files and functions may be.  See
-- docs/house.md for the picture.  Each rule is shown a broken example, too, so that it can't pass for being blind.
-- Only on lua5.4 luajit: the source is the same under the sanitizers.

local graphs = require "help.graphs"
local sources = require "help.sources"
local support = require "help.support"

local tree = sources.tree()

-- Words that may not stand in some files.  `files`, `except`, `code` and `unless` are patterns, of a file's name or of a
-- line without its comments.  `broken`: a file's name and a text that must be found.
local WORDS = {
  {
    law = "C outside csrc/lua/ knows no Lua",
    files = { "^csrc/" },
    except = { "^csrc/lua/" },
    code = { "[<\"/]lua[%w_]*%.h[>\"]", "[<\"/]lauxlib%.h", "[<\"/]lualib%.h", "%f[%w_]lua_State%f[^%w_]" },
    broken = { "csrc/http.c", "#include <lua.h>\n" },
  },
  {
    law = "C spells no word of the service: Lua hands it the names of fields",
    files = { "^csrc/" },
    code = { "%f[%w_][Pp]hoto", "[^\"]video", "\"video[^/]", "order_?[Nn]o%f[^%w_]", "liveRate", "similarity",
      "bizSeqNo", "riskInfo", "app_?[iI]d", "[tT]icket", "\"result\"" },
    broken = { "csrc/answer.c", "static const char *name = \"photo\";\n" },
  },
  {
    law = "C has no default: Lua says every timeout and every size",
    files = { "^csrc/" },
    code = { "%f[%w_]DEFAULT_", "luaL_optinteger", "luaL_optnumber", "_field%(.*\", .*%d" },
    broken = { "csrc/lua/exchange.c", "enum { DEFAULT_TIMEOUT = 10 };\n" },
  },
  {
    law = "C keeps nothing between two calls but what pthread_once has made",
    files = { "^csrc/" },
    code = { "^%s*static [^(]*[;={]$", "^%s*static [^(]* = " },
    unless = { "%f[%w]const%f[^%w]", "pthread_once_t" },
    broken = { "csrc/http.c", "static int is_ready;\n" },
  },
  {
    law = "only the archive's place, files of queries, tickets, recordings and the doctor, and the command touch files",
    files = { "^lua/facequery/.*%.lua$" },
    except = { "^lua/facequery/evidence/disk/", "^lua/facequery/tickets/file%.lua$", "^lua/facequery/files%.lua$",
      "^lua/facequery/mock/tape%.lua$", "^lua/facequery/doctor/files%.lua$", "^lua/facequery/cli/" },
    code = { "%f[%w_]io%.%l", "%f[%w_]os%.rename", "%f[%w_]os%.remove", "%f[%w_]os%.tmpname", "[\"']lfs[\"']",
      "core%.write_file", "core%.replace_file", "core%.write_draft", "core%.new_file", "core%.append",
      "core%.truncate",
      "core%.digest_file", "core%.read_private", "core%.lock_file", "core%.rename", "core%.%w+_folder" },
    unless = { "io%.stderr:write" },
    broken = { "lua/facequery/evidence/log.lua", "local file = io.open(path)\n" },
  },
  {
    law = "what the service's pages say neither sends nor waits nor knows the time",
    files = { "^lua/facequery/service/", "^lua/facequery/codes/" },
    code = { "%f[%w_]os%.", "core%.now", "core%.clock", "core%.sleep", "core%.exchange", "core%.query", "core%.pool",
      "core%.connection" },
    broken = { "lua/facequery/service/query.lua", "local time = core.now()\n" },
  },
  {
    law = "an Error is made in errors.lua alone",
    files = { "^lua/facequery/.*%.lua$" },
    except = { "^lua/facequery/errors%.lua$" },
    code = { "facequery%.error\"", "setmetatable%(.*getmetatable" },
    broken = { "lua/facequery/ask.lua", "return nil, setmetatable({ kind = kind }, getmetatable(err))\n" },
  },
  {
    law = "a failure is a plain table, which can cross from one thread to another",
    files = { "^lua/facequery/.*%.lua$" },
    code = { "setmetatable%(%s*{[^}]*status%s*=", "setmetatable%(failure" },
    broken = { "lua/facequery/retry.lua", "return nil, setmetatable({ status = \"RAISED\" }, failures)\n" },
  },
}

-- Who may not know whom, over any number of others between.  A name stands for itself and all that is below it.
-- `only` in place of `to`: whom alone they may know besides themselves.  `broken`: files' names and texts.
local WALLS = {
  {
    law = "http and pool hand a sink what they receive, and know nothing more of it",
    from = { "csrc/http", "csrc/pool" },
    to = { "csrc/answer", "csrc/medium", "csrc/json", "csrc/file" },
    broken = { ["csrc/http.c"] = "#include \"answer.h\"\n", ["csrc/answer.h"] = "" },
  },
  {
    law = "base64, digest and sign know bytes, and no disk",
    from = { "csrc/base64", "csrc/digest", "csrc/sign" },
    to = { "csrc/disk", "csrc/file", "csrc/folder" },
    broken = { ["csrc/digest.c"] = "#include \"folder.h\"\n", ["csrc/folder.h"] = "" },
  },
  {
    law = "an answer and its media do not know how they came here",
    from = { "csrc/answer", "csrc/medium" },
    to = { "csrc/http", "csrc/pool", "curl" },
    broken = { ["csrc/answer.c"] = "#include \"http.h\"\n", ["csrc/http.h"] = "" },
  },
  {
    law = "nothing in C knows its binding to Lua",
    from = { "csrc" },
    except = { "csrc/lua" },
    to = { "csrc/lua" },
    broken = { ["csrc/sign.c"] = "#include \"lua/value.h\"\n", ["csrc/lua/value.h"] = "" },
  },
  {
    law = "no binding knows csrc/lua/core.c, which opens them all",
    from = { "csrc/lua" },
    to = { "csrc/lua/core" },
    broken = { ["csrc/lua/sign.c"] = "#include \"core.h\"\n", ["csrc/lua/core.h"] = "" },
  },
  {
    law = "what the service's pages say is written with JSON, checks and the core alone",
    from = { "facequery.service", "facequery.codes" },
    only = { "facequery.json", "facequery.check", "facequery.core", "cjson" },
    broken = { ["lua/facequery/service/query.lua"] = "local retry = require \"facequery.retry\"\n",
      ["lua/facequery/retry.lua"] = "" },
  },
  {
    law = "evidence never asks the service: it is handed records",
    from = { "facequery.evidence" },
    to = { "facequery.ask", "facequery.exchange", "facequery.collect", "facequery.archive", "facequery.client",
      "facequery.transport", "facequery.tickets", "facequery.many", "facequery.tsa" },
    broken = { ["lua/facequery/evidence/bundle.lua"] = "local retry = require(\"facequery.retry\")\n",
      ["lua/facequery/retry.lua"] = "local function ask() return require 'facequery.ask' end\n" },
  },
  {
    law = "a transport sends what it is given, and knows no tickets, orders or evidence",
    from = { "facequery.transport" },
    to = { "facequery.ask", "facequery.exchange", "facequery.collect", "facequery.tickets", "facequery.evidence",
      "facequery.many", "facequery.orders" },
    broken = { ["lua/facequery/transport/pool.lua"] = "local fetch = require 'facequery.tickets.fetch'\n",
      ["lua/facequery/tickets/fetch.lua"] = "" },
  },
  {
    law = "tickets know no transport: they are handed a function that sends",
    from = { "facequery.tickets" },
    to = { "facequery.transport" },
    broken = { ["lua/facequery/tickets/init.lua"] = "local new = require \"facequery.transport\".choose\n",
      ["lua/facequery/transport/init.lua"] = "" },
  },
  {
    law = "asking does not know that there is an archive",
    from = { "facequery.ask", "facequery.exchange", "facequery.collect" },
    to = { "facequery.evidence", "facequery.archive" },
    broken = { ["lua/facequery/ask.lua"] = "require \"facequery.evidence\"\n",
      ["lua/facequery/evidence/init.lua"] = "" },
  },
  {
    law = "a queue is handed who asks and who keeps, and knows neither",
    from = { "facequery.queue" },
    to = { "facequery.ask", "facequery.exchange", "facequery.collect", "facequery.archive", "facequery.client",
      "facequery.transport", "facequery.tickets", "facequery.many", "facequery.evidence" },
    broken = { ["lua/facequery/queue/worker.lua"] = "require \"facequery.archive\"\n",
      ["lua/facequery/archive.lua"] = "" },
  },
  {
    law = "the library does not know its command",
    from = { "facequery" },
    except = { "facequery.cli" },
    to = { "facequery.cli", "argparse" },
    broken = { ["lua/facequery/client.lua"] = "require \"facequery.cli.progress\"\n",
      ["lua/facequery/cli/progress.lua"] = "" },
  },
}

-- What one question takes none of.
local UNNEEDED = { "^facequery%.evidence", "^facequery%.many", "^facequery%.orders", "^facequery%.archive$",
  "^facequery%.queue", "^facequery%.cli$", "^facequery%.cli%.", "^lfs$" }

local function files_of(texts)
  local files = {}
  for name, text in pairs(texts) do
    files[#files + 1] = sources.file(name, text)
  end
  return files
end

local function misplaced(rule, files)
  return sources.lines(sources.select(files, rule.files, rule.except), rule.code, rule.unless)
end

-- Whether a name is one of these, or below one.
local function is_one_of(name, parts)
  for _, part in ipairs(parts) do
    if name == part or name:find(part, 1, true) == 1 and name:find("^[./]", #part + 1) then
      return true
    end
  end
  return false
end

local function breaches(wall, graph)
  return graphs.ways(graph, function(name)
    return is_one_of(name, wall.from) and not is_one_of(name, wall.except or {})
  end, function(name)
    return wall.only and not is_one_of(name, wall.from) and not is_one_of(name, wall.only)
      or is_one_of(name, wall.to or {})
  end)
end

-- What includes, calls and requires whom, in C and in Lua.  The objects are there once `make` has run.
local function graph_of(files, objects)
  return graphs.union(graphs.requires(files), graphs.union(graphs.includes(files), graphs.calls(objects)))
end

local whole = graph_of(tree, graphs.objects(tree))

local function has_part(part)
  for name in pairs(whole) do
    if is_one_of(name, { part }) then
      return true
    end
  end
  return false
end

-- The modules with such a name that a fresh process has loaded after one `require`.
local function loaded(module, patterns)
  local found = {}
  for name in support.must(support.lua_command(([[
    require %q
    for name in pairs(package.loaded) do print(name) end]]):format(module))):gmatch "[^\n]+" do
    found[#found + 1] = sources.matches(name, patterns) and name or nil
  end
  table.sort(found)
  return found
end

describe("The house's law:", function()
  for _, rule in ipairs(WORDS) do
    it(rule.law, function()
      assert.same({}, misplaced(rule, tree))
    end)
  end

  for _, wall in ipairs(WALLS) do
    it(wall.law, function()
      assert.same({}, breaches(wall, whole))
    end)
  end

  it("nothing requires, includes or calls itself, through however many others", function()
    assert.same({}, graphs.circles(whole))
  end)

  it("require 'facequery' loads neither evidence nor what many orders take", function()
    assert.same({}, loaded("facequery", UNNEEDED))
  end)

  it("no file has more than 400 lines", function()
    local code = { "^lua/", "^csrc/", "^spec/", "^sandbox/", "^bench/", "^examples/", "^bin/", "^%.ci/", "^rockspec/",
      "^Makefile$" }
    -- Sentences and reasons may be as many as there are.
    local prose = { "^lua/facequery/codes/", "^spec/uncovered%.txt$" }
    assert.same({}, sources.long_files(sources.select(tree, code, prose), 400))
  end)

  it("no function has more than 60 lines", function()
    assert.same({}, sources.long_functions(tree, 60))
  end)
end)

describe("Each rule of the house", function()
  it("finds the word that breaks it, and none in a comment", function()
    for _, rule in ipairs(WORDS) do
      local name, text = rule.broken[1], rule.broken[2]
      local comment = name:find "%.lua$" and "-- " or "// "
      assert.equal(1, #misplaced(rule, { sources.file(name, text) }), rule.law)
      assert.same({}, misplaced(rule, { sources.file(name, comment .. text) }), rule.law)
    end
  end)

  it("finds the way that breaks it", function()
    for _, wall in ipairs(WALLS) do
      assert.equal(1, #breaches(wall, graph_of(files_of(wall.broken), {})), wall.law)
    end
  end)

  -- A rule for files that were renamed would hold for ever.
  it("names files and modules that are there", function()
    local missing = {}
    for _, rule in ipairs(WORDS) do
      for _, patterns in ipairs { rule.files, rule.except or {} } do
        for _, pattern in ipairs(patterns) do
          missing[#missing + 1] = #sources.select(tree, { pattern }) == 0 and pattern or nil
        end
      end
    end
    for _, wall in ipairs(WALLS) do
      for _, parts in ipairs { wall.from, wall.except or {}, wall.to or {}, wall.only or {} } do
        for _, part in ipairs(parts) do
          missing[#missing + 1] = not has_part(part) and part or nil
        end
      end
    end
    assert.same({}, missing)
  end)

  it("finds a circle of modules, also through a function's own require", function()
    assert.same({ "facequery.a > facequery.b > facequery.a" },
      graphs.circles(graphs.requires(files_of {
        ["lua/facequery/a.lua"] = "local b = require 'facequery.b'\n",
        ["lua/facequery/b/init.lua"] = "return function() return require(\"facequery.a\") end\n",
        ["lua/facequery/c.lua"] = "--[[ require 'facequery.c.d' ]] return pcall(require, 'facequery.a')\n",
      })))
  end)

  it("finds a circle of includes", function()
    assert.same({ "csrc/a.h > csrc/b/kernel.h > csrc/a.h" }, graphs.circles(graphs.includes(files_of {
      ["csrc/a.h"] = "#include \"b/kernel.h\"\n",
      ["csrc/b/kernel.h"] = "#include \"../a.h\"\n",
      ["csrc/b/avx2.c"] = "#include \"kernel.h\"\n/* #include \"avx2.c\" */\n",
    })))
  end)

  it("finds a circle of calls", function()
    local folder = support.folder()
    finally(function() support.remove_folder(folder) end)
    support.write_file(folder .. "/a.c", "int b(void);\nint a(void) { return b(); }\n")
    support.write_file(folder .. "/b.c", "int a(void);\nint b(void) { return a(); }\n")
    support.must(("cd %s && gcc -c a.c b.c"):format(folder))
    assert.same({ "csrc/a.c > csrc/b.c > csrc/a.c" },
      graphs.circles(graphs.calls { ["csrc/a.c"] = folder .. "/a.o", ["csrc/b.c"] = folder .. "/b.o" }))
  end)

  it("finds a module that is loaded before it is needed", function()
    assert.same({ "facequery.many.pace" }, loaded("facequery.many.pace", UNNEEDED))
  end)

  it("finds a file and a function that are too long", function()
    local function lines(count)
      return ("\n"):rep(count)
    end
    local files = {
      sources.file("lua/long.lua", "local function long()" .. lines(60) .. "end\nreturn long\n"),
      sources.file("lua/short.lua", "local function short()" .. lines(59) .. "end\nreturn short\n"),
      sources.file("spec/long_spec.lua", "describe('long', function()" .. lines(60) .. "end)\n"),
      sources.file("spec/help/contract.lua", "return function()\ndescribe('', function()" .. lines(60) .. "end) end\n"),
      sources.file("csrc/long.c", "int f(void)\n{" .. lines(59) .. "}\n"),
      sources.file("csrc/short.c", "#include <a.h>\nint f(void)\n{" .. lines(58) .. "}\n"),
      sources.file("spec/long", "#!/bin/bash\nlong() {" .. lines(60) .. "}\n"),
    }
    assert.same({ "lua/long.lua:1: 61 lines", "csrc/long.c:1: 61 lines", "spec/long:2: 61 lines" },
      sources.long_functions(files, 60))
    assert.same({}, sources.long_files(files, 62))
    assert.same({ "lua/long.lua: 62 lines", "spec/help/contract.lua: 62 lines", "spec/long: 62 lines" },
      sources.long_files(files, 61))
  end)
end)

describe("docs/house.md", function()
  it("names files and folders that are there", function()
    local missing = {}
    for path in support.read_file "docs/house.md":gmatch "`([%w_./-]+)`" do
      local is_path = path:find "/" or path:find "%.lua$"
      local is_there = is_path and not path:find "NAME"
        and select(2, support.shell(("test -e %s || test -e lua/facequery/%s"):format(path, path))) == 0
      missing[#missing + 1] = is_path and not path:find "NAME" and not is_there and path or nil
    end
    assert.same({}, missing)
  end)
end)
