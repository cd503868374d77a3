-- Asking about one order, with the parts of a client that a run over many orders gives it.

local ask = require "facequery.ask"
local asking = require "help.asking"
local core = require "facequery.core"
local given = require "facequery.tickets.given"
local settle = require "facequery.transport.settle"
local support = require "help.support"

describe("asking about an order", function()
  local slept, close

  local function asker(changes)
    local made
    made, close = asking.new(slept, changes)
    return made
  end

  before_each(function() slept = {} end)
  after_each(function() close() end)

  it("keeps the run's pace, and being told to slow down costs none of its retries", function()
    local told = {}
    local pace = {
      before = function() told[#told + 1] = "before" end,
      after = function(_, is_rate_limited) told[#told + 1] = is_rate_limited and "slower" or "fine" end,
    }
    assert(ask.once(asker { pace = pace }, { order_no = support.order "ratelimit" }))
    assert.same({ "before", "slower", "before", "slower", "before", "fine" }, told)
  end)

  it("gives up when it has been told to slow down twenty times", function()
    local times = 0
    local pace = { before = function() times = times + 1 end, after = function() end }
    local record, err = ask.once(asker { pace = pace }, { order_no = support.order "code400504x" })
    assert.is_nil(record)
    assert.same({ "rate_limited", "400504", 20 }, { err.kind, err.code, times })
  end)

  it("slows down for a gateway's HTTP 429, too, and for no other status", function()
    local told
    local pace = { before = function() end, after = function(_, is_refusal) told[#told + 1] = is_refusal end }
    for word, expected in pairs { http429x = true, http503x = false } do
      told = {}
      local record, err = ask.once(asker { pace = pace }, { order_no = support.order(word) })
      assert.is_nil(record)
      assert.equal("http", err.kind)
      assert.equal(expected and 20 or 1, #told)
      assert.equal(expected, told[1])
    end
  end)

  describe("whose answers come with files, and are no last word", function()
    local folder

    before_each(function() folder = support.folder() end)
    after_each(function() support.remove_folder(folder) end)

    -- A transport that answers these codes in turn, each with a photo.
    local function answering(codes)
      local times = 0
      return function(sent)
        times = times + 1
        local received = assert(core.answer(sent))
        local code = codes[times] or codes[#codes]
        assert(received:feed(('{"code":"%s","photo":"%s"}'):format(code, times == 1 and "QUFB" or "QkJC")))
        assert(received:finish())
        return settle(received, { status = 200, envelope = received:envelope() }, sent)
      end
    end

    local function ask_for(codes, changes)
      local made = asker { send = answering(codes) }
      made.settings.retries = 2
      for name, value in pairs(changes or {}) do
        made[name] = value
      end
      return ask.once(made, { order_no = "a1", photo_path = folder .. "/photo" })
    end

    it("keeps those of the answer that counts", function()
      local record = assert(ask_for { "999999", "400504", "0" })
      assert.equal("BBB", support.read_file(record.photo.path))
    end)

    it("keeps those of the last answer where none is better", function()
      local _, err = ask_for { "999999" }
      assert.same({ "999999", folder .. "/photo" }, { err.code, err.record.photo.path })
      assert.equal("BBB", support.read_file(folder .. "/photo"))
      assert.equal("photo", support.list(folder))
    end)

    it("finds none of its own in the way after a refused ticket, nor in a run that is slowed down", function()
      local tickets = given.new("one")
      tickets.renew = function() return "another" end
      assert.equal("BBB", support.read_file(assert(ask_for({ "400105", "0" }, { tickets = tickets })).photo.path))
      os.remove(folder .. "/photo")
      local pace = { before = function() end, after = function() end }
      assert.equal("BBB", support.read_file(assert(ask_for({ "400504", "0" }, { pace = pace })).photo.path))
    end)

    it("keeps them in memory", function()
      local made = asker { send = answering { "999999" } }
      local _, err = ask.once(made, { order_no = "a1", get_file = "photo" })
      assert.equal("AAA", err.record.photo.data)
    end)
  end)
end)
