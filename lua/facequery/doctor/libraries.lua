--- The libraries in this process.  That no other OpenSSL stands in for facequery's, the core has looked when it was
--- loaded.

local core = require "facequery.core"
local findings = require "facequery.doctor.findings"
local version = require "facequery.version"
local words = require "facequery.doctor.words"

local libraries = {}

---@param lang facequery.Lang
---@return facequery.Finding[]
function libraries.check(lang)
  local build, tls = core.build(), core.tls()
  local library = tostring(tls.library)
  local list = { findings.ok(lang, "libraries", "libraries", version, jit and jit.version or _VERSION, build.libcurl,
    library, build.openssl) }
  local name, number = library:match "^(%w+)/(%d[%d.]*%d)"
  if not (name == "OpenSSL" or name == "quictls") or number ~= build.openssl:match "^[%d.]+" then
    list[2] = findings.warning(lang, "libraries", "TWO_OPENSSLS",
      words.of(lang, "two_libraries", library, "OpenSSL/" .. build.openssl))
  end
  return list
end

return libraries
