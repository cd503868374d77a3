--- A client: what can be asked of the service.  Its parts live in closures, so that whoever prints or
--- logs the client sees neither ticket nor secret.

local ask = require "facequery.ask"
local asker = require "facequery.asker"
local callbacks = require "facequery.service.callback"
local check = require "facequery.check"
local collect = require "facequery.collect"
local config = require "facequery.config"
local core = require "facequery.core"
local errors = require "facequery.errors"
local files = require "facequery.files"
local queries = require "facequery.service.query"
local records = require "facequery.service.record"
local ticket_requests = require "facequery.service.ticket"
local transport = require "facequery.transport"

local client = {}

local unpack = table.unpack or unpack -- luacheck: std max

-- A folder that does not exist is an error before anything is sent, not once the files have arrived.
local function check_paths(lang, query)
  for _, name in ipairs(records.MEDIA) do
    local path = query[name .. "_path"]
    local folder = path and files.missing_folder(path)
    if folder then
      return nil, errors.from_failure(lang, {
        status = "FILE_UNWRITABLE",
        field = name,
        detail = folder .. ": no such folder",
      }, query.order_no)
    end
  end
  return true
end

-- Checks a query.  A wrong type raises at the caller of the public method; a bad value returns nil and an error.
local function check_query(lang, name, query, fields, required)
  local code, field, values = check.fields(name, query, fields, 4)
  for _, needed in ipairs(required) do
    if query[needed] == nil then
      error(("bad argument #1 to '%s' (field '%s': string expected, got nil)"):format(name, needed), 3)
    end
  end
  if code then
    -- The error does not repeat a bad order number, which may hold anything.
    return nil, errors.from_failure(lang, { status = code, field = field, values = values })
  end
  return check_paths(lang, query)
end

-- Raises at the caller of client:sign unless `values` is a list of strings: 1 and 1.0 would sign differently on
-- different Luas, and a name in the table would not be signed at all.
local function check_values(values)
  if type(values) ~= "table" then
    error(("bad argument #1 to 'sign' (table expected, got %s)"):format(type(values)), 3)
  end
  local count = 0
  for name, value in pairs(values) do
    count = count + 1
    if type(name) ~= "number" or values[count] == nil or type(value) ~= "string" then
      error("bad argument #1 to 'sign' (a list of strings expected)", 3)
    end
  end
  if count == 0 then
    error("bad argument #1 to 'sign' (values to sign expected)", 3)
  end
end

local metatable = {
  __name = "facequery.client",
  __tostring = function() return "facequery.client" end,
}

-- The methods that ask about orders.
local function add_queries(self, own)
  local lang = own.settings.lang

  --- What asks the service: facequery.new makes it.  Its methods raise on wrong types, and return nil and an error for
  --- everything else.
  ---@class facequery.Client
  local methods = self

  --- The result, and the media that were asked for ("查询核身结果", queryfacerecord).  Retried as the settings say.
  ---@param query facequery.Query
  ---@return facequery.Record|nil record of code "0" alone
  ---@return facequery.Error|nil err of any kind but "pending"; what the service did send is in `err.record`
  function methods.query(_, query)
    local ok, err = check_query(lang, "query", query, queries.fields, { "order_no" })
    if not ok then
      return nil, err
    end
    return ask.once(own, query)
  end

  --- As query, until the media asked for (default: both) are there, which may be seconds later ("注意事项"); each is
  --- fetched once.
  ---@param query facequery.PollQuery
  ---@return facequery.Record|nil record of code "0" alone, with the files
  ---@return facequery.Error|nil err as of query; MEDIA_PENDING, of kind "pending", when they never came
  function methods.poll(_, query)
    local ok, err = check_query(lang, "poll", query, collect.fields, { "order_no" })
    if not ok then
      return nil, err
    end
    local record
    record, err = collect.poll(own, query)
    return record, err
  end
end

-- The methods that keep what was asked for, and ask for many orders.
local function add_evidence(self, own)
  local lang = own.settings.lang

  ---@class facequery.Client
  local methods = self

  --- Fetches the order's evidence into a bundle in the archive: the record, photo, video and a
  --- manifest of their digests.  An order that is there already is left alone.  Waits for the disk:
  --- not for nginx.
  ---@param query facequery.ArchiveQuery
  ---@return facequery.Bundle|nil bundle of a verified order, or of a refusal that is evidence, too: look at its `code`
  ---@return facequery.Error|nil err as of poll, or of kind "storage"; with `err.bundle` where a file came damaged and was kept so
  function methods.archive(_, query)
    local archive = require "facequery.archive"
    local ok, err = check_query(lang, "archive", query, archive.fields, { "order_no", "dir" })
    if not ok then
      return nil, err
    end
    return archive.one(own, query)
  end

  --- Many orders at once, in one thread: `for order_no, record, err in client:each(orders) do`.
  --- Results come as they are ready.  Blocks: not for nginx.
  ---@param orders string[]|(fun(): string|nil) order numbers, or what returns the next one and nil after the last
  ---@param options? facequery.EachOptions
  ---@return (fun(): string|nil, facequery.Record|facequery.Bundle|nil, facequery.Error|nil)|nil iterator order number, record (with `dir`: bundle), error
  ---@return facequery.Error|nil err where nothing can be begun
  function methods.each(_, orders, options)
    return require("facequery.many").each(own.settings, orders, options or {})
  end
