--- A stand-in for Redis: the queue's own scripts run in this process, over commands in memory, with a clock of the
--- caller's.  For what a real one is too slow for; spec/queue/standin_spec.lua holds it to a real one.

local redis = {}

local commands = {}
for _, name in ipairs { "sorted", "stream" } do
  for command, run in pairs(require("help.standin." .. name)) do
    commands[command] = run
  end
end

function commands.TIME(database)
  local now = database.now()
  return { math.floor(now), math.floor(now % 1 * 1000000) }
end

--- SET key value [NX] PX ms: all that the scripts set ends some time.
function commands.SET(database, key, value, ...)
  local words, now = { ... }, database.now()
  local before = database[key]
  if words[1] == "NX" and before and before.ends > now then
    return false
  end
  database[key] = { value = value, ends = now + words[#words] / 1000 }
  return { ok = "OK" }
end

function commands.GET(database, key)
  local found = database[key]
  return found and found.ends > database.now() and found.value or false
end

function commands.DEL(database, key)
  database[key] = nil
  return 1
end

local function hash_at(database, key)
  database[key] = database[key] or {}
  return database[key]
end

-- A number stays one: in Redis it has 17 digits, which make the same number again.
function commands.HSET(database, key, ...)
  local hash = hash_at(database, key)
  for i = 1, select("#", ...), 2 do
    local field, value = select(i, ...)
    hash[field] = value
  end
  return 1
end

function commands.HGET(database, key, field)
  return hash_at(database, key)[field] or false
end

function commands.HMGET(database, key, ...)
  local hash, values = hash_at(database, key), { ... }
  for i, field in ipairs(values) do
    values[i] = hash[field] or false
  end
  return values
end

function commands.HDEL(database, key, field)
  local hash = hash_at(database, key)
  local was_there = hash[field] ~= nil
  hash[field] = nil
  return was_there and 1 or 0
end

function commands.HINCRBY(database, key, field, by)
  local hash = hash_at(database, key)
  hash[field] = (hash[field] or 0) + by
  return hash[field]
end

-- Compiles a script as Redis does: its globals are Lua's own, those of Redis, KEYS and ARGV.
local function compile(text, globals)
  text = text:gsub("^#![^\n]*", "") -- flags of Redis'
  if setfenv then
    return setfenv(assert(loadstring(text)), globals) -- luacheck: ignore
  end
  return assert(load(text, "script", "t", globals))
end

-- What a script returns, as a client has it: a truth is 1, and false nothing.
local function answer(value)
  if value == true then
    return 1
  elseif value == false then
    return nil
  end
  return value
end

---@class help.Standin
---@field call fun(command: string, ...): any, facequery.Failure|nil for facequery.queue.redis
---@field database table the keys; `on_add` in it is called with a stream's key after an XADD

---@param now fun(): number seconds since the epoch
---@return help.Standin
function redis.new(now)
  local database, scripts = { now = now }, {}
  local api = {}
  function api.pcall(command, ...)
    return commands[command](database, ...)
  end
  function api.call(command, ...)
    local value = commands[command](database, ...)
    if type(value) == "table" and value.err then
      error(value.err, 0)
    end
    return value
  end
  local globals = setmetatable({ redis = api, unpack = table.unpack or unpack }, { __index = _G })

  local function eval(text, count, ...)
    scripts[text] = scripts[text] or compile(text, globals)
    local words, keys, arguments = { ... }, {}, {}
    for i = 1, count do
      keys[i] = words[i]
    end
    for i = count + 1, #words do
      arguments[i - count] = tostring(words[i])
    end
    globals.KEYS, globals.ARGV = keys, arguments
    return answer(scripts[text]())
  end
  local function call(command, ...)
    if command == "eval" then
      return eval(...)
    end
    return answer(api.call(command:upper(), ...))
  end
  return { call = call, database = database }
end

return redis
