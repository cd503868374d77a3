-- A fleet that is killed all the time: each order is archived once, or dead by name, and no innocent one is dead.
-- CHAOS_MINUTES=n makes it as long as `make chaos MINUTES=n` wants it; CHAOS_SEED repeats a run.

local chaos = require "help.chaos"

local minutes = tonumber(os.getenv "CHAOS_MINUTES")
local seed = tonumber(os.getenv "CHAOS_SEED") or os.time()

describe("a fleet whose workers and whose Redis are killed at random", function()
  it("archives each order once, and loses none", function()
    print(("# CHAOS_SEED=%d"):format(seed))
    if not minutes then
      chaos.run { orders = 150, poison = 1, workers = 3, redis_kills = 1, seconds = 120, seed = seed }
      return
    end
    local deadline, round = os.time() + minutes * 60, 0
    repeat
      local killed, redis_killed = chaos.run { orders = 2000, poison = 5, workers = 8, redis_kills = 3,
        seconds = 1800, seed = seed + round }
      round = round + 1
      print(("# round %d, CHAOS_SEED=%d: %d workers killed, Redis %d times"):format(round, seed + round - 1, killed,
        redis_killed))
    until os.time() >= deadline
  end)
end)
