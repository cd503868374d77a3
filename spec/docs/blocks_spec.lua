-- The pages' fenced blocks in other languages than those that blocks/ has a spec of: they, too, are as things are.  And
-- no block is in a language that no spec knows.
-- Only on lua5.4 luajit: the C code is the same.

local archiving = require "help.archiving"
local blocks = require "help.blocks"
local certificates = require "help.certificates"
local cjson = require "cjson"
local cli = require "help.cli"
local diagrams = require "help.diagrams"
local redis_help = require "help.redis"
local session = require "help.session"
local support = require "help.support"

local env, must = support.env, support.must

local one, bundle, order_no

setup(function()
  one, order_no = archiving.new(), support.order "verified"
  bundle = assert(one:archive(order_no))
end)

teardown(function() one:remove() end)

local function lines_of(text)
  local lines = {}
  for line in text:gmatch "[^\n]+" do
    lines[#lines + 1] = line
  end
  return lines
end

-- The names that a listing of a folder has, sorted.
local function names_in(text)
  local names = {}
  for name in text:gmatch "\n  (%S+)  " do
    names[#names + 1] = name
  end
  for name in text:gmatch "\n  ([%w.]+)\n" do
    names[#names + 1] = name
  end
  table.sort(names)
  return names
end

-- Python, in a bundle's folder: it prints the digest of the last answer.
local function rebuild(block)
  support.write_file(one.folder .. "/block.py", block.text)
  local responses = archiving.json_of(bundle.path .. "/manifest.json").responses
  assert.equal(responses[#responses], must(("cd %s && python3 %s/block.py"):format(bundle.path, one.folder)))
end

local function debug_lines(block)
  local _, messages = cli.shell(("query %s --debug"):format(support.order "rejected"))
  local shown, printed = lines_of(block.text:gsub("order=rejected1", "order=…")), { output = {}, passing = {} }
  for i, line in ipairs(lines_of(messages)) do
    printed.output[i] = i <= #shown and line or nil
  end
  assert.is_true(session.shows(shown, printed), messages)
end

local function files_of_a_bundle(block)
  assert.equal(table.concat(names_in(block.text), "\n"), support.list(bundle.path))
  assert.matches("^evidence/%d+/%d+/%d+/%d+/\n", block.text)
  assert.matches("\nevidence/index.jsonl$", block.text)
  support.read_file(one.dir .. "/index.jsonl")
end

local function files_of_a_seal(block)
  local mine = certificates.make(one.folder, "mine", "ec")
  must(cli.words(("seal %s --tsa %s --tsa-ca %s --sign %s,%s"):format(
    one.dir, env "SANDBOX_TSA", env "CA_FILE", mine.pem, mine.key)))
  local size, authority = support.list(one.dir .. "/seals"):match "(%d+)%.([^\n]*)%.tsr"
  local text = block.text:gsub("1997%.", size .. "."):gsub("tsa%.example%-rfc3161", (authority:gsub("%%", "%%%%")))
  assert.equal(table.concat(names_in(text), "\n"), support.list(one.dir .. "/seals"))
  assert.matches("^evidence/seals/\n", text)
end

-- Redis' configuration, which redis-server takes as words, too: the doctor finds nothing to say of that Redis.
local function redis_conf(block)
  local server = redis_help.server("--" .. table.concat(lines_of(block.text), " --"))
  finally(server.stop)
  local output = cli.shell(("doctor --json --redis %s --queue faces"):format(server.url))
  assert.matches('"check":"queue"[^\n]*"state":"ok"', output)
end

-- Java: members of a class, of which `code` says something to the arguments.  What is no part of Java is declared.
local function java(members, code, arguments)
  support.write_file(one.folder .. "/Page.java", ([[
    import java.nio.charset.StandardCharsets;
    import java.security.MessageDigest;
    import java.util.*;
    class Page {
      interface JsonNode { JsonNode path(String name); int asInt(); }
      %s
      public static void main(String[] arguments) throws Exception { %s }
    }]]):format(members, code))
  return must(("PATH=%s/bin:$PATH java %s/Page.java %s"):format(support.build, one.folder, arguments))
end

-- It signs as the page says that such code does: a byte below 16 loses its 0.
local function java_sign(block)
  local values, quoted = { "IDAXXXXX", "ORDER", "1.0.0" }, "IDAXXXXX ORDER 1.0.0"
  local short = support.sign(values):gsub("%x%x", function(byte) return byte:match "^0(.)" end)
  assert.equal(short, java(block.text, "System.out.println(sign(Arrays.asList(arguments)));", quoted))
end

local function java_command(block)
  local code = "for (String orderNo : arguments) {\n" .. block.text .. "\nSystem.out.print(verified + \";\"); }"
  local output = java("", code, support.order "verified" .. " " .. support.order "rejected")
  assert.matches("true;.*false;$", output)
end

-- Where this machine has Java: it is too large for everybody who runs the specs.
local function with_java(test)
  return function(block)
    if select(2, support.shell "command -v java") ~= 0 then
      return pending "java is not installed"
    end
    test(block)
  end
end

describe("the pages' Python", function()
  blocks.each("python", {}, rebuild)
end)

describe("the pages' PHP", function()
  local migrating = blocks.elsewhere "spec/docs/migrating_spec.lua"
  blocks.each("php", {
    ["migrating.md ## What such code looks like php 1"] = migrating,
    ["migrating.md ## Programs that stay php 1"] = migrating,
  })
end)

describe("the pages' Java", function()
  blocks.each("java", {
    ["migrating.md ## What such code looks like java 1"] = with_java(java_sign),
    ["migrating.md ## Programs that stay java 1"] = with_java(java_command),
  })
end)

describe("the pages' JSON", function()
  blocks.each("json", {}, function(block) assert.is_table(cjson.decode(block.text)) end)
end)

describe("the pages' diagrams", function()
  blocks.each("mermaid", {}, function(block) assert.same({}, diagrams.faults(block.text)) end)
end)

describe("the pages' listings", function()
  blocks.each("", {
    ["api.md ## Events  1"] = debug_lines,
    ["evidence.md ## A bundle  1"] = files_of_a_bundle,
    ["evidence.md ## Provable time  1"] = files_of_a_seal,
    ["fleet.md ## Run it  1"] = redis_conf,
    ["fleet.md ## Run it  2"] = blocks.elsewhere "spec/queue/failing_spec.lua",
  })
end)

describe("a block in the pages", function()
  it("is in a language that a spec knows", function()
    local known = {}
    for _, language in ipairs { "lua", "sh", "nginx", "python", "php", "java", "json", "mermaid", "" } do
      known[language] = true
    end
    for _, block in ipairs(blocks.all()) do
      assert.is_true(known[block.language], ("%s: no spec runs %s"):format(blocks.where(block), block.language))
    end
  end)
end)
