-- Answers without a network: those of the sandbox, and of a list.
-- Only on lua5.4 luajit: the C code is the transports'.

local clients = require "help.clients"
local contract = require "help.transport_contract"
local facequery = require "facequery"
local json = require "facequery.json"
local mock = require "facequery.mock"
local products = require "facequery.service.products"
local queries = require "help.queries"
local scenarios = require "help.scenarios"
local support = require "help.support"
local tickets = require "facequery.tickets"

local fails, holds, raises = clients.fails, clients.holds, clients.raises

-- A client of the mock, of which nobody can ask anything else, and what it slept.
local function new(transport, settings)
  local slept = {}
  local all = {
    app_id = "IDAXXXXX",
    ticket = "any",
    retries = 0,
    base_url = "https://nowhere.invalid",
    transport = transport,
    sleep = function(seconds) slept[#slept + 1] = seconds end,
  }
  for name, value in pairs(settings or {}) do
    all[name] = value or nil
  end
  return assert(facequery.new(all)), slept
end

describe("a mock without a list", function()
  contract.is_like_libcurl(function()
    return { run = function(settings, list)
      local all = { transport = mock.new() }
      for name, value in pairs(settings) do
        all[name] = value
      end
      return queries.run(all, list)
    end }
  end)

  for name, scenario in pairs(scenarios) do
    it("answers " .. name .. " as the sandbox does", function()
      local client, slept = new(mock.new(), { retries = scenario.retries or 0, timeout = scenario.timeout })
      local order_no = (scenario.word or name) .. "1"
      local record, err = client:query { order_no = order_no, get_file = "both" }
      if scenario.kind then
        assert.is_nil(record)
        assert.same({ scenario.kind, scenario.code or err.code, order_no }, { err.kind, err.code, err.orderNo })
      else
        assert.is_nil(err)
      end
      scenario.holds(record or err)
      assert.equal(scenario.retries or 0, #slept)
    end)
  end

  it("sends late files with the third query for them", function()
    local client, slept = new(mock.new())
    local record = assert(client:poll { order_no = "late1", interval = 7 })
    holds(record.photo, "jpeg")
    holds(record.video, "mp4")
    assert.same({ 7, 7 }, slept)
  end)

  it("streams files to paths, and leaves none behind a failure", function()
    local folder = support.folder()
    finally(function() support.remove_folder(folder) end)
    local client, paths = new(mock.new()), { photo_path = folder .. "/photo", video_path = folder .. "/video" }
    for _, order_no in ipairs { "cut1", "cutjson1", "wrongorder1", "http503x1", "stall1" } do
      paths.order_no = order_no
      assert.is_nil((client:query(paths)))
      assert.equal("", support.list(folder))
    end
    paths.order_no = "verified1"
    local record = assert(client:query(paths))
    holds(record.photo, "jpeg")
    holds(record.video, "mp4")
    assert.equal("600", support.mode(paths.photo_path))
  end)

  it("waits for nothing: what would take longer than the timeout has timed out", function()
    local client, started = new(mock.new(), { timeout = 3 }), support.now()
    for _, order_no in ipairs { "stall1", "slow3001x1", "drip1" } do
      fails("transport", "OPERATION_TIMEDOUT", client:query { order_no = order_no })
    end
    assert.equal("0", assert(client:query { order_no = "slow2999x1" }).code)
    -- The shortest of them would have been three seconds.
    assert.is_true(support.now() - started < 3)
  end)

  it("grants tickets", function()
    local events = {}
    local client = new(mock.new(), {
      ticket = false,
      secret = "s3cret",
      ticket_store = tickets.memory(),
      on_event = function(event) events[#events + 1] = event.type end,
    })
    assert.equal("0", assert(client:query { order_no = "verified1" }).code)
    assert.equal(7200, math.floor(client:ticket_status().expires_in + 1))
    assert.equal("request response request response ticket request response", table.concat(events, " "))
    local first = assert(client:nonce_ticket { user_id = "u1" })
    assert.equal(120, first.expires_in)
    assert.not_equal(first.value, assert(client:nonce_ticket { user_id = "u1" }).value)
  end)

  it("registers scans, for every product", function()
    local client = new(mock.new(), { ticket = false, secret = "s3cret", ticket_store = tickets.memory() })
    for product, form in pairs(products) do
      local scan = assert(client:start {
        order_no = "A1", user_id = "u1", name = "n", id_no = "1", product = product,
        return_url = form.login and "https://shop.invalid/" or nil,
      })
      assert.same({ "A1", 120 }, { scan.order_no, scan.expires_in })
      assert.is_truthy((scan.url or scan.login.faceId or scan.login.h5faceId):find(scan.face_id, 1, true))
    end
    client = new(mock.new { face_id = { code = "66660001" } },
      { ticket = false, secret = "s3cret", ticket_store = tickets.memory() })
    fails("invalid_request", "66660001", client:start {
      order_no = "A1", user_id = "u1", name = "n", id_no = "1", return_url = "https://shop.invalid/",
    })
  end)

  it("serves a run over many orders, and an archive", function()
    local folder = support.folder()
    finally(function() support.remove_folder(folder) end)
    local client, ended = new(mock.new()), {}
    for order_no, bundle in assert(client:each({ "verified1", "rejected1" }, { dir = folder .. "/evidence" })) do
      ended[order_no] = bundle and bundle.code
    end
    assert.same({ verified1 = "0", rejected1 = "66660004" }, ended)
    local problems, result = support.verify(folder .. "/evidence")
    assert.same({}, problems)
    assert.equal(2, result.bundles)
  end)

  it("answers 404 where the service has nothing", function()
    local response, failure = mock.new() { method = "GET", url = "https://nowhere.invalid/api/none", timeout = 1 }
    assert.is_nil(response)
    assert.same({ status = "HTTP", http_status = 404 }, failure)
  end)
end)

describe("a mock with a list", function()
  local photo = support.medium "photo.jpg"

  it("answers of it by order number, and sends the files that are asked for", function()
    local client = new(mock.new {
      A1 = { similarity = "50", photo = photo, video = support.medium "video.mp4", anything = { 1, "two" } },
      A2 = { code = "66660004", RiskInfo = { livenessInfoTag = "03" } },
    })
    local record = assert(client:query { order_no = "A1", get_file = "photo" })
    holds(record.photo, "jpeg")
    assert.is_nil(record.video)
    assert.same({ "0", "A1", "50" }, { record.code, record.orderNo, record.similarity })
    assert.same({ 1, "two" }, record.anything)
    assert.matches("^%d+$", record.bizSeqNo)
    record = assert(client:query { order_no = "A1" })
    assert.same({}, { record.photo, record.video })
    local err = fails("rejected", "66660004", client:query { order_no = "A2" })
    assert.same("03", facequery.risk_tags(err.record)[1].tag)
    assert.equal("无法确认为同一人", err.msg)
  end)

  it("gives several answers one after the other, and the last one for good", function()
    local client, slept = new(mock.new { A1 = { { status = 503 }, { failure = "COULDNT_CONNECT" }, "verified1" } },
      { retries = 2 })
    assert.equal("88.01", assert(client:query { order_no = "A1" }).similarity)
    assert.equal(2, #slept)
    assert.equal("88.01", assert(client:query { order_no = "A1" }).similarity)
  end)

  it("answers as the sandbox does under another number", function()
    local client = new(mock.new { A1 = "rejected", A2 = "code66660018", A3 = "late1" })
    local err = fails("rejected", "66660004", client:query { order_no = "A1", get_file = "both" })
    holds(err.record.photo, "jpeg")
    fails("expired", "66660018", client:query { order_no = "A2" })
    holds(assert(client:poll { order_no = "A3" }).video, "mp4")
  end)

  it("answers any text", function()
    local client = new(mock.new { A1 = { body = '{"code":0,"similarity":88.010}' } })
    assert.equal('{"code":"0","similarity":88.010}', json.canonical(assert(client:query { order_no = "A1" })))
    fails("protocol", "NOT_JSON", new(mock.new { A1 = { body = "<html>" } }):query { order_no = "A1" })
    fails("http", "502", new(mock.new { A1 = { body = "<html>", status = 502 } }):query { order_no = "A1" })
  end)

  it("may refuse a ticket, which is renewed", function()
    local function with(answers)
      return new(mock.new(answers), {
        ticket = false, secret = "s3cret", ticket_store = tickets.memory(),
      })
    end
    local client = with { A1 = { { code = "400101" }, { similarity = "70" } } }
    assert.equal("70", assert(client:query { order_no = "A1" }).similarity)
    client = with { access_token = { code = "400101" }, A1 = {} }
    fails("auth", "400101", client:query { order_no = "A1" })
    client = with { api_ticket = { { status = 503 } }, A1 = {} }
    fails("http", "503", client:query { order_no = "A1" })
  end)

  it("says which order it has no answer for", function()
    local err = fails("transport", "MOCK_UNANSWERED", new(mock.new { A1 = {} }):query { order_no = "A2" })
    assert.matches("order A2 is not in the mock's list", tostring(err), 1, true)
    assert.is_false(err.retryable)
  end)

  it("raises what is wrong with it, where it was made", function()
    for part, answers in pairs {
      ["table expected, got number"] = 5,
      ["1: an order number, access_token, api_ticket or face_id expected"] = { "verified1" },
      ["a-1: an order number, access_token, api_ticket or face_id expected"] = { ["a-1"] = {} },
      ["A1: string or table expected, got function"] = { A1 = print },
      ["A1: photo: string expected, got boolean"] = { A1 = { photo = true } },
      ["A1: status: number expected, got string"] = { A1 = { {}, { status = "503" } } },
      ["A1: the sandbox has no order number like it"] = { A1 = "verifed1" },
      ["access_token: table expected, got string"] = { access_token = "rejected" },
      ["api_ticket: table expected, got string"] = { api_ticket = { {}, "rejected" } },
      ["A1: a b: a field's name expected"] = { A1 = { ["a b"] = 1 } },
      ["A1: Cannot serialise function"] = { A1 = { more = { print } } },
    } do
      raises("spec/mock/init_spec.lua:", function() return (mock.new(answers)) end)
      raises("bad argument #1 to 'new' (" .. part, mock.new, answers)
    end
  end)
end)
