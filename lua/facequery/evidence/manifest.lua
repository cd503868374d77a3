--- A bundle's manifest.json: what the bundle holds, and the digests to tell by.

local core = require "facequery.core"
local json = require "facequery.json"
local rebuild = require "facequery.evidence.rebuild"

local manifest = {}

manifest.FORMAT = "facequery-evidence/1"
local NAME = "manifest.json"

-- A manifest has a kilobyte, some 70 bytes for each answer of a long poll, and the last answer's text: that
-- may be a megabyte, and six where JSON escapes each of its bytes.
local LARGEST = 8 * 1024 * 1024

---@class facequery.Manifest
---@field format "facequery-evidence/1"
---@field order_no string
---@field code string
---@field bizSeqNo? string
---@field occurredTime? string
---@field transactionTime? string
---@field liveRate? string
---@field similarity? string
---@field fetched_at string UTC
---@field source string the url that was asked, without its query
---@field responses string[] SHA-256 of each answer as it came, in their order
---@field exchanges? { host?: string, sent?: string, received?: string, date?: string, tls?: string, cipher?: string, certificate?: string }[] who gave each answer, in their order, and when (UTC): see facequery.Provenance
---@field answer string the last answer's JSON text as it came, "" in the place of its files
---@field rebuild? facequery.Rebuild[]|false how the last of `responses` is made again: `answer`, with these files in their places; false: it can't be
---@field files table<string, { size: integer, mime: string, sha256: string, sm3?: string, content?: table }> `content`: the same of an encrypted medium's content
---@field encryption? facequery.Encryption the files are encrypted; what is not told here then is in manifest.json.cms
---@field missing? string[] "photo", "video": the service had none
---@field damaged? table<"photo"|"video", { code: string, offset?: integer, file?: string, exact?: boolean }> what came and is not base64: `file` holds its text as it came (see facequery.Damage)
---@field odd? string[] "photo", "video": the last answer had neither base64 nor nothing in its place; `answer` shows what
---@field facequery string version
---@field build? { libcurl: string, openssl: string, lua: string } versions of what it ran on
---@field machine? string its name

--- A bundle's manifest; nil alone where it is missing or is none.
---@param place facequery.Place
---@param bundle string its name
---@return facequery.Manifest|nil
---@return string|facequery.Failure|nil digest SHA-256 of the file; beside nil: a failure, which says nothing of the manifest
function manifest.read(place, bundle)
  local text, failure = place:read(bundle, NAME, LARGEST)
  if not text then
    return nil, failure
  end
  local content = json.decode(text)
  if type(content) ~= "table" or content.format ~= manifest.FORMAT
    or type(content.order_no) ~= "string" or type(content.files) ~= "table" then
    return nil
  end
  local digests
  digests, failure = core.digest(text)
  if not digests then
    return nil, failure
  end
  return content, digests.sha256
end

---@param draft facequery.Draft
---@param content facequery.Manifest
---@return string|nil digest SHA-256 of the file
---@return facequery.Failure|nil failure
function manifest.write(draft, content)
  local text, failure = json.canonical(content)
  local digests, ok
  if text then
    text = text .. "\n"
    digests, failure = core.digest(text)
  end
  if digests then
    ok, failure = draft:write(NAME, text)
  end
  if not ok then
    return nil, failure
  end
  return digests.sha256
end

-- One file against its entry: what is wrong, or nil.
local function check_file(place, bundle, name, entry)
  if type(entry) ~= "table" then
    return "its entry in the manifest is unreadable"
  end
  local hashes = { "sha256", type(entry.sm3) == "string" and "sm3" or nil }
  local found, failure = place:digest(bundle, name, hashes)
  if not found then
    return failure.status == "FILE_MISSING" and "missing" or "unreadable"
  elseif found.size ~= entry.size then
    local expected = type(entry.size) == "number" and ("%.0f"):format(entry.size) or "no number"
    return ("%.0f bytes instead of %s"):format(found.size, expected)
  elseif found.sha256 ~= entry.sha256 or entry.sm3 and found.sm3 ~= entry.sm3 then
    return "other content than the manifest says"
  end
end

--- Compares a bundle with its manifest.
---@param place facequery.Place
---@param bundle string its name
---@param report? fun(name: string, problem: string) hears everything that does not match
---@param answers? boolean makes the last answer again, too, where that can be
---@return string|nil digest the manifest's, when everything matches
function manifest.check(place, bundle, report, answers)
  local is_whole = true
  local function problem(name, text)
    is_whole = false
    if report then
      report(name, text)
    end
  end
  local content, digest = manifest.read(place, bundle)
  if not content then
    problem(NAME, "missing or unreadable")
    return nil
  elseif content.order_no ~= place:order_of(bundle) then
    problem(NAME, "about another order")
  elseif not place:belongs(bundle, content.fetched_at) then
    problem(NAME, "of another day than its folder")
  end
  for name, entry in pairs(content.files) do
    -- Nothing outside the bundle is its file.
    if type(name) ~= "string" or not name:gsub("%.cms$", ""):find "^%w+%.%w+$" then
      problem(NAME, "names what can't be a bundle's file")
    else
      local text = check_file(place, bundle, name, entry)
      if text then
        problem(name, text)
      end
    end
  end
  local next_name, failure = place:files(bundle)
  if not next_name then
    problem("", "can't be listed: " .. failure.detail)
  end
  for name in next_name or function() end do
    if name ~= NAME and not content.files[name] then
      problem(name, "not in the manifest")
    end
  end
  local text = answers and is_whole and rebuild.check(place, bundle, content)
  if text then
    problem(NAME, text)
  end
  return is_whole and digest or nil
end

return manifest
