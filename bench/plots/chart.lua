-- Draws SVG: horizontal bars, and lines.  gnuplot's SVG differs from release to release, so that no spec could hold a
-- file to the results; this is the same bytes wherever it is made, and each mark has its value in a <title>.

local chart = {}

-- The two Luas round a tie each in its own way.
local NUDGE = 1e-6
local WIDTH, TOP, BOTTOM = 760, 70, 50
-- The page may be dark, and the picture in it knows only what the system prefers: it brings its own background.
local STYLE = [[
text{font:13px system-ui,sans-serif;fill:#1f2328}.title{font-size:16px;font-weight:600}.bold{font-weight:600}
.bg{fill:#fff}.muted{fill:#59636e;font-size:12px}.grid{stroke:#d1d9e0}.whisker{stroke:#1f2328}.one{stroke:#1f2328}
.one,.line{fill:none;stroke-width:2}.one{stroke-dasharray:5 4}
@media(prefers-color-scheme:dark){text{fill:#f0f6fc}.bg{fill:#0d1117}.muted{fill:#9198a1}.grid{stroke:#3d444d}
.whisker,.one{stroke:#f0f6fc}}]]
-- They stand out from white and from black, and from each other for the colour-blind.
local COLOURS = {
  ours = "#2f7fe0", luajit = "#1a9c8c", floor = "#7d8590", peer = "#d9711c", peer_luajit = "#b8860b", other = "#b4559f",
}

local function escape(text)
  return (text:gsub("[&<>]", { ["&"] = "&amp;", ["<"] = "&lt;", [">"] = "&gt;" }))
end

--- 1234567.5 as 1,234,567.5.
---@param text string that begins with a number
---@return string
function chart.number(text)
  local whole, rest = text:match "^(%d+)(.*)$"
  return (whole:reverse():gsub("(%d%d%d)", "%1,"):reverse():gsub("^,", "")) .. rest
end
local grouped = chart.number

-- A number without noughts that say nothing.
local function plain(value)
  return grouped((("%.4f"):format(value):gsub("%.?0+$", "")))
end

local function title_of(label, mark)
  local spread = mark.least and (" (%s to %s)"):format(mark.least, mark.most) or ""
  return ("<title>%s: %s%s</title>"):format(escape(label), mark.value, spread)
end

local function new(height)
  local lines = {}
  local self = { lines = lines, height = height }
  function self.say(format, ...)
    lines[#lines + 1] = format:format(...)
  end
  function self.text(x, y, anchor, class, text)
    self.say('<text x="%.1f" y="%.1f" text-anchor="%s"%s>%s</text>', x, y, anchor,
      class and (' class="%s"'):format(class) or "", escape(text))
  end
  function self.rule(class, x1, y1, x2, y2)
    self.say('<path class="%s" d="M%.1f %.1fL%.1f %.1f"/>', class, x1, y1, x2, y2)
  end
  return self
end

local function finish(svg, plot)
  local head = {
    ('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%d" height="%d" role="img">'):format(WIDTH,
      svg.height, WIDTH, svg.height),
    ("<title>%s</title>"):format(escape(plot.title)),
    ("<desc>%s</desc>"):format(escape(table.concat(plot.notes, " "))),
    ("<style>%s"):format(STYLE),
  }
  for _, name in ipairs { "ours", "luajit", "floor", "peer", "peer_luajit", "other" } do
    head[#head + 1] = (".%s{fill:%s;stroke:%s}"):format(name, COLOURS[name], COLOURS[name])
  end
  head[#head + 1] = "</style>"
  head[#head + 1] = ('<rect class="bg" width="%d" height="%d"/>'):format(WIDTH, svg.height)
  return table.concat(head, "\n") .. "\n" .. table.concat(svg.lines, "\n") .. "\n</svg>\n"
end

local function heading(svg, plot)
  svg.text(16, 26, "start", "title", plot.title)
  for i, note in ipairs(plot.notes) do
    svg.text(16, 28 + 17 * i, "start", "muted", note)
  end
end

-- Ticks of a linear axis from 0 to `most`, five to eight.
local function steps(most)
  local step = 10 ^ math.floor(math.log(most) / math.log(10))
  for _, part in ipairs { 0.1, 0.2, 0.5, 1 } do
    if most / (step * part) <= 8 then
      step = step * part
      break
    end
  end
  local ticks = {}
  for i = 0, math.ceil(most / step - 1e-9) do
    ticks[#ticks + 1] = i * step
  end
  return ticks
end

-- Powers of ten around the values.
local function decades(least, most)
  local ticks = {}
  for power = -9, 9 do
    local value = 10 ^ power
    if value * 10 > least * 1.0001 and value < most * 10 * 0.9999 then
      ticks[#ticks + 1] = value
    end
  end
  return ticks
end

-- Where a value lies between the axis' ends, `from` and `to` on paper.
local function scale(first, last, from, to, is_log)
  local place = is_log and math.log or function(value) return value end
  return function(value)
    return from + NUDGE + (to - from) * (place(value) - place(first)) / (place(last) - place(first))
  end
end

local ROW, BAR = 22, 14

local function bar(svg, row, x, y)
  svg.text(x(0) - 8, y + 12, "end", nil, row.label)
  local value = tonumber(row.value)
  svg.say('<rect class="%s" x="%.1f" y="%.1f" width="%.2f" height="%d">%s</rect>', row.class, x(0), y,
    x(value) - x(0) + NUDGE, BAR, title_of(row.label, row))
  local right = x(value)
  if row.least then
    local least, most, middle = x(tonumber(row.least)), x(tonumber(row.most)), y + BAR / 2
    svg.say('<path class="whisker" d="M%.2f %.1fH%.2fM%.2f %.1fv8M%.2f %.1fv8"/>', least, middle, most, least,
      middle - 4, most, middle - 4)
    right = math.max(right, most)
  end
  svg.text(right + 6, y + 12, "start", nil, grouped(row.value))
end

---@class facequery.bench.Mark a bar or a point
---@field value string as the results have it
---@field least? string of the turns
---@field most? string

---@class facequery.bench.Bars
---@field title string
---@field notes string[] two lines at most
---@field axis string what it counts, and its unit
---@field left integer room for the labels
---@field one? string what 1 is
---@field groups table[] each { title = string, and bars: facequery.bench.Mark with label and class }

--- Horizontal bars in groups, with their values, and whiskers from the least to the most.
---@param plot facequery.bench.Bars
---@return string svg
function chart.bars(plot)
  local rows, most = 0, 0
  for _, group in ipairs(plot.groups) do
    rows = rows + #group + 1.4
    for _, row in ipairs(group) do
      most = math.max(most, tonumber(row.most or row.value))
    end
  end
  local bottom = math.floor(TOP + rows * ROW + 8)
  local ticks = steps(most)
  local x = scale(0, ticks[#ticks], plot.left, WIDTH - 64)
  local svg = new(bottom + BOTTOM)
  heading(svg, plot)
  for _, tick in ipairs(ticks) do
    svg.rule("grid", x(tick), TOP, x(tick), bottom)
    svg.text(x(tick), bottom + 18, "middle", "muted tick", plain(tick))
  end
  svg.text((x(0) + WIDTH - 64) / 2, bottom + 38, "middle", nil, plot.axis)
  local y = TOP
  for _, group in ipairs(plot.groups) do
    svg.text(16, y + 18, "start", "bold", group.title)
    y = y + 1.25 * ROW
    for _, row in ipairs(group) do
      bar(svg, row, x, y)
      y = y + ROW
    end
    y = y + 0.15 * ROW
  end
  if plot.one then
    svg.rule("one", x(1), TOP, x(1), bottom)
    svg.text(x(1) + 4, TOP + 14, "start", "muted", plot.one)
  end
  return finish(svg, plot)
end

-- Labels at the lines' ends, moved apart where lines end together.
local function labels(svg, plot, x, y)
  local ends = {}
  for _, series in ipairs(plot.series) do
    local last = series[#series]
    ends[#ends + 1] = { y = y(tonumber(last.value)), at = x(last.x), text = series.label
      .. (plot.is_each_labelled and "" or ": " .. grouped(last.value)) }
  end
  table.sort(ends, function(a, b) return a.y < b.y end)
  for i, label in ipairs(ends) do
    label.y = math.max(label.y, i > 1 and ends[i - 1].y + 16 or 0)
    svg.text(label.at + 10, label.y + 4, "start", nil, label.text)
  end
end

local function line(svg, series, x, y, is_each_labelled)
  local path = {}
  for i, point in ipairs(series) do
    path[i] = ("%s%.2f %.2f"):format(i == 1 and "M" or "L", x(point.x), y(tonumber(point.value)))
  end
  svg.say('<path class="%s line" style="fill:none" d="%s"/>', series.class, table.concat(path))
  for _, point in ipairs(series) do
    local at, height = x(point.x), y(tonumber(point.value))
    svg.say('<circle class="%s" cx="%.2f" cy="%.2f" r="4">%s</circle>', series.class, at, height,
      title_of(("%s, %s"):format(series.label, point.label), point))
    if is_each_labelled then
      svg.text(at, height - 10, "middle", nil, grouped(point.value))
    end
  end
end

-- The ends of the axis of values.
local function values(plot)
  local least, most = math.huge, 0
  for _, series in ipairs(plot.series) do
    for _, point in ipairs(series) do
      least, most = math.min(least, tonumber(point.value)), math.max(most, tonumber(point.value))
    end
  end
  return plot.is_log and decades(least, most) or steps(most)
end

---@class facequery.bench.Lines
---@field title string
---@field notes string[] two lines at most
---@field x_axis string
---@field y_axis string
---@field right integer room for the lines' names
---@field is_log boolean both axes are logarithmic; otherwise both are linear
---@field is_each_labelled? boolean all points have their values beside them, and not the last alone
---@field series table[] each { label = string, class = string, and points: facequery.bench.Mark with x and label }

--- Lines, whose points have their x for ticks.
---@param plot facequery.bench.Lines
---@return string svg
function chart.lines(plot)
  local left, bottom = 84, TOP + 330
  local ticks = values(plot)
  local points = plot.series[1]
  local svg = new(bottom + BOTTOM)
  local x = scale(points[1].x, points[#points].x, left + 20, WIDTH - plot.right, plot.is_log)
  local y = scale(ticks[1], ticks[#ticks], bottom, TOP + 14, plot.is_log)
  heading(svg, plot)
  for _, tick in ipairs(ticks) do
    svg.rule("grid", left, y(tick), WIDTH - plot.right + 4, y(tick))
    svg.text(left - 8, y(tick) + 4, "end", "muted tick", plain(tick))
  end
  for _, point in ipairs(points) do
    svg.rule("grid", x(point.x), TOP + 14, x(point.x), bottom)
    svg.text(x(point.x), bottom + 18, "middle", "muted tick", grouped(point.label))
  end
  svg.text((left + WIDTH - plot.right) / 2, bottom + 38, "middle", nil, plot.x_axis)
  svg.say('<text transform="translate(18 %.1f) rotate(-90)" text-anchor="middle">%s</text>', (TOP + bottom) / 2,
    escape(plot.y_axis))
  for _, series in ipairs(plot.series) do
    line(svg, series, x, y, plot.is_each_labelled)
  end
  labels(svg, plot, x, y)
  return finish(svg, plot)
end

return chart
