-- docs/fleet.md says what is, in each language: its script, keys, options, metrics and alarms are compared with the code.
-- Only on lua5.4 luajit: no C is in it.

local cli = require "help.cli"
local docs = require "help.docs"
local metrics = require "facequery.queue.metrics"
local redis = require "facequery.queue.redis"
local redis_help = require "help.redis"
local scripts = require "facequery.queue.scripts"
local support = require "help.support"

local function set_of(text, pattern)
  local names = {}
  for name in text:gmatch(pattern) do
    names[name] = true
  end
  return names
end

for _, lang in ipairs(docs.languages) do
  -- The text below a heading, as the English page has it, up to the next.
  local function section(heading)
    return docs.section(lang, "fleet.md", "## " .. heading)
  end

  -- What stands in the first cells of a section's tables, in `` ` ``, as a set.
  local function named(heading, pattern)
    local names = {}
    for cell in section(heading):gmatch "\n| ([^\n]-) |" do
      for name in cell:gmatch(pattern) do
        names[name] = true
      end
    end
    return names
  end

  describe(docs.folders[lang] .. "fleet.md", function()
    it("shows the script that adds orders as it is", function()
      assert.equal(scripts.add, section("Add orders"):match "```lua\n(local orders.-)```")
    end)

    it("shows how it is run", function()
      local server, folder = redis_help.server "--appendonly yes", support.folder()
      finally(function()
        server.stop()
        support.remove_folder(folder)
      end)
      support.write_file(folder .. "/add.lua", scripts.add)
      local command = section("Add orders"):match "```sh\n(redis%-cli.-)\n```"
      command = command:gsub("redis%-cli", "%0 -p " .. server.port):gsub("add%.lua", folder .. "/%0")
      assert.equal("1", support.must(command))
      assert.equal("0", support.must(command))
      local output = cli.shell(("queue status --redis %s --queue faces"):format(server.url))
      assert.matches("faces: 1 waiting", output)
    end)

    it("names all keys in Redis", function()
      local keys = {}
      for _, key in ipairs(redis.new(error, "{NAME}").keys) do
        keys[key:gsub("{{NAME}}", "{NAME}")] = true
      end
      assert.same(keys, named("Keys in Redis", "`(fq:%S+)`"))
    end)

    it("names all options of a worker that archive has not, with their defaults", function()
      local of_work, of_archive = cli.run { "work", "--help" }, cli.run { "archive", "--help" }
      local options = set_of(of_work, "%-%-%l[%l-]*")
      for option in pairs(set_of(of_archive, "%-%-%l[%l-]*")) do
        options[option] = nil
      end
      local listed = named("Settings", "`(%-%-[%l-]+)")
      for option in pairs(options) do
        assert.is_truthy(section("Settings"):find(option, 1, true), option)
      end
      for option in pairs(listed) do
        assert.is_truthy(of_work:find(option, 1, true), option)
      end
      for option, default in section("Settings"):gmatch "\n| `(%-%-%S+) [%u]+` | (%d+) |" do
        local help = (of_work .. "\n   --"):match("\n   " .. option:gsub("%-", "%%-") .. "(.-)\n   %-%-")
        assert.equal(default, help:match "[Dd]efault:%s+(%w+)", option)
      end
    end)

    it("names all commands of the queue", function()
      local help = cli.run { "queue", "--help" }
      assert.same(set_of(help:match "\nCommands:(\n.*)", "\n   (%l+) "),
        named("The operator's commands", "`facequery queue (%l+)"))
    end)

    it("names all metrics of a worker", function()
      local status = { waiting = 0, in_flight = 0, later = 0, dead = 0, due_6h = 0, due_24h = 0 }
      local text = metrics.new({}):text { is_up = true, status = status, oldest_age = 0, rate = 1, ticket_expires = 0 }
      local listed = named("Watch it", "`(facequery_[%l_]+)")
      for _, more in ipairs { "pending", "later", "dead" } do
        assert.is_truthy(section("Watch it"):find("`_" .. more .. "`", 1, true), more)
        listed["facequery_queue_" .. more] = true
      end
      assert.same(set_of(text, "# TYPE (%S+)"), listed)
    end)

    it("says what to do about every alarm", function()
      assert.same(set_of(support.read_file "examples/prometheus/facequery.rules.yml", "alert: (%w+)"),
        named("Watch it", "`(Facequery%w+)`"))
    end)
  end)
end
