-- What the Lua programs of the bench share: lines that compare.lua reads.

local report = {}

function report.line(name, value)
  io.write(name, "\t", ("%.9g"):format(value), "\n")
end

--- Seconds per call of CPU time, user and system.
function report.calls(name, count, call)
  call()
  local start = os.clock()
  for _ = 1, count do
    call()
  end
  report.line(name, (os.clock() - start) / count)
end

-- Bytes that the process had in memory at most.
local function peak()
  local file = assert(io.open "/proc/self/status")
  local kilobytes = file:read("*a"):match "VmHWM:%s*(%d+) kB"
  file:close()
  return tonumber(kilobytes) * 1024
end

--- The first call of what `open` returns, the opening included, and the `count` following.  The
--- file that they write is removed outside of the time.
function report.queries(count, open)
  local start = os.clock()
  local query = open()
  query()
  report.line("first", os.clock() - start)
  report.line("peak", peak())
  local total = 0
  for _ = 1, count do
    os.remove "video.out"
    start = os.clock()
    query()
    total = total + os.clock() - start
  end
  os.remove "video.out"
  if count > 0 then
    report.line("next", total / count)
  end
end

return report
