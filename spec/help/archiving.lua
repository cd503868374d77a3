--- Archives of a client of the sandbox, for the specs of what is kept of an order, and when.

local assert = require "luassert"
local cjson = require "cjson"
local evidence = require "facequery.evidence"
local facequery = require "facequery"
local servers = require "help.servers"
local support = require "help.support"

local archiving = {}

---@class help.Archiving
---@field folder string
---@field dir string the archive's, which is not there yet
---@field log string the path of its log
---@field client facequery.Client
local Archiving = {}
Archiving.__index = Archiving

---@return help.Archiving
function archiving.new()
  local folder = support.folder()
  local dir = folder .. "/evidence"
  return setmetatable({
    folder = folder, dir = dir, log = dir .. "/index.jsonl", client = assert(facequery.new()),
  }, Archiving)
end

function Archiving:remove()
  self.client:close()
  support.remove_folder(self.folder)
end

--- Archives an order, with these fields of the query.
---@return facequery.Bundle|nil
---@return facequery.Error|nil
function Archiving:archive(order_no, fields)
  local query = { order_no = order_no, dir = self.dir, interval = 0.01 }
  for name, value in pairs(fields or {}) do
    query[name] = value
  end
  return self.client:archive(query)
end

--- Archives the order a1, of which the service has these answers, one a query, the last one for all that follow.
---@param answers table[] a transport's responses and failures
function Archiving:archive_answers(answers)
  local asked = 0
  local own = assert(facequery.new { retries = 0, transport = function()
    asked = asked + 1
    local answer = answers[math.min(asked, #answers)]
    return answer.envelope and answer or nil, answer
  end })
  return own:archive { order_no = "a1", dir = self.dir, interval = 0 }
end

--- An nginx that has this answer for every query.
function Archiving:serve(answer)
  support.write_file(self.folder .. "/answer", answer)
  return servers.nginx { server = ([[
    location = /api/v2/base/queryfacerecord {
      content_by_lua_block { ngx.print(io.open("%s/answer", "rb"):read "*a") }
    }]]):format(self.folder) }
end

--- Archives an order, a new one where none is given, which must succeed.
---@return facequery.Bundle
function Archiving:must_archive(order_no)
  return assert(self:archive(order_no or support.order "size30x40n"))
end

--- The log's whole lines, each with its line feed.
function Archiving:lines()
  local all = {}
  for line in support.read_file(self.log):gmatch "[^\n]*\n" do
    all[#all + 1] = line
  end
  return all
end

--- The archive's next run; then nothing may be wrong, and nothing left.
---@return facequery.Verification
function Archiving:mend()
  assert(evidence.open(self.dir)):close()
  local problems, found = support.verify(self.dir)
  assert.same({}, problems)
  assert.is_true(support.is_clean(self.dir))
  return found
end

--- Holds that verify finds nothing wrong, and that nothing is there but the bundles.
function Archiving:is_sound()
  assert.same({}, (support.verify(self.dir)))
  assert.is_true(support.is_clean(self.dir))
end

--- A file of JSON, decoded.
function archiving.json_of(path)
  return cjson.decode(support.read_file(path))
end

--- A transport's response of this code for the order a1.
function archiving.answer_of(code, media)
  return { status = 200, envelope = ('{"code":"%s","orderNo":"a1"}'):format(code), media = media or {}, time = 0 }
end

--- A medium of a transport that knows no paths and makes no digests.
archiving.PHOTO = { data = "\255\216\255", size = 3, format = "jpeg", mime = "image/jpeg" }

return archiving
