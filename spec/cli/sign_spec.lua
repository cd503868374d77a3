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

  it("refuses what can't be right, in the user's language", function()
    for code, arguments in pairs {
      INVALID_ORDER_NO = { "sign", "bad-order" },
      INVALID_NONCE = { "sign", USER, "--nonce", "short" },
      INVALID_APP_ID = { "sign", USER, "--app-id", "" },
    } do
      local output, messages, status = facequery(arguments)
      assert.same({ "", 1 }, { output, status }, code)
      has("(invalid_request " .. code .. ")", messages)
      arguments[#arguments + 1] = "--lang=zh"
      messages = select(2, facequery(arguments))
      assert.matches("[\228-\233][\128-\191]", messages)
    end
    local _, messages, status = facequery({ "sign", USER }, { env = { FACEQUERY_TICKET = false } })
    assert.equal(1, status)
    has("(auth TICKET_MISSING)", messages)
    -- sign takes no secret for a ticket, and doesn't print it.
    _, messages, status = facequery({ "sign", USER },
      { env = { FACEQUERY_TICKET = false, FACEQUERY_SECRET = "aSECRET" } })
    assert.equal(1, status)
    has("(auth TICKET_MISSING)", messages)
    has("sign takes the SIGN ticket itself. A secret only serves to fetch one", messages)
    assert.is_nil(messages:find("aSECRET", 1, true))
    _, messages, status = facequery({ "sign", USER }, { env = { FACEQUERY_TICKET = "\239\187\191aTICKET " } })
    assert.equal(1, status)
    has("a byte order mark (FACEQUERY_TICKET)", messages)
    assert.is_nil(messages:find("aTICKET", 1, true))
  end)

  it("does not print the ticket", function()
    has_not(support.env "TICKET", (facequery { "sign", USER }))
  end)
end)
