-- Asking about one order, with the parts of a client that a run over many orders gives it.

local ask = require "facequery.ask"
local given = require "facequery.tickets.given"
local support = require "support"
local curl = require "facequery.transport.curl"

describe("asking about an order", function()
  local transport, close, slept, rested

  local function state(fields)
    local made = {
      settings = {
        app_id = support.env "APP_ID", base_url = support.env "BASE_URL", ca_file = support.env "CA_FILE",
        version = "1.0.0", timeout = 5, connect_timeout = 3, max_media = 2 ^ 26, retries = 0, lang = "en",
      },
      tickets = given.new(support.env "TICKET"),
      transport = transport,
      sleep = function(seconds) slept[#slept + 1] = seconds end,
    }
    for name, value in pairs(fields or {}) do
      made[name] = value
    end
    return made
  end

  before_each(function()
    slept, rested = {}, {}
    transport, close = curl.new()
  end)
  after_each(function() close() end)

  it("adds the digest of each answer to a list, where it is given one", function()
    local digests = {}
    assert(ask.poll(state(), { order_no = support.order "late", interval = 0, digests = digests }))
    assert.equal(3, #digests)
    for _, digest in ipairs(digests) do
      assert.matches("^%x+$", digest)
      assert.equal(64, #digest)
    end
    assert.not_equal(digests[1], digests[3])
  end)

  it("rests between its polls where there is a place to leave, and sleeps elsewhere", function()
    local rest = function(seconds) rested[#rested + 1] = seconds end
    assert(ask.poll(state { rest = rest }, { order_no = support.order "late", interval = 0.5 }))
    assert.same({ {}, { 0.5, 0.5 } }, { slept, rested })
    assert(ask.poll(state(), { order_no = support.order "late", interval = 0.25 }))
    assert.same({ { 0.25, 0.25 }, { 0.5, 0.5 } }, { slept, rested })
  end)

  it("keeps the run's pace, and being told to slow down costs none of its retries", function()
    local told = {}
    local pace = {
      before = function() told[#told + 1] = "before" end,
      after = function(is_rate_limited) told[#told + 1] = is_rate_limited and "slower" or "fine" end,
    }
    assert(ask.once(state { pace = pace }, { order_no = support.order "ratelimit" }))
    assert.same({ "before", "slower", "before", "slower", "before", "fine" }, told)
  end)

  it("gives up when it has been told to slow down twenty times", function()
    local times = 0
    local pace = { before = function() times = times + 1 end, after = function() end }
    local record, err = ask.once(state { pace = pace }, { order_no = support.order "code400504x" })
    assert.is_nil(record)
    assert.same({ "rate_limited", "400504", 20 }, { err.kind, err.code, times })
  end)
end)
