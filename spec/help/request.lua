-- What lua/facequery/service/query.lua tells the core of a query, for specs that ask the core alone.

local MEDIA = { "photo", "video" }

-- The given fields of a request, with the rest that the core wants; photo_path and video_path say where the
-- files go.
return function(given)
  local request = {
    timeout = 10,
    connect_timeout = 3,
    max_envelope = 1024 * 1024,
    max_media = 64 * 1024 * 1024,
    unique = { "code", "orderNo" },
    within = "result",
    files = {},
  }
  for name, value in pairs(given or {}) do
    request[name] = value
  end
  for i, name in ipairs(MEDIA) do
    request.files[i] = { name = name, path = request[name .. "_path"] }
    request[name .. "_path"] = nil
  end
  return request
end
