-- The sandbox's access tokens, SIGN tickets and NONCE tickets, and what is signed with them.

local answer = require "sandbox.answer"
local common = require "sandbox.common"

local tickets = {}

local MINUTE = 60 -- how long a replaced token or ticket lives on
local NONCE_SECONDS = 120

local function alive(entry, now)
  return entry ~= nil and now < entry.dies and (not entry.token or alive(entry.token, now))
end

local function signature(values, ticket)
  local all = { ticket, unpack(values) }
  table.sort(all) -- LuaJIT compares bytes, whatever the locale
  return (ngx.sha1_bin(table.concat(all)):gsub(".", function(byte)
    return ("%02X"):format(byte:byte())
  end))
end

--- With which SIGN ticket are these values signed?  Nil: with none that lives.
---@param values string[]
---@param sign string in either case
---@return string|nil ticket
function tickets.signer(values, sign)
  local wanted = sign:upper()
  if wanted == signature(values, common.static_ticket) then return common.static_ticket end
  local now = common.clock()
  for ticket, entry in pairs(common.state.tickets) do
    if alive(entry, now) and wanted == signature(values, ticket) then return ticket end
  end
end

--- Are these values signed with a NONCE ticket of this user that lives and was not used?  It is from now on.
---@param values string[]
---@param sign string in either case
---@param user string
---@return boolean
function tickets.take_nonce(values, sign, user)
  local wanted, now = sign:upper(), common.clock()
  for ticket, entry in pairs(common.state.nonces) do
    if wanted == signature(values, ticket) and alive(entry, now) and entry.user == user
      and not entry.used then
      entry.used = true
      return true
    end
  end
  return false
end

--- The signature of the return url, with the SIGN ticket that lives longest; by the fixed one where none was fetched.
---@param values string[]
---@return string
function tickets.sign(values)
  local now, newest, ticket = common.clock(), nil, common.static_ticket
  for value, entry in pairs(common.state.tickets) do
    if alive(entry, now) and (not newest or entry.dies > newest.dies) then newest, ticket = entry, value end
  end
  return signature(values, ticket)
end

-- What both endpoints share.  Returns the url's parameters, or nothing after having answered.
local function asked(name)
  common.only("GET")
  common.count(name .. "_requests")
  if (common.state.stall[name] or 0) > 0 then ngx.sleep(common.state.stall[name]) end
  if (common.state.fail[name] or 0) > 0 then
    common.state.fail[name] = common.state.fail[name] - 1
    ngx.exit(500)
  end

  local ring = common.state.asked[name] or { next = 0 }
  common.state.asked[name] = ring
  local now = common.clock()
  -- `ring` holds the times of the last twenty requests, and `next` is the oldest: more a second are refused.
  if now - (ring[ring.next] or -1) < 1 then
    common.count("rate_limited")
    return answer.send(common.envelope("400504"))
  end
  ring[ring.next], ring.next = now, (ring.next + 1) % 20

  local parameters = ngx.req.get_uri_args()
  if parameters.version ~= "1.0.0" then return answer.send(common.envelope("400502")) end
  if (parameters.app_id or parameters.appId) ~= common.app_id then
    return answer.send(common.envelope("400101"))
  end
  return parameters
end

-- Grants a new token or ticket, and ends the one before in a minute.
local function grant(entries, last, seconds, token)
  local now = common.clock()
  local previous = common.state[last]
  if previous then previous.dies = math.min(previous.dies, now + MINUTE) end
  local value, entry = common.random(64), { dies = now + seconds, token = token }
  entries[value], common.state[last] = entry, entry
  -- expire_time is three hours off, so that a client that goes by it in place of expire_in shows itself.
  return value, common.beijing(seconds - 3 * 3600)
end

--- GET /api/oauth2/access_token
function tickets.access_token()
  local parameters = asked("access_token")
  if not parameters then return end
  if parameters.grant_type ~= "client_credential" then
    return answer.send(common.envelope("66660000", "参数不合法: grant_type"))
  end
  if parameters.secret ~= common.secret then return answer.send(common.envelope("400101")) end
  common.count("access_tokens")
  local body = common.envelope("0")
  body.access_token, body.expire_time = grant(common.state.tokens, "token", common.token_seconds)
  body.expire_in = tostring(common.token_seconds)
  return answer.send(body)
end

-- A NONCE ticket: of one user, for one start, in two minutes.
local function grant_nonce(user, token)
  common.count("nonce_tickets")
  local value = common.random(64)
  common.state.nonces[value] = { dies = common.clock() + NONCE_SECONDS, token = token, user = user }
  return { value = value, expire_in = tostring(NONCE_SECONDS), expire_time = common.beijing(-3 * 3600) }
end

--- GET /api/oauth2/api_ticket
function tickets.api_ticket()
  local parameters = asked("api_ticket")
  if not parameters then return end
  local kind, user = parameters.type, parameters.user_id
  if kind ~= "SIGN" and kind ~= "NONCE" then
    return answer.send(common.envelope("66660000", "参数不合法: type"))
  end
  if kind == "NONCE" and not (type(user) == "string" and #user <= 32 and user:find("^%w+$")) then
    return answer.send(common.envelope("66660000", "参数不合法: user_id"))
  end
  local token = common.state.tokens[parameters.access_token or ""]
  if not token then return answer.send(common.envelope("400101")) end
  if not alive(token, common.clock()) then return answer.send(common.envelope("15")) end
  local body = common.envelope("0")
  if kind == "NONCE" then
    body.tickets = { grant_nonce(user, token) }
    return answer.send(body)
  end
  common.count("api_tickets")
  local seconds = common.ticket_seconds
  local value, expire_time = grant(common.state.tickets, "ticket", seconds, token)
  body.tickets = { { value = value, expire_in = seconds, expire_time = expire_time } }
  return answer.send(body)
end

--- Ends every token and ticket that was granted.
function tickets.revoke()
  for _, name in ipairs { "tokens", "tickets", "nonces" } do
    for _, entry in pairs(common.state[name]) do entry.dies = 0 end
  end
end

return tickets
