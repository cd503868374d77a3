--- What lua-resty-http received: its failures by name, its head judged, its body into the core.

local core = require "facequery.core"

local resty_answer = {}

local CHUNK = 64 * 1024
-- How much of an HTTP error's body is read: as much as http.c reads.
local LONGEST_ERROR_BODY = 4 * 1024 * 1024
-- Data that has arrived already is read without yielding, while nginx's other requests wait: after so long it yields.
local LONGEST_TURN = 0.01 -- seconds

-- lua-resty-http and nginx say in words what went wrong: the first of these patterns that fits gives the failure its
-- name.
local ENDS = {
  { "timeout", "OPERATION_TIMEDOUT" },
  { "certificate", "PEER_FAILED_VERIFICATION" },
  { "handshake", "SSL_CONNECT_ERROR" },
  { "^%d+: ", "PEER_FAILED_VERIFICATION" }, -- OpenSSL's X509_V_ERR_… and its words
  { "refused", "COULDNT_CONNECT" },
  { "resolve", "COULDNT_RESOLVE_HOST" },
  { "couldn't parse", "WEIRD_SERVER_REPLY" },
}

--- A failure of lua-resty-http's message; `closed`: what the connection's end means here.
---@param message any
---@param closed string
---@return table failure
function resty_answer.failure(message, closed)
  if type(message) ~= "string" then -- lua-resty-http 0.16 returns something else for what is no HTTP
    return { status = "TRANSPORT", code = "WEIRD_SERVER_REPLY" }
  elseif message == "closed" then
    return { status = "TRANSPORT", code = closed, detail = message }
  end
  for _, case in ipairs(ENDS) do
    if message:find(case[1]) then
      -- The message quotes the line that could not be parsed, which is content.
      return { status = "TRANSPORT", code = case[2], detail = case[1] ~= "couldn't parse" and message or nil }
    end
  end
  return { status = "TRANSPORT", code = "RECV_ERROR", detail = message }
end

local function weird(detail)
  return { status = "TRANSPORT", code = "WEIRD_SERVER_REPLY", detail = detail }
end

-- All values of a header as a list: lua-resty-http has a table where the header came more than once.
local function values(headers, name)
  local value = headers[name]
  return type(value) == "table" and value or { value }
end

-- Refuses a head whose length of the body is not plain, for lua-resty-http's body reader believes it: by a
-- Content-Length of -5 it would read nothing for ever, and two lengths that differ are how responses are smuggled
-- (RFC 9112, 6.3).
local function check_head(headers)
  local lengths, encodings = values(headers, "Content-Length"), values(headers, "Transfer-Encoding")
  local length, encoding = lengths[1], encodings[1]
  if #lengths > 1 or length and not (length:find "^%d+$" and #length <= 15) then
    return weird "a Content-Length that is none"
  elseif #encodings > 1 or encoding and encoding:lower() ~= "chunked" then
    return weird "a Transfer-Encoding other than chunked"
  elseif length and encoding then
    return weird "Content-Length beside Transfer-Encoding"
  end
  for _, coding in ipairs(values(headers, "Content-Encoding")) do
    if coding:lower() ~= "identity" then
      return { status = "TRANSPORT", code = "BAD_CONTENT_ENCODING", detail = "compressed without being asked" }
    end
  end
end

-- Streams the body into the core.  A body without a length ends with the connection (RFC 9112, 6.3): the reader
-- reports that together with the last piece.
local function receive(answer, received, deadline)
  local reader, headers = answer.body_reader, answer.headers
  local has_end = headers["Content-Length"] or headers["Transfer-Encoding"]
  local is_error, size, turn_began = answer.status ~= 200, 0, core.clock()
  while true do
    local chunk, message = reader(CHUNK)
    local is_last = message == "closed" and not has_end
    if message and not is_last then
      return resty_answer.failure(message, "PARTIAL_FILE")
    end
    size = size + #(chunk or "")
    local ok, failure = received:feed(chunk or "")
    if not ok then
      return failure
    elseif not chunk or is_last or (is_error and size > LONGEST_ERROR_BODY) then
      break
    end
    local now = core.clock()
    if now > deadline then
      return { status = "TRANSPORT", code = "OPERATION_TIMEDOUT" }
    elseif now - turn_began > LONGEST_TURN then
      ngx.sleep(0.001) -- one of 0 would be due again before nginx serves another request
      turn_began = core.clock()
    end
  end
  local _, failure = received:finish()
  return failure
end

--- Reads the answer's body into the core's response; the failure, or nothing.
---@param answer table lua-resty-http's
---@param received userdata
---@param deadline number of core.clock
---@return facequery.Failure|nil failure
function resty_answer.read(answer, received, deadline)
  local failure = check_head(answer.headers)
  if not failure and answer.body_reader then
    failure = receive(answer, received, deadline)
  end
  -- The service may say more of an HTTP error, in JSON; whatever else came with it is no failure of
  -- its own.
  if answer.status ~= 200 and failure and failure.status ~= "TRANSPORT" then
    failure = { status = "HTTP", http_status = answer.status }
  end
  return failure
end

return resty_answer
