--- The folders that the commands about archives are given.

local evidence = require "facequery.evidence"
local failures = require "facequery.cli.failures"
local files = require "facequery.files"
local statuses = require "facequery.cli.statuses"

local folders = {}

--- Whether there is an archive; where there is none, that is said.
---@param args table the command's
---@param dir string
---@return integer exit status
function folders.look(args, dir)
  local is_there, failure = evidence.at(dir):exists()
  return is_there and statuses.OK or failures.of(args, dir, failure)
end

--- Whether a folder can be made at this path; where the one that it is to be in is missing, that is said.
---@param args table the command's
---@param dir string
---@return integer exit status
function folders.can_hold(args, dir)
  local missing = files.missing_folder((dir:gsub("(.)/+$", "%1")))
  return missing and failures.of(args, dir, { status = "FOLDER_MISSING", field = missing }) or statuses.OK
end

--- Runs `work` on each archive, even when it has failed for the one before.  A folder that is no archive is an error,
--- because its name may be misspelt.
---@param args table the command's, with `dir`, a list
---@param work fun(dir: string): integer its exit status
---@return integer exit status
function folders.each(args, work)
  local status = statuses.OK
  for _, dir in ipairs(args.dir) do
    local is_there = folders.look(args, dir)
    status = statuses.both(status, is_there == statuses.OK and work(dir) or is_there)
  end
  return status
end

return folders
