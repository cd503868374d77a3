--- One order's evidence as a tar file that anybody can check without us: its bundle, its line in the log, the proof that
--- a stamped checkpoint covers the line, the stamps, a script that says whether all of it is right, and pages that tell
--- people of it.

local checkpoint = require "facequery.evidence.seal.checkpoint"
local json = require "facequery.json"
local manifest = require "facequery.evidence.manifest"
local page = require "facequery.evidence.page.write"
local proof = require "facequery.evidence.seal.proof"
local sheet = require "facequery.evidence.page.sheet"
local tar = require "facequery.evidence.seal.tar"
local tree = require "facequery.evidence.seal.tree"

local export = {}

-- The pages, by their names: one for each language.
local SHEETS = { ["sheet.html"] = "en", ["sheet.zh.html"] = "zh" }

--- What goes along with an export.
---@class facequery.ExportOptions
---@field tsa_ca? string PEM: goes along, for who checks the stamps
---@field crl? string PEM: goes along

--- What an export has in it.
---@class facequery.Export
---@field order_no string the order
---@field index integer its line's in the log, from 0
---@field size integer lines of the checkpoint
---@field stamps integer of that checkpoint

-- The number of the line, from 0, that tells of the order's bundle, and what it says; nil where none does.
local function find_line(place, order_no)
  local next_line, failure = place:lines()
  local needle = '"order_no":"' .. order_no .. '"'
  local found, number = nil, 0
  while next_line do
    local line, is_ended = next_line()
    if not line or not is_ended then
      break
    end
    local entry = line:find(needle, 1, true) and json.decode(line)
    if type(entry) == "table" and entry.order_no == order_no then
      if entry.action == "archived" then
        found = { index = number, manifest = entry.manifest }
      elseif entry.action == "purged" then
        found = nil
      end
    end
    number = number + 1
  end
  return found, failure
end

-- The checkpoint that covers the line, and what stands beside it.
local function find_seal(place, index)
  local by_size, sizes, failure = tree.list(place)
  local size = tree.covering(by_size, sizes, index)
  return size, size and by_size[size], failure or not size and { status = "NOT_SEALED" } or nil
end

-- What stands beside the bundle, by name.
local function papers(place, line, options)
  local size, what, failure = find_seal(place, line.index)
  if not size then
    return nil, failure
  end
  local text = place.seals:read(checkpoint.name(size, "checkpoint"), checkpoint.LARGEST)
  local one = text and checkpoint.read(text)
  local made
  made, failure = proof.make(place, line.index, size)
  if not made and failure then
    return nil, failure
  elseif not made or not one or one.size ~= size or one.root ~= made.root then
    return nil, { status = "SEAL_MISMATCH", field = checkpoint.name(size, "checkpoint") }
  end
  local files = {
    line = made.line,
    checkpoint = text,
    ["proof.tlog-proof"] = proof.write(line.index, made.path, text),
    ["tsa-ca.pem"] = options.tsa_ca,
    ["crl.pem"] = options.crl,
    ["verify.sh"] = require "facequery.evidence.seal.verify_sh",
  }
  local stamps = 0
  for kind in pairs(what) do
    local name = kind == "p7s" and "checkpoint.p7s" or kind:find "%.tsr$" and kind
    files[name or "checkpoint"] = name and place.seals:read(checkpoint.name(size, kind), checkpoint.LARGEST) or text
    stamps = stamps + (kind:find "%.tsr$" and 1 or 0)
  end
  return files, { order_no = line.order_no, index = line.index, size = size, stamps = stamps }
end

-- Adds one of the bundle's files as it is, never held as a whole.
local function add_file(place, bundle, name, into, entry, time)
  return tar.stream(into, place:order_of(bundle) .. "/bundle/" .. name, entry.size, time, function()
    local told, failure = place:embed(bundle, name, into, { "sha256" }, true)
    if told and (told.size ~= entry.size or told.sha256 ~= entry.sha256) then
      return nil, { status = "BUNDLE_INVALID", field = name }
    end
    return told, failure
  end)
end

-- Adds the bundle, which is the one of this manifest.
local function add_bundle(place, bundle, into, digest, time)
  local content, found = manifest.read(place, bundle)
  local own, failure = place:digest(bundle, "manifest.json", { "sha256" })
  if not own or found ~= digest or own.sha256 ~= digest then
    return nil, failure or { status = "BUNDLE_INVALID", field = "manifest.json" }
  end
  local ok
  ok, failure = add_file(place, bundle, "manifest.json", into, own, time)
  for _, name in ipairs(ok and json.names(content.files) or {}) do
    ok, failure = add_file(place, bundle, name, into, content.files[name], time)
    if not ok then
      return nil, failure
    end
  end
  return ok, failure
end

-- Adds the pages.
local function add_sheets(place, order_no, into, tsa_ca, time)
  local found, failure = sheet.find(place, order_no, tsa_ca)
  for _, name in ipairs(found and json.names(SHEETS) or {}) do
    local parts, ok
    parts, failure = page.parts(sheet.page(found, place, SHEETS[name], true))
    if parts then
      ok, failure = tar.stream(into, order_no .. "/" .. name, page.size(parts), time, function()
        return page.put(place, into, parts)
      end)
    end
    if not ok then
      return nil, failure
    end
  end
  return found and true or nil, failure
end

--- Writes one order's evidence.  A bundle that is not as it was archived, and a line that no checkpoint covers, is a
--- failure, and what was written until then is of no use.
---@param place facequery.Place
---@param order_no string
---@param into facequery.NewFile the caller's to commit, or to close where this fails
---@param options? facequery.ExportOptions
---@return facequery.Export|nil
---@return facequery.Failure|nil failure
function export.run(place, order_no, into, options)
  local line, failure = find_line(place, order_no)
  local bundle = line and place:find(order_no)
  if not bundle or manifest.check(place, bundle) ~= line.manifest then
    return nil, failure or { status = "BUNDLE_INVALID", field = place:location(bundle or order_no) }
  end
  line.order_no, options = order_no, options or {}
  local files, about = papers(place, line, options)
  if not files then
    return nil, about
  end
  local time = os.time()
  local ok
  ok, failure = add_bundle(place, bundle, into, line.manifest, time)
  for _, name in ipairs(ok and json.names(files) or {}) do
    if ok then
      ok, failure = tar.add(into, order_no .. "/" .. name, files[name], time)
    end
  end
  if ok then
    ok, failure = add_sheets(place, order_no, into, options.tsa_ca, time)
  end
  if ok then
    ok, failure = tar.finish(into)
  end
  return ok and about, failure
end

return export
