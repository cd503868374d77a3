--- Lists of orders to archive: order numbers one a line, or CSV with a header and the time of the
--- verification, so that those nearest to their deadline go first.

local times = require "facequery.orders.times"

local orders = {}

-- The headers of the two columns, in small letters without _ and blanks.
local ORDER, TIME = {}, {}

for _, name in ipairs {
  "orderno", "order", "ordernumber", "orderid", "订单号", "订单编号", "订单", "核身订单号", "商户订单号",
  -- 订单号, 订单编号, 核身订单号 and 商户订单号 in GBK, as spreadsheets in China save CSV.
  "\182\169\181\165\186\197", "\182\169\181\165\177\224\186\197", "\186\203\201\237\182\169\181\165\186\197",
  "\201\204\187\167\182\169\181\165\186\197",
} do
  ORDER[name] = true
end
for _, name in ipairs {
  "time", "verifiedat", "verifiedtime", "verifytime", "occurredtime", "transactiontime", "核身时间", "刷脸时间",
  "认证时间", "验证时间", "时间",
  -- 核身时间, 刷脸时间, 认证时间, 验证时间 and 时间 in GBK.
  "\186\203\201\237\202\177\188\228", "\203\162\193\179\202\177\188\228", "\200\207\214\164\202\177\188\228",
  "\209\233\214\164\202\177\188\228", "\202\177\188\228",
} do
  TIME[name] = true
end

local SEPARATORS = { ",", ";", "\t" }

-- Spreadsheets begin a UTF-8 file with a byte order mark, and a UTF-16 file with one of these two.
local BYTE_ORDER_MARK = "^\239\187\191"
local UTF_16 = { ["\255\254"] = true, ["\254\255"] = true }

-- A quoted cell may span lines (RFC 4180).  One that is not closed after so many lines is taken for a cell
-- without quotation marks that begins with one.
local MOST_LINES = 100

-- An iterator over lines that knows the number of the current one, and takes lines back after a look ahead.
local function reader(lines)
  local number, put_back, ended = 0, {}, false
  local self = {}

  function self.next()
    local line = table.remove(put_back)
    if not line and not ended then
      line = lines()
      ended = line == nil
    end
    number = number + 1
    return line
  end

  function self.put_back(taken)
    for i = #taken, 1, -1 do
      put_back[#put_back + 1] = taken[i]
    end
    number = number - #taken
  end

  function self.number()
    return number
  end

  return self
end

local function trim(text)
  return text:match "^%s*(.-)%s*$"
end

-- Reads the quoted cell (RFC 4180) whose opening quotation mark is at `first`.  Returns its value and the place of
-- its closing mark, or nil for both when it is never closed; and the text, with the lines that the cell spans.
local function quoted_cell(text, first, input)
  local position, taken, whole = first + 1, {}, text
  while true do
    local mark = text:find('"', position, true)
    if mark and text:sub(mark + 1, mark + 1) == '"' then
      position = mark + 2
    elseif mark then
      return (text:sub(first + 1, mark - 1):gsub('""', '"')), mark, text
    else
      local line = #taken < MOST_LINES and input.next()
      if not line then
        input.put_back(taken)
        return nil, nil, whole
      end
      taken[#taken + 1] = line
      position = #text + 1
      text = text .. "\n" .. line
    end
  end
end

-- The cells of the record that begins with this line.
local function cells_of(text, separator, input)
  local cells, position = {}, 1
  repeat
    local first, cell, last = text:match('^ *()"', position), nil, nil
    if first then
      cell, last, text = quoted_cell(text, first, input)
    end
    local stop = text:find(separator, (last or position - 1) + 1, true)
    cells[#cells + 1] = trim(cell or text:sub(position, (stop or 0) - 1))
    position = stop and stop + 1
  until not position
  return cells
end

local function columns_of(header, separator, input)
  local order_column, time_column
  for index, cell in ipairs(cells_of(header, separator, input)) do
    local name = cell:lower():gsub("[_ ]", "")
    order_column = order_column or ORDER[name] and index
    time_column = time_column or TIME[name] and index
  end
  return order_column, time_column
end

---@class facequery.OrderList
---@field next fun(): string|nil, number|nil order numbers, those nearest to their deadline first, and when they were verified, in seconds since the epoch, where the list says so
---@field expired string[] order numbers past their deadline
---@field total integer|nil known when the list had to be read as a whole
---@field has_header boolean
---@field unread integer[] the lines whose time could not be read

-- A list with times is read as a whole, to be sorted by them.  One without is read a line at a time, when the
-- line's order is asked for: see orders.read.
local function sorted(input, separator, order_column, time_column, oldest)
  local due, expired, unread = {}, {}, {}
  for line in input.next do
    local number = input.number()
    local cells = cells_of(line, separator, input)
    local order_no = cells[order_column] or ""
    local earliest, latest = times.read(cells[time_column] or "")
    if order_no ~= "" and not earliest then
      unread[#unread + 1] = number
    end
    if order_no ~= "" and latest and latest < oldest then
      expired[#expired + 1] = order_no
    elseif order_no ~= "" then
      -- A time that can't be read is one that may be over soon.
      due[#due + 1] = { order_no = order_no, time = earliest or 0, place = #due }
    end
  end
  table.sort(due, function(a, b)
    if a.time ~= b.time then
      return a.time < b.time
    end
    return a.place < b.place
  end)
  local index = 0
  return {
    expired = expired,
    unread = unread,
    total = #due,
    has_header = true,
    next = function()
      index = index + 1
      local one = due[index]
      if one then
        return one.order_no, one.time ~= 0 and one.time or nil
      end
    end,
  }
end

-- The first line that is not blank, without a byte order mark.
local function first_line(input)
  local line = input.next()
  line = line and line:gsub(BYTE_ORDER_MARK, "")
  while line and not line:find "%S" do
    line = input.next()
  end
  return line
end

-- The layout of a list, by its first line: what separates its cells and, when the line is a header, the columns
-- of order number and time.
local function layout_of(line, input)
  local found
  for _, separator in ipairs(SEPARATORS) do
    local taken = {}
    local order_column, time_column = columns_of(line, separator, {
      next = function()
        taken[#taken + 1] = input.next()
        return taken[#taken]
      end,
      put_back = function() end,
    })
    if order_column then
      return separator, order_column, time_column
    end
    input.put_back(taken)
    found = found or trim(line):find(separator, 1, true) and separator
  end
  return found
end

--- Reads a list.
---@param lines fun(): string|nil
---@param oldest number seconds since the epoch: the service has deleted what was verified before
---@return facequery.OrderList|nil
---@return facequery.Failure|nil LIST_UTF16 or LIST_NO_COLUMN
function orders.read(lines, oldest)
  local input = reader(lines)
  local first = first_line(input)
  if first and UTF_16[first:sub(1, 2)] then
    return nil, { status = "LIST_UTF16" }
  end
  local separator, order_column, time_column
  if first then
    separator, order_column, time_column = layout_of(first, input)
  end
  if order_column and time_column then
    return sorted(input, separator, order_column, time_column, oldest)
  elseif separator and not order_column then
    return nil, { status = "LIST_NO_COLUMN" }
  end
  local pending = not order_column and first or nil
  return {
    expired = {},
    unread = {},
    has_header = order_column ~= nil,
    next = function()
      while true do
        local line = pending or input.next()
        pending = nil
        if not line then
          return nil
        end
        local order_no = cells_of(line, separator or ",", input)[order_column or 1]
        if order_no and order_no ~= "" then
          return order_no
        end
      end
    end,
  }
end

return orders
