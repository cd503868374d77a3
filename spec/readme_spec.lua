-- README says what is: its tables, its examples and the names in it are compared with the code.
-- Only on lua5.4 luajit: the C code is the same.

local cli = require "help.cli"
local codes = require "facequery.codes"
local config = require "facequery.config"
local facequery = require "facequery"
local markdown = require "help.markdown"
local mock = require "facequery.mock"
local queries = require "facequery.service.query"
local support = require "help.support"
local tickets = require "facequery.tickets"

local readme = support.read_file "README.md"

local blocks, rows, run = markdown.blocks, markdown.rows, markdown.run

local function section(heading)
  return markdown.section(readme, heading)
end

local function names_of(text, pattern)
  local names = {}
  for name in text:gmatch(pattern) do
    names[name] = true
  end
  return names
end

local function has(part, text)
  assert.is_truthy((text or readme):find(part, 1, true), "README does not say " .. part)
end

describe("README", function()
  it("lists the sandbox's scenarios, each with what the sandbox says about it", function()
    local expected, listed = {}, {}
    for i, scenario in ipairs(dofile("sandbox/orders.lua").scenarios) do
      expected[i] = { (scenario.name:gsub("^%w+$", "`%0`")), scenario.about }
    end
    for i, row in ipairs(rows(section "## The sandbox", "order number")) do
      listed[i] = { row[1], row[2] }
    end
    assert.same(expected, listed)
  end)

  it("lists the kinds of errors", function()
    local listed = {}
    for i, row in ipairs(rows(section "### Errors", "kind")) do
      listed[i] = row[1]:match "^`(.*)`$"
    end
    assert.same(codes.kinds, listed)
  end)

  it("names every function", function()
    for name, value in pairs(facequery) do
      if type(value) == "function" then
        has("`facequery." .. name .. "(", (section("### Functions"):gsub("{", "(")))
      end
    end
    for name in pairs(require "facequery.tickets") do
      has("tickets." .. name .. "(", section "### Tickets")
    end
  end)

  it("names every method of a client, and no other", function()
    local client, found = assert(facequery.new()), names_of(readme, "client:([%w_]+)")
    local methods = {}
    for name, value in pairs(client) do
      if type(value) == "function" then
        methods[name] = true
      end
    end
    client:close()
    assert.same(methods, found)
  end)

  it("names every field of a query", function()
    local row = section("### Client"):match "| `client:query(%b{})"
    for name in pairs(queries.fields) do
      has(name .. " =", row)
    end
  end)

  it("lists an event's fields, and of which events they are", function()
    local listed, seen = {}, {}
    for _, row in ipairs(rows(section "### Events", "field")) do
      for name in row[1]:gmatch "`([%w_]+)`" do
        listed[name] = row[2]
      end
    end
    local function listen(event)
      for name in pairs(event) do
        local of = assert(listed[name], name)
        assert.is_truthy(of == "all" or of:find("`" .. event.type .. "`", 1, true) or of:find "^all but"
          and not of:find(event.type, 1, true), name .. " of " .. event.type)
        seen[name] = true
      end
    end
    local errors = {}
    for _, settings in ipairs { { ticket = "any" }, { secret = "any", ticket_store = tickets.memory() } } do
      settings.transport, settings.sleep = mock.new { A1 = {
        { status = 503 }, { code = "400504" }, { body = '{"code":"0","bizSeqNo":"7","photo":7}' }, "verified",
      } }, function() end
      settings.on_event = function(event)
        local ok, message = pcall(listen, event)
        errors[#errors + 1] = not ok and message or nil
      end
      assert(assert(facequery.new(settings)):poll { order_no = "A1" })
    end
    assert(assert(facequery.new { on_event = listen }):query { order_no = support.order "nomedia" })
    assert.same({}, errors)
    for name in pairs(listed) do
      assert.is_true(seen[name], name)
    end
  end)

  it("names every setting, with its default", function()
    local given, listed = nil, names_of(blocks(section "### Client", "lua")[1], "([%w_]+) = [^=]")
    run(blocks(section "### Client", "lua")[1], {
      facequery = { new = function(settings)
        given = settings
        return {}
      end },
    })
    local getenv = os.getenv
    os.getenv = function() end -- luacheck: ignore 122
    finally(function() os.getenv = getenv end) -- luacheck: ignore 122
    local complete = assert(config.complete { app_id = "IDAXXXXX", ticket = "x" })
    for name in pairs(config.fields) do
      assert.is_true(listed[name], "README does not say " .. name)
      if name ~= "secret" and name ~= "ticket" then
        assert.equal(complete[name], given[name], name)
      end
    end
    for name in pairs(given) do
      assert.is_table(config.fields[name], name)
    end
  end)

  it("names every variable of the environment that is read", function()
    for name in support.must("grep -rhoE 'FACEQUERY_[A-Z_]+' lua/facequery --include='*.lua'"
      .. " --exclude-dir=sandbox | sort -u"):gmatch "%S+" do
      has(name)
    end
  end)

  it("names every command, and no other, with options that it has", function()
    local help = cli.run { "--help" }
    local commands = names_of(help:match "\nCommands:\n(.-)\n\n", "   (%l+) +%u")
    local shown = {}
    for _, block in ipairs(blocks(readme, "sh")) do
      for text in (block .. "\n"):gmatch "([^\n]*)\n" do
        local line = text:gsub("#.*", "")
        local command = line:match "^%$? ?facequery (%l+)"
        if command then
          shown[command] = true
          assert.is_true(commands[command], command)
          local words = { command, "--help" }
          if command == "queue" then
            table.insert(words, 2, (line:match "queue (%l+)"))
          end
          local options = cli.run(words)
          for option in line:gmatch "%-%-[%l-]+" do
            has(option .. " ", options)
          end
        end
      end
    end
    assert.same(commands, shown)
  end)

  it("names targets that the Makefile has", function()
    local targets = names_of(support.must "env -u MAKEFLAGS make help" .. "\n", "(%l+) [^\n]*\n")
    for _, block in ipairs(blocks(readme, "sh")) do
      for target in ("\n" .. block):gmatch "\nmake (%l+)" do
        assert.is_true(targets[target], target)
      end
    end
  end)

  it("links to headings and files that are there", function()
    local broken, count = markdown.broken_links "README.md"
    assert.same({}, broken)
    assert.is_true(count > 0)
  end)

  it("shows Lua that compiles", function()
    local list = blocks(readme, "lua")
    assert.is_true(#list >= 5)
    for _, block in ipairs(list) do
      assert((loadstring or load)(block)) -- luacheck: std max
    end
  end)
end)

describe("README's ten lines", function()
  local told, example, globals

  before_each(function()
    told = {}
    example = blocks(section "## Ten lines", "lua")[1]
    globals = {
      require = require,
      current_sign_ticket = function() return support.env "TICKET" end,
    }
    for _, name in ipairs { "welcome", "log", "tell_user" } do
      globals[name] = function(...) told[#told + 1] = { name, ... } end
    end
  end)

  -- README's example with another order number.
  local function for_order(number)
    return (example:gsub("1617091885609174325769165852", number))
  end

  it("are ten", function()
    assert.equal(10, #example:gsub("[^\n]", "") + 1)
  end)

  it("welcome a person who was verified", function()
    local number = support.order "verified"
    run(for_order(number), globals)
    assert.same({ { "welcome", number, "88.01" } }, told)
  end)

  it("tell another what to do", function()
    run(for_order(support.order "rejected"), globals)
    assert.same({ "log", "tell_user", "rejected" }, { told[1][1], told[2][1], told[2][2] })
    -- The comments in the example show what is told.
    local shown, advice = example:match "%-%- (facequery: .-) …", example:match "%-%- \"rejected\": (.-)\n"
    assert.equal(shown, told[1][2]:sub(1, #shown))
    assert.matches("%(order %w+%)$", told[1][2])
    assert.matches("^%d+$", told[1][3])
    assert.equal("another try with a new order", advice)
    assert.matches("try again with a new order", told[2][3])
  end)

  it("say why there may be no result", function()
    run(example, globals)
    assert.same({ "log", "tell_user", "not_found" }, { told[1][1], told[2][1], told[2][2] })
  end)

  it("fetch the evidence in a later job", function()
    local folder, number = support.folder(), support.order "verified"
    finally(function() support.remove_folder(folder) end)
    local job = blocks(section "## Ten lines", "lua")[2]:gsub('"evidence/"', ("%q"):format(folder .. "/"))
    local client = assert(facequery.new())
    local record = run(job .. "\nreturn record", { client = client, order_no = number })
    client:close()
    local photo = job:match "%-%- record.photo = (%b{})"
    for name in photo:gmatch "(%w+) =" do
      assert.is_truthy(record.photo[name], name)
    end
    for name in pairs(record.photo) do
      has(name .. " =", photo)
    end
    assert.same({ "jpeg", "image/jpeg" }, { record.photo.format, record.photo.mime })
    assert.equal(support.medium "video.mp4", support.read_file(folder .. "/" .. number .. ".video"))
  end)
end)

describe("README's spec with a mock", function()
  local example = blocks(section "## Your own specs", "lua")[1]

  it("is ten lines, and passes without the sandbox, on the Lua that runs this", function()
    assert.equal(10, #example:gsub("[^\n]", "") + 1)
    local folder = support.folder()
    finally(function() support.remove_folder(folder) end)
    support.write_file(folder .. "/door_spec.lua", example)
    local output = support.must(("lua=$(readlink /proc/$PPID/exe); env -i PATH=\"$PATH\" HOME=%s"
      .. " LUA_PATH=\"$LUA_PATH\" LUA_CPATH=\"$LUA_CPATH\" busted --lua=$lua -o TAP %s/door_spec.lua"):format(
      folder, folder))
    assert.equal("ok 1 - the door opens for whom the service has verified, and for nobody else\n1..1", output)
  end)

  it("has a list of answers that mock.new takes", function()
    local list = blocks(section "## Your own specs", "lua")[2]
    assert.is_function(run("return " .. list, { mock = mock, jpeg = support.medium "photo.jpg" }))
  end)
end)
