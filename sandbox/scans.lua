-- Scans: how they are registered and opened.  Nobody stands before a camera here: the sandbox plays the user, and the
-- order's number says how it ends.

local answer = require "sandbox.answer"
local common = require "sandbox.common"
local orders = require "sandbox.orders"
local request = require "sandbox.request"
local tickets = require "sandbox.tickets"

local scans = {}

local LIFE = 5 * 60 -- seconds from the registration to the scan

-- Name, least bytes, most bytes, pattern, whether it may be left out.
local FIELDS = {
  { "appId", 1, 8, nil, true }, { "webankAppId", 1, 8, nil, true }, { "orderNo", 1, 32, "^%w+$" },
  { "name", 1, 1024, nil, true }, { "idNo", 1, 64, "^%w+$", true }, { "userId", 1, 32, "^%w+$" },
  { "sourcePhotoStr", 0, 1048576, "^[%w+/]*=*$", true }, { "sourcePhotoType", 1, 1, "^[12]$", true },
  { "version", 1, 20 }, { "sign", 40, 40, "^%x+$" }, { "nonce", 32, 32, "^%w+$", true },
}

-- What is signed, and what the answer calls the scan.
local function rules(body)
  if ngx.var.uri:find("/h5/", 1, true) then
    return "h5faceId", {
      common.app_id, body.orderNo, body.name or "", body.idNo or "", body.userId, body.version,
    }
  end
  return "faceId", { common.app_id, body.userId, body.version, body.nonce or "" }
end

-- What is missing in a registration.
local function missing(body, id)
  if id == "faceId" and not body.nonce then return "nonce" end
  if not (body.name and body.idNo) and ((body.sourcePhotoStr or "") == "" or id == "h5faceId") then
    return "name, idNo"
  end
end

--- POST /api/server/getPlusFaceId, getAdvFaceId, getfaceid, h5/geth5faceid
function scans.register()
  local body = request.read(FIELDS)
  if not body then return end
  local id, signed = rules(body)
  local about = missing(body, id)
  if about then return request.refuse("66660000", about, body.orderNo) end
  if not tickets.signer(signed, body.sign) then
    common.count("refused_signs")
    return request.refuse("400105", nil, body.orderNo)
  end
  if common.state.scans[body.orderNo] then
    return request.refuse("66660001", "orderNo", body.orderNo) -- no page says with which code
  end
  common.count("scans")
  local face_id = "tx" .. ngx.md5(common.random(32)):sub(1, 30)
  common.state.scans[body.orderNo] = {
    id = id, face_id = face_id, user = body.userId, dies = common.clock() + LIFE,
  }
  local frame = common.envelope("0")
  frame.result = {
    bizSeqNo = frame.bizSeqNo, transactionTime = frame.transactionTime, orderNo = body.orderNo,
    [id] = face_id, success = false,
    -- As in recorded answers, the basic ones name no host.
    optimalDomain = ngx.var.uri:find("get%u") and common.host or nil,
  }
  return answer.send(frame)
end

-- The scan that these parameters open; nil and the code that refuses them.
local function open(parameters)
  local scan = common.state.scans[parameters.orderNo or ""]
  local app_id = parameters.appId or parameters.webankAppId
  if not scan or app_id ~= common.app_id or parameters.version ~= "1.0.0"
    or parameters[scan.id] ~= scan.face_id or parameters.userId ~= scan.user
    or type(parameters.nonce) ~= "string" or not parameters.nonce:find("^%w+$") or #parameters.nonce ~= 32
    or type(parameters.sign) ~= "string" then
    return nil, "400101"
  end
  local values = { app_id, parameters.userId, parameters.version, parameters.nonce }
  -- The app's SDK signs neither the order nor the scan.
  if scan.id == "h5faceId" or parameters.url then
    values[5], values[6] = parameters.orderNo, scan.face_id
  end
  if not tickets.take_nonce(values, parameters.sign, scan.user) then
    common.count("refused_signs")
    return nil, "400101"
  end
  if common.clock() >= scan.dies or scan.is_done then return nil, "66660018" end
  return scan
end

-- The code that a scan ends with, as the order's number has it.
local function code_of(order)
  local scenario, parameters = orders.find(order)
  if scenario.name:find("^rejected") then return "66660004" end
  if scenario.name == "codeN" then return parameters[1] end
  if scenario.name == "codeminusN" then return "-" .. parameters[1] end
  return "0"
end

-- The user's scan.  Returns what the front end is told, but for the signature; and that.
local function scanned(scan, order)
  scan.is_done = true
  local code = code_of(order)
  return { code = code, orderNo = order, [scan.id] = scan.face_id },
    tickets.sign { common.app_id, order, code }
end

--- GET /api/web/login, /api/pc/login: leads back to the return url.
function scans.login()
  common.only("GET")
  local parameters = ngx.req.get_uri_args()
  local scan, refused = open(parameters)
  local url = parameters.url
  if not refused and not (type(url) == "string" and url:find("^https?://")) then refused = "400101" end
  if refused then return answer.send(common.envelope(refused)) end
  local told, sign = scanned(scan, parameters.orderNo)
  if ngx.var.uri:find("/pc/", 1, true) then
    told.newSign = sign
  else
    -- A phone's return url has these names, whatever the scan was registered for.
    told.newSignature, told.liveRate, told.h5faceId, told.faceId = sign, "99", scan.face_id, nil
  end
  return answer.send("", {
    status = 302, location = url .. (url:find("?", 1, true) and "&" or "?") .. ngx.encode_args(told),
  })
end

--- GET /sandbox/login, with the parameters that an app's SDK or a mini program was given: answers what it would tell.
function scans.sdk()
  common.only("GET")
  local parameters = ngx.req.get_uri_args()
  parameters.url = nil
  local scan, refused = open(parameters)
  if not scan then return answer.send(common.envelope(refused)) end
  local told, sign = scanned(scan, parameters.orderNo)
  told.newSignature = sign
  return answer.send(told)
end

--- How a query of this order is answered: as its number says, but not before the scan; and a started order whose
--- number says nothing is verified.
---@param order string
---@return sandbox.Scenario scenario
---@return string[] parameters
function scans.find(order)
  local scan = common.state.scans[order]
  local nothing = orders.scenarios[#orders.scenarios]
  if scan and not scan.is_done then return nothing, {} end
  local scenario, parameters = orders.find(order)
  if scan and scenario == nothing then return orders.find("verified1") end
  return scenario, parameters
end

return scans
