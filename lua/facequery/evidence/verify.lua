--- Compares an archive with its log and its manifests, offline, and names everything that does not
--- match.

local core = require "facequery.core"
local log = require "facequery.evidence.log"
local manifest = require "facequery.evidence.manifest"

local verify = {}

local NOTHING = ("0"):rep(64)

-- Beside the bundles: nothing to report, or what.
local function check_other(archive, name)
  if name == "." or name == ".." or name == "index.jsonl" or name == ".lock" then
    return nil
  end
  local mode_of = require("lfs").symlinkattributes
  if not name:find "^%.run%-" or mode_of(archive:path(name), "mode") ~= "directory" then
    return "not in the log"
  end
  -- Its lock is there from its first moment, and looking for it must not make one.
  local path = archive:path(name) .. "/.lock"
  local lock, failure
  if mode_of(path, "mode") == "file" then
    lock, failure = core.lock_file(path)
  end
  if lock then
    lock:close()
  end
  if not failure or failure.status ~= "FILE_LOCKED" then
    return "left by a run that was killed; the archive's next run removes it"
  end
end

-- The chain of the log's lines; what it says is there.
local function check_log(archive, report, note)
  if log.is_foreign(archive) then
    report("index.jsonl", "not a plain file")
  end
  local live, previous, number, mended = {}, NOTHING, 0, 0
  for text, entry, is_ended in log.lines(archive) do
    number = number + 1
    local line = ("index.jsonl, line %d"):format(number)
    if not is_ended then
      report(line, "unfinished; the archive's next run mends that")
    elseif not entry then
      report(line, "not an entry of a log, or changed")
    else
      if entry.previous ~= previous then
        report(line, "does not follow the line before: one was changed, added or taken away")
      end
      live[entry.order_no] = entry.action == "archived" and entry.manifest or nil
      if entry.mended then
        mended = mended + 1
        note(line, ("%s was found without a line, after a crash"):format(entry.order_no))
      end
    end
    previous = assert(core.digest(text)).sha256
  end
  return live, { lines = number, mended = mended, head = previous }
end

local function check_bundle(archive, order_no, expected, report)
  local digest = manifest.check(archive:path(order_no), order_no, function(name, problem)
    report(order_no .. "/" .. name, problem)
  end)
  if digest and digest ~= expected then
    report(order_no .. "/manifest.json", "not the one that the log tells of")
  end
end

---@class facequery.Verification
---@field bundles integer
---@field problems integer
---@field mended integer lines that were written after a crash, from the bundle
---@field head string SHA-256 of the log's last line: kept elsewhere, it tells a log cut at its end

--- Reads every byte of the archive.
---@param archive facequery.Archive
---@param report fun(path: string, problem: string)
---@param note? fun(path: string, text: string) hears what is no problem, but to be known
---@return facequery.Verification
function verify.run(archive, report, note)
  local problems, bundles = 0, 0
  local function count(path, problem)
    problems = problems + 1
    report(path, problem)
  end
  local lfs = require "lfs"
  if lfs.attributes(archive.dir, "mode") ~= "directory" then
    count(".", "not a folder")
    return { bundles = 0, problems = problems, mended = 0, head = NOTHING }
  end
  local live, about = check_log(archive, count, note or function() end)
  for name in lfs.dir(archive.dir) do
    local is_folder = lfs.symlinkattributes(archive:path(name), "mode") == "directory"
    if is_folder and live[name] then
      bundles = bundles + 1
      check_bundle(archive, name, live[name], count)
      live[name] = nil
    else
      local problem = check_other(archive, name)
      if problem then
        count(name, problem)
      end
    end
  end
  for order_no in pairs(live) do
    count(order_no, "in the log, but not there")
  end
  about.bundles, about.problems = bundles, problems
  return about
end

return verify
