-- The two exchanges for a ticket: as the provider's page has them, and with the sandbox.

local config = require "facequery.config"
local core = require "facequery.core"
local curl = require "facequery.transport.curl"
local facequery = require "facequery"
local fetch = require "facequery.tickets.fetch"
local support = require "help.support"

local TOKEN = '{"code":"0","msg":"请求成功","access_token":"the token","expire_time":"20000101000000","expire_in":%s}'
local TICKET = '{"code":"0","tickets":[{"value":"the ticket","expire_in":%s,"expire_time":"20000101000000"}]}'

describe("fetching a ticket", function()
  local requests, events

  before_each(function() requests, events = {}, {} end)

  -- Fetches a ticket from a transport that returns these answers in turn: a text, or a table for a failure.
  local function fetched(answers, changes)
    local given = { app_id = "IDAXXXXX", secret = "the-secret", base_url = "https://example.org", timeout = 7 }
    for name, value in pairs(changes or {}) do
      given[name] = value
    end
    local settings = assert(config.complete(given))
    settings.on_event = function(event) events[#events + 1] = event end
    local function send(request)
      requests[#requests + 1] = request
      local answer = answers[#requests]
      if type(answer) == "table" then
        return nil, answer
      end
      return { status = 200, envelope = answer, media = {} }
    end
    return fetch.ticket { settings = settings, send = send }
  end

  local function life(token, ticket)
    requests = {}
    return assert(fetched { TOKEN:format(token), TICKET:format(ticket) }).life
  end

  it("asks as in the provider's page", function()
    assert.same({ ticket = "the ticket", access_token = "the token", life = 3600 },
      fetched { TOKEN:format '"7200"', TICKET:format '"3600"' })
    assert.equal("https://example.org/api/oauth2/access_token?app_id=IDAXXXXX&secret=the-secret"
      .. "&grant_type=client_credential&version=1.0.0", requests[1].url)
    assert.equal("https://example.org/api/oauth2/api_ticket?app_id=IDAXXXXX&access_token=the%20token"
      .. "&type=SIGN&version=1.0.0", requests[2].url)
    for _, request in ipairs(requests) do
      assert.equal("GET", request.method)
      assert.is_nil(request.body)
      assert.equal(7, request.timeout)
    end
  end)

  it("asks for a NONCE ticket as in the provider's page", function()
    local settings = assert(config.complete { app_id = "IDAXXXXX", secret = "s", base_url = "https://kyc1.qcloud.com" })
    assert.same({ value = "the ticket", expires_in = 120 }, fetch.nonce({ settings = settings, send = function(request)
      requests[#requests + 1] = request
      return { status = 200, envelope = TICKET:format '"120"', media = {} }
    end }, "the token", "user1"))
    assert.equal("https://kyc1.qcloud.com/api/oauth2/api_ticket?appId=IDAXXXXX&access_token=the%20token"
      .. "&type=NONCE&version=1.0.0&user_id=user1", requests[1].url)
  end)

  it("takes no answer that says two things, at the root or in its result", function()
    fetched { TOKEN:format "1", TICKET:format "1" }
    for _, request in ipairs(requests) do
      for _, answer in ipairs {
        '{"code":"400101","code":"0"}', '{"result":{"code":"400101","code":"0"}}',
        '{"result":{},"result":{"code":"0"}}',
      } do
        local received = assert(core.answer(request))
        local ok, failure = received:feed(answer)
        assert.same({ nil, "DUPLICATE_FIELD" }, { ok, failure.status }, answer)
        received:close()
      end
    end
  end)

  it("writes any secret into the url so that it comes out the same", function()
    local secret = "a&b=c/%+?#;()[]{}|\\^<>~"
    fetched({ TOKEN:format "1", TICKET:format "1" }, { secret = secret })
    assert.equal(secret, support.must(("python3 -c %s %s"):format(
      support.quote "import sys, urllib.parse as p; print(p.parse_qs(p.urlsplit(sys.argv[1]).query)['secret'][0])",
      support.quote(requests[1].url))))
  end)

  for _, host in ipairs {
    { "https://kyc1.qcloud.com", "appId" },
    { "https://kyc.qcloud.com", "app_id" },
    { "https://miniprogram-kyc.tencentcloudapi.com", "app_id" },
    { "https://kyc1.qcloud.com", "app_id", "app_id" },
    { "https://example.org", "appId", "appId" },
  } do
    it(("names the App ID %s at %s%s"):format(host[2], host[1], host[3] and " when told so" or ""), function()
      local urls = {}
      local client = assert(facequery.new {
        app_id = "IDAXXXXX", secret = "s", base_url = host[1], app_id_parameter = host[3],
        ticket_store = require("facequery.tickets").memory(),
        transport = function(request)
          urls[#urls + 1] = request.url
          return { status = 200, envelope = #urls == 1 and TOKEN:format "1" or TICKET:format "60", media = {} }
        end,
      })
      assert.is_table(client:ticket_status())
      assert.equal(2, #urls)
      for _, url in ipairs(urls) do
        assert.is_true(url:sub(1, #host[1] + 1) == host[1] .. "/")
        assert.equal("IDAXXXXX", url:match("[?&]" .. host[2] .. "=([^&]*)"))
        assert.is_nil(url:find("[?&]" .. (host[2] == "appId" and "app_id" or "appId") .. "="))
      end
    end)
  end

  it("takes expire_in as a string and as a number, and the shorter of the two", function()
    assert.equal(3600, life('"7200"', '"3600"'))
    assert.equal(3600, life("7200", "3600"))
    assert.equal(3600, life('"7200"', "3600"))
    assert.equal(120, life("120", '"3600"'))
  end)

  it("lives for the 20 minutes of the provider's rule when expire_in can't be read", function()
    for _, value in ipairs { "null", '"soon"', '""', "{}", "[]", "true", '"-5"', "0", "1e99", '"nan"', '"inf"' } do
      assert.equal(1200, life('"7200"', value), value)
      assert.equal(1200, life(value, '"7200"'), value)
    end
    requests = {}
    assert.equal(1200, fetched({
      '{"code":"0","access_token":"t"}', '{"code":"0","tickets":[{"value":"v"}]}',
    }).life)
  end)

  it("never judges by expire_time", function()
    -- expire_time lies a quarter of a century back in these answers; the sandbox's is three hours off.
    assert.equal(3600, life('"7200"', '"3600"'))
  end)

  it("takes a code that is a number", function()
    assert.equal("the ticket", fetched({
      '{"code":0,"access_token":"t","expire_in":"60"}', '{"code":0,"tickets":[{"value":"the ticket","expire_in":60}]}',
    }).ticket)
  end)

  it("returns the service's refusal of either, and stops there", function()
    local refusal = '{"code":"400504","msg":"访问频率过高","bizSeqNo":"b1"}'
    local expected = {
      status = "SERVICE", code = "400504", msg = "访问频率过高", bizSeqNo = "b1", secret_for = "fetch",
    }
    local ticket, failure = fetched { refusal }
    assert.is_nil(ticket)
    assert.same(expected, failure)
    assert.equal(1, #requests)
    requests = {}
    ticket, failure = fetched { TOKEN:format "1", refusal }
    assert.is_nil(ticket)
    assert.same(expected, failure)
    assert.equal(2, #requests)
  end)

  it("returns the transport's failure of either", function()
    local failed = { status = "TRANSPORT", code = "COULDNT_CONNECT" }
    assert.same({ nil, failed, n = 2 }, { n = 2, fetched { failed } })
    requests = {}
    assert.same({ nil, failed, n = 2 }, { n = 2, fetched { TOKEN:format "1", failed } })
    assert.equal("COULDNT_CONNECT", events[#events].code)
  end)

  it("returns the HTTP status of a transport of one's own, whatever page came with it", function()
    for _, status in ipairs { 503, 404, 302 } do
      local client = assert(facequery.new {
        app_id = "IDAXXXXX", secret = "s", ticket_store = require("facequery.tickets").memory(), sleep = function() end,
        transport = function() return { status = status, envelope = "<html></html>", media = {} } end,
      })
      local found, err = client:ticket_status()
      assert.is_nil(found)
      assert.same({ "http", tostring(status) }, { err.kind, err.code })
    end
  end)

  it("takes nothing for a ticket that is none", function()
    for _, answer in ipairs {
      '{"code":"0"}', '{"code":"0","access_token":null}', '{"code":"0","access_token":7}',
    } do
      requests = {}
      assert.same({ nil, { status = "NO_TICKET" }, n = 2 }, { n = 2, fetched { answer } })
      assert.equal(1, #requests)
    end
    for _, tickets in ipairs {
      "null", "[]", "{}", '"text"', "7", "[null]", '["text"]', "[{}]", '[{"value":null}]', '[{"value":""}]',
      '[{"value":7}]', "[[]]",
    } do
      requests = {}
      assert.same({ nil, { status = "NO_TICKET" }, n = 2 },
        { n = 2, fetched { TOKEN:format "1", ('{"code":"0","tickets":%s}'):format(tickets) } }, tickets)
    end
    for answer, status in pairs {
      [""] = "JSON_CUT", text = "NOT_JSON", ["[]"] = "NOT_JSON", ['{"msg":"no code"}'] = "NO_CODE",
    } do
      requests = {}
      local ticket, failure = fetched { answer }
      assert.is_nil(ticket)
      assert.equal(status, failure.status)
    end
  end)

  it("tells of each exchange, without the url's parameters", function()
    fetched { TOKEN:format "1", { status = "HTTP", http_status = 503 } }
    local seen = {}
    for i, event in ipairs(events) do
      seen[i] = event.type .. " " .. event.url .. (event.code and " " .. event.code or "")
    end
    assert.same({
      "request https://example.org/api/oauth2/access_token", "response https://example.org/api/oauth2/access_token 0",
      "request https://example.org/api/oauth2/api_ticket", "response https://example.org/api/oauth2/api_ticket 503",
    }, seen)
  end)

  describe("from the sandbox", function()
    local function real(changes)
      local given = { secret = support.env "SANDBOX_SECRET" }
      for name, value in pairs(changes or {}) do
        given[name] = value
      end
      return fetch.ticket { settings = assert(config.complete(given)), send = (curl.new()) }
    end

    before_each(function() support.control("reset", "POST") end)

    it("gets one that the service takes a signature of", function()
      local got = assert(real())
      assert.equal(3600, got.life)
      local order, nonce = support.order "verified", ("0123456789abcdef"):rep(2)
      local answer = support.must(("curl -s --cacert %s -H 'Content-Type: application/json' -d %s %s"):format(
        support.quote(support.env "CA_FILE"),
        support.quote(('{"appId":"%s","version":"1.0.0","nonce":"%s","orderNo":"%s","sign":"%s"}'):format(
          support.env "APP_ID", nonce, order,
          support.sign { support.env "APP_ID", order, "1.0.0", nonce, got.ticket })),
        support.env "BASE_URL" .. "/api/v2/base/queryfacerecord?orderNo=" .. order))
      assert.matches('"code":"0"', answer)
    end)

    it("is refused with a wrong secret, and at a host that does not answer", function()
      local got, failure = real { secret = "wrong" }
      assert.is_nil(got)
      assert.same({ "SERVICE", "400101" }, { failure.status, failure.code })
      assert.equal(0, support.counters().access_tokens)
      got, failure = real { base_url = "http://127.0.0.1:1" }
      assert.is_nil(got)
      assert.same({ "TRANSPORT", "COULDNT_CONNECT" }, { failure.status, failure.code })
      for _, value in pairs(failure) do
        assert.is_nil(tostring(value):find(support.env "SANDBOX_SECRET", 1, true))
      end
    end)
  end)
end)
