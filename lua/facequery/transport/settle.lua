--- From a received response of the core to the plain table that every transport returns.  Files get
--- their names here, when the answer is known to be about the order asked for, and not before.

local record = require "facequery.service.record"

-- An answer with another status than 200 counts where it is the service's own refusal, and never as
-- a success: a gateway may have made it up.
local function read(received, info, request)
  if info.status == 200 then
    if request.order_no then
      return record.decode(info.envelope, request.order_no)
    end
    return nil
  end
  local answer = received:finish() and record.decode(info.envelope, request.order_no)
  if not answer or answer.code == "0" then
    return nil, { status = "HTTP", http_status = info.status }
  end
  return answer
end

--- Closes `received` in any case.
---@param received userdata a core response, finished where the status is 200
---@param info table status, time, reused, envelope, provenance: becomes the response
---@param request facequery.Request
---@return facequery.Response|nil
---@return facequery.Failure|nil failure
return function(received, info, request)
  local media, damaged, digest, layout
  local answer, failure, odd = read(received, info, request)
  if not failure and request.digest_body then
    digest, failure = received:digest()
    layout = received:layout()
  end
  if failure then
    received:close()
    return nil, failure
  end
  media, damaged = received:keep() -- which closes it, too
  if not media then
    return nil, damaged
  end
  info.record, info.odd, info.media, info.damaged, info.sha256 = answer, odd, media, damaged, digest
  info.layout = layout
  if info.provenance then
    info.provenance.host = request.url:match "^%a+://([^/?]*)"
  end
  return info
end
