--- The folder of an archive on a disk in which its log's seals are: small files that are never replaced.

local core = require "facequery.core"
local look = require "facequery.evidence.disk.look"

local seals = {}

--- What it is called.  No bundle has this name, though an order could.
seals.NAME = "seals"

---@class facequery.DiskSeals : facequery.Seals
---@field folder string
local Seals = { name = seals.NAME }
Seals.__index = Seals

---@param dir string the archive's
---@return facequery.DiskSeals
function seals.at(dir)
  return setmetatable({ folder = dir .. "/" .. seals.NAME }, Seals)
end

function Seals:names()
  if not look.mode(self.folder) then
    return function() end
  end
  return look.names(self.folder)
end

function Seals:read(name, most)
  return look.read(self.folder .. "/" .. name, most)
end

function Seals:add(name, bytes)
  local ok, failure = core.make_folder(self.folder)
  if not ok then
    return nil, failure
  end
  return core.write_file(self.folder .. "/" .. name, bytes)
end

return seals
