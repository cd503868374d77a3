--- Exchanges in a file, a line of JSON each: written beside a real transport, and answered from.

local core = require "facequery.core"
local errors = require "facequery.errors"
local files = require "facequery.files"
local json = require "facequery.json"
local redact = require "facequery.mock.redact"
local serve = require "facequery.mock.serve"

local tape = {}

---@class facequery.TapedExchange
---@field request { endpoint: string, orderNo?: string, getFile?: string, type?: string }
---@field status? integer HTTP
---@field time? number seconds
---@field answer? table the answer's JSON, redacted, with small files in the place of its own
---@field media? table<string, { format?: string, size: integer }> what its files were
---@field damaged? table<string, { code: string, offset?: integer, size?: integer }> the files that came damaged
---@field failure? facequery.Failure where no answer came

local function with_path(failure, path)
  failure.detail = path .. (failure.detail and ": " .. failure.detail or "")
  return failure
end

--- A transport that sends by another and writes what came of it into a new file.
---@param path string
---@param send facequery.Transport
---@return facequery.Transport
function tape.record(path, send)
  local redactor = redact.new()
  local made, refused = core.write_file(path, "")
  refused = refused and with_path(refused, path)
  return function(request)
    if not made then
      return nil, refused
    end
    local response, failure = send(request)
    local told = redact.request(request)
    local exchange = response and redactor:response(response, told.orderNo)
      or { failure = redact.failure(response and { status = "NOT_JSON" } or failure) }
    exchange.request = told
    local line, unwritten = json.canonical(exchange)
    if line then
      line, unwritten = core.append(path, line .. "\n")
    end
    if not line then
      files.discard(response and response.media)
      return nil, with_path(unwritten, path)
    end
    return response, failure
  end
end

-- Exchanges about the same are told apart by their order alone.
local function key_of(request)
  return table.concat({ request.endpoint, request.orderNo or "", request.getFile or "", request.type or "" }, " ")
end

local function is_exchange(line)
  return type(line) == "table" and type(line.request) == "table" and type(line.request.endpoint) == "string"
    and (type(line.answer) == "table" or errors.is_failure(line.failure))
end

-- Lists of exchanges by key; or nil and a failure.
local function read(path)
  local file, message = io.open(path, "rb")
  if not file then
    return nil, { status = "FILE_UNREADABLE", detail = message }
  end
  local exchanges, number = {}, 0
  for text in file:lines() do
    number = number + 1
    local line = json.decode(text)
    if not is_exchange(line) then
      file:close()
      return nil, { status = "MOCK_UNANSWERED", detail = ("%s:%d: no exchange of mock.record"):format(path, number) }
    end
    local key = key_of(line.request)
    exchanges[key] = exchanges[key] or { next = 1 }
    table.insert(exchanges[key], line)
  end
  file:close()
  return exchanges
end

-- The next of the exchanges about the same, and the last one for good.
local function take(list)
  local exchange = list[list.next]
  list.next = math.min(list.next + 1, #list)
  return exchange
end

local function answer(request, exchange)
  if exchange.failure then
    return nil, redact.failure(exchange.failure)
  end
  local text, failure = json.canonical(exchange.answer)
  if not text then
    return nil, failure
  end
  local response
  response, failure = serve(request, { text }, exchange.status or 200, exchange.time or 0)
  if response then
    response.damaged = exchange.damaged
  end
  return response, failure
end

--- A transport that answers from such a file, which is read with the first request.
---@param path string
---@return facequery.Transport
function tape.replay(path)
  local exchanges, unread
  return function(request)
    if not exchanges then
      exchanges, unread = read(path)
      if not exchanges then
        return nil, unread
      end
    end
    local told = redact.request(request)
    local list = exchanges[key_of(told)]
    if not list then
      return nil, {
        status = "MOCK_UNANSWERED",
        detail = ("%s has no exchange about %s"):format(path, key_of(told):gsub(" +", " "):gsub(" $", "")),
      }
    end
    return answer(request, take(list))
  end
end

return tape
