--- Compares an archive with its log and its manifests, offline, and names everything that does not
--- match.

local core = require "facequery.core"
local errors = require "facequery.errors"
local log = require "facequery.evidence.log"
local manifest = require "facequery.evidence.manifest"
local names = require "facequery.evidence.names"

local verify = {}

local NOTHING = ("0"):rep(64)

-- What is beside the bundles.  A run that was killed is nobody's fault, and told as a note.
local function check_other(archive, name, report, note)
  local mode_of = require("lfs").symlinkattributes
  if name == "index.jsonl" then
    return -- see verify.log
  elseif name == ".lock" then
    local about = mode_of(archive:path(name))
    if about.mode ~= "file" or about.size > 0 then
      report(name, "not the archive's: it is an empty file")
    end
    return
  end
  if not name:find "^%.run%-" or mode_of(archive:path(name), "mode") ~= "directory" then
    report(name, "not in the log")
    return
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
    note(name, "left by a run that was killed; the archive's next run removes it")
  end
end

--- The chain of the log's lines.
---@param archive facequery.Archive
---@param report fun(path: string, problem: string)
---@param note fun(path: string, text: string)
---@return table<string, string> live what the log says is there: its manifest's digest, by order number
---@return { mended: integer, head: string }
function verify.log(archive, report, note)
  local live, last, number, mended = {}, nil, 0, 0
  local lines, failure = log.lines(archive)
  if failure then
    report("index.jsonl", failure.status == "FILE_UNTRUSTED" and "not a plain file" or "can't be read")
  end
  for text, entry, is_ended, follows in lines do
    number = number + 1
    local line = ("index.jsonl, line %d"):format(number)
    if not is_ended then
      report(line, "unfinished; the archive's next run mends that")
    elseif not entry then
      report(line, "not an entry of a log, or changed")
    else
      if not follows then
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
    last = text
  end
  local digests = last and (core.digest(last) or error({ status = "CRYPTO_FAILED" }, 0))
  return live, { mended = mended, head = digests and digests.sha256 or NOTHING }
end

--- What has this name, against what the log says has it.
---@param archive facequery.Archive
---@param name string
---@param expected string|nil its manifest's digest, where the log tells of it
---@param report fun(path: string, problem: string)
---@param note fun(path: string, text: string)
function verify.name(archive, name, expected, report, note)
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
  if mode then
    check_other(archive, name, report, note)
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
    local is_doubtful = false
    local function doubt() is_doubtful = true end
    verify.name(archive, name, left[name], doubt, doubt)
    if is_doubtful then
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

local function look_through(archive, report, note)
  local next_name, failure = names(archive.dir)
  if not next_name then
    report(".", "can't be listed:" .. failure.detail)
    return { bundles = 0, mended = 0, head = NOTHING }
  end
  local live, about = verify.log(archive, report, note)
  local bundles, doubtful = doubtful_names(archive, live, next_name)
  -- A run may have been at work between the log and the bundles: a second look, while it can't be.
  local function look_again()
    live = log.state(archive)
    for _, name in ipairs(doubtful) do
      verify.name(archive, name, live[name], report, note)
    end
    return true
  end
  if doubtful[1] and not (archive:has ".lock" and archive:locked(look_again)) then
    look_again()
  end
  about.bundles = bundles
  return about
end

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
  local ok, about = pcall(look_through, archive, count, note or function() end)
  if not ok and not errors.is_failure(about) then
    error(about, 0)
  elseif not ok then
    count(".", "can't be checked to its end: " .. about.status)
    about = { bundles = 0, mended = 0, head = NOTHING }
  end
  about.problems = problems
  return about
end

return verify
