-- The last answer, made again of a bundle: what the manifest says of it, and what verify and anybody else finds.

local answers = require "help.answers"
local archiving = require "help.archiving"
local cjson = require "cjson"
local cli = require "help.cli"
local core = require "facequery.core"
local evidence = require "facequery.evidence"
local manifest = require "facequery.evidence.manifest"
local support = require "help.support"

local json_of, must, order = archiving.json_of, support.must, support.order

local ALTERED = "the answer, made again of its text and the files, is not the one that came"

describe("an answer that is archived", function()
  local one
  before_each(function() one = archiving.new() end)
  after_each(function() one:remove() end)

  -- The block of Python in docs/evidence.md, run in the bundle's folder.
  local function by_hand(path)
    local code = assert(support.read_file("docs/evidence.md"):match "```python\n(.-)```")
    support.write_file(one.folder .. "/rebuild.py", code)
    return must(("cd %s && python3 %s/rebuild.py"):format(path, one.folder)):gsub("%s+$", "")
  end

  -- The problems that are found in the one bundle when its manifest is changed so, in the archive's log, too.
  local function problems_with(path, change)
    local name = path:sub(#one.dir + 2)
    local content = json_of(path .. "/manifest.json")
    change(content)
    support.write_file(path .. "/manifest.json", cjson.encode(content))
    local problems = {}
    manifest.check(evidence.at(one.dir), name, function(file, problem)
      problems[#problems + 1] = file .. ": " .. problem
    end, true)
    return problems
  end

  it("is made again by verify and by the lines of docs/evidence.md, in each of the spellings of the sandbox", function()
    for word, expected in pairs {
      verified = { {}, {} },
      flat = { {}, {} },
      late = { {}, {} },
      gzip = { {}, {} },
      rejected = { {}, {} },
      unpadded = { { unpadded = true }, { unpadded = true } },
      dataurl = { { prefix = "data:image/jpeg;base64," }, { prefix = "data:video/mp4;base64," } },
      linebroken = { { line = 76, lines = 382, ending = "\\r\\n" }, { line = 76, lines = 15994, ending = "\\r\\n" } },
      rejectednomedia = {},
    } do
      local bundle = assert(one:archive(order(word)))
      local content = json_of(bundle.path .. "/manifest.json")
      local spellings = {}
      for i, place in ipairs(content.rebuild) do
        spellings[i] = place.base64
      end
      assert.same(expected, spellings, word)
      assert.equal(content.responses[#content.responses], by_hand(bundle.path), word)
    end
    one:is_sound()
    local output, messages, status = cli.shell(("verify --answers %s"):format(one.dir))
    assert.same({ "", 0 }, { output, status }, messages)
  end)

  it("is made again of a damaged file's text, too", function()
    local _, err = one:archive(order "badbase64")
    local content = json_of(err.bundle.path .. "/manifest.json")
    assert.same({ "photo.base64", "video.mp4" }, { content.rebuild[1].file, content.rebuild[2].file })
    assert.is_nil(content.rebuild[1].base64)
    assert.equal(content.responses[1], by_hand(err.bundle.path))
    one:is_sound()
  end)

  it("that can't be made again says so", function()
    for _, word in ipairs { "escaped" } do
      local bundle = assert(one:archive(order(word)))
      assert.is_false(json_of(bundle.path .. "/manifest.json").rebuild)
    end
    -- Of bytes that are not UTF-8 a manifest has others.
    local http = one:serve '{"code":"0","orderNo":"a1","msg":"\255","photo":"/9j/","video":"AAAA"}'
    local own = assert(require("facequery").new { base_url = http.url })
    local bundle = assert(own:archive { order_no = "a1", dir = one.dir })
    http:stop()
    assert.is_false(json_of(bundle.path .. "/manifest.json").rebuild)
    one:is_sound()
  end)

  it("is the last of several: a file that came with an earlier one is not in it", function()
    local photo, video = answers.PHOTO_TEXT, answers.VIDEO_TEXT
    local asked = 0
    local function answer(request)
      asked = asked + 1
      local received = assert(core.answer(request))
      assert(received:feed((('{"code":"0","orderNo":"a1","photo":"%s","video":"%s"}'):format(
        asked == 1 and photo or "", asked == 2 and video or ""))))
      assert(received:finish())
      return require "facequery.transport.settle"(received,
        { status = 200, time = 0, envelope = received:envelope() }, request)
    end
    local own = assert(require("facequery").new { transport = answer })
    local bundle = assert(own:archive { order_no = "a1", dir = one.dir, interval = 0 })
    local content = json_of(bundle.path .. "/manifest.json")
    assert.equal(2, #content.responses)
    assert.equal(1, #content.rebuild)
    assert.equal("video.mp4", content.rebuild[1].file)
    assert.equal(content.responses[2], by_hand(bundle.path))
    one:is_sound()
  end)

  it("can't be made again where the bundle has another file in the place of its own", function()
    local texts = {
      '{"code":"0","orderNo":"a1","photo":"/9j/AAAA","video":""}',
      '{"code":"0","orderNo":"a1","photo":"/9j/AAAB","video":"AAAA"}',
    }
    local asked = 0
    local own = assert(require("facequery").new { transport = function(request)
      asked = asked + 1
      local received = assert(core.answer(request))
      assert(received:feed(texts[asked]))
      assert(received:finish())
      return require "facequery.transport.settle"(received,
        { status = 200, time = 0, envelope = received:envelope() }, request)
    end })
    local bundle = assert(own:archive { order_no = "a1", dir = one.dir, interval = 0 })
    assert.is_false(json_of(bundle.path .. "/manifest.json").rebuild)
    assert.equal("\255\216\255\0\0\0", support.read_file(bundle.path .. "/photo.jpg"))
    one:is_sound()
  end)

  it("is another one where its text, a file or a place was changed, whatever else was made to fit", function()
    local bundle = one:must_archive()
    local path = bundle.path
    assert.same({}, problems_with(path, function() end))
    local altered = { "manifest.json: " .. ALTERED }
    local original = support.read_file(path .. "/manifest.json")
    local function changed(change)
      support.write_file(path .. "/manifest.json", original)
      return problems_with(path, change)
    end
    assert.same(altered, changed(function(content)
      content.answer = content.answer:gsub('"code":"0"', '"code":"1"')
    end))
    assert.same(altered, changed(function(content)
      content.responses = { ("0"):rep(64) }
    end))
    assert.same(altered, changed(function(content)
      content.rebuild[1].at = content.rebuild[1].at + 1
    end))
    assert.same(altered, changed(function(content)
      content.rebuild[1], content.rebuild[2] = content.rebuild[1], nil
    end))
    support.write_file(path .. "/photo.jpg", "\255\216\255\0other")
    assert.same(altered, changed(function(content)
      content.files["photo.jpg"].size = 9
      content.files["photo.jpg"].sha256 = must(("sha256sum %s/photo.jpg"):format(path)):match "^%x+"
    end))
  end)

  it("is not looked for by places that are none", function()
    local path = one:must_archive().path
    local original = support.read_file(path .. "/manifest.json")
    for _, places in ipairs {
      1, "x", { 1 }, { {} }, { { at = 1 } }, { { at = -1, file = "photo.jpg" } }, { { at = 1e9, file = "photo.jpg" } },
      { { at = 1.5, file = "photo.jpg" } }, { { at = 5, file = "photo.jpg" }, { at = 4, file = "photo.jpg" } },
      { { at = 5, file = "../photo.jpg" } }, { { at = 5, file = "photo.jpg", base64 = 1 } },
      { { at = 5, file = "photo.jpg", base64 = { line = 0, lines = 1, ending = "\\n" } } },
      { { at = 5, file = "photo.jpg", base64 = { line = 4, lines = 1, ending = "*" } } },
      { { at = 5, file = "photo.jpg", base64 = { line = 4, lines = 1 } } },
      { { at = 5, file = "photo.jpg", base64 = { slash = "x" } } },
      { { at = 5, file = "photo.jpg", base64 = { unpadded = 1 } } },
      { { at = 5, file = "photo.jpg", base64 = { prefix = "a\0" } } },
    } do
      support.write_file(path .. "/manifest.json", original)
      assert.same({ "manifest.json: does not say how the answer is made again" },
        problems_with(path, function(content) content.rebuild = places end))
    end
  end)

  it("is not looked for in a manifest that says nothing of it, as those of 0.1.0", function()
    local path = one:must_archive().path
    assert.same({}, problems_with(path, function(content) content.rebuild = nil end))
  end)
end)
