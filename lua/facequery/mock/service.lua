--- The service without a network: answers by order number, as the sandbox does and of the same table, or of a list.

local answers = require "facequery.sandbox.answer"
local core = require "facequery.core"
local json = require "facequery.json"
local orders = require "facequery.sandbox.orders"
local products = require "facequery.service.products"
local queries = require "facequery.service.query"
local records = require "facequery.sandbox.records"
local serve = require "facequery.mock.serve"

local service = {}

local unpack = table.unpack or unpack -- luacheck: ignore 143

local LIFE, NONCE_LIFE = 7200, 120 -- seconds of a ticket and a token, and of a NONCE ticket
local PIECE = 0.1 -- seconds between two pieces of an answer that drips: see sandbox/answer.lua

-- What is sent in an answer's place or beside it, with its types; all else are fields of the answer.
local HOW = { status = "number", failure = "string", body = "string" }
local FILES = { photo = "string", video = "string" }

-- Sandbox ---------------------------------------------------------------------------------------

local function media_folder()
  return (package.searchpath("facequery.sandbox.records", package.path):gsub("records%.lua$", "media/"))
end

-- What the sandbox's answers are made of; its files are read when the first answer has one.
local function new_sources()
  local count = 0
  local sources = { base64 = core.encode_base64, elsewhere = "https://elsewhere.invalid/" }
  function sources.serial()
    count = count + 1
    return ("%026d"):format(count)
  end
  return setmetatable(sources, { __index = function(self, name)
    if name == "media" then
      self.media = records.read_media(media_folder(), self.base64)
      return self.media
    end
  end })
end

local function from_sandbox(self, order_no, asked)
  local scenario, parameters = orders.find(order_no)
  return scenario.answer(records.context(asked, self, self.sources), unpack(parameters))
end

-- A list of one's own ---------------------------------------------------------------------------

-- What is wrong with an answer of a list; nil where nothing is.
local function wrong_answer(answer)
  if type(answer) == "string" then
    return orders.find(answer).name == "anything else" and "the sandbox has no order number like it" or nil
  elseif type(answer) ~= "table" then
    return ("string or table expected, got %s"):format(type(answer))
  end
  for _, known in ipairs { HOW, FILES } do
    for name, kind in pairs(known) do
      if answer[name] ~= nil and type(answer[name]) ~= kind then
        return ("%s: %s expected, got %s"):format(name, kind, type(answer[name]))
      end
    end
  end
  for name in pairs(answer) do
    if type(name) ~= "string" or not name:find "^[%w_]+$" then
      return ("%s: a field's name expected"):format(tostring(name))
    end
  end
  local ok, message = pcall(answers.parts, answer)
  return not ok and tostring(message):gsub("^.-:%d+: ", "") or nil
end

-- What is answered that is about no result of an order.
local OTHERS = { access_token = true, api_ticket = true, face_id = true }

-- Those of them that no order number of the sandbox's can stand for: nobody asks for them by one.
local WITHOUT_ORDER = { access_token = true, api_ticket = true }

local function wrong_list(key, list)
  if not (OTHERS[key] or queries.is_order_no(key)) then
    return ("%s: an order number, access_token, api_ticket or face_id expected"):format(tostring(key))
  end
  local is_list = type(list) == "table" and list[1] ~= nil
  for _, answer in ipairs(is_list and list or { list }) do
    local wrong = WITHOUT_ORDER[key] and type(answer) == "string" and "table expected, got string"
      or wrong_answer(answer)
    if wrong then
      return ("%s: %s"):format(key, wrong)
    end
  end
end

--- What is wrong with a list of answers; nil where nothing is.
---@param list any
---@return string|nil
function service.wrong(list)
  if type(list) ~= "table" then
    return ("table expected, got %s"):format(type(list))
  end
  for key, one in pairs(list) do
    local wrong = wrong_list(key, one)
    if wrong then
      return wrong
    end
  end
end

