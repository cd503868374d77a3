--- A draft on a disk: a folder in its run's area.  The methods are facequery.Draft's.

local core = require "facequery.core"

local draft = {}

---@class facequery.DiskDraft : facequery.Draft
---@field folder string
---@field looked_on integer number of the day on which it was begun, when there was no bundle of its order yet
local Draft = {}
Draft.__index = Draft

--- A draft in this folder, which is there.
---@param order_no string
---@param folder string
---@param looked_on integer
---@return facequery.DiskDraft
function draft.new(order_no, folder, looked_on)
  return setmetatable({ order_no = order_no, folder = folder, looked_on = looked_on }, Draft)
end

function Draft:path(file)
  return self.folder .. "/" .. file
end

function Draft:take(path, file)
  return core.rename(path, self:path(file))
end

function Draft:write(file, bytes)
  return core.write_draft(self:path(file), bytes)
end

function Draft:digest(file, hashes)
  return core.digest_file(self:path(file), hashes)
end

function Draft:discard()
  core.remove_folder(self.folder)
end

return draft
