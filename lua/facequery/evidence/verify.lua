--- Compares an archive with its log and its manifests, offline, and names everything that does not
--- match.

local errors = require "facequery.errors"
local log = require "facequery.evidence.log"
local manifest = require "facequery.evidence.manifest"
local parallel = require "facequery.evidence.parallel"

local verify = {}

local GONE = "in the log, but not there"

-- Orders whose lines are held in memory at once.  A longer log is read once for each so many of its lines.
local MOST_ORDERS = 65536

local function line_name(place, number)
  return ("%s, line %d"):format(place.log_name, number)
end

-- What an entry says that does not go with what came before it.
local function compare(state, entry, line, report, note)
  local is_there = log.is_there(entry)
  if is_there and state.live[entry.order_no] then
    note(line, ("%s was archived before, and its bundle taken away without a word"):format(entry.order_no))
  elseif is_there == false and state.held[entry.order_no] then
    report(line, ("%s was purged while it was held"):format(entry.order_no))
  end
end

--- Checks the log, a hash chain: is every line an entry, and does it carry the digest of the line before?
---@param place facequery.Place
---@param report fun(path: string, problem: string)
---@param note fun(path: string, text: string)
---@param head? string what a head was before: the digest of one of the lines, or of none
---@param is_wanted? fun(order_no: string): boolean the orders that the state is to be about: all of them where nil
---@return facequery.LogState
---@return { mended: integer, there: integer, head: string } about there: of all orders
function verify.log(place, report, note, head, is_wanted)
  local state, last, mended, there = log.beginning(is_wanted), nil, 0, 0
  local is_on_chain = not head or head == log.NOTHING
  local lines, failure = log.lines(place)
  if failure then
    report(place.log_name, failure.status == "FILE_UNTRUSTED" and "not a plain file" or "can't be read")
  end
  for text, entry, is_ended, follows in lines do
    local line = line_name(place, state.count + 1)
    if not is_ended then
      report(line, "unfinished; the archive's next run mends that")
    elseif not entry then
      report(line, "not an entry of a log, or changed")
    else
      if not follows then
        report(line, "does not follow the line before: one was changed, added or taken away")
      end
      compare(state, entry, line, report, note)
      local is_there = log.is_there(entry)
      there = there + (is_there and 1 or is_there == false and -1 or 0)
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
  return state, { mended = mended, there = there, head = last and log.must_digest(last) or log.NOTHING }
end

--- Compares what has this name in the archive with what the log says of its order.
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
    report(place:order_of(name), GONE)
  end
end

--- The same with what there is of an order.
---@param place facequery.Place
---@param order_no string
---@param expected string|nil
---@param report fun(path: string, problem: string)
---@param note fun(path: string, text: string)
---@param answers? boolean as verify.name's
function verify.order(place, order_no, expected, report, note, answers)
  local name = place:find(order_no)
  if name then
    verify.name(place, name, expected, report, note, answers)
  elseif expected then
    report(order_no, GONE)
  end
end

---@class facequery.Verification
---@field bundles integer
---@field problems integer
---@field mended integer lines that were written after a crash, from the bundle
---@field head string SHA-256 of the log's last line: kept elsewhere, it tells a log cut at its end

---@class facequery.Verify
---@field head? string that was noted before: it must be on the log's chain still
---@field answers? boolean makes each bundle's last answer again, too, which takes more than twice as long
---@field jobs? integer files that are read at once: one for each core where nil
---@field progress? fun(bundles: integer, of: integer, bytes: integer) is called as it goes, with what was read: bundles, how many of them the log tells of, and the bytes of their files

-- In how many parts the archive is looked through, each with its own share of the orders.
local function parts_of(place)
  local count = 0
  for _ in place:lines() or function() end do
    count = count + 1
  end
  return math.max(1, math.ceil(count / MOST_ORDERS))
end

-- Tells the names of one of so many parts: an order's lines and its bundle are in the same one.
local function share(part, parts)
  return function(name)
    local sum = 0
    for i = 1, parts > 1 and #name or 0 do
      sum = (sum * 31 + name:byte(i)) % 4294967296
    end
    return sum % parts == part
  end
end

