-- What a client tells, in records, errors, events and of itself: nothing that is secret.

local cjson = require "cjson"
local clients = require "help.clients"
local facequery = require "facequery"
local scenarios = require "help.scenarios"
local support = require "help.support"

local new = clients.new
local must, order = support.must, support.order

describe("what a client tells", function()
  -- Everything in a value, as one text; `except` is a key that is left out.
  local function text_of(value, except)
    local parts = { tostring(value) }
    if type(value) == "table" then
      for key, inner in pairs(value) do
        if key ~= except then
          parts[#parts + 1] = tostring(key)
          parts[#parts + 1] = text_of(inner, except)
        end
      end
    end
    return table.concat(parts, "\n")
  end

  describe("whatever happens", function()
    local secret = support.env "SANDBOX_SECRET"
    local told, signs, fetched, all

    local function tell(value, except) told[#told + 1] = text_of(value, except) end

    -- What was sent and received and must not be told: signs, access tokens, tickets.
    local function remember(seen)
      for i, request in ipairs(seen.requests) do
        if request.method == "POST" then
          signs[#signs + 1] = cjson.decode(request.body).sign
        elseif seen.responses[i] then
          local answer = cjson.decode(seen.responses[i].envelope)
          fetched[#fetched + 1] = answer.access_token or answer.tickets[1].value
        end
      end
    end

    local function run(settings, method, query)
      local client, seen = new(settings)
      tell(client)
      local record, err = client[method](client, query)
      -- `data` is a file's bytes, which the caller asked for: in a record, and in an error's record as evidence.
      tell(record or err, "data")
      for _, event in ipairs(seen.events) do
        tell(event)
      end
      remember(seen)
      seen.close()
      collectgarbage()
    end

    local function run_everything()
      for name, scenario in pairs(scenarios) do
        if name ~= "drip" then
          local settings = { retries = scenario.retries or 0, timeout = name == "stall" and 0.2 or nil }
          run(settings, "query", { order_no = order(scenario.word or name), get_file = "both" })
        end
      end
      run({}, "poll", { order_no = order "late" })
      run({}, "poll", { order_no = order "nomedia" })
      run({ ticket = function() return support.env("TICKET") .. "x" end }, "query", { order_no = order "verified" })
      run({ ticket = function() error(support.env("TICKET")) end }, "query", { order_no = order "verified" })
      run({ secret = secret }, "query", { order_no = order "verified" })
      for _, given in ipairs {
        { secret = secret .. "\n" }, { ticket = support.env("TICKET") .. "\0" },
        { ticket = support.env("TICKET"), timeout = 0 },
      } do
        tell(select(2, facequery.new(given)))
      end
      tell(select(2, facequery.sign {
        app_id = "-", order_no = "a", ticket = support.env("TICKET"), nonce = ("n"):rep(32),
      }))
    end

    setup(function()
      told, signs, fetched = {}, {}, {}
      run_everything()
      all = table.concat(told, "\n")
      assert(#told > 100 and #signs > 40)
    end)

    it("holds no ticket, secret or sign", function()
      assert.equal(2, #fetched)
      for _, value in ipairs(fetched) do
        assert.is_nil(all:find(value, 1, true))
      end
      assert.is_nil(all:find(support.env("TICKET"), 1, true))
      assert.is_nil(all:find(secret, 1, true))
      local upper = all:upper()
      for _, sign in ipairs(signs) do
        assert.is_nil(upper:find(sign, 1, true))
      end
    end)

    it("holds no photo or video, neither its bytes nor its base64", function()
      for _, file in pairs(clients.files()) do
        local base64 = must("base64 -w 0 " .. support.quote(file.path))
        -- A long run of base64 may begin anywhere in a file.
        for run_of in all:gmatch("[A-Za-z0-9+/]+") do
          assert.is_true(#run_of < 40 or not base64:find(run_of, 1, true), run_of:sub(1, 80))
        end
        assert.is_nil(all:find(base64:sub(1, 24), 1, true))
        assert.is_nil(all:find(file.bytes:sub(1, 24), 1, true))
        assert.is_nil(all:find(file.bytes:sub(5001, 5024), 1, true))
      end
    end)
  end)

  it("shows a client as nothing but its name", function()
    local client = new()
    assert.equal("facequery.client", tostring(client))
    for name, value in pairs(client) do
      assert.equal("string", type(name))
      assert.equal("function", type(value))
    end
  end)

  it("is told in events of the documented fields alone, without the url's query string", function()
    local known = {}
    for name in ("type order_no attempt method url code kind biz_seq_no status time reused delay"):gmatch("%S+") do
      known[name] = true
    end
    local client, seen = new()
    client:poll { order_no = order "flaky" }
    client:poll { order_no = order "nomedia" }
    assert.is_true(#seen.events > 8)
    for _, event in ipairs(seen.events) do
      for name, value in pairs(event) do
        assert.is_true(known[name], name)
        assert.not_equal("table", type(value))
      end
      if event.type == "request" then
        assert.equal("POST", event.method)
        assert.equal(support.env("BASE_URL") .. "/api/v2/base/queryfacerecord", event.url)
      end
    end
  end)
end)
