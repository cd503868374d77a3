-- How long a neighbouring location of the same nginx worker takes to answer: while nothing else
-- happens, while twenty queries of a second each run in worker threads, and while they run by the
-- blocking transport.  To be run in the sandbox, with lua/, spec/ and a build in the path.

local servers = require "help.servers"
local support = require "help.support"

local SECONDS = 5

local server = servers.nginx()

-- Appends the seconds of `count` requests: one after another on one connection, or with "-Z" at once.
local function measure(times, count, options)
  local output = server:get(("/kept?[1-%d]"):format(count), "-w '\n%{time_total}\n' " .. (options or ""))
  for time in output:gmatch("\n(%d+%.%d+)") do
    times[#times + 1] = tonumber(time)
  end
end

local function percentile(times, share)
  return times[math.max(1, math.ceil(#times * share))] * 1000
end

local function report(name, times)
  table.sort(times)
  print(("%-38s %9d %9.2f %9.2f"):format(name, #times, percentile(times, 0.5), percentile(times, 0.99)))
  return percentile(times, 0.99)
end

-- The neighbour's times while `count` queries run, twenty at once.
local function while_querying(count, settings, requests, options)
  local order = support.order "slow1000x"
  local wait, ended = server:begin("content", ([[
    kept.client = kept.client or assert(require("facequery").new { retries = 0, timeout = 60, %s })
    return assert(kept.client:query { order_no = "%s" }).code]]):format(settings, order), count, 20)
  servers.wait(function() return support.queries(order) > 0 end)
  local times = {}
  repeat
    measure(times, requests, options)
  until ended()
  for _, code in ipairs(wait()) do
    assert(code == "0")
  end
  return times
end

-- The worker's own first requests are nobody's measure.
measure({}, 500)

local function while_idle()
  local times, stop = {}, support.real_now() + SECONDS
  repeat
    measure(times, 200)
  until support.real_now() > stop
  return times
end

print(("%-38s %9s %9s %9s"):format("a neighbouring location, ms", "requests", "p50", "p99"))
local idle_p99 = report("idle", while_idle())
local threads_p99 = report("20 slow queries in worker threads",
  while_querying(20 * SECONDS, "", 200))
-- What the machine's other work does to the figures.
local again_p99 = report("idle again", while_idle())
server:stop()
server = servers.nginx()
report('20 slow queries, transport = "curl"', while_querying(20, 'transport = "curl"', 20,
  "-Z --parallel-immediate --parallel-max 20"))
server:stop()
print(("p99 as a multiple of the idle one: %.2f with worker threads, %.2f when idle again"):format(
  threads_p99 / idle_p99, again_p99 / idle_p99))
