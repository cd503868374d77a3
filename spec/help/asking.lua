--- Who asks, as a client makes it, with parts that a spec can see.

local curl = require "facequery.transport.curl"
local given = require "facequery.tickets.given"
local support = require "help.support"

local asking = {}

--- An asker over libcurl that notes in `slept` for how long it would have slept.
---@param slept number[]
---@param changes? table fields of the asker to set
---@return facequery.Asker
---@return fun() close
function asking.new(slept, changes)
  local send, close = curl.new()
  local asker = {
    settings = {
      app_id = support.env "APP_ID", base_url = support.env "BASE_URL", ca_file = support.env "CA_FILE",
      version = "1.0.0", timeout = 5, connect_timeout = 3, max_media = 2 ^ 26, retries = 0, lang = "en",
    },
    tickets = given.new(support.env "TICKET"),
    send = send,
    sleep = function(seconds) slept[#slept + 1] = seconds end,
  }
  for name, value in pairs(changes or {}) do
    asker[name] = value
  end
  return asker, close
end

return asking
