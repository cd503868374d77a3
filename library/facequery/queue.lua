---@meta facequery.queue

-- Made of the annotations in lua/ by `make docs`.

--- What makes a queue.
---@class facequery.QueueOptions
---@field redis table|(fun(): table|nil, any) a connected lua-resty-redis or redis-lua client; or a function that returns one, and optionally another that is called when it is done with
---@field name string the queue's: letters, digits, "-", "_" and ".", at most 64
---@field replicas? integer how many replicas of Redis' must have an order before it counts as added, from 1
---@field lang? facequery.Lang of errors, default "en"

--- Orders whose evidence is to be fetched.
---@class facequery.Queue
local Queue = {}

--- Adds an order, once the front end has reported that the verification was done.  One that is in the queue already
--- stays as it is: adding it again, after an error, too, does no harm.
---@param order_no string 1 to 32 letters and digits
---@param verified_at? number seconds since the epoch: when its person was verified; its files are deleted three days later. nil: now
---@return boolean|nil is_new
---@return facequery.Error err INVALID_ORDER_NO, INVALID_SETTING, or what Redis refused: add it again
function Queue:add(order_no, verified_at) end

--- The queue: orders whose evidence is to be fetched, added by whoever hears that a verification was done, and fetched
--- by workers on any number of machines (`facequery work`).  It is kept in Redis.
local queue = {}

--- The queue of that name.  Nothing is sent yet.
---@param options facequery.QueueOptions
---@return facequery.Queue|nil queue
---@return facequery.Error err INVALID_SETTING
function queue.new(options) end

return queue
