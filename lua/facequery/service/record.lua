--- The service's answer as a flat record, whatever its shape.

local core = require "facequery.core"
local json = require "facequery.json"

local record = {}

--- A photo or a video that came.
---@class facequery.Media
---@field data? string the bytes, where no path was given
---@field path? string the file, where one was
---@field size integer bytes
---@field format? "jpeg"|"png"|"mp4" as the bytes say; nil when they are none of them
---@field mime string its media type; "application/octet-stream" when unknown
---@field sha256? string 64 lower-case hex digits

--- A medium that came, but is not base64: evidence as it came, and no file.
---@class facequery.Damage
---@field code "BASE64_FOREIGN"|"BASE64_CUT"|"MEDIA_TOO_LARGE"|"DUPLICATE_MEDIA" the last: a second one, beside a good one
---@field offset? integer BASE64_FOREIGN: of the character in the value, from 0
---@field data? string the text between the quotes of its JSON string; nil where it was too long to be kept
---@field size? integer bytes of it
---@field exact? boolean it is byte by byte what came; else line breaks and escapes in it followed no rule, and are lost
---@field sha256? string 64 lower-case hex digits

--- Under the page's own names ("响应参数"); fields that the page doesn't know are kept.
---@class facequery.Record
---@field code string "0": verified to be the same person
---@field msg? string the service's words ("返回结果描述")
---@field bizSeqNo? string for the provider's support ("业务流水号")
---@field transactionTime? string when it was asked ("请求接口的时间"): "20220329111740", as the service's clock says
---@field orderNo? string the order that was asked for ("订单编号")
---@field liveRate? string score of the liveness detection ("活体检测得分"): "99"
---@field similarity? string score of the comparison of faces ("人脸比对得分"): "88.01"
---@field occurredTime? string when the face was scanned ("进行刷脸的时间"): "20220329104717"
---@field appId? string the App ID
---@field sdkVersion? string the scan's SDK ("人脸核身时的sdk版本号"); with query_version "1.0"
---@field trtcFlag? string "Y" when the face was scanned over TRTC; with query_version "1.0"
---@field riskInfo? table risks of the scan ("RiskInfo 对象说明"): see facequery.risk_tags
---@field photo? facequery.Media the scan's photo, where it was asked for and sent
---@field video? facequery.Media the scan's video, where it was asked for and sent
---@field damaged? { photo?: facequery.Damage, video?: facequery.Damage } never in a record that is returned as one: see err.record

--- The fields that are files.
record.MEDIA = { "photo", "video" }

--- The fields that say what an answer means: parsers differ in which of two they take.
record.UNIQUE = { "code", "orderNo" }

--- The field whose object has all these fields, too, where the answer is nested as in the page's sample.
record.WITHIN = "result"

--- Bytes: an answer without its files, and a file, are not expected to be larger.
record.MAX_ENVELOPE, record.MAX_MEDIA = 1024 * 1024, 64 * 1024 * 1024

local EXTENSIONS = { jpeg = "jpg", png = "png", mp4 = "mp4" }

--- What a medium's file name ends in, by its content; "bin" where that is none of the page's.
---@param medium facequery.Media
---@return string
function record.extension(medium)
  return EXTENSIONS[medium.format] or "bin"
end

-- The page says String; sibling calls of the service answer integers.  A code is what its own text says:
-- 1e-400 is 0 only as a double, and 0.0 is no integer.
local function code_of(answer)
  local code = answer.code
  local is_number = type(code) == "number" or json.literal(answer, "code") ~= nil
  local text = json.literal(answer, "code") or (is_number and ("%.14g"):format(code)) or code
  if type(text) ~= "string" or text == "" or (is_number and text ~= "0" and not text:find "^%-?[1-9]%d*$") then
    return nil
  end
  return text
end

-- A success needs every code in the answer to say so, and one that can't be read says something else.
local function choose_code(answer, result)
  local outer, inner = code_of(answer), code_of(result)
  if (answer.code ~= nil and not outer) or (result.code ~= nil and not inner) then
    return nil
  elseif outer == "0" and inner then
    return inner
  end
  return outer or inner
end

-- An order number may come as a JSON number: its text is compared, because a double would lose digits.
local function is_order(answer, order_no)
  local value = answer.orderNo
  if value == nil or value == "" or value == order_no then
    return true
  elseif type(value) ~= "number" then
    return false
  end
  return (json.literal(answer, "orderNo") or ("%.14g"):format(value)) == order_no
