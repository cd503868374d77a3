--- The queue: orders whose evidence is to be fetched, added by whoever hears that a verification was done, and fetched
--- by workers on any number of machines (`facequery work`).  It is kept in Redis.

local check = require "facequery.check"
local connection = require "facequery.queue.connection"
local errors = require "facequery.errors"
local queries = require "facequery.service.query"
local redis = require "facequery.queue.redis"

local queue = {}

--- What makes a queue.
---@class facequery.QueueOptions
---@field redis table|(fun(): table|nil, any) a connected lua-resty-redis or redis-lua client; or a function that returns one, and optionally another that is called when it is done with
---@field name string the queue's: letters, digits, "-", "_" and ".", at most 64
---@field replicas? integer how many replicas of Redis' must have an order before it counts as added, from 1
---@field lang? facequery.Lang of errors, default "en"

local fields = {
  redis = { types = "table function" },
  name = {
    types = "string",
    values = '"a-z", "A-Z", "0-9", "-", "_", "."',
    valid = function(value) return value:find "^[%w._-]+$" ~= nil and #value <= 64 end,
  },
  replicas = {
    types = "number",
    values = "1, 2, ...",
    valid = function(value) return value >= 1 and value % 1 == 0 end,
  },
  lang = { types = "string", values = '"en", "zh"', valid = function(value) return value == "en" or value == "zh" end },
}

-- A time in milliseconds, or of another century, is one that was not meant.
local DAY = 86400
-- Milliseconds that a replica has to say that it has an order.
local REPLICA_PATIENCE = 50

--- Orders whose evidence is to be fetched.
---@class facequery.Queue
---@field private client table|(fun(): table|nil, any) Redis'
---@field private name string its name
---@field private replicas? integer that must have an order
---@field private lang facequery.Lang of errors
local Queue = {}
Queue.__index = Queue

--- The queue of that name.  Nothing is sent yet.
---@param options facequery.QueueOptions
---@return facequery.Queue|nil queue
---@return facequery.Error|nil err INVALID_SETTING
function queue.new(options)
  local code, field, values = check.fields("new", options, fields)
  for _, name in ipairs { "redis", "name" } do
    if options[name] == nil then
      error(("bad argument #1 to 'new' (field '%s' expected)"):format(name), 2)
    end
  end
  if code then
    local lang = options.lang == "zh" and "zh" or "en"
    return nil, errors.from_failure(lang, { status = code, field = field, values = values })
  end
  return setmetatable({
    client = options.redis,
    name = options.name,
    replicas = options.replicas,
    lang = options.lang or "en",
  }, Queue)
end

--- Adds an order, once the front end has reported that the verification was done.  One that is in the queue already
--- stays as it is: adding it again, after an error, too, does no harm.
---@param order_no string 1 to 32 letters and digits
---@param verified_at? number seconds since the epoch: when its person was verified; its files are deleted three days later. nil: now
---@return boolean|nil is_new
---@return facequery.Error|nil err INVALID_ORDER_NO, INVALID_SETTING, or what Redis refused: add it again
function Queue:add(order_no, verified_at)
  if type(order_no) ~= "string" then
    error(("bad argument #1 to 'add' (string expected, got %s)"):format(type(order_no)), 2)
  elseif verified_at ~= nil and type(verified_at) ~= "number" then
    error(("bad argument #2 to 'add' (number expected, got %s)"):format(type(verified_at)), 2)
  elseif not queries.is_order_no(order_no) then
    return nil, errors.new(self.lang, "INVALID_ORDER_NO", { field = "order_no" })
  elseif verified_at and not (verified_at > 0 and verified_at <= os.time() + DAY) then
    return nil, errors.new(self.lang, "INVALID_SETTING", {
      field = "verified_at",
      values = "> 0, <= os.time() + " .. DAY,
      orderNo = order_no,
    })
  end
  local call, done = connection.of(self.client)
  local added, failure = redis.new(call, self.name):add { order_no, ("%.3f"):format(verified_at or os.time()) }
  if added and self.replicas then
    local had
    had, failure = call("wait", self.replicas, REPLICA_PATIENCE)
    if had and had < self.replicas then
      failure = { status = "TRANSPORT", code = "REDIS_NOT_REPLICATED" }
    end
  end
  done()
  if failure then
    return nil, errors.from_failure(self.lang, failure, order_no)
  end
  return added == 1
end

return queue
