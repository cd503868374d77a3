-- What a client with a secret tells: neither that, nor a token, nor a ticket.

local curl = require "facequery.transport.curl"
local memory = require "facequery.tickets.memory"
local support = require "help.support"
local tickets = require "help.tickets"

local control = support.control
local query = tickets.query

describe("a client with a secret", function()
  local clock, store, events
  before_each(function() clock, store, events = tickets.begin() end)
  after_each(function() clock.restore() end)

  local function new(changes) return tickets.client(clock, store, events, changes) end

  it("lets its secret, its tokens and its tickets be seen nowhere", function()
    local secrets = { support.env "SANDBOX_SECRET" }
    local seen = {}
    local function see(value, depth)
      depth = depth or 0
      if type(value) == "table" and depth < 5 then
        for key, inner in pairs(value) do
          see(key, depth + 1)
          see(inner, depth + 1)
        end
      end
      seen[#seen + 1] = tostring(value)
    end
    local send = curl.new()
    local client = new {
      retries = 1,
      transport = function(request)
        local response, failure = send(request)
        for value in (response and response.envelope or ""):gmatch '"(%w+)"' do
          secrets[#secrets + 1] = #value == 64 and value or nil
        end
        local sign = request.body and request.body:match '"sign":"(%x+)"'
        secrets[#secrets + 1] = sign
        return response, failure
      end,
      on_event = see,
    }
    see(query(client))
    for _, word in ipairs { "code400105x", "code66660011x", "http503x", "cut", "notjson", "rejected" } do
      see { query(client, word) }
    end
    control("revoke", "POST")
    control("fail?api_ticket=2", "POST")
    see { query(client) }
    control("revoke", "POST")
    control("fail?access_token=100", "POST")
    see { query(client) }
    see { client:verify_callback { code = "0", orderNo = "a", newSign = "b" } }
    see { client:ticket_status() }
    see(client)
    for name, settings in pairs {
      nowhere = { base_url = "http://127.0.0.1:1" }, unknown = { base_url = "https://none.invalid" },
      nothttp = { base_url = support.env "BASE_URL":gsub("^https", "http") },
      proxied = { proxy = "http://127.0.0.1:1" }, untrusted = { ca_file = "/dev/null" },
    } do
      settings.retries, settings.on_event, settings.ticket_store = 0, see, memory.new()
      local broken = new(settings)
      local status, err = broken:ticket_status()
      assert.is_nil(status, name)
      see(err)
    end
    local text = table.concat(seen, "\n")
    assert.matches("access_token", text)
    assert.is_true(#secrets >= 10)
    for _, value in ipairs(secrets) do
      assert.is_nil(text:find(value, 1, true))
    end
    assert.equal("facequery.client", tostring(client))
  end)
end)
