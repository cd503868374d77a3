--- Asks timestamping authorities (TSAs) over HTTP, RFC 3161, section 3.4: what evidence.seal is handed as `send`.

local core = require "facequery.core"

local tsa = {}

local QUERY, REPLY = "application/timestamp-query", "application/timestamp-reply"
local TIMEOUT, CONNECT_TIMEOUT = 10, 3 -- seconds
local LARGEST = 64 * 1024 -- bytes of an answer

--- A function that asks one.  What goes out is the digest of a Merkle root, and what comes is signed: http will do, as
--- most TSAs speak no other.
---@param options? { timeout?: number } seconds of one exchange, default 10
---@return fun(url: string, request: string): string|nil, facequery.Failure|nil send
function tsa.new(options)
  local timeout = options and options.timeout or TIMEOUT
  return function(url, request)
    local body, status, content_type = core.fetch {
      url = url,
      is_public = true,
      body = request,
      headers = { ["Content-Type"] = QUERY, Accept = REPLY },
      timeout = timeout,
      connect_timeout = math.min(timeout, CONNECT_TIMEOUT),
      max_body = LARGEST,
    }
    if not body then
      return nil, status
    elseif status ~= 200 then
      return nil, { status = "HTTP", http_status = status }
    elseif content_type:lower():match "^[^;%s]*" ~= REPLY then
      return nil, { status = "NOT_TIMESTAMP", detail = content_type:gsub("[^%w/.+-].*$", "") }
    end
    return body
  end
end

return tsa
