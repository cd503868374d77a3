-- The line that an event becomes.
-- Only on lua5.4 luajit: none of it is C.

local debug = require "facequery.debug"
local facequery = require "facequery"
local json = require "facequery.json"
local mock = require "facequery.mock"
local support = require "help.support"
local tickets = require "facequery.tickets"

describe("facequery.debug", function()
  local lines

  local function listen(event)
    debug(event, function(line) lines[#lines + 1] = line end)
  end

  before_each(function() lines = {} end)

  -- A client of the mock that it listens to.
  local function new(answers, settings)
    local all = {
      app_id = "IDAXXXXX", ticket = "t1cket", retries = 1, transport = mock.new(answers),
      sleep = function() end, on_event = listen,
    }
    for name, value in pairs(settings or {}) do
      all[name] = value or nil
    end
    return assert(facequery.new(all))
  end

  -- The lines without their times, and without what differs from run to run.
  local function steps()
    local list = {}
    for i, line in ipairs(lines) do
      list[i] = line:gsub("^%d%d%d%d%-%d%d%-%d%dT%d%d:%d%d:%d%d%.%d%d%dZ ", "")
        :gsub("bizSeqNo=%d+", "bizSeqNo=N"):gsub("ms=%d+", "ms=N")
    end
    return list
  end

  it("tells each step of a query on a line of its own", function()
    new():query { order_no = "rejected1" }
    local path = "path=/api/v2/base/queryfacerecord"
    assert.same({
      "request order=rejected1 method=POST " .. path .. " attempt=1",
      "response order=rejected1 method=POST " .. path
        .. " status=200 code=66660004 kind=rejected bizSeqNo=N ms=N attempt=1",
    }, steps())
  end)

  it("tells why there was no answer, and that it is asked again", function()
    new { A1 = { { status = 503 }, { failure = "COULDNT_CONNECT" } } }:query { order_no = "A1" }
    local list = steps()
    assert.equal(5, #list)
    assert.matches("^response .* status=503 code=503 kind=http ms=N attempt=1$", list[2])
    assert.equal("retry order=A1 code=503 kind=http wait_ms=N attempt=1", list[3])
    assert.matches("^response .* code=COULDNT_CONNECT kind=transport ms=N attempt=2$", list[5])
  end)

  it("tells the service's number of a refusal that is asked again, and of an answer without its files", function()
    new { A1 = { { code = "400504", bizSeqNo = "7" }, {} } }:query { order_no = "A1" }
    assert.equal("retry order=A1 code=400504 kind=rate_limited bizSeqNo=N wait_ms=N attempt=1", steps()[3])
    lines = {}
    new { A1 = { bizSeqNo = 7 } }:poll { order_no = "A1", attempts = 2 }
    assert.equal("pending order=A1 bizSeqNo=N wait_ms=N attempt=1", steps()[3])
  end)

  it("tells of tickets, and never what they are", function()
    local secrets, wire = { secret = "s3cret" }, mock.new()
    local client = new(nil, {
      ticket = false, secret = "s3cret", ticket_store = tickets.memory(),
      transport = function(request)
        secrets.sign = request.body and json.decode(request.body).sign
        local response, failure = wire(request)
        local answer = json.decode(response.envelope)
        secrets.token = answer.access_token or secrets.token
        secrets.ticket = answer.tickets and answer.tickets[1].value or secrets.ticket
        return response, failure
      end,
    })
    assert(client:query { order_no = "verified1", get_file = "both" })
    local text = table.concat(lines, "\n")
    assert.matches("request method=GET path=/api/oauth2/access_token attempt=1\n", text, 1, true)
    assert.matches("ticket action=fetched\n", text, 1, true)
    for _, name in ipairs { "secret", "sign", "token", "ticket" } do
      assert.is_nil(text:find(secrets[name], 1, true), name)
    end
    lines = {}
    new({ access_token = { code = "400101", bizSeqNo = "7" } }, {
      ticket = false, secret = "s3cret", ticket_store = tickets.memory(),
    }):query { order_no = "A1" }
    assert.equal("ticket action=failed code=400101 bizSeqNo=N", steps()[3])
  end)

  it("lets nothing that the service sends break a line, or fill it", function()
    new { A1 = { code = "1\n2 code=0\27[2J张三", bizSeqNo = ("7"):rep(1000) } }:query { order_no = "A1" }
    assert.equal(2, #lines)
    assert.matches(" code=1?2?code?0??2J?????? kind=unknown bizSeqNo=" .. ("7"):rep(80) .. " ", lines[2], 1, true)
    assert.is_nil(lines[2]:find "[%c]")
  end)

  it("tells of a url its path alone", function()
    listen { type = "request", url = "https://user:pa55@h/s3cret/api/none" }
    listen { type = "request", url = "https://h/s3cret" }
    assert.same({ "request path=/api/none", "request path=/" }, steps())
  end)

  it("writes to stderr, and says when", function()
    local output = support.must(support.lua_command [[
      require("facequery.core").now = function() return 1648523839.625 end
      require "facequery.debug" { type = "ticket", action = "fetched" }]] .. " 2>&1 >/dev/null")
    assert.equal("2022-03-29T03:17:19.625Z ticket action=fetched", output)
  end)
end)
