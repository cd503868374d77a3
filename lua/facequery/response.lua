--- From a received response of the core to the plain table that every transport returns.  Files get
--- their names here, when the answer is known to be about the order asked for, and not before.

local record = require "facequery.record"

local response = {}

---@class facequery.Response
---@field status integer the HTTP status: 200
---@field envelope string the answer's JSON text, "" in the place of media
---@field record? facequery.Record of the envelope, without media, where settle has read it
---@field media { photo?: facequery.Media, video?: facequery.Media }
---@field time number seconds
---@field reused? boolean the connection was open already
---@field sha256? string of the answer as it came, where the request said digest_body

--- Closes `received` in any case.
---@param received userdata a finished core response
---@param info table status, time, reused, envelope: becomes the response
---@param request facequery.Request
---@return facequery.Response|nil
---@return table|nil failure
function response.settle(received, info, request)
  local answer, failure, media, digest
  if info.status ~= 200 then
    received:close()
    return nil, { status = "HTTP", http_status = info.status }
  end
  if request.order_no then
    answer, failure = record.decode(info.envelope, request.order_no)
  end
  if not failure and request.digest_body then
    digest, failure = received:digest()
  end
  if failure then
    received:close()
    return nil, failure
  end
  media, failure = received:keep() -- and closes it
  if not media then
    return nil, failure
  end
  info.record, info.media, info.sha256 = answer, media, digest
  return info
end

return response
