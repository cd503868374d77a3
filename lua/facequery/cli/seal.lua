--- facequery seal, and what verify says of seals.

local errors = require "facequery.errors"
local evidence = require "facequery.evidence"
local json = require "facequery.json"
local words = require "facequery.cli.words"

local commands = {}

--- The text of a PEM file; nil where it can't be read, which the user has been told, then.
---@param path string
---@return string|nil
function commands.read_pem(path)
  local file, message = io.open(path, "rb")
  local text = file and file:read "*a" -- nil for a folder
  if file then
    file:close()
  end
  if not text then
    words.warn("facequery: %s", message or path .. ": not a file")
  end
  return text
end

--- The PEM files of `--tsa-ca` and `--crl`, where they are given; nil where one can't be read.
---@param args table
---@return { tsa_ca?: string, crl?: string }|nil
function commands.trust(args)
  local trust = {}
  for _, name in ipairs { "tsa_ca", "crl" } do
    trust[name] = args[name] and commands.read_pem(args[name])
    if args[name] and not trust[name] then
      return nil
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

-- The options of evidence.seal; nil where a file can't be read.
local function options_of(args)
  local options = {
    tsa = flatten(args.tsa),
    send = require("facequery.tsa").new { timeout = args.timeout },
  }
  if args.tsa_ca then
    options.tsa_ca = commands.read_pem(args.tsa_ca)
  end
  if args.sign then
    local certificate = commands.read_pem(args.sign.certificate)
    local key = certificate and commands.read_pem(args.sign.key)
    options.sign = key and { certificate = certificate, key = key }
  end
  local is_read = (not args.tsa_ca or options.tsa_ca) and (not args.sign or options.sign)
  return is_read and options or nil
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
  for _, one in ipairs(result.failures) do
    words.say(args.lang, "unstamped", one.tsa)
    words.explain_error(one.tsa, errors.from_failure(args.lang, one.failure), args.lang)
  end
end

local function print_result(args, result)
  local missing = {}
  for i, one in ipairs(result.failures) do
    missing[i] = { tsa = one.tsa, code = errors.from_failure(args.lang, one.failure).code }
  end
  words.print_json {
    dir = args.dir, size = result.size, root = result.root, new = result.is_new,
    stamps = json.list(result.stamps), missing = json.list(missing),
  }
end

---@param args table
---@return integer exit status
function commands.seal(args)
  local place = evidence.at(args.dir)
  local is_there, instead = place:exists()
  if not is_there then
    words.warn("%s: %s", args.dir, instead)
    return words.FAILED
  end
  local options = options_of(args)
  if not options then
    return words.FAILED
  end
  local result, failure = evidence.seal(place, options)
  if not result then
    words.explain_error(args.dir, errors.from_failure(args.lang, failure), args.lang)
    return words.FAILED
  end
  tell(args, result)
  if args.json then
    print_result(args, result)
  end
  return result.failures[1] and words.FAILED or words.OK
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
