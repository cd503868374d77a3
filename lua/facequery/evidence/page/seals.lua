--- What timestamping authorities say of an archive's log, on its pages.

local blocks = require "facequery.evidence.page.blocks"
local check = require "facequery.evidence.seal.check"
local checkpoint = require "facequery.evidence.seal.checkpoint"
local html = require "facequery.evidence.page.html"
local seal = require "facequery.evidence.seal"

local seals = {}

-- Timestamps that a report lists: the newest.
local MOST = 20

--- A trusted timestamp.
---@class facequery.PageSeal
---@field authority string whose it is
---@field time string when the authority saw the log, UTC
---@field seconds integer the same, since 1970
---@field lines integer how many of the log's lines it saw, from the first
---@field root string base64: of the Merkle tree over these
---@field token string the token's file among the archive's seals
---@field checkpoint string that of what was stamped
---@field exported string the token's file in an export
---@field serial string in hex
---@field policy string an OID

---@class facequery.PageSeals
---@field list facequery.PageSeal[] those that are good
---@field count integer seals, stamped or not
---@field unstamped integer of them
---@field has_authority boolean who issued the authorities' certificates was looked at

--- Those of a log that has no line to cover.
---@type facequery.PageSeals
seals.NONE = { list = {}, count = 0, unstamped = 0, has_authority = false }

--- Checks an archive's seals, or the one that covers a line.
---@param place facequery.Place
---@param report fun(path: string, problem: string)
---@param tsa_ca? string PEM: who must have issued the TSAs' certificates
---@param index? integer the line's, from 0
---@return facequery.PageSeals
function seals.find(place, report, tsa_ca, index)
  local found = { list = {}, count = 0, unstamped = 0, has_authority = tsa_ca ~= nil }
  local function hear(size, tokens)
    found.count = found.count + 1
    found.unstamped = found.unstamped + (tokens[1] and 0 or 1)
    for _, one in ipairs(tokens) do
      found.list[#found.list + 1] = one.root and {
        authority = one.signer, time = seal.utc(one.time), seconds = one.time, lines = size, root = one.root,
        token = ("%s/%s"):format(place.seals.name, one.file), exported = one.kind,
        checkpoint = ("%s/%s"):format(place.seals.name, checkpoint.name(size, "checkpoint")),
        serial = one.serial, policy = one.policy,
      } or nil
    end
  end
  check.run(place, report, tsa_ca, { index = index, hear = hear })
  return found
end

-- When a timestamp was made; a reader in China is told in China's time, too.
local function when(one, say)
  return say.seal_when:format(one.time, os.date("!%Y-%m-%d %H:%M:%S", one.seconds + 8 * 3600))
end

-- What was looked at of the authorities, and what not.
local function trust(found, say)
  return blocks.paragraph(found.has_authority and say.seal_known or say.seal_unknown, found.has_authority)
end

--- The section of an order's sheet.
---@param found facequery.PageSeals
---@param is_export boolean|nil the page lies beside the token
---@param say table words
---@return facequery.Markup
function seals.of_order(found, is_export, say)
  local list = {}
  for _, one in ipairs(found.list) do
    list[#list + 1] = blocks.paragraph(say.seal_text:format(one.authority, one.lines, when(one, say)))
    list[#list + 1] = blocks.terms {
      { say.seal_root, html.fill("<code>$root</code>", one) },
      { say.seal_token, html.fill("<code>$name</code>", { name = is_export and one.exported or one.token }) },
      { say.seal_serial, html.fill("<code>$serial</code>", one) },
      { say.seal_policy, html.fill("<code>$policy</code>", one) },
    }
  end
  list[#list + 1] = list[1] and trust(found, say) or blocks.paragraph(say.no_seal)
  return blocks.section(say.seal, html.join(list))
end

local TABLE = [[
<table><thead><tr><th>$time</th><th class="number">$lines</th><th>$authority</th></tr></thead><tbody>
$rows</tbody></table>
]]

-- The newest first.
local function table_of(found, say)
  local rows = {}
  for i = #found.list, math.max(1, #found.list - MOST + 1), -1 do
    rows[#rows + 1] = found.list[i]
  end
  local more = #found.list - #rows
  return html.fill(TABLE, {
    time = say.seal_time, lines = say.seal_lines, authority = say.seal_authority,
    rows = html.each(rows, "<tr><td>$time</td><td class=\"number\">$lines</td><td>$authority</td></tr>\n"),
  }), more > 0 and blocks.paragraph(say.more_seals:format(more), true) or html.NOTHING
end

--- The section of a report.
---@param found facequery.PageSeals
---@param lines integer the log's
---@param say table words
---@return facequery.Markup
function seals.of_archive(found, lines, say)
  local newest = found.list[#found.list]
  if not newest then
    return blocks.section(say.seal, blocks.paragraph(say.report_no_seal))
  end
  local rows, more = table_of(found, say)
  return blocks.section(say.seal, blocks.terms {
    { say.seal_covered, say.seal_share:format(newest.lines, lines) },
    { say.seal_uncovered, math.max(0, lines - newest.lines) },
    { say.seal_count, found.count },
    { say.seal_unstamped, found.unstamped },
  }, rows, more, trust(found, say))
end

return seals
