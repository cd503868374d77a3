--- facequery doctor: why a query fails, and what to do.

local clients = require "facequery.cli.client"
local doctor = require "facequery.doctor"
local queues = require "facequery.cli.queues"
local statuses = require "facequery.cli.statuses"
local words = require "facequery.cli.words"

-- What the user calls the settings that the command line has given.
local ORIGINS = {
  app_id = "--app-id", base_url = "--base-url", ca_file = "--ca-file", timeout = "--timeout",
  ticket = "--ticket-from", secret = "--secret-from",
}

-- A finding in words, on stdout: they are what was asked for.
local function print_finding(lang, finding)
  local lines = { words.of(lang, finding.code and "finding_with_code" or "finding"):format(
    words.of(lang, "state_" .. finding.state), words.of(lang, "check_" .. finding.check), finding.message, finding.kind,
    finding.code) }
  for number, cause in ipairs(finding.causes or {}) do
    lines[#lines + 1] = words.of(lang, "cause"):format(number, cause)
  end
  if finding.advice then
    lines[#lines + 1] = words.of(lang, "advice"):format(finding.advice)
  end
  io.stdout:write(table.concat(lines, "\n"), "\n")
end

---@param args table
---@return integer exit status
return function(args)
  local settings, status = clients.settings(args)
  if not settings then
    return status
  end
  local queue, close
  if args.redis then
    queue, close, status = queues.open(args)
    if not queue then
      return status
    end
    -- Another token than the fleet's would end the fleet's ticket.
    settings.ticket_store = queues.ticket_store(queue)
  end
  local found = doctor.run {
    settings = settings, order_no = args.order, origins = ORIGINS, queue = queue, archive = args.out,
  }
  if close then
    close()
  end
  status = statuses.OK
  for _, finding in ipairs(found) do
    if finding.state == "failure" then
      status = statuses.both(status, statuses.of(finding.kind))
    end
    if args.json then
      words.print_json(finding)
    else
      print_finding(args.lang, finding)
    end
  end
  return status
end
