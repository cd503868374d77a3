-- What facequery.new takes for its settings, and what it says of those that it does not take.

local clients = require "help.clients"
local facequery = require "facequery"
local support = require "help.support"

local new, raises, fails, holds = clients.new, clients.raises, clients.fails, clients.holds
local must, order = support.must, support.order

describe("facequery.new", function()
  local folder
  before_each(function() folder = support.folder() end)
  after_each(function() support.remove_folder(folder) end)

  it("raises on wrong types and unknown settings", function()
    for name, value in pairs {
      app_id = 1, ticket = 1, secret = {}, base_url = true, version = 1.0, timeout = "10", connect_timeout = "3",
      retries = "2", ca_file = 1, proxy = {}, lang = 1, max_media = "1", transport = 1, sleep = 1,
      on_event = {},
    } do
      raises("bad argument #1 to 'new' (field '" .. name .. "': ", facequery.new, { [name] = value })
    end
    raises("bad argument #1 to 'new' (unknown field 'retry')", facequery.new, { retry = 1 })
    raises("bad argument #1 to 'new' (table expected, got string)", facequery.new, "IDAXXXXX")
  end)

  it("blames the caller's line for wrong types", function()
    local _, message = pcall(function() local _ = facequery.new { timeout = "1" } end)
    assert.matches("new_spec.lua:%d+: bad argument", message)
    local client = new()
    for _, name in ipairs { "query", "poll" } do
      for _, query in ipairs { { order_no = 1 }, {} } do
        local _, raised = pcall(function() local _ = client[name](client, query) end)
        assert.matches("new_spec.lua:%d+: bad argument #1 to '" .. name .. "'", raised)
      end
    end
  end)

  it("returns nil and an error for bad values", function()
    for _, case in ipairs {
      { "INVALID_APP_ID", { app_id = "IDAXXXXXX" } }, { "INVALID_TICKET", { ticket = "" } },
      { "INVALID_BASE_URL", { base_url = "example.org" } }, { "INSECURE_URL", { base_url = "http://example.org" } },
      { "INVALID_SETTING", { timeout = 0 } }, { "INVALID_SETTING", { retries = -1 } },
      { "INVALID_PATH", { ca_file = "a\0b" } }, { "INVALID_SECRET", { secret = "a\nb" } },
      { "INVALID_VERSION", { version = "" } }, { "INVALID_SETTING", { lang = "fr" } },
    } do
      local err = fails("invalid_request", case[1], facequery.new(case[2]))
      assert.is_false(err.retryable)
      assert.matches(case[1], tostring(err), 1, true)
    end
  end)

  it("says it in the language asked for", function()
    local _, err = facequery.new { lang = "zh", app_id = "-" }
    assert.is_truthy(err.message:find("[\128-\255]"))
    _, err = facequery.new { lang = "en", app_id = "-" }
    assert.is_nil(err.message:find("[\128-\255]"))
  end)

  it("takes what is missing from the environment", function()
    local client = assert(facequery.new())
    assert.equal("0", assert(client:query { order_no = order "verified" }).code)
    client:close()
  end)

  it("goes to this machine without TLS", function()
    local client, seen = new { base_url = support.env("SANDBOX_HTTP") }
    holds(assert(client:query { order_no = order "verified", get_file = 2 }).photo, "jpeg")
    assert.matches("^http://127%.0%.0%.1:", seen.requests[1].url)
  end)

  it("trusts no certificate that its CA file does not vouch for", function()
    local other = folder .. "/ca.pem"
    must(("openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 1 -subj /CN=other "
      .. "-keyout %s/key -out %s"):format(folder, other))
    local client = new { ca_file = other, retries = 0 }
    local name = order "verified"
    fails("transport", "PEER_FAILED_VERIFICATION", client:query { order_no = name })
    assert.equal(0, support.queries(name))
  end)

  it("says what a setting can be, and never what it was", function()
    local values = {
      lang = { "fr", '"en", "zh"' }, timeout = { -3, "> 0, < 2147483" }, retries = { 0.5, "0, 1, 2, ..." },
      transport = { "lwp", '"curl", "worker_thread", "resty", function' },
    }
    for name, value in pairs(values) do
      local client, err = facequery.new { [name] = value[1] }
      assert.is_nil(client)
      assert.same({ "INVALID_SETTING", name, value[2] }, { err.code, err.field, err.values })
      assert.matches(("(%s, possible: %s)"):format(name, value[2]), err.message, 1, true)
      assert.is_nil(err.message:find(value[1], 1, true))
    end
    local client, seen = new { lang = "zh" }
    local err = fails("invalid_request", "INVALID_SETTING", client:poll { order_no = "a1", attempts = 0 })
    assert.matches("（attempts，可用值：1, 2, 3, ...）", err.message, 1, true)
    assert.equal(0, #seen.requests)
  end)

  it("refuses a ticket that can be none before anything is sent, and does not repeat it", function()
    for _, ticket in ipairs { "\239\187\191abcdef", "abcdef ", '"abcdef"', "abcdef\nghijkl" } do
      local client, err = facequery.new { ticket = ticket }
      assert.is_nil(client)
      assert.same({ "INVALID_TICKET", "ticket" }, { err.code, err.field })
      assert.matches("a blank, a line break, a quotation mark, a byte order mark (ticket)", err.message, 1, true)
      assert.is_nil(tostring(err):find("abcdef", 1, true))
      local seen
      client, seen = new { ticket = function() return ticket end }
      fails("auth", "TICKET_FAILED", client:query { order_no = "a1" })
      assert.equal(0, #seen.requests)
      local sign
      sign, err = facequery.sign { app_id = "A", order_no = "a1", ticket = ticket, nonce = ("n"):rep(32) }
      assert.is_nil(sign)
      assert.same({ "INVALID_TICKET", "ticket" }, { err.code, err.field })
    end
  end)
end)
