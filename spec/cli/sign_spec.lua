-- facequery sign, as a shell sees it.

local cjson = require "cjson"
local cli = require "help.cli"
local support = require "help.support"

local facequery, has, has_not = cli.run, cli.has, cli.has_not
local must, order = support.must, support.order
local decode = cjson.decode

describe("the command sign", function()
  local folder
  before_each(function() folder = support.folder() end)
  after_each(function() support.remove_folder(folder) end)

  -- The example on the provider's page of signatures.
  local USER = "userID19959248596551"
  local TICKET = "XO99Qfxlti9iTVgHAjwvJdAZKN3nMuUhrsPdPlPVKlcyS50N6tlLnfuFBPIucaMS"
  local NONCE = "kHoSxvLZGxSoFsjxlbzEoUzh5PAnTU7T"

  it("gives the provider's own signatures", function()
    for app_id, sign in pairs {
      TIDA0001 = "4AE72E6FBC2E9E1282922B013D1B4C2CBD38C4BD",
      IDAXXXXX = "D7606F1741DDCF90757DA924EDCF152A200AC7F0",
    } do
      local output, messages, status = facequery({ "sign", USER, "--nonce", NONCE },
        { env = { FACEQUERY_APP_ID = app_id, FACEQUERY_TICKET = TICKET } })
      assert.same({ "", 0 }, { messages, status })
      assert.same({ appId = app_id, orderNo = USER, version = "1.0.0", nonce = NONCE, sign = sign },
        decode(output))
    end
  end)

  it("signs with a nonce of its own, as openssl does", function()
    local nonces = {}
    for _ = 1, 3 do
      local signed = decode((facequery({ "sign", USER, "--app-id", "IDA1", "--ticket-from", "-" },
        { input = TICKET })))
      assert.matches("^%w+$", signed.nonce)
      assert.equal(32, #signed.nonce)
      assert.is_nil(nonces[signed.nonce])
      nonces[signed.nonce] = true
      assert.equal(support.sign { "IDA1", USER, "1.0.0", TICKET, signed.nonce }, signed.sign)
    end
  end)

  it("prints what the service takes for a query", function()
    local number = order "verified"
    support.write_file(folder .. "/body", (facequery { "sign", number }))
    local answer = must(("curl -s --cacert %s -H 'Content-Type: application/json' -d @%s/body"
      .. " '%s/api/v2/base/queryfacerecord?orderNo=%s'"):format(
      support.quote(support.env "CA_FILE"), folder, support.env "BASE_URL", number))
    assert.equal("0", decode(answer).code)
  end)

  it("says so where OpenSSL has no random bytes for a nonce", function()
    local output, status = support.shell(support.lua_command([[
      require("facequery.core").nonce = function() return nil, { status = "CRYPTO_FAILED" } end
      os.exit(require "facequery.cli" { "sign", "a1" })
    ]]))
    has("(transport CRYPTO_FAILED)", output)
    assert.equal(6, status)
  end)

  it("refuses what can't be right, in the user's language", function()
    for code, arguments in pairs {
      INVALID_ORDER_NO = { "sign", "bad-order" },
      INVALID_NONCE = { "sign", USER, "--nonce", "short" },
      INVALID_APP_ID = { "sign", USER, "--app-id", "" },
    } do
      local output, messages, status = facequery(arguments)
      assert.same({ "", 5 }, { output, status }, code)
      has("(invalid_request " .. code .. ")", messages)
      arguments[#arguments + 1] = "--lang=zh"
      messages = select(2, facequery(arguments))
      assert.matches("[\228-\233][\128-\191]", messages)
    end
    local _, messages, status = facequery({ "sign", USER }, { env = { FACEQUERY_TICKET = false } })
    assert.equal(5, status)
    has("(auth TICKET_MISSING)", messages)
    -- sign takes no secret for a ticket, and doesn't print it.
    _, messages, status = facequery({ "sign", USER },
      { env = { FACEQUERY_TICKET = false, FACEQUERY_SECRET = "aSECRET" } })
    assert.equal(5, status)
    has("(auth TICKET_MISSING)", messages)
    has("sign takes the SIGN ticket itself. A secret only serves to fetch one", messages)
    assert.is_nil(messages:find("aSECRET", 1, true))
    _, messages, status = facequery({ "sign", USER }, { env = { FACEQUERY_TICKET = "\239\187\191aTICKET " } })
    assert.equal(5, status)
    has("a byte order mark (FACEQUERY_TICKET)", messages)
    assert.is_nil(messages:find("aTICKET", 1, true))
  end)

  it("does not print the ticket", function()
    has_not(support.env "TICKET", (facequery { "sign", USER }))
  end)

  -- The examples on the provider's pages, whose tickets these are.
  local SAMPLES = {
    -- A scan's registration: the order's number and the user's are the same text, and both count.
    { "11670F8BD6181CF71FB4656534253A0627D835CF",
      "duSz9ptwyW1Xn7r6gYItxz3feMdJ8Na5x7JZuoxurE7RcI5TdwCE4KT2eEeNNDoe",
      "appId001", "19959248596551", "testName", "4300000000000", "19959248596551", "1.0.0" },
    -- H5's start.
    { "4E9DFABF938BF37BDB7A7DC25CCA1233D12D986B",
      "zxc9Qfxlti9iTVgHAjwvJdAZKN3nMuUhrsPdPlPVKlcyS50N6tlLnfuFBPIucaMS",
      "appId001", USER, NONCE, "1.0.0", "bwiwe1457895464", "aabc1457895464" },
    -- getfaceid, getPlusFaceId, and the app SDK's login.
    { "D7606F1741DDCF90757DA924EDCF152A200AC7F0", TICKET, "IDAXXXXX", USER, "1.0.0", NONCE },
    -- getOcrCertId.
    { "6CD5F0DBCFA1155E2A66754B33C2E67DD358393B", TICKET, "IDAXXXXX", "orderNo596551", NONCE, "1.0.0" },
    -- easyface, and a query for a result.
    { "993D057C652D97FD90D5D298F2E5DC4B8D893CBC",
      "FxlAe3HFtEy73Um0pJNzIUriwtfnS3KRcPXiesd5ulS4XRAIcT0FbfaP52dwZf5S",
      "appId001", "aabc1457895464", NONCE, "1.0.0" },
    -- H5's return url.
    { "526365E042766AE27A6E52D2E4829D4C6E156B5D",
      "duSz9ptwyW1Xn7r6gYItxz3feMdJ8Na5x7JZuoxurE7RcI5TdwCE4KT2eEeNNDoe",
      "appId001", "test1480921551481", "0" },
  }

  it("gives the provider's signatures of the values of other calls", function()
    for _, sample in ipairs(SAMPLES) do
      local output, messages, status = facequery({ "sign", "--values", (table.unpack or unpack)(sample, 3) },
        { env = { FACEQUERY_TICKET = sample[2] } })
      assert.same({ "", 0 }, { messages, status })
      assert.same({ sign = sample[1] }, decode(output))
    end
  end)

  it("explains a signature value by value, and shows of the ticket its length and a part of its digest", function()
    local sample = SAMPLES[1]
    local digest = must(("printf %%s %s | sha256sum"):format(sample[2])):sub(1, 8)
    for lang, expected in pairs {
      en = [[
the values, sorted by their bytes:
  1  "1.0.0", 5 bytes
  2  "19959248596551", 14 bytes
  3  "19959248596551", 14 bytes
  4  "4300000000000", 13 bytes
  5  "appId001", 8 bytes
  6  the ticket, 64 bytes, SHA-256 %s...
  7  "testName", 8 bytes
joined with nothing between, 126 bytes; their SHA-1 in upper-case hex:
  %s
]],
      zh = [[
各值按字节排序：
  1  "1.0.0"，5 字节
  2  "19959248596551"，14 字节
  3  "19959248596551"，14 字节
  4  "4300000000000"，13 字节
  5  "appId001"，8 字节
  6  ticket，64 字节，SHA-256 %s...
  7  "testName"，8 字节
首尾直接拼接，共 126 字节；其 SHA-1（大写十六进制）：
  %s
]],
    } do
      local output, messages, status = facequery(
        { "sign", "--lang", lang, "--explain", "--values", (table.unpack or unpack)(sample, 3) },
        { env = { FACEQUERY_TICKET = sample[2] } })
      assert.same({ sign = sample[1] }, decode(output))
      assert.same({ expected:format(digest, sample[1]), 0 }, { messages, status })
    end
  end)

  it("explains a query's, with its own nonce, as openssl signs", function()
    local output, messages, status = facequery({ "sign", USER, "--explain", "--app-id", "IDA1" },
      { env = { FACEQUERY_TICKET = TICKET } })
    local signed = decode(output)
    assert.equal(0, status)
    has('"' .. signed.nonce .. '", 32 bytes\n', messages)
    has("joined with nothing between, 125 bytes", messages)
    has("\n  " .. support.sign { "IDA1", USER, "1.0.0", TICKET, signed.nonce } .. "\n", messages)
    has_not(TICKET, output .. messages)
  end)

  it("hides the ticket in a value's place, too", function()
    local output, messages = facequery({ "sign", "--explain", "--values", "IDA1", TICKET },
      { env = { FACEQUERY_TICKET = TICKET } })
    has_not(TICKET, output .. messages)
    assert.equal(2, select(2, messages:gsub("the ticket, 64 bytes", "")))
  end)

  it("takes either an order or values, and a ticket that can be one", function()
    for _, arguments in ipairs { { "sign" }, { "sign", "--values" }, { "sign", USER, "--values", "a" } } do
      assert.equal(2, select(3, facequery(arguments)))
    end
    local output, messages, status = facequery({ "sign", "--values", "a" },
      { env = { FACEQUERY_TICKET = "aTICKET " } })
    assert.same({ "", 5 }, { output, status })
    has("(FACEQUERY_TICKET)", messages)
    has_not("aTICKET", messages)
  end)
end)
