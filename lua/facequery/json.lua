--- lua-cjson, as an instance of our own: what the application sets on its cjson doesn't reach here.

local new = require("cjson").new

local json = {}

local function make()
  local instance = new()
  instance.decode_invalid_numbers(false)
  -- What came in a record goes out again: lists with holes where null was, numbers past a double's.
  instance.encode_sparse_array(false, 0)
  instance.encode_invalid_numbers "null"
  return instance
end

local instance
local function cjson()
  instance = instance or make()
  return instance
end

--- What json.decode leaves for JSON's null.
---@return lightuserdata
function json.null()
  return cjson().null
end

---@param text string
---@return any|nil value nil where the text is not JSON
function json.decode(text)
  local ok, value = pcall(cjson().decode, text)
  return ok and value or nil
end

---@param value any
---@return string
function json.encode(value)
  return cjson().encode(value)
end

return json
