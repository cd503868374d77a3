-- Where the command takes a ticket or a secret from, and that nobody else sees them.

local cli = require "help.cli"
local support = require "help.support"

local facequery, has, has_not, wait_for_query = cli.run, cli.has, cli.has_not, cli.wait_for_query
local must, order = support.must, support.order

describe("the command, with secrets,", function()
  local folder
  before_each(function() folder = support.folder() end)
  after_each(function() support.remove_folder(folder) end)

  local ticket
  before_each(function() ticket = support.env "TICKET" end)

  it("takes a ticket from a file's first line, however that ends", function()
    for _, ending in ipairs { "", "\n", "\r\n", "\nmore\n" } do
      support.write_file(folder .. "/ticket", ticket .. ending)
      local _, messages, status = facequery(
        { "query", order "verified", "--ticket-from", folder .. "/ticket" },
        { env = { FACEQUERY_TICKET = "wrong" } })
      assert.same({ "", 0 }, { messages, status })
    end
  end)

  it("takes the app's secret from a file or from stdin", function()
    local secret = support.env "SANDBOX_SECRET"
    support.write_file(folder .. "/secret", secret .. "\n")
    for _, path in ipairs { folder .. "/secret", "-" } do
      local output, messages, status = facequery(
        { "query", order "verified", "--secret-from", path },
        { input = secret, env = { FACEQUERY_TICKET = "wrong" } })
      assert.same({ "", 0 }, { messages, status })
      has_not(secret, output)
    end
  end)

  it("says so when there is none in the file", function()
    support.write_file(folder .. "/empty", "\n" .. ticket)
    for path, code in pairs {
      [folder .. "/empty"] = "FILE_EMPTY", [folder .. "/none"] = "FILE_MISSING", [folder] = "FILE_UNREADABLE",
    } do
      local output, messages, status = facequery { "query", order "verified", "--ticket-from", path }
      assert.same({ "", 7 }, { output, status })
      has("(storage " .. code .. ")", messages)
      has("(" .. path, messages)
    end
  end)

  it("has no option to take them from the command line, and does not repeat what was tried", function()
    for _, option in ipairs { "--ticket", "--secret" } do
      for _, arguments in ipairs { { option, ticket }, { option .. "=" .. ticket } } do
        local output, messages, status = facequery { "query", order "verified",
          arguments[1], arguments[2] }
        assert.same({ "", 2 }, { output, status })
        has_not(ticket, messages)
      end
    end
  end)

  it("shows them to nobody who lists the processes", function()
    support.write_file(folder .. "/ticket", ticket .. "\n")
    local number = order "slow3000x"
    local process = support.start(("%s/bin/facequery query %s --ticket-from %s/ticket"):format(
      support.build, number, folder),
      { FACEQUERY_TICKET = "wrong", LD_PRELOAD = os.getenv "LD_PRELOAD" or "" })
    wait_for_query(number)
    local listed = must "ps -e -ww -o args"
    has("facequery query " .. number .. " --ticket-from", listed)
    has_not(ticket, listed)
    local output, status = process.wait()
    assert.equal(0, status)
    has_not(ticket, output)
  end)

  it("prints no ticket whatever fails", function()
    local output, messages = facequery { "query", order "code400101x", order "http404x",
      order "cut", order "notjson", order "fullwidth", order "wrongorder", order "rejected",
      order "httpx", ticket, "--get-file", "both" }
    has_not(ticket, output .. messages)
    output, messages = facequery { "query", order "verified", "--base-url", "https://localhost:1" }
    has_not(ticket, output .. messages)
  end)
end)
