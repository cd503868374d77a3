--- facequery seal, and what verify says of seals.

local errors = require "facequery.errors"
local evidence = require "facequery.evidence"
local failures = require "facequery.cli.failures"
local folders = require "facequery.cli.folders"
local inputs = require "facequery.cli.inputs"
local json = require "facequery.json"
local statuses = require "facequery.cli.statuses"
local words = require "facequery.cli.words"

local commands = {}

--- The PEM files of `--tsa-ca` and `--crl`, where they are given; nil where one can't be read, which is said.
---@param args table
---@return { tsa_ca?: string, crl?: string }|nil
---@return integer|nil exit status where one can't be read
function commands.trust(args)
  local trust = {}
  for _, name in ipairs { "tsa_ca", "crl" } do
    if args[name] then
      local text, failure = inputs.read(args[name], args.lang)
      if not text then
        return nil, failures.of(args, "facequery", failure)
      end
      trust[name] = text
    end
  end
  return trust
end

-- The TSAs' list: each --tsa may have several.
local function flatten(lists)
  local all = {}
  for _, list in ipairs(lists) do
    for _, one in ipairs(list) do
      all[#all + 1] = one
    end
  end
  return all
end

-- The options of evidence.seal; nil and the exit status where a file can't be read, which is said.
local function options_of(args)
  local options, status = commands.trust(args)
  if not options then
    return nil, status
  end
  options.tsa = flatten(args.tsa)
  options.send = require("facequery.tsa").new { timeout = args.timeout }
  if args.sign then
    local certificate, failure = inputs.read(args.sign.certificate, args.lang)
    local key = certificate
    if certificate then
      key, failure = inputs.read(args.sign.key, args.lang)
    end
    if not key then
      return nil, failures.of(args, "facequery", failure)
    end
    options.sign = { certificate = certificate, key = key }
  end
  return options
end

local function tell(args, result)
  if result.size == 0 then
    words.say(args.lang, "no_lines", args.dir)
  elseif result.is_new then
    words.say(args.lang, "sealed", args.dir, result.size, result.root)
  else
    words.say(args.lang, "nothing_new", args.dir, result.size)
  end
  for _, stamp in ipairs(result.stamps) do
    words.say(args.lang, "stamped", stamp.time, stamp.signer, stamp.tsa)
  end
  local status = statuses.OK
  for _, one in ipairs(result.failures) do
    words.say(args.lang, "unstamped", one.tsa)
    -- For a machine they stand in the seal's own line.
    status = statuses.both(status, failures.of({ lang = args.lang }, one.tsa, one.failure))
  end
  return status
end

local function print_result(args, result)
  local missing = {}
  for i, one in ipairs(result.failures) do
    local err = errors.from_failure(args.lang, one.failure)
    missing[i] = { tsa = one.tsa, code = err.code, kind = err.kind, message = err.message, advice = err.advice }
  end
  words.print_json {
    dir = args.dir, size = result.size, root = result.root, new = result.is_new,
    stamps = json.list(result.stamps), missing = json.list(missing),
  }
end

---@param args table
---@return integer exit status
function commands.seal(args)
  local status = folders.look(args, args.dir)
  if status ~= statuses.OK then
    return status
  end
  local options, unread = options_of(args)
  if not options then
    return unread
  end
  local result, failure = evidence.seal(evidence.at(args.dir), options)
  if not result then
    return failures.of(args, args.dir, failure)
  end
  status = tell(args, result)
  if args.json then
    print_result(args, result)
  end
  return status
end

--- Checks an archive's seals, and adds to what verify has found.
---@param args table
---@param dir string
---@param report fun(path: string, problem: string)
---@param trust { tsa_ca?: string, crl?: string } PEM
---@param result facequery.Verification gets `seals`, where there are some, and more problems
function commands.verify(args, dir, report, trust, result)
  local found = evidence.check_seals(evidence.at(dir), report, trust.tsa_ca, trust.crl)
  result.problems = result.problems + found.problems
  if found.seals > 0 then
    result.seals, result.stamps = found.seals, found.stamps
  end
  if found.stamps > 0 and not trust.tsa_ca then
    words.say(args.lang, "no_authority", dir)
  elseif found.judged < found.stamps then
    words.say(args.lang, "no_revocation", dir, found.stamps - found.judged)
  end
end

return commands
