--- The blocks that pages are built of.

local html = require "facequery.evidence.page.html"
local words = require "facequery.evidence.page.words"

local blocks = {}

local HEADER = [[
<header>
<p class="kind">$kind</p>
<h1>$title</h1>
<div class="states">
$states</div>
</header>
]]

--- A page's top.
---@param kind string what it is
---@param title string what it is about
---@param states facequery.Markup[]
---@return facequery.Markup
function blocks.header(kind, title, states)
  return html.fill(HEADER, { kind = kind, title = title, states = html.join(states) })
end

--- A statement that a reader must not miss.
---@param kind "good"|"bad"|""
---@param title string
---@param text string
---@param more? facequery.Markup
---@return facequery.Markup
function blocks.state(kind, title, text, more)
  return html.fill("<div class=\"state $kind\"><strong>$title</strong>$text$more</div>\n",
    { kind = kind, title = title, text = text, more = more or html.NOTHING })
end

--- What verify found, for a statement.
---@param list { path: string, problem: string }[] in verify's words
---@param lang facequery.Lang
---@param last? string a line behind them
---@return facequery.Markup
function blocks.problems(list, lang, last)
  local rows = {}
  for i, one in ipairs(list) do
    rows[i] = html.fill("<li><code>$path</code>: $problem</li>\n",
      { path = one.path, problem = words.problem(lang, one.problem) })
  end
  rows[#rows + 1] = last and html.fill("<li>$last</li>\n", { last = last }) or nil
  return html.fill("<ul>$rows</ul>", { rows = html.join(rows) })
end

--- A section and its heading.
---@param title string
---@param ... facequery.Markup
---@return facequery.Markup
function blocks.section(title, ...)
  return html.fill("<section>\n<h2>$title</h2>\n$body</section>\n", { title = title, body = html.join { ... } })
end

--- Names and values; a row without a value is left out.
---@param rows { [1]: string, [2]: any }[]
---@return facequery.Markup
function blocks.terms(rows)
  local list = {}
  for _, row in ipairs(rows) do
    if row[2] ~= nil then
      list[#list + 1] = { term = row[1], value = row[2] }
    end
  end
  return html.fill("<dl>$rows</dl>\n", { rows = html.each(list, "<dt>$term</dt><dd>$value</dd>\n") })
end

--- A paragraph; `is_soft` for what explains.
---@param text string|facequery.Markup
---@param is_soft? boolean
---@return facequery.Markup
function blocks.paragraph(text, is_soft)
  return html.fill(is_soft and "<p class=\"soft\">$text</p>\n" or "<p>$text</p>\n", { text = text })
end

--- How a page was made, at its end.
---@param text string
---@return facequery.Markup
function blocks.footer(text)
  return html.fill("<footer>$text</footer>\n", { text = text })
end

--- Now, in UTC.
---@return string
function blocks.now()
  return (os.date "!%Y-%m-%dT%H:%M:%SZ")
end

return blocks
