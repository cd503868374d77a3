-- facequery's queries.  query.lua <base url> <order> files|memory|none <queries>
-- prints the CPU seconds of the first, with its connection and handshake, and of each of the
-- following on the same connection, and the process's peak memory after the first.

local report = require "report"

local base_url, order_no, sink, queries = arg[1], arg[2], arg[3], tonumber(arg[4])

local facequery = require "facequery"

report.queries(queries, function()
  local client = assert(facequery.new { base_url = base_url, timeout = 60 })
  return function()
    local record = assert(client:query {
      order_no = order_no,
      get_file = sink ~= "none" and "video" or nil,
      video_path = sink == "files" and "video.out" or nil,
    })
    assert(sink == "none" or record.video.sha256)
  end
end)
