-- One order's evidence as a folder: what is in it, and that it is there whole or not at all.

local archiving = require "help.archiving"
local bundles = require "facequery.evidence.bundle"
local cjson = require "cjson"
local evidence = require "facequery.evidence"
local facequery = require "facequery"
local servers = require "help.servers"
local support = require "help.support"

local answer_of, json_of, PHOTO = archiving.answer_of, archiving.json_of, archiving.PHOTO
local must, order, quote = support.must, support.order, support.quote
local unpack = table.unpack or unpack

describe("a bundle", function()
  local one
  before_each(function() one = archiving.new() end)
  after_each(function() one:remove() end)

  it("has the record, the photo, the video and a manifest", function()
    local order_no = order "verified"
    local bundle, err = one:archive(order_no)
    assert.is_nil(err)
    local path = ("%s/%s/%s"):format(one.dir, must "TZ=Asia/Shanghai date +%Y/%m/%d", order_no)
    assert.equal("manifest.json\nphoto.jpg\nrecord.json\nvideo.mp4", support.list(path))
    assert.same({
      order_no = order_no, path = path, code = "0", existing = false,
      manifest = must(("sha256sum %s/manifest.json"):format(path)):match "^%x+",
    }, bundle)
    assert.is_true(support.read_file(path .. "/photo.jpg") == support.medium "photo.jpg")
    assert.is_true(support.read_file(path .. "/video.mp4") == support.medium "video.mp4")
    one:is_sound()
  end)

  it("names the files by what is in them", function()
    for word, name in pairs { png = "photo.png", verified = "photo.jpg" } do
      local order_no = order(word)
      local bundle = assert(one:archive(order_no))
      local media = must(("file --brief --mime-type %s/%s"):format(bundle.path, name))
      assert.equal(name == "photo.png" and "image/png" or "image/jpeg", media)
    end
    -- A photo without a byte is nothing that has a type.
    local bundle = assert(one:archive(order "size1x20n"))
    assert.equal("manifest.json\nphoto.bin\nrecord.json\nvideo.mp4", support.list(bundle.path))
  end)

  it("says in the manifest what the files are: size, type and digests", function()
    local bundle = assert(one:archive(order "verified", { hashes = { "sha256", "sm3" } }))
    local manifest = json_of(bundle.path .. "/manifest.json")
    local types = { ["record.json"] = "application/json", ["photo.jpg"] = "image/jpeg", ["video.mp4"] = "video/mp4" }
    for name, mime in pairs(types) do
      local path = bundle.path .. "/" .. name
      assert.same({
        size = tonumber(must("stat -c %s " .. path)),
        mime = mime,
        sha256 = must("sha256sum " .. path):match "^%x+",
        sm3 = must("openssl dgst -sm3 -r " .. path):match "^%x+",
      }, manifest.files[name])
      manifest.files[name] = nil
    end
    assert.same({}, manifest.files)
    one:is_sound()
  end)

  it("has SHA-256 alone where SM3 was not asked for", function()
    local bundle = assert(one:archive(order "size40x60n"))
    for _, entry in pairs(json_of(bundle.path .. "/manifest.json").files) do
      assert.equal(64, #entry.sha256)
      assert.is_nil(entry.sm3)
    end
  end)

  it("says in the manifest about whom, when and from where", function()
    local order_no = order "verified"
    local before = must "date -u +%Y-%m-%dT%H:%M:%SZ"
    local bundle = assert(one:archive(order_no))
    local after = must "date -u +%Y-%m-%dT%H:%M:%SZ"
    local manifest, record = json_of(bundle.path .. "/manifest.json"), json_of(bundle.path .. "/record.json")
    assert.equal("facequery-evidence/1", manifest.format)
    assert.equal(order_no, manifest.order_no)
    assert.equal("0", manifest.code)
    assert.equal(support.env "BASE_URL", manifest.source)
    assert.equal(facequery._VERSION, manifest.facequery)
    assert.same({ "99", "88.01" }, { manifest.liveRate, manifest.similarity })
    for _, name in ipairs { "bizSeqNo", "occurredTime", "transactionTime" } do
      assert.is_string(manifest[name])
      assert.equal(record[name], manifest[name])
    end
    local times = { before, manifest.fetched_at, after }
    table.sort(times, function(a, b) return tonumber((a:gsub("%D", ""))) < tonumber((b:gsub("%D", ""))) end)
    assert.equal(manifest.fetched_at, times[2])
  end)

  it("keeps every field as it was sent, whatever its name and type, but for the files", function()
    local bundle = assert(one:archive(order "unknownfields"))
    local record = json_of(bundle.path .. "/record.json")
    assert.same({ 99, 88.01 }, { record.liveRate, record.similarity })
    assert.equal("🙂 \0 \"}{][,:\\ 新", record.newText)
    assert.same({ 1, "two", { 3 }, { four = 4 }, cjson.null }, { unpack(record.newList, 1, 5) })
    assert.equal(-1.25e-7, record.newNumber)
    assert.equal("not the photo", record.newObject.photo)
    assert.same({ true, false }, { record.newTrue, record.newFalse })
    assert.is_nil(record.photo)
    assert.is_nil(record.video)
  end)

  it("keeps the answer to the last digit in its manifest, which a parser's numbers do not", function()
    local answer = '{"code":"0","orderNo":"a1","time":1732440000123456789,"none":[],"nil":null,'
      .. '"photo":"%s","video":"%s"}'
    local http = one:serve(answer:format("/9j/", "AAAA"))
    local bundle, err = assert(facequery.new { base_url = http.url }):archive { order_no = "a1", dir = one.dir }
    http:stop()
    assert.is_nil(err)
    assert.equal(answer:format("", ""), json_of(bundle.path .. "/manifest.json").answer)
    one:is_sound()
  end)

  it("has the digest of each answer as it came over the wire", function()
    -- Two answers of the spec's own: without the files, and with an odd spelling of them.
    local bodies = {
      '{ "code" : "0",\n"result":{"orderNo":"a1","photo":null},"transactionTime":"20220329111740"}\n\n',
      '{"code":"0","msg":"\\u8bf7\\u6c42","result":{"orderNo":"a1","photo":"\\/9j\\/4AAQ\\r\\nSkZJRg==",'
        .. '"video":"data:video/mp4;base64,AAAAIGZ0eXBpc29t"}}',
    }
    support.write_file(one.folder .. "/1", bodies[1])
    support.write_file(one.folder .. "/2", bodies[2])
    local http = servers.nginx {
      http = "lua_shared_dict asked 100k;",
      server = ([[
        location = /api/v2/base/queryfacerecord {
          content_by_lua_block {
            local file = io.open("%s/" .. ngx.shared.asked:incr("count", 1, 0), "rb")
            ngx.print(file:read("*a"))
          }
        }]]):format(one.folder),
    }
    local own = assert(facequery.new { base_url = http.url })
    local bundle, err = own:archive { order_no = "a1", dir = one.dir, interval = 0 }
    http:stop()
    assert.is_nil(err)
    local manifest = json_of(bundle.path .. "/manifest.json")
    assert.same({
      must(("sha256sum %s/1"):format(one.folder)):match "^%x+",
      must(("sha256sum %s/2"):format(one.folder)):match "^%x+",
    }, manifest.responses)
    assert.equal('{"code":"0","msg":"\\u8bf7\\u6c42","result":{"orderNo":"a1","photo":"","video":""}}', manifest.answer)
    assert.equal(http.url, manifest.source)
    assert.equal("\255\216\255\224\0\16JFIF", support.read_file(bundle.path .. "/photo.jpg"))
    assert.equal("\0\0\0\32ftypisom", support.read_file(bundle.path .. "/video.mp4"))
    one:is_sound()
  end)

  it("says what stood in a file's place and was none", function()
    local text = '{"code":"66660004","orderNo":"a1","photo":["QUJD"],"video":"  "}'
    local bundle = assert(one:archive_answers { { status = 200, envelope = text, media = {} } })
    local content = json_of(bundle.path .. "/manifest.json")
    assert.same({ "photo", "video" }, content.odd)
    assert.same({ "photo", "video" }, content.missing)
    one:is_sound()
  end)

  it("has the digests that a transport has left out", function()
    local bundle = assert(one:archive_answers { answer_of("0", { photo = PHOTO, video = PHOTO }) })
    assert.equal(must(("sha256sum %s/photo.jpg"):format(bundle.path)):match "^%x+",
      json_of(bundle.path .. "/manifest.json").files["photo.jpg"].sha256)
    one:is_sound()
  end)

  it("is made of media in memory, too, which a transport of a user's own may bring", function()
    local transport, close = require("facequery.transport.curl").new()
    local own = assert(facequery.new { transport = function(request)
      for _, file in ipairs(request.files) do
        file.path = nil
      end
      return transport(request)
    end })
    local bundle, err = own:archive { order_no = order "verified", dir = one.dir }
    close()
    assert.is_nil(err)
    assert.is_true(support.read_file(bundle.path .. "/photo.jpg") == support.medium "photo.jpg")
    assert.is_true(support.read_file(bundle.path .. "/video.mp4") == support.medium "video.mp4")
    assert.equal("", must(("find %s -type f ! -perm 0600"):format(one.dir)))
    one:is_sound()
  end)

  it("of an order with a damaged file holds what is good, and the rest as it came", function()
    for word, expected in pairs {
      badbase64 = { code = "BASE64_FOREIGN", offset = 1000, file = "photo.base64", exact = true },
      cutbase64 = { code = "BASE64_CUT", file = "photo.base64", exact = true },
    } do
      local order_no = order(word)
      local bundle, err = one:archive(order_no)
      assert.is_nil(bundle)
      assert.same({ "media", expected.code, "photo", order_no, false },
        { err.kind, err.code, err.field, err.orderNo, err.bundle.existing })
      local path = err.bundle.path
      assert.equal("manifest.json\nphoto.base64\nrecord.json\nvideo.mp4", support.list(path))
      local content = json_of(path .. "/manifest.json")
      assert.same({ photo = expected }, content.damaged)
      assert.is_nil(content.missing)
      assert.equal("0", content.code)
      assert.equal(support.medium "video.mp4", support.read_file(path .. "/video.mp4"))
      assert.equal(must(("sha256sum %s/photo.base64"):format(path)):sub(1, 64), content.files["photo.base64"].sha256)
      -- The photo's base64, with the damage that the sandbox does to it.
      local text = support.read_file(path .. "/photo.base64")
      support.write_file(one.folder .. "/photo", support.medium "photo.jpg")
      local whole = must(("base64 -w 0 %s/photo"):format(one.folder))
      assert.equal(whole:sub(1, 1000), text:sub(1, 1000))
      one:is_sound()

      -- The next run finds it, and says the same; where what is incomplete will do, it is done.
      assert.is_nil(one:archive(order_no))
      err = select(2, one:archive(order_no))
      assert.same({ expected.code, true }, { err.code, err.bundle.existing })
      bundle = assert(one:archive(order_no, { incomplete = true }))
      assert.same({ "0", true, path }, { bundle.code, bundle.existing, bundle.path })
      assert.equal(1, support.queries(order_no))
    end
    local bundle = assert(one:archive(order "badbase64", { incomplete = true }))
    assert.equal("BASE64_FOREIGN", bundle.damaged.photo.code)
  end)

  it("is for its owner alone, whatever the umask", function()
    for _, mask in ipairs { "000", "022", "077" } do
      local order_no = order "verified"
      local output, status = support.start("sh -c " .. quote(("umask %s; exec %s"):format(mask,
        support.lua_command(([[
          local client = require("facequery").new()
          print(client:archive { order_no = %q, dir = %q })
        ]]):format(order_no, one.dir .. mask))))).wait()
      assert.equal(0, status, output)
      assert.equal(4, tonumber(must(("ls %s | wc -l"):format(support.bundle_path(one.dir .. mask, order_no)))))
      assert.equal("", must(("find %s%s -type d ! -perm 0700 -o -type f ! -perm 0600"):format(one.dir, mask)))
    end
  end)

  it("appears whole: whoever looks on sees all of its files or none", function()
    local orders = {}
    for i = 1, 30 do
      orders[i] = order "size20x20n"
    end
    must("mkdir " .. one.dir)
    local watcher = support.start("sh -c " .. quote(([[
      while :; do for folder in %s/*/*/*/*/; do
        [ -d "$folder" ] && [ "$(ls "$folder" | wc -l)" != 4 ] && echo "$folder"
      done; done]]):format(one.dir)))
    for _, bundle in one.client:each(orders, { dir = one.dir, concurrency = 4 }) do
      assert.is_false(bundle.existing)
    end
    watcher.kill()
    assert.is_nil(watcher.wait():find(one.dir, 1, true))
  end)

  it("is made offline, of a record and its answers that are handed over", function()
    local place = assert(evidence.open(one.dir))
    local draft = assert(place:begin "a1")
    local made = assert(bundles.keep(place, draft, {
      record = { code = "66660004", orderNo = "a1", photo = PHOTO },
      answers = { { envelope = "{}" }, { envelope = '{"code":"66660004"}', sha256 = ("ab"):rep(32) } },
      source = "https://localhost",
      hashes = { "sha256" },
    }))
    place:close()
    local content = json_of(made.path .. "/manifest.json")
    assert.same({ "66660004", '{"code":"66660004"}', "https://localhost", { ("ab"):rep(32) }, { "video" } },
      { content.code, content.answer, content.source, content.responses, content.missing })
    made.existing = true
    assert.same(made, bundles.find(evidence.at(one.dir), "a1"))
    one:is_sound()
  end)

  describe("that can't be written", function()
    local mounted
    after_each(function()
      if mounted then
        support.unmount(mounted)
        mounted = nil
      end
    end)

    local function mount(path, options)
      must("mkdir -p " .. quote(path))
      if support.mount(path, options) then
        mounted = path
        return true
      end
      pending "needs to mount"
    end

    local function fails(order_no, detail)
      local bundle, err = one:archive(order_no)
      assert.is_nil(bundle)
      assert.same({ "storage", "FILE_UNWRITABLE", detail, order_no }, { err.kind, err.code, err.detail, err.orderNo })
    end

    it("for a full disk, is an error, and leaves nothing", function()
      if mount(one.dir, "size=600k") then
        fails(order "size100kx2mn", "No space left on device")
        assert.equal(".lock", support.list(one.dir))
        assert(one:archive(order "size100kx100kn"))
        one:is_sound()
      end
    end)

    it("for a read-only folder, is an error", function()
      if mount(one.dir, "ro,size=600k") then
        local order_no = order "verified"
        fails(order_no, "Read-only file system")
        assert.equal(0, support.queries(order_no))
        assert.equal("", support.list(one.dir))
      end
    end)

    it("because a folder is in the way or missing, is an error", function()
      support.write_file(one.dir, "a file")
      fails(order "verified", "Not a directory")
      one.dir = one.dir .. "none/evidence"
      fails(order "verified", "No such file or directory")
    end)

    it("to the log, is taken back; the next run archives it", function()
      local first, second = order "size40x60n", order "size40x60n"
      assert(one:archive(first))
      local log = one.dir .. "/index.jsonl"
      if support.shell(("mount --bind %s %s && mount -o remount,ro,bind %s"):format(log, log, log)) ~= "" then
        return pending "needs to mount"
      end
      mounted = log
      fails(second, "Read-only file system")
      assert.same({ first }, support.bundles(one.dir))
      one:is_sound()
      support.unmount(log)
      mounted = nil
      assert(one:archive(second))
      assert.equal(2, #support.log(one.dir))
      one:is_sound()
    end)
  end)
end)
