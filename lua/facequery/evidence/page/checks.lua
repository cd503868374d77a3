--- How a reader checks an order's evidence by hand, with commands that every system has.

local html = require "facequery.evidence.page.html"
local json = require "facequery.json"
local log = require "facequery.evidence.log"

local checks = {}

-- A line that the log's own words can follow: they are formatted with what they need.
local function step(list, text, command)
  list[#list + 1] = {
    text = text,
    command = command and html.fill("<pre>$command</pre>", { command = command }) or html.NOTHING,
  }
end

-- sha256sum's own format; -c reads it from here, so that nothing has to be compared by eye.
local function digests_of(files)
  local lines = { "sha256sum -c <<'END'" }
  for _, name in ipairs(json.names(files)) do
    lines[#lines + 1] = ("%s  %s"):format(files[name].sha256, name)
  end
  lines[#lines + 1] = "END"
  return table.concat(lines, "\n")
end

-- The steps about the bundle, where it is there as it was archived.
local function about_bundle(list, found, say)
  local sound = {}
  for name in pairs(found.sound) do
    sound[name] = found.manifest.files[name]
  end
  if next(sound) then
    step(list, say.check_files, digests_of(sound))
  end
  step(list, say.check_manifest, digests_of { ["manifest.json"] = { sha256 = found.digest } })
end

-- The steps about one of the log's lines.
local function about_line(list, line, name, say)
  step(list, say.check_line, ("sed -n %dp %s"):format(line.number, name))
  step(list, say.check_digest:format(line.entry.digest),
    ("sed -n '%ds/,\"digest\":\"[0-9a-f]*\"}$/}/p' %s | tr -d '\\n' | sha256sum"):format(line.number, name))
  if line.entry.previous == log.NOTHING then
    step(list, say.check_first)
  else
    step(list, say.check_previous:format(line.entry.previous),
      ("sed -n %dp %s | tr -d '\\n' | sha256sum"):format(line.number - 1, name))
  end
end

--- The steps, numbered.
---@param found facequery.Facts
---@param log_name string the log's file
---@param seals facequery.SheetSeal[]
---@param say table words
---@return facequery.Markup
function checks.of(found, log_name, seals, say)
  local list = {}
  if found.manifest then
    about_bundle(list, found, say)
  end
  if found.decisive then
    about_line(list, found.decisive, log_name, say)
  end
  for _, seal in ipairs(seals) do
    step(list, seal.text, seal.command)
  end
  if found.manifest then
    step(list, say.check_picture)
  end
  step(list, say.check_all, "facequery verify DIR")
  return html.fill("<ol class=\"checks\">$steps</ol>", { steps = html.each(list, "<li>$text$command</li>\n") })
end

return checks
