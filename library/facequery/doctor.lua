---@meta facequery.doctor

-- Made of the annotations in lua/ by `make docs`.

--- What the doctor looks at.
---@class facequery.DoctorOptions
---@field settings? facequery.Config as facequery.new takes them
---@field order_no? string an order to ask for; nil: one that does not exist
---@field origins? table<string, string> what the user calls a setting: { ca_file = "--ca-file" }
---@field queue? facequery.QueueEngine to be looked at, too
---@field archive? string the folder of an archive, too

--- What a queue needs of its engine.  Another one is a file with these.
---@class facequery.QueueEngine

--- What the doctor has found.
---@class facequery.Finding
---@field check "settings"|"ticket"|"secret"|"libraries"|"nginx"|"proxy"|"dns"|"connection"|"tls"|"clock"|"query"|"queue"|"archive" what was looked at
---@field state "ok"|"warning"|"failure" how it is
---@field code? string of what is not ok: the service's, the HTTP status, or a name of ours
---@field kind? facequery.Kind of what is not ok
---@field message string never a ticket, a secret or a signature
---@field causes? string[] possible ones, the most likely first
---@field advice? string what to do, of what is not ok

--- Finds out why a query fails, from a process or from inside nginx: `require("facequery.doctor").run {}`.  It sends one
--- signed query, and nothing else that counts; it says no ticket, secret or signature.
local doctor = {}

--- All that was found, in the order of the way to the service.
---@param options? facequery.DoctorOptions
---@return facequery.Finding[]|nil findings
---@return facequery.Error err INVALID_ORDER_NO
function doctor.run(options) end

return doctor
