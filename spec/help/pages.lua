--- Pages for people: archives to make them of, and what two parsers that know nothing of facequery find in them.

local archives = require "facequery.evidence"
local cjson = require "cjson"
local core = require "facequery.core"
local json = require "facequery.json"
local manifest = require "facequery.evidence.manifest"
local support = require "help.support"

local pages = {}

--- Adds a bundle to an archive, and its line to the log, as a run does, whatever is in it.
---@param dir string
---@param order_no string
---@param bundle { record?: table, files?: table<string, string>, manifest?: table } files: bytes, by their names; manifest: changes to it
function pages.archive(dir, order_no, bundle)
  local place = assert(archives.open(dir))
  local draft = assert(place:begin(order_no))
  local content = { format = manifest.FORMAT, order_no = order_no, code = "0", files = {},
    fetched_at = "2026-11-27T12:00:00Z", source = "https://localhost", responses = {}, facequery = "0.1.0" }
  local files = { ["record.json"] = json.canonical(bundle.record or { code = "0" }) }
  for name, bytes in pairs(bundle.files or {}) do
    files[name] = bytes
  end
  for name, bytes in pairs(files) do
    assert(draft:write(name, bytes))
    content.files[name] = { size = #bytes, mime = "text/plain", sha256 = core.digest(bytes).sha256 }
  end
  for name, value in pairs(bundle.manifest or {}) do
    content[name] = value
  end
  local is_time = content.fetched_at:find "^2%d%d%d%-%d%d%-%d%dT%d%d:%d%d:%d%dZ$"
  draft.fetched_at = is_time and content.fetched_at or "2026-11-27T12:00:00Z"
  assert(place.group:commit(draft, assert(manifest.write(draft, content))))
  place:close()
  if not is_time then -- such a bundle can only lie beside the days
    support.must(("mv %s %s"):format(support.quote(place:location(draft.name)), support.quote(dir)))
  end
end

--- What the parsers find in a page: see spec/fixtures/page.py.
---@param path string
---@return { errors: string[], tags: string[], text: string, commands: string[], media: table, policy: string }
function pages.read(path)
  return cjson.decode(support.must("python3 spec/fixtures/page.py " .. support.quote(path)))
end

--- Writes the page of an order beside its archive.
---@param dir string
---@param order_no string
---@param options? table
---@return table page see pages.read
---@return { problems: integer } about
function pages.sheet(dir, order_no, options)
  local path = support.must "mktemp -u"
  local file = assert(core.new_file(path))
  local about, failure = require("facequery.evidence.page.sheet").write(archives.at(dir), order_no, file, options)
  assert(about, failure and failure.status)
  assert(file:commit())
  local page = pages.read(path)
  os.remove(path)
  return page, about
end

return pages
