-- facequery.sign of a list and by name, and the same two things over luaossl.

local report = require "report"

local digest = require "openssl.digest"
local facequery = require "facequery"

local APP_ID, ORDER_NO, VERSION = "TIDA0001", "userID19959248596551", "1.0.0"
local TICKET = "XO99Qfxlti9iTVgHAjwvJdAZKN3nMuUhrsPdPlPVKlcyS50N6tlLnfuFBPIucaMS"
local NONCE = "kHoSxvLZGxSoFsjxlbzEoUzh5PAnTU7T"
local SIGN = "4AE72E6FBC2E9E1282922B013D1B4C2CBD38C4BD" -- the provider's page's

local sort, concat = table.sort, table.concat
local format, byte, find = string.format, string.byte, string.find

local function hex(c)
  return format("%02X", byte(c))
end

local function luaossl(values)
  sort(values)
  return (digest.new("sha1"):final(concat(values)):gsub(".", hex))
end

-- As in facequery: the least and the most characters, and which.
local RULES = {
  app_id = { 1, 8, "^[0-9A-Za-z]+$" },
  order_no = { 1, 32, "^[0-9A-Za-z]+$" },
  version = { 1, 20, "^%C+$" },
  ticket = { 1, math.huge, "^%C+$" },
  nonce = { 32, 32, "^[0-9A-Za-z]+$" },
}

local function luaossl_named(fields)
  local values = {}
  for name, value in pairs(fields) do
    local rule = RULES[name]
    if not rule or type(value) ~= "string" or #value < rule[1] or #value > rule[2] or not find(value, rule[3]) then
      return nil, name
    end
    values[#values + 1] = value
  end
  return #values == 5 and luaossl(values) or nil
end

local ways = {}

function ways.list()
  return facequery.sign { APP_ID, ORDER_NO, VERSION, TICKET, NONCE }
end

function ways.named()
  return facequery.sign {
    app_id = APP_ID, order_no = ORDER_NO, version = VERSION, ticket = TICKET, nonce = NONCE,
  }
end

function ways.luaossl_list()
  return luaossl { APP_ID, ORDER_NO, VERSION, TICKET, NONCE }
end

function ways.luaossl_named()
  return luaossl_named {
    app_id = APP_ID, order_no = ORDER_NO, version = VERSION, ticket = TICKET, nonce = NONCE,
  }
end

for name, way in pairs(ways) do
  assert(way() == SIGN)
  report.calls("sign." .. name, 50000, way)
end
