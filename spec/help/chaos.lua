--- A fleet whose workers, and whose Redis, are killed at random for as long as it works; and what has to be true at the
--- end.  A run is repeated by its seed, as far as processes can be.

local assert = require "luassert"
local cli = require "help.cli"
local core = require "facequery.core"
local redis_help = require "help.redis"
local support = require "help.support"

local chaos = {}

---@class facequery.Chaos
---@field orders integer
---@field poison integer how many of them end whoever fetches them
---@field workers integer
---@field redis_kills integer
---@field seconds number the longest that it may take
---@field seed integer

-- Orders of all kinds; the poison's are the last.
local function orders_of(plan)
  local orders = {}
  for i = 1, plan.orders do
    local word = i > plan.orders - plan.poison and "size1x2npoison"
      or i % 50 == 0 and "latesize1x2n" or i % 100 == 1 and "rejectednomedia" or "size1x2n"
    orders[i] = support.order(word)
  end
  return orders
end

local function worker_of(dir, url, instance, seed)
  return support.start(cli.words(("work --redis %s --queue chaos --out %s --instance %d --lease 2 --jobs 8"):format(
    url, dir, instance)), {
    LUA_INIT = "@" .. support.must "pwd" .. "/spec/fixtures/host/chaos.lua",
    CHAOS_ACKS = 40,
    CHAOS_SEED = seed,
    LD_PRELOAD = os.getenv "LD_PRELOAD" or "",
  })
end

-- Kills a worker at random, again and again, and Redis now and then, until the queue is empty but for the dead.
local function rage(plan, redis, list, start, workers)
  local began, killed, redis_killed = support.real_now(), 0, 0
  local function status()
    local text = cli.shell(("queue status --json --redis %s --queue chaos"):format(redis.url))
    return text:find "^{" and require("cjson").decode(text) or {}
  end
  repeat
    core.sleep(0.05 + math.random() * 0.4)
    local i = math.random(plan.workers)
    if not workers[i].ended() then
      workers[i].kill()
      killed = killed + 1
    end
    for j, worker in ipairs(workers) do
      if worker.ended() then
        worker.wait()
        workers[j] = start(j)
      end
    end
    local now = status()
    local left = (now.open or plan.orders) / plan.orders
    if redis_killed < plan.redis_kills and left < 1 - (redis_killed + 1) / (plan.redis_kills + 2) then
      redis_killed = redis_killed + 1
      redis.kill()
      core.sleep(math.random() * 0.5)
      redis.restart()
      -- What the operator's timer does every hour.
      cli.shell(("queue add --redis %s --queue chaos --from %s"):format(redis.url, list))
    end
    if support.real_now() - began > plan.seconds then
      error(("not done in %d s: %s"):format(plan.seconds, require("cjson").encode(now)))
    end
  until now.open == 0
  return killed, redis_killed
end

-- Ends the workers as an operator does.
local function stop(workers)
  for _, worker in ipairs(workers) do
    support.shell("kill -TERM " .. worker.pid)
  end
  for _, worker in ipairs(workers) do
    worker.wait()
  end
end

--- Runs it, and asserts.
---@param plan facequery.Chaos
---@return integer killed workers
---@return integer redis_killed
function chaos.run(plan)
  math.randomseed(plan.seed)
  local folder = support.folder()
  local redis = redis_help.server "--appendonly yes --appendfsync everysec"
  local dir, list, orders = folder .. "/evidence", folder .. "/orders", orders_of(plan)
  support.write_file(list, table.concat(orders, "\n") .. "\n")
  local _, messages, added = cli.shell(("queue add --redis %s --queue chaos --from %s"):format(redis.url, list))
  assert.equal(0, added, messages)
  local workers, started = {}, 0
  local function start(i)
    started = started + 1
    return worker_of(dir, redis.url, i, plan.seed + started)
  end
  for i = 1, plan.workers do
    workers[i] = start(i)
  end
  local ok, killed, redis_killed = pcall(rage, plan, redis, list, start, workers)
  stop(workers)
  if not ok then
    print((cli.shell(("queue dead --json --redis %s --queue chaos"):format(redis.url))))
    redis.stop()
    error(killed, 0)
  end

  local poison, stored = {}, {}
  for _, order_no in ipairs(orders) do
    local is_poison = order_no:find "poison"
    poison[#poison + 1] = is_poison and order_no
    stored[#stored + 1] = not is_poison and order_no or nil
  end
  table.sort(stored)
  table.sort(poison)
  assert.same(stored, support.bundles(dir))
  local dead = {}
  for line in cli.shell(("queue dead --json --redis %s --queue chaos"):format(redis.url)):gmatch "[^\n]+" do
    dead[#dead + 1] = require("cjson").decode(line).order_no
  end
  table.sort(dead)
  assert.same(poison, dead)
  for _, key in ipairs { "urgent", "orders" } do
    assert.equal("0", redis.cli(("xlen 'fq:{chaos}:%s'"):format(key)), key)
  end
  assert.equal("0", redis.cli "zcard 'fq:{chaos}:later'")
  assert.equal("0", redis.cli "zcard 'fq:{chaos}:open'")
  assert.same({}, (support.verify(dir)))
  redis.stop()
  support.remove_folder(folder)
  return killed, redis_killed
end

return chaos
