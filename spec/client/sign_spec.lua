-- client:sign, with the samples of the provider's pages.

local clients = require "help.clients"
local facequery = require "facequery"
local support = require "help.support"

local raises = clients.raises

local USER, NONCE, VERSION = "userID19959248596551", "kHoSxvLZGxSoFsjxlbzEoUzh5PAnTU7T", "1.0.0"
local SAMPLE = "duSz9ptwyW1Xn7r6gYItxz3feMdJ8Na5x7JZuoxurE7RcI5TdwCE4KT2eEeNNDoe"
local TICKET = "XO99Qfxlti9iTVgHAjwvJdAZKN3nMuUhrsPdPlPVKlcyS50N6tlLnfuFBPIucaMS"

local function client_of(ticket)
  return assert(facequery.new { app_id = "IDAXXXXX", ticket = ticket })
end

describe("a client signs", function()
  it("as the provider's pages do", function()
    for _, sample in ipairs {
      -- 获取 SIGN ticket … 人脸核身 PC 端 H5, geth5faceid: the order number and the user's id are equal, and both count.
      { "11670F8BD6181CF71FB4656534253A0627D835CF", SAMPLE,
        { "appId001", "19959248596551", "testName", "4300000000000", "19959248596551", VERSION } },
      { "EE57F7C1EDDE7B6BB0DFB54CD902836B8EB0575B", SAMPLE,
        { "appId001", "orderNo19959248596551", "testName", "4300000000000", USER, VERSION } },
      -- getfaceid, getPlusFaceId, getWillFaceId
      { "D7606F1741DDCF90757DA924EDCF152A200AC7F0", TICKET, { "IDAXXXXX", USER, NONCE, VERSION } },
      -- getOcrCertId
      { "6CD5F0DBCFA1155E2A66754B33C2E67DD358393B", TICKET, { "IDAXXXXX", "orderNo596551", NONCE, VERSION } },
      -- easyface, easycompare, ocrauth
      { "993D057C652D97FD90D5D298F2E5DC4B8D893CBC",
        "FxlAe3HFtEy73Um0pJNzIUriwtfnS3KRcPXiesd5ulS4XRAIcT0FbfaP52dwZf5S",
        { "appId001", "aabc1457895464", NONCE, VERSION } },
      -- the H5 return url
      { "526365E042766AE27A6E52D2E4829D4C6E156B5D", SAMPLE, { "appId001", "test1480921551481", "0" } },
    } do
      assert.equal(sample[1], client_of(sample[2]):sign(sample[3]))
    end
  end)

  it("names in Chinese, as Python does", function()
    local values = { "IDAXXXXX", "张三", "李·四", "𠮷野", "1.0.0" }
    local quoted = {}
    for i, value in ipairs(values) do
      quoted[i] = support.quote(value)
    end
    assert.equal(support.must(("python3 -c %s %s %s"):format(support.quote("import hashlib, sys; print(hashlib.sha1("
      .. "b''.join(sorted(v.encode() for v in sys.argv[1:]))).hexdigest().upper())"), TICKET,
      table.concat(quoted, " "))), client_of(TICKET):sign(values))
  end)

  it("with the ticket that it fetches, and leaves the caller's list alone", function()
    local client = assert(facequery.new { secret = support.env "SANDBOX_SECRET",
      ticket_store = require("facequery.tickets").memory() })
    local order = support.order "verified"
    local nonce = assert(facequery.nonce())
    local values = { "IDAXXXXX", order, "1.0.0", nonce }
    local sign = assert(client:sign(values))
    assert.same({ "IDAXXXXX", order, "1.0.0", nonce }, values)
    assert.is_true(assert(support.must(("curl -s --cacert %s -H 'Content-Type: application/json' -d %s %s | jq -r .code"
      ):format(support.quote(support.env "CA_FILE"), support.quote(
        ('{"appId":"IDAXXXXX","orderNo":"%s","version":"1.0.0","nonce":"%s","sign":"%s"}'):format(order, nonce, sign)),
        support.quote(support.env "BASE_URL" .. "/api/v2/base/queryfacerecord?orderNo=" .. order)))) == "0")
    client:close()
  end)

  it("nothing without a ticket, and says why", function()
    local client = client_of(function() error "the ticket is hush" end)
    local err = clients.fails("auth", "TICKET_FAILED", client:sign { "a" })
    assert.is_nil(tostring(err):find("hush", 1, true))
  end)

  it("and raises for what is no list of strings, without asking for the ticket", function()
    local client = client_of(function() error "asked" end)
    raises("bad argument #1 to 'sign' (table expected, got nil)", client.sign, client)
    raises("bad argument #1 to 'sign' (values to sign expected)", client.sign, client, {})
    for _, values in ipairs { { 1 }, { "a", false }, { "a", order_no = "b" }, { [2] = "b" }, { [1.5] = "a" } } do
      raises("bad argument #1 to 'sign' (a list of strings expected)", client.sign, client, values)
    end
  end)
end)
