--- The files that a query's photo_path and video_path name.  The core writes them while an answer arrives; this is
--- what has to be known or done about them before and after.

local records = require "facequery.service.record"

local files = {}

-- errno when a name does not exist, and when a part of the path is no folder.
local ENOENT, ENOTDIR = 2, 20

--- The folder in which a file is to be made, when there is no such folder.
---@param path string the file's
---@return string|nil
function files.missing_folder(path)
  local folder = path:match "^(.*/)" or "./"
  local file, _, errno = io.open(folder .. ".")
  if file then
    file:close()
  end
  return (errno == ENOENT or errno == ENOTDIR) and folder or nil
end

--- A failure to make a file; where its folder is missing, that is named.
---@param failure facequery.Failure the core's
---@param path string the file's
---@return facequery.Failure
function files.name_missing(failure, path)
  local folder = files.missing_folder(path)
  if folder then
    return { status = "FOLDER_MISSING", field = folder }
  end
  failure.field = failure.field or path
  return failure
end

--- Removes the files that an answer has brought, before it is asked for again: an existing file is never
--- overwritten.
---@param record? facequery.Record
function files.discard(record)
  for _, name in ipairs(record and records.MEDIA or {}) do
    local medium = record[name]
    if medium and medium.path then
      os.remove(medium.path)
    end
  end
end

return files
