--- What queries of the sandbox's orders come to, made comparable, so that a transport inside nginx
--- can be held to what libcurl in a plain process brings.

local json = require "cjson"
local support = require "help.support"

local outcomes = {}

-- Every kind of whole answer that does not depend on how often it was asked for.
local WORDS = [[
  verified png rejected rejectednomedia code66660011x code400504x codeminus1101x code0012345x flat
  unknownfields escaped linebroken dataurl unpadded badbase64 cutbase64 cutjson notjson array
  fullwidth bigenvelope wrongorder noorder gzip http302x http403x http503x nosuch size2mx1m
  size0x1k
]]

-- Runs on both sides.
local CODE = [[
  local client = assert(require("facequery").new { retries = 0, transport = transport })
  local results = {}
  for i, order in ipairs(orders) do
    local record, err = client:query { order_no = order, get_file = "both" }
    results[i] = { order = order, record = record, err = err, text = err and tostring(err) }
  end
  return results
]]

-- These differ between two answers for the same order; so do a library's own words.
local function comparable(value)
  if type(value) ~= "table" then
    return value
  end
  local copy = {}
  for name, inner in pairs(value) do
    copy[name] = comparable(inner)
  end
  copy.bizSeqNo, copy.transactionTime, copy.occurredTime = nil, nil, nil
  if copy.detail then
    copy.detail, copy.message = nil, nil
  end
  if copy.err and copy.err.detail ~= value.err.detail then
    copy.text = nil
  end
  return copy
end

--- The outcomes in nginx, and here.
---@param server table of servers.nginx
function outcomes.both(server)
  local orders = {}
  for word in WORDS:gmatch "%S+" do
    orders[#orders + 1] = support.order(word)
  end
  local there = server:run("content", ("local orders = { %s }\n%s"):format(
    "'" .. table.concat(orders, "', '") .. "'", CODE))
  local chunk = "local orders, transport = ...\n" .. CODE
  local here = assert((loadstring or load)(chunk))(orders, "curl") -- luacheck: std max
  -- Both through JSON, for its null and its numbers.
  return comparable(there), comparable(json.decode(json.encode(here)))
end

return outcomes
