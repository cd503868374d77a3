--- How many faces an archive stores now.

local manifest = require "facequery.evidence.manifest"

local count = {}

--- A bundle with a photo or a video is a face; a bundle that can't be read counts as one, too.
---@param place facequery.Place
---@return { bundles: integer, faces: integer }|nil
---@return facequery.Failure|nil failure
function count.run(place)
  local bundles, faces = 0, 0
  local names, failure = place:names()
  if not names then
    return nil, failure
  end
  for order_no in names do
    local content = manifest.read(place, order_no)
    local has_face = not content
    for name in pairs(content and content.files or {}) do
      has_face = has_face or tostring(name):find "^photo%." ~= nil or tostring(name):find "^video%." ~= nil
    end
    bundles = bundles + 1
    faces = faces + (has_face and 1 or 0)
  end
  return { bundles = bundles, faces = faces }
end

return count
