--- The folders that the commands about archives are given.

local errors = require "facequery.errors"
local evidence = require "facequery.evidence"
local words = require "facequery.cli.words"

local folders = {}

--- Explains a failure that is about an archive as a whole.
---@param args table the command's
---@param dir string
---@param failure facequery.Failure
function folders.refuse(args, dir, failure)
  words.explain_error(dir, errors.from_failure(args.lang, failure), args.lang)
end

--- Runs `work` on each archive, even when it has failed for the one before.  A folder that is no archive is an error,
--- because its name may be misspelt.
---@param args table the command's, with `dir`, a list
---@param work fun(dir: string): boolean whether it has succeeded
---@return integer exit status
function folders.each(args, work)
  local status = words.OK
  for _, dir in ipairs(args.dir) do
    local ok, instead = evidence.at(dir):exists()
    if ok then
      ok = work(dir)
    else
      words.warn("%s: %s", dir, instead)
    end
    status = ok and status or words.FAILED
  end
  return status
end

return folders
