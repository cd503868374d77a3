--- The query for an order's result ("queryfacerecord"): what may be asked, and the signed request.

local check = require "facequery.check"
local core = require "facequery.core"
local json = require "facequery.json"
local record = require "facequery.service.record"
local request_of = require "facequery.service.request"

local query = {}

--- What client:query takes ("请求参数").
---@class facequery.Query
---@field order_no string 1 to 32 letters and digits ("orderNo")
---@field get_file? string|integer "both", "photo", "video", or the page's "1", "2", "3" ("getFile"); default: what has a path
---@field query_version? string "1.0" for sdkVersion and trtcFlag, up to 8 characters ("queryVersion")
---@field photo_path? string a file that doesn't exist yet, in a folder that does: streamed there instead of into memory, with mode 0600
---@field video_path? string the same

local PATH = "/api/v2/base/queryfacerecord"
local HASHES = { "sha256" }

-- The page's getFile for each value that get_file may have.
local GET_FILE = {
  ["1"] = "1", ["2"] = "2", ["3"] = "3",
  both = "1", photo = "2", video = "3",
}

--- Is it what the page calls an order number: 1 to 32 letters and digits?
---@param value any
---@return boolean
function query.is_order_no(value)
  return type(value) == "string" and query.fields.order_no.valid(value, {})
end

local function get_file_of(value)
  return GET_FILE[type(value) == "number" and ("%.14g"):format(value) or value]
end

---@type table<string, facequery.Field>
query.fields = {
  order_no = check.text("INVALID_ORDER_NO", 1, 32, "alphanumeric"),
  get_file = {
    types = "string number",
    code = "INVALID_GET_FILE",
    valid = function(value) return get_file_of(value) ~= nil end,
  },
  query_version = check.text("INVALID_QUERY_VERSION", 1, 8),
  photo_path = { types = "string", code = "INVALID_PATH", valid = check.is_clean },
  video_path = {
    types = "string",
    code = "INVALID_PATH",
    valid = function(value, fields) return check.is_clean(value) and value ~= fields.photo_path end,
  },
}

--- Which media a query asks for; a path asks for its medium.
---@param fields facequery.Query
---@return { photo: boolean, video: boolean }
function query.media(fields)
  local get_file = fields.get_file ~= nil and get_file_of(fields.get_file)
  if not get_file then
    return { photo = fields.photo_path ~= nil, video = fields.video_path ~= nil }
  end
  return { photo = get_file ~= "3", video = get_file ~= "2" }
end

-- The page's getFile for the media asked for; nil for none.
local function get_file_for(media)
  if media.photo then
    return media.video and "1" or "2"
  end
  return media.video and "3" or nil
end

-- The answer's files; one that was not asked for gets no path, and still is one when it comes.
local function files_of(fields, media)
  local files = {}
  for i, name in ipairs(record.MEDIA) do
    files[i] = { name = name, path = media[name] and fields[name .. "_path"] or nil }
  end
  return files
end

--- A signed query ("请求参数").
---@param settings facequery.Config complete
---@param fields facequery.Query checked
---@param media { photo: boolean, video: boolean } to ask for
---@param ticket string
---@return facequery.Request|nil
---@return facequery.Failure|nil
function query.request(settings, fields, media, ticket)
  local nonce, sign, failure
  nonce, failure = core.nonce()
  if not nonce then
    return nil, failure
  end
  sign, failure = core.sign(settings.app_id, fields.order_no, settings.version, ticket, nonce)
  if not sign then
    return nil, failure
  end
  return request_of(settings, {
    method = "POST",
    url = settings.base_url .. PATH .. "?orderNo=" .. fields.order_no,
    headers = { ["Content-Type"] = "application/json", Accept = "application/json" },
    body = json.encode {
      appId = settings.app_id,
      version = settings.version,
      nonce = nonce,
      orderNo = fields.order_no,
      sign = sign,
      getFile = get_file_for(media),
      queryVersion = fields.query_version,
    },
    max_envelope = record.MAX_ENVELOPE,
    max_media = settings.max_media,
    files = files_of(fields, media),
    hashes = HASHES,
    order_no = fields.order_no,
  })
end

return query
