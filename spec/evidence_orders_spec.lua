-- Lists of orders: what is read from them, in which order, and what is too late.

local orders = require "facequery.evidence.orders"
local support = require "support"

-- Reads a list; `oldest`: verified before that, the service has forgotten.
local function read(text, oldest)
  local position = 1
  return orders.read(function()
    if position > #text then
      return nil
    end
    local line, after = text:match("([^\n]*)\n?()", position)
    position = after
    return line
  end, oldest or 0)
end

-- The order numbers, in their order.
local function numbers(text, oldest)
  local list, all = assert(read(text, oldest)), {}
  for order_no in list.next do
    all[#all + 1] = order_no
  end
  return all, list
end

describe("a list of orders", function()
  it("has one a line", function()
    assert.same({ "a1", "a2", "a3" }, numbers "a1\na2\na3\n")
    assert.same({ "a1", "a2" }, numbers "a1\na2")
    assert.same({}, numbers "")
    assert.same({}, (numbers "\n \n"))
  end)

  it("may have blank lines, blanks around, quotes, and line ends of another system", function()
    assert.same({ "a1", "a2", "a3", "a4" }, numbers "\n a1\t\r\n\r\n\"a2\"\r\na3 \n\n  a4")
  end)

  it("may begin with a byte order mark", function()
    assert.same({ "a1", "a2" }, numbers "\239\187\191a1\na2\n")
    assert.same({ "a1" }, numbers "\239\187\191order_no\na1\n")
    assert.same({ "a2", "a1" }, numbers "\239\187\191order_no,time\na1,20261124100001\na2,20261124100000\n")
  end)

  it("keeps what is no order number, to be reported", function()
    assert.same({ "not-an-order", "../../etc", "中" }, numbers "not-an-order\n../../etc\n中\n")
  end)

  it("may be CSV whose header names the column, by any of its names", function()
    for _, name in ipairs { "order_no", "orderNo", "ORDER_NO", "Order No", "order", "order_number", '"order_no"' } do
      assert.same({ "a1", "a2" }, (numbers(("name,%s,city\nx,a1,y\nz,a2,\n"):format(name))), name)
      assert.same({ "a1" }, (numbers(name .. "\na1\n")), name)
    end
  end)

  it("may be CSV with commas and line breaks' cousins in quoted cells", function()
    assert.same({ "a1", "a2" }, numbers('name,order_no\n"Wang, Li",a1\n"say ""a, b""","a2"\n'))
    assert.same({ "a2", "a1" }, (numbers(
      'name,order_no,time\n"Wang, Li",a1,20261124100001\n"x",a2,"20261124100000"\n')))
  end)

  it("skips lines of CSV without an order number", function()
    assert.same({ "a1" }, numbers "name,order_no\nx,\ny\n\nz,a1\n")
    assert.same({ "a1" }, (numbers "name,order_no,time\nx,,1\ny\n\nz,a1,2000000000\n"))
  end)

  it("is refused when it is CSV whose header names no column of orders", function()
    local list, message = read "name,city\nx,y\n"
    assert.is_nil(list)
    assert.matches("order_no", message, 1, true)
  end)

  it("without times is read line by line, so that it may be endless", function()
    local taken = 0
    local list = orders.read(function()
      taken = taken + 1
      return "a" .. taken
    end, 0)
    assert.equal("a1", list.next())
    assert.equal("a2", list.next())
    assert.is_true(taken <= 3)
    assert.is_nil(list.total)
  end)

  it("with times begins with those nearest to their deadline", function()
    for _, name in ipairs { "time", "verified_at", "verifiedAt", "occurredTime", "transaction_time" } do
      local all, list = numbers(("order_no,%s\na1,20261124100003\na2,20261124100001\na3,20261124100002\n"):format(name))
      assert.same({ "a2", "a3", "a1" }, all, name)
      assert.equal(3, list.total)
      assert.same({}, list.expired)
    end
  end)

  it("with the same time keeps the list's order", function()
    local lines, expected = { "order_no,time" }, {}
    for i = 1, 200 do
      lines[#lines + 1] = ("a%d,%d"):format(i, 2000000000)
      expected[i] = "a" .. i
    end
    assert.same(expected, (numbers(table.concat(lines, "\n"))))
  end)

  it("with times reports those past their deadline, and doesn't try them", function()
    local now = 1795514400 -- date -d 2026-11-24T10:00:00Z +%s
    local all, list = numbers(table.concat({
      "order_no,time", "late1,2026-11-24T09:59:59Z", "in1,2026-11-24T10:00:00Z", "late2,1795514399.5",
      "late3,20261124175959", "in2,20261124180000", "in3,1795514400",
    }, "\n"), now)
    assert.same({ "late1", "late3" }, list.expired)
    -- What can't be read as a time may be over soon.
    assert.same({ "late2", "in1", "in2", "in3" }, all)
  end)

  it("begins with those whose time can't be read, and never takes them for late", function()
    for _, time in ipairs { "", "soon", "2026-11-24", "20261124", "24.11.2026", "10:00", "1", "12345678",
      "2026-11-24T10:00:00+8", "2026-11-24T10:00:00 CST", "17320000001234567" } do
      local all, list = numbers(("order_no,time\na1,2026-11-24T10:00:00Z\na2,%s\n"):format(time), 1700000000)
      assert.same({ {}, { "a2", "a1" } }, { list.expired, all }, time)
    end
  end)

  describe("'s times", function()
    -- Seconds since the epoch, by date(1).
    local function date(text)
      return tonumber(support.must(("date -d '%s' +%%s"):format(text)))
    end

    it("are ISO 8601's, with a zone", function()
      for text, as_date in pairs {
        ["2026-11-24T10:00:00Z"] = "2026-11-24T10:00:00Z",
        ["2026-11-24 10:00:00Z"] = "2026-11-24T10:00:00Z",
        ["2026-11-24T10:00:00.123Z"] = "2026-11-24T10:00:00Z",
        ["2026-11-24T10:00:00+08:00"] = "2026-11-24T10:00:00+08:00",
        ["2026-11-24T10:00:00-0330"] = "2026-11-24T10:00:00-03:30",
        ["20261124T100000Z"] = "2026-11-24T10:00:00Z",
      } do
        assert.equal(date(as_date), orders.time_of(text), text)
      end
    end)

    it("without a zone are China's, as the service writes them", function()
      for _, text in ipairs { "20261124100000", "2026-11-24 10:00:00", "2026-11-24T10:00:00" } do
        assert.equal(date "2026-11-24T10:00:00+08:00", orders.time_of(text), text)
      end
    end)

    it("are right on every kind of day", function()
      for _, day in ipairs { "1970-01-01", "1999-12-31", "2000-01-01", "2000-02-29", "2000-03-01", "2024-02-28",
        "2024-02-29", "2024-03-01", "2025-12-31", "2026-01-01", "2028-02-29", "2100-02-28", "2100-03-01" } do
        assert.equal(date(day .. "T23:59:58Z"), orders.time_of(day .. "T23:59:58Z"), day)
      end
    end)

    it("are seconds since the epoch", function()
      assert.equal(1795514400, orders.time_of "1795514400")
      assert.equal(999999999, orders.time_of "999999999")
    end)

    it("are nothing else, not even a date alone", function()
      for _, text in ipairs { "", "20261124", "2026-11-24", "1", "-5", "1e9", "0x10000000", "17955144000000",
        "2026-11-24T10:00:00+8", "2026-11-24T10:00:00X", "yesterday", "2026/11/24 10:00:00" } do
        assert.is_nil(orders.time_of(text), text)
      end
    end)

    it("do not depend on the zone of this machine", function()
      local output = support.start_lua([[print(require("facequery.evidence.orders").time_of "20261124100000")]],
        { TZ = "America/New_York" }).wait()
      assert.equal(date "2026-11-24T10:00:00+08:00", tonumber(output))
    end)
  end)
end)
