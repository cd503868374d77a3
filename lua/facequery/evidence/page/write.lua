--- Writes a page's parts, one after the other, into a file.

local blocks = require "facequery.evidence.page.blocks"
local errors = require "facequery.errors"
local html = require "facequery.evidence.page.html"
local style = require "facequery.evidence.page.style"
local words = require "facequery.evidence.page.words"

local page = {}

-- What a browser must be allowed for a file that is embedded.
local ALLOWED = { photo = "img-src data:", video = "media-src data:" }

--- A bundle's file that is embedded as base64, and what it must be.
---@class facequery.EmbeddedFile
---@field bundle string its name
---@field file string
---@field size integer
---@field sha256 string
---@field kind "photo"|"video"

---@class facequery.Page
---@field lang facequery.Lang
---@field kind "sheet"|"report" its title's name among the words
---@field about string what it is about
---@field made string the name of its last sentence
---@field parts fun(): (facequery.Markup|facequery.EmbeddedFile)[]

local function assemble(content)
  local say, parts, allowed = words[content.lang], content.parts(), {}
  for _, part in ipairs(parts) do
    allowed[#allowed + 1] = ALLOWED[part.kind]
  end
  local title = ("%s: %s"):format(say[content.kind], content.about)
  table.insert(parts, 1, html.head(content.lang, title, style.of(content.about), allowed))
  parts[#parts + 1] = blocks.footer(say[content.made]:format(require "facequery.version", blocks.now()))
  parts[#parts + 1] = html.TAIL
  return parts
end

--- All of a page, from its head to its end.
---@param content facequery.Page
---@return (facequery.Markup|facequery.EmbeddedFile)[]|nil parts
---@return facequery.Failure|nil failure
function page.parts(content)
  local ok, parts = pcall(assemble, content)
  if not ok and not errors.is_failure(parts) then
    error(parts, 0)
  end
  return ok and parts or nil, not ok and parts or nil
end

--- How many bytes these parts will be.
---@param parts (facequery.Markup|facequery.EmbeddedFile)[]
---@return integer
function page.size(parts)
  local size = 0
  for _, part in ipairs(parts) do
    size = size + (part.file and math.ceil(part.size / 3) * 4 or #part.markup)
  end
  return size
end

local function embed(place, file, part)
  local digests, failure = place:embed(part.bundle, part.file, file, { "sha256" })
  if digests and (digests.sha256 ~= part.sha256 or digests.size ~= part.size) then
    return nil, { status = "BUNDLE_INVALID", field = part.file }
  end
  return digests, failure
end

--- Writes them.
---@param place facequery.Place of the files that are embedded
---@param file facequery.NewFile
---@param parts (facequery.Markup|facequery.EmbeddedFile)[]
---@return true|nil
---@return facequery.Failure|nil failure BUNDLE_INVALID: a file is not the one that the page is about
function page.put(place, file, parts)
  for _, part in ipairs(parts) do
    local ok, failure
    if part.file then
      ok, failure = embed(place, file, part)
    else
      ok, failure = file:write(part.markup)
    end
    if not ok then
      return nil, failure
    end
  end
  return true
end

--- Writes a page.
---@param place facequery.Place
---@param file facequery.NewFile the caller's to commit, or to close where this fails
---@param content facequery.Page
---@return true|nil
---@return facequery.Failure|nil failure as page.put
function page.write(place, file, content)
  local parts, failure = page.parts(content)
  if not parts then
    return nil, failure
  end
  return page.put(place, file, parts)
end

return page
