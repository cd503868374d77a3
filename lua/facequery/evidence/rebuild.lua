--- The service's last answer, made again of its text and of the bundle's files, to compare its digest with the one
--- that was taken of the answer as it came.

local core = require "facequery.core"

local rebuild = {}

--- Where a file's text stood between its quotes; of the manifest's `rebuild`, in order.
---@class facequery.Rebuild
---@field at integer bytes of `answer` before it
---@field file string the bundle's
---@field base64? facequery.Spelling how the file's bytes were written; nil: as they are, for they are text

local function is_count(value, least)
  return type(value) == "number" and value >= least and value <= 2 ^ 53 and value % 1 == 0
end

local function is_text(value)
  return type(value) == "string" and not value:find "%z"
end

local function has_lines(spelling)
  return is_count(spelling.line, 1) and is_count(spelling.lines, 1)
    and is_text(spelling.ending) and spelling.ending:find "^[\r\n\\rn]+$" ~= nil and #spelling.ending <= 4
end

local function is_spelling(value)
  return type(value) == "table"
    and (value.prefix == nil or is_text(value.prefix))
    and (value.slash == nil or value.slash == "\\/")
    and (value.unpadded == nil or value.unpadded == true)
    and (value.line == nil and value.lines == nil and value.ending == nil or has_lines(value))
end

-- The parts of the answer, for a place's `rebuild`; nil where the places are none.
local function parts_of(text, places, files)
  local parts, at = {}, 0
  for i = 1, type(text) == "string" and type(places) == "table" and #places or 0 do
    local one = places[i]
    if type(one) ~= "table" or not is_count(one.at, at) or one.at > #text
      or type(one.file) ~= "string" or not files[one.file]
      or one.base64 ~= nil and not is_spelling(one.base64) then
      return nil
    end
    parts[#parts + 1] = text:sub(at + 1, one.at)
    parts[#parts + 1] = { file = one.file, base64 = one.base64 }
    at = one.at
  end
  if type(text) ~= "string" or type(places) ~= "table" then
    return nil
  end
  parts[#parts + 1] = text:sub(at + 1)
  return parts
end

-- The place with the file that holds its text; nil where none does: of an earlier answer's file it is another.
local function place_of(one, files, media, damaged)
  local file = media[one.name]
  if not one.base64 then
    local damage = damaged and damaged[one.name]
    file = damage and damage.file
  end
  if file and one.sha256 == files[file].sha256 then
    return { at = one.at, file = file, base64 = one.base64 }
  end
end

--- What the manifest says of the last answer; false: it can't be made again; nil: it has no digest to compare.
---@param answer facequery.Answer
---@param files table<string, table> the manifest's
---@param media table<string, string> the names of the files that the media are in
---@param damaged table<string, table>|nil the manifest's
---@return facequery.Rebuild[]|false|nil
---@return facequery.Failure|nil failure
function rebuild.places(answer, files, media, damaged)
  if not answer.sha256 then
    return nil
  end
  local plain, failure = core.utf8(answer.envelope or "")
  if not plain then
    return nil, failure
  end
  local places = {}
  for i, one in ipairs(answer.layout or {}) do
    places[i] = place_of(one, files, media, damaged)
  end
  -- JSON holds no bytes that are not UTF-8.
  local is_complete = answer.layout and #places == #answer.layout and plain == answer.envelope
  return is_complete and parts_of(answer.envelope, places, files) and places or false
end

--- Makes the answer again.  Its files are as the manifest says.
---@param place facequery.Place
---@param bundle string its name
---@param content facequery.Manifest
---@return string|nil problem what is wrong
function rebuild.check(place, bundle, content)
  local responses = content.responses
  local expected = type(responses) == "table" and responses[#responses]
  if not content.rebuild then
    return nil
  end
  local parts = parts_of(content.answer, content.rebuild, content.files)
  if not parts then
    return "does not say how the answer is made again"
  end
  local found, failure = place:rebuild(bundle, parts)
  if not found then
    return "the answer can't be made again: " .. failure.status
  elseif found.sha256 ~= expected then
    return "the answer, made again of its text and the files, is not the one that came"
  end
end

return rebuild
