-- docs/api.md says what is, in each language: its functions, settings, errors and events are compared with the code.
-- Only on lua5.4 luajit: the C code is the same.

local codes = require "facequery.codes"
local config = require "facequery.config"
local docs = require "help.docs"
local facequery = require "facequery"
local markdown = require "help.markdown"
local mock = require "facequery.mock"
local queries = require "facequery.service.query"
local support = require "help.support"
local tickets = require "facequery.tickets"

local blocks, rows, run = markdown.blocks, markdown.rows, markdown.run

local function names_of(text, pattern)
  local names = {}
  for name in text:gmatch(pattern) do
    names[name] = true
  end
  return names
end

-- The words by which a table is found, and events are told apart.
local WORDS = {
  en = { kind = "kind", field = "field", all = "all", but = "^all but" },
  zh = { kind = "种类", field = "字段", all = "全部", but = "^除" },
}

for _, lang in ipairs(docs.languages) do
  local words = WORDS[lang]

  local function section(heading)
    return docs.section(lang, "api.md", heading)
  end

  local function has(part, text)
    assert.is_truthy(text:find(part, 1, true), "it does not say " .. part)
  end

  describe(docs.folders[lang] .. "api.md", function()
    it("lists the kinds of errors", function()
      local listed = {}
      for i, row in ipairs(rows(section "## Errors", words.kind)) do
        listed[i] = row[1]:match "^`(.*)`$"
      end
      assert.same(codes.kinds, listed)
    end)

    it("names every function", function()
      for name, value in pairs(facequery) do
        if type(value) == "function" then
          has("`facequery." .. name .. "(", (section("## Functions"):gsub("{", "(")))
        end
      end
      for name in pairs(tickets) do
        has("tickets." .. name .. "(", section "## Tickets")
      end
    end)

    it("names every method of a client, with evidence.md, and no other", function()
      local client = assert(facequery.new())
      local found = names_of(section() .. docs.section(lang, "evidence.md"), "client:([%w_]+)")
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
      local row = section("## Client"):match "| `client:query(%b{})"
      for name in pairs(queries.fields) do
        has(name .. " =", row)
      end
    end)

    it("lists an event's fields, and of which events they are", function()
      local listed, seen = {}, {}
      for _, row in ipairs(rows(section "## Events", words.field)) do
        for name in row[1]:gmatch "`([%w_]+)`" do
          listed[name] = row[2]
        end
      end
      local function listen(event)
        for name in pairs(event) do
          local of = assert(listed[name], name)
          assert.is_truthy(of == words.all or of:find("`" .. event.type .. "`", 1, true) or of:find(words.but)
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
      local given, listed = nil, names_of(blocks(section "## Client", "lua")[1], "([%w_]+) = [^=]")
      run(blocks(section "## Client", "lua")[1], {
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
        assert.is_true(listed[name], "it does not say " .. name)
        if name ~= "secret" and name ~= "ticket" then
          assert.equal(complete[name], given[name], name)
        end
      end
      for name in pairs(given) do
        assert.is_table(config.fields[name], name)
      end
    end)
  end)
end
