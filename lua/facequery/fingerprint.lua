--- What may be shown of a ticket, a secret or a signature: enough to tell whether two are the same, and nothing that
--- serves anybody who has not the value.

local core = require "facequery.core"

local SHOWN = 8 -- hex digits of 64

---@class facequery.Fingerprint
---@field bytes integer its length
---@field sha256? string the first 8 hex digits of its SHA-256: `printf %s "$VALUE" | sha256sum | cut -c 1-8`

---@param value string
---@return facequery.Fingerprint
return function(value)
  local digests = core.digest(value)
  return { bytes = #value, sha256 = digests and digests.sha256:sub(1, SHOWN) or nil }
end
