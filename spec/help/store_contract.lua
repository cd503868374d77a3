--- What every ticket store keeps.  Each step is plain Lua that returns what it saw, so that it also runs inside
--- nginx, where there is no busted.

local contract = {}

---@class store_contract.Place
---@field open fun(): facequery.TicketStore a store over what is kept there, made anew
---@field sleep fun(seconds: number)

---@class store_contract.Step
---@field title string
---@field expected any[]
---@field run fun(place: store_contract.Place): any[]

-- What every store keeps.
---@type store_contract.Step[]
local common = {
  {
    title = "holds what was set under a key, and nothing else",
    expected = { "nil", true, "v\0\r\n\255", "nil", "w" },
    run = function(place)
      local store = place.open()
      local before = tostring(store:get "a")
      local set = store:set("a", "v\0\r\n\255", 60)
      local value, other = place.open():get "a", tostring(store:get "b")
      store:set("a", "w", 60)
      return { before, set, value, other, place.open():get "a" }
    end,
  },
  {
    title = "gives its lock to one at a time, and to the next when that one is done",
    expected = { "function", false, false, "function" },
    run = function(place)
      local store = place.open()
      local release = store:lock("a", 60)
      local again, others = store:lock("a", 60), place.open():lock("a", 60)
      release()
      local second = store:lock("a", 60)
      second()
      return { type(release), again, others, type(second) }
    end,
  },
  {
    title = "locks apart from the value of the same key",
    expected = { "v" },
    run = function(place)
      local store = place.open()
      store:set("a", "v", 60)
      store:lock("a", 60)()
      return { store:get "a" }
    end,
  },
}

-- What a store keeps beside that which has room for many keys and whose locks end after their time.
---@type store_contract.Step[]
local timed = {
  {
    title = "holds a value and a lock for each key",
    expected = { "1", "2", "function", "function" },
    run = function(place)
      local store = place.open()
      store:set("a", "1", 60)
      store:set("b", "2", 60)
      local one, other = store:lock("a", 60), store:lock("b", 60)
      one()
      other()
      return { store:get "a", store:get "b", type(one), type(other) }
    end,
  },
  {
    title = "ends a lock that nobody releases",
    expected = { "function", false, "function" },
    run = function(place)
      local store = place.open()
      local mine = store:lock("a", 1)
      local others = store:lock("a", 60)
      place.sleep(1.05)
      local later = store:lock("a", 60)
      later()
      return { type(mine), others, type(later) }
    end,
  },
  {
    title = "does not release a lock that another took over",
    expected = { "function", false, "function" },
    run = function(place)
      local late = place.open():lock("a", 0.1)
      place.sleep(0.15)
      local store = place.open()
      local owner = store:lock("a", 60)
      late()
      local while_owned = store:lock("a", 60)
      owner()
      local after = store:lock("a", 60)
      after()
      return { type(owner), while_owned, type(after) }
    end,
  },
}

local sets = { common = common, timed = timed }

--- Runs a step; its results.
---@param name "common"|"timed"
---@param index integer
---@param place store_contract.Place
function contract.step(name, index, place)
  return sets[name][index].run(place)
end

-- Declares an `it` for each step of a set.
local function declare(name, run)
  local assert, it = require "luassert", require("busted").it
  for index, step in ipairs(sets[name]) do
    it(step.title, function() assert.same(step.expected, run(name, index)) end)
  end
end

--- What runs a step where the spec runs.
---@param place store_contract.Place
function contract.here(place)
  return function(name, index) return contract.step(name, index, place) end
end

--- Declares what every store keeps.
---@param run fun(name: string, index: integer): any[] contract.here, or what calls contract.step elsewhere
function contract.holds(run)
  declare("common", run)
end

--- Declares what a store keeps beside that which has room for many keys and whose locks end after their time.
---@param run fun(name: string, index: integer): any[]
function contract.holds_timed(run)
  declare("timed", run)
end

return contract
