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
---@param info table status, time, reused
---@param request facequery.Request
---@return facequery.Response|nil
---@return table|nil failure
function response.settle(received, info, request)
  local envelope = received:envelope()
  local answer, failure, media, digest
  if request.order_no then
    answer, failure = record.decode(envelope, request.order_no)
  end
  if not failure and request.digest_body then
    digest, failure = received:digest()
  end
  if not failure then
    media, failure = received:keep()
  end
  received:close()
  if failure then
    return nil, failure
  end
  return {
    status = info.status,
    envelope = envelope,
    record = answer,
    media = media,
    time = info.time,
    reused = info.reused,
    sha256 = digest,
  }
end

return response
