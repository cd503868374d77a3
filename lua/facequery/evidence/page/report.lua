--- An archive as a page for people: how many orders, how they ended, and what is missing.

local blocks = require "facequery.evidence.page.blocks"
local census = require "facequery.evidence.page.census"
local chart = require "facequery.evidence.page.chart"
local codes = require "facequery.codes"
local html = require "facequery.evidence.page.html"
local json = require "facequery.json"
local page = require "facequery.evidence.page.write"
local seals = require "facequery.evidence.page.seals"
local words = require "facequery.evidence.page.words"

local report = {}

-- Codes that are listed; and how long one may be.
local MOST_CODES, LONGEST_CODE = 40, 40

local function integrity(found, lang, say)
  local about = found.verification
  if about.problems == 0 then
    return blocks.state("good", say.whole, say.whole_text:format(about.bundles, found.lines, about.head))
  end
  local more = about.problems - #found.problems
  return blocks.state("bad", say.not_whole, say.not_whole_text:format(about.problems, found.unproven),
    blocks.problems(found.problems, lang, more > 0 and say.not_named:format(more) or nil))
end

local function total(pair)
  return pair.verified + pair.rejected
end

local function glance(found, say)
  local all = total(found.orders)
  local function share(count)
    return say.share:format(count, all > 0 and count / all * 100 or 0)
  end
  return blocks.section(say.numbers, blocks.terms {
    { say.orders, all },
    { say.verified, share(found.orders.verified) },
    { say.rejected, share(found.orders.rejected) },
    { say.purged_orders, found.purged },
  })
end

local LEGEND = [[
<p class="legend"><span><svg viewBox="0 0 1 1"><rect class="bar" width="1" height="1"/></svg>$verified</span>
<span><svg viewBox="0 0 1 1"><rect class="other" width="1" height="1"/></svg>$rejected</span></p>
]]

local function legend(say)
  return html.fill(LEGEND, { verified = say.legend_verified, rejected = say.legend_rejected })
end

local function calendar(found, say)
  local list, unit = census.calendar(found.days)
  if not list[1] then
    return blocks.section(say.days.day, blocks.paragraph(say.no_days))
  end
  return blocks.section(say.days[unit], blocks.paragraph(say.days_text, true), chart.bars(list, say.days[unit]),
    legend(say))
end

local CODES = [[
<table><thead><tr><th>$code</th><th>$meaning</th><th class="number">$count</th></tr></thead><tbody>
$rows</tbody></table>
]]

-- The codes, the most frequent first.
local function code_list(found, lang)
  local list = {}
  for place, code in ipairs(json.names(found.codes)) do
    list[place] = { code = code, count = found.codes[code], place = place }
  end
  table.sort(list, function(a, b)
    if a.count ~= b.count then
      return a.count > b.count
    end
    return a.place < b.place
  end)
  for _, one in ipairs(list) do
    one.meaning = codes.explain_service(one.code, lang).message
    one.code = html.cut(one.code, LONGEST_CODE)
  end
  return list
end

local function verdicts(found, lang, say)
  local list = code_list(found, lang)
  local more = #list - MOST_CODES
  for i = #list, MOST_CODES + 1, -1 do
    list[i] = nil
  end
  return blocks.section(say.codes, html.fill(CODES, {
    code = say.code, meaning = say.meaning, count = say.count,
    rows = html.each(list, "<tr><td><code>$code</code></td><td>$meaning</td><td class=\"number\">$count</td></tr>\n"),
  }), more > 0 and blocks.paragraph(say.more_codes:format(more), true) or html.NOTHING)
end

local function histogram(scores, title, say)
  return html.fill("<div><h3>$title</h3>\n$bars<p class=\"soft\">$none</p></div>\n", {
    title = title,
    bars = chart.bars(scores.bars, title, { first = "0", last = "100" }),
    none = say.none_scored:format(scores.none),
  })
end

local function scores(found, say)
  return blocks.section(say.scores,
    blocks.paragraph(say.scores_text:format(census.STEP), true),
    html.fill("<div class=\"pair\">$one$other</div>\n", {
      one = histogram(found.scores.similarity, say.similarity, say),
      other = histogram(found.scores.liveRate, say.liveness, say),
    }), legend(say))
end

local GAPS = [[
<table><thead><tr><th></th><th class="number">$photo</th><th class="number">$video</th></tr></thead><tbody>
$rows</tbody></table>
]]

local function gaps(found, say)
  local list = {}
  for i, name in ipairs { "missing", "damaged", "odd" } do
    local files = found.files[name]
    list[i] = { name = say[name .. "_files"], photo = files.photo, video = files.video }
  end
  return blocks.section(say.gaps, html.fill(GAPS, {
    photo = say.photo, video = say.video,
    rows = html.each(list, "<tr><td>$name</td><td class=\"number\">$photo</td><td class=\"number\">$video</td></tr>\n"),
  }))
end

local function parts_of(found, name, lang)
  local say = words[lang]
  return {
    blocks.header(say.report, name, { integrity(found, lang, say) }),
    glance(found, say),
    calendar(found, say),
    scores(found, say),
    verdicts(found, lang, say),
    gaps(found, say),
    seals.of_archive(found.seals, found.lines, say),
  }
end

--- Writes the page of an archive.  What verify finds wrong is said on the page's top, and what is not as it was
--- archived is not counted.
---@param place facequery.Place
---@param name string what the archive is called on the page
---@param file facequery.NewFile the caller's to commit, or to close where this fails
---@param options? { lang?: facequery.Lang, tsa_ca?: string } PEM: who must have issued the TSAs' certificates
---@return { problems: integer }|nil
---@return facequery.Failure|nil failure
function report.write(place, name, file, options)
  local lang = options and options.lang or "en"
  local found, failure = census.run(place, options and options.tsa_ca)
  local ok
  if found then
    ok, failure = page.write(place, file, { lang = lang, kind = "report", about = name, made = "report_made",
      parts = function() return parts_of(found, name, lang) end })
  end
  return ok and { problems = found.verification.problems } or nil, failure
end

return report
