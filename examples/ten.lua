-- README's ten lines as a whole program: was it the person?  Its exit status says so, too: 0 the person, 3 not the
-- person, 1 not known (what to do is on stderr), 2 wrong usage.
--
--   FACEQUERY_APP_ID=… FACEQUERY_SECRET=… lua5.4 examples/ten.lua ORDER      # or FACEQUERY_TICKET=…, a SIGN ticket
--   facequery sandbox lua5.4 examples/ten.lua verified1                      # without an account; then rejected1

local facequery = require "facequery"

local order_no = arg[1]
if not order_no or arg[2] then
  io.stderr:write("usage: ten.lua ORDER\n")
  os.exit(2)
end

local status

---@param number string
---@param similarity string the score, as the service writes it
local function welcome(number, similarity)
  print(("order %s: the person, similarity %s"):format(number, similarity))
  status = 0
end

---@param line string with nothing secret in it
---@param biz_seq_no? string the service's own number of the exchange, for its support
local function log(line, biz_seq_no)
  io.stderr:write(line, biz_seq_no and " bizSeqNo " .. biz_seq_no or "", "\n")
end

---@param kind facequery.Kind
---@param advice string
local function tell_user(kind, advice)
  io.stderr:write(kind, ": ", advice, "\n")
  status = (kind == "rejected" or kind == "risk") and 3 or 1
end

-- Settings that are not given come from the environment.
local client = assert(facequery.new())
local record, err = client:query { order_no = order_no }
if record then
  welcome(record.orderNo, record.similarity)
else
  log(tostring(err), err.bizSeqNo)
  tell_user(err.kind, err.advice)
end
client:close()
os.exit(status)
