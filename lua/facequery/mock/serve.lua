--- From an answer's text to what a transport returns, by the same core that reads what arrives from a network: files
--- are decoded, hashed and written while it is fed.

local core = require "facequery.core"
local settle = require "facequery.transport.settle"

-- Feeds the core the parts of a text; the failure, or nothing.
local function feed(received, parts)
  for _, part in ipairs(parts) do
    local text, times = part.text or part, part.times or 1
    for _ = 1, times do
      local ok, failure = received:feed(text)
      if not ok then
        return failure
      end
    end
  end
  local _, failure = received:finish()
  return failure
end

--- What a request comes to when this is answered.
---@param request facequery.Request
---@param parts (string|{ text: string, times: integer })[] of the answer's text
---@param status integer HTTP
---@param seconds number that the exchange says to have taken
---@return facequery.Response|nil
---@return facequery.Failure|nil
return function(request, parts, status, seconds)
  local received, failure = core.answer(request)
  if not received then
    return nil, failure
  end
  failure = feed(received, parts)
  if failure then
    received:close()
    return nil, status == 200 and failure or { status = "HTTP", http_status = status }
  end
  local response
  response, failure = settle(received, { status = status, envelope = received:envelope(), time = seconds }, request)
  if response then
    -- Where a client checks what a function of its user's returns, a record is copied, and its numbers lose how they
    -- were written; from the envelope they are read as ever.
    response.record, response.odd = nil, nil
  end
  return response, failure
end
