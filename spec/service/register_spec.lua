-- The registration of a scan: url, body, signature, what is refused, and what its answer says.

local cjson = require "cjson"
local config = require "facequery.config"
local core = require "facequery.core"
local products = require "facequery.service.products"
local register = require "facequery.service.register"
local support = require "help.support"

local NONCE = "kHoSxvLZGxSoFsjxlbzEoUzh5PAnTU7T"
local SIGN = "XO99Qfxlti9iTVgHAjwvJdAZKN3nMuUhrsPdPlPVKlcyS50N6tlLnfuFBPIucaMS"
local H5_SIGN = "duSz9ptwyW1Xn7r6gYItxz3feMdJ8Na5x7JZuoxurE7RcI5TdwCE4KT2eEeNNDoe"

-- A registration of the product with this nonce, and its body, decoded.
local function make(product, fields, settings, ticket)
  local given = { app_id = "IDAXXXXX", ticket = ticket or SIGN, base_url = "https://example.org", timeout = 7 }
  for name, value in pairs(settings or {}) do
    given[name] = value
  end
  local all = { order_no = "order1", user_id = "userID19959248596551", name = "testName", id_no = "4300000000000" }
  for name, value in pairs(fields or {}) do
    all[name] = value or nil
  end
  local nonce = core.nonce
  core.nonce = function() return NONCE end
  finally(function() core.nonce = nonce end)
  local request = assert(register.request(assert(config.complete(given)), all, products[product], given.ticket))
  return request, cjson.decode(request.body)
end

describe("a registration", function()
  it("is a POST of JSON to the product's address, with the order number in the url", function()
    for product, path in pairs {
      plus_h5 = "/api/server/getPlusFaceId", plus_sdk = "/api/server/getPlusFaceId",
      enhanced_h5 = "/api/server/getAdvFaceId", enhanced_sdk = "/api/server/getAdvFaceId",
      basic_sdk = "/api/server/getfaceid",
      pc_h5 = "/api/server/h5/geth5faceid", mini_program = "/api/server/h5/geth5faceid",
    } do
      local request = make(product)
      assert.equal("POST", request.method)
      assert.equal("https://example.org" .. path .. "?orderNo=order1", request.url)
      assert.equal("application/json", request.headers["Content-Type"])
      assert.equal("order1", request.order_no)
      assert.equal(7, request.timeout)
    end
  end)

  it("is signed as the provider's page does it: five values, and neither order nor person", function()
    for _, product in ipairs { "plus_h5", "plus_sdk", "enhanced_h5", "enhanced_sdk", "basic_sdk" } do
      local _, body = make(product)
      assert.same({
        appId = "IDAXXXXX", orderNo = "order1", name = "testName", idNo = "4300000000000",
        userId = "userID19959248596551", version = "1.0.0", nonce = NONCE,
        sign = "D7606F1741DDCF90757DA924EDCF152A200AC7F0",
      }, body)
    end
  end)

  it("of geth5faceid is signed with the person and without a nonce: two equal values count twice", function()
    for _, product in ipairs { "pc_h5", "mini_program" } do
      local _, body = make(product, { order_no = "19959248596551", user_id = "19959248596551" },
        { app_id = "appId001" }, H5_SIGN)
      assert.same({
        appId = "appId001", orderNo = "19959248596551", name = "testName", idNo = "4300000000000",
        userId = "19959248596551", version = "1.0.0", sign = "11670F8BD6181CF71FB4656534253A0627D835CF",
      }, body)
      _, body = make(product, { order_no = "orderNo19959248596551" }, { app_id = "appId001" }, H5_SIGN)
      assert.equal("EE57F7C1EDDE7B6BB0DFB54CD902836B8EB0575B", body.sign)
    end
  end)

  it("signs a Chinese name as the UTF-8 that it sends", function()
    local request, body = make("pc_h5", { name = "张三丰" })
    assert.equal("张三丰", body.name)
    assert.equal(support.must("python3 -c " .. support.quote([[
import hashlib
values = ["IDAXXXXX", "order1", "张三丰", "4300000000000", "userID19959248596551", "1.0.0", "]] .. SIGN .. [["]
print(hashlib.sha1("".join(sorted(values)).encode()).hexdigest().upper())]])), body.sign)
    assert.is_nil(request.url:find("%%"))
  end)

  it("sends a photo as base64, as an HD photo unless told otherwise", function()
    local bytes = support.medium "photo.jpg"
    for given, sent in pairs { [false] = "2", hd = "2", watermark = "1", ["1"] = "1", [2] = "2" } do
      local _, body = make("plus_h5", { photo = bytes, photo_type = given, name = false, id_no = false })
      assert.is_nil(body.name)
      assert.is_nil(body.idNo)
      assert.equal(sent, body.sourcePhotoType)
      assert.equal(support.must("base64 -w0 " .. support.quote(support.medium_path "photo.jpg")), body.sourcePhotoStr)
    end
    local _, body = make "plus_h5"
    assert.is_nil(body.sourcePhotoStr)
    assert.is_nil(body.sourcePhotoType)
  end)

  it("calls the App ID as older hosts do where it is told so", function()
    local _, body = make("plus_h5", { app_id_parameter = "webankAppId" })
    assert.same({ nil, "IDAXXXXX" }, { body.appId, body.webankAppId })
  end)

  it("carries the ticket nowhere", function()
    for product in pairs(products) do
      local request = make(product)
      for _, value in pairs(request) do
        assert.is_nil(tostring(value):find(SIGN, 1, true))
      end
    end
  end)
end)

