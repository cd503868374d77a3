-- core.certificate, core.encrypt, and an answer whose files are encrypted while they arrive.  What comes out is opened
-- by the system's openssl.

local certificates = require "help.certificates"
local core = require "facequery.core"
local support = require "help.support"

local must = support.must

describe("a recipient's certificate", function()
  local folder
  setup(function() folder = support.folder() end)
  teardown(function() support.remove_folder(folder) end)

  -- A field of a certificate as openssl prints it.
  local function field_of(made, field)
    return must(("openssl x509 -in %s -noout -nameopt RFC2253 %s"):format(made.pem, field)):match "=(.*)$"
  end

  for kind, algorithm in pairs { rsa = "RSAES-OAEP-SHA256", ec = "ECDH-SHA256" } do
    it("with a key of the kind " .. kind .. " is told by issuer, serial number and key id", function()
      local made = certificates.make(folder, "good" .. kind, kind)
      local read = assert(core.certificate(made.pem))
      assert.equal(field_of(made, "-issuer"), read.issuer)
      assert.equal(field_of(made, "-serial"), read.serial)
      assert.equal((must(("openssl x509 -in %s -noout -ext subjectKeyIdentifier"):format(made.pem))
        :match "\n%s*([%x:]+)$":gsub(":", "")), read.key_id)
      assert.equal(algorithm, read.algorithm)
      assert.equal(support.read_file(made.pem), read.pem)
    end)
  end

  it("is the first one of its file", function()
    local first, second = certificates.make(folder, "one", "ec"), certificates.make(folder, "two", "ec")
    local both = folder .. "/both.pem"
    must(("cat %s %s %s >%s"):format(first.key, first.pem, second.pem, both))
    assert.equal(support.read_file(first.pem), assert(core.certificate(both)).pem)
  end)

  for name, case in pairs {
    expired = { "CERTIFICATE_EXPIRED", "it has expired", "rsa", { to = "20240101000000Z" } },
    future = { "CERTIFICATE_EXPIRED", "it is not valid yet", "rsa", { from = "20980101000000Z" } },
    signing = { "CERTIFICATE_UNFIT", "its keyUsage lacks keyEncipherment", "rsa", { usage = "digitalSignature" } },
    agreeing = { "CERTIFICATE_UNFIT", "its keyUsage lacks keyAgreement", "ec", { usage = "keyEncipherment" } },
    weak = { "CERTIFICATE_UNFIT", "its RSA key has fewer than 2048 bits", "weak" },
    koblitz = { "CERTIFICATE_UNFIT", "its key is neither RSA nor on a NIST curve", "koblitz" },
    edwards = { "CERTIFICATE_UNFIT", "its key is neither RSA nor on a NIST curve", "ed25519" },
  } do
    it("is refused as " .. case[1] .. ": " .. name, function()
      local made = certificates.make(folder, name, case[3], case[4])
      local read, failure = core.certificate(made.pem)
      assert.is_nil(read)
      assert.same({ status = case[1], detail = case[2] }, failure)
    end)
  end

  it("with a keyUsage that is right is none to be refused", function()
    for kind, usage in pairs { rsa = "keyEncipherment", ec = "keyAgreement" } do
      assert(core.certificate(certificates.make(folder, "right" .. kind, kind, { usage = usage }).pem))
    end
  end)

  it("that is none, or is not there, is CERTIFICATE_UNREADABLE", function()
    local made = certificates.make(folder, "none", "ec")
    assert.same({ status = "CERTIFICATE_UNREADABLE", detail = "no certificate in PEM" },
      (select(2, core.certificate(made.key))))
    assert.same({ status = "CERTIFICATE_UNREADABLE", detail = "it can't be opened" },
      (select(2, core.certificate(folder .. "/nothing"))))
    assert.equal("CERTIFICATE_UNREADABLE", select(2, core.encrypt("a", "no certificate")).status)
    assert.equal("CERTIFICATE_UNREADABLE", select(2, core.encrypt("a", "")).status)
  end)

  it("is of no use with an OpenSSL that opens what was forged (CVE-2026-34182)", function()
    local made = certificates.make(folder, "old", "ec")
    local library = folder .. "/old.so"
    must(("cc -shared -fPIC -o %s spec/fixtures/host/old_openssl.c"):format(library))
    local said = must(("LD_PRELOAD=%s:%s %s -e %s"):format(os.getenv "LD_PRELOAD" or "", library,
      support.interpreter(), support.quote(([[
        local read, failure = require("facequery.core").certificate(%q)
        print(read, failure.status, failure.detail:match "^OpenSSL %%d+%%.%%d+%%.%%d+")
      ]]):format(made.pem))))
    assert.matches("^nil\tOPENSSL_TOO_OLD\tOpenSSL %d+%.%d+%.%d+$", said)
  end)
end)

