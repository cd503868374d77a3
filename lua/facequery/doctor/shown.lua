--- What is shown of a ticket or a secret, and of what was put in another setting's place by mistake and may be one.

local files = require "facequery.doctor.files"
local fingerprint = require "facequery.fingerprint"
local words = require "facequery.doctor.words"

local shown = {}

-- The longest part of a host's name that there may be between two dots (RFC 1035, 2.3.4); a ticket is longer.
local LONGEST_LABEL = 63

--- A value's length and a part of its digest, in words.
---@param lang facequery.Lang
---@param value string
---@return string
function shown.digest(lang, value)
  local print = fingerprint(value)
  return words.of(lang, "shown", print.bytes, print.sha256 or "?")
end

--- A file's path, where there is such a file.
---@param lang facequery.Lang
---@param path string
---@return string
function shown.path(lang, path)
  return files.is_there(path) and path or shown.digest(lang, path)
end

--- Could this be a host, with or without a port?
---@param place string
---@return boolean
function shown.is_place(place)
  for label in place:gmatch "[^.:]+" do
    if #label > LONGEST_LABEL then
      return false
    end
  end
  return true
end

--- A host, with or without a port, where it can be one.
---@param lang facequery.Lang
---@param place string
---@return string
function shown.place(lang, place)
  return shown.is_place(place) and place or shown.digest(lang, place)
end

return shown