-- The answer for a key of the list: of several, one after the other, and the last one for good.
local function from_list(self, key)
  local one = self.list[key]
  if type(one) == "table" and one[1] ~= nil then
    self.taken[key] = math.min((self.taken[key] or 0) + 1, #one)
    return one[self.taken[key]]
  end
  return one
end

-- The answer's JSON of its fields: what every answer has, the files that were asked for, and the rest as it is.
local function body_of(self, answer, asked)
  local body = records.envelope(tostring(answer.code or "0"), self.sources.serial())
  body.orderNo = asked.orderNo
  for name, value in pairs(answer) do
    if not HOW[name] and not FILES[name] then
      body[name] = value
    end
  end
  local get_file = asked.getFile
  for name, code in pairs { photo = "2", video = "3" } do
    local is_sent = answer[name] and (get_file == "1" or get_file == code)
    body[name] = is_sent and { raw = { '"', core.encode_base64(answer[name]), '"' } } or nil
  end
  return body
end

-- The service -----------------------------------------------------------------------------------

-- A body and how it is sent, as in sandbox/answer.lua; nil where nobody has said what is answered.
local function answer_for(self, key, asked, otherwise)
  local answer = self.list and from_list(self, key)
  if not answer then
    return otherwise()
  elseif type(answer) == "string" then
    return from_sandbox(self, answer, asked)
  end
  return answer.body or body_of(self, answer, asked), { status = answer.status, failure = answer.failure }
end

local endpoints = {}

endpoints["/api/v2/base/queryfacerecord"] = function(self, request)
  local asked = json.decode(request.body)
  return answer_for(self, asked.orderNo, asked, function()
    if not self.list then
      return from_sandbox(self, asked.orderNo, asked)
    end
    return nil, "order " .. asked.orderNo .. " is not in the mock's list"
  end)
end

-- A token or a ticket: another one each time.
local function token(self, kind)
  self.tokens = self.tokens + 1
  return ("mock%s%d"):format(kind, self.tokens)
end

endpoints["/api/oauth2/access_token"] = function(self)
  return answer_for(self, "access_token", {}, function()
    local body = records.envelope("0", self.sources.serial())
    body.access_token, body.expire_in = token(self, "token"), tostring(LIFE)
    return body
  end)
end

endpoints["/api/oauth2/api_ticket"] = function(self, request)
  return answer_for(self, "api_ticket", {}, function()
    local body, is_nonce = records.envelope("0", self.sources.serial()), request.url:find "[?&]type=NONCE"
    body.tickets = { { value = token(self, "ticket"), expire_in = tostring(is_nonce and NONCE_LIFE or LIFE) } }
    return body
  end)
end

-- A registration: the scan's id, and a host to open it at.
local function register(self, request)
  local asked = json.decode(request.body)
  return answer_for(self, "face_id", asked, function()
    local body = records.envelope("0", self.sources.serial())
    body.result = {
      orderNo = asked.orderNo, bizSeqNo = body.bizSeqNo, transactionTime = body.transactionTime,
      faceId = token(self, "face"), optimalDomain = "scan.invalid",
    }
    body.result.h5faceId = body.result.faceId
    return body
  end)
end

for _, product in pairs(products) do
  endpoints[product.register] = register
end

-- What libcurl would say of how an answer is sent; nil where it arrives.
local function failure_of(how, seconds, timeout)
  local code = how.failure
    or (seconds > timeout and "OPERATION_TIMEDOUT")
    or (how.silent and "GOT_NOTHING")
    or (how.cut and "PARTIAL_FILE")
  return code and { status = "TRANSPORT", code = code } or nil
end

--- A transport that answers so.
---@param list? table<string, facequery.MockAnswer|string|(facequery.MockAnswer|string)[]> checked
---@return facequery.Transport
function service.new(list)
  local self = { list = list, taken = {}, tokens = 0, sources = new_sources(), queries = {}, file_queries = {} }
  return function(request)
    local endpoint = endpoints[request.url:match "^%a+://[^/]*.-(/api/[^?]*)" or ""]
    if not endpoint then
      return nil, { status = "HTTP", http_status = 404 }
    end
    local body, how = endpoint(self, request)
    if not body then
      return nil, { status = "MOCK_UNANSWERED", detail = how }
    end
    how = how or {}
    local seconds = how.delay or (how.pieces or 0) * PIECE
    local failure = failure_of(how, seconds, request.timeout)
    if failure then
      return nil, failure
    end
    return serve(request, answers.parts(body, how.edit), how.status or 200, seconds)
  end
end

return service
