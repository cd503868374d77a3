-- One order's evidence as a folder: what is in it, and that it is there whole or not at all.

local cjson = require "cjson"
local core = require "facequery.core"
local facequery = require "facequery"
local servers = require "help.servers"
local support = require "help.support"

local must, order, quote = support.must, support.order, support.quote
local unpack = table.unpack or unpack

describe("a bundle", function()
  local folder, dir, client
  before_each(function()
    folder = support.folder()
    dir = folder .. "/evidence"
    client = assert(facequery.new())
  end)
  after_each(function()
    client:close()
    support.remove_folder(folder)
  end)

  local function archive(order_no, fields)
    local query = { order_no = order_no, dir = dir, interval = 0.01 }
    for name, value in pairs(fields or {}) do
      query[name] = value
    end
    return client:archive(query)
  end

  local function json_of(path)
    return cjson.decode(support.read_file(path))
  end

  local function is_sound()
    local problems = support.verify(dir)
    assert.same({}, problems)
    assert.is_true(support.is_clean(dir))
  end

  it("has the record, the photo, the video and a manifest", function()
    local order_no = order "verified"
    local bundle, err = archive(order_no)
    assert.is_nil(err)
    assert.equal("manifest.json\nphoto.jpg\nrecord.json\nvideo.mp4", support.list(dir .. "/" .. order_no))
    local path = dir .. "/" .. order_no
    assert.same({
      order_no = order_no, path = path, code = "0", existing = false,
      manifest = must(("sha256sum %s/manifest.json"):format(path)):match "^%x+",
    }, bundle)
    assert.is_true(support.read_file(path .. "/photo.jpg") == support.medium "photo.jpg")
    assert.is_true(support.read_file(path .. "/video.mp4") == support.medium "video.mp4")
    is_sound()
  end)

  it("names the files by what is in them", function()
    for word, name in pairs { png = "photo.png", verified = "photo.jpg" } do
      local order_no = order(word)
      local bundle = assert(archive(order_no))
      local media = must(("file --brief --mime-type %s/%s"):format(bundle.path, name))
      assert.equal(name == "photo.png" and "image/png" or "image/jpeg", media)
    end
    -- A photo without a byte is nothing that has a type.
    local bundle = assert(archive(order "size1x20n"))
    assert.equal("manifest.json\nphoto.bin\nrecord.json\nvideo.mp4", support.list(bundle.path))
  end)

  it("says in the manifest what the files are: size, type and digests", function()
    local bundle = assert(archive(order "verified", { hashes = { "sha256", "sm3" } }))
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
    is_sound()
  end)

  it("has SHA-256 alone where SM3 was not asked for", function()
    local bundle = assert(archive(order "size40x60n"))
    for _, entry in pairs(json_of(bundle.path .. "/manifest.json").files) do
      assert.equal(64, #entry.sha256)
      assert.is_nil(entry.sm3)
    end
  end)

  it("says in the manifest about whom, when and from where", function()
    local order_no = order "verified"
    local before = must "date -u +%Y-%m-%dT%H:%M:%SZ"
    local bundle = assert(archive(order_no))
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
    local bundle = assert(archive(order "unknownfields"))
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

  -- An nginx that has this answer for every query.
  local function server_of(answer)
    support.write_file(folder .. "/answer", answer)
    return servers.nginx { server = ([[
      location = /api/v2/base/queryfacerecord {
        content_by_lua_block { ngx.print(io.open("%s/answer", "rb"):read "*a") }
      }]]):format(folder) }
  end

  it("keeps the answer to the last digit in its manifest, which a parser's numbers do not", function()
    local answer = '{"code":"0","orderNo":"a1","time":1732440000123456789,"none":[],"nil":null,'
      .. '"photo":"%s","video":"%s"}'
    local http = server_of(answer:format("/9j/", "AAAA"))
    local bundle, err = assert(facequery.new { base_url = http.url }):archive { order_no = "a1", dir = dir }
    http:stop()
    assert.is_nil(err)
    assert.equal(answer:format("", ""), json_of(bundle.path .. "/manifest.json").answer)
    is_sound()
  end)

  it("asks with the query version it is told", function()
    local bundle = assert(archive(order "verified", { query_version = "1.0" }))
    assert.equal("1.12.12", json_of(bundle.path .. "/record.json").sdkVersion)
  end)

  it("waits for files that come late", function()
    local order_no = order "late"
    local bundle = assert(archive(order_no))
    assert.equal("manifest.json\nphoto.jpg\nrecord.json\nvideo.mp4", support.list(bundle.path))
    assert.equal(3, support.queries(order_no))
    assert.equal(3, #json_of(bundle.path .. "/manifest.json").responses)
    is_sound()
  end)

  it("has the digest of each answer as it came over the wire", function()
    -- Two answers of the spec's own: without the files, and with an odd spelling of them.
    local bodies = {
      '{ "code" : "0",\n"result":{"orderNo":"a1","photo":null},"transactionTime":"20220329111740"}\n\n',
      '{"code":"0","msg":"\\u8bf7\\u6c42","result":{"orderNo":"a1","photo":"\\/9j\\/4AAQ\\r\\nSkZJRg==",'
        .. '"video":"data:video/mp4;base64,AAAAIGZ0eXBpc29t"}}',
    }
    support.write_file(folder .. "/1", bodies[1])
    support.write_file(folder .. "/2", bodies[2])
    local http = servers.nginx {
      http = "lua_shared_dict asked 100k;",
      server = ([[
        location = /api/v2/base/queryfacerecord {
          content_by_lua_block {
            local file = io.open("%s/" .. ngx.shared.asked:incr("count", 1, 0), "rb")
            ngx.print(file:read("*a"))
          }
        }]]):format(folder),
    }
    local own = assert(facequery.new { base_url = http.url })
    local bundle, err = own:archive { order_no = "a1", dir = dir, interval = 0 }
    http:stop()
    assert.is_nil(err)
    local manifest = json_of(bundle.path .. "/manifest.json")
    assert.same({
      must(("sha256sum %s/1"):format(folder)):match "^%x+",
      must(("sha256sum %s/2"):format(folder)):match "^%x+",
    }, manifest.responses)
    assert.equal('{"code":"0","msg":"\\u8bf7\\u6c42","result":{"orderNo":"a1","photo":"","video":""}}', manifest.answer)
    assert.equal(http.url, manifest.source)
    assert.equal("\255\216\255\224\0\16JFIF", support.read_file(bundle.path .. "/photo.jpg"))
    assert.equal("\0\0\0\32ftypisom", support.read_file(bundle.path .. "/video.mp4"))
    is_sound()
  end)

  it("is made of a rejected order, too, with its files or without", function()
    for word, names in pairs {
      rejected = "manifest.json\nphoto.jpg\nrecord.json\nvideo.mp4",
      rejectednomedia = "manifest.json\nrecord.json",
    } do
      local bundle = assert(archive(order(word)))
      assert.equal("66660004", bundle.code)
      assert.equal(names, support.list(bundle.path))
      assert.equal("66660004", json_of(bundle.path .. "/manifest.json").code)
      assert.equal("66660004", json_of(bundle.path .. "/record.json").code)
      assert.equal("03,12", json_of(bundle.path .. "/record.json").riskInfo.livenessInfoTag)
    end
    assert.equal("66660017", assert(archive(order "code66660017x")).code) -- a risk
    is_sound()
  end)

  it("waits for the files of a rejected order, too", function()
    local order_no = order "rejectedlate"
    local bundle = assert(archive(order_no))
    assert.equal("manifest.json\nphoto.jpg\nrecord.json\nvideo.mp4", support.list(bundle.path))
    assert.equal("66660004", bundle.code)
    assert.equal(3, support.queries(order_no))
    local without = order "rejectednomedia"
    bundle = assert(archive(without))
    assert.same({ "photo", "video" }, json_of(bundle.path .. "/manifest.json").missing)
    assert.equal(3, support.queries(without))
    is_sound()
  end)

  it("is made of any refusal for good that has files: whatever its code, they are evidence", function()
    for _, code in ipairs { "66669999", "66660018", "66660001" } do
      local http = server_of(('{"code":"%s","orderNo":"a%s","photo":"/9j/","video":"AAAA"}'):format(code, code))
      local bundle, err = assert(facequery.new { base_url = http.url }):archive { order_no = "a" .. code, dir = dir }
      http:stop()
      assert.is_nil(err)
      assert.equal(code, bundle.code)
      assert.equal("manifest.json\nphoto.jpg\nrecord.json\nvideo.bin", support.list(bundle.path))
    end
    is_sound()
  end)

  -- Answers of the spec's own, one a query, the last one for all that follow.
  local function archive_answers(answers)
    local asked = 0
    local own = assert(facequery.new { retries = 0, transport = function()
      asked = asked + 1
      local answer = answers[math.min(asked, #answers)]
      return answer.envelope and answer or nil, answer
    end })
    return own:archive { order_no = "a1", dir = dir, interval = 0 }
  end
  local function answer_of(code, media)
    return { status = 200, envelope = ('{"code":"%s","orderNo":"a1"}'):format(code), media = media or {}, time = 0 }
  end
  local PHOTO = { data = "\255\216\255", size = 3, format = "jpeg", mime = "image/jpeg" }

  it("says what stood in a file's place and was none", function()
    local text = '{"code":"66660004","orderNo":"a1","photo":["QUJD"],"video":"  "}'
    local bundle = assert(archive_answers { { status = 200, envelope = text, media = {} } })
    local content = json_of(bundle.path .. "/manifest.json")
    assert.same({ "photo", "video" }, content.odd)
    assert.same({ "photo", "video" }, content.missing)
    is_sound()
  end)

  it("is not made of an order that was verified before it was refused: whatever it brought is not the refusal's",
    function()
      for _, code in ipairs { "400101", "66660011", "66660004" } do
        local bundle, err = archive_answers { answer_of("0", { photo = PHOTO }), answer_of(code) }
        assert.is_nil(bundle)
        assert.equal(code, err.code)
        assert.equal(".lock", support.list(dir))
      end
    end)

  it("is made of the refusal that came, where asking for its files fails", function()
    local bundle = assert(archive_answers { answer_of "66660004", { status = "TRANSPORT", curl = "GOT_NOTHING" } })
    assert.same({ "66660004", "manifest.json\nrecord.json" }, { bundle.code, support.list(bundle.path) })
    is_sound()
  end)

  it("has the digests that a transport has left out", function()
    local bundle = assert(archive_answers { answer_of("0", { photo = PHOTO, video = PHOTO }) })
    assert.equal(must(("sha256sum %s/photo.jpg"):format(bundle.path)):match "^%x+",
      json_of(bundle.path .. "/manifest.json").files["photo.jpg"].sha256)
    is_sound()
  end)

  it("leaves nothing where a transport raises", function()
    local own = assert(facequery.new { transport = function() error {} end })
    local bundle, err = own:archive { order_no = "a1", dir = dir }
    assert.is_nil(bundle)
    assert.same({ "BAD_TRANSPORT", "it raised an error" }, { err.code, err.detail })
    assert.equal(".lock", support.list(dir))
  end)

  it("is not made of a failure that may pass, whatever came with it", function()
    local http = server_of '{"code":"999999","orderNo":"a1","photo":"/9j/","video":"AAAA"}'
    local own = assert(facequery.new { base_url = http.url, retries = 0 })
    local bundle, err = own:archive { order_no = "a1", dir = dir }
    http:stop()
    assert.is_nil(bundle)
    assert.equal("999999", err.code)
    assert.equal(".lock", support.list(dir))
  end)

  it("is made of an order whose files never come only where that was asked for, and says what is missing", function()
    local order_no = order "nomedia"
    local bundle, err = archive(order_no)
    assert.is_nil(bundle)
    assert.equal("MEDIA_PENDING", err.code)
    bundle = assert(archive(order_no, { incomplete = true }))
    assert.equal("0", bundle.code)
    assert.equal("manifest.json\nrecord.json", support.list(bundle.path))
    assert.same({ "photo", "video" }, json_of(bundle.path .. "/manifest.json").missing)
    bundle = assert(archive(order "verified", { incomplete = true }))
    assert.is_nil(json_of(bundle.path .. "/manifest.json").missing)
    is_sound()
  end)

  it("is not made of anything else; the error says why, and nothing is left", function()
    for word, code in pairs {
      nosuch = "66660011", code66660002x = "66660002", nomedia = "MEDIA_PENDING",
      wrongorder = "WRONG_ORDER", cutjson = "JSON_CUT", http404x = "404", code400103x = "400103",
      notjson = "NOT_JSON",
    } do
      local order_no = order(word)
      local bundle, err = archive(order_no)
      assert.is_nil(bundle)
      assert.same({ code, order_no }, { err.code, err.orderNo })
      assert.equal(".lock", support.list(dir))
    end
    local bundle, err = archive "../a1"
    assert.is_nil(bundle)
    assert.equal("INVALID_ORDER_NO", err.code)
  end)

  it("of an order with a damaged file holds what is good, and the rest as it came", function()
    for word, expected in pairs {
      badbase64 = { code = "BASE64_FOREIGN", offset = 1000, file = "photo.base64", exact = true },
      cutbase64 = { code = "BASE64_CUT", file = "photo.base64", exact = true },
    } do
      local order_no = order(word)
      local bundle, err = archive(order_no)
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
      support.write_file(folder .. "/photo", support.medium "photo.jpg")
      local whole = must(("base64 -w 0 %s/photo"):format(folder))
      assert.equal(whole:sub(1, 1000), text:sub(1, 1000))
      is_sound()

      -- The next run finds it, and says the same; where what is incomplete will do, it is done.
      assert.is_nil(archive(order_no))
      err = select(2, archive(order_no))
      assert.same({ expected.code, true }, { err.code, err.bundle.existing })
      bundle = assert(archive(order_no, { incomplete = true }))
      assert.same({ "0", true, path }, { bundle.code, bundle.existing, bundle.path })
      assert.equal(1, support.queries(order_no))
    end
    local bundle = assert(archive(order "badbase64", { incomplete = true }))
    assert.equal("BASE64_FOREIGN", bundle.damaged.photo.code)
  end)

  it("that came to nothing takes no room while its run goes on", function()
    local orders = { order "cutjson", order "nomedia", order "nosuch", order "size30x40n", order "latesize30x40n" }
    local ended, failed = 0, 0
    for _, bundle in client:each(orders, { dir = dir, concurrency = 1, interval = 0.01, attempts = 2 }) do
      ended = ended + 1
      failed = failed + (bundle and 0 or 1)
      if ended == 5 then
        assert.equal(".lock", must(("ls -A %s/.run-*"):format(dir)))
      end
    end
    assert.same({ 5, 4 }, { ended, failed })
    is_sound()
  end)

  it("that is there already is left alone, and nobody is asked", function()
    local order_no = order "size40x60n"
    local first = assert(archive(order_no))
    local function state()
      return must(("cd %s && find . -type f -exec sha256sum {} + | sort && stat -c '%%n %%i %%y' %s/* index.jsonl")
        :format(quote(dir), order_no))
    end
    local before = state()
    core.sleep(0.01)
    first.existing = true
    assert.same(first, archive(order_no))
    assert.equal(before, state())
    assert.equal(1, support.queries(order_no))
  end)

  it("is not taken for there where something else has its name: an error says so, and nobody is asked", function()
    local whole = assert(archive(order "size30x40n"))
    local making = {
      empty = "mkdir %s",
      half = "mkdir %s && touch %s/photo.jpg",
      broken = ("cp -a %s %%s && truncate -s 100 %%s/manifest.json"):format(whole.path),
      anothers = ("cp -a %s %%s"):format(whole.path),
      file = "touch %s",
      link = ("ln -s %s %%s"):format(whole.path),
    }
    for name, command in pairs(making) do
      local order_no = order "size30x40n"
      local path = dir .. "/" .. order_no
      must((command:gsub("%%s", path)))
      local before = must(("cd %s && find . | xargs stat -c '%%n %%y %%s' | sort"):format(dir))
      for _, bundle, err in client:each({ order_no }, { dir = dir }) do
        assert.is_nil(bundle, name)
        assert.same({ "storage", "BUNDLE_INVALID", order_no }, { err.kind, err.code, err.orderNo }, name)
      end
      local bundle, err = archive(order_no)
      assert.is_nil(bundle)
      assert.equal("BUNDLE_INVALID", err.code)
      assert.equal(0, support.queries(order_no))
      assert.is_true(#support.verify(dir) > 0)
      assert.equal(before:gsub("%. [^\n]*\n", "", 1),
        must(("cd %s && find . | xargs stat -c '%%n %%y %%s' | sort"):format(dir)):gsub("%. [^\n]*\n", "", 1))
      must("rm -r " .. path)
    end
    is_sound()
  end)

  it("is made of media in memory, too, which a transport of one's own may bring", function()
    local transport, close = require("facequery.transport.curl").new()
    local own = assert(facequery.new { transport = function(request)
      for _, file in ipairs(request.files) do
        file.path = nil
      end
      return transport(request)
    end })
    local bundle, err = own:archive { order_no = order "verified", dir = dir }
    close()
    assert.is_nil(err)
    assert.is_true(support.read_file(bundle.path .. "/photo.jpg") == support.medium "photo.jpg")
    assert.is_true(support.read_file(bundle.path .. "/video.mp4") == support.medium "video.mp4")
    assert.equal("", must(("find %s -type f ! -perm 0600"):format(dir)))
    is_sound()
  end)

  it("that is there already is not replaced by one from a race that was lost", function()
    local order_no = order "slow2000x"
    local other = support.start_lua(([[
      local client = require("facequery").new()
      local bundle, err = client:archive { order_no = %q, dir = %q }
      print(bundle and tostring(bundle.existing) or tostring(err))
    ]]):format(order_no, dir))
    assert.is_true(servers.wait(function() return support.queries(order_no) == 1 end))
    local bundle = assert(archive(order_no))
    local output, status = other.wait()
    assert.equal(0, status)
    assert.is_true(output == "true" and not bundle.existing or output == "false" and bundle.existing, output)
    assert.equal(2, support.queries(order_no))
    assert.equal(1, #support.log(dir))
    is_sound()
  end)

  it("comes once where a list names its order twice", function()
    local order_no, late = order "size40x60n", order "latesize40x60n"
    local count, fresh = 0, 0
    for _, bundle, err in client:each({ late, order_no, late, order_no }, { dir = dir, interval = 0.05 }) do
      assert.is_nil(err)
      count = count + 1
      fresh = fresh + (bundle.existing and 0 or 1)
    end
    assert.same({ 4, 2, 2 }, { count, fresh, #support.log(dir) })
    is_sound()
  end)

  it("is for its owner alone, whatever the umask", function()
    for _, mask in ipairs { "000", "022", "077" } do
      local order_no = order "verified"
      local output, status = support.start("sh -c " .. quote(("umask %s; exec %s"):format(mask,
        support.lua_command(([[
          local client = require("facequery").new()
          print(client:archive { order_no = %q, dir = %q })
        ]]):format(order_no, dir .. mask))))).wait()
      assert.equal(0, status, output)
      assert.equal(4, tonumber(must(("ls %s%s/%s | wc -l"):format(dir, mask, order_no))))
      assert.equal("", must(("find %s%s -type d ! -perm 0700 -o -type f ! -perm 0600"):format(dir, mask)))
    end
  end)

  it("appears whole: whoever looks on sees all of its files or none", function()
    local orders = {}
    for i = 1, 30 do
      orders[i] = order "size20x20n"
    end
    must("mkdir " .. dir)
    local watcher = support.start("sh -c " .. quote(([[
      while :; do for folder in %s/*/; do
        [ -d "$folder" ] && [ "$(ls "$folder" | wc -l)" != 4 ] && echo "$folder"
      done; done]]):format(dir)))
    for _, bundle in client:each(orders, { dir = dir, concurrency = 4 }) do
      assert.is_false(bundle.existing)
    end
    watcher.kill()
    assert.is_nil(watcher.wait():find(dir, 1, true))
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
      local bundle, err = archive(order_no)
      assert.is_nil(bundle)
      assert.same({ "storage", "FILE_UNWRITABLE", detail, order_no }, { err.kind, err.code, err.detail, err.orderNo })
    end

    it("for a full disk, is an error, and leaves nothing", function()
      if mount(dir, "size=600k") then
        fails(order "size100kx2mn", "No space left on device")
        assert.equal(".lock", support.list(dir))
        assert(archive(order "size100kx100kn"))
        is_sound()
      end
    end)

    it("for a read-only folder, is an error", function()
      if mount(dir, "ro,size=600k") then
        local order_no = order "verified"
        fails(order_no, "Read-only file system")
        assert.equal(0, support.queries(order_no))
        assert.equal("", support.list(dir))
      end
    end)

    it("because a folder is in the way or missing, is an error", function()
      support.write_file(dir, "a file")
      fails(order "verified", "Not a directory")
      dir = dir .. "none/evidence"
      fails(order "verified", "No such file or directory")
    end)

    it("to the log, is taken back; the next run archives it", function()
      local first, second = order "size40x60n", order "size40x60n"
      assert(archive(first))
      local log = dir .. "/index.jsonl"
      if support.shell(("mount --bind %s %s && mount -o remount,ro,bind %s"):format(log, log, log)) ~= "" then
        return pending "needs to mount"
      end
      mounted = log
      fails(second, "Read-only file system")
      assert.same({ first }, support.bundles(dir))
      is_sound()
      support.unmount(log)
      mounted = nil
      assert(archive(second))
      assert.equal(2, #support.log(dir))
      is_sound()
    end)
  end)

  it("raises without an order or a folder, and on wrong types", function()
    for message, query in pairs {
      ["field 'order_no': string expected, got nil"] = { dir = "/tmp" },
      ["field 'dir': string expected, got nil"] = { order_no = "a1" },
      ["field 'dir': string expected, got number"] = { order_no = "a1", dir = 1 },
      ["field 'hashes': table expected, got string"] = { order_no = "a1", dir = "/tmp", hashes = "sm3" },
      ["unknown field 'get_file'"] = { order_no = "a1", dir = "/tmp", get_file = "photo" },
    } do
      local ok, raised = pcall(client.archive, client, query)
      assert.is_false(ok)
      assert.matches(message, raised, 1, true)
    end
    for name, query in pairs {
      INVALID_PATH = { order_no = "a1", dir = "" },
      INVALID_SETTING = { order_no = "a1", dir = dir, hashes = { "md5" } },
    } do
      local bundle, err = client:archive(query)
      assert.is_nil(bundle)
      assert.equal(name, err.code)
    end
  end)
end)
