--- This machine's clock beside the service's, as the answer's Date says it.

local findings = require "facequery.doctor.findings"
local words = require "facequery.doctor.words"

local clock = {}

-- Seconds.  A Date has whole ones; and the time that an old ticket lives on is a minute, which processes on several
-- machines count on when they share a ticket.
local FINE, TOLERABLE = 5, 60

local MONTHS = {}
for number, name in ipairs { "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" } do
  MONTHS[name] = number
end

--- The time of an HTTP date (RFC 9110, 5.6.7): "Sun, 06 Nov 1994 08:49:37 GMT".
---@param text string
---@return number|nil seconds since the epoch
function clock.parse(text)
  local day, name, year, hour, minute, second =
    text:match "^%a%a%a, (%d%d) (%a%a%a) (%d%d%d%d) (%d%d):(%d%d):(%d%d) GMT$"
  local month = name and MONTHS[name]
  if not month then
    return nil
  end
  -- The days before this one since the first of March of the year 0: leap days are at the ends of years that begin so.
  local years = tonumber(year) - (month < 3 and 1 or 0)
  local months = (month + 9) % 12
  local days = 365 * years + math.floor(years / 4) - math.floor(years / 100) + math.floor(years / 400)
    + math.floor((153 * months + 2) / 5) + tonumber(day) - 1
  return (days - 719468) * 86400 + hour * 3600 + minute * 60 + second
end

--- Nothing where the answer has no Date.
---@param lang facequery.Lang
---@param provenance facequery.Provenance
---@return facequery.Finding[]
function clock.check(lang, provenance)
  local date = provenance.date and clock.parse(provenance.date)
  if not date or not provenance.sent then
    return {}
  end
  -- The Date was written between the two, and has lost its fraction of a second.
  local off = 0
  if provenance.sent > date + 1 then
    off = provenance.sent - date - 1
  elseif provenance.received < date then
    off = provenance.received - date
  end
  if math.abs(off) <= FINE then
    return { findings.ok(lang, "clock", "clock", math.abs(off)) }
  end
  local said = words.of(lang, off > 0 and "clock_fast" or "clock_slow", math.abs(off), provenance.date)
  local find = math.abs(off) > TOLERABLE and findings.failure or findings.warning
  return { find(lang, "clock", "CLOCK_WRONG", said) }
end

return clock
