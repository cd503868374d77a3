-- Archiving an order: what is asked for, what of the answers makes a bundle, and what makes none.

local archiving = require "help.archiving"
local core = require "facequery.core"
local facequery = require "facequery"
local servers = require "help.servers"
local support = require "help.support"

local answer_of, json_of, PHOTO = archiving.answer_of, archiving.json_of, archiving.PHOTO
local must, order, quote = support.must, support.order, support.quote

describe("archiving an order", function()
  local one
  before_each(function() one = archiving.new() end)
  after_each(function() one:remove() end)

  it("asks with the query version it is told", function()
    local bundle = assert(one:archive(order "verified", { query_version = "1.0" }))
    assert.equal("1.12.12", json_of(bundle.path .. "/record.json").sdkVersion)
  end)

  it("waits for files that come late", function()
    local order_no = order "late"
    local bundle = assert(one:archive(order_no))
    assert.equal("manifest.json\nphoto.jpg\nrecord.json\nvideo.mp4", support.list(bundle.path))
    assert.equal(3, support.queries(order_no))
    assert.equal(3, #json_of(bundle.path .. "/manifest.json").responses)
    one:is_sound()
  end)

  it("makes a bundle of a rejected order, too, with its files or without", function()
    for word, names in pairs {
      rejected = "manifest.json\nphoto.jpg\nrecord.json\nvideo.mp4",
      rejectednomedia = "manifest.json\nrecord.json",
    } do
      local bundle = assert(one:archive(order(word)))
      assert.equal("66660004", bundle.code)
      assert.equal(names, support.list(bundle.path))
      assert.equal("66660004", json_of(bundle.path .. "/manifest.json").code)
      assert.equal("66660004", json_of(bundle.path .. "/record.json").code)
      assert.equal("03,12", json_of(bundle.path .. "/record.json").riskInfo.livenessInfoTag)
    end
    assert.equal("66660017", assert(one:archive(order "code66660017x")).code) -- a risk
    one:is_sound()
  end)

  it("waits for the files of a rejected order, too", function()
    local order_no = order "rejectedlate"
    local bundle = assert(one:archive(order_no))
    assert.equal("manifest.json\nphoto.jpg\nrecord.json\nvideo.mp4", support.list(bundle.path))
    assert.equal("66660004", bundle.code)
    assert.equal(3, support.queries(order_no))
    local without = order "rejectednomedia"
    bundle = assert(one:archive(without))
    assert.same({ "photo", "video" }, json_of(bundle.path .. "/manifest.json").missing)
    assert.equal(3, support.queries(without))
    one:is_sound()
  end)

  it("makes a bundle of any refusal for good that has files: whatever its code, they are evidence", function()
    for _, code in ipairs { "66669999", "66660018", "66660001" } do
      local http = one:serve(('{"code":"%s","orderNo":"a%s","photo":"/9j/","video":"AAAA"}'):format(code, code))
      local own = assert(facequery.new { base_url = http.url })
      local bundle, err = own:archive { order_no = "a" .. code, dir = one.dir }
      http:stop()
      assert.is_nil(err)
      assert.equal(code, bundle.code)
      assert.equal("manifest.json\nphoto.jpg\nrecord.json\nvideo.bin", support.list(bundle.path))
    end
    one:is_sound()
  end)

  it("makes none of an order that was verified before it was refused: its files are not the refusal's", function()
    for _, code in ipairs { "400101", "66660011", "66660004" } do
      local bundle, err = one:archive_answers { answer_of("0", { photo = PHOTO }), answer_of(code) }
      assert.is_nil(bundle)
      assert.equal(code, err.code)
      assert.equal(".lock", support.list(one.dir))
    end
  end)

  it("makes a bundle of the refusal that came, where asking for its files fails", function()
    local bundle = assert(one:archive_answers { answer_of "66660004", { status = "TRANSPORT", code = "GOT_NOTHING" } })
    assert.same({ "66660004", "manifest.json\nrecord.json" }, { bundle.code, support.list(bundle.path) })
    one:is_sound()
  end)

  it("leaves nothing where a transport raises", function()
    local own = assert(facequery.new { transport = function() error {} end })
    local bundle, err = own:archive { order_no = "a1", dir = one.dir }
    assert.is_nil(bundle)
    assert.same({ "BAD_TRANSPORT", "it raised an error" }, { err.code, err.detail })
    assert.equal(".lock", support.list(one.dir))
  end)

  it("makes none of a failure that may pass, whatever came with it", function()
    local http = one:serve '{"code":"999999","orderNo":"a1","photo":"/9j/","video":"AAAA"}'
    local own = assert(facequery.new { base_url = http.url, retries = 0 })
    local bundle, err = own:archive { order_no = "a1", dir = one.dir }
    http:stop()
    assert.is_nil(bundle)
    assert.equal("999999", err.code)
    assert.equal(".lock", support.list(one.dir))
  end)

  it("makes one of an order whose files never come only where that was asked for, and says what is missing", function()
    local order_no = order "nomedia"
    local bundle, err = one:archive(order_no)
    assert.is_nil(bundle)
    assert.equal("MEDIA_PENDING", err.code)
    bundle = assert(one:archive(order_no, { incomplete = true }))
    assert.equal("0", bundle.code)
    assert.equal("manifest.json\nrecord.json", support.list(bundle.path))
    assert.same({ "photo", "video" }, json_of(bundle.path .. "/manifest.json").missing)
    bundle = assert(one:archive(order "verified", { incomplete = true }))
    assert.is_nil(json_of(bundle.path .. "/manifest.json").missing)
    one:is_sound()
  end)

  it("makes none of anything else; the error says why, and nothing is left", function()
    for word, code in pairs {
      nosuch = "66660011", code66660002x = "66660002", nomedia = "MEDIA_PENDING",
      wrongorder = "WRONG_ORDER", cutjson = "JSON_CUT", http404x = "404", code400103x = "400103",
      notjson = "NOT_JSON",
    } do
      local order_no = order(word)
      local bundle, err = one:archive(order_no)
      assert.is_nil(bundle)
      assert.same({ code, order_no }, { err.code, err.orderNo })
      assert.equal(".lock", support.list(one.dir))
    end
    local bundle, err = one:archive "../a1"
    assert.is_nil(bundle)
    assert.equal("INVALID_ORDER_NO", err.code)
  end)

  it("keeps nothing of an order that came to nothing, also while its run goes on", function()
    local orders = { order "cutjson", order "nomedia", order "nosuch", order "size30x40n", order "latesize30x40n" }
    local ended, failed = 0, 0
    for _, bundle in one.client:each(orders, { dir = one.dir, concurrency = 1, interval = 0.01, attempts = 2 }) do
      ended = ended + 1
      failed = failed + (bundle and 0 or 1)
      if ended == 5 then
        assert.equal(".lock", must(("ls -A %s/.run-*"):format(one.dir)))
      end
    end
    assert.same({ 5, 4 }, { ended, failed })
    one:is_sound()
  end)

  it("leaves a bundle alone that is there already, and asks nobody", function()
    local order_no = order "size40x60n"
    local first = assert(one:archive(order_no))
    local function state()
      return must(("cd %s && find . -type f -exec sha256sum {} + | sort && stat -c '%%n %%i %%y' %s/* index.jsonl")
        :format(quote(one.dir), support.place_of(one.dir, order_no)))
    end
    local before = state()
    core.sleep(0.01)
    first.existing = true
    assert.same(first, one:archive(order_no))
    assert.equal(before, state())
    assert.equal(1, support.queries(order_no))
  end)

  it("takes nothing else that has a bundle's name for one: an error says so, and nobody is asked", function()
    local whole = assert(one:archive(order "size30x40n"))
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
      local path = one.dir .. "/" .. order_no
      must((command:gsub("%%s", path)))
      local before = must(("cd %s && find . | xargs stat -c '%%n %%y %%s' | sort"):format(one.dir))
      for _, bundle, err in one.client:each({ order_no }, { dir = one.dir }) do
        assert.is_nil(bundle, name)
        assert.same({ "storage", "BUNDLE_INVALID", order_no }, { err.kind, err.code, err.orderNo }, name)
      end
      local bundle, err = one:archive(order_no)
      assert.is_nil(bundle)
      assert.equal("BUNDLE_INVALID", err.code)
      assert.equal(0, support.queries(order_no))
      assert.is_true(#support.verify(one.dir) > 0)
      assert.equal(before:gsub("%. [^\n]*\n", "", 1),
        must(("cd %s && find . | xargs stat -c '%%n %%y %%s' | sort"):format(one.dir)):gsub("%. [^\n]*\n", "", 1))
      must("rm -r " .. path)
    end
    one:is_sound()
  end)

  it("replaces no bundle that is there already by one from a race that was lost", function()
    local order_no = order "slow2000x"
    local other = support.start_lua(([[
      local client = require("facequery").new()
      local bundle, err = client:archive { order_no = %q, dir = %q }
      print(bundle and tostring(bundle.existing) or tostring(err))
    ]]):format(order_no, one.dir))
    assert.is_true(servers.wait(function() return support.queries(order_no) == 1 end))
    local bundle = assert(one:archive(order_no))
    local output, status = other.wait()
    assert.equal(0, status)
    assert.is_true(output == "true" and not bundle.existing or output == "false" and bundle.existing, output)
    assert.equal(2, support.queries(order_no))
    assert.equal(1, #support.log(one.dir))
    one:is_sound()
  end)

  it("makes one bundle where a list names its order twice", function()
    local order_no, late = order "size40x60n", order "latesize40x60n"
    local count, fresh = 0, 0
    for _, bundle, err in one.client:each({ late, order_no, late, order_no }, { dir = one.dir, interval = 0.05 }) do
      assert.is_nil(err)
      count = count + 1
      fresh = fresh + (bundle.existing and 0 or 1)
    end
    assert.same({ 4, 2, 2 }, { count, fresh, #support.log(one.dir) })
    one:is_sound()
  end)

  it("raises without an order or a folder, and on wrong types", function()
    for message, query in pairs {
      ["field 'order_no': string expected, got nil"] = { dir = "/tmp" },
      ["field 'dir': string expected, got nil"] = { order_no = "a1" },
      ["field 'dir': string expected, got number"] = { order_no = "a1", dir = 1 },
      ["field 'hashes': table expected, got string"] = { order_no = "a1", dir = "/tmp", hashes = "sm3" },
      ["unknown field 'get_file'"] = { order_no = "a1", dir = "/tmp", get_file = "photo" },
    } do
      local ok, raised = pcall(one.client.archive, one.client, query)
      assert.is_false(ok)
      assert.matches(message, raised, 1, true)
    end
    for name, query in pairs {
      INVALID_PATH = { order_no = "a1", dir = "" },
      INVALID_SETTING = { order_no = "a1", dir = one.dir, hashes = { "md5" } },
    } do
      local bundle, err = one.client:archive(query)
      assert.is_nil(bundle)
      assert.equal(name, err.code)
    end
  end)
end)
