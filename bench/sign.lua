-- facequery.sign, and the same thing over luaossl.

local report = require "report"

local digest = require "openssl.digest"
local facequery = require "facequery"

local APP_ID, ORDER_NO, VERSION = "TIDA0001", "userID19959248596551", "1.0.0"
local TICKET = "XO99Qfxlti9iTVgHAjwvJdAZKN3nMuUhrsPdPlPVKlcyS50N6tlLnfuFBPIucaMS"
local NONCE = "kHoSxvLZGxSoFsjxlbzEoUzh5PAnTU7T"
local SIGN = "4AE72E6FBC2E9E1282922B013D1B4C2CBD38C4BD" -- the provider's page's

local sort, concat, format, byte = table.sort, table.concat, string.format, string.byte

local function hex(c)
  return format("%02X", byte(c))
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

function ways.luaossl()
  local values = { APP_ID, ORDER_NO, VERSION, TICKET, NONCE }
  sort(values)
  return (digest.new("sha1"):final(concat(values)):gsub(".", hex))
end

for name, way in pairs(ways) do
  assert(way() == SIGN)
  report.calls("sign." .. name, 50000, way)
end
