--- Writes a page's parts, one after the other, into a file.

local errors = require "facequery.errors"
local html = require "facequery.evidence.page.html"

local page = {}

-- What a browser must be allowed for a file that is embedded.
local ALLOWED = { photo = "img-src data:", video = "media-src data:" }

--- A bundle's file that is embedded as base64, and the digest that it must have.
---@class facequery.EmbeddedFile
---@field bundle string its name
---@field file string
---@field sha256 string
---@field kind "photo"|"video"

---@class facequery.Page
---@field lang facequery.Lang
---@field title string
---@field style string
---@field parts fun(): (facequery.Markup|facequery.EmbeddedFile)[]

local function embed(place, file, part)
  local digests, failure = place:embed(part.bundle, part.file, file, { "sha256" })
  if digests and digests.sha256 ~= part.sha256 then
    return nil, { status = "BUNDLE_INVALID", field = part.file }
  end
  return digests, failure
end

local function write(place, file, content)
  local parts, allowed = content.parts(), {}
  for _, part in ipairs(parts) do
    allowed[#allowed + 1] = ALLOWED[part.kind]
  end
  table.insert(parts, 1, html.head(content.lang, content.title, content.style, allowed))
  parts[#parts + 1] = html.TAIL
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
---@param place facequery.Place of the files that are embedded
---@param file facequery.NewFile the caller's to commit, or to close where this fails
---@param content facequery.Page
---@return true|nil
---@return facequery.Failure|nil failure BUNDLE_INVALID: a file is not the one that the page is about
function page.write(place, file, content)
  local ok, result, failure = pcall(write, place, file, content)
  if not ok and not errors.is_failure(result) then
    error(result, 0)
  end
  return ok and result or nil, not ok and result or failure
end

return page
