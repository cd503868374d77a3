-- client:start, through to the record: the sandbox plays the user.

local cjson = require "cjson"
local clients = require "help.clients"
local facequery = require "facequery"
local support = require "help.support"

local fails, raises = clients.fails, clients.raises
local control, counters, order = support.control, support.counters, support.order

local NAME, ID_NO, USER = "张三丰", "11010519491231002X", "aUSERid"
local BACK = "https://shop.example/back?step=2"

describe("a client starts a scan", function()
  local client, seen
  before_each(function()
    control("reset", "POST")
    client, seen = clients.new { secret = support.env "SANDBOX_SECRET",
      ticket_store = require("facequery.tickets").memory() }
  end)
  after_each(function() seen.close() end)

  local function query(fields)
    local all = { order_no = order "face", user_id = USER, name = NAME, id_no = ID_NO, return_url = BACK }
    for name, value in pairs(fields or {}) do
      all[name] = value or nil
    end
    return all
  end

  -- Where a browser is led by a url.
  local function follow(url)
    return support.must(("curl -s --cacert %s -o /dev/null -w '%%{redirect_url}' %s"):format(
      support.quote(support.env "CA_FILE"), support.quote(url)))
  end

  -- What stands where a browser is not led on.
  local function refused(url)
    return support.must(("curl -s --cacert %s %s | jq -r .code"):format(
      support.quote(support.env "CA_FILE"), support.quote(url)))
  end

  local function parameters_of(url)
    local parameters = {}
    for name, value in url:gmatch "[?&]([^=&]+)=([^&]*)" do
      parameters[name] = value
    end
    return parameters
  end

  it("whose url works once, and comes back to a record", function()
    for _, product in ipairs { false, "plus_h5", "enhanced_h5", "pc_h5" } do
      local asked = query { product = product }
      local scan = assert(client:start(asked))
      assert.equal(asked.order_no, scan.order_no)
      assert.matches("^tx%x+$", scan.face_id)
      assert.equal(support.env "BASE_URL", "https://" .. scan.host)
      assert.equal(120, scan.expires_in)
      assert.is_nil(scan.login)
      assert.matches("^%d+$", scan.bizSeqNo)
      fails("not_found", "66660011", client:query { order_no = asked.order_no })
      local back = follow(scan.url)
      assert.equal(BACK .. "&", back:sub(1, #BACK + 1))
      local parameters = parameters_of(back)
      assert.same({ "0", asked.order_no, scan.face_id }, { parameters.code, parameters.orderNo, parameters.h5faceId })
      assert.is_true(client:verify_callback(parameters))
      assert.equal("0", assert(client:query { order_no = asked.order_no }).code)
      assert.equal("400101", refused(scan.url))
    end
    assert.same({ 4, 4, 1, 1 },
      { counters().scans, counters().nonce_tickets, counters().api_tickets, counters().access_tokens })
  end)

  it("with a nonce of its own in each signature", function()
    local nonces, count = {}, 0
    local function take(nonce)
      assert.matches("^%w+$", nonce)
      assert.is_nil(nonces[nonce])
      nonces[nonce], count = true, count + 1
    end
    for _ = 1, 2 do
      take(assert(client:start(query())).url:match "nonce=(%w+)")
    end
    for _, request in ipairs(seen.requests) do
      if request.body then
        take(cjson.decode(request.body).nonce)
      end
    end
    assert.equal(4, count)
  end)

  it("for an app or a mini program, whose login works once", function()
    for _, product in ipairs { "plus_sdk", "enhanced_sdk", "basic_sdk", "mini_program" } do
      local asked = query { product = product, return_url = false, licence = product:find "sdk" and "aLICENCE" }
      local scan = assert(client:start(asked))
      assert.is_nil(scan.url)
      local parts = {}
      for name, value in pairs(scan.login) do
        parts[#parts + 1] = name .. "=" .. value
      end
      local url = support.env "BASE_URL" .. "/sandbox/login?" .. table.concat(parts, "&")
      assert.equal("0", refused(url))
      assert.equal("400101", refused(url))
      assert.equal("0", assert(client:query { order_no = asked.order_no }).code)
    end
  end)

  it("whose order's number says how it ends", function()
    local asked = query { order_no = order "rejected" }
    local parameters = parameters_of(follow(assert(client:start(asked)).url))
    assert.equal("66660004", parameters.code)
    assert.is_true(client:verify_callback(parameters))
    fails("rejected", "66660004", client:query { order_no = asked.order_no })
  end)

  it("with a photo in the place of name and ID number", function()
    local scan = assert(client:start(query { name = false, id_no = false, photo = support.medium "photo.jpg" }))
    assert.equal("https", scan.url:match "^%a+")
  end)

  it("whose url dies with its NONCE ticket, after two minutes", function()
    local scan = assert(client:start(query()))
    control("skip?seconds=120", "POST")
    assert.equal("400101", refused(scan.url))
  end)

  it("at the host that registered it where the answer names none", function()
    local function answer_of(request)
      if request.url:find("/api/server/", 1, true) then
        return '{"code":0,"result":{"faceId":"tx1","success":false}}'
      end
      return request.url:find("access_token?", 1, true) and '{"code":"0","access_token":"t"}'
        or '{"code":"0","tickets":[{"value":"v"}]}'
    end
    local old = clients.new { secret = "s", base_url = "https://kyc.example", ticket_store =
      require("facequery.tickets").memory(), transport = function(request)
      return { status = 200, media = {}, envelope = answer_of(request) }
    end }
    local scan = assert(old:start(query()))
    assert.same({ "tx1", "kyc.example", "https://kyc.example/api/web/login?" },
      { scan.face_id, scan.host, scan.url:sub(1, 34) })
  end)

  it("of an order that is new, and of no other", function()
    local asked = query()
    assert(client:start(asked))
    local err = fails("invalid_request", "66660001", client:start(asked))
    assert.equal(asked.order_no, err.orderNo)
    assert.matches("^%d+$", err.bizSeqNo)
    assert.is_nil(err.record)
  end)

  it("signed anew where the ticket is refused", function()
    assert(client:ticket_status())
    control("revoke", "POST")
    assert(client:start(query()))
    assert.same({ 2, 1 }, { counters().api_tickets, counters().scans })
  end)

  it("and says which scan's registration names none", function()
    local without = clients.new { secret = "s", ticket_store = require("facequery.tickets").memory(),
      transport = function(request)
        local is_token = request.url:find("access_token?", 1, true)
        return { status = 200, media = {}, envelope = is_token and '{"code":"0","access_token":"t"}'
          or '{"code":"0","tickets":[{"value":"v"}],"result":{}}' }
      end }
    local asked = query()
    assert.equal(asked.order_no, fails("protocol", "NO_FACE_ID", without:start(asked)).orderNo)
  end)

  it("but not with a ticket of the caller's own, and then uses up no order's number", function()
    local own = clients.new()
    local asked = query()
    fails("auth", "SECRET_MISSING", own:start(asked))
    assert.equal(0, counters().scans)
    assert(client:start(asked))
  end)

  it("but refuses before anything is sent what the page refuses", function()
    for code, fields in pairs {
      INVALID_ORDER_NO = { order_no = "a-b" }, INVALID_USER_ID = { user_id = "a@b" },
      INVALID_NAME = { name = "\255" }, INVALID_ID_NO = { id_no = "1 2" },
      INVALID_PHOTO = { photo = ("x"):rep(500 * 1024 + 1) }, INVALID_RETURN_URL = { return_url = "shop.example" },
      IDENTITY_MISSING = { name = false }, FIELD_UNUSED = { licence = "l" },
      INVALID_SETTING = { product = "will_h5" },
    } do
      local err = fails("invalid_request", code, client:start(query(fields)))
      if code == "INVALID_SETTING" then
        assert.matches('"plus_h5"', err.values, 1, true)
      end
    end
    assert.same({}, seen.requests)
  end)

  it("and raises where the caller's program is wrong", function()
    raises("bad argument #1 to 'start' (table expected, got nil)", client.start, client)
    raises("bad argument #1 to 'start' (unknown field 'id')", client.start, client, query { id = "1" })
    raises("bad argument #1 to 'start' (field 'name': string expected, got number)", client.start, client,
      query { name = 7 })
    for _, name in ipairs { "order_no", "user_id", "return_url" } do
      raises(("bad argument #1 to 'start' (field '%s': string expected, got nil)"):format(name), client.start, client,
        query { [name] = false })
    end
  end)

  -- What a transport answers as the service does, but for a registration or a NONCE ticket.
  local function answered(changes, settings)
    local all = { secret = "s", ticket_store = require("facequery.tickets").memory(), sleep = function() end,
      transport = function(request)
        local url = request.url
        local name = url:find("/api/server/", 1, true) and "face_id" or url:find("NONCE", 1, true) and "nonce"
          or url:find("access_token?", 1, true) and "token" or "ticket"
        local answer = changes[name] and changes[name]() or ({
          face_id = '{"code":0,"result":{"faceId":"tx1"}}', token = '{"code":"0","access_token":"t"}',
        })[name] or '{"code":"0","tickets":[{"value":"v"}]}'
        if answer:find "^[A-Z]" then
          return nil, { status = "TRANSPORT", code = answer }
        end
        return { status = 200, media = {}, envelope = answer }
      end }
    for name, value in pairs(settings or {}) do
      all[name] = value
    end
    return assert(facequery.new(all))
  end

  it("and sends a registration no second time once the first may have counted", function()
    for answer, expected in pairs {
      OPERATION_TIMEDOUT = { "transport", "OPERATION_TIMEDOUT", 1 },
      RECV_ERROR = { "transport", "RECV_ERROR", 1 },
      ['{"code":"999999","msg":"m"}'] = { "service", "999999", 1 },
      COULDNT_CONNECT = { "transport", "COULDNT_CONNECT", 3 },
    } do
      local sent = 0
      local lost = answered { face_id = function()
        sent = sent + 1
        return sent <= expected[3] and answer or '{"code":"66660001","msg":"m"}'
      end }
      local scan, err = lost:start(query())
      fails(expected[1], expected[2], scan, err)
      assert.is_false(err.retryable) -- with this order's number
      assert.equal(expected[3], sent)
    end
  end)

  it("but asks again for the tickets, and where nothing was sent", function()
    for _, name in ipairs { "token", "ticket", "nonce" } do
      local asked = 0
      assert(answered({ [name] = function()
        asked = asked + 1
        return asked == 1 and "OPERATION_TIMEDOUT" or nil
      end }):start(query()))
      assert.equal(2, asked)
    end
    local tried = 0
    assert(answered({ face_id = function()
      tried = tried + 1
      return tried == 1 and "COULDNT_CONNECT" or nil
    end }):start(query()))
  end)

  it("and repeats nothing of a refusal whose words repeat the person", function()
    local words = ('{"code":"66660000","msg":"参数过长: %s %s %s","bizSeqNo":"7"}'):format(NAME, ID_NO, USER)
    for _, name in ipairs { "face_id", "nonce" } do
      local echoing = answered { [name] = function() return words end }
      local err = fails("invalid_request", "66660000", echoing:start(query()))
      assert.equal("7", err.bizSeqNo)
      assert.is_nil(err.msg)
    end
    local echoing = answered { nonce = function() return words end }
    assert.is_nil(fails("invalid_request", "66660000", echoing:nonce_ticket { user_id = USER }).msg)
  end)

  it("and tells nobody of the person, the tickets or the signatures", function()
    local photo = support.medium "photo.jpg"
    local told, secrets = {}, { NAME, ID_NO, USER, support.env "SANDBOX_SECRET", photo:sub(1, 40) }
    local function tell(value)
      told[#told + 1] = tostring(value)
      for name, inner in pairs(type(value) == "table" and value or {}) do
        tell(name)
        tell(inner)
      end
    end
    local function remember()
      for i, request in ipairs(seen.requests) do
        local body = request.body and cjson.decode(request.body) or {}
        secrets[#secrets + 1] = body.sign
        secrets[#secrets + 1] = body.sourcePhotoStr and body.sourcePhotoStr:sub(1, 40)
        local answer = seen.responses[i] and cjson.decode(seen.responses[i].envelope or "{}") or {}
        secrets[#secrets + 1] = answer.access_token or answer.tickets and answer.tickets[1].value
      end
    end
    local asked = query { photo = photo }
    local scan = assert(client:start(asked))
    secrets[#secrets + 1] = scan.url:match "sign=(%x+)"
    tell(select(2, client:start(asked)))
    control("revoke", "POST")
    control("fail?access_token=9&api_ticket=9", "POST")
    tell(select(2, client:start(query())))
    tell(select(2, client:start(query { id_no = ID_NO .. " " })))
    tell(select(2, client:start(query { name = NAME .. "\n" })))
    tell(client)
    tell(seen.events)
    remember()
    seen.close()
    for _, settings in ipairs {
      { base_url = "https://localhost:1" },
      { transport = function(request) error(request.url .. (request.body or "")) end },
      { transport = function(request) return request end },
    } do
      settings.secret, settings.retries = support.env "SANDBOX_SECRET", 0
      settings.ticket_store = require("facequery.tickets").memory()
      settings.on_event = tell
      tell(select(2, assert(facequery.new(settings)):start(query())))
    end
    local all = table.concat(told, "\n")
    assert.is_true(#secrets > 10)
    for _, secret in ipairs(secrets) do
      assert.is_nil(all:find(secret, 1, true), secret)
    end
  end)
end)
