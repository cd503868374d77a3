-- Timestamps and signatures in the core, beside those of the openssl command.

local core = require "facequery.core"
local support = require "help.support"
local tsa = require "help.tsa"

local must = support.must

local TEXT = "facequery/0\n1\nroot\n"

describe("core.timestamp_request", function()
  local function text_of(request)
    local folder = support.folder()
    finally(function() support.remove_folder(folder) end)
    support.write_file(folder .. "/query", request)
    return must(("openssl ts -query -in %s/query -text 2>/dev/null"):format(folder))
  end

  it("asks for the SHA-256 of the bytes, the TSA's certificate, a nonce and a policy", function()
    local text = text_of(assert(core.timestamp_request("hello", true, "1.2.840.7")))
    assert.matches("Hash Algorithm: sha256", text, 1, true)
    -- printf hello | sha256sum
    assert.matches("2c f2 4d ba 5f b0 a3 0e-26 e8 3b 2a c5 b9 e2 9e", text, 1, true)
    assert.matches("Certificate required: yes", text, 1, true)
    assert.matches("Policy OID: 1.2.840.7", text, 1, true)
    assert.matches("Nonce: 0x%x%x%x%x%x%x%x%x%x%x%x%x%x%x%x%x\n", text)
  end)

  it("has another nonce each time, or none", function()
    assert.not_equal(core.timestamp_request("x", true), core.timestamp_request("x", true))
    assert.equal(core.timestamp_request("x", false), core.timestamp_request("x", false))
    local text = text_of(assert(core.timestamp_request("x", false)))
    assert.matches("Nonce: unspecified", text, 1, true)
    assert.matches("Policy OID: unspecified", text, 1, true)
  end)

  it("refuses what is no OID", function()
    for _, wrong in ipairs { "", "x", "1..2", ("1.2.3"):rep(1000, ".") } do
      local request, failure = core.timestamp_request("x", true, wrong)
      assert.same({ nil, "TOKEN_POLICY" }, { request, failure.status })
    end
  end)
end)

