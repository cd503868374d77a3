--- What the sandbox's parts share: its settings, what it remembers, its clock, and the frame of its answers.

local records = require "sandbox.records"

local common = {}

local COUNTERS = {
  "queries", "refused_requests", "refused_signs", "access_token_requests", "access_tokens",
  "api_ticket_requests", "api_tickets", "rate_limited", "neighbours",
  "nonce_tickets", "scans",
}

-- Plain tables need no lock: nginx runs one worker, and no change to them yields.

--- Forgets everything but the settings.
function common.reset()
  common.state = {
    counters = {}, tokens = {}, tickets = {}, nonces = {}, fail = {}, stall = {}, asked = {},
    queries = {}, file_queries = {}, skipped = 0, scans = {},
  }
  for _, name in ipairs(COUNTERS) do common.state.counters[name] = 0 end
end

--- Reads the settings; before nginx forks.
function common.init()
  local function seconds(name, default)
    local text = os.getenv(name)
    if not text or text == "" then return default end
    return tonumber(text) or error(name .. " is not a number")
  end
  common.app_id = os.getenv("FACEQUERY_APP_ID")
  common.secret = os.getenv("FACEQUERY_SANDBOX_SECRET")
  common.elsewhere = os.getenv("FACEQUERY_SANDBOX_HTTP") .. "/sandbox/neighbour"
  common.host = os.getenv("FACEQUERY_BASE_URL"):match("//(.*)$")
  common.static_ticket = os.getenv("FACEQUERY_TICKET")
  common.token_seconds = seconds("FACEQUERY_SANDBOX_TOKEN_SECONDS", 7200)
  common.ticket_seconds = seconds("FACEQUERY_SANDBOX_TICKET_SECONDS", 3600)
  common.reset()
end

function common.count(name)
  local counters = common.state.counters
  counters[name] = counters[name] + 1
end

function common.clock()
  ngx.update_time()
  return ngx.now() + common.state.skipped
end

function common.random(length)
  local alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
  local file = assert(io.open("/dev/urandom", "rb"))
  local bytes = file:read(length)
  file:close()
  return (bytes:gsub(".", function(byte)
    local at = byte:byte() % #alphabet + 1
    return alphabet:sub(at, at)
  end))
end

common.beijing = records.beijing

--- The digits that make an answer's bizSeqNo its own.
function common.serial()
  return ("%08d%09d%09d"):format(common.state.counters.queries, math.random(999999999),
    math.random(999999999))
end

--- What every answer has.
function common.envelope(code, msg)
  return records.envelope(code, common.serial(), msg)
end

function common.only(method)
  if ngx.req.get_method() == method then return end
  ngx.header.allow = method
  ngx.exit(405)
end

return common
