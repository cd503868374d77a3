--- Lists of orders to archive: order numbers one a line, or CSV with a header and the time of the
--- verification, so that those nearest to their deadline go first.

local orders = {}

-- The headers of the two columns, in small letters without _.
local ORDER = { orderno = true, order = true, ordernumber = true }
local TIME = { time = true, verifiedat = true, occurredtime = true, transactiontime = true }

-- The service's own times ("20220329104717") have no zone: they are China's.
local CHINA = 8 * 3600

-- What spreadsheets put before the first character.
local BYTE_ORDER_MARK = "^\239\187\191"

local function unquote(cell)
  cell = cell:match "^%s*(.-)%s*$"
  return (cell:gsub('^"(.*)"$', "%1"))
end

local function cells_of(line)
  local cells = {}
  -- A comma in quotes separates nothing, and belongs to no cell that is looked at.
  line = line:gsub('"[^"]*"', function(quoted) return (quoted:gsub(",", " ")) end)
  for cell in (line .. ","):gmatch "([^,]*)," do
    cells[#cells + 1] = unquote(cell)
  end
  return cells
end

-- Days since the epoch of a date in the Gregorian calendar; os.time would take it for local.
local function days_of(year, month, day)
  if month <= 2 then
    year, month = year - 1, month + 12
  end
  return 365 * year + math.floor(year / 4) - math.floor(year / 100) + math.floor(year / 400)
    + math.floor((153 * (month - 3) + 2) / 5) + day - 719469
end

--- Seconds since the epoch of "2026-11-24T10:00:00Z" (or with +08:00, or a blank for the T), of
--- "20261124100000" (China's time, as the service writes it), or of seconds since the epoch.
---@param text string
---@return number|nil
function orders.time_of(text)
  local year, month, day, hour, minute, second, zone =
    text:gsub("%.%d+", "", 1):match "^(%d%d%d%d)%-?(%d%d)%-?(%d%d)[T ]?(%d%d):?(%d%d):?(%d%d)(.*)$"
  year, month, day = tonumber(year), tonumber(month), tonumber(day)
  -- A number of another kind must not pass for a day long ago.
  if not year or year < 1970 or month < 1 or month > 12 or day < 1 or day > 31 then
    -- Fewer digits are a date without its time.
    return text:find "^%d%d%d%d%d%d%d%d%d%d?$" and tonumber(text) or nil
  end
  local offset = CHINA
  if zone == "Z" then
    offset = 0
  elseif zone ~= "" then
    local sign, hours, minutes = zone:match "^([+-])(%d%d):?(%d%d)$"
    if not sign then
      return nil
    end
    offset = (hours * 3600 + minutes * 60) * (sign == "-" and -1 or 1)
  end
  return days_of(year, month, day) * 86400
    + hour * 3600 + minute * 60 + second - offset
end

local function columns_of(header)
  local order_column, time_column
  for index, cell in ipairs(cells_of(header)) do
    local name = cell:lower():gsub("[_ ]", "")
    order_column = order_column or ORDER[name] and index
    time_column = time_column or TIME[name] and index
  end
  return order_column, time_column
end

---@class facequery.OrderList
---@field next fun(): string|nil order numbers, those nearest to their deadline first
---@field expired string[] past it
---@field total integer|nil known when the list had to be read as a whole
---@field has_header boolean

-- With times the whole list has to be read; without, a line is read when its turn comes.
local function sorted(lines, order_column, time_column, oldest)
  local due, expired = {}, {}
  for line in lines do
    local cells = cells_of(line)
    local order_no, time = cells[order_column] or "", orders.time_of(cells[time_column] or "")
    if order_no ~= "" and time and time < oldest then
      expired[#expired + 1] = order_no
    elseif order_no ~= "" then
      -- A time that can't be read is one that may be over soon.
      due[#due + 1] = { order_no = order_no, time = time or 0, place = #due }
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
    total = #due,
    has_header = true,
    next = function()
      index = index + 1
      return due[index] and due[index].order_no
    end,
  }
end

--- Reads a list.
---@param lines fun(): string|nil
---@param oldest number seconds since the epoch: verified before that, the service has forgotten
---@return facequery.OrderList|nil
---@return string|nil message
function orders.read(lines, oldest)
  local first = lines()
  first = first and first:gsub(BYTE_ORDER_MARK, "")
  local order_column, time_column = columns_of(first or "")
  if order_column and time_column then
    return sorted(lines, order_column, time_column, oldest)
  elseif not order_column and first and first:find(",", 1, true) then
    return nil, "the first line names no column 'order_no'"
  end
  local pending = not order_column and first or nil
  return {
    expired = {},
    has_header = order_column ~= nil,
    next = function()
      while true do
        local line = pending or lines()
        pending = nil
        if not line then
          return nil
        end
        local order_no = cells_of(line)[order_column or 1]
        if order_no and order_no ~= "" then
          return order_no
        end
      end
    end,
  }
end

return orders
