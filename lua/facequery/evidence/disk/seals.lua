--- The folder of an archive on a disk in which its log's seals are: small files that are never replaced.

local core = require "facequery.core"

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
  local lfs = require "lfs"
  if not lfs.symlinkattributes(self.folder, "mode") then
    return function() end
  end
  -- lfs.dir raises where it can't list.
  local ok, next_name, listing = pcall(lfs.dir, self.folder)
  if not ok then
    return nil, { status = "FILE_UNREADABLE", field = self.folder }
  end
  return function()
    local name
    repeat
      name = next_name(listing)
    until name ~= "." and name ~= ".."
    return name
  end
end

function Seals:read(name, most)
  local path = self.folder .. "/" .. name
  -- A link's target is outside the archive, and opening a pipe would wait for its writer.
  local about = require("lfs").symlinkattributes(path)
  local handle = about and about.mode == "file" and about.size <= most and io.open(path, "rb")
  local bytes = handle and handle:read "*a"
  if handle then
    handle:close()
  end
  return bytes or nil
end

function Seals:add(name, bytes)
  local ok, failure = core.make_folder(self.folder)
  if not ok then
    return nil, failure
  end
  return core.write_file(self.folder .. "/" .. name, bytes)
end

return seals
