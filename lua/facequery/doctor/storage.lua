--- Where orders and evidence are kept: the queue's Redis, and the archive's folder.

local errors = require "facequery.errors"
local files = require "facequery.doctor.files"
local findings = require "facequery.doctor.findings"
local words = require "facequery.doctor.words"

local storage = {}

local unpack = table.unpack or unpack -- luacheck: ignore 143

local GIGABYTE = 1e9

--- Whether Redis answers, and keeps what it is given.
---@param lang facequery.Lang
---@param queue facequery.QueueEngine
---@return facequery.Finding[]
function storage.queue(lang, queue)
  local status, failure = queue:status()
  if not status then
    return { findings.of_error("queue", errors.from_failure(lang, failure)) }
  end
  local unfit, warning = queue:check()
  if unfit then
    return { findings.of_error("queue", errors.from_failure(lang, unfit)) }
  end
  local counts = { status.waiting + status.later, status.in_flight, status.dead }
  return { warning and findings.warning(lang, "queue", warning.code, words.of(lang, "queue", unpack(counts)))
    or findings.ok(lang, "queue", "queue", unpack(counts)) }
end

--- Whether an archive can be written, and how much.
---@param lang facequery.Lang
---@param dir string
---@return facequery.Finding[]
function storage.archive(lang, dir)
  local room, state = files.try_folder(dir)
  if not room then
    state.field = dir
    return { findings.of_error("archive", errors.from_failure(lang, state)) }
  elseif room < GIGABYTE then
    return { findings.warning(lang, "archive", "LITTLE_ROOM", words.of(lang, "room", dir, room / GIGABYTE)) }
  end
  return { findings.ok(lang, "archive", state and "archive" or "archive_new", dir, room / GIGABYTE) }
end

return storage
