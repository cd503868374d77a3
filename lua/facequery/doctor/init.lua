--- Finds out why a query fails, from a process or from inside nginx: `require("facequery.doctor").run {}`.  It sends one
--- signed query, and nothing else that counts; it says no ticket, secret or signature.

local check = require "facequery.check"
local config = require "facequery.config"
local errors = require "facequery.errors"
local libraries = require "facequery.doctor.libraries"
local queries = require "facequery.service.query"
local service = require "facequery.doctor.service"
local settings = require "facequery.doctor.settings"
local storage = require "facequery.doctor.storage"

local doctor = {}

--- What the doctor looks at.
---@class facequery.DoctorOptions
---@field settings? facequery.Config as facequery.new takes them
---@field order_no? string an order to ask for; nil: one that does not exist
---@field origins? table<string, string> what the user calls a setting: { ca_file = "--ca-file" }
---@field queue? facequery.QueueEngine to be looked at, too
---@field archive? string the folder of an archive, too

---@type table<string, facequery.Field>
local FIELDS = {
  settings = { types = "table" },
  order_no = queries.fields.order_no,
  origins = { types = "table" },
  queue = { types = "table" },
  archive = { types = "string" },
}

--- All that was found, in the order of the way to the service.
---@param options? facequery.DoctorOptions
---@return facequery.Finding[]|nil findings
---@return facequery.Error|nil err INVALID_ORDER_NO
function doctor.run(options)
  options = options == nil and {} or options
  local code, field = check.fields("run", options, FIELDS)
  local given = options.settings or {}
  check.fields("run", given, config.fields)
  local lang = given.lang == "zh" and "zh" or "en"
  if code then
    return nil, errors.new(lang, code, { field = field })
  end
  local list = {}
  local function add(found)
    for _, finding in ipairs(found) do
      list[#list + 1] = finding
    end
  end
  local found, complete = settings.check(lang, given, options.origins or {})
  add(found)
  add(libraries.check(lang))
  if ngx then
    add(require("facequery.doctor.nginx").check(lang, complete, given.ticket_store ~= nil))
  end
  if complete then
    add(service.check(lang, complete, options.order_no))
  end
  if options.queue then
    add(storage.queue(lang, options.queue))
  end
  if options.archive then
    add(storage.archive(lang, options.archive))
  end
  return list
end

return doctor
