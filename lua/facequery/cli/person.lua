--- Who is to be scanned, as stdin has it: a JSON object, or key=value lines.

local json = require "facequery.json"

local KNOWN = { user_id = true, name = true, id_no = true }

local function from_lines(text)
  local person = {}
  for line in (text .. "\n"):gmatch "(.-)\r?\n" do
    local key, value = line:match "^([%w_]+)=(.*)$"
    if line:find "%S" then
      if not key or person[key] then
        return nil
      end
      person[key] = value
    end
  end
  return person
end

--- Nothing of the text is repeated where it can't be read.
---@param text string
---@return { user_id?: string, name?: string, id_no?: string }|nil person nil for any other text
return function(text)
  text = text:gsub("^\239\187\191", "") -- a byte order mark, as Windows writes it
  local person
  if text:find "^%s*{" then
    person = json.decode(text)
  else
    person = from_lines(text)
  end
  for key, value in pairs(person or {}) do
    if not KNOWN[key] or type(value) ~= "string" then
      return nil
    end
  end
  return person
end
