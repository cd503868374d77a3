-- Every allocation of a query, of each, of an archive, of a scan's start and of the doctor's query fails once, over
-- TLS.  What comes of it is an error or the right record, and nothing partial on the disk; Lua's own lack of memory
-- may raise.

local doctor = require "facequery.doctor"
local facequery = require "facequery"
local lfs = require "lfs"
local support = require "help.support"
local tap = require "torture.tap"

local TIMEOUT = 2 -- seconds
-- No call has more than that many exchanges in a row, with their grace.
local LONGEST = 20

local dir = support.folder()
local PHOTO, VIDEO = support.medium "photo.jpg", support.medium "video.mp4"

local function names_in(path)
  local names = {}
  for name in lfs.dir(path) do
    if name ~= "." and name ~= ".." then
      names[#names + 1] = name
    end
  end
  table.sort(names)
  return table.concat(names, " ")
end

local function read(path)
  local file = io.open(path, "rb")
  local bytes = file and file:read "*a"
  if file then
    file:close()
  end
  return bytes
end

local function is_error(err)
  return type(err) == "table" and type(err.kind) == "string" and err.kind ~= "success"
    and type(err.code) == "string" and err.code ~= "0"
end

-- What is wrong with what was raised, and that there was an error.
local function raised(message)
  collectgarbage()
  return not tostring(message):find("not enough memory", 1, true) and "raised " .. tostring(message) or nil, true
end

local settings = { timeout = TIMEOUT, connect_timeout = TIMEOUT, retries = 0 }

-- With another value in some of them.
local function settings_with(others)
  local all = {}
  for name, value in pairs(settings) do
    all[name] = value
  end
  for name, value in pairs(others) do
    all[name] = value
  end
  return all
end

-- Each returns what is wrong, or nil; and whether there was an error.  `arm` begins the torture, `rest`
-- ends it.
local works = {}

local function query(arm, rest, turn, word)
  local folder = ("%s/query%d"):format(dir, turn)
  lfs.mkdir(folder)
  local asked = {
    order_no = support.order(word), get_file = "both",
    photo_path = folder .. "/photo", video_path = folder .. "/video",
  }
  local ok, record, err = arm(function()
    local client, refused = facequery.new(settings)
    if not client then
      return nil, refused
    end
    local result, failure = client:query(asked)
    client:close()
    return result, failure
  end)
  rest()
  if not ok then
    return raised(record)
  elseif not record then
    return not is_error(err) and "no error" or names_in(folder) ~= "" and "left " .. names_in(folder) or nil, true
  end
  local is_right = record.code == "0" and record.orderNo == asked.order_no
    and read(folder .. "/photo") == PHOTO and read(folder .. "/video") == VIDEO
  os.remove(folder .. "/photo")
  os.remove(folder .. "/video")
  lfs.rmdir(folder)
  return not is_right and "a wrong record" or nil, false
end
works["query over TLS"] = function(arm, rest, turn) return query(arm, rest, turn, "verified") end
works["compressed query over TLS"] = function(arm, rest, turn) return query(arm, rest, turn, "gzip") end

local function each(arm, rest, how)
  local orders, seen, failed = {}, {}, false
  for i, word in ipairs { "verified", "nomedia", "nomedia", "verified" } do
    orders[i] = support.order(word)
  end
  local problem
  local ok, went, refused = arm(function()
    local client, unmade = facequery.new(how)
    if not client then
      return false, unmade
    end
    local next_one, none, _, guard = client:each(orders, { concurrency = 2, method = "query", get_file = "both" })
    if not next_one then
      return false, none
    end
    for order_no, record, err in next_one, none, nil, guard do
      seen[order_no] = (seen[order_no] or 0) + 1
      failed = failed or not record
      if record and not (record.code == "0" and record.orderNo == order_no) then
        problem = "a wrong record"
      elseif record and order_no:find "^verified"
        and not (record.photo and record.photo.data == PHOTO and record.video and record.video.data == VIDEO) then
        problem = "wrong media"
      elseif not record and not is_error(err) then
        problem = "no error"
      end
    end
    client:close()
    return true
  end)
  rest()
  if not ok then
    return raised(went)
  elseif not went then
    return not is_error(refused) and "no error" or nil, true
  end
  for _, order_no in ipairs(orders) do
    problem = problem or (seen[order_no] ~= 1 and "an order that came " .. (seen[order_no] or 0) .. " times") or nil
  end
  return problem, failed
end

works["each over TLS"] = function(arm, rest) return each(arm, rest, settings) end

-- Over HTTP/1.1 orders wait for a connection, and libcurl may forget them there.
works["each over HTTP"] = function(arm, rest)
  return each(arm, rest, settings_with { base_url = support.env "SANDBOX_HTTP" })
end

works["archive over TLS"] = function(arm, rest, turn)
  local folder = ("%s/archive%d"):format(dir, turn)
  local order_no = support.order "verified"
  local ok, bundle, err = arm(function()
    local client, refused = facequery.new(settings)
    if not client then
      return nil, refused
    end
    local result, failure = client:archive { order_no = order_no, dir = folder, attempts = 1, hashes = { "sm3" } }
    client:close()
    return result, failure
  end)
  rest()
  local names = lfs.attributes(folder) and names_in(folder) or ""
  local problem
  if not ok then
    problem = raised(bundle)
  elseif not bundle then
    -- The day's folder may have been made already; no bundle is in it.
    names = names:gsub("%.lock", ""):gsub("index%.jsonl", ""):gsub("^%s*%d%d%d%d%s*$", "")
    problem = not is_error(err) and "no error" or (names:find "%S" and "left " .. names)
      or lfs.attributes(folder) and support.bundles(folder)[1] and "left a bundle" or nil
  else
    -- A run's folder that could not be removed for want of memory is the next run's to remove.
    names = names:gsub("%.run%-%w+ ", "")
    problem = not (names:find "^%.lock %d%d%d%d index%.jsonl$" and support.bundles(folder)[1] == order_no
      and not support.bundles(folder)[2] and bundle.code == "0"
      and read(bundle.path .. "/photo.jpg") == PHOTO and read(bundle.path .. "/video.mp4") == VIDEO)
      and "a wrong bundle: " .. names or nil
  end
  if bundle and ok and not problem then
    local problems = support.verify(folder)
    problem = problems[1]
  end
  support.remove_folder(folder)
  return problem, not (ok and bundle)
end

works["start with a photo over TLS"] = function(arm, rest)
  support.control("reset", "POST") -- the sandbox refuses tickets that are fetched as often as here
  local order_no = support.order "face"
  local ok, scan, err = arm(function()
    local client, refused = facequery.new(settings_with { secret = support.env "SANDBOX_SECRET",
      ticket_store = require("facequery.tickets").memory() })
    if not client then
      return nil, refused
    end
    local result, failure = client:start { order_no = order_no, user_id = "aUSERid", photo = PHOTO,
      return_url = "https://shop.example/" }
    client:close()
    return result, failure
  end)
  rest()
  if not ok then
    return raised(scan)
  elseif not scan then
    return not is_error(err) and "no error" or nil, true
  end
  return not (scan.order_no == order_no and scan.face_id:find "^tx%x+$" and scan.url:find "^https://")
    and "a wrong scan" or nil, false
end

-- `is_right` judges the last finding, where no allocation has failed.
local function diagnose(arm, rest, how, is_right)
  local ok, found = arm(function() return doctor.run { settings = how } end)
  rest()
  if not ok then
    return raised(found)
  end
  local has_failed = false
  for _, finding in ipairs(found) do
    if finding.state ~= "ok" then
      has_failed = true
      if not is_error(finding) then
        return "a " .. tostring(finding.state) .. " without a reason", true
      end
    end
  end
  return not has_failed and not is_right(found[#found]) and "no error, and not right" or nil, has_failed
end

works["the doctor over TLS"] = function(arm, rest)
  return diagnose(arm, rest, settings, function(last) return last.check == "query" end)
end

-- Where the service's certificate is of no authority that is trusted, there is always an error.
works["the doctor of an untrusted service"] = function(arm, rest)
  local other = dir .. "/other.pem"
  if not lfs.attributes(other) then
    support.must(("openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 1 -subj /CN=other"
      .. " -keyout %s.key -out %s"):format(other, other))
  end
  return diagnose(arm, rest, settings_with { ca_file = other }, function() return false end)
end

local function counter()
  return tonumber(os.getenv "TORTURE_COUNT")
end

-- One turn: the allocation that is `failing` fails.  Returns also how many allocations there were.
local function turn_of(work, failing)
  local count
  local function arm(call)
    os.getenv("TORTURE_FAIL_" .. ("%.0f"):format(failing))
    local ok, a, b = pcall(call)
    count = counter()
    return ok, a, b
  end
  local started = support.real_now()
  local problem, has_failed = works[work](arm, counter, failing)
  if support.real_now() - started > LONGEST then
    problem = "took " .. support.real_now() - started .. " seconds"
  end
  return problem, has_failed, count
end

assert(counter(), "run this with failing.so preloaded")
for _, work in ipairs {
  "query over TLS", "compressed query over TLS", "each over TLS", "each over HTTP", "archive over TLS",
  "start with a photo over TLS", "the doctor over TLS", "the doctor of an untrusted service",
} do
  turn_of(work, 1e9) -- what is made once a process is made
  local _, _, count = turn_of(work, 1e9)
  local problems, errors, turns = {}, 0, tap.turns(1, count, tonumber(os.getenv "TORTURE_SHORT") or count)
  for _, failing in ipairs(turns) do
    io.stderr:write(work, " ", failing, "\n") -- the last of them is the one that crashed
    local problem, has_failed = turn_of(work, failing)
    errors = errors + (has_failed and 1 or 0)
    if problem then
      problems[#problems + 1] = ("allocation %d: %s"):format(failing, problem)
    end
  end
  tap.report("failing allocations of " .. work,
    ("%d of %d, %d errors, seed %d"):format(#turns, count, errors, tap.seed), problems)
end
support.remove_folder(dir)
tap.finish()