-- Calls `work` with each of these, and what it may report and note: for one bundle after the other, though several
-- are looked at at once.
local function each(look, next_item, work)
  look.crew:each(look.place, next_item, function(item)
    local found = {}
    work(item, function(path, problem)
      found[#found + 1] = { look.report, path, problem }
    end, function(path, text)
      found[#found + 1] = { look.note, path, text }
    end)
    for _, one in ipairs(found) do
      one[1](one[2], one[3])
    end
  end)
end

-- What has `one.name`, or what there is of `one.order_no`, of which nothing was seen.
local function look_closer(place, one, live, report, note, answers)
  local order_no = one.order_no or place:order_of(one.name)
  local expected = order_no and live[order_no]
  local of_log = expected and place:find(order_no)
  if one.order_no or expected and not place:about(one.name) then -- it may have been moved
    verify.order(place, order_no, expected, report, note, answers)
  elseif of_log and of_log ~= one.name then
    report(one.name, "a second one of its order, beside " .. of_log)
  else
    verify.name(place, one.name, expected, report, note, answers)
  end
end

-- Looks again at what seemed wrong, while no run can change the archive.  One that can't be locked is looked at all
-- the same.
local function look_again(look, doubtful, state)
  local function again()
    log.state(look.place, state)
    local index = 0
    each(look, function()
      index = index + 1
      return doubtful[index]
    end, function(one, report, note)
      look_closer(look.place, one, state.live, report, note, look.answers)
    end)
    return true
  end
  if doubtful[1] and not look.place:locked(again, true) then
    again()
  end
end

-- Looks at what has one of the wanted names.  A run may have changed the archive after the log was read and before
-- the bundles were: what seems wrong is looked at again.
local function look_at(look, next_name, state)
  local doubtful, seen, is_over = {}, {}, false
  local function next_wanted()
    if #doubtful >= MOST_ORDERS then
      return nil -- not to be held all at once
    end
    local name
    repeat
      name = next_name()
    until not name or state.is_wanted(look.place:order_of(name) or name)
    is_over = not name
    return name
  end
  local function read(size)
    look.bytes = look.bytes + size
    look.progress(look.bundles, look.there, look.bytes)
  end
  repeat
    look.crew:each(look.place, next_wanted, function(name)
      local order_no, is_doubtful = look.place:order_of(name), false
      local digest = order_no and not seen[order_no] and state.live[order_no] or nil
      if digest then
        look.bundles, seen[order_no] = look.bundles + 1, true
      end
      local function doubt() is_doubtful = true end
      verify.name(look.place, name, digest, doubt, doubt, look.answers)
      doubtful[#doubtful + 1] = is_doubtful and { name = name } or nil
    end, read)
    for order_no in pairs(is_over and state.live or {}) do
      doubtful[#doubtful + 1] = not seen[order_no] and { order_no = order_no } or nil
    end
    look_again(look, doubtful, state)
    doubtful = {}
  until is_over
end

local function look_through(look, how)
  local place, parts, about = look.place, parts_of(look.place), { mended = 0, head = log.NOTHING }
  for part = 0, parts - 1 do
    local state = log.beginning(share(part, parts))
    local next_name, failure = place:entries()
    if not next_name then
      look.report(".", "can't be listed: " .. failure.detail)
      break
    elseif part == 0 then
      state, about = verify.log(place, look.report, look.note, how.head, state.is_wanted)
      look.there = about.there
    else
      log.state(place, state, function(entry)
        compare(state, entry, line_name(place, state.count + 1), look.report, look.note)
      end)
    end
    look_at(look, next_name, state)
  end
  return about
end

--- Reads every byte of the archive.
---@param place facequery.Place
---@param report fun(path: string, problem: string)
---@param note? fun(path: string, text: string) hears what is no problem, but to be known
---@param how? facequery.Verify
---@return facequery.Verification
function verify.run(place, report, note, how)
  local problems, ok = 0, true
  local function count(path, problem)
    problems = problems + 1
    report(path, problem)
  end
  how = how or {}
  local crew, about = parallel.new(how.jobs)
  local look = { place = place, crew = crew, report = count, note = note or function() end,
    answers = how.answers, progress = how.progress or function() end, bundles = 0, there = 0, bytes = 0 }
  if crew then
    ok, about = pcall(look_through, look, how)
    crew:close()
  end
  if not ok and not errors.is_failure(about) then
    error(about, 0)
  elseif not ok or not crew then
    count(".", "can't be checked to its end: " .. about.status)
    about = { mended = 0, head = log.NOTHING }
  end
  return { bundles = look.bundles, problems = problems, mended = about.mended, head = about.head }
end

return verify
