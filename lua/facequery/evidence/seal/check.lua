--- Checks an archive's seals against its log: is each sealed tree a prefix of the log, and so of the next one; and are
--- the tokens and signatures those of its checkpoint?

local checkpoint = require "facequery.evidence.seal.checkpoint"
local core = require "facequery.core"
local json = require "facequery.json"
local log = require "facequery.evidence.log"
local seal = require "facequery.evidence.seal"
local tree = require "facequery.evidence.seal.tree"

local check = {}

-- What is wrong with a token, in words.
local WORDS = {
  TOKEN_MALFORMED = "not a timestamp, or changed",
  TOKEN_REFUSED = "the TSA has refused it",
  TOKEN_IMPRINT = "about another checkpoint",
  TOKEN_SIGNATURE = "not signed by the TSA, or changed",
  TOKEN_UNTRUSTED = "the TSA's certificate is not one that the given authorities vouch for",
  TOKEN_REVOKED = "the TSA's certificate, or one of its issuers', was revoked",
  CRL_INVALID = "the given revocation lists are none, or not signed by the TSA's issuers",
}

-- Adds the log's lines, as far as they are sealed.  `at_size` hears of the tree at each of the sizes.
local function read_lines(place, sizes, at_size)
  local merkle, failure = core.merkle()
  local next_line, next_size, size, bytes, origin = nil, 1, 0, 0, nil
  if merkle then
    next_line, failure = place:lines()
  end
  while next_line and sizes[next_size] and not failure do
    local line, is_ended = next_line()
    if not line or not is_ended then
      return size
    end
    local ok, why = merkle:add(line)
    failure = not ok and why or nil
    origin = origin or checkpoint.origin(line)
    size, bytes = size + 1, bytes + #line + 1
    if size == sizes[next_size] then
      next_size = next_size + 1
      at_size(size, { root = merkle:root(), origin = origin, bytes = bytes, head = log.digest(line),
        frontier = merkle:frontier() })
    end
  end
  return size, failure
end

