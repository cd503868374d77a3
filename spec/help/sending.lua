--- What the specs of transports send, and what they ask of a failure.

local assert = require "luassert"
local complete = require "help.request"
local core = require "facequery.core"
local support = require "help.support"

local sending = {}

--- The path of the service's query.
sending.PATH = "/api/v2/base/queryfacerecord"

--- A signed request for both media of an order.
---@param order string
---@param fields? table<string, any> more of the request, or others
---@param env? fun(name: string): string of the sandbox that is asked; default: of this process's
function sending.request_for(order, fields, env)
  env = env or support.env
  local nonce = assert(core.nonce())
  local request = {
    method = "POST",
    url = env "BASE_URL" .. sending.PATH .. "?orderNo=" .. order,
    headers = { ["Content-Type"] = "application/json" },
    body = ('{"appId":"%s","version":"1.0.0","nonce":"%s","orderNo":"%s","getFile":"1","sign":"%s"}'):format(
      env "APP_ID", nonce, order, core.sign(env "APP_ID", order, "1.0.0", nonce, env "TICKET")),
    ca_file = env "CA_FILE",
    order_no = order,
  }
  for name, value in pairs(fields or {}) do
    request[name] = value
  end
  return complete(request)
end

--- Adds the paths of a photo and a video in the folder to a request's fields.
function sending.with_files(folder, fields)
  fields.photo_path, fields.video_path = folder .. "/photo", folder .. "/video"
  return fields
end

--- Sends a request that has to fail and to leave no file in the folder.  Returns the failure without its
--- detail, which is libcurl's wording; neither the ticket nor the sign may be in any of it.
function sending.failure_of(transport, folder, request)
  local answer, failure = transport(request)
  assert.is_nil(answer)
  for _, value in pairs(failure) do
    for _, secret in ipairs { support.env "TICKET", (request.body or ""):match('"sign":"(%x+)"') } do
      assert.is_nil(tostring(value):find(secret, 1, true))
    end
  end
  assert.equal("", support.list(folder))
  failure.detail = nil
  return failure
end

--- Holds that a call takes from `sooner` to `later` seconds.
function sending.takes(sooner, later, call)
  local started = support.now()
  call()
  local elapsed = support.now() - started
  assert.is_true(elapsed >= sooner and elapsed < later, elapsed .. " seconds")
end

return sending
