--- How a reader checks an order's evidence by hand, with commands that every system has.

local blocks = require "facequery.evidence.page.blocks"
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
local function digests_of(files, folder)
  local lines = { "sha256sum -c <<'END'" }
  for _, name in ipairs(json.names(files)) do
    lines[#lines + 1] = ("%s  %s%s"):format(files[name].sha256, folder, name)
  end
  lines[#lines + 1] = "END"
  return table.concat(lines, "\n")
end

-- The steps about the bundle, where it is there as it was archived.
local function about_bundle(list, found, folder, say)
  local sound = {}
  for name in pairs(found.sound) do
    sound[name] = found.manifest.files[name]
  end
  if next(sound) then
    step(list, say.check_files, digests_of(sound, folder))
  end
  step(list, say.check_manifest, digests_of({ ["manifest.json"] = { sha256 = found.digest } }, folder))
end

-- Shows a line without its own digest; the pattern is sed's, and so is what stands before it.
local OWN_DIGEST = "s/,\"digest\":\"[0-9a-f]*\"}$/}/"

-- The steps about one of the log's lines.
local function about_line(list, line, name, say)
  step(list, say.check_line, ("sed -n %dp %s"):format(line.number, name))
  step(list, say.check_digest:format(line.entry.digest),
    ("sed -n '%d%sp' %s | tr -d '\\n' | sha256sum"):format(line.number, OWN_DIGEST, name))
  if line.entry.previous == log.NOTHING then
    step(list, say.check_first)
  else
    step(list, say.check_previous:format(line.entry.previous),
      ("sed -n %dp %s | tr -d '\\n' | sha256sum"):format(line.number - 1, name))
  end
end

-- The steps about a timestamp: at the time that it says, for its authority's certificate may have expired since.
local function about_seal(list, seal, checkpoint, token, say)
  step(list, say.check_token:format(seal.authority),
    ("openssl ts -verify -data %s -in %s -CAfile tsa-ca.pem -attime %.0f"):format(checkpoint, token, seal.seconds))
end

-- In a bundle's folder, with the archive's log and seals.
local function in_archive(list, found, place, say)
  if found.manifest then
    about_bundle(list, found, "", say)
  end
  if found.decisive then
    about_line(list, found.decisive, place.log_name, say)
  end
  for _, seal in ipairs(found.seals.list) do
    about_seal(list, seal, seal.checkpoint, seal.token, say)
  end
  if found.manifest and found.seals.list[1] then
    step(list, say.check_tree, (("facequery export ORDER --from DIR --out ORDER.tar\ntar xf ORDER.tar\n"
      .. "sh ORDER/verify.sh tsa-ca.pem"):gsub("ORDER", found.order_no)))
  end
end

-- In the folder that an export unpacks to.
local function in_export(list, found, say)
  about_bundle(list, found, "bundle/", say)
  step(list, say.check_exported_line, "cat line")
  step(list, say.check_digest:format(found.decisive.entry.digest),
    ("sed '%s' line | tr -d '\\n' | sha256sum"):format(OWN_DIGEST))
  for _, seal in ipairs(found.seals.list) do
    about_seal(list, seal, "checkpoint", seal.exported, say)
  end
end

--- The section.
---@param found facequery.SheetFacts
---@param place facequery.Place
---@param options { is_export?: boolean, has_media: boolean } where the reader has the files, and what the page shows
---@param say table words
---@return facequery.Markup
function checks.of(found, place, options, say)
  local list = {}
  if options.is_export then
    in_export(list, found, say)
  else
    in_archive(list, found, place, say)
  end
  if options.has_media then
    step(list, say.check_picture)
  end
  step(list, options.is_export and say.check_export or say.check_all,
    options.is_export and "sh verify.sh" or "facequery verify DIR")
  local text = options.is_export and say.checks_export or say.checks_text:format(place.log_name)
  return blocks.section(say.checks, blocks.paragraph(text .. say.checks_tools, true),
    html.fill("<ol class=\"checks\">$steps</ol>", { steps = html.each(list, "<li>$text$command</li>\n") }))
end

return checks
