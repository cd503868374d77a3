--- The photo and the video of a page: inside it, or in words why they are not.

local codes = require "facequery.codes"
local html = require "facequery.evidence.page.html"
local json = require "facequery.json"
local records = require "facequery.service.record"

local media = {}

--- The largest file that is put inside, in bytes: as large as a file of an answer may be unless a client is told
--- otherwise.  Browsers of 2025 and later take data: urls of 512 MB.
media.LARGEST = records.MAX_MEDIA

-- What browsers show, by the file's own extension: what the manifest calls it is text from elsewhere.
local SHOWN = {
  photo = { jpg = "image/jpeg", png = "image/png" },
  video = { mp4 = "video/mp4" },
}

local BEFORE = {
  photo = "<img alt=\"$title\" src=\"data:$mime;base64,",
  video = "<video controls preload=\"auto\" aria-label=\"$title\" src=\"data:$mime;base64,",
}
local AFTER = { photo = "\">\n", video = "\"></video>\n" }

-- The manifest's name of a medium's file, and whether that is encrypted; not the text of a damaged one.
local function file_of(files, name)
  for _, file in ipairs(json.names(files)) do
    local rest = file:match("^" .. name .. "%.([%w.]+)$")
    if rest and rest ~= "base64" and rest ~= "base64.cms" then
      return file, rest
    end
  end
end

-- Sentences about a medium that came damaged.
local function damage_of(damage, lang, say)
  local where = { offset = type(damage.offset) == "number" and damage.offset or nil }
  local list = { { text = say.damaged:format(codes.explain(tostring(damage.code), lang, where).message) } }
  if type(damage.file) == "string" then
    list[2] = { text = (damage.exact == true and say.damaged_exact or say.damaged_file):format(damage.file) }
  end
  return list
end

local function has(list, name)
  for _, one in ipairs(type(list) == "table" and list or {}) do
    if one == name then
      return true
    end
  end
  return false
end

-- Sentences about what is not inside the page.
local function sentences(found, name, file, extension, lang, say)
  local content, list = found.manifest, {}
  local damage = type(content.damaged) == "table" and content.damaged[name]
  if file and not found.sound[file] then
    list[1] = { text = say.unsound:format(file) }
  elseif file and extension:find "%.?cms$" then
    list[1] = { text = say.encrypted:format(file) }
  elseif file and not SHOWN[name][extension] then
    list[1] = { text = say.no_picture:format(file) }
  elseif file and content.files[file].size > media.LARGEST then
    list[1] = { text = say.too_large:format(("%.0f"):format(content.files[file].size), file) }
  elseif not file and has(content.missing, name) then
    list[1] = { text = say.missing[name] }
  end
  if type(damage) == "table" then
    for _, one in ipairs(damage_of(damage, lang, say)) do
      list[#list + 1] = one
    end
  end
  if has(content.odd, name) then
    list[#list + 1] = { text = say.odd }
  end
  return list
end

-- Adds a medium's parts.
local function add(parts, found, name, lang, say)
  local file, extension = file_of(found.manifest.files, name)
  local entry = file and found.manifest.files[file]
  local mime = file and found.sound[file] and SHOWN[name][extension]
  local function append(template, values)
    parts[#parts + 1] = html.fill(template, values)
  end
  append("<figure><h3>$title</h3>\n", { title = say[name] })
  if mime and entry.size <= media.LARGEST then
    append(BEFORE[name], { title = say[name], mime = mime })
    parts[#parts + 1] = { bundle = found.name, file = file, size = entry.size, sha256 = entry.sha256,
      kind = name }
    append(AFTER[name])
    append("<figcaption>$text$more</figcaption>\n", {
      text = say.file_text:format(file, ("%.0f"):format(entry.size), mime),
      more = name == "video" and html.fill("<br>$text", { text = say.video_text:format(file) }) or html.NOTHING,
    })
  end
  append("$text</figure>\n", {
    text = html.each(sentences(found, name, file, extension, lang, say), "<p>$text</p>\n"),
  })
end

--- Adds the section of the photo and the video.
---@param parts table[] of a page: see write.lua
---@param found facequery.Facts with a manifest
---@param lang facequery.Lang
---@param say table words
function media.add(parts, found, lang, say)
  parts[#parts + 1] = html.fill("<section>\n<h2>$title</h2>\n<div class=\"media\">\n",
    { title = say.media })
  for _, name in ipairs(records.MEDIA) do
    add(parts, found, name, lang, say)
  end
  parts[#parts + 1] = html.fill "</div>\n</section>\n"
end

return media
