-- README.zh-CN.md, the front page in Chinese: what it shows runs.
-- Only on lua5.4 luajit: the C code is the same.

local cli = require "help.cli"
local facequery = require "facequery"
local markdown = require "help.markdown"
local support = require "help.support"

local page, readme = support.read_file "README.zh-CN.md", support.read_file "README.md"

-- The names of the targets in the first block of shell below a heading.
local function targets(text, heading)
  local list = {}
  for target in markdown.blocks(markdown.section(text, heading), "sh")[1]:gmatch "%f[%w]make (%l+)" do
    list[#list + 1] = target
  end
  return list
end

describe("README in Chinese", function()
  it("and README lead to each other before anything else", function()
    assert.matches("^# facequery\n\n%[English%]%(README%.md%)\n", page)
    assert.matches("^# facequery\n\n%[中文%]%(README%.zh%-CN%.md%)\n", readme)
  end)

  it("links to headings and files that are there", function()
    local broken, count = markdown.broken_links "README.zh-CN.md"
    assert.same({}, broken)
    assert.is_true(count > 10)
  end)

  it("has the two commands to try it that README has", function()
    local shown = targets(page, "## 试一试")
    assert.equal(2, #shown)
    assert.same(targets(readme, "## Try it"), shown)
    local help = support.must "env -u MAKEFLAGS make help" .. "\n"
    for _, target in ipairs(shown) do
      assert.is_truthy(("\n" .. help):find("\n" .. target .. " ", 1, true), target)
    end
  end)

  it("names commands that run in the sandbox", function()
    local outputs = {}
    for line in page:gmatch "`facequery ([^`\n]*)`" do
      local output, messages, status = cli.shell(line)
      assert.equal(0, status, line .. "\n" .. output .. messages)
      outputs[#outputs + 1] = output .. messages
    end
    assert.equal(2, #outputs)
    cli.has("正常", outputs[1])
    cli.has("无此查询结果", outputs[2])
  end)
end)

describe("README's Lua in Chinese", function()
  local told, examples, globals

  before_each(function()
    told = {}
    examples = markdown.blocks(page, "lua")
    globals = { require = require, app_id = support.env "APP_ID", secret = support.env "SANDBOX_SECRET" }
    for _, name in ipairs { "welcome", "log", "tell_user" } do
      globals[name] = function(...) told[#told + 1] = { name, ... } end
    end
  end)

  local function ask(number)
    markdown.run((examples[1]:gsub("1617091885609174325769165852", number)), globals)
  end

  it("is ten lines, and two for the evidence", function()
    assert.equal(2, #examples)
    assert.equal(10, #examples[1]:gsub("[^\n]", "") + 1)
  end)

  it("welcomes a person who was verified", function()
    local number = support.order "verified"
    ask(number)
    assert.same({ { "welcome", number, "88.01" } }, told)
  end)

  it("tells another what to do, in Chinese", function()
    ask(support.order "rejected")
    assert.same({ "log", "tell_user", "rejected" }, { told[1][1], told[2][1], told[2][2] })
    local shown = examples[1]:match "%-%- (facequery: .-) …"
    assert.equal(shown, told[1][2]:sub(1, #shown))
    assert.matches("^%d+$", told[1][3])
    cli.has(examples[1]:match "%-%- \"rejected\"：(.-)\n", told[2][3])
  end)

  it("says why there may be no result", function()
    ask "1617091885609174325769165852"
    assert.same({ "log", "tell_user", "not_found" }, { told[1][1], told[2][1], told[2][2] })
  end)

  it("keeps the evidence, with the files that it names", function()
    local folder, number = support.folder(), support.order "verified"
    finally(function() support.remove_folder(folder) end)
    local client = assert(facequery.new())
    local bundle, err = markdown.run(examples[2]:gsub('"evidence"', ("%q"):format(folder))
      .. "\nreturn bundle, err", { client = client, order_no = number })
    client:close()
    assert.is_nil(err)
    local named = {}
    for name in examples[2]:match "\n%-%- (.*)":gmatch "[%l]+%.[%l%d]+" do
      named[#named + 1] = name ~= "bundle.path" and name or nil
    end
    table.sort(named)
    assert.equal(table.concat(named, "\n"), support.list(bundle.path))
  end)
end)