end

local function is_odd(value)
  return value ~= nil and value ~= ""
end

-- The envelope has "" where a medium was.  Anything else in its place is none, and is said to be odd,
-- also where it stands beside "": at the root, or in its result.
local function take_media(answer, result)
  local odd
  for _, name in ipairs(record.MEDIA) do
    if is_odd(answer[name]) or is_odd(result[name]) then
      odd = odd or {}
      odd[#odd + 1] = name
    end
    answer[name], result[name] = nil, nil
  end
  return odd
end

local function failure(status)
  return nil, { status = status }
end

--- Reads an envelope: flat as in the page's table, or nested under `result` as in its sample.
---@param envelope string the answer's JSON text, "" in the place of media
---@param order_no? string the order asked for
---@return facequery.Record|nil record without media
---@return facequery.Failure|nil failure NOT_JSON, JSON_TOO_DEEP, NO_MEMORY, NO_CODE, WRONG_ORDER
---@return string[]|nil odd the media in whose place stands neither "" nor null: a number, a list, blanks
function record.decode(envelope, order_no)
  local answer, unreadable = json.decode(envelope)
  if unreadable then
    return nil, unreadable
  elseif type(answer) ~= "table" or answer[1] ~= nil then
    return failure "NOT_JSON"
  end
  local result = answer.result
  if type(result) ~= "table" then
    result = {}
  elseif result[1] ~= nil then
    return failure "NOT_JSON"
  else
    answer.result = nil
  end
  if envelope:find("null", 1, true) then
    json.drop_null(answer)
    json.drop_null(result)
  end
  if order_no and not (is_order(answer, order_no) and is_order(result, order_no)) then
    return failure "WRONG_ORDER"
  end
  local code = choose_code(answer, result)
  if not code then
    return failure "NO_CODE"
  end
  local odd = take_media(answer, result)
  -- The root is merged into `result`: of a field that is in both, the outer one stands; and the root has fewer to
  -- copy.
  answer = json.merge(result, answer)
  json.set(answer, "code", code)
  if answer.orderNo ~= nil and answer.orderNo ~= "" then
    json.set(answer, "orderNo", order_no or answer.orderNo)
  end
  if answer.riskInfo == nil and answer.RiskInfo ~= nil then
    answer.riskInfo, answer.RiskInfo = answer.RiskInfo, nil
  end
  return answer, nil, odd
end

local FILES = {}
for i, name in ipairs(record.MEDIA) do
  FILES[i] = { name = name }
end

-- A user's transport may have made its envelope in any way: what the core refuses when it splits an
-- answer (a code that comes twice) is refused here, too.
local function split(text)
  if type(text) ~= "string" then
    return failure "NOT_JSON"
  end
  local received, refused = core.answer {
    files = FILES,
    unique = record.UNIQUE,
    within = record.WITHIN,
    max_envelope = record.MAX_ENVELOPE,
    max_media = record.MAX_MEDIA,
  }
  if not received then
    return nil, refused
  end
  local ok
  ok, refused = received:feed(text)
  if ok then
    ok, refused = received:finish()
  end
  local envelope = ok and received:envelope() or nil
  received:close()
  return envelope, refused
end

--- What a transport has returned, as a record with its media.
---@param response any a facequery.Response, or not
---@param failed any what stands beside nil: see facequery.transport
---@param order_no? string
---@return facequery.Record|nil record with `damaged` where a medium is
---@return any failure
---@return string[]|nil odd see record.decode
function record.from_response(response, failed, order_no)
  if type(response) ~= "table" then
    return nil, failed
  end
  local media, answer, odd = response.media, response.record, response.odd
  if not answer then
    local envelope
    envelope, failed = split(response.envelope)
    if envelope then
      answer, failed, odd = record.decode(envelope, order_no)
    end
  end
  -- With another HTTP status than 200 an answer may be the service's refusal, but never a success: a gateway may have
  -- made it up.
  if response.status ~= 200 and (not answer or answer.code == "0") then
    return nil, { status = "HTTP", http_status = response.status }
  elseif not answer then
    return nil, failed
  end
  if media then
    answer.photo, answer.video = media.photo, media.video
  end
  answer.damaged = response.damaged
  return answer, nil, odd
end

return record