describe("core.timestamp_check", function()
  local request = assert(core.timestamp_request(TEXT, true))
  local ca = tsa.ca()
  local function status(...)
    local told, failure = core.timestamp_check(...)
    assert.is_nil(told)
    return failure.status
  end

  it("tells when, by whom and by which policy", function()
    local reply = tsa.answer(request)
    local told = assert(core.timestamp_check(reply, request, ca))
    assert.is_true(math.abs(told.time - os.time()) < 600)
    assert.same({ "1.2.3.4.1", "CN=facequery sandbox TSA" }, { told.policy, told.signer })
    assert.matches("^%x+$", told.serial)
    assert.same(told, core.timestamp_check(reply, request))
    -- Without the nonce that it answered, as a kept token is checked.
    assert.same(told, core.timestamp_check(reply, assert(core.timestamp_request(TEXT, false)), ca))
  end)

  it("names a wrong nonce, a wrong imprint, a wrong policy, a refusal", function()
    assert.equal("TOKEN_NONCE", status(tsa.answer(request, "wrongnonce"), request, ca))
    assert.equal("TOKEN_IMPRINT", status(tsa.answer(request, "wrongimprint"), request, ca))
    local reply = tsa.answer(request)
    assert.equal("TOKEN_NONCE", status(reply, assert(core.timestamp_request(TEXT, true)), ca))
    assert.equal("TOKEN_IMPRINT", status(reply, assert(core.timestamp_request(TEXT .. "x", false)), ca))
    assert.equal("TOKEN_POLICY", status(reply, assert(core.timestamp_request(TEXT, false, "1.2.3.4.2")), ca))
    local unknown = assert(core.timestamp_request(TEXT, true, "1.2.3.4.9"))
    local _, failure = core.timestamp_check(tsa.answer(unknown), unknown, ca)
    assert.same({ "TOKEN_REFUSED", "Requested policy is not supported." }, { failure.status, failure.detail })
    local other = assert(core.timestamp_request(TEXT, true, "1.2.3.4.2"))
    assert.equal("1.2.3.4.2", core.timestamp_check(tsa.answer(other), other, ca).policy)
  end)

  it("names a TSA that nobody vouches for, and one whose certificate had expired", function()
    for way, words in pairs { foreign = "self%-signed certificate", expired = "certificate has expired" } do
      local reply = tsa.answer(request, way)
      local _, failure = core.timestamp_check(reply, request, ca)
      assert.equal("TOKEN_UNTRUSTED", failure.status)
      assert.matches(words, failure.detail)
      assert.is_table(core.timestamp_check(reply, request))
    end
    local folder = support.folder()
    finally(function() support.remove_folder(folder) end)
    local other = support.read_file(tsa.certify(folder, "other") .. ".pem")
    local reply = tsa.answer(request)
    assert.equal("TOKEN_UNTRUSTED", status(reply, request, other))
    assert.is_table(core.timestamp_check(reply, request, other .. ca))
  end)

  -- Nobody has signed the bytes around the token, such as the status or the version of its syntax.
  it("takes no answer with a byte changed, cut or added that openssl would not take", function()
    local reply, survived = tsa.answer(request), {}
    local folder = support.folder()
    finally(function() support.remove_folder(folder) end)
    support.write_file(folder .. "/text", TEXT)
    local function openssl_takes(bytes)
      support.write_file(folder .. "/reply", bytes)
      return select(2, support.shell(("openssl ts -verify -data %s/text -in %s/reply -CAfile %s 2>&1"):format(
        folder, folder, support.env "CA_FILE"))) == 0
    end
    assert.is_true(openssl_takes(reply))
    for at = 1, #reply, support.is_asan and 17 or 1 do
      local byte = reply:byte(at)
      local bytes = reply:sub(1, at - 1) .. string.char(byte % 2 == 0 and byte + 1 or byte - 1) .. reply:sub(at + 1)
      if core.timestamp_check(bytes, request, ca) then
        survived[#survived + 1] = at
        assert.is_true(openssl_takes(bytes), at)
      end
    end
    assert.is_true(#survived < #reply / 20, #survived)
    assert.equal("TOKEN_MALFORMED", status(reply:sub(1, -2), request, ca))
    assert.equal("TOKEN_MALFORMED", status(reply .. "x", request, ca))
    assert.equal("TOKEN_MALFORMED", status("", request, ca))
    assert.equal("TOKEN_MALFORMED", status("<html></html>", request))
  end)

  it("names authorities that are none", function()
    local reply = tsa.answer(request)
    for _, wrong in ipairs { "", "x", ca:sub(1, -40), ca:gsub("MII", "MIJ") } do
      assert.equal("CERTIFICATE_INVALID", status(reply, request, wrong))
    end
  end)
end)

describe("core.signature", function()
  local folder, path
  lazy_setup(function()
    folder = support.folder()
    path = tsa.certify(folder, "signer")
  end)
  lazy_teardown(function() support.remove_folder(folder) end)

  local function pem(name) return support.read_file(folder .. "/" .. name) end

  it("is one that openssl cms verifies, and tells who has signed", function()
    local signature = assert(core.signature(TEXT, pem "signer.pem", pem "signer.key"))
    support.write_file(folder .. "/text", TEXT)
    support.write_file(folder .. "/text.p7s", signature)
    local verify = ("openssl cms -verify -binary -inform DER -in %s/text.p7s -content %s/text -CAfile %s.pem"
      .. " -purpose any 2>&1"):format(folder, folder, path)
    assert.matches("CMS Verification successful", must(verify), 1, true)
    assert.equal("CN=signer", core.signature_check(TEXT, signature))
    local _, failure = core.signature_check(TEXT .. "x", signature)
    assert.equal("SIGNATURE_INVALID", failure.status)
    for _, wrong in ipairs { "", "x", signature .. "x", signature:sub(1, -2) } do
      assert.is_nil((core.signature_check(TEXT, wrong)))
    end
  end)

  it("refuses what is no certificate, no key, a key with a passphrase, another's key", function()
    tsa.certify(folder, "other")
    must(("cd %s && openssl pkey -in signer.key -aes128 -passout pass:x -out locked.key"):format(folder))
    for detail, pair in pairs {
      certificate = { "x", pem "signer.key" }, key = { pem "signer.pem", "x" },
      ["key and certificate"] = { pem "signer.pem", pem "other.key" },
    } do
      local _, failure = core.signature(TEXT, pair[1], pair[2])
      assert.same({ "CERTIFICATE_INVALID", detail }, { failure.status, failure.detail })
    end
    local _, failure = core.signature(TEXT, pem "signer.pem", pem "locked.key")
    assert.same({ "CERTIFICATE_INVALID", "key" }, { failure.status, failure.detail })
  end)

  it("takes along the certificates of its chain", function()
    local signature = assert(core.signature(TEXT, pem "signer.pem" .. tsa.ca(), pem "signer.key"))
    support.write_file(folder .. "/text.p7s", signature)
    local listed = must(("openssl pkcs7 -inform DER -in %s/text.p7s -print_certs -noout"):format(folder))
    assert.matches("facequery sandbox CA", listed, 1, true)
    -- 200 times the same are more than a signature may have, or one: OpenSSL 3.5 leaves out what is there already.
    local same, failure = core.signature(TEXT, pem "signer.pem" .. tsa.ca():rep(200), pem "signer.key")
    assert.is_true(failure ~= nil or #same < 2 * #signature)
  end)
end)
