--- The H5 return url's signature: is it the service's own?

local core = require "facequery.core"

local callback = {}

--- The parameters of the return url ("H5 前端获取结果"); whatever is no string there does not match.
---@class facequery.Callback
---@field code string as it came
---@field orderNo string as it came: compare it with the order that was started
---@field newSign? string the signature, 40 hex digits
---@field newSignature? string the same, in older pages

--- What the url says it is signed with; nil where there is nothing to compare.
---@param parameters facequery.Callback
---@return string|nil code
---@return string|nil order_no
---@return string|nil sign
function callback.read(parameters)
  local code, order_no = parameters.code, parameters.orderNo
  local sign = parameters.newSign or parameters.newSignature
  if type(code) == "string" and type(order_no) == "string" and type(sign) == "string" then
    return code, order_no, sign
  end
end

--- Did the service sign these with one of the tickets?  Compared in constant time.
---@param app_id string
---@param tickets string[]
---@param code string
---@param order_no string
---@param sign string in either case
---@return boolean
function callback.is_signed(app_id, tickets, code, order_no, sign)
  for _, ticket in ipairs(tickets) do
    local expected = core.sign(app_id, order_no, ticket, code)
    if expected and core.equal(expected, sign:upper()) then
      return true
    end
  end
  return false
end

return callback
