-- A POST of JSON, held to the pages' tables.

local cjson = require "cjson.safe"
local answer = require "sandbox.answer"
local common = require "sandbox.common"

local request = {}

-- The name of the first field that is not as the page's table has it.
local function misfit(body, fields)
  for _, field in ipairs(fields) do
    local name, least, most, pattern, optional = field[1], field[2], field[3], field[4], field[5]
    local value = body[name]
    if not (value == nil and optional) then
      if type(value) ~= "string" or #value < least or #value > most
        or (pattern and not value:find(pattern)) then
        return name
      end
    end
  end
  if ngx.req.get_uri_args().orderNo ~= body.orderNo then return "orderNo in the url" end
end

--- Answers with a refusal.
---@param code string
---@param about? string what is wrong with the request
---@param order? any
function request.refuse(code, about, order)
  common.count("refused_requests")
  local body = common.envelope(code, about and "参数不合法: " .. about)
  body.orderNo = type(order) == "string" and order or nil
  return answer.send(body)
end

--- The body of a request that is as it should be but for its signature; nil after having answered another.
---@param fields table[] name, least bytes, most bytes, pattern, whether it may be left out
---@return table|nil
function request.read(fields)
  common.only("POST")
  local kind = ngx.var.http_content_type or ""
  if not (kind:lower() .. ";"):find("^application/json%s*;") then
    return request.refuse("66660000", "Content-Type")
  end
  ngx.req.read_body()
  local text = ngx.req.get_body_data() or ""
  local body = text:find("^%s*{") and cjson.decode(text) or nil
  if not body then return request.refuse("66660000", "body") end
  local field = misfit(body, fields)
  if field then return request.refuse("66660000", field, body.orderNo) end
  if body.version ~= "1.0.0" then return request.refuse("400502", nil, body.orderNo) end
  if (body.appId or body.webankAppId) ~= common.app_id then
    return request.refuse("400101", nil, body.orderNo)
  end
  return body
end

return request
