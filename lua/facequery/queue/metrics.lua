--- What a worker counts, and its text for Prometheus (exposition format 0.0.4).  It is told all that it says: it has no
--- clock, no socket and no file.  A label's value is one of a few that are known beforehand, and never of an order's.

local codes = require "facequery.codes"

local metrics = {}

-- What may become of an order that a worker was given.
metrics.RESULTS = { "archived", "existing", "later", "dead" }

-- Upper bounds of the histogram's buckets, in seconds.
local BUCKETS = { 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120 }

---@class facequery.Metrics
---@field build table<string, string> labels of facequery_build_info
---@field orders table<string, integer> by result
---@field errors table<string, integer> by kind
---@field buckets integer[] fetches by duration, the longest last
---@field seconds number of all fetches together
---@field fetches integer
---@field bytes integer
---@field in_flight integer
local Metrics = {}
Metrics.__index = Metrics

--- All counters begin at nought, and are there before anything is counted: a rate sees their first step, too.
---@param build table<string, string> what this program is, for facequery_build_info
---@return facequery.Metrics
function metrics.new(build)
  local self = { build = build, orders = {}, errors = {}, buckets = {}, seconds = 0, fetches = 0, bytes = 0,
    in_flight = 0 }
  for _, result in ipairs(metrics.RESULTS) do
    self.orders[result] = 0
  end
  for _, kind in ipairs(codes.kinds) do
    self.errors[kind] = 0
  end
  for i = 1, #BUCKETS + 1 do
    self.buckets[i] = 0
  end
  return setmetatable(self, Metrics)
end

--- An order has ended for this worker, or is put off.
---@param result "archived"|"existing"|"later"|"dead"
---@param kind? facequery.Kind of its error, where it has one
function Metrics:ended(result, kind)
  self.orders[result] = self.orders[result] + 1
  if kind then
    self.errors[kind] = self.errors[kind] + 1
  end
end

--- An order's fetching begins.
function Metrics:begin()
  self.in_flight = self.in_flight + 1
end

--- It has ended, with whatever result.
---@param seconds number that it took
function Metrics:fetched(seconds)
  self.in_flight = self.in_flight - 1
  self.fetches = self.fetches + 1
  self.seconds = self.seconds + seconds
  local i = 1
  while BUCKETS[i] and seconds > BUCKETS[i] do
    i = i + 1
  end
  self.buckets[i] = self.buckets[i] + 1
end

--- An answer has come.
---@param response facequery.Response
function Metrics:received(response)
  local bytes = #response.envelope
  for _, files in ipairs { response.media or {}, response.damaged or {} } do
    for _, file in pairs(files) do
      bytes = bytes + (file.size or 0)
    end
  end
  self.bytes = self.bytes + bytes
end

local function number(value)
  if value == math.huge then
    return "+Inf"
  end
  return ("%.14g"):format(value)
end

local function label(name, value)
  return ('%s="%s"'):format(name, (value:gsub('[\\"\n]', { ["\\"] = "\\\\", ['"'] = '\\"', ["\n"] = "\\n" })))
end

-- A metric's lines.  `samples`: { labels or "", value, and what stands behind the name } each.
local function add(lines, name, kind, help, samples)
  lines[#lines + 1] = ("# HELP %s %s"):format(name, help)
  lines[#lines + 1] = ("# TYPE %s %s"):format(name, kind)
  for _, sample in ipairs(samples) do
    local labels = sample[1] ~= "" and "{" .. sample[1] .. "}" or ""
    lines[#lines + 1] = ("%s%s%s %s"):format(name, sample[3] or "", labels, number(sample[2]))
  end
end

local function by(name, values, order)
  local samples = {}
  for i, value in ipairs(order) do
    samples[i] = { label(name, value), values[value] }
  end
  return samples
end

local function histogram(self)
  local samples, count = {}, 0
  for i, bucket in ipairs(self.buckets) do
    count = count + bucket
    samples[i] = { label("le", number(BUCKETS[i] or math.huge)), count, "_bucket" }
  end
  samples[#samples + 1] = { "", self.seconds, "_sum" }
  samples[#samples + 1] = { "", self.fetches, "_count" }
  return samples
end

-- The queue's gauges: field of facequery.QueueStatus, name, help.
local OF_QUEUE = {
  { "waiting", "facequery_queue_waiting", "Orders that wait for a worker." },
  { "in_flight", "facequery_queue_pending", "Orders that workers have been given." },
  { "later", "facequery_queue_later", "Orders that are asked for again later." },
  { "dead", "facequery_queue_dead", "Orders that are not asked for any more." },
}

---@class facequery.MetricsKnown what is known at the moment; what is nil is left out
---@field status? facequery.QueueStatus
---@field oldest_age? number seconds since the verification of the order that has waited longest
---@field rate? number requests a second that the fleet may send; math.huge: as many as it likes
---@field ticket_expires? number seconds
---@field is_up boolean the queue's Redis answers

local function add_queue(lines, known)
  add(lines, "facequery_redis_up", "gauge", "Whether the queue's Redis answers this worker.",
    { { "", known.is_up and 1 or 0 } })
  local status = known.status
  for _, gauge in ipairs(status and OF_QUEUE or {}) do
    add(lines, gauge[2], "gauge", gauge[3], { { "", status[gauge[1]] } })
  end
  if status then
    add(lines, "facequery_orders_due", "gauge", "Open orders whose files the service deletes within so long, or has.",
      { { label("within", "6h"), status.due_6h }, { label("within", "24h"), status.due_24h } })
  end
  if known.oldest_age then
    add(lines, "facequery_oldest_order_age_seconds", "gauge", "Since the verification of the oldest open order.",
      { { "", known.oldest_age } })
  end
  if known.rate then
    add(lines, "facequery_rate_limit_per_second", "gauge", "Requests that the whole fleet may send.",
      { { "", known.rate } })
  end
end

--- The text.
---@param known facequery.MetricsKnown
---@return string
function Metrics:text(known)
  local lines, build = {}, {}
  for _, name in ipairs { "version", "lua", "openssl", "libcurl" } do
    build[#build + 1] = self.build[name] and label(name, self.build[name])
  end
  add(lines, "facequery_build_info", "gauge", "What this worker is.", { { table.concat(build, ","), 1 } })
  add(lines, "facequery_orders_total", "counter", "Orders that this worker was given, by what became of them.",
    by("result", self.orders, metrics.RESULTS))
  add(lines, "facequery_errors_total", "counter", "Errors that orders ended with or are put off for, by kind.",
    by("kind", self.errors, codes.kinds))
  add(lines, "facequery_fetch_duration_seconds", "histogram", "From an order's first request until it is durable.",
    histogram(self))
  add(lines, "facequery_fetched_bytes_total", "counter", "Answers and, decoded, their files.", { { "", self.bytes } })
  add(lines, "facequery_in_flight", "gauge", "Orders that this worker fetches at the moment.",
    { { "", self.in_flight } })
  if known.ticket_expires then
    add(lines, "facequery_ticket_expires_seconds", "gauge", "Until the ticket at hand dies.",
      { { "", known.ticket_expires } })
  end
  add_queue(lines, known)
  return table.concat(lines, "\n") .. "\n"
end

return metrics
