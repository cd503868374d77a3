-- client:nonce_ticket, which shares the access token with whoever signs queries.

local cjson = require "cjson"
local clients = require "help.clients"
local curl = require "facequery.transport.curl"
local facequery = require "facequery"
local support = require "help.support"
local tickets = require "help.tickets"

local control, counters, fails = support.control, support.counters, clients.fails

describe("a NONCE ticket", function()
  local clock, store, events
  before_each(function() clock, store, events = tickets.begin() end)
  after_each(function() clock.restore() end)

  local function new(changes) return tickets.client(clock, store, events, changes) end

  -- How many access tokens, SIGN tickets and NONCE tickets there were.
  local function granted()
    local all = counters()
    return { all.access_tokens, all.api_tickets, all.nonce_tickets }
  end

  it("is fetched each time, with the access token that the SIGN ticket came with", function()
    local client = new()
    assert(tickets.query(client))
    local first = assert(client:nonce_ticket { user_id = "user1" })
    local second = assert(client:nonce_ticket { user_id = "user1" })
    assert.matches("^%w+$", first.value)
    assert.equal(64, #first.value)
    assert.same({ 120, 120 }, { first.expires_in, second.expires_in })
    assert.not_equal(first.value, second.value)
    assert(tickets.query(client))
    assert.same({ 1, 1, 2 }, granted())
  end)

  it("is there for a client that has asked nothing yet, and for another with the same store", function()
    assert(new():nonce_ticket { user_id = "user1" })
    assert(new():nonce_ticket { user_id = "user2" })
    assert.same({ 1, 1, 2 }, granted())
  end)

  it("is kept nowhere, and is in no event", function()
    local kept = {}
    local spy = setmetatable({ set = function(_, key, value, seconds)
      kept[#kept + 1] = value
      return store:set(key, value, seconds)
    end }, { __index = store })
    local ticket = assert(new({ ticket_store = spy }):nonce_ticket { user_id = "aUSERid" })
    for _, text in ipairs { table.concat(kept), cjson.encode(events) } do
      assert.is_nil(text:find(ticket.value, 1, true))
      assert.is_nil(text:find("aUSERid", 1, true))
    end
    local token = cjson.decode(kept[1]).access_token
    assert.equal(64, #token)
    assert.is_nil(cjson.encode(events):find(token, 1, true))
  end)

  it("is fetched with a new token where the service refuses the one at hand", function()
    local client = new()
    assert(client:nonce_ticket { user_id = "user1" })
    control("revoke", "POST")
    assert(client:nonce_ticket { user_id = "user1" })
    assert(tickets.query(client))
    assert.same({ 2, 2, 2 }, granted())
  end)

  it("is fetched with a new token where an older version has stored none", function()
    local old, key = nil, nil
    local spy = setmetatable({ set = function(_, name, value, seconds)
      key, old = name, value
      return store:set(name, value, seconds)
    end }, { __index = store })
    assert(new({ ticket_store = spy }):ticket_status())
    local state = cjson.decode(old)
    state.access_token = nil
    assert(store:set(key, cjson.encode(state), 3600))
    assert(new():nonce_ticket { user_id = "user1" })
    assert.same({ 2, 2, 1 }, granted())
  end)

  it("is asked for again where that may help, as often as the client's retries say", function()
    local client = new()
    assert(client:ticket_status())
    control("fail?api_ticket=2", "POST")
    assert(client:nonce_ticket { user_id = "user1" })
    control("fail?api_ticket=3", "POST")
    fails("http", "500", client:nonce_ticket { user_id = "user1" })
    control("fail?api_ticket=0", "POST")
    assert.same({ 1, 1, 1 }, granted())
  end)

  it("says what the service says against a wrong secret", function()
    fails("auth", "400101", new({ secret = "wrong" }):nonce_ticket { user_id = "user1" })
  end)

  it("takes its life as a number, too, and 120 seconds where there is none", function()
    for text, life in pairs { ["90"] = 90, ['"90"'] = 90, ["null"] = 120, ['""'] = 120 } do
      local send = curl.new()
      local client = new { transport = function(request)
        if request.url:find("type=NONCE", 1, true) then
          return { status = 200, media = {},
            envelope = '{"code":"0","tickets":[{"value":"v","expire_in":' .. text .. "}]}" }
        end
        return send(request)
      end }
      assert.same({ value = "v", expires_in = life }, client:nonce_ticket { user_id = "user1" })
    end
  end)

  it("is none where the answer has none", function()
    local send = curl.new()
    local client = new { transport = function(request)
      if request.url:find("type=NONCE", 1, true) then
        return { status = 200, envelope = '{"code":"0","tickets":[]}', media = {} }
      end
      return send(request)
    end }
    fails("protocol", "NO_TICKET", client:nonce_ticket { user_id = "user1" })
  end)

  it("takes the app's secret, and never a ticket of the caller's own", function()
    local asked = 0
    local client = assert(facequery.new { ticket = function()
      asked = asked + 1
      return "aTICKET"
    end })
    local err = fails("auth", "SECRET_MISSING", client:nonce_ticket { user_id = "user1" })
    assert.matches("secret", err.message)
    assert.equal(0, asked)
  end)

  it("wants a user's id of 1 to 32 letters and digits", function()
    local client = new()
    for _, user in ipairs { "", ("u"):rep(33), "a b", "a&type=SIGN", "张三", "a\n" } do
      local err = fails("invalid_request", "INVALID_USER_ID", client:nonce_ticket { user_id = user })
      assert.is_nil(user ~= "" and tostring(err):find(user, 1, true) or nil)
    end
    assert(client:nonce_ticket { user_id = ("u"):rep(32) })
    clients.raises("bad argument #1 to 'nonce_ticket' (field 'user_id': string expected, got nil)",
      client.nonce_ticket, client, {})
    clients.raises("bad argument #1 to 'nonce_ticket' (table expected, got string)",
      client.nonce_ticket, client, "user1")
  end)
end)
