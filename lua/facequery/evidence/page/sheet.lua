--- One order's evidence as a page for people: an auditor, a court.

local blocks = require "facequery.evidence.page.blocks"
local chart = require "facequery.evidence.page.chart"
local checks = require "facequery.evidence.page.checks"
local codes = require "facequery.codes"
local facts = require "facequery.evidence.page.facts"
local html = require "facequery.evidence.page.html"
local json = require "facequery.json"
local media = require "facequery.evidence.page.media"
local page = require "facequery.evidence.page.write"
local risk = require "facequery.service.risk"
local seals = require "facequery.evidence.page.seals"
local words = require "facequery.evidence.page.words"

local sheet = {}

local unpack = table.unpack or unpack -- luacheck: ignore 143

-- The longest value that is printed as a whole.
local LONGEST = 2000

-- The record of an encrypted bundle.
local SECRET = "record.json.cms"

-- The fields of a manifest that have a place of their own on the page.
local KNOWN = {}
for name in ("format order_no code bizSeqNo occurredTime transactionTime liveRate similarity fetched_at source "
  .. "responses answer files missing damaged odd facequery"):gmatch "%S+" do
  KNOWN[name] = true
end

-- What a value looks like: text as it is, everything else as JSON.
local function shown(value)
  if type(value) == "string" then
    return value
  end
  local text, failure = json.canonical(value)
  return text or error(failure, 0)
end

local function cut(text, say)
  local kept, left = html.cut(text, LONGEST)
  return left > 0 and kept .. " " .. say.left_out:format(left) or kept
end

-- "20220329104717" as "2022-03-29 10:47:17"; anything else as it is.
local function time_of(value, say)
  local text = shown(value)
  local parts = { text:match "^(%d%d%d%d)(%d%d)(%d%d)(%d%d)(%d%d)(%d%d)$" }
  return say.own_time:format(parts[1] and ("%s-%s-%s %s:%s:%s"):format(unpack(parts)) or text)
end

-- What the service said, or why nothing can be said of that.
local function verdict(found, lang, say)
  if found.is_purged then
    return blocks.state("", say.purged, say.purged_text:format(shown(found.decisive.entry.time)))
  elseif not found.manifest then
    return blocks.state("bad", say.unproven, say.unproven_text)
  end
  local code = shown(found.manifest.code)
  if code == "0" then
    return blocks.state("good", say.verified, say.verified_text)
  end
  return blocks.state("bad", say.rejected, say.rejected_text:format(code, codes.explain_service(code, lang).message))
end

-- Whether all is as it was archived, and what is not.
local function integrity(found, lang, say)
  if found.problems[1] then
    return blocks.state("bad", say.broken, say.broken_text, blocks.problems(found.problems, lang,
      found.more > 0 and say.not_named:format(found.more) or nil))
  elseif found.is_purged then
    return blocks.state("good", say.intact_log, say.intact_log_text:format(found.size))
  end
  return blocks.state("good", say.intact, say.intact_text:format(found.decisive.number))
end

local function score(title, value, text, say)
  local number = chart.score(value)
  return html.fill("<div class=\"score\"><h3>$title</h3><b>$score</b>\n$meter<p class=\"soft\">$text</p></div>\n", {
    title = title,
    score = value ~= nil and cut(shown(value), say) or say.no_score,
    meter = number and chart.meter(number, say.score_of:format(shown(value))) or html.NOTHING,
    text = text,
  })
end

-- Where the record is, and that it is encrypted; nil where it is not.
local function secret(found, say)
  local is_encrypted = type(found.manifest.encryption) == "table"
  return is_encrypted and (found.sound[SECRET] and say.encrypted or say.unsound):format(SECRET) or nil
end

local function result(found, lang, say)
  local content, record = found.manifest, found.record or found.manifest
  if secret(found, say) then
    return blocks.section(say.result, blocks.paragraph(secret(found, say)))
  end
  local tags = risk.tags(record, lang)
  local list = #tags > 0 and html.fill("<ul class=\"tags\">$tags</ul>\n",
    { tags = html.each(tags, "<li>$text ($tag)</li>\n") }) or blocks.paragraph(say.no_risks)
  return blocks.section(say.result,
    html.fill("<div class=\"scores\">$one$other</div>\n", {
      one = score(say.similarity, content.similarity, say.similarity_text, say),
      other = score(say.liveness, content.liveRate, say.liveness_text, say),
    }),
    found.record and html.fill("<h3>$title</h3>\n$list", { title = say.risks, list = list }) or html.NOTHING)
