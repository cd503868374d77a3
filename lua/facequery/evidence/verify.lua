--- Compares an archive with its log and its manifests, offline, and names everything that does not
--- match.

local errors = require "facequery.errors"
local log = require "facequery.evidence.log"
local manifest = require "facequery.evidence.manifest"

local verify = {}

--- Checks the log, a hash chain: is every line an entry, and does it carry the digest of the line before?
---@param place facequery.Place
---@param report fun(path: string, problem: string)
---@param note fun(path: string, text: string)
---@param head? string what a head was before: the digest of one of the lines, or of none
---@return facequery.LogState
---@return { mended: integer, head: string }
function verify.log(place, report, note, head)
  local state, last, number, mended = log.beginning(), nil, 0, 0
  local is_on_chain = not head or head == log.NOTHING
  local lines, failure = log.lines(place)
  if failure then
    report(place.log_name, failure.status == "FILE_UNTRUSTED" and "not a plain file" or "can't be read")
  end
  for text, entry, is_ended, follows in lines do
    number = number + 1
    local line = ("%s, line %d"):format(place.log_name, number)
    if not is_ended then
      report(line, "unfinished; the archive's next run mends that")
    elseif not entry then
      report(line, "not an entry of a log, or changed")
    else
      if not follows then
        report(line, "does not follow the line before: one was changed, added or taken away")
      end
      local is_there = log.is_there(entry)
      if is_there and state.live[entry.order_no] then
        note(line, ("%s was archived before, and its bundle taken away without a word"):format(entry.order_no))
      elseif is_there == false and state.held[entry.order_no] then
        report(line, ("%s was purged while it was held"):format(entry.order_no))
      end
      if entry.mended then
        mended = mended + 1
        note(line, ("%s was found without a line, after a crash"):format(entry.order_no))
      end
    end
    if is_ended then
      log.take(state, text, entry)
    end
    is_on_chain = is_on_chain or log.must_digest(text) == head
    last = text
  end
  if not is_on_chain then
    report(place.log_name, "the head that was noted is on no line: the log was cut, or begun anew")
  end
  return state, { mended = mended, head = last and log.must_digest(last) or log.NOTHING }
end

--- Compares what has this name in the archive with what the log says of it.
---@param place facequery.Place
---@param name string
---@param expected string|nil its manifest's digest, where the log tells of it
---@param report fun(path: string, problem: string)
---@param note fun(path: string, text: string)
---@param answers? boolean makes its last answer again, too
function verify.name(place, name, expected, report, note, answers)
  local kind, trouble = place:about(name)
  if kind == "bundle" and expected then
    local digest = manifest.check(place, name, function(file, problem)
      report(name .. "/" .. file, problem)
    end, answers)
    if digest and digest ~= expected then
      report(name .. "/manifest.json", "not the one that the log tells of")
    end
    return
  elseif kind == "left" then
    note(name, "left by a run that was killed; the archive's next run removes it")
  elseif kind == "foreign" or kind == "bundle" then
    report(name, trouble or "not in the log")
  end
  if expected then
    report(name, "in the log, but not there")
  end
end

-- How many of the log's bundles are there, and the names that something is wrong with.
local function doubtful_names(place, live, next_name, answers)
  local bundles, doubtful, left = 0, {}, {}
  for name, digest in pairs(live) do
    left[name] = digest
  end
  for name in next_name do
    local is_doubtful = false
    local function doubt() is_doubtful = true end
    verify.name(place, name, left[name], doubt, doubt, answers)
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

local function look_through(place, report, note, head, answers)
  local next_name, failure = place:entries()
  if not next_name then
    report(".", "can't be listed: " .. failure.detail)
    return { bundles = 0, mended = 0, head = log.NOTHING }
  end
  local state, about = verify.log(place, report, note, head)
  local bundles, doubtful = doubtful_names(place, state.live, next_name, answers)
  -- A run may have changed the archive after the log was read and before the bundles were: what seems wrong
  -- is looked at again while no run can.  An archive that can't be locked is looked at all the same.
  local function look_again()
    log.state(place, state)
    for _, name in ipairs(doubtful) do
      verify.name(place, name, state.live[name], report, note, answers)
    end
    return true
  end
  if doubtful[1] and not place:locked(look_again, true) then
    look_again()
  end
  about.bundles = bundles
  return about
end

--- Reads every byte of the archive.
---@param place facequery.Place
---@param report fun(path: string, problem: string)
---@param note? fun(path: string, text: string) hears what is no problem, but to be known
---@param head? string that was noted before: it must be on the log's chain still
---@param answers? boolean makes each bundle's last answer again, too, which takes more than twice as long
---@return facequery.Verification
function verify.run(place, report, note, head, answers)
  local problems = 0
  local function count(path, problem)
    problems = problems + 1
    report(path, problem)
  end
  local ok, about = pcall(look_through, place, count, note or function() end, head, answers)
  if not ok and not errors.is_failure(about) then
    error(about, 0)
  elseif not ok then
    count(".", "can't be checked to its end: " .. about.status)
    about = { bundles = 0, mended = 0, head = log.NOTHING }
  end
  about.problems = problems
  return about
end

return verify
