--- China's days: "2026/11/26", as folders are named by them.

local calendar = {}

-- China's clocks are eight hours ahead of UTC, all year.
local AHEAD, HOUR, DAY = 8, 3600, 86400

-- The years that may have a folder.
calendar.FIRST_YEAR, calendar.LAST_YEAR = 1970, 2099

local LENGTHS = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 }

local function length_of(year, month)
  local is_leap = year % 4 == 0 and (year % 100 ~= 0 or year % 400 == 0)
  return month == 2 and is_leap and 29 or LENGTHS[month]
end

--- The numbers of a date, which may be given as text; nil where the calendar has no such day.
---@return integer|nil year
---@return integer|nil month
---@return integer|nil day
function calendar.date(year, month, day)
  year, month, day = tonumber(year), tonumber(month), tonumber(day)
  if year and year >= calendar.FIRST_YEAR and year <= calendar.LAST_YEAR and month >= 1 and month <= 12
    and day >= 1 and day <= length_of(year, month) then
    return year, month, day
  end
end

--- China's day of a time of UTC: "2026/11/26" of "2026-11-25T16:00:00Z"; nil of what is none.
---@param time any
---@return string|nil
function calendar.day_at(time)
  local year, month, day, hour
  if type(time) == "string" then
    year, month, day, hour = time:match "^(%d%d%d%d)%-(%d%d)%-(%d%d)T(%d%d):%d%d:%d%dZ$"
  end
  year, month, day = calendar.date(year, month, day)
  if not year then
    return nil
  elseif tonumber(hour) + AHEAD >= 24 then
    day = day + 1
    if day > length_of(year, month) then
      month, day = month + 1, 1
    end
    if month > 12 then
      year, month = year + 1, 1
    end
  end
  return ("%04d/%02d/%02d"):format(year, month, day)
end

--- The number of today, counted since 1970.
---@return integer
function calendar.today()
  return math.floor((os.time() + AHEAD * HOUR) / DAY)
end

--- The day that has this number.
---@param number integer
---@return string
function calendar.day(number)
  return os.date("!%Y/%m/%d", number * DAY) --[[@as string]]
end

return calendar
