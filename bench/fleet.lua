-- How a fleet of workers gets over a day and more without the service: bench/fleet.lua [SCALE].  The workers, the
-- scripts in Redis and the decisions are the product's own; made up are the clock, Redis' commands, the service, and who
-- dies when.  SCALE 10 has a tenth of the orders, of the service's rate and of the workers.

local core = require "facequery.core"
local clocks = require "fleet.clock"

local clock

-- Before any other module has taken these: the product's time and chance are the simulation's.
core.now = function() return clock.time end
core.clock = core.now
core.random = math.random

local fleets = require "fleet.fleet"
local services = require "fleet.service"

local HOUR, DAY = 3600, 86400
local START = 1764000000
local ROOMS = { 1.1, 1.25, 1.5, 2, 3 }
local ORDERS_A_DAY, WORKERS, JOBS, LEASE = 1000000, 20, 16, 900
local DAYS, AWAY_FROM, AWAY_UNTIL, LONGEST = 5, 30 * HOUR, 60 * HOUR, 9 * DAY
-- Of the orders, one in so many has late files, and is refused by the service's verdict.
local LATE, REJECTED = 50, 100

-- Garbage is most of what is made here.
collectgarbage("setpause", 400)

local function number_of(order_no)
  return tonumber(order_no:sub(2))
end

-- Seconds until the next order: by day they come at up to half as much again as on average, by night at half of it.
local function until_next(mean, time)
  local rate = mean * (1 + 0.5 * math.sin((time - START) / DAY * 2 * math.pi))
  return -math.log(1 - math.random()) / rate
end

local function produce(fleet, mean, days, result)
  clock:start(function()
    while clock.time < START + days * DAY do
      clock:sleep(until_next(mean, clock.time))
      result.orders, result.open = result.orders + 1, result.open + 1
      result.worst = math.max(result.worst, result.open)
      local order_no = "o" .. result.orders
      if result.orders % LATE == 7 then
        fleet.service.files_at[order_no] = clock.time + 10 * 360 ^ math.random() -- 10 seconds to an hour
      end
      fleet.engine:add { order_no, ("%.3f"):format(clock.time) }
    end
    result.is_complete = true
  end)
end

-- Counts what becomes of orders.  The backlog is gone when no more are open than come in ten minutes.
local function count(fleet, mean, away_until, result)
  function fleet.on_archived(entry)
    result.open, result.archived = result.open - 1, result.archived + 1
    result.longest = math.max(result.longest, clock.time - entry.deadline + 3 * DAY)
    result.over = result.over + (clock.time > entry.deadline and 1 or 0)
    fleet.service.files_at[entry.order_no] = nil
    if not result.gone and clock.time > away_until and result.open < mean * 600 then
      result.gone = clock.time - away_until
    end
  end
  function fleet.on_dead(_, code)
    result.open, result.dead = result.open - 1, result.dead + 1
    result.over = result.over + (code == "RETENTION_OVER" and 1 or 0)
  end
end

-- Orders come for so many days; the fleet works until none is open, or `is_over` says so.
local function simulate(room, scale, away, days, is_over)
  clock = clocks.new(START)
  math.randomseed(1)
  local mean = ORDERS_A_DAY / DAY / scale
  local result = { orders = 0, open = 0, worst = 0, archived = 0, dead = 0, over = 0, longest = 0 }
  local service = services.new {
    clock = clock, rate = mean * room, window = math.max(1, scale / 3), files_at = {},
    away_from = START + away[1], away_until = START + away[2],
    is_rejected = function(order_no) return number_of(order_no) % REJECTED == 50 end,
  }
  local fleet = fleets.new { clock = clock, service = service, jobs = JOBS, lease = LEASE }
  result.count = service.count
  count(fleet, mean, service.away_until, result)
  assert(fleet.engine:prepare())
  produce(fleet, mean, days, result)
  for i = 1, math.ceil(WORKERS / scale) do
    fleet:start("w" .. i)
  end
  clock:run(function()
    return result.is_complete and result.open <= 0 or is_over(result)
  end)
  -- Dead of other causes than a verdict's: of workers that were lost.
  result.dead = fleet.engine:status().dead
  return result
end

local function print_outage(scale)
  print(("%d orders a day for %d days on %d workers of %d jobs, each of which dies once an hour; the service is away\n"
    .. "from hour %d to hour %d.  Simulated is 1/%d of the orders, of the service's rate and of the workers.")
    :format(ORDERS_A_DAY, DAYS, WORKERS, JOBS, AWAY_FROM / HOUR, AWAY_UNTIL / HOUR, scale))
  print "head-room   orders archived dead past deadline longest wait worst backlog in vain too often backlog gone after"
  for _, room in ipairs(ROOMS) do
    local result = simulate(room, scale, { AWAY_FROM, AWAY_UNTIL }, DAYS, function()
      return clock.time > START + LONGEST
    end)
    print(("%9.2f %8d %8d %4d %13d %10.1f h %13d %7d %9d %s"):format(room, result.orders, result.archived, result.dead,
      result.over, result.longest / HOUR, result.worst, result.count.in_vain, result.count.refused,
      result.gone and ("%16.1f h"):format(result.gone / HOUR) or "             never"))
    io.stdout:flush()
  end
end

-- How much of the service's rate is used while orders wait: from six minutes after it has come back from half an hour's
-- absence, for twelve minutes.
local function print_pace(scale)
  local from, seconds = 0.7 * HOUR, 0.2 * HOUR
  for _, room in ipairs(ROOMS) do
    local before
    local result = simulate(room, scale, { 0.1 * HOUR, 0.6 * HOUR }, 1, function(result)
      if not before and clock.time > START + from then
        before = result.count.taken
      end
      return clock.time > START + from + seconds
    end)
    local used = (result.count.taken - before) / (ORDERS_A_DAY / DAY / scale * room * seconds)
    print(("1/%d, head-room %.2f: %.2f of the service's rate is used while orders wait"):format(scale, room, used))
    io.stdout:flush()
  end
end

local SCALE = tonumber(arg[1] or "") or 10
print_pace(1)
if SCALE ~= 1 then
  print_pace(SCALE)
end
print()
print_outage(SCALE)
