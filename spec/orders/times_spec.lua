-- The time of a verification, from the many ways that it is written in.  The right values are date(1)'s.

local support = require "help.support"
local times = require "facequery.orders.times"

describe("a verification's time", function()
  -- Seconds since the epoch, by date(1).
  local function date(text)
    return tonumber(support.must(("date -d '%s' +%%s"):format(text)))
  end

  -- Every spelling below means this time.
  local function means(expected, texts)
    for _, text in ipairs(texts) do
      local earliest, latest = times.read(text)
      assert.same({ date(expected), date(expected) }, { earliest, latest }, text)
    end
  end

  it("is ISO 8601's, with a zone", function()
    means("2026-11-24T10:00:00Z", {
      "2026-11-24T10:00:00Z", "2026-11-24 10:00:00Z", "2026-11-24T10:00:00.123Z", "20261124T100000Z",
      "2026-11-24 10:00:00+00", "2026-11-24 10:00:00 UTC", "2026-11-24T10:00:00,5Z",
    })
    means("2026-11-24T10:00:00+08:00", { "2026-11-24T10:00:00+08:00", "2026-11-24 10:00:00.123456+08" })
    means("2026-11-24T10:00:00-03:30", { "2026-11-24T10:00:00-0330" })
  end)

  it("without a zone is China's, however it is written", function()
    means("2026-11-20T10:00:00+08:00", {
      "20261120100000", "2026-11-20 10:00:00", "2026-11-20T10:00:00", "2026/11/20 10:00:00", "2026.11.20 10:00:00",
      "2026年11月20日 10时00分00秒", "2026年11月20日10:00:00", "11/20/2026 10:00:00", "20/11/2026 10:00:00",
      "20.11.2026 10:00:00", "11/20/2026 10:00:00 AM", "2026-11-20 10:00:00 am",
    })
    means("2026-03-05T09:07:08+08:00", { "2026/3/5 9:07:08", "2026-3-5 09:07:08" })
    means("2026-11-20T22:00:00+08:00", { "11/20/2026 10:00:00 PM" })
    means("2026-11-20T00:30:00+08:00", { "11/20/2026 12:30:00 AM" })
    means("2026-11-11T10:00:00+08:00", { "11/11/2026 10:00:00" })
  end)

  it("without seconds is any moment of its minute, without a clock of its day in China", function()
    for _, text in ipairs {
      "2026/11/20 10:00", "11/20/2026 10:00", "202611201000", "2026年11月20日 10时00分", "2026-11-20T10:00+08:00",
    } do
      assert.same({ date "2026-11-20T10:00:00+08:00", date "2026-11-20T10:00:59+08:00" }, { times.read(text) }, text)
    end
    for _, text in ipairs {
      "2026-11-20", "20261120", "2026/11/20", "11/20/2026", "20.11.2026", "2026年11月20日",
    } do
      assert.same({ date "2026-11-20T00:00:00+08:00", date "2026-11-20T23:59:59+08:00" }, { times.read(text) }, text)
    end
  end)

  it("is right on every kind of day, and there is no other", function()
    for _, day in ipairs { "1970-01-01", "1999-12-31", "2000-01-01", "2000-02-29", "2000-03-01", "2024-02-28",
      "2024-02-29", "2024-03-01", "2025-12-31", "2026-01-01", "2028-02-29", "2100-02-28", "2100-03-01" } do
      assert.equal(date(day .. "T23:59:58Z"), (times.read(day .. "T23:59:58Z")), day)
    end
    for _, day in ipairs { "2026-02-29", "2100-02-29", "2026-04-31", "2026-13-01", "2026-00-10", "2026-01-00" } do
      assert.is_nil(times.read(day .. "T23:59:58Z"), day)
    end
  end)

  it("is seconds or milliseconds since the epoch", function()
    for text, seconds in pairs {
      ["1795514400"] = 1795514400, ["999999999"] = 999999999, ["1795514399.5"] = 1795514399.5,
      ["1795514400000"] = 1795514400, ["1795514399500"] = 1795514399.5,
    } do
      assert.equal(seconds, (times.read(text)), text)
    end
  end)

  it("is nothing that may be two times, or none", function()
    for _, text in ipairs { "", "1", "-5", "1e9", "1.79551E+12", "0x10000000", "17955144000000", "yesterday",
      "46346.4167", "2026-11-24T10:00:00+8", "2026-11-24T10:00:00X",
      "10/11/2026", "01/02/2026 10:00", "13/13/2026", "2026-11/24",
      "2026-11-24 25:00:00", "2026-11-24 10:60:00", "2026-11-24 13:00:00 PM", "26-11-24", "2026-11", "11/2026",
      "2026-11-24 10", "20261124 10:00:00:00", "12345678901", "2026112410000000" } do
      assert.is_nil(times.read(text), text)
    end
  end)

  it("does not depend on the zone of this machine", function()
    local output = support.start_lua([[print((require("facequery.orders.times").read "20261124100000"))]],
      { TZ = "America/New_York" }).wait()
    assert.equal(date "2026-11-24T10:00:00+08:00", tonumber(output))
  end)
end)
