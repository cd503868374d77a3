-- library/ and docs/reference.md: what editors and people read of the modules is what the modules have.

local annotations = assert(loadfile "packaging/reference/annotations.lua")()
local check = require "facequery.check"
local clients = require "help.clients"
local docs = require "help.docs"
local facequery = require "facequery"
local mock = require "facequery.mock"
local queues = require "facequery.queue"
local support = require "help.support"

local must, read_file = support.must, support.read_file
local lua = _VERSION == "Lua 5.4" and "lua5.4" or "luajit"

local function path_of(module)
  return "library/" .. module:gsub("%.", "/") .. ".lua"
end

-- The modules that have a file, by name, with its text.
local library = {}
-- The lines of each class and alias, and of each function, by name.
local classes, functions = {}, {}
for path in must("find library -name '*.lua' | LC_ALL=C sort"):gmatch "[^\n]+" do
  local text = read_file(path)
  library[text:match "^%-%-%-@meta ([%w_.]+)\n"] = text
  local lines = {}
  for line in text:gmatch "([^\n]*)\n" do
    lines[#lines + 1] = line:match "^%-%-%-.*"
    if not line:find "^%-%-%-" then
      local name = table.concat(lines, "\n"):match "%-%-%-@class (facequery%.%u%w*)"
        or table.concat(lines, "\n"):match "%-%-%-@alias (facequery%.%u%w*)"
      local named = name and classes or functions
      name = name or line:match "^function ([%w_.:]+)"
      if name then
        assert(not named[name], name .. " is defined twice")
        named[name] = lines
      end
      lines = {}
    end
  end
end

-- The fields of a class, those of its parents, too.
local function fields_of(class)
  local set = {}
  local lines = assert(classes[class], class)
  for _, field in ipairs(annotations.entries(lines, "field")) do
    set[field.name] = true
  end
  for parent in (table.concat(lines, "\n"):match "@class [%w_.]+ : ([^\n]*)" or ""):gmatch "facequery%.%u%w*" do
    for name in pairs(fields_of(parent)) do
      set[name] = true
    end
  end
  return set
end

local function methods_of(module, class)
  local set = {}
  for name in library[module]:gmatch("\nfunction " .. class .. ":([%w_]+)%(") do
    set[name] = true
  end
  return set
end

-- A client that never asks.
local function idle_client()
  return assert(facequery.new { app_id = "IDAXXXXX", ticket = "any", transport = mock.new {} })
end

local function names(map, kind)
  local set = {}
  for name, value in pairs(map) do
    if not kind or type(value) == kind then
      set[name] = true
    end
  end
  return set
end

describe("make docs", function()
  it("would make the library and the reference that are there", function()
    local folder = support.folder()
    must(("%s packaging/reference/write.lua %s"):format(lua, folder))
    assert.equal("", must(("diff -r library %s/library && diff docs/reference.md %s/docs/reference.md"
      ):format(folder, folder)))
    support.remove_folder(folder)
  end)
end)

describe("The library", function()
  it("has every module that the pages tell users to require, but for the core", function()
    local texts = must("cat examples/*.lua " .. table.concat(docs.all(), " "))
    local count = 0
    for module in texts:gmatch "require[ (]+\"(facequery[%w_.]*)\"" do
      count = count + 1
      assert.is_truthy(library[module] or module == "facequery.core", module)
    end
    assert.is_true(count > 10)
  end)

  it("has every function that a module has, with as many parameters, and no other", function()
    for module in pairs(library) do
      local ours, theirs = require(module), assert(loadfile(path_of(module)))()
      assert.equal(type(ours), type(theirs), module)
      ours = type(ours) == "table" and ours or { call = ours }
      theirs = type(theirs) == "table" and theirs or { call = theirs }
      assert.same(names(ours), names(theirs), module)
      for name, value in pairs(ours) do
        assert.equal(type(value), type(theirs[name]), module .. "." .. name)
        local info = type(value) == "function" and debug.getinfo(value, "Su")
        if info and info.what ~= "C" then
          assert.equal(info.nparams, debug.getinfo(theirs[name], "u").nparams, module .. "." .. name)
        end
      end
    end
  end)

  it("has every method that a client and a queue have, and no other", function()
    assert.same(names(idle_client(), "function"), methods_of("facequery", "Client"))
    local queue = assert(queues.new { redis = {}, name = "faces" })
    local methods = names(getmetatable(queue), "function")
    assert.same(methods, methods_of("facequery.queue", "Queue"))
  end)

  it("has every function of a ticket store, and no other", function()
    local store = require("facequery.tickets").memory()
    assert.same(names(fields_of "facequery.TicketStore"), names(getmetatable(store) and getmetatable(store).__index
      or store, "function"))
  end)

  it("has the fields that a function takes, and no other", function()
    local client = idle_client()
    -- Calls with nothing in them, each of which looks at its fields first.
    local calls = {
      Config = function(none) facequery.new(none) end,
      Query = function(none) client:query(none) end,
      PollQuery = function(none) client:poll(none) end,
      ArchiveQuery = function(none) client:archive(none) end,
      EachOptions = function(none) client:each({}, none) end,
      StartQuery = function(none) client:start(none) end,
      NonceQuery = function(none) client:nonce_ticket(none) end,
      SignValues = function(none) facequery.sign(none) end,
      DoctorOptions = function(none) require("facequery.doctor").run(none) end,
      QueueOptions = function(none) queues.new(none) end,
    }
    local original = check.fields
    for class, call in pairs(calls) do
      local none, known = {}, nil
      check.fields = function(name, fields, rules, ...)
        known = known or fields == none and rules or nil
        return original(name, fields, rules, ...)
      end
      local ok, message = pcall(pcall, call, none)
      check.fields = original
      assert(ok, message)
      assert.same(names(known), fields_of("facequery." .. class), class)
    end
  end)

  it("has every kind of error", function()
    local kinds = {}
    for kind in table.concat(classes["facequery.Kind"], "\n"):gmatch '\n%-%-%-| "([%w_]+)" # %l' do
      kinds[#kinds + 1] = kind
    end
    assert.same(require("facequery.codes").kinds, kinds)
  end)
end)

describe("What a user is handed", function()
  local seen

  -- Each field of the value is one that the class has.
  local function is_of(class, value)
    local fields = fields_of("facequery." .. class)
    for name in pairs(value) do
      assert.is_truthy(fields[name], class .. " has no field " .. name)
    end
    seen[class] = true
  end

  before_each(function() seen = {} end)

  it("has fields that the library has: records, errors, requests and responses", function()
    local client, heard = clients.new { retries = 0 }
    for _, name in ipairs { "verified", "rejected", "code66660011", "badbase64x", "notjson", "http503x", "cut" } do
      local record, err = client:query { order_no = support.order(name), get_file = "both", query_version = "1.0" }
      is_of(record and "Record" or "Error", record or err)
      for _, medium in ipairs { record and record.photo, record and record.video } do
        is_of("Media", medium)
      end
      for _, damage in pairs(err and err.record and err.record.damaged or {}) do
        is_of("Damage", damage)
      end
    end
    heard.close()
    for i, request in ipairs(heard.requests) do
      is_of("Request", request)
      is_of("Response", heard.responses[i] or {})
    end
    is_of("Error", select(2, facequery.new { app_id = "?" }))
    is_of("Meaning", facequery.explain "66660011")
    is_of("RiskTag", facequery.risk_tags("03")[1])
    assert.same({ Damage = true, Error = true, Meaning = true, Media = true, Record = true, Request = true,
      Response = true, RiskTag = true }, seen)
  end)

  it("has fields that the library has: scans, tickets and events", function()
    local client, heard = clients.new { secret = support.env "SANDBOX_SECRET",
      ticket_store = require("facequery.tickets").memory() }
    is_of("Scan", assert(client:start { order_no = support.order "face", user_id = "u1", name = "张三丰",
      id_no = "11010519491231002X", return_url = "https://shop.example/back" }))
    is_of("NonceTicket", assert(client:nonce_ticket { user_id = "u1" }))
    is_of("TicketAge", assert(client:ticket_status()))
    assert(client:query { order_no = support.order "flaky" })
    assert(client:poll { order_no = support.order "late" })
    client:query { order_no = support.order "rejected" }
    heard.close()
    local types = {}
    for _, event in ipairs(heard.events) do
      is_of("Event", event)
      types[event.type] = true
    end
    assert.same({ pending = true, request = true, response = true, retry = true, ticket = true }, types)
    assert.same({ Event = true, NonceTicket = true, Scan = true, TicketAge = true }, seen)
  end)

  it("has fields that the library has: bundles", function()
    local folder = support.folder()
    local client, heard = clients.new()
    local number = support.order "verified"
    is_of("Bundle", assert(client:archive { order_no = number, dir = folder .. "/evidence" }))
    local _, err = client:archive { order_no = support.order "badbase64x", dir = folder .. "/evidence", attempts = 1 }
    is_of("Error", err)
    is_of("Bundle", err.bundle)
    for order_no, bundle in assert(client:each({ number }, { dir = folder .. "/evidence" })) do
      assert.equal(number, order_no)
      is_of("Bundle", bundle)
    end
    heard.close()
    for i, request in ipairs(heard.requests) do
      is_of("Request", request)
      is_of("Response", heard.responses[i])
      is_of("Provenance", heard.responses[i].provenance)
      for _, layout in ipairs(heard.responses[i].layout or {}) do
        is_of("Layout", layout)
      end
    end
    assert.same({ Bundle = true, Error = true, Layout = true, Provenance = true, Request = true, Response = true },
      seen)
    support.remove_folder(folder)
  end)
end)

describe("The reference", function()
  local text = read_file "docs/reference.md"

  local function has(part)
    assert.is_truthy(text:find(part, 1, true), part)
  end

  it("has every module, function and type of the library", function()
    for module, meta in pairs(library) do
      has("\n## Module `" .. module .. "`\n")
      for name, list in meta:gmatch "\nfunction ([%w_.:]+)(%b())" do
        has("# `" .. (name:find ":" and name:gsub("^%u", string.lower) or name) .. list .. "`\n")
      end
    end
    for class in pairs(classes) do
      has("\n### Class `" .. class .. "`\n")
    end
  end)

  it("names no type that it does not describe", function()
    local count = 0
    for name in text:gmatch "facequery%.%u%w*" do
      count = count + 1
      assert.is_truthy(classes[name], name)
    end
    assert.is_true(count > 100)
  end)

  it("says what each class, function, field, parameter and result is", function()
    local silent = {}
    local function says(lines, name, tag)
      for _, entry in ipairs(annotations.entries(lines, tag)) do
        -- What is a type of ours is described there; of what is returned a name may say all.
        if not entry.name or entry.text == "" and not entry.type:find "facequery%.%u" and tag ~= "return" then
          silent[#silent + 1] = ("%s: %s"):format(name, entry.name or tag)
        end
      end
    end
    local function begins(lines, name)
      silent[#silent + 1] = not (lines[1] or ""):find "^%-%-%- [%u.]" and name or nil
    end
    for name, lines in pairs(classes) do
      begins(lines, name)
      says(lines, name, "field")
    end
    for name, lines in pairs(functions) do
      begins(lines, name)
      says(lines, name, "param")
      says(lines, name, "return")
    end
    assert.same({}, silent)
  end)
end)
