--- Compares an archive with its log and its manifests, offline, and names everything that does not
--- match.

local core = require "facequery.core"
local log = require "facequery.evidence.log"
local manifest = require "facequery.evidence.manifest"
local names = require "facequery.evidence.names"

local verify = {}

local NOTHING = ("0"):rep(64)

-- Beside the bundles: nothing to report, or what.
local function check_other(archive, name)
  local mode_of = require("lfs").symlinkattributes
  if name == "index.jsonl" then
    return nil -- see check_log
  elseif name == ".lock" then
    local about = mode_of(archive:path(name))
    return not (about.mode == "file" and about.size == 0) and "not the archive's: it is an empty file" or nil
  end
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
  local live, previous, number, mended = {}, NOTHING, 0, 0
  local lines, failure = log.lines(archive)
  if failure then
    report("index.jsonl", failure.status == "FILE_UNTRUSTED" and "not a plain file" or "can't be read")
  end
  for text, entry, is_ended in lines do
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
      if entry.action == "archived" and live[entry.order_no] then
        note(line, ("%s was archived before, and its bundle taken away without a word"):format(entry.order_no))
      end
      live[entry.order_no] = entry.action == "archived" and entry.manifest or nil
      if entry.mended then
        mended = mended + 1
        note(line, ("%s was found without a line, after a crash"):format(entry.order_no))
      end
    end
    previous = assert(core.digest(text)).sha256
  end
  return live, { mended = mended, head = previous }
end

-- What has this name, against what the log says has it.
local function check_name(archive, name, expected, report)
  local mode = require("lfs").symlinkattributes(archive:path(name), "mode")
  if mode == "directory" and expected then
    local digest = manifest.check(archive:path(name), name, function(file, problem)
      report(name .. "/" .. file, problem)
    end)
    if digest and digest ~= expected then
      report(name .. "/manifest.json", "not the one that the log tells of")
    end
    return
  end
  local problem = mode and check_other(archive, name)
  if problem then
    report(name, problem)
  end
  if expected then
    report(name, "in the log, but not there")
  end
end

-- How many of the log's bundles are there, and the names that something is wrong with.
local function doubtful_names(archive, live, next_name)
  local bundles, doubtful, left = 0, {}, {}
  for name, digest in pairs(live) do
    left[name] = digest
  end
  for name in next_name do
    local problems = 0
    check_name(archive, name, left[name], function() problems = problems + 1 end)
    if problems > 0 then
      doubtful[#doubtful + 1] = name
    end
    bundles = bundles + (left[name] and 1 or 0)
    left[name] = nil
  end
  for name in pairs(left) do
    doubtful[#doubtful + 1] = name
  end
  return bundles, doubtful
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
  local problems = 0
  local function count(path, problem)
    problems = problems + 1
    report(path, problem)
  end
  local next_name, failure = names(archive.dir)
  if not next_name then
    count(".", "can't be listed:" .. failure.detail)
    return { bundles = 0, problems = problems, mended = 0, head = NOTHING }
  end
  local live, about = check_log(archive, count, note or function() end)
  local bundles, doubtful = doubtful_names(archive, live, next_name)
  -- A run may have been at work between the log and the bundles: a second look, while it can't be.
  local function look_again()
    live = log.state(archive)
    for _, name in ipairs(doubtful) do
      check_name(archive, name, live[name], count)
    end
    return true
  end
  if doubtful[1] and not (archive:has ".lock" and archive:locked(look_again)) then
    look_again()
  end
  about.bundles, about.problems = bundles, problems
  return about
end

return verify
