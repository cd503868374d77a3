-- Today's way: receive all, parse the JSON, decode into another string, write it.
-- peer.lua luasec|luacurl <base url> <order> files|memory <queries>
-- LuaSec's connection is kept open between queries by hand, which LuaSocket's http does not do.

local report = require "report"

local binding, base_url, order_no, sink, queries = arg[1], arg[2], arg[3], arg[4], tonumber(arg[5])

local json = require "cjson"
local mime = require "mime"

local path = "/api/v2/base/queryfacerecord?orderNo=" .. order_no
local body = json.encode {
  appId = "IDAXXXXX", version = "1.0.0", nonce = ("n"):rep(32), orderNo = order_no,
  sign = ("A"):rep(40), getFile = "3",
}

local function take(text)
  local answer = json.decode(text)
  local video = mime.unb64(answer.result.video)
  assert(answer.result.orderNo == order_no)
  if sink == "files" then
    local file = assert(io.open("video.out", "wb"))
    assert(file:write(video))
    file:close()
  end
end

local bindings = {}
local socket, ssl, curl
if binding == "luasec" then
  socket, ssl = require "socket", require "ssl"
else
  curl = require "curl"
end

function bindings.luasec()
  local tcp = assert(socket.tcp())
  assert(tcp:connect("127.0.0.1", base_url:match ":(%d+)$"))
  local connection = assert(ssl.wrap(tcp, {
    mode = "client", protocol = "any", verify = "peer", cafile = os.getenv "FACEQUERY_CA_FILE",
  }))
  connection:sni "localhost"
  assert(connection:dohandshake())
  return function()
    assert(connection:send(("POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
      .. "Content-Length: %d\r\n\r\n%s"):format(path, #body, body)))
    local size
    repeat
      local line = assert(connection:receive "*l")
      size = tonumber(line:match "^[Cc]ontent%-[Ll]ength: (%d+)") or size
    until line == ""
    take(assert(connection:receive(size)))
  end
end

-- Of Debian's lua-curl, for Lua 5.1 and LuaJIT; it is linked with GnuTLS.
function bindings.luacurl()
  local easy = curl.easy_init()
  easy:setopt(curl.OPT_URL, base_url .. path)
  easy:setopt(curl.OPT_CAINFO, os.getenv "FACEQUERY_CA_FILE")
  easy:setopt(curl.OPT_HTTPHEADER, { "Content-Type: application/json" })
  easy:setopt(curl.OPT_POSTFIELDS, body)
  local pieces
  easy:setopt(curl.OPT_WRITEFUNCTION, function(piece)
    pieces[#pieces + 1] = piece
    return #piece
  end)
  return function()
    pieces = {}
    assert(easy:perform())
    take(table.concat(pieces))
  end
end

report.queries(queries, bindings[binding])
