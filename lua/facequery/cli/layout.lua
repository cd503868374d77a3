--- How wide a text is on a terminal, where a Chinese character takes two columns, and lines of it that are no wider
--- than so much.

local layout = {}

-- The characters of a text of UTF-8.
local CHARACTER = "[%z\1-\127\194-\244][\128-\191]*"

-- What is three bytes long and wide: from U+2E80, which is where East Asia's characters begin; punctuation as \u{2026}
-- stands before.
local function columns_of(character)
  return #character >= 3 and character:byte() >= 0xE2 and character >= "\226\186\128" and 2 or 1
end

--- How many columns a text takes.
---@param text string UTF-8
---@return integer
function layout.width(text)
  local width = 0
  for character in text:gmatch(CHARACTER) do
    width = width + columns_of(character)
  end
  return width
end

-- What can't stand at a line's beginning.
local CLOSING = { ["，"] = true, ["。"] = true, ["：" ] = true, ["；"] = true, ["）"] = true, ["、"] = true, ["」"] = true }

-- The words of a text: those that blanks part, and each wide character by itself, with the mark behind it.
local function words_of(text)
  local list = {}
  local word = ""
  local function take()
    list[#list + 1] = word ~= "" and word or nil
    word = ""
  end
  for character in text:gmatch(CHARACTER) do
    if CLOSING[character] then
      word = word .. character
      if word == character and list[1] then
        list[#list], word = list[#list] .. word, ""
      end
    elseif character == " " then
      word = word .. " "
      take()
    elseif columns_of(character) == 2 then
      take()
      word = character
      take()
    else
      word = word .. character
    end
  end
  take()
  return list
end

--- Breaks a text into lines.
---@param text string UTF-8, without line breaks
---@param columns integer
---@return string lines with line breaks between
function layout.wrap(text, columns)
  local lines, line = {}, ""
  for _, word in ipairs(words_of(text)) do
    if line ~= "" and layout.width(line) + layout.width((word:gsub(" $", ""))) > columns then
      lines[#lines + 1] = line:gsub(" +$", "")
      line = ""
    end
    line = line .. word
  end
  lines[#lines + 1] = line:gsub(" +$", "")
  return table.concat(lines, "\n")
end

return layout
