--- Redis' streams, as far as the queue's scripts use them.

local stream = {}

local function new_stream()
  return {
    entries = {}, -- by place, from 1 to `last`; without those that were deleted
    places = {}, -- by id
    last = 0,
    count = 0,
    last_id = "0-0", last_time = 0, last_number = 0,
  }
end

local function stream_at(database, key)
  database[key] = database[key] or new_stream()
  return database[key]
end

-- Streams of these scripts have one group at most.
local function group_at(database, key)
  local group = database[key] and database[key].group
  if group then
    return group
  end
  return nil, { err = "NOGROUP No such key or consumer group" }
end

local function milliseconds(database)
  return math.floor(database.now() * 1000)
end

function stream.XADD(database, key, _, ...)
  local self, time = stream_at(database, key), milliseconds(database)
  self.last_number = time > self.last_time and 0 or self.last_number + 1
  self.last_time = math.max(time, self.last_time)
  self.last_id = ("%.0f-%.0f"):format(self.last_time, self.last_number)
  self.last, self.count = self.last + 1, self.count + 1
  self.entries[self.last] = { self.last_id, { ... } }
  self.places[self.last_id] = self.last
  if database.on_add then
    database.on_add(key)
  end
  return self.last_id
end

function stream.XDEL(database, key, id)
  local self = stream_at(database, key)
  local place = self.places[id]
  if not place then
    return 0
  end
  self.places[id], self.entries[place], self.count = nil, nil, self.count - 1
  return 1
end

function stream.XLEN(database, key)
  return database[key] and database[key].count or 0
end

--- One entry by its id, or those behind an id: XRANGE key ID ID, XRANGE key (ID + COUNT n.
function stream.XRANGE(database, key, from, _, _, count)
  local self, list = stream_at(database, key), {}
  local behind = from:match "^%((.*)"
  if not behind then
    list[1] = self.entries[self.places[from]]
    return list
  end
  local place = behind == "0-0" and 0 or self.places[behind] or self.last
  while place < self.last and #list < count do
    place = place + 1
    list[#list + 1] = self.entries[place]
  end
  return list
end

function stream.XINFO(database, _, key)
  return database[key] and { "last-generated-id", database[key].last_id } or { err = "ERR no such key" }
end

function stream.XGROUP(database, _, key)
  local self = stream_at(database, key)
  if self.group then
    return { err = "BUSYGROUP Consumer Group name already exists" }
  end
  -- Pending entries are a ring, in the order of their ids, with the group itself between the last and the first.
  self.group = { place = 0, pending = {}, count = 0 }
  self.group.next, self.group.previous = self.group, self.group
  return { ok = "OK" }
end

local function give(group, id, consumer, time)
  local given = { id = id, consumer = consumer, since = time, deliveries = 1, previous = group.previous, next = group }
  group.previous.next, group.previous = given, given
  group.pending[id], group.count = given, group.count + 1
end

local function take_back(group, given)
  given.previous.next, given.next.previous = given.next, given.previous
  group.pending[given.id], group.count = nil, group.count - 1
end

--- XREADGROUP GROUP group consumer COUNT n STREAMS key >
function stream.XREADGROUP(database, _, _, consumer, _, count, _, key)
  local group, refused = group_at(database, key)
  if not group then
    return refused
  end
  local self, list, time = database[key], {}, milliseconds(database)
  while group.place < self.last and #list < count do
    group.place = group.place + 1
    local entry = self.entries[group.place]
    if entry then
      list[#list + 1] = entry
      give(group, entry[1], consumer, time)
    end
  end
  return list[1] and { { key, list } } or false
end

function stream.XACK(database, key, _, id)
  local group = group_at(database, key)
  local given = group and group.pending[id]
  if not given then
    return 0
  end
  take_back(group, given)
  return 1
end

-- As XPENDING tells of one that was given.
local function told(given, time)
  return { given.id, given.consumer, time - given.since, given.deliveries }
end

--- XPENDING key group, or XPENDING key group ID ID 1 consumer, or XPENDING key group IDLE ms - + 1 [consumer]
function stream.XPENDING(database, key, _, first, second, _, of, _, consumer)
  local group, refused = group_at(database, key)
  if not group then
    return refused
  elseif not first then
    return { group.count }
  end
  local time = milliseconds(database)
  if first ~= "IDLE" then
    local one = group.pending[first]
    return { one and one.consumer == of and told(one, time) or nil }
  end
  local given = group.next
  while given ~= group do
    if time - given.since >= tonumber(second) and (not consumer or given.consumer == consumer) then
      return { told(given, time) }
    end
    given = given.next
  end
  return {}
end

--- XCLAIM key group consumer ms ID [IDLE ms] [RETRYCOUNT n] [JUSTID]
function stream.XCLAIM(database, key, _, consumer, least, id, ...)
  local self, group, time = stream_at(database, key), group_at(database, key), milliseconds(database)
  local given, words, options = group and group.pending[id], { ... }, {}
  for i, word in ipairs(words) do
    options[word] = words[i + 1] or true
  end
  if not given or time - given.since < tonumber(least) then
    return {}
  elseif not self.places[id] then
    take_back(group, given)
    return {}
  end
  given.consumer = consumer
  given.since = time - (tonumber(options.IDLE) or 0)
  given.deliveries = tonumber(options.RETRYCOUNT) or given.deliveries + (options.JUSTID and 0 or 1)
  return { self.entries[self.places[id]] }
end

return stream
