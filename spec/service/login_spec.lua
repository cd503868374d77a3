-- What opens a scan: the url for a browser, the parameters for an app and a mini program, and their signatures.

local config = require "facequery.config"
local core = require "facequery.core"
local login = require "facequery.service.login"
local products = require "facequery.service.products"
local support = require "help.support"

-- The sample on the provider's pages of the H5 start and of the mini program's.
local NONCE, USER = "kHoSxvLZGxSoFsjxlbzEoUzh5PAnTU7T", "userID19959248596551"
local TICKET = "zxc9Qfxlti9iTVgHAjwvJdAZKN3nMuUhrsPdPlPVKlcyS50N6tlLnfuFBPIucaMS"
local SIGN = "4E9DFABF938BF37BDB7A7DC25CCA1233D12D986B"

local function open(product, fields, host, given, ticket)
  local settings = { app_id = "appId001", ticket = "t", base_url = "https://example.org/" }
  for name, value in pairs(given or {}) do
    settings[name] = value
  end
  local all = { order_no = "aabc1457895464", user_id = USER }
  for name, value in pairs(fields or {}) do
    all[name] = value
  end
  local nonce = core.nonce
  core.nonce = function() return NONCE end
  finally(function() core.nonce = nonce end)
  return assert(login.open(assert(config.complete(settings)), all, products[product],
    { face_id = "bwiwe1457895464", host = host }, ticket or TICKET))
end

describe("what opens a scan", function()
  it("in a browser is a url with the page's parameters, signed as in its sample", function()
    for _, product in ipairs { "plus_h5", "enhanced_h5" } do
      assert.same({ host = "kyc.example.com", url = "https://kyc.example.com/api/web/login?appId=appId001&version=1.0.0"
        .. "&nonce=" .. NONCE .. "&orderNo=aabc1457895464&faceId=bwiwe1457895464"
        .. "&url=https%3A%2F%2Fcloud.tencent.com&userId=" .. USER .. "&sign=" .. SIGN .. "&from=browser" },
        open(product, { return_url = "https://cloud.tencent.com" }, "kyc.example.com"))
    end
    assert.equal("https://kyc.example.com/api/web/login?webankAppId=appId001&version=1.0.0&nonce=" .. NONCE
      .. "&orderNo=aabc1457895464&faceId=bwiwe1457895464&url=https%3A%2F%2Fa.example%2F%3Fb%3Dc%26d&resultType=1"
      .. "&userId=" .. USER .. "&sign=" .. SIGN .. "&from=App&redirectType=1",
      open("plus_h5", { return_url = "https://a.example/?b=c&d", result_type = 1, from = "App", redirect_type = "1",
        app_id_parameter = "webankAppId" }, "kyc.example.com").url)
  end)

  it("on a computer is a url of its own, at the host of the registration where no other is named", function()
    assert.same({ host = "example.org", url = "https://example.org/api/pc/login?appId=appId001&version=1.0.0&nonce="
      .. NONCE .. "&orderNo=aabc1457895464&h5faceId=bwiwe1457895464&url=https%3A%2F%2Fcloud.tencent.com&userId="
      .. USER .. "&sign=" .. SIGN }, open("pc_h5", { return_url = "https://cloud.tencent.com" }))
  end)

  it("leads back to any url as it was given", function()
    local back = "https://例子.example/a b"
    assert.is_false(login.fields.return_url.valid(back))
    back = "https://例子.example/~a_b-c.d/?x=%E4%BD%A0&y=1+2#z'(!)*"
    local url = open("plus_h5", { return_url = back }).url
    assert.equal(back, support.must(("python3 -c %s %s"):format(
      support.quote "import sys, urllib.parse as p; print(p.parse_qs(p.urlsplit(sys.argv[1]).query)['url'][0])",
      support.quote(url))))
  end)

  it("in an app are the SDK's parameters, whose signature covers neither order nor scan", function()
    for _, product in ipairs { "plus_sdk", "enhanced_sdk", "basic_sdk" } do
      for app_id, sign in pairs {
        IDAXXXXX = "D7606F1741DDCF90757DA924EDCF152A200AC7F0",
        TIDA0001 = "4AE72E6FBC2E9E1282922B013D1B4C2CBD38C4BD",
      } do
        assert.same({ host = "example.org", login = {
          appId = app_id, version = "1.0.0", nonce = NONCE, userId = USER, sign = sign, orderNo = "aabc1457895464",
          faceId = "bwiwe1457895464", licence = "aLICENCE",
        } }, open(product, { licence = "aLICENCE" }, nil,
          { app_id = app_id }, "XO99Qfxlti9iTVgHAjwvJdAZKN3nMuUhrsPdPlPVKlcyS50N6tlLnfuFBPIucaMS"))
      end
    end
  end)

  it("in a mini program are its extra data, signed as a url is", function()
    assert.same({
      webankAppId = "appId001", version = "1.0.0", nonce = NONCE, userId = USER, sign = SIGN,
      orderNo = "aabc1457895464", h5faceId = "bwiwe1457895464", resultType = "1",
    }, open("mini_program", { result_type = "1" }).login)
    assert.is_nil(open("mini_program").login.resultType)
    assert.equal("appId001", open("mini_program", { app_id_parameter = "appId" }).login.appId)
  end)

  it("does not hold the ticket", function()
    for product in pairs(products) do
      local opened = open(product, { return_url = "https://a.example" })
      assert.is_nil((opened.url or table.concat({ opened.login.sign, opened.login.nonce })):find(TICKET, 1, true))
    end
  end)
end)

describe("what a login takes", function()
  it("is a whole url to lead back to", function()
    local valid = login.fields.return_url.valid
    for _, value in ipairs { "https://a.example", "http://127.0.0.1:8080/back?x=1", "https://a" } do
      assert.is_true(valid(value))
    end
    for _, value in ipairs { "", "a.example", "//a.example", "https://", "https:///a", "ftp://a.example",
      "javascript:1",
      "https%3A%2F%2Fa.example", "https://a.example/ b", "https://a.example/\n", "HTTPS://a.example" } do
      assert.is_false(valid(value), value)
    end
  end)

  it("is what the product's front end knows, and nothing else", function()
    local all = { return_url = "https://a.example", result_type = 1, from = "App", redirect_type = 1, licence = "l" }
    local browser = "from redirect_type result_type return_url"
    local takes = {
      plus_h5 = browser, enhanced_h5 = browser,
      pc_h5 = "return_url", mini_program = "result_type", plus_sdk = "licence", enhanced_sdk = "licence",
      basic_sdk = "licence",
    }
    for product, names in pairs(takes) do
      for name, value in pairs(all) do
        local is_taken = (" " .. names .. " "):find(" " .. name .. " ", 1, true)
        assert.same(is_taken and {} or { "FIELD_UNUSED", name },
          { login.wrong({ [name] = value }, products[product]) })
      end
    end
  end)
end)
