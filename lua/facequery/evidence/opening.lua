--- Opens an encrypted bundle with a recipient's key.  The log is told of it before: who, when and why.

local core = require "facequery.core"
local log = require "facequery.evidence.log"
local manifest = require "facequery.evidence.manifest"

local opening = {}

local SUFFIX = "%.cms$"
-- Bytes of an encrypted file that are read: more than any has whose content kept a client's limit.
local LARGEST = 2 ^ 31 - 1

---@class facequery.Opening
---@field opened string[] the names of the files that were written
---@field closed string[] those that are for other recipients
---@field damaged string[] those that are not as they were encrypted

-- The content of one file, checked against what the manifest tells of it.
local function content_of(place, bundle, name, entry, key)
  local message, failure = place:read(bundle, name, LARGEST)
  local stored = message and core.digest(message)
  if failure then
    return nil, failure
  elseif not stored or stored.sha256 ~= entry.sha256 then
    return nil, { status = "CIPHERTEXT_DAMAGED" }
  end
  local bytes
  bytes, failure = key:open(message)
  local digests = bytes and core.digest(bytes)
  local told = type(entry.content) == "table" and entry.content.sha256 or nil
  if bytes and told and (not digests or digests.sha256 ~= told) then
    return nil, { status = "CIPHERTEXT_DAMAGED" }
  end
  return bytes, failure
end

-- The encrypted files of a bundle, sorted by their names.
local function names_of(content)
  local names = {}
  for name, entry in pairs(content.files) do
    if type(name) == "string" and name:find "^%w+%.%w+%.cms$" and type(entry) == "table" then
      names[#names + 1] = name
    end
  end
  table.sort(names)
  return names
end

--- Opens what the key opens, file by file.
---@param place facequery.Place in which a run has begun
---@param order_no string
---@param key userdata core.decryption's
---@param why string see log.is_reason
---@param write fun(name: string, bytes: string): true|nil, facequery.Failure|nil takes a file's content
---@return facequery.Opening|nil
---@return facequery.Failure|nil failure BUNDLE_INVALID; NOT_ENCRYPTED; or the log can't be written, and then nothing is opened
function opening.run(place, order_no, key, why, write)
  local bundle = place:find(order_no)
  local content, digest
  if bundle then
    content, digest = manifest.read(place, bundle)
  end
  if not content or content.order_no ~= order_no then
    return nil, type(digest) == "table" and digest
      or { status = "BUNDLE_INVALID", field = place:location(bundle or order_no) }
  elseif type(content.encryption) ~= "table" then
    return nil, { status = "NOT_ENCRYPTED", field = place:location(bundle) }
  end
  local ok, failure = place:locked(function()
    return log.append(place, {
      { action = "opened", order_no = order_no, manifest = digest, who = core.user(), why = why },
    })
  end)
  if not ok then
    return nil, failure
  end
  local result = { opened = {}, closed = {}, damaged = {} }
  for _, name in ipairs(names_of(content)) do
    local bytes
    bytes, failure = content_of(place, bundle, name, content.files[name], key)
    ok = bytes and true
    if bytes then
      ok, failure = write((name:gsub(SUFFIX, "")), bytes)
    end
    local list = ok and result.opened or failure.status == "KEY_UNFIT" and result.closed
      or failure.status == "CIPHERTEXT_DAMAGED" and result.damaged
    if not list then
      return nil, failure
    end
    list[#list + 1] = name
  end
  return result
end

return opening
