--- Asks about one order until its files are there: they come a second or two after the result.

local ask = require "facequery.ask"
local check = require "facequery.check"
local errors = require "facequery.errors"
local exchange = require "facequery.exchange"
local queries = require "facequery.service.query"
local records = require "facequery.service.record"

local collect = {}

-- The page: "轮询3次,每次2s".
local ATTEMPTS, INTERVAL = 3, 2

local MEDIA = records.MEDIA

--- What client:poll takes.  "轮询3次,每次2s"
---@class facequery.PollQuery : facequery.Query
---@field attempts? integer how often it is asked at most, default 3
---@field interval? number seconds between them, default 2

---@type table<string, facequery.Field>
collect.fields = {
  attempts = {
    types = "number",
    values = "1, 2, 3, ...",
    valid = function(value) return value >= 1 and (value == math.huge or value % 1 == 0) end,
  },
  interval = {
    types = "number",
    values = ">= 0, < 1000000000",
    valid = function(value) return value >= 0 and value < 1e9 end,
  },
}
for name, rule in pairs(queries.fields) do
  collect.fields[name] = rule
end

local HASHES = { sha256 = true, sm3 = true }

local function are_hashes(names)
  for _, name in ipairs(names) do
    if not HASHES[name] then
      return false
    end
  end
  return true
end

local function are_paths(list)
  for _, path in ipairs(list) do
    if type(path) ~= "string" or not check.is_clean(path) then
      return false
    end
  end
  return list[1] ~= nil
end

--- What may be said of the archive that takes the files.  Here, so that a run without one loads none.
---@type table<string, facequery.Field>
collect.archive_fields = {
  dir = { types = "string", code = "INVALID_PATH", valid = check.is_clean },
  hashes = { types = "table", valid = are_hashes, values = '"sha256", "sm3"' },
  incomplete = { types = "boolean" },
  encrypt_to = { types = "table", valid = are_paths, values = '{ "CERT.pem", ... }' },
  encrypt_media_to = {
    types = "table",
    valid = function(value, fields) return are_paths(value) and fields.encrypt_to ~= nil end,
    values = '{ "CERT.pem", ... } + encrypt_to',
  },
}

-- Merges an answer with those before it.  A file that was fetched stays, even when the service sends it again without
-- having been asked; so does a damaged one, unless it is sent again whole.
local function merge(record, before)
  if not record or not before then
    return record or before
  end
  local damaged
  for _, name in ipairs(MEDIA) do
    record[name] = before[name] or record[name]
    local damage = (record.damaged or {})[name] or (before.damaged or {})[name]
    -- A second file that came beside a good one stays, too.
    if damage and (not record[name] or damage.code == "DUPLICATE_MEDIA") then
      damaged = damaged or {}
      damaged[name] = damage
    end
  end
  record.damaged = damaged
  return record
end

local function has(record, name)
  return record ~= nil and (record[name] ~= nil or (record.damaged ~= nil and record.damaged[name] ~= nil))
end

-- What is still to be asked for.
local function missing_in(record, media)
  local missing = {}
  for _, name in ipairs(MEDIA) do
    missing[name] = media[name] and not has(record, name)
  end
  return missing
end

local function wanted_by(query)
  local media = queries.media(query)
  return (media.photo or media.video) and media or { photo = true, video = true }
end

-- Tells the listener, and waits until the next attempt.
local function wait(asker, query, attempt, interval, merged)
  exchange.tell(asker, {
    type = "pending",
    order_no = query.order_no,
    attempt = attempt,
    biz_seq_no = merged.bizSeqNo,
    delay = interval,
  })
  local rest = asker.rest or asker.sleep
  rest(interval)
end

local function pending(asker, query, merged)
  return nil, errors.new(asker.settings.lang, "MEDIA_PENDING", {
    orderNo = query.order_no,
    bizSeqNo = merged.bizSeqNo,
    msg = merged.msg,
    record = merged,
  })
end

--- As ask.once, until the media asked for (default: both) are there; each is fetched once.
---@param asker facequery.Asker
---@param query facequery.PollQuery checked
---@param is_evidence? fun(err: facequery.Error): boolean a refusal to be kept, and polled for its files, too
---@return facequery.Record|nil
---@return facequery.Error|nil
---@return facequery.Record|nil kept of a refusal that is evidence, or of an answer with a damaged file: with all that came
function collect.poll(asker, query, is_evidence)
  local attempts, interval = query.attempts or ATTEMPTS, query.interval or INTERVAL
  local missing, merged, refusal = wanted_by(query), nil, nil
  for attempt = 1, attempts do
    local record, err = ask.answer(asker, query, missing)
    -- A refusal is judged by what it brought itself, and does not refuse what was verified before.
    local is_kept = err and not (merged and merged.code == "0") and is_evidence and is_evidence(err)
    if err and refusal and not is_kept then
      return nil, refusal, refusal.record
    end
    merged = merge(record or err.record, merged)
    if err then
      err.record = merged
    end
    refusal = is_kept and err or nil
    missing = missing_in(merged, missing)
    local is_complete = not missing.photo and not missing.video
    if err and (is_complete or not is_kept or attempt == attempts) then
      return nil, err, refusal and merged
    elseif is_complete then
      local whole, damage = ask.whole(asker, record, query.order_no)
      return whole, damage, damage and merged
    end
    if attempt < attempts then
      wait(asker, query, attempt, interval, merged)
    end
  end
  return pending(asker, query, merged)
end

return collect
