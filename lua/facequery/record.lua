--- The service's answer as a flat record, whatever its shape.

local json = require "facequery.json"

local record = {}

---@class facequery.Media
---@field data? string the bytes, where no path was given
---@field path? string the file, where one was
---@field size integer bytes
---@field format? "jpeg"|"png"|"mp4" as the bytes say; nil when they are neither
---@field mime string its media type; "application/octet-stream" when unknown
---@field sha256? string 64 lower-case hex digits

--- Under the page's own names ("响应参数"); fields that the page doesn't know are kept.
---@class facequery.Record
---@field code string "0": verified to be the same person
---@field msg? string
---@field bizSeqNo? string
---@field transactionTime? string
---@field orderNo? string
---@field liveRate? string
---@field similarity? string
---@field occurredTime? string
---@field appId? string
---@field sdkVersion? string with query_version "1.0"
---@field trtcFlag? string "Y" when the face was scanned over TRTC; with query_version "1.0"
---@field riskInfo? table see facequery.risk_tags
---@field photo? facequery.Media
---@field video? facequery.Media

local MEDIA = { "photo", "video" }

-- JSON's null is "not there"; the lightuserdata would be true in an `if`.
local function drop_null(value, null)
  for key, inner in pairs(value) do
    if inner == null then
      value[key] = nil
    elseif type(inner) == "table" then
      drop_null(inner, null)
    end
  end
end

-- The page says String; sibling calls of the service answer numbers.  Digits enough to tell any
-- other number from 0.
local function to_text(value)
  if type(value) == "number" then
    return value == 0 and "0" or ("%.17g"):format(value)
  end
  return type(value) == "string" and value ~= "" and value or nil
end

local function is_code(value)
  return value == nil or type(value) == "string" or type(value) == "number"
end

-- A success needs every code in the answer to say so.
local function choose_code(outer, inner)
  if not is_code(outer) or not is_code(inner) then
    return nil
  end
  outer, inner = to_text(outer), to_text(inner)
  if outer == "0" and inner then
    return inner
  end
  return outer or inner
end

-- A number has lost what a double can't hold, and compares as far as it goes.
local function is_order(value, order_no)
  if type(value) == "number" then
    return order_no:find("^[1-9]%d*$") ~= nil and value == tonumber(order_no)
  end
  return value == order_no or value == ""
end

local function failure(status)
  return nil, { status = status }
end

--- Reads an envelope: flat as in the page's table, or nested under `result` as in its sample.
---@param envelope string the answer's JSON text, "" in the place of media
---@param order_no? string the order asked for
---@return facequery.Record|nil record without media
---@return table|nil failure NOT_JSON, NO_CODE, WRONG_ORDER
function record.decode(envelope, order_no)
  local answer = json.decode(envelope)
  if type(answer) ~= "table" then
    return failure "NOT_JSON"
  end
  drop_null(answer, json.null())
  local result = answer.result
  if type(result) == "table" then
    answer.result = nil
  else
    result = {}
  end
  if order_no then
    for _, shape in ipairs { answer, result } do
      if shape.orderNo ~= nil and not is_order(shape.orderNo, order_no) then
        return failure "WRONG_ORDER"
      end
    end
  end
  local code = choose_code(answer.code, result.code)
  if not code then
    return failure "NO_CODE"
  end
  for name, value in pairs(result) do
    if answer[name] == nil then
      answer[name] = value
    end
  end
  answer.code = code
  if answer.riskInfo == nil then
    answer.riskInfo, answer.RiskInfo = answer.RiskInfo, nil
  end
  for _, name in ipairs(MEDIA) do
    answer[name] = nil
  end
  return answer
end

--- A transport's response as a record with its media.
---@param response table see facequery.transport
---@param order_no? string
---@return facequery.Record|nil record
---@return table|nil failure
function record.from_response(response, order_no)
  local answer, err = response.record, nil
  if not answer then
    answer, err = record.decode(response.envelope, order_no)
  end
  if not answer then
    return nil, err
  end
  for _, name in ipairs(MEDIA) do
    answer[name] = response.media and response.media[name]
  end
  return answer
end

return record
