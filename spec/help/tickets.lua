--- What the specs of tickets share: a sandbox that has counted nothing, an empty store, a clock that stands still.

local cjson = require "cjson"
local config = require "facequery.config"
local curl = require "facequery.transport.curl"
local facequery = require "facequery"
local keeper = require "facequery.tickets.keeper"
local memory = require "facequery.tickets.memory"
local support = require "help.support"

local unpack = table.unpack or unpack -- luacheck: std max

local tickets = {}

--- Resets the sandbox and stops the clock, which the spec has to restore().  Returns the clock, an empty store
--- and an empty list for events.
function tickets.begin()
  support.control("reset", "POST")
  local clock = support.stop_clock()
  clock.now = math.floor(clock.now)
  return clock, memory.new(), {}
end

--- A client with the sandbox's secret that sleeps on the clock and tells of its events in the list.
---@param changes? table<string, any> settings
---@return facequery.Client
function tickets.client(clock, store, events, changes)
  local settings = {
    secret = support.env "SANDBOX_SECRET", ticket_store = store, sleep = clock.sleep,
    on_event = function(event) events[#events + 1] = event end,
  }
  for name, value in pairs(changes or {}) do
    settings[name] = value
  end
  return assert(facequery.new(settings))
end

--- Queries an order that nobody has asked for yet: "verified", or another word of the sandbox's.
function tickets.query(client, word)
  return client:query { order_no = support.order(word or "verified") }
end

--- How many queries, refused signatures and access tokens there were since the reset.
function tickets.counted()
  local all = support.counters()
  return { all.queries, all.refused_signs, all.access_tokens }
end

--- The ticket that the store holds, which a client fetches where there is none.
function tickets.ticket_in(store, clock)
  local text
  local spy = {}
  function spy.get(_, key)
    text = store:get(key) or text
    return store:get(key)
  end
  function spy.set(_, key, value, seconds)
    text = value
    return store:set(key, value, seconds)
  end
  function spy.lock(_, ...) return store:lock(...) end
  local client = tickets.client(clock, spy, {})
  assert(client:ticket_status())
  client:close()
  return cjson.decode(text).ticket
end

-- Keepers ---------------------------------------------------------------------------------------

--- A keeper with the sandbox's secret, as a client of these settings has one.
---@param changes? table<string, any> settings
function tickets.keeper(clock, store, events, changes)
  local given = { secret = support.env "SANDBOX_SECRET", ticket_store = store, timeout = 5 }
  for name, value in pairs(changes or {}) do
    given[name] = value
  end
  local settings = assert(config.complete(given))
  settings.on_event = function(event) events[#events + 1] = event end
  return keeper.new {
    settings = settings, send = settings.transport or curl.new(), sleep = settings.sleep or clock.sleep,
  }
end

--- A function that gets the keeper's ticket: for a coroutine.
---@param keep facequery.Keeper
---@return fun(): string|nil, facequery.Failure|nil
function tickets.getting(keep)
  return function() return keep:get() end
end

--- The "ticket" events as words: "fetched", "failed 500".
function tickets.told(events)
  local words = {}
  for _, event in ipairs(events) do
    if event.type == "ticket" then
      words[#words + 1] = event.action .. (event.code and " " .. event.code or "")
    end
  end
  return words
end

--- A transport that lets other coroutines run before and after each exchange.
function tickets.yielding()
  local send = curl.new()
  return function(request)
    coroutine.yield "sending"
    local response, failure = send(request)
    coroutine.yield "received"
    return response, failure
  end
end

--- Runs functions as coroutines, in turn, until all have ended.  Returns what each returned.
---@param functions function[]
---@return any[][]
function tickets.together(functions)
  local threads, results, left = {}, {}, #functions
  for i, work in ipairs(functions) do
    threads[i] = coroutine.create(work)
  end
  for _ = 1, 10000 do
    for i, thread in ipairs(threads) do
      if coroutine.status(thread) ~= "dead" then
        local back = { coroutine.resume(thread) }
        assert(back[1], back[2])
        if coroutine.status(thread) == "dead" then
          results[i], left = { unpack(back, 2) }, left - 1
        end
      end
    end
    if left == 0 then
      return results
    end
  end
  error "they wait for ever"
end

return tickets
