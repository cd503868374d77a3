--- The names in a folder.

--- In no order, without "." and "..".
---@param folder string
---@return (fun(): string|nil)|nil
---@return table|nil failure where it can't be listed
return function(folder)
  -- Only what is asked for is loaded: most users of facequery have no archive.
  local lfs = require "lfs"
  -- It raises where others return.
  local ok, next_name, listing = pcall(lfs.dir, folder)
  if not ok then
    return nil, { status = "FILE_UNREADABLE", field = folder, detail = next_name:match "([^:]*)$" }
  end
  return function()
    local name
    repeat
      name = next_name(listing)
    until name ~= "." and name ~= ".."
    return name
  end
end
