-- A bundle's manifest: written, read, and compared with what is in the bundle.

local cjson = require "cjson"
local evidence = require "facequery.evidence"
local manifest = require "facequery.evidence.manifest"
local support = require "help.support"

local must = support.must

describe("a manifest", function()
  local dir, folder, place
  before_each(function()
    dir = support.folder()
    folder = dir .. "/a1"
    must("mkdir " .. folder)
    place = assert(evidence.open(dir))
  end)
  after_each(function()
    place:close()
    support.remove_folder(dir)
  end)

  local function entry_of(name, mime)
    return {
      size = tonumber(must(("stat -c %%s %s/%s"):format(folder, name))),
      mime = mime,
      sha256 = must(("sha256sum %s/%s"):format(folder, name)):match "^%x+",
    }
  end

  -- A bundle of two files; its manifest's content, with these changes.
  local function write(changes)
    support.write_file(folder .. "/record.json", "{}\n")
    support.write_file(folder .. "/photo.jpg", "\255\216\255\0photo")
    local content = {
      format = "facequery-evidence/1",
      order_no = "a1",
      files = {
        ["record.json"] = entry_of("record.json", "application/json"),
        ["photo.jpg"] = entry_of("photo.jpg", "image/jpeg"),
      },
    }
    for name, value in pairs(changes or {}) do
      content[name] = value
    end
    support.write_file(folder .. "/manifest.json", cjson.encode(content))
    return content
  end

  -- "name: problem" of each, sorted; and the digest.
  local function check()
    local problems = {}
    local digest = manifest.check(place, "a1", function(name, problem)
      problems[#problems + 1] = name .. ": " .. problem
    end)
    table.sort(problems)
    assert.equal(digest, (manifest.check(place, "a1")))
    assert.is_true((digest == nil) == (#problems > 0))
    return problems, digest
  end

  it("is one line of JSON, 0600, whose digest it returns", function()
    local content = { format = "facequery-evidence/1", order_no = "a1", files = {} }
    local draft = assert(place:begin "a2")
    local path = draft:path "manifest.json"
    local digest = assert(manifest.write(draft, content))
    assert.equal(must("sha256sum " .. path):match "^%x+", digest)
    assert.equal("600 1", must(("stat -c %%a %s; wc -l <%s"):format(path, path)):gsub("\n", " "))
  end)

  it("does not replace another", function()
    local draft = assert(place:begin "a2")
    assert(draft:write("manifest.json", "{}"))
    local digest, failure = manifest.write(draft, {})
    assert.is_nil(digest)
    assert.equal("FILE_EXISTS", failure.status)
    assert.equal("{}", support.read_file(draft:path "manifest.json"))
  end)

  it("that matches is told by its digest", function()
    write()
    local problems, digest = check()
    assert.same({}, problems)
    assert.equal(must(("sha256sum %s/manifest.json"):format(folder)):match "^%x+", digest)
  end)

  it("that matches with SM3 says so, and SM3 is compared, too", function()
    local content = write()
    local entry = content.files["photo.jpg"]
    entry.sm3 = must(("openssl dgst -sm3 -r %s/photo.jpg"):format(folder)):match "^%x+"
    write { files = content.files }
    assert.same({}, (check()))
    entry.sm3 = ("0"):rep(64)
    write { files = content.files }
    assert.same({ "photo.jpg: other content than the manifest says" }, (check()))
    entry.sm3 = true
    write { files = content.files }
    assert.same({ "photo.jpg: other content than the manifest says" }, (check()))
  end)

  it("names what was changed, is missing, or is foreign", function()
    write()
    support.write_file(folder .. "/photo.jpg", "\255\216\255\0Photo")
    assert.same({ "photo.jpg: other content than the manifest says" }, (check()))
    support.write_file(folder .. "/photo.jpg", "\255\216\255\0photo+")
    assert.same({ "photo.jpg: 10 bytes instead of 9" }, (check()))
    os.remove(folder .. "/photo.jpg")
    assert.same({ "photo.jpg: missing" }, (check()))
    must(("mkdir %s/photo.jpg"):format(folder))
    assert.same({ "photo.jpg: unreadable" }, (check()))
    must(("rmdir %s/photo.jpg && ln -s record.json %s/photo.jpg"):format(folder, folder))
    assert.same({ "photo.jpg: unreadable" }, (check()))
    os.remove(folder .. "/photo.jpg")
    write()
    must(("cd %s && touch more .hidden && mkdir folder && ln -s none link"):format(folder))
    assert.same({ ".hidden: not in the manifest", "folder: not in the manifest", "link: not in the manifest",
      "more: not in the manifest" }, (check()))
  end)

  it("about another order is one problem more", function()
    write { order_no = "a2" }
    assert.same({ "manifest.json: about another order" }, (check()))
  end)

  it("vouches for nothing outside its bundle", function()
    must(("echo secret >%s/../facequery-outside"):format(folder))
    for _, name in ipairs { "../facequery-outside", "/etc/hostname", "", "a/b.c", "nul\0.jpg", ".hidden" } do
      write { files = { [name] = { size = 7, sha256 = ("0"):rep(64) } } }
      local problems = check()
      assert.same({ "manifest.json: names what can't be a bundle's file", "photo.jpg: not in the manifest",
        "record.json: not in the manifest" }, problems)
    end
    os.remove(folder .. "/../facequery-outside")
  end)

  it("with entries that are none is not believed", function()
    for _, entry in ipairs { 1, "x", cjson.null, { 1, 2 } } do
      write { files = { ["record.json"] = entry, ["photo.jpg"] = write().files["photo.jpg"] } }
      assert.equal(1, #check())
    end
    write { files = { "record.json", "photo.jpg" } }
    assert.is_true(#check() >= 2)
  end)

  it("that is missing, no file, or no manifest is that problem", function()
    local expected = { "manifest.json: missing or unreadable" }
    assert.same(expected, (check()))
    for _, text in ipairs { "", "{}", "[]", "null", "{", "\0", '{"format":"facequery-evidence/1"}',
      '{"format":"facequery-evidence/2","order_no":"a1","files":{}}',
      '{"format":"facequery-evidence/1","order_no":1,"files":{}}',
      '{"format":"facequery-evidence/1","order_no":"a1","files":"x"}',
      '{"format":"facequery-evidence/1","order_no":"a1","files":{}}' .. ("x"):rep(100000) } do
      support.write_file(folder .. "/manifest.json", text)
      assert.same(expected, (check()))
      assert.is_nil(manifest.read(place, "a1"))
    end
    write()
    must(("cd %s && mv manifest.json elsewhere && ln -s elsewhere manifest.json"):format(folder))
    assert.same(expected, (check()))
    must(("cd %s && rm manifest.json && mkfifo manifest.json"):format(folder))
    assert.same(expected, (check())) -- and nobody waits for the pipe
    must(("cd %s && rm manifest.json && mkdir manifest.json"):format(folder))
    assert.same(expected, (check()))
  end)

  it("is read again as it was written, whatever is in it", function()
    local content = { format = "facequery-evidence/1", order_no = "a1", files = {}, code = "0", liveRate = "99",
      similarity = 88.01, source = "https://localhost", responses = { ("ab"):rep(32) }, note = "中\0\"\\\n" }
    local draft = assert(place:begin "a2")
    draft.fetched_at = os.date "!%Y-%m-%dT%H:%M:%SZ"
    local digest = assert(manifest.write(draft, content))
    assert(place:locked(function() return place:commit(draft) end))
    assert.same({ content, digest }, { manifest.read(place, draft.name) })
  end)
end)
