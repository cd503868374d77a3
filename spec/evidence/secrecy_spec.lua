-- Archives whose bundles are encrypted: who can open them, what lies in clear, and what never does.

local archives = require "help.archives"
local archiving = require "help.archiving"
local certificates = require "help.certificates"
local cli = require "help.cli"
local facequery = require "facequery"
local support = require "help.support"

local json_of, must, order = archiving.json_of, support.must, support.order

describe("an encrypted archive", function()
  local folder, audit, media, keys
  setup(function()
    keys = support.folder()
    audit, media = certificates.make(keys, "audit", "ec"), certificates.make(keys, "media", "rsa")
  end)
  teardown(function() support.remove_folder(keys) end)
  local own
  before_each(function()
    own = archiving.new()
    folder = own.folder
  end)
  after_each(function() own:remove() end)

  -- The digest of what a recipient's key makes of a bundle's file; nil where it does not open it.
  local function content_of(path, certificate)
    local opened, is_open = certificates.decrypt(path, certificate)
    local digest = is_open and support.sha256(opened) or nil
    local text = is_open and support.read_file(opened) or nil
    os.remove(opened)
    return digest, text
  end

  it("has each file as a CMS message, which openssl opens for each recipient", function()
    local bundle = assert(own:archive(order "verified", { encrypt_to = { audit.pem, media.pem }, hashes = { "sm3" } }))
    assert.equal("manifest.json\nmanifest.json.cms\nphoto.jpg.cms\nrecord.json.cms\nvideo.mp4.cms",
      must("LC_ALL=C ls " .. bundle.path))
    local manifest = json_of(bundle.path .. "/manifest.json")
    for _, recipient in ipairs { audit, media } do
      for _, name in ipairs { "photo.jpg", "video.mp4" } do
        local path = ("%s/%s.cms"):format(bundle.path, name)
        local entry, digest = manifest.files[name .. ".cms"], content_of(path, recipient)
        assert.equal(support.sha256(support.medium_path(name)), digest)
        assert.equal(digest, entry.content.sha256)
        assert.equal(must("openssl sm3 -r " .. support.medium_path(name)):match "^%x+", entry.content.sm3)
        assert.equal(must("openssl sm3 -r " .. path):match "^%x+", entry.sm3)
        assert.equal(#support.medium(name), entry.content.size)
        assert.equal(support.sha256(path), entry.sha256)
      end
      local inner = require("cjson").decode((select(2, content_of(bundle.path .. "/manifest.json.cms", recipient))))
      local digest, record = content_of(bundle.path .. "/record.json.cms", recipient)
      assert.equal(digest, inner.files["record.json"].sha256)
      assert.equal(bundle.order_no, require("cjson").decode(record).orderNo)
      assert.equal(bundle.order_no, inner.order_no)
      assert.same({ "photo.jpg", "video.mp4" }, { inner.rebuild[1].file, inner.rebuild[2].file })
    end
    own:is_sound()
  end)

  it("tells in clear whose it is, but nothing of the answer, and no digest that a text could be guessed by", function()
    local order_no = order "verified"
    local bundle = assert(own:archive(order_no, { encrypt_to = { audit.pem } }))
    local text = support.read_file(bundle.path .. "/manifest.json")
    local manifest = require("cjson").decode(text)
    local names = {}
    for name in pairs(manifest) do
      names[#names + 1] = name
    end
    table.sort(names)
    assert.equal("code encryption facequery fetched_at files format order_no", table.concat(names, " "))
    assert.is_nil(manifest.files["record.json.cms"].content)
    assert.is_nil(manifest.files["manifest.json.cms"].content)
    local subject = must(("openssl x509 -in %s -noout -issuer -nameopt RFC2253"):format(audit.pem)):match "=(.*)$"
    local serial = must(("openssl x509 -in %s -noout -serial"):format(audit.pem)):match "=(.*)$"
    local recipient = manifest.encryption.media[1]
    assert.same({ subject, serial, "ECDH-SHA256" }, { recipient.issuer, recipient.serial, recipient.algorithm })
    assert.same(manifest.encryption.media, manifest.encryption.record)
    assert.same({ "CMS AuthEnvelopedData", "AES-256-GCM" },
      { manifest.encryption.container, manifest.encryption.content })
  end)

  it("has photo and video for others than the record, where that is wanted", function()
    local bundle = assert(own:archive(order "badbase64",
      { encrypt_to = { audit.pem }, encrypt_media_to = { media.pem }, incomplete = true }))
    for name, reader in pairs { ["photo.base64.cms"] = media, ["video.mp4.cms"] = media, ["record.json.cms"] = audit,
      ["manifest.json.cms"] = audit } do
      local other = reader == media and audit or media
      assert.is_string(content_of(bundle.path .. "/" .. name, reader), name)
      assert.is_nil(content_of(bundle.path .. "/" .. name, other), name)
    end
  end)

  it("has the text of a damaged file as it came, encrypted, too", function()
    local plain = assert(own:archive(order "badbase64", { incomplete = true }))
    own.dir = folder .. "/secret"
    local bundle, err = own:archive(order "badbase64", { encrypt_to = { audit.pem } })
    assert.is_nil(bundle)
    assert.same({ "BASE64_FOREIGN", 1000 }, { err.code, err.offset })
    local path = err.bundle.path
    assert.equal(support.sha256(plain.path .. "/photo.base64"), content_of(path .. "/photo.base64.cms", audit))
    assert.same({ code = "BASE64_FOREIGN", offset = 1000, exact = true, file = "photo.base64.cms" },
      json_of(path .. "/manifest.json").damaged.photo)
    assert.same({}, (support.verify(own.dir)))
  end)

  it("is verified without a key, counted, and names what was altered", function()
    local bundle = assert(own:archive(order "verified", { encrypt_to = { audit.pem } }))
    local counted = cli.records((cli.run { "count", "--json", own.dir }))
    assert.same({ 1, 1 }, { counted[#counted].bundles, counted[#counted].faces })
    local path = bundle.path .. "/photo.jpg.cms"
    local bytes = support.read_file(path)
    support.write_file(path, bytes:sub(1, 5000) .. "x" .. bytes:sub(5002))
    local problems = support.verify(own.dir)
    assert.equal(1, #problems)
    assert.matches("photo%.jpg%.cms: other content than the manifest says$", problems[1])
    assert.is_nil(content_of(path, audit))
  end)

  it("takes what is incomplete, and says so in clear", function()
    local bundle = assert(own:archive(order "nomedia", { encrypt_to = { audit.pem }, incomplete = true, attempts = 1 }))
    assert.same({ "photo", "video" }, json_of(bundle.path .. "/manifest.json").missing)
    assert.equal("manifest.json\nmanifest.json.cms\nrecord.json.cms", must("LC_ALL=C ls " .. bundle.path))
    own:is_sound()
  end)

  it("encrypts what a transport of one's own returns in memory, and gives it no path", function()
    local photo = support.medium "photo.jpg"
    local paths = {}
    local client = assert(facequery.new { retries = 0, transport = function(request)
      for _, file in ipairs(request.files) do
        paths[#paths + 1] = file.path
      end
      return archiving.answer_of("66660004", { photo = { data = photo, size = #photo, format = "jpeg",
        mime = "image/jpeg" } })
    end })
    local bundle = assert(client:archive { order_no = "a1", dir = own.dir, attempts = 1,
      encrypt_to = { audit.pem } })
    assert.same({}, paths)
    assert.equal(support.sha256(support.medium_path "photo.jpg"), content_of(bundle.path .. "/photo.jpg.cms", audit))
    assert.same({}, (support.verify(own.dir)))
  end)

  it("keeps nothing that a transport of one's own has written as it is", function()
    local client = assert(facequery.new { retries = 0, transport = function()
      support.write_file(folder .. "/own", "face")
      return archiving.answer_of("66660004", { photo = { path = folder .. "/own", size = 4, mime = "image/jpeg",
        sha256 = support.sha256(folder .. "/own") } })
    end })
    local bundle, err = client:archive { order_no = "a1", dir = own.dir, attempts = 1, encrypt_to = { audit.pem } }
    assert.same({ nil, "BAD_TRANSPORT" }, { bundle, err.code })
    assert.same({}, support.bundles(own.dir))
  end)

  for name, case in pairs {
    expired = { "CERTIFICATE_EXPIRED", "rsa", { to = "20240101000000Z" } },
    signing = { "CERTIFICATE_UNFIT", "rsa", { usage = "digitalSignature" } },
  } do
    it("is not begun for a certificate that is refused: " .. name, function()
      local bad, order_no = certificates.make(keys, name, case[2], case[3]), order "verified"
      local bundle, err = own:archive(order_no, { encrypt_to = { audit.pem, bad.pem } })
      assert.same({ nil, case[1], bad.pem }, { bundle, err.code, err.field })
      local iterator
      iterator, err = own.client:each({ order_no }, { dir = own.dir, encrypt_to = { audit.pem },
        encrypt_media_to = { bad.pem } })
      assert.same({ nil, case[1] }, { iterator, err.code })
      support.write_file(folder .. "/orders", order_no .. "\n")
      local _, messages, status = archives.run(folder .. "/orders", own.dir, "--encrypt-to " .. bad.pem)
      assert.equal(7, status)
      cli.has(case[1], messages)
      assert.equal(0, support.queries(order_no))
      assert.equal("", must(("ls %s 2>/dev/null || :"):format(own.dir)))
    end)
  end

  it("takes recipients of the media beside those of the record alone", function()
    local bundle, err = own:archive(order "verified", { encrypt_media_to = { audit.pem } })
    assert.same({ nil, "INVALID_SETTING", "encrypt_media_to" }, { bundle, err.code, err.field })
    bundle, err = own:archive(order "verified", { encrypt_to = {} })
    assert.same({ nil, "INVALID_SETTING", "encrypt_to" }, { bundle, err.code, err.field })
  end)
end)

describe("the command archive with --encrypt-to", function()
  local folder, dir, list, audit
  before_each(function()
    folder, dir, list = archives.begin()
    audit = certificates.make(folder, "audit", "rsa")
  end)
  after_each(function() support.remove_folder(folder) end)

  -- Bytes from the beginning and the middle of photo and video, as strace prints them with -xx; and of the record's
  -- text and the photo's base64.
  local function tell_tales()
    local tales = {}
    for _, name in ipairs { "photo.jpg", "photo.png", "video.mp4" } do
      local bytes = support.medium(name)
      for _, at in ipairs { 1, math.floor(#bytes / 2), #bytes - 40 } do
        tales[#tales + 1] = bytes:sub(at, at + 15)
      end
    end
    tales[#tales + 1] = must("base64 -w 0 " .. support.medium_path "photo.jpg"):sub(2001, 2040)
    tales[#tales + 1] = '"similarity"'
    return tales
  end

  it("writes no byte of a face in clear, also where it is killed", function()
    local orders = {}
    for i = 1, 24 do
      orders[i] = order(({ "verified", "badbase64", "late", "png", "rejected", "escaped" })[i % 6 + 1])
    end
    archives.write_list(list, orders)
    local arguments = ("--encrypt-to %s --incomplete --interval 0.01 --jobs 4"):format(audit.pem)
    local traces = {}
    for round = 1, 3 do
      traces[round] = ("%s/trace%d"):format(folder, round)
      local process = support.start(("strace -f -qq -xx -s 2000000 -o %s -e trace=%s %s"):format(traces[round],
        "write,writev,pwrite64,pwritev,pwritev2,sendfile,splice,copy_file_range,prctl,prlimit64",
        cli.words(("archive --from %s --out %s %s"):format(list, dir, arguments))))
      if round < 3 then
        process.wait_for(dir .. "/")
        must(("pkill -KILL -P %s || :"):format(process.pid))
      end
      process.wait(120)
    end
    archives.holds(dir, orders)
    local text = {}
    for i, path in ipairs(traces) do
      text[i] = support.read_file(path)
      -- The core dumps are off before anything is fetched.
      assert.matches("prctl%(PR_SET_DUMPABLE, SUID_DUMP_DISABLE%) = 0", text[i])
      assert.matches("RLIMIT_CORE, {rlim_cur=0,", text[i])
    end
    local all = table.concat(text)
    local function as_traced(bytes)
      return (bytes:gsub(".", function(char) return ("\\x%02x"):format(char:byte()) end))
    end
    -- What is encrypted is seen to be written, and the log, which is not, to be found.
    assert.is_truthy(all:find(as_traced '"action":"archived"', 1, true))
    assert.is_truthy(all:find(as_traced '"encryption":{', 1, true))
    for _, bytes in ipairs(tell_tales()) do
      assert.is_falsy(all:find(as_traced(bytes), 1, true))
    end
  end)
end)