describe("what a registration takes", function()
  local function valid(name, value) return not not register.fields[name].valid(value, {}) end

  it("is a name in UTF-8, whatever its script", function()
    for _, value in ipairs { "张三", "阿卜杜·热合曼", "O'Neil", "𠮷" } do
      assert.is_true(valid("name", value))
    end
    for _, value in ipairs { "", "a\n", "\213\197\200\253", "a\0b", "\237\160\128" } do
      assert.is_false(valid("name", value))
    end
  end)

  it("is an ID number of letters and digits", function()
    assert.is_true(valid("id_no", "11010519491231002X"))
    for _, value in ipairs { "", "1101 0519", "1101-0519", "H(123)", "１１０" } do
      assert.is_false(valid("id_no", value))
    end
  end)

  it("is the bytes of a JPEG or a PNG of 500 KB at most", function()
    local jpeg = support.medium "photo.jpg"
    assert.is_true(valid("photo", jpeg))
    assert.is_true(valid("photo", support.medium "photo.png"))
    assert.is_true(valid("photo", jpeg .. ("\0"):rep(500 * 1024 - #jpeg)))
    assert.is_false(valid("photo", jpeg .. ("\0"):rep(500 * 1024 - #jpeg + 1)))
    for _, value in ipairs { "", "GIF89a", support.medium("video.mp4"):sub(1, 1000),
      support.must("base64 -w0 " .. support.quote(support.medium_path "photo.jpg")) } do
      assert.is_false(valid("photo", value))
    end
  end)

  it("is a photo's type by its name or the page's number", function()
    for _, value in ipairs { "hd", "watermark", "1", "2", 1, 2 } do
      assert.is_true(valid("photo_type", value))
    end
    for _, value in ipairs { "", "3", 0, 1.5, "HD" } do
      assert.is_false(valid("photo_type", value))
    end
  end)

  it("is name and ID number together, or a photo in their place where the product knows that", function()
    local function wrong(product, fields) return { register.wrong(fields, products[product]) } end
    local both, photo = { name = "a", id_no = "1" }, { photo = "p" }
    for product in pairs(products) do
      assert.same({}, wrong(product, both))
      assert.same({}, wrong(product, { name = "a", id_no = "1", photo = "p", photo_type = "hd" }))
      assert.same({ "IDENTITY_MISSING", "name" }, wrong(product, { id_no = "1" }))
      assert.same({ "IDENTITY_MISSING", "id_no" }, wrong(product, { name = "a", photo = "p" }))
      assert.same({ "IDENTITY_MISSING", "name" }, wrong(product, {}))
      assert.same({ "IDENTITY_MISSING", "photo" }, wrong(product, { name = "a", id_no = "1", photo_type = "hd" }))
      assert.same(products[product].is_named and { "IDENTITY_MISSING", "name" } or {}, wrong(product, photo))
    end
  end)
end)

describe("the answer to a registration", function()
  it("names the scan, and the host that opens it where there is one", function()
    local plus, pc = products.plus_h5, products.pc_h5
    assert.same({ "tx1", "kyc.example.com" },
      { register.read({ faceId = "tx1", optimalDomain = "kyc.example.com", success = false }, plus) })
    assert.same({ "tx1" }, { register.read({ h5faceId = "tx1" }, pc) })
    assert.same({ "tx1", "localhost:8443" },
      { register.read({ faceId = "tx1", optimalDomain = "localhost:8443" }, plus) })
    for _, record in ipairs { {}, { faceId = "" }, { faceId = 7 }, { faceId = "a b" }, { h5faceId = "tx1" } } do
      assert.same({}, { register.read(record, plus) })
    end
  end)

  it("leads to no other place than a host", function()
    for _, value in ipairs {
      "", "https://a.example", "a.example/path", "a.example?x", "u@a.example", "a b", "a.example:", "a:80:80",
      "-a.example", ".a", "a\n", "张.example", {}, 7.5, true,
    } do
      local face_id, host = register.read({ faceId = "tx1", optimalDomain = value }, products.plus_h5)
      assert.equal("tx1", face_id)
      assert.is_nil(host)
    end
  end)
end)
