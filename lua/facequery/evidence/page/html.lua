--- HTML that is safe by default: whatever is filled into markup is text, unless it is markup that was made here.

local core = require "facequery.core"

local html = {}

--- Markup: what `html.fill` makes, and what it takes as it is.
---@class facequery.Markup
---@field markup string

-- Characters that HTML does not allow, that don't show, or that turn the text around them: on a page that is to
-- prove something they are shown by their number.  The patterns are of UTF-8.
local HIDDEN = {
  "[%z\1-\8\11-\31\127]", -- controls, but for the tab and the line feed
  "\194[\128-\159]", -- more controls
  "\194\173", -- the soft hyphen
  "\216\156", -- the Arabic letter mark
  "\225\160\142", -- the Mongolian vowel separator
  "\226\128[\139-\143\168-\174]", -- no width, line separators, marks and embeddings of direction
  "\226\129[\160-\175]", -- joiners, isolates, and what is deprecated
  "\239\187\191", -- the byte order mark
  "\239\191[\185-\187\190\191]", -- annotations, and no characters
  "\239\183[\144-\175]", -- no characters
  "[\240-\244][\143\159\175\191]\191[\190\191]", -- no characters, at the end of every plane
  "\243\160[\128\129][\128-\191]", -- tags
}

local function number_of(char)
  local first = char:byte()
  local code = first < 128 and first or first < 224 and first % 32 or first < 240 and first % 16 or first % 8
  for index = 2, #char do
    code = code * 64 + char:byte(index) % 64
  end
  return ("⟦U+%04X⟧"):format(code)
end

local ESCAPES = { ["&"] = "&amp;", ["<"] = "&lt;", [">"] = "&gt;", ['"'] = "&quot;", ["'"] = "&#39;" }

--- Text as HTML, fit for elements and for attributes in quotes.
---@param text any a string, or what tostring makes one of
---@return string
function html.escape(text)
  local plain, failure = core.utf8(tostring(text))
  plain = plain or error(failure, 0)
  plain = plain:gsub("[&<>\"']", ESCAPES)
  if plain:find "[%z\1-\8\11-\31\127-\255]" then
    for _, pattern in ipairs(HIDDEN) do
      plain = plain:gsub(pattern, number_of)
    end
  end
  return plain
end

--- Fills a template: $name stands for values.name.
---@param template string markup
---@param values? table<string, string|number|facequery.Markup>
---@return facequery.Markup
function html.fill(template, values)
  return {
    markup = (template:gsub("%$(%a%w*)", function(name)
      local value = values and values[name]
      if value == nil then
        error(("no value for $%s in %s"):format(name, template), 3)
      end
      return type(value) == "table" and value.markup or html.escape(value)
    end)),
  }
end

--- Fills a template for each of a list.
---@param list table[]
---@param template string
---@return facequery.Markup
function html.each(list, template)
  local parts = {}
  for i, values in ipairs(list) do
    parts[i] = html.fill(template, values).markup
  end
  return { markup = table.concat(parts) }
end

--- One piece of markup of several.
---@param list facequery.Markup[]
---@return facequery.Markup
function html.join(list)
  local parts = {}
  for i, one in ipairs(list) do
    parts[i] = one.markup
  end
  return { markup = table.concat(parts) }
end

html.NOTHING = { markup = "" }

local DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

-- A digest's hexadecimal digits as base64, three digits of the one being two of the other.
local function base64_of(hex)
  local text = hex .. ("0"):rep(-#hex % 3)
  local digits = text:gsub("...", function(three)
    local number = tonumber(three, 16)
    local high, low = math.floor(number / 64) + 1, number % 64 + 1
    return DIGITS:sub(high, high) .. DIGITS:sub(low, low)
  end)
  digits = digits:sub(1, math.ceil(#hex * 4 / 6)) -- without those that are padding alone
  return digits .. ("="):rep(-#digits % 4)
end

local HEAD = [[
<!DOCTYPE html>
<html lang="$lang">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="$policy">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta name="robots" content="noindex">
<title>$title</title>
<style>$style</style>
</head>
<body>
<main>
]]

--- How a page begins: a browser is told to load and run nothing, but for this style and what `allowed` names.
---@param lang facequery.Lang
---@param title string
---@param style string CSS
---@param allowed string[] "img-src data:", …
---@return facequery.Markup
function html.head(lang, title, style, allowed)
  local digests, failure = core.digest(style)
  digests = digests or error(failure, 0)
  local policy = { "default-src 'none'", ("style-src 'sha256-%s'"):format(base64_of(digests.sha256)) }
  for _, directive in ipairs(allowed) do
    policy[#policy + 1] = directive
  end
  policy[#policy + 1] = "base-uri 'none'"
  policy[#policy + 1] = "form-action 'none'"
  -- The apostrophes of a policy need no escape between quotation marks, and are read more easily without.
  return html.fill(HEAD, {
    lang = lang == "zh" and "zh-Hans" or "en",
    policy = { markup = table.concat(policy, "; ") },
    title = title,
    style = { markup = style },
  })
end

--- How it ends.
html.TAIL = { markup = "</main>\n</body>\n</html>\n" }

--- Cuts a text that nobody would print, between two characters.
---@param text string
---@param most integer bytes
---@return string text
---@return integer left bytes that were cut off
function html.cut(text, most)
  if #text <= most then
    return text, 0
  end
  while most > 0 and text:find("^[\128-\191]", most + 1) do
    most = most - 1
  end
  return text:sub(1, most), #text - most
end

return html
