-- A client whose transport is a function of the caller's own.

local clients = require "help.clients"
local facequery = require "facequery"

local fails = clients.fails

describe("a transport of the caller's own", function()
  local function with(transport, settings)
    local all = { app_id = "IDAXXXXX", ticket = "t", retries = 0, transport = transport }
    for name, value in pairs(settings or {}) do
      all[name] = value
    end
    return assert(facequery.new(all))
  end

  it("is given the request and returns the answer", function()
    local given
    local photo = { data = "x", size = 1, mime = "application/octet-stream" }
    local client = with(function(request)
      given = request
      return { status = 200, envelope = '{"code":"0","orderNo":"a1"}', media = { photo = photo } }
    end)
    local record = assert(client:query { order_no = "a1", get_file = 1 })
    assert.same({ code = "0", orderNo = "a1", photo = photo }, record)
    assert.equal("POST", given.method)
    assert.matches("/api/v2/base/queryfacerecord?orderNo=a1", given.url, 1, true)
    client:close()
  end)

  it("may bring the service's refusal with another HTTP status, and never its consent", function()
    for _, status in ipairs { 201, 400, 401, 500, 503 } do
      local function answers(envelope)
        return with(function() return { status = status, envelope = envelope, media = {} } end)
      end
      local refused = answers '{"code":"400103","msg":"m","bizSeqNo":"7","orderNo":"a1"}'
      local err = fails("auth", "400103", refused:query { order_no = "a1" })
      assert.same({ "m", "7" }, { err.msg, err.bizSeqNo })
      for _, envelope in ipairs { '{"code":"0","orderNo":"a1"}', '{"code":0}', "{}", "<html>", "", '{"code":"1"',
        '{"code":"66660004","orderNo":"b2"}' } do
        fails("http", tostring(status), answers(envelope):query { order_no = "a1" })
      end
    end
  end)

  it("may bring a refused ticket with HTTP 401, which is renewed as ever", function()
    local tickets_, asked = { "old", "new" }, 0
    local client = with(function()
      asked = asked + 1
      return asked == 1 and { status = 401, envelope = '{"code":"400101"}', media = {} }
        or { status = 200, envelope = '{"code":"0"}', media = {} }
    end, { ticket = function() return tickets_[math.min(asked + 1, 2)] end })
    assert.equal("0", assert(client:query { order_no = "a1" }).code)
    assert.equal(2, asked)
  end)

  it("may bring what is no file in a file's place: the rest counts, and the event says so", function()
    for odd in ("7,true,[],{},[\"a\"],{\"data\":\"QUJD\"},\"  \""):gmatch "[^,]+" do
      local events = {}
      local client = with(function()
        local envelope = ('{"code":"0","result":{"photo":%s,"video":null}}'):format(odd)
        return { status = 200, envelope = envelope, media = {} }
      end, { on_event = function(event) events[#events + 1] = event end })
      local record = assert(client:query { order_no = "a1", get_file = 1 })
      assert.is_nil(record.photo)
      assert.same({ "photo" }, events[#events].odd)
    end
  end)

  it("is not believed about another order, or about nothing", function()
    for envelope, code in pairs {
      ['{"code":"0","orderNo":"b2"}'] = "WRONG_ORDER", [""] = "JSON_CUT", ["{}"] = "NO_CODE", ["{"] = "JSON_CUT",
    } do
      local client = with(function() return { status = 200, envelope = envelope, media = {} } end)
      fails("protocol", code, client:query { order_no = "a1" })
    end
  end)

  it("may fail with a failure of the core's", function()
    local client = with(function() return nil, { status = "TRANSPORT", code = "COULDNT_CONNECT" } end)
    assert.is_true(fails("transport", "COULDNT_CONNECT", client:query { order_no = "a1" }).retryable)
    client = with(function() return nil, { status = "HTTP", http_status = 429 } end)
    assert.is_true(fails("http", "429", client:query { order_no = "a1" }).retryable)
  end)

  it("may fail with anything, and nothing of it is repeated", function()
    for _, results in ipairs {
      {}, { nil, "tICKET" }, { nil, { "tICKET" } }, { nil, { status = "tICKET" } }, { false, "tICKET" },
      { nil, { status = "HTTP", http_status = 0.5 } }, { true }, { "tICKET" }, { 5 },
    } do
      local client = with(function() return results[1], results[2] end)
      local err = fails("transport", "BAD_TRANSPORT", client:query { order_no = "a1" })
      for _, value in pairs(err) do
        assert.is_nil(tostring(value):find("tICKET", 1, true))
      end
    end
  end)
end)
