--- Seals an archive's log: a checkpoint of it, and about that a token (RFC 3161) from each timestamping authority
--- (TSA), kept in the archive.  Nobody is asked from here: whoever seals hands in a function that does.

local checkpoint = require "facequery.evidence.seal.checkpoint"
local core = require "facequery.core"
local json = require "facequery.json"
local tree = require "facequery.evidence.seal.tree"

local seal = {}

-- How far a token's time may be from this machine's: a clock that is wrong by more would make a log that says other
-- times than its seals.
local MOST_APART = 600 -- seconds

--- How an archive's log is sealed.
---@class facequery.SealOptions
---@field tsa facequery.Tsa[] whom to ask
---@field send fun(url: string, request: string): string|nil, facequery.Failure|nil asks one of them, a TimeStampReq for a TimeStampResp: require("facequery.tsa").new()
---@field tsa_ca? string PEM: who must have issued the TSAs' certificates; without, nobody looks
---@field sign? { certificate: string, key: string } PEM: signs the checkpoint, too (CMS)

--- A timestamping authority.
---@class facequery.Tsa
---@field url string where it answers
---@field policy? string an OID that the token must have

--- What sealing has done.
---@class facequery.Seal
---@field size integer lines of the log that are sealed; 0 where it has none, and nothing was done
---@field root? string of the Merkle tree over these lines, base64
---@field is_new boolean a checkpoint was made
---@field stamps facequery.Stamp[] the tokens, of TSAs that were asked before, too
---@field failures { tsa: string, failure: facequery.Failure }[] the TSAs that have not stamped this checkpoint; the next run asks them again
---@field signed? boolean the checkpoint is signed, too

--- What an authority has stamped.
---@class facequery.Stamp
---@field tsa string its url
---@field file string among the archive's seals
---@field time string UTC
---@field policy string the TSA's, an OID
---@field signer string the subject of its certificate

--- A token's time, for people.
---@param time integer seconds since 1970
---@return string UTC
function seal.utc(time)
  return (os.date("!%Y-%m-%dT%H:%M:%SZ", time))
end

-- Adds a file, which another run may have added meanwhile.
local function add(place, name, bytes)
  local ok, failure = place.seals:add(name, bytes)
  return ok or failure.status == "FILE_EXISTS", failure
end

--- What a TSA's answer about a checkpoint says.
---@param text string the checkpoint
---@param response string a TimeStampResp
---@param request? string what it answers; nil: whatever it was
---@param ca? string PEM
---@return { time: integer, policy: string, serial: string, signer: string }|nil
---@return facequery.Failure|nil failure
function seal.check(text, response, request, ca)
  local failure
  if not request then
    request, failure = core.timestamp_request(text, false)
    if not request then
      return nil, failure
    end
  end
  return core.timestamp_check(response, request, ca)
end

-- Asks a TSA, checks its answer and keeps it.
local function stamp(place, text, name, tsa, options)
  local request, failure = core.timestamp_request(text, true, tsa.policy)
  local response, told
  if request then
    response, failure = options.send(tsa.url, request)
  end
  if response then
    told, failure = seal.check(text, response, request, options.tsa_ca)
  end
  if told and math.abs(told.time - core.now()) > MOST_APART then
    return nil, { status = "TOKEN_TIME", detail = seal.utc(told.time) }
  elseif not told then
    return nil, failure
  end
  local ok
  ok, failure = add(place, name, response)
  return ok and told, failure
end

-- Has each TSA stamp the checkpoint that has not done so.
local function stamp_all(place, text, result, options)
  for _, tsa in ipairs(options.tsa) do
    local name = checkpoint.name(result.size, checkpoint.tsa_name(tsa.url))
    local kept = place.seals:read(name, checkpoint.LARGEST)
    local told, failure
    if kept then
      told, failure = seal.check(text, kept, nil, options.tsa_ca)
    else
      told, failure = stamp(place, text, name, tsa, options)
    end
    if told then
      result.stamps[#result.stamps + 1] = {
        tsa = tsa.url, file = name, time = seal.utc(told.time), policy = told.policy, signer = told.signer,
      }
    else
      result.failures[#result.failures + 1] = { tsa = tsa.url, failure = failure }
    end
  end
end

-- Signs the checkpoint where that is wanted.
local function sign(place, text, result, who)
  local name = checkpoint.name(result.size, "p7s")
  if not who or place.seals:read(name, checkpoint.LARGEST) then
    return true
  end
  local signature, failure = core.signature(text, who.certificate, who.key)
  if not signature then
    return nil, failure
  end
  result.signed = true
  return add(place, name, signature)
end

-- The newest tree that was sealed; nil alone where none was.
local function newest(place)
  local _, sizes, failure = tree.list(place)
  local size = sizes[#sizes]
  local kept = size and tree.read(place, size)
  if size and not kept then
    return nil, { status = "SEAL_MISMATCH", field = checkpoint.name(size, "tree") }
  end
  return kept or nil, failure
end

-- Keeps a tree and its checkpoint: a checkpoint is there only with its tree.
local function keep(place, grown, text)
  local written, failure = json.canonical(grown)
  local ok
  if written then
    ok, failure = add(place, checkpoint.name(grown.size, "tree"), written .. "\n")
  end
  if ok then
    ok, failure = add(place, checkpoint.name(grown.size, "checkpoint"), text)
  end
  return ok and true or nil, failure
end

--- Seals the log as it is.  Where nothing is new, the newest checkpoint gets the tokens that it lacks.
---@param place facequery.Place
---@param options facequery.SealOptions
---@return facequery.Seal|nil
---@return facequery.Failure|nil failure
function seal.run(place, options)
  local kept, failure = newest(place)
  if failure then
    return nil, failure
  end
  local grown, root
  grown, failure = tree.grow(place, kept)
  if not grown then
    return not failure and { size = 0, is_new = false, stamps = {}, failures = {} } or nil, failure
  end
  root, failure = tree.root(grown)
  if not root then
    return nil, failure
  end
  local result = { size = grown.size, root = root, is_new = grown ~= kept, stamps = {}, failures = {} }
  local text = checkpoint.write { origin = grown.origin, size = grown.size, root = root }
  local ok = true
  if result.is_new then
    ok, failure = keep(place, grown, text)
  end
  if ok then
    ok, failure = sign(place, text, result, options.sign)
  end
  if not ok then
    return nil, failure
  end
  stamp_all(place, text, result, options)
  return result
end

return seal
