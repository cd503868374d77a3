-- A whole flow, from the click to the evidence: `make demo` runs it inside the sandbox, which is the service and the user.
--
--   FACEQUERY_APP_ID=… FACEQUERY_SECRET=… lua5.4 examples/flow.lua ORDER DIR
--
-- In your own service the steps lie apart: the first answers the user's click, the third is where the return url leads,
-- and the last is a job of its own.

local facequery = require "facequery"

local order_no, dir = arg[1], arg[2]
local client = assert(facequery.new())

local function say(...)
  io.write(string.format(...), "\n")
end

-- 1. The user has clicked: register the scan.  The order's number and the user's id are your own.
local scan, err = client:start {
  order_no = order_no,
  user_id = "u1042",
  name = "张三",
  id_no = "11010519491231002X",
  return_url = "https://shop.example/face/back",
}
if not scan then
  error(tostring(err), 0)
end
say("client:start        %s, which opens once, for %d s", scan.url:gsub("%?.*", "?…"), scan.expires_in)

-- 2. Send the user's browser there.  Here curl is the browser, and the sandbox sends it on at once.
local browser = assert(io.popen(("curl -s --cacert '%s' -o /dev/null -w '%%{redirect_url}' '%s'"):format(
  os.getenv "FACEQUERY_CA_FILE", scan.url)))
local back = browser:read "*a"
browser:close()
say("the user            scans their face, and comes back to %s", back:gsub("%?.*", "?…"))

-- 3. The browser is back.  Is the url the service's own?  A url is no evidence, so that the query decides.
local arguments = {}
for name, value in back:gmatch "[?&]([^=&]+)=([^&]*)" do
  arguments[name] = value
end
assert(arguments.orderNo == order_no, "the url is about an order that this session has not started")
assert(client:verify_callback {
  code = arguments.code,
  orderNo = arguments.orderNo,
  newSign = arguments.newSign,
  newSignature = arguments.newSignature, -- its name on phones
})
say("verify_callback     the url is the service's own, and says code %s", arguments.code)

local record
record, err = client:query { order_no = order_no }
if not record then
  error(tostring(err), 0)
end
say("client:query        code %s, similarity %s, liveness %s", record.code, record.similarity, record.liveRate)

-- 4. Later, within three days: the evidence.
local bundle
bundle, err = client:archive { order_no = order_no, dir = dir }
if not bundle then
  error(tostring(err), 0)
end
say("client:archive      %s", bundle.path)
client:close()
