-- The sandbox's access tokens, SIGN tickets and NONCE tickets, which live as the service's do.
-- Only on lua5.4: none of the module's code is held to account here.

local service = require "help.service"
local support = require "help.support"

local env, quote, shell = support.env, support.quote, support.shell
local ask, code, jq = service.ask, service.code, service.jq

describe("the sandbox's tokens and tickets", function()
  setup(service.begin)
  teardown(service.finish)
  before_each(service.reset)

  local TOKEN = "/api/oauth2/access_token?grant_type=client_credential&version=1.0.0&"
  local TICKET = "/api/oauth2/api_ticket?type=SIGN&version=1.0.0&"

  local function token_answer()
    return (ask(TOKEN .. "app_id=IDAXXXXX&secret=" .. env("SANDBOX_SECRET")))
  end
  local function token() return jq(".access_token", token_answer()) end
  local function ticket_answer(value)
    return (ask(TICKET .. "app_id=IDAXXXXX&access_token=" .. value))
  end
  local function ticket(value) return jq(".tickets[0].value", ticket_answer(value)) end
  local function skip(seconds) ask("/sandbox/skip?seconds=" .. seconds, "POST") end
  local function accepts(value)
    return code("verified1", { getFile = "0" }, { ticket = value }) == "0"
  end

  it("are granted as documented, and sign queries", function()
    local answer = token_answer()
    assert.equal('["0","7200"]', jq("[.code,.expire_in]|tojson", answer))
    answer = ticket_answer(jq(".access_token", answer))
    assert.equal('["0",1,3600]', jq("[.code,(.tickets|length),.tickets[0].expire_in]|tojson",
      answer))
    assert.is_true(accepts(jq(".tickets[0].value", answer)))
  end)

  it("take appId for app_id", function()
    local answer = ask(TOKEN .. "appId=IDAXXXXX&secret=" .. env("SANDBOX_SECRET"))
    assert.equal("0", jq(".code", answer))
    answer = ask(TICKET .. "appId=IDAXXXXX&access_token=" .. jq(".access_token", answer))
    assert.equal("0", jq(".code", answer))
  end)

  it("are refused to a wrong secret, app, version, kind or token", function()
    local secret = "secret=" .. env("SANDBOX_SECRET")
    assert.equal("400101", jq(".code", (ask(TOKEN .. "app_id=IDAXXXXX&secret=wrong"))))
    assert.equal("400101", jq(".code", (ask(TOKEN .. "app_id=IDAYYYYY&" .. secret))))
    assert.equal("400101", jq(".code", (ask(TOKEN .. secret))))
    assert.equal("400502", jq(".code", (ask("/api/oauth2/access_token?app_id=IDAXXXXX&"
      .. "grant_type=client_credential&" .. secret))))
    assert.equal("66660000", jq(".code", (ask("/api/oauth2/access_token?app_id=IDAXXXXX&"
      .. "version=1.0.0&" .. secret))))
    assert.equal("400101", jq(".code", ticket_answer("wrong")))
    assert.equal("66660000", jq(".code", (ask("/api/oauth2/api_ticket?type=OTHER&version=1.0.0&"
      .. "app_id=IDAXXXXX&access_token=" .. token()))))
    assert.equal(405, select(2, ask(TOKEN .. "app_id=IDAXXXXX&" .. secret, "POST")))
  end)

  it("end with their own life", function()
    local access = token()
    local first = ticket(access)
    skip(3590) -- and what the machine takes for it
    assert.is_true(accepts(first))
    skip(10)
    assert.is_false(accepts(first))
    local second = ticket(access)
    assert.is_true(accepts(second))
    skip(3600) -- a ticket ends with the token that it was fetched with
    assert.is_false(accepts(second))
    assert.equal("15", jq(".code", ticket_answer(access)))
    assert.is_true(accepts(env("TICKET")))
  end)

  it("leave their predecessors one minute", function()
    local access = token()
    local first, second = ticket(access), ticket(access)
    skip(50)
    assert.is_true(accepts(first))
    skip(10)
    assert.is_false(accepts(first))
    assert.is_true(accepts(second))
    token()
    skip(50)
    assert.is_true(accepts(second))
    assert.equal("0", jq(".code", ticket_answer(access)))
    skip(10)
    assert.is_false(accepts(second))
    assert.equal("15", jq(".code", ticket_answer(access)))
  end)

  it("are granted to a user, for 120 seconds and one start", function()
    local access = token()
    local function nonce(user)
      return (ask("/api/oauth2/api_ticket?type=NONCE&version=1.0.0&app_id=IDAXXXXX&access_token=" .. access .. user))
    end
    assert.equal('["0",1,"120",64]', jq("[.code,(.tickets|length),.tickets[0].expire_in,"
      .. "(.tickets[0].value|length)]|tojson", nonce "&user_id=user1"))
    for _, user in ipairs { "", "&user_id=", "&user_id=a-b", "&user_id=" .. ("u"):rep(33) } do
      assert.equal("66660000", jq(".code", nonce(user)))
    end
    -- It is no SIGN ticket, and ends none.
    local value = ticket(access)
    assert.is_false(accepts(jq(".tickets[0].value", nonce "&user_id=user1")))
    skip(100)
    assert.is_true(accepts(value))
  end)

  it("end when they are revoked", function()
    local access = token()
    local value = ticket(access)
    ask("/sandbox/revoke", "POST")
    assert.is_false(accepts(value))
    assert.equal("15", jq(".code", ticket_answer(access)))
    assert.is_true(accepts(env("TICKET")))
    assert.is_true(accepts(ticket(token())))
  end)

  it("are limited to 20 within a second", function()
    local url = quote(env("SANDBOX_HTTP") .. TOKEN .. "app_id=IDAXXXXX&secret="
      .. env("SANDBOX_SECRET") .. "&n=[1-30]")
    assert.equal(" 20 0 10 400504 ",
      (shell("curl -s -Z --parallel-max 30 " .. url
        .. " 2>/dev/null | jq -r .code | sort | uniq -c | tr -s ' \\n' ' '")))
    assert.equal('[20,30,10]', jq("[.access_tokens,.access_token_requests,.rate_limited]|tojson",
      (ask("/sandbox/counters"))))
    assert.equal("400101", jq(".code", ticket_answer("wrong"))) -- the limit counts the requests of each endpoint apart
    skip(1)
    assert.equal("0", jq(".code", token_answer()))
  end)

  it("can be made to fail and to stall", function()
    ask("/sandbox/fail?access_token=2&api_ticket=1", "POST")
    local path = TOKEN .. "app_id=IDAXXXXX&secret=" .. env("SANDBOX_SECRET")
    assert.equal(500, select(2, ask(path)))
    assert.equal(500, select(2, ask(path)))
    local access = token()
    assert.equal(500, select(2, ask(TICKET .. "app_id=IDAXXXXX&access_token=" .. access)))
    assert.equal("0", jq(".code", ticket_answer(access)))
    local url = quote(env("SANDBOX_HTTP") .. path)
    local function seconds() return tonumber((shell("curl -s -o /dev/null -w '%{time_total}' " .. url))) end
    ask("/sandbox/stall?access_token=60", "POST")
    assert.equal(28, select(2, shell("curl -s --max-time 0.3 " .. url)))
    ask("/sandbox/stall?access_token=0.5", "POST")
    assert.is_true(seconds() >= 0.499)
    ask("/sandbox/stall?access_token=0", "POST")
    assert.equal(0, select(2, shell("curl -s --max-time 30 " .. url)))
  end)
end)
