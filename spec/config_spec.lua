-- A client's settings: their defaults, the environment, and what is refused.

local config = require "facequery.config"
local support = require "help.support"

local VARIABLES = { "APP_ID", "TICKET", "SECRET", "BASE_URL", "CA_FILE" }

-- What a process with these FACEQUERY_ variables, and no other, makes of `given` (Lua text): its
-- settings, or the failure's status and field.
local function completed_with(variables, given)
  local words = { "env" }
  for _, name in ipairs(VARIABLES) do
    words[#words + 1] = "-u FACEQUERY_" .. name
  end
  for name, value in pairs(variables) do
    words[#words + 1] = "FACEQUERY_" .. name .. "=" .. support.quote(value)
  end
  local output = support.must(table.concat(words, " ") .. " " .. support.lua_command(([[
    local settings, failure = require("facequery.config").complete %s
    for name, value in pairs(settings or failure) do print(name .. "=" .. tostring(value)) end]]):format(given)))
  local settings = {}
  for name, value in output:gmatch("([^\n=]+)=([^\n]*)") do
    settings[name] = value
  end
  return settings
end

-- Completes good settings, with `changes` in them.
local function complete(changes)
  local given = { app_id = "IDAXXXXX", ticket = "ticket", base_url = "https://example.org" }
  for name, value in pairs(changes or {}) do
    given[name] = value
  end
  return config.complete(given)
end

describe("a client's settings", function()
  it("are the contract's where nothing is said", function()
    local settings = completed_with({}, '{ app_id = "IDAXXXXX", ticket = "t" }')
    assert.same({ "https://kyc1.qcloud.com", "1.0.0", "en", "67108864" },
      { settings.base_url, settings.version, settings.lang, settings.max_media })
    assert.same({ 10, 3, 2 }, {
      tonumber(settings.timeout), tonumber(settings.connect_timeout), tonumber(settings.retries),
    })
    for _, name in ipairs { "ca_file", "proxy", "secret", "transport", "sleep", "on_event" } do
      assert.is_nil(settings[name])
    end
  end)

  it("come from the environment", function()
    local settings = completed_with({
      APP_ID = "ENVAPP", TICKET = "env-ticket", BASE_URL = "https://env.example.org", CA_FILE = "/env/ca.pem",
    }, "{}")
    assert.same({ "ENVAPP", "env-ticket", "https://env.example.org", "/env/ca.pem" },
      { settings.app_id, settings.ticket, settings.base_url, settings.ca_file })
    assert.equal("env-secret", completed_with({ APP_ID = "A", SECRET = "env-secret" }, "{}").secret)
  end)

  it("are those given, where the environment has them too", function()
    local settings = completed_with({
      APP_ID = "ENVAPP", TICKET = "env-ticket", BASE_URL = "https://env.example.org", CA_FILE = "/env/ca.pem",
    }, '{ app_id = "MINE", ticket = "mine", base_url = "https://mine.example.org", ca_file = "/mine" }')
    assert.same({ "MINE", "mine", "https://mine.example.org", "/mine" },
      { settings.app_id, settings.ticket, settings.base_url, settings.ca_file })
  end)

  it("do not mix a ticket of the code with a secret of the environment, nor the other way round", function()
    local settings = completed_with({ APP_ID = "A", SECRET = "env" }, '{ ticket = "mine" }')
    assert.same({ "mine", nil }, { settings.ticket, settings.secret })
    settings = completed_with({ APP_ID = "A", TICKET = "env" }, '{ secret = "mine" }')
    assert.is_nil(settings.ticket)
    assert.equal("mine", settings.secret)
  end)

  it("take an empty variable for none", function()
    local settings = completed_with({ APP_ID = "A", TICKET = "t", BASE_URL = "", CA_FILE = "" }, "{}")
    assert.equal("https://kyc1.qcloud.com", settings.base_url)
    assert.is_nil(settings.ca_file)
    assert.equal("TICKET_MISSING", completed_with({ APP_ID = "A", TICKET = "" }, "{}").status)
  end)

  it("are checked where they come from the environment, too", function()
    local failure = completed_with({ APP_ID = "too long for one", TICKET = "t" }, "{}")
    assert.same({ "INVALID_APP_ID", "FACEQUERY_APP_ID" }, { failure.status, failure.field })
    for _, name in ipairs { "TICKET", "SECRET" } do
      for _, value in ipairs { "\239\187\191abc", "abc ", "\"abc\"", "abc\ndef" } do
        failure = completed_with({ APP_ID = "A", [name] = value }, "{}")
        assert.same({ "INVALID_" .. name, "FACEQUERY_" .. name }, { failure.status, failure.field })
      end
    end
    assert.equal("INSECURE_URL",
      completed_with({ APP_ID = "A", TICKET = "t", BASE_URL = "http://example.org" }, "{}").status)
  end)

  it("need an app_id, and a ticket or a secret", function()
    assert.equal("INVALID_APP_ID", completed_with({}, '{ ticket = "t" }').status)
    assert.equal("TICKET_MISSING", completed_with({}, '{ app_id = "A" }').status)
  end)

  it("leave the given table alone", function()
    local given = { app_id = "A", ticket = "t", base_url = "https://example.org/" }
    local settings = assert(config.complete(given))
    assert.same({ app_id = "A", ticket = "t", base_url = "https://example.org/" }, given)
    settings.app_id = "B"
    assert.equal("A", given.app_id)
  end)

  it("lose the slashes at the end of base_url", function()
    assert.equal("https://example.org", complete({ base_url = "https://example.org///" }).base_url)
    assert.equal("https://example.org:8443/kyc", complete({ base_url = "https://example.org:8443/kyc/" }).base_url)
  end)

  it("go without TLS to this machine alone", function()
    for _, url in ipairs { "http://127.0.0.1:8080", "http://localhost", "http://[::1]:80" } do
      assert.equal(url, complete({ base_url = url }).base_url)
    end
    for _, url in ipairs {
      "http://kyc1.qcloud.com", "http://127.0.0.1.example.org", "http://localhost.example.org", "http://128.0.0.1",
      "ftp://example.org",
    } do
      local settings, failure = complete { base_url = url }
      assert.is_nil(settings, url)
      assert.equal("INSECURE_URL", failure.status)
    end
  end)

  local good = {
    app_id = { "A", "IDAXXXXX", "12345678" },
    ticket = { "t", ("t"):rep(1000), function() end },
    secret = { "s" },
    version = { "1.0.0", ("1"):rep(20) },
    timeout = { 10, 0.001, 86400, 2000000 },
    connect_timeout = { 3, 0.5 },
    retries = { 0, 1, 100 },
    ca_file = { "/a file" },
    proxy = { "http://proxy:3128" },
    lang = { "en", "zh" },
    max_media = { 0, 1, 2 ^ 40 },
  }
  for name, values in pairs(good) do
    it("take for " .. name .. " what it may be", function()
      for _, value in ipairs(values) do
        local settings = assert(complete { [name] = value })
        assert.equal(value, settings[name])
      end
    end)
  end

  local bad = {
    app_id = { "INVALID_APP_ID", "", "IDAXXXXXX", "IDA-XXX", "IDA\0", "IDA\n", "应用" },
    ticket = { "INVALID_TICKET", "", "a\0b", "a\r\nb", "\239\187\191a", "a ", " a", "a\tb", '"a"', "'a'", "票" },
    secret = { "INVALID_SECRET", "", "a\0b", "a\n", "\239\187\191a", "a ", " a", "a b", '"a"', "“a”", "密" },
    base_url = {
      "INVALID_BASE_URL", "", "example.org", "https://", "https://user:word@example.org", "https://example.org?a=b",
      "https://example.org#a", "https://exa mple.org", "https://example.org\0.org", "https://example.org\n",
      "https://example.org:99999", "//example.org", "/",
    },
    version = { "INVALID_VERSION", "", ("1"):rep(21), "1\0" },
    timeout = { "INVALID_SETTING", 0, -1, 0 / 0, math.huge, -math.huge, 2 ^ 31 },
    connect_timeout = { "INVALID_SETTING", 0, -0.1, 0 / 0, math.huge },
    retries = { "INVALID_SETTING", -1, 0.5, 0 / 0, math.huge },
    ca_file = { "INVALID_PATH", "", "/a\0b" },
    proxy = { "INVALID_SETTING", "", "http://a\nb" },
    lang = { "INVALID_SETTING", "", "fr", "EN", "en\0" },
    max_media = { "INVALID_SETTING", -1, 1.5, 0 / 0, math.huge, 2 ^ 60 },
  }
  for name, values in pairs(bad) do
    it("refuse for " .. name .. " what it can't be", function()
      for i = 2, #values do
        local settings, failure = complete { [name] = values[i] }
        assert.is_nil(settings, ("%s: %q"):format(name, tostring(values[i])))
        assert.equal(values[1], failure.status)
        assert.is_true(failure.field == name or (failure.field == nil and name == "base_url"))
      end
    end)
  end
end)