end

-- Another process may have renewed the ticket since this one looked: a second look at the store, but
-- never a renewal, which a forged url must not cause.
local function verify_callback(own, parameters)
  local code, order_no, sign = callbacks.read(parameters)
  local failure
  for _, fresh in ipairs(code and { false, true } or {}) do
    local tickets
    tickets, failure = own.tickets:candidates(fresh)
    if callbacks.is_signed(own.settings.app_id, tickets, code, order_no, sign) then
      return true
    end
  end
  -- When no ticket is there to compare with, the failure says so: the url may be genuine.
  return nil, failure or { status = "INVALID_CALLBACK_SIGN" }
end

-- The methods around a scan: before it, and when the user is back.
local function add_scans(self, own)
  local lang = own.settings.lang

  ---@class facequery.Client
  local methods = self

  --- Registers a scan and opens it: returns the url for the user's browser, or the parameters for the app's SDK.  Made
  --- at the click: it works once, for 120 seconds.  After any error the next start takes a new order number.
  --- ("合作方后台上传身份信息", "启动人脸核身")  It takes `secret`.
  ---@param query facequery.StartQuery
  ---@return facequery.Scan|nil scan
  ---@return facequery.Error|nil err SECRET_MISSING, IDENTITY_MISSING, INVALID_PERSON, FIELD_UNUSED, NO_FACE_ID; or what the service refused, with none of its words
  function methods.start(_, query)
    local start = require "facequery.start"
    local ok, err = check_query(lang, "start", query, start.fields, start.required(query))
    if not ok then
      return nil, err
    end
    return start.run(own, query)
  end

  --- Is the H5 return url the service's own ("前端获取结果验证签名")?  Constant in time; covers code and orderNo, and neither
  --- liveRate nor h5faceId.  Whatever comes from a url is no type to raise for: what is not a string
  --- does not match.
  ---@param parameters facequery.Callback
  ---@return true|nil is_genuine
  ---@return facequery.Error|nil err INVALID_CALLBACK_SIGN; or why there is no ticket to compare with, which says nothing of the url
  function methods.verify_callback(_, parameters)
    if type(parameters) ~= "table" then
      error(("bad argument #1 to 'verify_callback' (table expected, got %s)"):format(type(parameters)), 2)
    end
    local ok, failure = verify_callback(own, parameters)
    if not ok then
      return nil, errors.from_failure(lang, failure)
    end
    return true
  end
end

-- The methods about the ticket.
local function add_tickets(self, own)
  local lang = own.settings.lang

  ---@class facequery.Client
  local methods = self

  --- Signs a call of the service that this client has no method for, with its current SIGN ticket: the values are
  --- sorted bytewise and joined, the ticket among them, and go through SHA-1.
  ---@param values string[] all but the ticket
  ---@return string|nil sign 40 upper-case hex digits
  ---@return facequery.Error|nil err where there is no ticket, and none was granted
  function methods.sign(_, values)
    check_values(values)
    local ticket, failure = own.tickets:get()
    local sign
    if ticket then
      local all = { unpack(values) }
      all[#all + 1] = ticket
      sign, failure = core.sign(unpack(all))
    end
    if not sign then
      return nil, errors.from_failure(lang, failure)
    end
    return sign
  end

  --- A NONCE ticket ("获取 NONCE ticket"), which signs one start by one user: fetched each time, kept nowhere.  It takes
  --- `secret`.
  ---@param query facequery.NonceQuery
  ---@return facequery.NonceTicket|nil ticket
  ---@return facequery.Error|nil err SECRET_MISSING; or why none was granted
  function methods.nonce_ticket(_, query)
    local ok, err = check_query(lang, "nonce_ticket", query, ticket_requests.fields, { "user_id" })
    if not ok then
      return nil, err
    end
    return ask.nonce_ticket(own, query.user_id)
  end

  --- Gets a ticket, renewed where it is time, and says how old it is: what a timer calls to keep it
  --- fresh.
  ---@return facequery.TicketAge|nil status
  ---@return facequery.Error|nil err where there is none, and none was granted
  function methods.ticket_status(_)
    local status, failure = own.tickets:status()
    if not status then
      return nil, errors.from_failure(lang, failure)
    end
    return status
  end
end

--- A client of the service.  Nothing is sent yet.
---@param options? facequery.Config
---@return facequery.Client|nil client
---@return facequery.Error|nil err a setting's bad value, of kind "invalid_request"; TICKET_MISSING; NO_TRANSPORT
function client.new(options)
  if options == nil then
    options = {}
  end
  check.fields("new", options, config.fields)
  local settings, failure = config.complete(options)
  if not settings then
    local lang = options.lang == "zh" and "zh" or "en"
    return nil, errors.from_failure(lang, failure)
  end
  local own
  local send, sleep, close = transport.choose(settings)
  if not send then
    return nil, errors.from_failure(settings.lang, sleep)
  end
  own, failure = asker.new(settings, send, sleep)
  if not own then
    return nil, errors.from_failure(settings.lang, failure)
  end
  ---@class facequery.Client
  local self = {}
  add_queries(self, own)
  add_evidence(self, own)
  add_scans(self, own)
  add_tickets(self, own)

  --- Closes the connection; the next query opens another.
  function self.close(_)
    if close then
      close()
    end
  end

  return setmetatable(self, metatable)
end

return client