describe("what is encrypted", function()
  local folder, rsa, ec, other, both
  setup(function()
    folder = support.folder()
    rsa, ec = certificates.make(folder, "rsa", "rsa"), certificates.make(folder, "ec", "ec")
    other = certificates.make(folder, "other", "rsa")
    both = core.certificate(rsa.pem).pem .. core.certificate(ec.pem).pem
  end)
  teardown(function() support.remove_folder(folder) end)

  -- The answer of a file with this base64 text, in pieces; what keep returns.
  local function receive(text, piece)
    local path = folder .. "/photo"
    os.remove(path)
    local answer = assert(core.answer { files = { { name = "photo", path = path } }, recipients = both, unique = {},
      max_envelope = 1000, max_media = 1e8, hashes = { "sha256", "sm3" } })
    text = '{"photo":"' .. text .. '"}'
    for at = 1, #text, piece do
      assert(answer:feed(text:sub(at, at + piece - 1)))
    end
    return answer:keep()
  end

  local function opens(path, certificate, bytes)
    local opened, is_open = certificates.decrypt(path, certificate)
    assert.is_true(is_open)
    assert.is_true(support.read_file(opened) == bytes)
  end

  it("is opened by each of its recipients, and by nobody else", function()
    for _, bytes in ipairs { "a", ("\0\1\2\255"):rep(50000) } do
      local path = folder .. "/message"
      support.write_file(path, assert(core.encrypt(bytes, both)))
      opens(path, rsa, bytes)
      opens(path, ec, bytes)
      assert.is_false((select(2, certificates.decrypt(path, other))))
    end
  end)

  it("is AuthEnvelopedData, AES-256-GCM, RSA-OAEP and ECDH with SHA-256", function()
    local path = folder .. "/message"
    support.write_file(path, assert(core.encrypt("a", both)))
    local printed = certificates.print(path)
    for _, part in ipairs { "id%-smime%-ct%-authEnvelopedData", "algorithm: aes%-256%-gcm", "algorithm: rsaesOaep",
      "algorithm: dhSinglePass%-stdDH%-sha256kdf%-scheme" } do
      assert.matches(part, printed)
    end
    assert.equal(2, select(2, printed:gsub(":sha256", "")))
    assert.is_falsy(printed:find "sha1")
  end)

  it("is another text each time, with another key", function()
    assert.not_equal(core.encrypt("a", both), core.encrypt("a", both))
  end)

  for _, size in ipairs { 1, 4096, 122880, 122881, 1000003 } do
    it(("is an answer's file of %d bytes, with its digests and those of what is stored"):format(size), function()
      local bytes = ("0123456789abc"):rep(math.ceil(size / 13)):sub(1, size)
      support.write_file(folder .. "/bytes", bytes)
      local media = assert(receive(must(("base64 -w 0 %s/bytes"):format(folder)), 65536))
      local photo, path = media.photo, folder .. "/photo"
      assert.equal(size, photo.size)
      assert.equal(support.sha256(folder .. "/bytes"), photo.sha256)
      assert.equal(support.sha256(path), photo.stored.sha256)
      assert.equal(must(("openssl sm3 -r %s"):format(path)):match "^%x+", photo.stored.sm3)
      assert.equal(tonumber(must("stat -c %s " .. path)), photo.stored.size)
      assert.equal("600", support.mode(path))
      opens(path, rsa, bytes)
      opens(path, ec, bytes)
    end)
  end

  it("is known by its content's format", function()
    local media = assert(receive(must("base64 -w 0 " .. support.medium_path "photo.jpg"), 1000))
    assert.equal("jpeg", media.photo.format)
    assert.equal("image/jpeg", media.photo.mime)
  end)

  it("shows when a byte of it was changed", function()
    local path = folder .. "/message"
    local message = assert(core.encrypt(("a"):rep(100000), both))
    for _, at in ipairs { 1000, 50000, #message - 10 } do
      local changed = string.char((message:byte(at) + 1) % 256)
      support.write_file(path, message:sub(1, at - 1) .. changed .. message:sub(at + 1))
      assert.is_false((select(2, certificates.decrypt(path, rsa))))
    end
  end)

  it("and damaged at its end is text as it came, and no file", function()
    for _, size in ipairs { 0, 4, 4092, 163840, 163844, 999996 } do
      local text = ("QUJD"):rep(size / 4) .. "QU*D"
      local media, damaged = receive(text, 65536)
      assert.is_nil(next(media))
      assert.same({ "BASE64_FOREIGN", size + 2, true },
        { damaged.photo.code, damaged.photo.offset, damaged.photo.exact })
      assert.is_true(damaged.photo.data == text)
      assert.equal("", must(("ls %s/photo 2>/dev/null || :"):format(folder)))
    end
  end)

  it("in memory is not encrypted: nothing of it is stored", function()
    local answer = assert(core.answer { files = { { name = "photo" } }, recipients = both, unique = {},
      max_envelope = 1000, max_media = 1000, hashes = { "sha256" } })
    assert(answer:feed '{"photo":"QUJD"}')
    local photo = assert(answer:keep()).photo
    assert.same({ "ABC", nil }, { photo.data, photo.stored })
  end)

  it("needs certificates that can be read", function()
    local answer, failure = core.answer { files = {}, recipients = "nobody", unique = {}, max_envelope = 1000,
      max_media = 1000 }
    assert.is_nil(answer)
    assert.equal("CERTIFICATE_UNREADABLE", failure.status)
  end)
end)

describe("a key", function()
  local folder, rsa, other
  setup(function()
    folder = support.folder()
    rsa, other = certificates.make(folder, "rsa", "rsa"), certificates.make(folder, "other", "ec")
    support.write_file(folder .. "/bytes", ("abc\0"):rep(50000))
  end)
  teardown(function() support.remove_folder(folder) end)

  -- What openssl makes of the bytes for the certificate.
  local function message_of(cipher)
    must(("openssl cms -encrypt -binary -%s -outform DER -in %s/bytes -out %s/message %s"):format(
      cipher, folder, folder, rsa.pem))
    return support.read_file(folder .. "/message")
  end

  local function refused(status, key, message)
    local bytes, failure = key:open(message)
    assert.same({ nil, status }, { bytes, failure.status })
  end

  it("opens what openssl has encrypted for its certificate, whether that is known or not", function()
    for _, certificate in ipairs { false, rsa.pem } do
      local key = assert(core.decryption(rsa.key, certificate or nil))
      assert.is_true(key:open(message_of "aes-256-gcm") == support.read_file(folder .. "/bytes"))
      key = nil -- luacheck: ignore 311
      collectgarbage()
    end
  end)

  it("opens nothing that was changed, that is none, or that may have been changed unseen", function()
    local key, message = assert(core.decryption(rsa.key)), message_of "aes-256-gcm"
    for _, at in ipairs { 100000, #message } do
      local changed = string.char((message:byte(at) + 1) % 256)
      refused("CIPHERTEXT_DAMAGED", key, message:sub(1, at - 1) .. changed .. message:sub(at + 1))
    end
    for _, other_message in ipairs { "", "face", message:sub(1, -100), (message_of "aes-256-cbc") } do
      refused("CIPHERTEXT_DAMAGED", key, other_message)
    end
    refused("KEY_UNFIT", assert(core.decryption(other.key)), message)
  end)

  it("and its certificate are files that can be read", function()
    for _, case in pairs { { "KEY_UNREADABLE", folder .. "/nothing" }, { "KEY_UNREADABLE", rsa.pem },
      { "CERTIFICATE_UNREADABLE", rsa.key, folder .. "/nothing" }, { "CERTIFICATE_UNREADABLE", rsa.key, rsa.key } } do
      local key, failure = core.decryption(case[2], case[3])
      assert.same({ nil, case[1] }, { key, failure.status })
    end
  end)
end)
