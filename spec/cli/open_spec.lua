-- facequery open: what a key opens, and what the log is told before.

local archiving = require "help.archiving"
local certificates = require "help.certificates"
local cli = require "help.cli"
local support = require "help.support"

local must, order = support.must, support.order

describe("the command open", function()
  local own, keys, audit, media, other, out
  setup(function()
    keys = support.folder()
    audit, media = certificates.make(keys, "audit", "ec"), certificates.make(keys, "media", "rsa")
    other = certificates.make(keys, "other", "rsa")
  end)
  teardown(function() support.remove_folder(keys) end)
  before_each(function()
    own = archiving.new()
    out = own.folder .. "/out"
  end)
  after_each(function() own:remove() end)

  -- Its output, messages and status.
  local function open(order_no, key, arguments)
    return cli.shell(("open %s --from %s --key %s --out %s %s"):format(order_no, own.dir, key, out,
      arguments or "--why 'case 12'"))
  end

  it("writes a plain bundle's files, whose manifest tells them, and a line in the log before", function()
    local bundle = assert(own:archive(order "verified", { encrypt_to = { audit.pem, media.pem } }))
    local output, messages, status = open(bundle.order_no, audit.key)
    assert.same({ "", 0 }, { messages, status })
    local names = "manifest.json\nphoto.jpg\nrecord.json\nvideo.mp4"
    assert.equal(names, must("LC_ALL=C ls " .. out))
    assert.equal(names:gsub("[^\n]+", out .. "/%0"), output)
    for name, entry in pairs(archiving.json_of(out .. "/manifest.json").files) do
      assert.equal(entry.sha256, support.sha256(out .. "/" .. name))
    end
    assert.equal(support.sha256(support.medium_path "photo.jpg"), support.sha256(out .. "/photo.jpg"))
    assert.equal("600", support.mode(out .. "/photo.jpg"))
    local line = support.log(own.dir)[2]
    assert.same({ "opened", bundle.order_no, bundle.manifest, "case 12" },
      { line.action, line.order_no, line.manifest, line.why })
    assert.equal(must "echo $(id -un)@$(uname -n)", line.who)
    assert.matches("^%d%d%d%d%-%d%d%-%d%dT%d%d:%d%d:%d%dZ$", line.time)
    assert.same({}, (support.verify(own.dir)))
  end)

  it("leaves the archive as it was to its next runs", function()
    local bundle = assert(own:archive(order "verified", { encrypt_to = { audit.pem } }))
    assert.equal(0, select(3, open(bundle.order_no, audit.key, "--why a --cert " .. audit.pem)))
    assert.is_true(assert(own:archive(bundle.order_no, { encrypt_to = { audit.pem } })).existing)
    own:must_archive()
    assert.equal(2, own:mend().bundles)
  end)

  it("opens what is for the key, and says what is for others", function()
    local bundle = assert(own:archive(order "verified",
      { encrypt_to = { audit.pem }, encrypt_media_to = { media.pem } }))
    local _, messages, status = open(bundle.order_no, media.key)
    assert.equal(0, status)
    assert.equal("manifest.json.cms: encrypted for other keys\nrecord.json.cms: encrypted for other keys", messages)
    assert.equal("photo.jpg\nvideo.mp4", must("LC_ALL=C ls " .. out))
  end)

  it("with a key that does not fit writes nothing, and fails; the log has it all the same", function()
    local bundle = assert(own:archive(order "verified", { encrypt_to = { media.pem } }))
    for _, key in ipairs { other.key, audit.key } do
      local output, messages, status = open(bundle.order_no, key)
      assert.same({ "", 7 }, { output, status })
      cli.has("photo.jpg.cms: encrypted for other keys", messages)
    end
    assert.equal("", must("ls " .. out))
    assert.equal(3, #support.log(own.dir))
  end)

  it("names a file that was changed, and gives nothing of it out", function()
    local bundle = assert(own:archive(order "verified", { encrypt_to = { audit.pem } }))
    local path = bundle.path .. "/video.mp4.cms"
    local bytes = support.read_file(path)
    support.write_file(path, bytes:sub(1, 5000) .. "x" .. bytes:sub(5002))
    local _, messages, status = open(bundle.order_no, audit.key)
    assert.equal(7, status)
    cli.has("video.mp4.cms: the encrypted file is damaged or was changed (storage CIPHERTEXT_DAMAGED)", messages)
    assert.equal("manifest.json\nphoto.jpg\nrecord.json", must("LC_ALL=C ls " .. out))
  end)

  it("opens nothing where the log can't be written", function()
    local bundle = assert(own:archive(order "verified", { encrypt_to = { audit.pem } }))
    must(("mv %s %s.moved && mkdir %s"):format(own.log, own.log, own.log))
    local output, _, status = open(bundle.order_no, audit.key)
    assert.same({ "", 7 }, { output, status })
    assert.equal("", must(("ls %s 2>/dev/null || :"):format(out)))
  end)

  it("refuses a bundle that is not encrypted, and one that is not there", function()
    local bundle = own:must_archive()
    local _, messages, status = open(bundle.order_no, audit.key)
    assert.equal(7, status)
    cli.has("NOT_ENCRYPTED", messages)
    _, messages, status = open("nothing1", audit.key)
    assert.equal(7, status)
    cli.has("BUNDLE_INVALID", messages)
    assert.equal(1, #support.log(own.dir))
  end)

  it("wants a reason, and a key that can be read", function()
    local bundle = assert(own:archive(order "verified", { encrypt_to = { audit.pem } }))
    assert.equal(2, select(3, open(bundle.order_no, audit.key, " ")))
    local _, messages, status = open(bundle.order_no, audit.key, "--why ' '")
    assert.equal(5, status)
    cli.has("INVALID_SETTING", messages)
    cli.has("why, possible: 1 to 1024 bytes", messages)
    messages = select(2, open(bundle.order_no, audit.key, "--why ' ' --lang zh"))
    cli.has("why，可用值：1 至 1024 字节", messages)
    _, messages, status = open(bundle.order_no, audit.pem)
    assert.equal(7, status)
    cli.has("KEY_UNREADABLE", messages)
    assert.equal(1, #support.log(own.dir))
  end)
end)
