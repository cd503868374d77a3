--- The language of the messages: --lang, else FACEQUERY_LANG, else the locale.

local languages = {}

-- What stands behind a --lang among the arguments: asked before these are parsed, because the parser speaks, too.
local function given(list)
  for i, word in ipairs(list) do
    if word == "--" then
      return nil
    end
    local value = word:match "^%-%-lang=(.*)$" or word == "--lang" and list[i + 1]
    if value then
      return value
    end
  end
end

-- The locale of messages, in the order that POSIX gives its variables.
local function locale()
  for _, name in ipairs { "FACEQUERY_LANG", "LC_ALL", "LC_MESSAGES", "LANG" } do
    local value = os.getenv(name)
    if value and value ~= "" then
      return value
    end
  end
  return "en"
end

--- Chooses the language: Chinese for "zh", "zh_CN.UTF-8" and the like, English for everything else.
---@param list string[] the command's arguments
---@return facequery.Lang
function languages.choose(list)
  return (given(list) or locale()):find "^zh" and "zh" or "en"
end

return languages
