--- Clients of the sandbox that remember what they did, and what the specs of clients ask of a result.

local assert = require "luassert"
local cjson = require "cjson"
local curl = require "facequery.transport.curl"
local facequery = require "facequery"
local support = require "help.support"

local clients = {}

---@class clients.Seen
---@field requests table[] what its transport was asked to send
---@field responses table[] what that brought, under the request's index
---@field events table[]
---@field sleeps number[] the seconds that it would have slept: it does not
---@field close fun() closes the transport's connection

--- A client of the sandbox, and what it has seen so far.  A setting that is false is left out.
---@param settings? table<string, any>
---@return facequery.Client client
---@return clients.Seen seen
function clients.new(settings)
  local transport, close = curl.new()
  local seen = { requests = {}, responses = {}, events = {}, sleeps = {}, close = close }
  local all = {
    timeout = 10,
    transport = function(request)
      seen.requests[#seen.requests + 1] = request
      local response, failure = transport(request)
      seen.responses[#seen.requests] = response
      return response, failure
    end,
    sleep = function(seconds) seen.sleeps[#seen.sleeps + 1] = seconds end,
    on_event = function(event) seen.events[#seen.events + 1] = event end,
  }
  for name, value in pairs(settings or {}) do
    all[name] = value or nil
  end
  return assert(facequery.new(all)), seen
end

--- The getFile of each request, "-" where there is none: "1 3 -".
function clients.asked_for(seen)
  local list = {}
  for i, request in ipairs(seen.requests) do
    list[i] = cjson.decode(request.body).getFile or "-"
  end
  return table.concat(list, " ")
end

--- The types of the events: "request response retry".
function clients.steps(seen)
  local list = {}
  for i, event in ipairs(seen.events) do
    list[i] = event.type
  end
  return table.concat(list, " ")
end

--- Holds that the call raises, and that its message has this part.
function clients.raises(part, call, ...)
  local ok, message = pcall(call, ...)
  assert.is_false(ok, "did not raise")
  assert.matches(part, tostring(message), 1, true)
end

--- Holds that a method returned nil and an error of this kind and code; returns the error.
function clients.fails(kind, code, record, err)
  assert.is_nil(record)
  assert.same({ kind, code }, { err.kind, err.code })
  return err
end

-- Media -----------------------------------------------------------------------------------------

local NAMES = { jpeg = "photo.jpg", png = "photo.png", mp4 = "video.mp4" }
local MIMES = { jpeg = "image/jpeg", png = "image/png", mp4 = "video/mp4" }
local files

--- The sandbox's media by format: their `path`, `bytes` and `sha256`, as sha256sum has it.
function clients.files()
  if not files then
    files = {}
    for format, name in pairs(NAMES) do
      local path = support.medium_path(name)
      files[format] = { path = path, bytes = support.medium(name), sha256 = support.sha256(path) }
    end
  end
  return files
end

--- Holds that a record's medium, in memory or in a file, is the sandbox's of this format.
function clients.holds(medium, format)
  local file = clients.files()[format]
  assert.is_true((medium.data or support.read_file(medium.path)) == file.bytes)
  assert.same({ #file.bytes, format, MIMES[format], file.sha256 },
    { medium.size, medium.format, medium.mime, medium.sha256 })
end

--- Holds that a record has the sandbox's photo, of the format "jpeg" or this one, and its video.
function clients.holds_both(record, photo_format)
  clients.holds(record.photo, photo_format or "jpeg")
  clients.holds(record.video, "mp4")
  assert.same({ "99", "88.01", "IDAXXXXX" }, { record.liveRate, record.similarity, record.appId })
  assert.is_nil(record.result)
end

--- Holds that a record is one, and that no file came with it.
function clients.holds_none(record)
  assert.is_nil(record.photo)
  assert.is_nil(record.video)
  assert.equal("99", record.liveRate)
end

return clients
