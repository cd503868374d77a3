-- Lists of orders: what is read from them, in which order, and what is too late.

local orders = require "facequery.orders.list"
local support = require "help.support"

-- Reads a list.  `oldest` is the earliest time of a verification that the service still keeps.
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

-- Returns a list's order numbers, in the order in which they come.
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
    local list, failure = read "name,city\nx,y\n"
    assert.is_nil(list)
    assert.same({ status = "LIST_NO_COLUMN" }, failure)
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
      "late3,20261124175959", "in2,20261124180000", "in3,1795514400", "late4,2026-11-23",
      -- A date without a time may mean the end of that day, which is in time.
      "in4,2026/11/24", "in5,1795514400000", "late5,1795514399999",
    }, "\n"), now)
    assert.same({ "late1", "late2", "late3", "late4", "late5" }, list.expired)
    assert.same({ "in4", "in1", "in2", "in3", "in5" }, all)
    assert.same({}, list.unread)
  end)

  it("begins with those whose time can't be read, never takes them for late, and says which lines they are", function()
    for _, time in ipairs { "", "soon", "10/11/2026 10:00", "10:00", "1", "12345678", "2026-02-30", "1.79551E+12",
      "2026-11-24T10:00:00+8", "2026-11-24T10:00:00 CST", "17320000001234567" } do
      local all, list = numbers(("order_no,time\na1,2026-11-24T10:00:00Z\na2,%s\n"):format(time), 1700000000)
      assert.same({ {}, { "a2", "a1" }, { 3 } }, { list.expired, all, list.unread }, time)
    end
    local _, list = numbers 'order_no,note,time\na1,"two\nlines",soon\n\na2,,later\na3,,20261124100000\n,,never\n'
    assert.same({ 2, 5 }, list.unread)
  end)

  it("may have semicolons or tabs between its cells, as its header has", function()
    for _, mark in ipairs { ",", ";", "\t" } do
      local text = ("name;order_no;time\nx, y;a1;20261124100001\n\"x; y\";a2;20261124100000\n"):gsub(";", mark)
      text = mark == "," and text:gsub("x, y", "x") or text
      assert.same({ "a2", "a1" }, (numbers(text)), mark)
      assert.same({ "a1" }, (numbers(("order_no;city\na1;b, c\n"):gsub(", ", ""):gsub(";", mark))), mark)
    end
    for _, mark in ipairs { ";", "\t" } do
      local list, failure = read(("name;city\nx;y\n"):gsub(";", mark))
      assert.is_nil(list)
      assert.same({ status = "LIST_NO_COLUMN" }, failure)
    end
  end)

  it("may have line breaks, marks and separators in quoted cells, and quotation marks inside others", function()
    assert.same({ "a1", "a2", "a3" }, numbers(
      'note,order_no\n"two\nlines, ""quoted""\n\n",a1\n5" wide,a2\r\n"",a3\r\n'))
    assert.same({ "a1" }, numbers('"a\nnote",order_no\nx,a1\n'))
    assert.same({ "a\"1", "a2" }, numbers 'order_no;x\n"a""1";"y"\na2;"z"')
  end)

  it("loses no order to a quotation mark that is never closed", function()
    local lines, expected = { "note,order_no", '"never closed,a0' }, { "a0" }
    for i = 1, 300 do
      lines[#lines + 1] = "x,a" .. i
      expected[#expected + 1] = "a" .. i
    end
    assert.same(expected, numbers(table.concat(lines, "\n")))
    assert.same({ '"a1', "a2" }, numbers '"a1\na2\n')
  end)

  it("may have Chinese headers, in UTF-8 and as spreadsheets in China save them", function()
    for _, names in ipairs { { "订单号", "核身时间" }, { "商户订单号", "刷脸时间" }, { "订单编号", "时间" } } do
      local text = ("姓名,%s,%s\n张三,a1,20261124100001\n李四,a2,20261124100000\n"):format(names[1], names[2])
      assert.same({ "a2", "a1" }, (numbers(text)), names[1])
      local gbk = support.must(("printf %%s %s | iconv -f utf-8 -t gbk"):format(support.quote(text)))
      assert.same({ "a2", "a1" }, (numbers(gbk)), names[1])
    end
  end)

  it("is refused when it is UTF-16, and said to be", function()
    for _, name in ipairs { "utf-16le", "utf-16be" } do
      local text = support.must(("printf '\\357\\273\\277order_no\\na1' | iconv -f utf-8 -t %s"):format(name))
      local list, failure = read(text)
      assert.is_nil(list)
      assert.same({ status = "LIST_UTF16" }, failure)
    end
  end)
end)
