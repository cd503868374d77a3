--- facequery sign: the signature of a query, or of any values, and how it comes about.

local check = require "facequery.check"
local clients = require "facequery.cli.client"
local config = require "facequery.config"
local errors = require "facequery.errors"
local facequery = require "facequery"
local failures = require "facequery.cli.failures"
local fingerprint = require "facequery.fingerprint"
local json = require "facequery.json"
local statuses = require "facequery.cli.statuses"
local words = require "facequery.cli.words"

local VARIABLES = { app_id = "FACEQUERY_APP_ID", ticket = "FACEQUERY_TICKET" }

-- The five values of a query by their names, and its signature; or nil and an error.
local function sign_query(args, settings, ticket)
  local nonce, err = args.nonce, nil
  if not nonce then
    nonce, err = facequery.nonce()
  end
  if not nonce then
    return nil, errors.new(args.lang, err.code)
  end
  local values = {
    app_id = settings.app_id or os.getenv(VARIABLES.app_id),
    order_no = args.order_no,
    ticket = ticket,
    nonce = nonce,
    version = config.VERSION,
  }
  if not values.app_id then
    return nil, errors.new(args.lang, "INVALID_APP_ID", { field = VARIABLES.app_id })
  end
  local sign
  sign, err = facequery.sign(values)
  if not sign then
    -- A value that is not from the command line is from the environment: the error names the variable.
    local variable = settings[err.field] == nil and VARIABLES[err.field]
    return nil, errors.new(args.lang, err.code, { field = variable or err.field })
  end
  return {
    appId = values.app_id,
    orderNo = values.order_no,
    version = values.version,
    nonce = values.nonce,
    sign = sign,
  }, { values.app_id, values.order_no, values.version, values.nonce, ticket }
end

-- Any values and the ticket, and their signature; or nil and an error.
local function sign_values(args, settings, ticket)
  if not check.is_token(ticket) then
    local field = settings.ticket and "ticket" or VARIABLES.ticket
    return nil, errors.new(args.lang, "INVALID_TICKET", { field = field })
  end
  local values = { ticket }
  for _, value in ipairs(args.values) do
    values[#values + 1] = value
  end
  local sign, err = facequery.sign(values)
  if not sign then
    return nil, errors.new(args.lang, err.code)
  end
  return { sign = sign }, values
end

-- Says in words how the signature comes about, so that another program's can be compared step by step.  The ticket,
-- wherever it stands, is told of by its fingerprint alone.
local function explain(lang, values, ticket, sign)
  local shown, bytes = fingerprint(ticket), 0
  table.sort(values)
  words.say(lang, "sign_sorted")
  for i, value in ipairs(values) do
    bytes = bytes + #value
    if value == ticket then
      words.say(lang, "sign_ticket_value", i, shown.bytes, shown.sha256)
    else
      words.say(lang, "sign_value", i, json.encode(value), #value)
    end
  end
  words.say(lang, "sign_joined", bytes)
  words.say(lang, "sign_result", sign)
end

---@param args table
---@return integer exit status
return function(args)
  local settings, status = clients.settings(args)
  if not settings then
    return status
  end
  local ticket = settings.ticket or os.getenv(VARIABLES.ticket)
  local signed, values
  if not ticket then
    values = errors.new(args.lang, "TICKET_MISSING", { field = VARIABLES.ticket })
    values.advice = words.of(args.lang, "sign_ticket")
  else
    signed, values = (args.values and sign_values or sign_query)(args, settings, ticket)
  end
  if not signed then
    return failures.tell(args, "facequery", values)
  end
  if args.explain then
    explain(args.lang, values, ticket, signed.sign)
  end
  words.print_json(signed)
  return statuses.OK
end