end

local function code(text)
  return html.fill("<code>$text</code>", { text = text })
end

-- What each answer's exchange says, in the order of the page; other fields follow by their own names.
local EXCHANGE = { "sent", "received", "date", "host", "tls", "cipher", "certificate" }

local function rows_of_exchange(exchange, say)
  local rows, is_named = {}, {}
  for _, name in ipairs(EXCHANGE) do
    is_named[name] = true
    local text = exchange[name] ~= nil and cut(shown(exchange[name]), say)
    local is_digest = text and name == "certificate"
    rows[#rows + 1] = text and { say.exchange[name], is_digest and code(text) or text } or nil
  end
  for _, name in ipairs(json.names(exchange)) do
    rows[#rows + 1] = not is_named[name] and { name, cut(shown(exchange[name]), say) } or nil
  end
  return rows
end

local function is_list_of_tables(value)
  local count = 0
  for _, one in pairs(type(value) == "table" and value or {}) do
    count = count + 1
    if type(one) ~= "table" then
      return false
    end
  end
  return count > 0 and count == #value
end

-- Each answer: its digest, who gave it and when.
local function answers(content, say)
  local digests = type(content.responses) == "table" and content.responses or {}
  local exchanges = is_list_of_tables(content.exchanges) and content.exchanges or {}
  local count, list = math.max(#digests, #exchanges), {}
  for i = 1, count do
    local rows = rows_of_exchange(exchanges[i] or {}, say)
    rows[#rows + 1] = digests[i] ~= nil and { say.answer_digest, code(cut(shown(digests[i]), say)) } or nil
    list[#list + 1] = html.fill("<h3>$title</h3>\n$rows",
      { title = say.answer:format(i, count), rows = blocks.terms(rows) })
  end
  return html.join(list)
end

-- What has no other place on the page.
local function more_of(content, say)
  local rows = {}
  for _, name in ipairs(json.names(content)) do
    if not KNOWN[name] and not (name == "exchanges" and is_list_of_tables(content.exchanges)) then
      rows[#rows + 1] = { name, code(cut(shown(content[name]), say)) }
    end
  end
  return rows[1] and html.fill("<h3>$title</h3>\n$rows", { title = say.more, rows = blocks.terms(rows) })
    or html.NOTHING
end

local function provenance(found, say)
  local content = found.manifest
  local rows = {
    { say.scanned, content.occurredTime ~= nil and time_of(content.occurredTime, say) or nil },
    { say.asked, content.transactionTime ~= nil and time_of(content.transactionTime, say) or nil },
    { say.fetched, content.fetched_at ~= nil and say.utc:format(shown(content.fetched_at)) or nil },
    { say.source, content.source },
    { say.biz, content.bizSeqNo },
    { say.version, content.facequery and "facequery " .. shown(content.facequery) },
  }
  for _, row in ipairs(rows) do
    row[2] = row[2] ~= nil and cut(shown(row[2]), say) or nil
  end
  return blocks.section(say.provenance, blocks.terms(rows), answers(content, say), more_of(content, say))
end

local RECORD = [[
<table class="stacked"><thead><tr><th>$field</th><th>$value</th></tr></thead><tbody>
$rows</tbody></table>
]]

local function record_of(found, say)
  if not found.record then
    return blocks.section(say.record, blocks.paragraph(secret(found, say) or say.record_hidden))
  end
  local list = {}
  for i, name in ipairs(json.names(found.record)) do
    list[i] = { name = cut(name, say), value = cut(shown(found.record[name]), say) }
  end
  return blocks.section(say.record, blocks.paragraph(say.record_text, true), html.fill(RECORD, {
    field = say.field, value = say.value, rows = html.each(list, "<tr><td>$name</td><td>$value</td></tr>\n"),
  }))
end

local DIGESTS = [[
<table class="stacked"><thead><tr><th>$file</th><th class="number">$bytes</th><th>SHA-256</th></tr></thead><tbody>
$rows</tbody></table>
<h3>$text</h3>
<p><code>manifest.json</code><br><code>$digest</code></p>
]]

local ROW = "<tr><td>$name</td><td class=\"number\">$size<span class=\"unit\"> $unit</span></td>"
  .. "<td><code>$sha256</code>$sm3</td></tr>\n"

local function digests(found, say)
  local content, list = found.manifest, {}
  for _, name in ipairs(json.names(found.sound)) do
    local entry = content.files[name]
    list[#list + 1] = {
      name = name, size = ("%.0f"):format(entry.size), unit = say.unit, sha256 = entry.sha256,
      sm3 = entry.sm3 and html.fill("<br><span class=\"soft\">SM3</span> <code>$sm3</code>", { sm3 = entry.sm3 })
        or html.NOTHING,
    }
  end
  return blocks.section(say.files, html.fill(DIGESTS, {
    file = say.file, bytes = say.bytes, text = say.manifest_text, digest = found.digest,
    rows = html.each(list, ROW),
  }))
end

local function log_of(found, log_name, say)
  local list = {}
  for i, line in ipairs(found.lines) do
    list[i] = { title = say.log_line:format(line.number, found.size, log_name), text = line.text }
  end
  return blocks.section(say.log, html.each(list, "<h3>$title</h3>\n<pre>$text</pre>\n"),
    html.fill("<h3>$title</h3>\n<p><code>$head</code></p>\n", { title = say.log_head, head = found.head }))
end

-- The page's parts, in their order: markup, and the files that are embedded.
local function parts_of(found, place, lang, is_export)
  local say, has_media = words[lang], false
  local parts = {
    blocks.header(say.sheet, found.order_no, { integrity(found, lang, say), verdict(found, lang, say) }),
  }
  local function add(...)
    for _, part in ipairs { ... } do
      parts[#parts + 1] = part
    end
  end
  if found.manifest then
    add(result(found, lang, say))
    media.add(parts, found, lang, say)
    for _, part in ipairs(parts) do
      has_media = has_media or part.file ~= nil
    end
    add(provenance(found, say), record_of(found, say), digests(found, say))
  end
  add(log_of(found, place.log_name, say), seals.of_order(found.seals, is_export, say),
    checks.of(found, place, { is_export = is_export, has_media = has_media }, say))
  return parts
end

--- What an archive proves of one order, and what timestamping authorities say of its line.
---@class facequery.SheetFacts : facequery.Facts
---@field seals facequery.PageSeals

--- Gathers what a page tells of an order.
---@param place facequery.Place
---@param order_no string
---@param tsa_ca? string PEM: who must have issued the TSAs' certificates; without, nobody looks
---@return facequery.SheetFacts|nil
---@return facequery.Failure|nil failure NOT_ARCHIVED
function sheet.find(place, order_no, tsa_ca)
  local found, failure = facts.of(place, order_no)
  if not found then
    return nil, failure
  end
  local function report(path, problem)
    facts.add_problem(found, path, problem)
  end
  local line = found.decisive
  found.seals = line and seals.find(place, report, tsa_ca, line.number - 1) or seals.NONE
  return found
end

--- The page of an order.  What is wrong with its evidence is said on the page's top, and what is not proven is not
--- shown.
---@param found facequery.SheetFacts
---@param place facequery.Place
---@param lang facequery.Lang
---@param is_export? boolean it lies beside an exported bundle, rather than an archive's
---@return facequery.Page
function sheet.page(found, place, lang, is_export)
  return { lang = lang, kind = "sheet", about = found.order_no, made = "made",
    parts = function() return parts_of(found, place, lang, is_export) end }
end

--- Writes it.
---@param place facequery.Place
---@param order_no string
---@param file facequery.NewFile the caller's to commit, or to close where this fails
---@param options? { lang?: facequery.Lang, tsa_ca?: string }
---@return { problems: integer }|nil
---@return facequery.Failure|nil failure NOT_ARCHIVED; BUNDLE_INVALID where a file was changed while the page was made
function sheet.write(place, order_no, file, options)
  local found, failure = sheet.find(place, order_no, options and options.tsa_ca)
  local ok
  if found then
    ok, failure = page.write(place, file, sheet.page(found, place, options and options.lang or "en"))
  end
  return ok and { problems = #found.problems + found.more } or nil, failure
end

return sheet
