--- The sandbox's service as other tools see it: curl asks, openssl signs, jq and cmp judge.

local assert = require "luassert"
local support = require "help.support"

local env, quote, shell = support.env, support.quote, support.shell

local service = { NONCE = ("n0NCE567"):rep(4) }

local folder

--- Makes a folder for answers and returns its path.
function service.begin()
  folder = support.folder()
  return folder
end

--- Removes that folder.
function service.finish()
  support.remove_folder(folder)
end

--- GET, or POST where said: body, HTTP status.
function service.ask(path, method)
  local output = shell(("curl -s --cacert %s -X %s -w '\\n%%{http_code}' %s"):format(
    quote(env("CA_FILE")), method or "GET", quote(env("BASE_URL") .. path)))
  local body, status = output:match("^(.*)\n(%d+)$")
  return body, tonumber(status)
end

--- Forgets all that the sandbox has counted and granted.
function service.reset()
  service.ask("/sandbox/reset", "POST")
end

--- What jq makes of a text.
function service.jq(filter, text)
  return (shell("printf %s " .. quote(text) .. " | jq -r " .. quote(filter)))
end

-- The JSON of a query's body.
local function body_of(order, fields, ticket)
  local all = { appId = env("APP_ID"), version = "1.0.0", nonce = service.NONCE, orderNo = order, getFile = "1" }
  for name, value in pairs(fields) do
    all[name] = value
  end
  all.sign = all.sign
    or support.sign { all.appId or "", all.orderNo or "", all.version or "", all.nonce or "", ticket }
  if fields.sign == false then
    all.sign = nil
  end
  local members = {}
  for name, value in pairs(all) do
    if value then
      members[#members + 1] = ('"%s":%s'):format(name,
        type(value) == "string" and '"' .. value .. '"' or tostring(value))
    end
  end
  return "{" .. table.concat(members, ",") .. "}"
end

---@class service.Options
---@field ticket? string what signs
---@field url? string path and parameters
---@field type? string of the content
---@field body? string
---@field curl? string more arguments

---@class service.Answer
---@field exit integer curl's exit status
---@field status integer of HTTP
---@field version string of HTTP
---@field size integer bytes of the body
---@field redirect string where the answer leads, "" for nowhere
---@field file string the path of the body
---@field headers string
---@field jq fun(filter: string): string what jq makes of the body

--- Asks for an order.  `fields` replace fields of the body; one that is false is left out.
---@param order string
---@param fields? table<string, any>
---@param options? service.Options
---@return service.Answer
function service.query(order, fields, options)
  fields, options = fields or {}, options or {}
  local answer, headers = folder .. "/answer", folder .. "/headers"
  local url = env("BASE_URL") .. (options.url or "/api/v2/base/queryfacerecord?orderNo=" .. order)
  local output, exit = shell(("rm -f %s %s; curl -s --cacert %s -H %s -d %s -o %s -D %s "
    .. "-w '%%{http_code} %%{http_version} %%{size_download} %%{redirect_url}' %s %s"):format(
    answer, headers, quote(env("CA_FILE")), quote("Content-Type: " .. (options.type or "application/json")),
    quote(options.body or body_of(order, fields, options.ticket or env("TICKET"))), answer, headers,
    options.curl or "", quote(url)))
  local status, version, size, redirect = output:match("^(%d+) (%S+) (%d+) (.*)$")
  return {
    exit = exit, status = tonumber(status), version = version, size = tonumber(size),
    redirect = redirect, file = answer, headers = shell("cat " .. headers),
    jq = function(filter)
      return (shell("jq -r " .. quote(filter) .. " " .. answer))
    end,
  }
end

--- The code that a query comes to; arguments as those of service.query.
function service.code(...)
  return service.query(...).jq(".code")
end

--- Holds that a medium in the answer, as jq finds it, is this file of the sandbox's.
function service.holds(answer, filter, name)
  local text, status = shell(("jq -rj %s %s | base64 -di | cmp - %s"):format(quote(filter),
    answer.file, quote(support.medium_path(name))))
  assert(status == 0, text)
end

--- Holds that an answer is one about the right person, with both files.
function service.is_verified(answer)
  assert.equal("0", answer.jq(".code"))
  service.holds(answer, ".result.photo", "photo.jpg")
  service.holds(answer, ".result.video", "video.mp4")
end

return service
