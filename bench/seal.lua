-- How long it takes to seal a long log, to go on from there, to check its seals and to export one order of it.
-- Runs inside the sandbox, whose TSA stamps: bench/seal.lua LINES.  The log's first line is a real order's, the next
-- LINES are made up, as long as real ones, and each carries the digest of the one before.

local core = require "facequery.core"
local evidence = require "facequery.evidence"
local facequery = require "facequery"

local LINES = tonumber(arg[1] or "") or 1000000

local function folder()
  local pipe = assert(io.popen "mktemp -d")
  local path = pipe:read "*l"
  pipe:close()
  return path
end

local function measure(what, work)
  local wall, cpu = core.clock(), os.clock()
  local result = work()
  print(("%-64s %6.2f s, CPU %6.2f s"):format(what, core.clock() - wall, os.clock() - cpu))
  return result
end

local base = folder()
local dir = base .. "/evidence"
local client = assert(facequery.new())
assert(client:archive { order_no = "size30x40n1", dir = dir })

local function digest(text)
  return core.digest(text).sha256
end

local log = assert(io.open(dir .. "/index.jsonl", "r+b"))
local line = log:read "*l"
log:seek "end"
for number = 1, LINES do
  local entry = ('{"action":"archived","manifest":"%064x","order_no":"x%027d","previous":"%s","time":"%s"'):format(
    number, number, digest(line), "2026-11-27T12:00:00Z")
  line = ('%s,"digest":"%s"}'):format(entry, digest(entry .. "}"))
  log:write(line, "\n")
end
log:close()

local place = evidence.at(dir)
local options = {
  tsa = { { url = assert(os.getenv "FACEQUERY_SANDBOX_TSA") } },
  send = require("facequery.tsa").new(),
}

local function seal()
  local sealed = assert(evidence.seal(place, options))
  assert(not sealed.failures[1] and sealed.is_new)
end

print(("%s, a log of %d lines"):format(jit and jit.version or _VERSION, LINES + 1))
measure("seal all of it, TSA included", seal)
assert(client:archive { order_no = "size30x40n2", dir = dir })
measure("seal one line more, TSA included", seal)
measure("check both seals", function()
  assert(evidence.check_seals(place, error).stamps == 2)
end)
measure("export one order: its line, the proof, its pages", function()
  local file = assert(core.new_file(base .. "/export.tar"))
  assert(assert(evidence.export(place, "size30x40n1", file)).index == 0)
  assert(file:commit())
end)
client:close()
os.execute("rm -rf " .. base)
