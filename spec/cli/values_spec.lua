-- What may be given for the command line's options, and what of a wrong file nobody is to see.
-- Only on lua5.4 luajit: no C is in it.

local cli = require "help.cli"
local fleets = require "help.fleet"
local redis_help = require "help.redis"
local support = require "help.support"

-- Each command that takes an order number or a list of them, and its code for what is none: ORDER is one, LIST a file of
-- one a line, X a folder with the archive X/archive.
local COMMANDS = {
  { "query ORDER", "INVALID_ORDER_NO" },
  { "poll ORDER", "INVALID_ORDER_NO" },
  { "archive --from LIST --out X/archive", "INVALID_ORDER_NO" },
  { "sheet ORDER --from X/archive --out X/page", "INVALID_ORDER_NO" },
  { "export ORDER --from X/archive --out X/x.tar", "INVALID_ORDER_NO" },
  { "open ORDER --from X/archive --key X/k --why w --out X/o", "INVALID_ORDER_NO" },
  { "sign ORDER", "INVALID_ORDER_NO" },
  { "start ORDER --return-url https://front.example/", "INVALID_ORDER_NO" },
  { "hold X/archive --why w --order ORDER", "NOT_ARCHIVED" },
  { "hold X/archive --why w --from LIST", "NOT_ARCHIVED" },
  { "release X/archive --order ORDER", "NOT_HELD" },
  { "release X/archive --from LIST", "NOT_HELD" },
  { "purge X/archive --order ORDER", "NOT_ARCHIVED" },
  { "purge X/archive --from LIST", "NOT_ARCHIVED" },
  { "queue add --from LIST QUEUE", "INVALID_ORDER_NO" },
  { "queue retry ORDER QUEUE", "NOT_DEAD" },
  { "queue drop ORDER QUEUE", "NOT_DEAD" },
  { "doctor --order ORDER", "is no order number" },
  { "explain ORDER", "" },
}

describe("what stands in an order number's place and can be none", function()
  local redis, fleet, folder
  setup(function()
    redis = redis_help.server "--appendonly yes"
    folder = support.folder()
    local _, messages, status = cli.run({ "archive", "--out", folder .. "/archive" },
      { input = support.order "verified" })
    assert.equal(0, status, messages)
  end)
  teardown(function()
    redis.stop()
    support.remove_folder(folder)
  end)
  before_each(function() fleet = fleets.new(redis) end)
  after_each(function() fleet.stop() end)

  -- Holds that a text repeats no five characters in a row of a value.
  local function has_nothing_of(value, text, what)
    for i = 1, #value - 4 do
      local part = value:sub(i, i + 4)
      assert.is_falsy(text:find(part, 1, true), ("%s says %q of it:\n%s"):format(what, part, text))
    end
  end

  local function words_of(command, value)
    local words = {}
    for word in command:gsub("QUEUE", ("--queue faces --redis " .. redis.url)):gmatch "%S+" do
      words[#words + 1] = word == "ORDER" and value or word == "LIST" and folder .. "/list" or word:gsub("X", folder)
    end
    return words
  end

  local function is_quiet(value)
    support.write_file(folder .. "/list", value .. "\n")
    for _, command in ipairs(COMMANDS) do
      for _, lines in ipairs { "", " --json" } do
        local output, messages, status = cli.run(words_of(command[1] .. lines, value), { input = "user_id=u1" })
        assert.not_equal(0, status, command[1])
        has_nothing_of(value, output .. messages, command[1])
        cli.has(command[2], output .. messages)
      end
    end
  end

  it("is shown by four characters at most where it is a ticket", function()
    is_quiet(support.env "TICKET")
  end)

  it("is not shown where it is a person", function()
    is_quiet "张三 110101199003074477"
  end)

  it("is not shown by a worker that finds it in Redis, and can be dropped", function()
    local ticket = support.env "TICKET"
    redis.cli(("xadd 'fq:{faces}:orders' '*' order_no %s"):format(ticket))
    redis.cli "xadd 'fq:{faces}:orders' '*' nothing 1"
    local worker = fleet.work()
    fleet.until_status(function(status) return status.dead == 1 and status.later == 1 end)
    worker.wait_for "INVALID_ORDER_NO"
    has_nothing_of(ticket, worker.output(), "work")
    -- It dies of the fifth time that it was in vain, hours later.
    redis.cli(("zadd 'fq:{faces}:dead' %d %s"):format(os.time() + 86400, ticket))
    redis.cli(("hset 'fq:{faces}:why' %s INVALID_ORDER_NO"):format(ticket))
    for _, lines in ipairs { "", " --json" } do
      local output, messages = fleet.queue("dead" .. lines)
      has_nothing_of(ticket, output .. messages, "queue dead")
      cli.has(ticket:sub(1, 4) .. "…", output)
    end
    -- What has no number is named by its entry, and dropped by that name.
    local entry = (fleet.queue "dead"):match "entry %d+%-%d+"
    assert.same({ "", "", 0 }, { fleet.queue(("drop '%s'"):format(entry)) })
    assert.equal("faces: 0 put back", (select(2, fleet.queue "retry --all")))
    assert.equal("faces: 1 dropped", (select(2, fleet.queue "drop --expired")))
  end)

  it("is shown whole where it could be one but for a sign", function()
    local _, messages = cli.run { "query", "2026-11_28.bad" }
    cli.has("2026-11_28.bad: ", messages)
  end)
end)
