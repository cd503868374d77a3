-- The doctor's view of the clock.

local clock = require "facequery.doctor.clock"
local support = require "help.support"

describe("the doctor's clock", function()
  it("reads an HTTP date as date(1) does, leap days too", function()
    for _, text in ipairs { "Thu, 01 Jan 1970 00:00:00 GMT", "Sun, 06 Nov 1994 08:49:37 GMT",
      "Tue, 29 Feb 2000 23:59:59 GMT", "Wed, 01 Mar 2000 00:00:00 GMT", "Sun, 29 Feb 2032 12:00:00 GMT",
      "Sun, 28 Feb 2100 12:00:00 GMT", "Mon, 01 Mar 2100 12:00:00 GMT", "Thu, 31 Dec 2026 23:59:59 GMT" } do
      assert.equal(tonumber(support.must(("date -d '%s' +%%s"):format(text))), clock.parse(text), text)
    end
    for _, text in ipairs { "", "yesterday", "Sun, 06 Nox 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT" } do
      assert.is_nil(clock.parse(text))
    end
  end)

  -- The finding about an answer with this Date that took from `sent` to `received`.
  local function of(sent, received)
    local found = clock.check("en", { sent = sent, received = received, date = "Thu, 01 Jan 1970 00:16:40 GMT" })
    return found[1] and found[1].state
  end

  it("blames nobody for an answer that took long, nor for the second's fraction that a Date lacks", function()
    assert.equal("ok", of(1000.9, 1001))
    assert.equal("ok", of(990, 1060))
    assert.equal("ok", of(900, 1000))
    assert.equal("ok", of(1005.9, 1006))
    assert.equal("warning", of(1006.1, 1006.2))
    assert.equal("warning", of(940.1, 940.2))
    assert.equal("failure", of(939.8, 939.9))
    assert.equal("failure", of(1061.1, 1061.2))
  end)

  it("says nothing where the answer has no Date", function()
    assert.same({}, clock.check("en", { sent = 1, received = 2 }))
    assert.same({}, clock.check("en", { sent = 1, received = 2, date = "soon" }))
  end)
end)
