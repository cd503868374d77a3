--- What is on the disk, links not followed.

local look = {}

-- LuaFileSystem is required where it is called: whoever has no archive need not have it installed.
local function lfs()
  return require "lfs"
end

--- What has this path: "file", "directory", "link", …; nil for nothing.
---@param path string
---@return string|nil
function look.mode(path)
  return (lfs().symlinkattributes(path, "mode"))
end

--- The size of what has this path; nil for anything but a plain file.
---@param path string
---@return integer|nil
function look.size(path)
  local about = lfs().symlinkattributes(path)
  return about and about.mode == "file" and about.size or nil
end

--- The bytes of a plain file; nil where there is none, or one of more than `most` bytes.
---@param path string
---@param most integer
---@return string|nil
function look.read(path, most)
  -- A link's target is elsewhere, and opening a pipe would wait for its writer.
  local size = look.size(path)
  local handle = size and size <= most and io.open(path, "rb")
  local bytes = handle and handle:read "*a"
  if handle then
    handle:close()
  end
  return bytes or nil
end

--- Is there a folder, or a link to one?
---@param path string
---@return boolean
function look.leads_to_folder(path)
  return lfs().attributes(path, "mode") == "directory"
end

--- The names in a folder, in no order, without "." and "..".
---@param folder string
---@return (fun(): string|nil)|nil
---@return facequery.Failure|nil failure `detail` is the reason in words
function look.names(folder)
  -- lfs.dir raises where it can't list.
  local ok, next_name, listing = pcall(lfs().dir, folder)
  if not ok then
    return nil, { status = "FILE_UNREADABLE", field = folder, detail = next_name:match "([^:]*)$":gsub("^ ", "") }
  end
  return function()
    local name
    repeat
      name = next_name(listing)
    until name ~= "." and name ~= ".."
    return name
  end
end

return look
