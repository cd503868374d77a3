-- What must not stand in a recording.
-- Only on lua5.4 luajit: the C code is the transports'.

local core = require "facequery.core"
local facequery = require "facequery"
local json = require "facequery.json"
local mock = require "facequery.mock"
local support = require "help.support"
local tickets = require "facequery.tickets"

describe("a recording", function()
  local folder, path

  before_each(function()
    folder = support.folder()
    path = folder .. "/exchanges.jsonl"
  end)
  after_each(function() support.remove_folder(folder) end)

  local function has_not(secrets)
    local text = support.read_file(path)
    assert.is_true(#text > 0)
    for name, secret in pairs(secrets) do
      assert.is_true(#secret > 0)
      assert.is_nil(text:find(secret, 1, true), name)
    end
    return text
  end

  -- The answer of a recording's only line, when the real service has sent this text.
  local function recorded(envelope, media)
    local send = mock.record(path, function()
      return { status = 200, envelope = envelope, media = media or {} }
    end)
    local client = assert(facequery.new { app_id = "IDAXXXXX", ticket = "any", transport = send, retries = 0 })
    client:query { order_no = "A1" }
    local line = json.decode(support.read_file(path):match "^[^\n]*")
    os.remove(path)
    return line.answer
  end

  it("has no ticket, secret, token or signature of a real exchange, and no picture", function()
    local secrets, wire = { secret = support.env "SANDBOX_SECRET" }, require("facequery.transport.curl").new()
    local client = assert(facequery.new {
      secret = secrets.secret,
      ticket_store = tickets.memory(),
      transport = mock.record(path, function(request)
        if request.body then
          local body = json.decode(request.body)
          secrets.sign, secrets.nonce = body.sign, body.nonce
        end
        local response, failure = wire(request)
        local answer = response and json.decode(response.envelope)
        secrets.token = answer and answer.access_token or secrets.token
        secrets.ticket = answer and answer.tickets and answer.tickets[1].value or secrets.ticket
        return response, failure
      end),
    })
    local order_no = support.order "rejected"
    client:query { order_no = order_no, get_file = "both" }
    for _, name in ipairs { "photo.jpg", "video.mp4" } do
      local text = core.encode_base64(support.medium(name))
      secrets["start of " .. name], secrets["end of " .. name] = text:sub(31, 91), text:sub(-60)
      secrets["digest of " .. name] = support.sha256(support.medium_path(name))
    end
    for _, name in ipairs { "sign", "nonce", "token", "ticket" } do
      assert.is_string(secrets[name])
    end
    local text = has_not(secrets)
    assert.is_truthy(text:find(order_no, 1, true))
    assert.is_truthy(text:find('"livenessInfoTag":"03,12"', 1, true))
  end)

  it("has nothing of a person whose scan is started", function()
    local secrets = { secret = support.env "SANDBOX_SECRET", name = "张三", id = "110101199003070011", user = "u5er" }
    local client = assert(facequery.new {
      secret = secrets.secret, ticket_store = tickets.memory(), transport = mock.record(path),
    })
    local photo = support.medium "photo.jpg"
    local scan = assert(client:start {
      order_no = support.order "verified", user_id = secrets.user, name = secrets.name, id_no = secrets.id,
      photo = photo, return_url = "https://shop.invalid/",
    })
    client:close()
    secrets.scan, secrets.photo = scan.face_id, core.encode_base64(photo):sub(31, 91)
    secrets.sign, secrets.nonce = scan.url:match "sign=(%w+)", scan.url:match "nonce=(%w+)"
    assert.is_truthy(secrets.sign and secrets.nonce)
    has_not(secrets)
    client = assert(facequery.new {
      app_id = "IDAXXXXX", secret = "any", ticket_store = tickets.memory(), transport = mock.replay(path),
    })
    local replayed = assert(client:start {
      order_no = scan.order_no, user_id = "other", name = "n", id_no = "1", return_url = "https://shop.invalid/",
    })
    assert.same({ scan.host, scan.bizSeqNo }, { replayed.host, replayed.bizSeqNo })
  end)

  it("has no ticket of one's own", function()
    local client = assert(facequery.new { transport = mock.record(path) })
    assert(client:query { order_no = support.order "verified" })
    has_not { ticket = support.env "TICKET" }
    client:close()
  end)

  it("has no name, no identity number, and nothing else that is not known to be harmless", function()
    local answer = recorded([[{"code":"0","msg":"张三 110101199003070011","name":"张三","idNo":"110101199003070011",
      "bizSeqNo":"张三","occurredTime":"110101199003070011","similarity":"张三","liveRate":110101199003070011,
      "orderNo":"A1","transactionTime":"20220329111740","photo":"QUJD",
      "result":{"name":"李四","list":["李四",5],"phone":13800138000,"李四":"x","riskInfo":{"tag":"03,12",
      "id":"110101","who":"李四"},"similarity":"88.01","trtcFlag":"Y","isNew":true,"nothing":null}}]])
    local hidden = {}
    for name, value in pairs(answer) do
      hidden[name] = type(value) == "string" and value:match "^REDACTED%d+$" and true or value
    end
    for name, value in pairs(answer.result) do
      hidden["result." .. name] = type(value) == "string" and value:match "^REDACTED%d+$" and true or value
    end
    assert.same({ "REDACTED", 0 }, { answer.result.list[1]:match "^%u+", answer.result.list[2] })
    local risk = answer.result.riskInfo
    assert.same({ "03,12", "REDACTED", "REDACTED" }, { risk.tag, risk.id:match "^%u+", risk.who:match "^%u+" })
    hidden.result, hidden["result.list"], hidden["result.riskInfo"] = nil, nil, nil
    assert.equal(json.null(), hidden["result.nothing"])
    hidden["result.nothing"] = nil
    assert.same({
      code = "0", orderNo = "A1", transactionTime = "20220329111740", photo = "",
      ["result.similarity"] = "88.01", ["result.trtcFlag"] = "Y", ["result.isNew"] = true,
      msg = true, name = true, idNo = true, bizSeqNo = true, occurredTime = true, similarity = true,
      liveRate = 0, ["result.name"] = true, ["result.phone"] = 0,
    }, hidden)
  end)

  it("keeps what is harmless as it came, digits and all", function()
    local answer = recorded([[{"code":0,"msg":"请求成功","bizSeqNo":"22032920001184453211174015790894","orderNo":"A1",
      "liveRate":99,"similarity":"88.010","appId":"IDAXXXXX","sdkVersion":"1.12.12","expire_in":"7200"}]])
    assert.same({
      code = 0, msg = "请求成功", bizSeqNo = "22032920001184453211174015790894", orderNo = "A1", liveRate = 99,
      similarity = "88.010", appId = "IDAXXXXX", sdkVersion = "1.12.12", expire_in = "7200",
    }, answer)
  end)

  it("has nothing of what a transport failed with but names and numbers", function()
    for _, failure in ipairs {
      { status = "TRANSPORT", code = "RECV_ERROR", detail = "t1cket" },
      { status = "HTTP", http_status = 503, msg = "t1cket" },
      { status = "SERVICE", code = "t1cket", msg = "t1cket" },
      "t1cket",
    } do
      local send = mock.record(path, function() return nil, failure end)
      local client = assert(facequery.new { app_id = "IDAXXXXX", ticket = "any", transport = send, retries = 0 })
      client:query { order_no = "A1" }
      has_not { ticket = "t1cket" }
      os.remove(path)
    end
  end)
end)
