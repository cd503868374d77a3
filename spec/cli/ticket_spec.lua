-- `facequery ticket`, as a shell sees it.

local cjson = require "cjson"
local support = require "help.support"

local shell, quote, counters, control = support.shell, support.quote, support.counters, support.control

local build = os.getenv "FACEQUERY_BUILD" or "build/lua5.4"

describe("facequery ticket", function()
  local folder, secret, runs

  before_each(function()
    control("reset", "POST")
    folder, secret, runs = support.folder(), support.env "SANDBOX_SECRET", 0
  end)

  after_each(function() support.remove_folder(folder) end)

  -- The environment has the secret and FACEQUERY_TICKET_FILE; `changes` replace variables, false unsets one.
  local function command(arguments, changes)
    local variables = {
      FACEQUERY_SECRET = secret, FACEQUERY_TICKET_FILE = folder .. "/ticket",
      LD_PRELOAD = os.getenv "LD_PRELOAD" or "",
    }
    for name, value in pairs(changes or {}) do
      variables[name] = value
    end
    local words = { "env -u FACEQUERY_TICKET -u FACEQUERY_SECRET" }
    for name, value in pairs(variables) do
      if value then
        words[#words + 1] = name .. "=" .. quote(value)
      end
    end
    return table.concat(words, " ") .. " " .. build .. "/bin/facequery ticket " .. (arguments or "")
  end

  -- Returns the command's standard output, its standard error and its exit status.
  local function run(arguments, changes)
    runs = runs + 1
    local output, status = shell(command(arguments, changes) .. " 2>" .. folder .. "/stderr")
    return output, support.read_file(folder .. "/stderr"), status
  end

  it("fetches one, and prints its age and its expiry as a line of JSON, never the value", function()
    local output, messages, status = run()
    assert.same({ "", 0 }, { messages, status })
    assert.is_nil(output:find "\n")
    local printed, names = cjson.decode(output), {}
    for name in pairs(printed) do
      names[name] = true
    end
    assert.same({ age = true, expires_in = true, renews_in = true }, names)
    assert.is_true(printed.age >= 0 and printed.age < 5)
    assert.is_true(math.abs(printed.expires_in + printed.age - 3600) < 0.01)
    assert.is_true(math.abs(printed.renews_in + printed.age - 1200) < 0.01)
    local ticket = cjson.decode(support.read_file(folder .. "/ticket"):match "\n(.*)").ticket
    assert.equal(64, #ticket)
    assert.is_nil(output:find(ticket, 1, true))
  end)

  it("keeps it in FACEQUERY_TICKET_FILE, where query finds it", function()
    run()
    local output = run()
    assert.is_true(cjson.decode(output).age > 0)
    output = shell((command():gsub(" ticket $", " query " .. support.order "verified")))
    assert.equal("0", cjson.decode(output).code)
    assert.same({ 1, 0 }, { counters().access_tokens, counters().refused_signs })
  end)

  it("takes the secret from a file", function()
    support.write_file(folder .. "/secret", secret .. "\n")
    local output, messages, status = run("--secret-from " .. folder .. "/secret", { FACEQUERY_SECRET = false })
    assert.same({ "", 0 }, { messages, status })
    assert.is_number(cjson.decode(output).expires_in)
  end)

  it("has no option for the secret itself", function()
    local output, messages, status = run("--secret " .. secret)
    assert.same({ "", 2 }, { output, status })
    assert.is_nil(messages:find(secret, 1, true))
  end)

  it("says what is wrong, in words, and exits with 1", function()
    local output, messages, status = run("", { FACEQUERY_SECRET = "wrong" .. secret })
    assert.same({ "", 5 }, { output, status })
    assert.matches("%(auth 400101%)", messages)
    assert.matches("possible cause 1: The secret is not this App ID's", messages, 1, true)
    assert.matches("possible cause 3: This machine's IP address", messages, 1, true)
    assert.is_nil(messages:find(secret, 1, true))
    output, messages, status = run("", { FACEQUERY_SECRET = false })
    assert.same({ "", 5 }, { output, status })
    assert.matches("%(auth TICKET_MISSING%)", messages)
  end)

  it("tells of a file that it does not trust", function()
    run()
    support.must("chmod 644 " .. folder .. "/ticket")
    local output, messages, status = run()
    assert.equal(0, status)
    assert.is_true(cjson.decode(output).age < 5)
    assert.matches("facequery: ticket ignored: FILE_UNTRUSTED", messages, 1, true)
    assert.equal("600", support.must("stat -c %a " .. folder .. "/ticket"))
  end)

  it("tells of that in Chinese, too", function()
    run()
    support.must("chmod 644 " .. folder .. "/ticket")
    assert.matches("^facequery：已忽略保存的 ticket：FILE_UNTRUSTED\n", (select(2, run "--lang zh")))
    assert.matches("^facequery：未获取到 ticket：400101\n", (select(2, run("--lang zh",
      { FACEQUERY_SECRET = "wrong" .. secret, FACEQUERY_TICKET_FILE = folder .. "/other" }))))
  end)

  it("knows nothing of the age of a ticket that was given, and says so", function()
    local output, messages, status = run("", { FACEQUERY_SECRET = false, FACEQUERY_TICKET = "mine" })
    assert.same({ "{}", 0 }, { output, status })
    assert.matches("the ticket is one of your own", messages, 1, true)
    assert.matches("FACEQUERY_SECRET", messages, 1, true)
    messages = select(2, run("--lang zh", { FACEQUERY_SECRET = false, FACEQUERY_TICKET = "mine" }))
    assert.matches("自行提供", messages, 1, true)
  end)

  it("shows the secret to nobody who lists the processes", function()
    support.write_file(folder .. "/secret", secret .. "\n")
    control("stall?access_token=3", "POST")
    local process = support.start(build .. "/bin/facequery ticket --secret-from " .. folder .. "/secret", {
      FACEQUERY_TICKET_FILE = folder .. "/ticket", LD_PRELOAD = os.getenv "LD_PRELOAD" or "",
    })
    local core = require "facequery.core"
    local deadline = core.now() + 30
    while counters().access_token_requests < 1 do
      assert(core.now() < deadline)
      core.sleep(0.01)
    end
    local listed = support.must "ps -e -ww -o args"
    assert.matches("facequery ticket %-%-secret%-from", listed)
    assert.is_nil(listed:find(secret, 1, true))
    local _, status = process.wait()
    assert.equal(0, status)
  end)

  it("ends at once when it is interrupted in mid-renewal, and leaves no word of it to others", function()
    control("stall?access_token=60", "POST")
    local process = support.start(command())
    local deadline = support.real_now() + 30
    while counters().access_token_requests < 1 do
      assert(support.real_now() < deadline)
    end
    support.must("kill -INT " .. process.pid)
    local output, status = process.wait()
    assert.same({ "", 130 }, { output, status })
    assert.is_nil(io.open(folder .. "/ticket"))
    control("reset", "POST")
    assert.same({ "", 0 }, { select(2, run()) })
  end)

  describe("without FACEQUERY_TICKET_FILE", function()
    local function cached(changes)
      local all = { FACEQUERY_TICKET_FILE = false, XDG_CACHE_HOME = folder .. "/cache" }
      for name, value in pairs(changes or {}) do
        all[name] = value
      end
      return all
    end

    it("keeps it in the user's cache: three commands fetch one ticket, which nobody else can read", function()
      for _ = 1, 3 do
        local _, messages, status = run("", cached())
        assert.same({ "", 0 }, { messages, status })
      end
      assert.same({ 1, 1 }, { counters().access_tokens, counters().api_tickets })
      local name = support.must(("cd %s/cache/facequery && ls | grep -v lock"):format(folder))
      assert.matches("^ticket%-" .. support.env "APP_ID" .. "%-localhost_%d+$", name)
      assert.equal("600", support.mode(folder .. "/cache/facequery/" .. name))
      assert.same({ "700", "700" }, { support.mode(folder .. "/cache"), support.mode(folder .. "/cache/facequery") })
    end)

    it("takes ~/.cache where XDG_CACHE_HOME is not set, or is no absolute path", function()
      for _, given in ipairs { false, "cache" } do
        assert.equal(0, select(3, run("", cached { XDG_CACHE_HOME = given, HOME = folder })))
      end
      assert.equal(1, counters().access_tokens)
      assert.equal("facequery", support.list(folder .. "/.cache"))
    end)

    it("fetches one each time where nothing can be kept, and says nothing of it", function()
      for _ = 1, 2 do
        assert.same({ "", 0 }, { select(2, run("", cached { XDG_CACHE_HOME = "/dev/null" })) })
      end
      assert.equal(2, counters().access_tokens)
    end)

    it("fetches one each time where the cache is another user's, and says nothing of it", function()
      local cache = folder .. "/cache/facequery"
      support.must("mkdir -p " .. cache)
      support.must("chmod 500 " .. cache)
      for _ = 1, 2 do
        local output, status = shell(support.without_privileges() .. command("", cached()) .. " 2>&1")
        assert.equal(0, status, output)
        assert.is_number(cjson.decode(output).expires_in)
      end
      assert.equal(2, counters().access_tokens)
      assert.equal("", support.list(cache))
    end)

    it("fetches one each time where the lock alone is another user's", function()
      run("", cached())
      local lock = support.must(("ls %s/cache/facequery/*.lock"):format(folder))
      support.must("chmod 0 " .. lock)
      local output, status = shell(support.without_privileges() .. command("", cached()) .. " 2>&1")
      assert.equal(0, status, output)
      assert.equal(2, counters().access_tokens)
    end)

    it("makes no cache where none is fetched", function()
      local ticket = support.env "TICKET"
      support.write_file(folder .. "/mine", ticket)
      assert.equal(0, select(3, run("", cached { FACEQUERY_TICKET = ticket, FACEQUERY_SECRET = "" })))
      -- A ticket that is given keeps the environment's secret out.
      assert.equal(0, select(3, run("--ticket-from " .. folder .. "/mine", cached())))
      assert.same({ "mine\nstderr", 0 }, { support.list(folder), counters().access_tokens })
    end)

    it("makes none for a fleet, whose ticket is in its Redis", function()
      shell((command("", cached()):gsub("ticket $", ("doctor --redis unix:%s/none --queue faces"):format(folder))))
      assert.equal("", support.list(folder))
    end)

    it("keeps it in --ticket-file, where that is given", function()
      for _ = 1, 2 do
        assert.equal(0, select(3, run("--ticket-file " .. folder .. "/mine", cached())))
      end
      assert.equal(1, counters().access_tokens)
      assert.equal("600", support.mode(folder .. "/mine"))
      assert.is_falsy(support.list(folder):find "cache")
    end)
  end)
end)
