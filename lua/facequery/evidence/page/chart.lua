--- Plots as SVG: bars without letters, which fit any width; what they mean stands in HTML beside them.

local html = require "facequery.evidence.page.html"

local chart = {}

--- A score as a number, where it is one from 0 to 100.
---@param value any as the service sent it
---@return number|nil
function chart.score(value)
  local is_plain = type(value) == "number" or type(value) == "string" and value:find "^%d+%.?%d*$"
  local number = is_plain and tonumber(value)
  return number and number >= 0 and number <= 100 and number or nil
end

local METER = [[
<svg class="meter" viewBox="0 0 100 4" preserveAspectRatio="none" role="img" aria-label="$label">
<rect class="track" width="100" height="4"/><rect class="bar" width="$share" height="4"/></svg>
]]

--- A share of a whole as a line.
---@param share number of 100
---@param label string for who can't see it
---@return facequery.Markup
function chart.meter(share, label)
  return html.fill(METER, { share = ("%.2f"):format(share), label = label })
end

-- Every bar has so much room, of which a tenth stays free.  Where they are few, they stand in the middle.
local ROOM, HEIGHT, FEW = 10, 100, 14

local BARS = [[
<div class="chart"><p class="most">$most</p>
<svg class="bars" viewBox="0 0 $width 100" preserveAspectRatio="none" role="img" aria-label="$label">
$bars<rect class="axis" y="99.5" width="$width" height="0.5"/></svg>
<div class="labels"><span>$first</span><span>$middle</span><span>$last</span></div></div>
]]

local function rect(kind, x, from, height)
  return height > 0 and html.fill("<rect class=\"$kind\" x=\"$x\" y=\"$y\" width=\"9\" height=\"$height\"/>", {
    kind = kind, x = ("%.1f"):format(x * ROOM + 0.5), y = ("%.2f"):format(HEIGHT - from - height),
    height = ("%.2f"):format(height),
  }) or html.NOTHING
end

--- Bars that stand side by side: at the foot of each the verified orders, and on them the others.
---@param list { label: string, verified: integer, rejected: integer }[]
---@param label string for who can't see them
---@param ends? { first: string, last: string } what stands at their foot; else the first's and the last's labels
---@return facequery.Markup
function chart.bars(list, label, ends)
  local most = 1
  for _, one in ipairs(list) do
    most = math.max(most, one.verified + one.rejected)
  end
  local bars, before = {}, math.max(0, FEW - #list) / 2
  for i, one in ipairs(list) do
    local x = before + i - 1
    local verified, rejected = one.verified / most * HEIGHT, one.rejected / most * HEIGHT
    bars[i] = html.fill("<g><title>$title</title>$verified$rejected</g>\n", {
      title = ("%s: %d + %d"):format(one.label, one.verified, one.rejected),
      verified = rect("bar", x, 0, verified),
      rejected = rect("other", x, verified, rejected),
    })
  end
  local first, last = list[1] and list[1].label or "", list[#list] and list[#list].label or ""
  local middle = first == last and first or ("%s – %s"):format(first, last)
  ends = ends or before == 0 and { first = first, last = last } or nil
  return html.fill(BARS, {
    most = ("%d"):format(most), width = math.max(#list, FEW) * ROOM, label = label, bars = html.join(bars),
    first = ends and ends.first or "", middle = ends and "" or middle, last = ends and ends.last or "",
  })
end

return chart