local function same_list(a, b)
  for i = 1, math.max(#a, #b) do
    if a[i] ~= b[i] then
      return false
    end
  end
  return true
end

-- A checkpoint's text, and whether it is that of the log's lines.
local function check_checkpoint(place, size, found, problem)
  local name = checkpoint.name(size, "checkpoint")
  local text = place.seals:read(name, checkpoint.LARGEST)
  local one = text and checkpoint.read(text)
  local words
  if not one or one.size ~= size then
    words = "not a checkpoint of this size, or changed"
  elseif not found then
    words = "of more lines than the log has: it was cut, or begun anew"
  elseif one.root ~= found.root then
    words = ("has another root than the log's first %.0f lines: one of them, or this, was changed"):format(size)
  elseif one.origin ~= found.origin then
    words = "of another log, or changed"
  end
  if words then
    problem(name, words)
  end
  return text, not words
end

local function check_tree(place, size, found, problem)
  local kept = tree.read(place, size)
  if not kept or not (kept.origin == found.origin and kept.bytes == found.bytes
    and kept.head == found.head and same_list(kept.frontier, found.frontier)) then
    problem(checkpoint.name(size, "tree"), "not the tree of these lines, or changed")
  end
end

-- What a token says, where it is good; `told.judged` of whom the revocation lists know that they were not revoked.
local function check_token(place, name, text, trust, problem)
  local response = place.seals:read(name, checkpoint.LARGEST)
  local told, failure
  if response then
    told, failure = seal.check(text, response, nil, trust.ca)
  end
  if told and trust.ca and trust.crl then
    told.judged, failure = core.timestamp_revocation(response, told.time, trust.ca, trust.crl)
  end
  if not told or failure then
    local words = failure and (WORDS[failure.status] or failure.status) or "unreadable"
    problem(name, words .. (failure and failure.detail and " (" .. failure.detail .. ")" or ""))
    return nil
  end
  return told
end

local function check_signature(place, size, text, problem)
  local name = checkpoint.name(size, "p7s")
  local signature = place.seals:read(name, checkpoint.LARGEST)
  if not signature or not core.signature_check(text, signature) then
    problem(name, "not a signature of this checkpoint, or changed")
  end
end

-- All that stands beside a checkpoint.  `is_good` of a token is about a checkpoint that is good, too.
local function check_one(place, size, what, found, trust, problem)
  local text, is_good = check_checkpoint(place, size, found, problem)
  if is_good then
    check_tree(place, size, found, problem)
  end
  local tokens = {}
  for _, kind in ipairs(text and json.names(what) or {}) do
    local name = checkpoint.name(size, kind)
    if kind == "p7s" then
      check_signature(place, size, text, problem)
    elseif kind:find "%.tsr$" then
      local told = check_token(place, name, text, trust, problem)
      tokens[#tokens + 1] = told and { size = size, root = is_good and found.root or nil, file = name, kind = kind,
        time = told.time, signer = told.signer, serial = told.serial, policy = told.policy,
        judged = told.judged } or nil
    end
  end
  return tokens
end

-- Files of a size that has no checkpoint: all but the tree, which a seal that was interrupted has left.
local function check_orphans(by_size, problem)
  for size, what in pairs(by_size) do
    for kind in pairs(what.checkpoint and {} or what) do
      if kind ~= "tree" then
        problem(checkpoint.name(size, kind), "its checkpoint is missing")
      end
    end
  end
end

--- What the check of the seals has found.
---@class facequery.SealCheck
---@field seals integer checkpoints
---@field stamps integer tokens that are good
---@field judged integer of them: those whose TSA's certificate the revocation lists know
---@field problems integer that were reported

--- A token that is good.
---@class facequery.CheckedToken
---@field size integer lines of its checkpoint
---@field root? string base64; nil where the checkpoint is not that of the log's lines
---@field file string its name among the seals
---@field kind string the same without the size
---@field time integer seconds since 1970
---@field signer string the subject of the TSA's certificate
---@field serial string in hex
---@field policy string an OID
---@field judged? "chain"|"signer"|"none" of whom the revocation lists know that they were not revoked

--- What more check.run is told.
---@class facequery.SealCheckOptions
---@field crl? string PEM: what the authorities have revoked; of use with `ca` alone
---@field index? integer a line's, from 0: look at no seal but the first stamped one that covers it
---@field hear? fun(size: integer, tokens: facequery.CheckedToken[]) hears of each seal

--- Reads the log as far as it is sealed, and every seal.
---@param place facequery.Place
---@param report fun(path: string, problem: string)
---@param ca? string PEM: who must have issued the TSAs' certificates; without, nobody looks
---@param options? facequery.SealCheckOptions
---@return facequery.SealCheck
function check.run(place, report, ca, options)
  options = options or {}
  local result = { seals = 0, stamps = 0, judged = 0, problems = 0 }
  local found = {}
  local function problem(name, words)
    result.problems = result.problems + 1
    report(place.seals.name .. "/" .. name, words)
  end
  local index = options.index
  local by_size, sizes, failure = tree.list(place, not index and function(name) problem(name, "not a seal's") end)
  if failure then
    problem("", "can't be listed")
  end
  sizes = index and { tree.covering(by_size, sizes, index) } or sizes
  if sizes[1] then
    local _, unread = read_lines(place, sizes, function(size, about) found[size] = about end)
    if unread then
      problem("", "can't be checked: " .. unread.status)
      return result
    end
  end
  for _, size in ipairs(sizes) do
    local tokens = check_one(place, size, by_size[size], found[size], { ca = ca, crl = options.crl }, problem)
    result.seals, result.stamps = result.seals + 1, result.stamps + #tokens
    for _, one in ipairs(tokens) do
      result.judged = result.judged + ((one.judged or "none") ~= "none" and 1 or 0)
    end
    if options.hear then
      options.hear(size, tokens)
    end
  end
  check_orphans(index and {} or by_size, problem)
  return result
end

return check
