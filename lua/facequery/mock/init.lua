--- Transports for the specs of those who use facequery: the service's answers without a network, and real ones that
--- were recorded.
---
---     local client = facequery.new { app_id = "IDAXXXXX", ticket = "any", transport = mock.new() }
---     local record = client:query { order_no = "verified1", get_file = "both" }
---
--- A mistake in how they are called raises, as everywhere a wrong type does: a spec must not go on without its mock, to
--- ask the real service.

local service = require "facequery.mock.service"
local tape = require "facequery.mock.tape"
local transport = require "facequery.transport"

local mock = {}

--- What is answered.  Fields that are not named here are the answer's own, under the page's names: `similarity`,
--- `RiskInfo`, …  `msg`, `orderNo`, `bizSeqNo` and `transactionTime` are made up where they are left out.
---@class facequery.MockAnswer
---@field code? string default "0"
---@field photo? string bytes; sent where the query asks for it
---@field video? string bytes, the same
---@field body? string the answer's text, in the place of all of these
---@field status? integer HTTP, default 200
---@field failure? string no answer comes: libcurl's name for why, "OPERATION_TIMEDOUT"

--- Answers by order number, or by "access_token", "api_ticket" and "face_id": one, or several one after the other, the last
--- one for good.  A string is one of the sandbox's order numbers.
---@alias facequery.MockAnswers table<string, facequery.MockAnswer|string|(facequery.MockAnswer|string)[]>

--- A transport that answers by order number, as the sandbox does (docs/sandbox.md has the table), or of a list:
--- by order number what is answered, or several one after the other, the last one for good.  A string is one of the
--- sandbox's order numbers, whose answer is given.  An order that is not in the list is an error, MOCK_UNANSWERED.
--- Tickets are granted and scans registered; `access_token`, `api_ticket` and `face_id` in the list answer instead.
--- Nothing waits: what would take
--- longer than the client's timeout has timed out.
---@param answers? facequery.MockAnswers
---@return facequery.Transport transport
function mock.new(answers)
  local wrong = answers ~= nil and service.wrong(answers)
  if wrong then
    error(("bad argument #1 to 'new' (%s)"):format(wrong), 2)
  end
  return service.new(answers)
end

local TRANSPORTS = { curl = true, worker_thread = true, resty = true }

local function check_path(name, path)
  if type(path) ~= "string" then
    error(("bad argument #1 to '%s' (string expected, got %s)"):format(name, type(path)), 3)
  end
end

--- A transport that asks the real service and writes each exchange into a file, which mock.replay answers from.  The
--- file has no ticket, secret, token or signature in it, no name, no identity number, and no photo or video: of an
--- answer it keeps the fields that are known to be harmless, all others are replaced, and files by small gray ones,
--- beside which their lengths are noted.  Order numbers stay.  A file that is there already, or can't be written, is an
--- error before anything is sent.
---@param path string the file to be made
---@param real? "curl"|"worker_thread"|"resty"|facequery.Transport default: what fits where it runs
---@return facequery.Transport transport
function mock.record(path, real)
  check_path("record", path)
  if real ~= nil and type(real) ~= "function" and not TRANSPORTS[real] then
    error("bad argument #2 to 'record' (\"curl\", \"worker_thread\", \"resty\" or function expected)", 2)
  end
  local send, failure = transport.choose { transport = real, thread_pool = "facequery" }
  return tape.record(path, send or function() return nil, failure end)
end

--- A transport that answers from such a file: the same order, asked for the same files, gets its answers in the order
--- in which they came, and the last one for good.  What is not in the file is an error, MOCK_UNANSWERED.
---@param path string of the file
---@return facequery.Transport transport
function mock.replay(path)
  check_path("replay", path)
  return tape.replay(path)
end

return mock
