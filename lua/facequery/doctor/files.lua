--- What the doctor reads of this machine's files, and whether it can write where an archive is to be.

local core = require "facequery.core"

local files = {}

local RESOLVER = "/etc/resolv.conf"

--- The name servers that resolving asks.
---@return string[] addresses
function files.name_servers()
  local servers = {}
  local file = io.open(RESOLVER)
  for line in file and file:lines() or function() end do
    servers[#servers + 1] = line:match "^%s*nameserver%s+(%S+)"
  end
  if file then
    file:close()
  end
  return servers
end

--- Whether there is something of that name that can be opened.
---@param path string
---@return boolean
function files.is_there(path)
  local file = io.open(path)
  if file then
    file:close()
  end
  return file ~= nil
end

--- Whether a new file can be written in a folder, or the folder made: writes one that never gets its name.
---@param path string
---@return number|nil bytes that are free
---@return boolean|facequery.Failure found whether the folder is there; or a failure
function files.try_folder(path)
  local room = core.room(path)
  local is_there = room ~= nil
  if not is_there then
    path = path:gsub("/+$", ""):match "^(.*)/[^/]*$" or "."
    path = path == "" and "/" or path
  end
  local file, failure = core.new_file(path .. "/facequery-doctor")
  if not file then
    return nil, failure
  end
  local ok
  ok, failure = file:write "x"
  file:close()
  if not ok then
    return nil, failure
  end
  room, failure = core.room(path)
  return room, room and is_there or failure
end

return files
