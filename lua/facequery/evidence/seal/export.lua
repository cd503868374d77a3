--- One order's evidence as a tar file that anybody can check without us: its bundle, its line in the log, the proof that
--- a stamped checkpoint covers the line, the stamps, and a script that says whether all of it is right.

local checkpoint = require "facequery.evidence.seal.checkpoint"
local json = require "facequery.json"
local manifest = require "facequery.evidence.manifest"
local proof = require "facequery.evidence.seal.proof"
local tar = require "facequery.evidence.seal.tar"
local tree = require "facequery.evidence.seal.tree"

local export = {}

-- Bytes of the largest file of a bundle: it is in memory while it is written.
local LARGEST = 1024 * 1024 * 1024

---@class facequery.ExportOptions
---@field tsa_ca? string PEM: goes along, for who checks the stamps
---@field crl? string PEM: goes along

---@class facequery.Export
---@field order_no string
---@field index integer its line's in the log, from 0
---@field size integer lines of the checkpoint
---@field stamps integer

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

-- The first checkpoint that covers the line: one that is stamped, where there is one.
local function find_seal(place, index)
  local by_size, sizes, failure = tree.list(place)
  local covering
  for _, size in ipairs(sizes) do
    if size > index then
      covering = covering or size
      for what in pairs(by_size[size]) do
        if what:find "%.tsr$" then
          return size, by_size[size]
        end
      end
    end
  end
  return covering, covering and by_size[covering], failure or not covering and { status = "NOT_SEALED" } or nil
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

local function sorted_names(files)
  local names = {}
  for name in pairs(files) do
    names[#names + 1] = name
  end
  table.sort(names)
  return names
end

-- Writes the bundle's files, one after another.
local function add_bundle(place, bundle, into, time)
  local names = {}
  local next_name, failure = place:files(bundle)
  for name in next_name or function() end do
    names[#names + 1] = name
  end
  table.sort(names)
  for _, name in ipairs(names) do
    local bytes, unread = place:read(bundle, name, LARGEST)
    local ok
    failure = unread
    if bytes then
      ok, failure = tar.add(into, place:order_of(bundle) .. "/bundle/" .. name, bytes, time)
    end
    if not ok then
      return nil, failure or { status = "FILE_UNREADABLE", field = name }
    end
  end
  return not failure or nil, failure
end

--- Writes one order's evidence.  A bundle that is not as it was archived, and a line that no checkpoint covers, is a
--- failure, and what was written until then is of no use.
---@param place facequery.Place
---@param order_no string
---@param into { write: fun(self: table, bytes: string): true|nil, facequery.Failure|nil }
---@param options? facequery.ExportOptions
---@return facequery.Export|nil
---@return facequery.Failure|nil failure
function export.run(place, order_no, into, options)
  local line, failure = find_line(place, order_no)
  local bundle = line and place:find(order_no)
  if not bundle or manifest.check(place, bundle) ~= line.manifest then
    return nil, failure or { status = "BUNDLE_INVALID", field = place:location(bundle or order_no) }
  end
  line.order_no = order_no
  local files, about = papers(place, line, options or {})
  if not files then
    return nil, about
  end
  local time = os.time()
  local ok
  ok, failure = add_bundle(place, bundle, into, time)
  for _, name in ipairs(ok and sorted_names(files) or {}) do
    if ok then
      ok, failure = tar.add(into, order_no .. "/" .. name, files[name], time)
    end
  end
  if ok then
    ok, failure = tar.finish(into)
  end
  return ok and about, failure
end

return export
