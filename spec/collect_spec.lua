-- Asking about one order until its files are there, with the parts of a client that an archive and a run give it.

local asking = require "help.asking"
local collect = require "facequery.collect"
local support = require "help.support"

describe("collecting an order's files", function()
  local slept, close

  local function asker(changes)
    local made
    made, close = asking.new(slept, changes)
    return made
  end

  before_each(function() slept = {} end)
  after_each(function() close() end)

  it("lets each answer be heard, with its text and its digest where the request says so", function()
    local answers = {}
    local one
    one = asker {
      on_answer = function(record, response)
        assert.equal("0", record.code)
        answers[#answers + 1] = response
      end,
    }
    local send = one.send
    one.send = function(request)
      request.digest_body = true
      return send(request)
    end
    assert(collect.poll(one, { order_no = support.order "late", interval = 0 }))
    assert.equal(3, #answers)
    for _, answer in ipairs(answers) do
      assert.matches("^%x+$", answer.sha256)
      assert.equal(64, #answer.sha256)
      assert.matches('"code":"0"', answer.envelope, 1, true)
    end
    assert.not_equal(answers[1].sha256, answers[3].sha256)
  end)

  it("polls for the files of a refusal where it is told to, and brings the refusal with them", function()
    local function is_rejected(err)
      return err.kind == "rejected"
    end
    local late = support.order "rejectedlate"
    local record, err, refused = collect.poll(asker(), { order_no = late, interval = 0 }, is_rejected)
    assert.is_nil(record)
    assert.same({ "66660004", "jpeg", "mp4" }, { err.code, err.record.photo.format, err.record.video.format })
    assert.equal(err.record, refused)
    assert.equal(3, support.queries(late))
    local none = support.order "rejectednomedia"
    record, err = collect.poll(asker(), { order_no = none, interval = 0 }, is_rejected)
    assert.is_nil(record)
    assert.same({ "66660004" }, { err.code, err.record.photo, err.record.video })
    assert.equal(3, support.queries(none))
    late = support.order "rejectedlate"
    record, err = collect.poll(asker(), { order_no = late, interval = 0 })
    assert.is_nil(record)
    assert.is_nil(err.record.photo)
    assert.equal(1, support.queries(late))
  end)

  it("rests between its polls where there is a place to leave, and sleeps elsewhere", function()
    local rested = {}
    local rest = function(seconds) rested[#rested + 1] = seconds end
    assert(collect.poll(asker { rest = rest }, { order_no = support.order "late", interval = 0.5 }))
    assert.same({ {}, { 0.5, 0.5 } }, { slept, rested })
    assert(collect.poll(asker(), { order_no = support.order "late", interval = 0.25 }))
    assert.same({ { 0.25, 0.25 }, { 0.5, 0.5 } }, { slept, rested })
  end)
end)
