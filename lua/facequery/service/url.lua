--- A url with parameters, in the order in which the provider's pages have them.

local function escape(text)
  return (text:gsub("[^A-Za-z0-9._~-]", function(char)
    return ("%%%02X"):format(char:byte())
  end))
end

---@param address string without a query string
---@param parameters (string|nil)[][] names and values; one without a value is left out
---@return string
return function(address, parameters)
  local parts = {}
  for _, pair in ipairs(parameters) do
    if pair[2] then
      parts[#parts + 1] = pair[1] .. "=" .. escape(pair[2])
    end
  end
  return address .. "?" .. table.concat(parts, "&")
end
