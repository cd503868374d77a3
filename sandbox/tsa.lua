-- Timestamping authorities in small (RFC 3161, over HTTP): openssl ts stamps.  The path chooses what is wrong.

local tsa = {}

-- Files that openssl reads and writes, relative to the sandbox's folder; one worker, one request at a time.
local QUERY, REPLY = "tsa.tsq", "tsa.tsr"

local function write(path, bytes)
  local file = assert(io.open(ngx.config.prefix() .. path, "wb"))
  file:write(bytes)
  file:close()
end

local function read(path)
  local file = io.open(ngx.config.prefix() .. path, "rb")
  local bytes = file and file:read "*a"
  if file then
    file:close()
  end
  return bytes
end

-- The bytes with one of them changed, this many before the end or, above 0, after the beginning.
local function changed(bytes, at)
  at = at < 0 and #bytes + at or at
  local byte = bytes:byte(at)
  return bytes:sub(1, at - 1) .. string.char(byte % 2 == 0 and byte + 1 or byte - 1) .. bytes:sub(at + 1)
end

-- A TimeStampReq is its version, the imprint (algorithm and an OCTET STRING of 32 bytes), perhaps a policy, the nonce,
-- and at its end certReq: three bytes.
local QUERIES = {
  wrongnonce = function(query) return changed(query, -3) end,
  wrongimprint = function(query) return changed(query, select(2, query:find("\4\32", 1, true)) + 1) end,
}

local function stamp(query, signer)
  write(QUERY, query)
  os.remove(ngx.config.prefix() .. REPLY)
  os.execute(("cd '%s' && openssl ts -reply -config openssl.cnf -section stamps -queryfile %s -signer %s.pem"
    .. " -inkey %s.key -out %s 2>>error.log >/dev/null"):format(
    ngx.config.prefix(), QUERY, signer, signer, REPLY))
  return read(REPLY)
end

--- Stamps what was POSTed.
function tsa.stamp()
  ngx.req.read_body()
  local query, way = ngx.req.get_body_data(), ngx.var.uri:match "^/tsa/(%w+)$"
  if ngx.req.get_method() ~= "POST" or ngx.var.content_type ~= "application/timestamp-query" or not query then
    return ngx.exit(400)
  elseif way == "down" then
    return ngx.exit(503)
  elseif way == "long" then
    ngx.header.content_type = "application/timestamp-reply"
    return ngx.print(("x"):rep(65537))
  elseif way == "html" then
    ngx.header.content_type = "text/html"
    return ngx.print "<html><body>Please log in.</body></html>"
  end
  local reply = stamp((QUERIES[way] or function() return query end)(query),
    (way == "expired" or way == "foreign") and way or "tsa")
  ngx.header.content_type = "application/timestamp-reply"
  ngx.print(way == "garbage" and "<html></html>" or way == "cut" and reply:sub(1, -2) or reply)
end

return tsa
