--- What may be given for the command line's options: each function takes an option's text and returns its value, or nil
--- and what is wrong with it, as argparse's `convert` has it.

local check = require "facequery.check"
local products = require "facequery.service.products"
local queries = require "facequery.service.query"

local values = {}

function values.positive(text)
  local number = tonumber(text)
  if not number or number <= 0 then
    return nil, ("'%s' is not a number above 0"):format(text)
  end
  return number
end

-- The longest timeout that the client takes: libcurl counts milliseconds in a C long, which may have 32 bits.
local MOST_SECONDS = 2147483

function values.seconds(text)
  local number, message = values.positive(text)
  if number and number >= MOST_SECONDS then
    return nil, ("'%s' is not a number of seconds below %d"):format(text, MOST_SECONDS)
  end
  return number, message
end

function values.path(text)
  if not check.is_clean(text) then
    return nil, ("'%s' is not a path"):format(text)
  end
  return text
end

-- "https://tsa.example,1.2.3.4": a TSA's url and, where there is one, the policy that its tokens must have.
function values.tsa(text)
  local url, policy = text:match "^(.-),([%d.]+)$"
  url = url or text
  if not url:find "^https?://[^/]" or url:find "%s" or not check.is_clean(url) then
    return nil, ("'%s' is not a url of the form https://host, with or without an OID behind a comma"):format(text)
  end
  return { url = url, policy = policy }
end

-- "cert.pem,key.pem"
function values.certificate_and_key(text)
  local certificate, key = text:match "^([^,]+),([^,]+)$"
  if not certificate then
    return nil, ("'%s' is not the paths of a certificate and a key, with a comma between"):format(text)
  end
  return { certificate = certificate, key = key }
end

-- What the queue calls an entry that has no order number.
local NAMELESS = "^entry %d+%-%d+$"

--- An order number as it was given.  What can't be one is refused later on, but may be a ticket, a secret or a person's
--- data from a wrong file, and is cut here, so that nothing that tells of it can repeat it.
---@param text string
---@return string
function values.order(text)
  if #text <= 32 and (text:find "^[%w_.-]*$" or text:find(NAMELESS)) then
    return text
  end
  return text:match("^[%w_.-]*"):sub(1, 4) .. "…"
end

function values.order_no(text)
  if not queries.is_order_no(text) then
    return nil, ("'%s' is no order number: 1 to 32 letters and digits"):format(values.order(text))
  end
  return text
end

-- The products that a scan can be started for, sorted.
function values.product_names()
  local names = {}
  for name in pairs(products) do
    names[#names + 1] = name
  end
  table.sort(names)
  return names
end

-- Is the product opened by a page, which leads back to somewhere?
function values.wants_return_url(product)
  return products[product].login ~= nil
end

function values.query_version(text)
  if not queries.fields.query_version.valid(text) then
    return nil, ("'%s' is not a version of at most 8 characters"):format(text)
  end
  return text
end

function values.whole(text)
  local number = values.positive(text)
  if not number or number % 1 ~= 0 then
    return nil, ("'%s' is not a whole number above 0"):format(text)
  end
  return number
end

function values.count(text)
  local number = tonumber(text)
  if not text:find "^%d+$" or number >= 2 ^ 53 then
    return nil, ("'%s' is not a whole number from 0"):format(text)
  end
  return number
end

local BYTES = { [""] = 1, k = 2 ^ 10, M = 2 ^ 20, G = 2 ^ 30 }

-- "1000000", "64M": bytes.
function values.bytes(text)
  local number, unit = text:match "^(%d+)([kMG]?)$"
  local bytes = number and tonumber(number) * BYTES[unit]
  if not bytes or bytes >= 2 ^ 53 then
    return nil, ("'%s' is no size in bytes, or like 64M"):format(text)
  end
  return math.floor(bytes)
end

-- A password on the command line could be read by every process.
function values.proxy(text)
  if not check.is_clean(text) or text == "" or text:find("@", 1, true) then
    return nil, "not a proxy like http://HOST:PORT; one with a password belongs into the environment's https_proxy"
  end
  return text
end

function values.at_most(text, most)
  local number = values.whole(text)
  if not number or number > most then
    return nil, ("'%s' is not a whole number from 1 to %d"):format(text, most)
  end
  return number
end

function values.orders_at_once(text)
  return values.at_most(text, require("facequery.many").MOST_AT_ONCE)
end

function values.files_at_once(text)
  return values.at_most(text, require("facequery.evidence.parallel").MOST)
end

local SECONDS = { s = 1, m = 60, h = 3600, d = 86400 }

-- A century at most: not every system's os.date knows what lies further back.
local LONGEST = 36500 * SECONDS.d

-- "30d", "72h", "10m", "5s" in seconds.
function values.duration(text)
  local number, unit = text:match "^(%d+)([smhd])$"
  local length = number and tonumber(number) * SECONDS[unit]
  if not length or length > LONGEST then
    return nil, ("'%s' is no duration like 30d, 72h, 10m or 5s, of a century at most"):format(text)
  end
  return length
end

function values.head(text)
  if #text ~= 64 or text:find "%X" then
    return nil, ("'%s' is no head: 64 hexadecimal digits"):format(text)
  end
  return text:lower()
end

function values.reason(text)
  if not require("facequery.evidence.log").is_reason(text) then
    return nil, ("'%s' is no reason: a kilobyte of UTF-8 at most, without control characters"):format(
      (text:gsub("[^ -~]", "?"):sub(1, 40)))
  end
  return text
end

function values.redis_url(text)
  if not require("facequery.queue.connection").parse(text) then
    return nil, "not a url like redis://HOST:PORT, rediss://HOST:PORT or unix:PATH; the password is for"
      .. " FACEQUERY_REDIS_PASSWORD"
  end
  return text
end

function values.queue_name(text)
  if not text:find "^[%w._-]+$" or #text > 64 then
    return nil, ("'%s' is no queue's name: up to 64 letters, digits, '.', '_' and '-'"):format(text)
  end
  return text
end

-- "127.0.0.1:9187", "[::1]:9187", or "9187", which is loopback's.
function values.address(text)
  local host, port = text:match "^%[([%x:]+)%]:(%d+)$"
  if not host then
    host, port = text:match "^([%w.-]-):?(%d+)$"
  end
  if not port or tonumber(port) < 1 or tonumber(port) > 65535 or text:find "^:" then
    return nil, ("'%s' is no address like 127.0.0.1:9187"):format(text)
  end
  return { host = host ~= "" and host or "127.0.0.1", port = tonumber(port) }
end

return values
