--- Registering a scan ("合作方后台上传身份信息"): what may be given, the signed request, and what its answer says.

local check = require "facequery.check"
local core = require "facequery.core"
local json = require "facequery.json"
local products = require "facequery.service.products"
local queries = require "facequery.service.query"
local request_of = require "facequery.service.request"
local tickets = require "facequery.service.ticket"

local register = {}

--- What a scan is registered with ("合作方后台上传身份信息").
---@class facequery.Registration
---@field order_no string 1 to 32 letters and digits, new for each scan
---@field user_id string 1 to 32 letters and digits, each user's own
---@field product? string "plus_h5" (default), "plus_sdk", "enhanced_h5", "enhanced_sdk", "basic_sdk", "pc_h5", "mini_program"
---@field name? string with id_no: the authority's photo is compared with; UTF-8
---@field id_no? string letters and digits
---@field photo? string bytes of a JPEG or a PNG of 500 KB at most to compare with, in place of the authority's
---@field photo_type? string|integer "hd" (default with a photo), "watermark", or the page's "2", "1"
---@field app_id_parameter? "appId"|"webankAppId" what older hosts call the App ID; default "appId", in a mini program's parameters "webankAppId"

--- Bytes of a photo at most: the page's 500 KB.  The 1,048,576 bytes that it allows for its base64 are more than that.
register.MAX_PHOTO = 500 * 1024

-- The page's sourcePhotoType for each value that photo_type may have.
local PHOTO_TYPES = { ["1"] = "1", ["2"] = "2", watermark = "1", hd = "2" }

local function photo_type_of(value)
  return PHOTO_TYPES[type(value) == "number" and ("%.14g"):format(value) or value]
end

-- The page's formats, by what the bytes say: base64 in their place would be encoded once more.
local function is_picture(bytes)
  local _, format = core.decode_media(core.encode_base64(bytes))
  return format == "jpeg" or format == "png"
end

local function names_of_products()
  local names = {}
  for name in pairs(products) do
    names[#names + 1] = ('"%s"'):format(name)
  end
  table.sort(names)
  return table.concat(names, ", ")
end

---@type table<string, facequery.Field>
register.fields = {
  order_no = queries.fields.order_no,
  user_id = tickets.fields.user_id,
  product = {
    types = "string",
    values = names_of_products(),
    valid = function(value) return products[value] ~= nil end,
  },
  name = {
    types = "string",
    code = "INVALID_NAME",
    -- Other bytes than UTF-8 would be signed and sent differently.
    valid = function(value) return check.is_clean(value) and core.utf8(value) == value end,
  },
  id_no = check.text("INVALID_ID_NO", 1, 2 ^ 53, "alphanumeric"),
  photo = {
    types = "string",
    code = "INVALID_PHOTO",
    valid = function(value) return #value <= register.MAX_PHOTO and is_picture(value) end,
  },
  photo_type = {
    types = "string number",
    values = '"hd", "watermark"',
    valid = function(value) return photo_type_of(value) ~= nil end,
  },
  app_id_parameter = {
    types = "string",
    values = '"appId", "webankAppId"',
    valid = function(value) return value == "appId" or value == "webankAppId" end,
  },
}

--- Is there something to compare the face with?  The page wants name and ID number, or a photo in their place.
---@param fields facequery.Registration each of whose values is valid
---@param product facequery.Product
---@return string|nil code of what is wrong
---@return string|nil field
function register.wrong(fields, product)
  local missing = not fields.name and "name" or not fields.id_no and "id_no" or nil
  if missing and (product.is_named or not fields.photo or fields.name or fields.id_no) then
    return "IDENTITY_MISSING", missing
  elseif fields.photo_type and not fields.photo then
    return "IDENTITY_MISSING", "photo"
  end
end

-- geth5faceid signs the person and no nonce, and takes none; all others sign a nonce, and neither order nor person.
local function sign(settings, fields, product, ticket)
  if product.id == "h5faceId" then
    return nil, core.sign(settings.app_id, fields.order_no, fields.name, fields.id_no, fields.user_id,
      settings.version, ticket)
  end
  local nonce, failure = core.nonce()
  if not nonce then
    return nil, nil, failure
  end
  return nonce, core.sign(settings.app_id, fields.user_id, settings.version, nonce, ticket)
end

--- A signed registration.
---@param settings facequery.Config complete
---@param fields facequery.Registration checked
---@param product facequery.Product
---@param ticket string a SIGN ticket
---@return facequery.Request|nil
---@return facequery.Failure|nil
function register.request(settings, fields, product, ticket)
  local nonce, signature, failure = sign(settings, fields, product, ticket)
  if not signature then
    return nil, failure
  end
  return request_of(settings, {
    method = "POST",
    url = settings.base_url .. product.register .. "?orderNo=" .. fields.order_no,
    headers = { ["Content-Type"] = "application/json", Accept = "application/json" },
    body = json.encode {
      [fields.app_id_parameter or "appId"] = settings.app_id,
      orderNo = fields.order_no,
      name = fields.name,
      idNo = fields.id_no,
      userId = fields.user_id,
      sourcePhotoStr = fields.photo and core.encode_base64(fields.photo),
      sourcePhotoType = fields.photo and photo_type_of(fields.photo_type or "hd"),
      version = settings.version,
      sign = signature,
      nonce = nonce,
    },
    order_no = fields.order_no,
  })
end

-- "optimalDomain" is a host without a scheme.  Whatever else stands there is none.
local function host_of(value)
  if type(value) == "string" then
    return value:match "^%w[%w.-]*$" or value:match "^%w[%w.-]*:%d+$"
  end
end

--- What the answer says.  `success` in it does not count: recorded answers with code 0 have false there.
---@param record facequery.Record of code 0
---@param product facequery.Product
---@return string|nil face_id nil where the answer has none
---@return string|nil host to open the scan at; nil where the answer names none, as older ones do
function register.read(record, product)
  local face_id = record[product.id]
  if type(face_id) ~= "string" or not check.is_token(face_id) then
    return nil
  end
  return face_id, host_of(record.optimalDomain)
end

return register
