--- A checkpoint: how many lines a log had, and the root of the Merkle tree (RFC 6962) over them, as the text that
--- timestamps and signatures are about (c2sp.org/tlog-checkpoint).  And what stands beside it under the same size.

local core = require "facequery.core"

local checkpoint = {}

---@class facequery.Checkpoint
---@field origin string which log: "facequery/" and the SHA-256 of its first line
---@field size integer lines
---@field root string base64

--- Bytes of the largest file among an archive's seals: a token with its chain has some thousand.
checkpoint.LARGEST = 64 * 1024

--- How a file among the seals is called.
---@param size integer
---@param what string "checkpoint", "tree", "p7s", or a TSA's name with ".tsr"
---@return string
function checkpoint.name(size, what)
  return ("%.0f.%s"):format(size, what)
end

--- What such a name says; nil where it says nothing.
---@param name string
---@return integer|nil size
---@return string|nil what
function checkpoint.parse_name(name)
  local digits, what = name:match "^([1-9]%d*)%.(.+)$"
  local is_known = what and (what == "checkpoint" or what == "tree" or what == "p7s" or what:find "^[%w.-]+%.tsr$")
  if not is_known or #digits > 15 then
    return nil
  end
  return tonumber(digits), what
end

--- The name of a TSA's tokens.
---@param url string
---@return string
function checkpoint.tsa_name(url)
  local name = url:gsub("^%w+://", ""):gsub("[^%w.-]+", "-"):gsub("^[.-]+", ""):gsub("[.-]+$", "")
  return name:sub(1, 128) .. ".tsr"
end

---@param first string the log's first line
---@return string|nil origin
---@return facequery.Failure|nil failure
function checkpoint.origin(first)
  local digests, failure = core.digest(first)
  return digests and "facequery/" .. digests.sha256, failure
end

---@param one facequery.Checkpoint
---@return string text
function checkpoint.write(one)
  return ("%s\n%.0f\n%s\n"):format(one.origin, one.size, one.root)
end

---@param text string
---@return facequery.Checkpoint|nil
function checkpoint.read(text)
  local origin, size, root = text:match "^(facequery/%x+)\n([1-9]%d*)\n([%w+/]+=)\n$"
  if not origin or #size > 15 or #root ~= 44 then
    return nil
  end
  return { origin = origin, size = tonumber(size), root = root }
end

return checkpoint
