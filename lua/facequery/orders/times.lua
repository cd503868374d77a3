--- The time of a verification, as databases, spreadsheets, people and the service write it.

local times = {}

-- The service's own times ("20220329104717") have no zone: they are China's.
local CHINA = 8 * 3600
local MINUTE, HOUR, DAY = 60, 3600, 86400

-- Days since the epoch of a date in the Gregorian calendar; os.time would take it for local.
local function days_of(year, month, day)
  if month <= 2 then
    year, month = year - 1, month + 12
  end
  return 365 * year + math.floor(year / 4) - math.floor(year / 100) + math.floor(year / 400)
    + math.floor((153 * (month - 3) + 2) / 5) + day - 719469
end

-- Days since the epoch of a date whose numbers are given as text; nil when the calendar has no such day.
local function date_of(year, month, day)
  year, month, day = tonumber(year), tonumber(month), tonumber(day)
  -- Eight digits of an order number, say, must not be taken for a day before 1970.
  if year < 1970 or month < 1 or month > 12 or day < 1 then
    return nil
  end
  local next_year, next_month = month == 12 and year + 1 or year, month % 12 + 1
  local days = days_of(year, month, day)
  return days < days_of(next_year, next_month, 1) and days or nil
end

-- 11/20/2026 and 20/11/2026 can only be November 20; 10/11/2026 is ambiguous, so nil.
local function date_of_either(one, other, year)
  local by_month, by_day = date_of(year, one, other), date_of(year, other, one)
  if by_month and by_day and by_month ~= by_day then
    return nil
  end
  return by_month or by_day
end

-- The date that the text begins with, and the text behind it.
local function split(text)
  local year, _, month, day, rest = text:match "^(%d%d%d%d)([-/.])(%d%d?)%2(%d%d?)(.*)$"
  if year and not rest:find "^%d" then
    return date_of(year, month, day), rest
  end
  local one, other
  one, _, other, year, rest = text:match "^(%d%d?)([-/.])(%d%d?)%2(%d%d%d%d)(.*)$"
  if one and not rest:find "^%d" then
    return date_of_either(one, other, year), rest
  end
  year, month, day, rest = text:match "^(%d%d%d%d)(%d%d)(%d%d)(.*)$"
  if year then
    return date_of(year, month, day), rest
  end
end

-- Seconds east of Greenwich.
local function offset_of(zone)
  if zone == "" then
    return CHINA
  elseif zone == "Z" or zone == "UTC" or zone == "GMT" then
    return 0
  end
  local sign, hours, minutes = (zone:find "^[+-]%d%d$" and zone .. "00" or zone):match "^([+-])(%d%d):?(%d%d)$"
  return sign and (hours * HOUR + minutes * MINUTE) * (sign == "-" and -1 or 1)
end

-- Reads the time of day behind a date.  Returns its seconds since midnight; for how many seconds from there on the
-- text may stand (1, or a minute or a day when it says no more); and the zone's offset.
local function clock_of(text)
  if text == "" then
    return 0, DAY, CHINA
  end
  local hour, minute, rest = text:match "^[T ]*(%d%d?):(%d%d)(.*)$"
  local colon = ":"
  if not hour then
    hour, minute, rest = text:match "^[T ]?(%d%d)(%d%d)(.*)$"
    colon = ""
  end
  if not hour then
    return nil
  end
  local second, behind = rest:match("^" .. colon .. "(%d%d)(.*)$")
  rest = (behind and behind:gsub("^[.,]%d+", "") or rest):match "^ *(.*)$"
  local half = rest:match "^[AaPp][Mm]"
  if half then
    rest = rest:match "^.. *(.*)$"
    if tonumber(hour) < 1 or tonumber(hour) > 12 then
      return nil
    end
    hour = hour % 12 + (half:lower() == "pm" and 12 or 0)
  end
  local offset = offset_of(rest)
  if not offset or hour + 0 > 23 or minute + 0 > 59 or (second or 0) + 0 > 60 then
    return nil
  end
  return hour * HOUR + minute * MINUTE + (second or 0), second and 1 or MINUTE, offset
end

-- 2026年11月20日 10时00分00秒 as 2026-11-20 10:00:00.
local function without_characters(text)
  text = text:gsub("年", "-"):gsub("月", "-"):gsub("日", " ")
  text = text:gsub("时", ":"):gsub("点", ":"):gsub("分", ":"):gsub("秒", "")
  return text:match "^%s*(.-)[%s:]*$"
end

--- When it was: seconds since the epoch, from the earliest to the latest that the text can mean.  Without
--- a zone it is China's time; a date alone is the whole of that day.
---@param text string
---@return number|nil earliest nil where the text is no time, or may be two
---@return number|nil latest
function times.read(text)
  -- Seconds since the epoch, with or without a fraction, or milliseconds.
  local digits = text:match "^(%d+)%.?%d*$"
  if digits and (#digits == 9 or #digits == 10) then
    return tonumber(text), tonumber(text)
  elseif text:find "^%d+$" and #text == 13 then
    return tonumber(text) / 1000, tonumber(text) / 1000
  end
  local days, rest = split(without_characters(text))
  if not days then
    return nil
  end
  local seconds, open, offset = clock_of(rest)
  if not seconds then
    return nil
  end
  local earliest = days * DAY + seconds - offset
  return earliest, earliest + open - 1
end

return times
