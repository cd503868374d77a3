-- An answer made again of its envelope and its files.

local core = require "facequery.core"
local answers = require "help.answers"
local request_for = require "help.request"
local support = require "help.support"

local must = support.must

-- Python's own answers with files in base64, of every regular spelling and of irregular ones, one in each file NUMBER;
-- prints a line for each: "NUMBER SHA-256 regular|irregular".
local GENERATE = [[
import base64, hashlib, os, random, sys
random.seed(20241124)
def lines(text, size, ending, at_end):
    parts = [text[i:i + size] for i in range(0, len(text), size)]
    return ending.join(parts) + (ending if at_end else "")
def regular(data):
    text = base64.b64encode(data).decode()
    if random.random() < 0.3:
        text = text.rstrip("=")
    if random.random() < 0.5:
        ending = random.choice(["\\r\\n", "\\n", "\r\n", "\n", "\\r", "\\n\\r"])
        text = lines(text, random.choice([1, 3, 4, 64, 76, 1000]), ending, random.random() < 0.5)
    if random.random() < 0.3:
        text = random.choice(["data:image/jpeg;base64,", "DATA:;BASE64,", "data:a/b;c=d/e;base64,"]) + text
    return text.replace("/", "\\/") if random.random() < 0.4 else text
def irregular(data):
    text = base64.b64encode(data).decode()
    return random.choice([
        lambda: text[:5] + "\\n" + text[5:10] + "\\n" + text[10:13] + "\\n" + text[13:],
        lambda: "\\n" + text,
        lambda: text[:4] + "\\r\\n" + text[4:8] + "\\n" + text[8:],
        lambda: "\\u%04x" % ord(text[0]) + text[1:],
        lambda: base64.b64encode(b"\xff\xff\xff" + data).decode().replace("/", "\\/", 1),
        lambda: "data:image\\/jpeg;base64," + base64.b64encode(b"\xff\xff\xff" + data).decode(),
        lambda: base64.b64encode(b"\xff" * (len(data) // 3 * 3 + 1)).decode().replace("w==", "x=="),
        lambda: base64.b64encode(data + b"0" * (-len(data) % 3) + b"a").decode().replace("=", "\\u003d"),
    ])()
def answer(photo, video):
    return random.choice([
        '{"code":"0","photo":"%s","video":"%s"}',
        '\n{ "code" : "0", "result":{"video":"%s","x":[1e3,"\u4e2d\\u0000"],"photo":"%s"}}\r\n',
        '{"photo":"","result":{"photo":"%s","video":"%s"},"video":null}',
    ]) % (photo, video)
for number in range(int(sys.argv[1])):
    make = irregular if number % 5 == 0 else regular
    data = [os.urandom(0)] * 2
    data = [random.randbytes(random.choice([1, 2, 3, 20, 57, 58, 3000, 70000])) for _ in "12"]
    files = [make(data[0]), regular(data[1])]
    random.shuffle(files)
    text = answer(*files).encode()
    open("%s/%d" % (sys.argv[2], number), "wb").write(text)
    print(number, hashlib.sha256(text).hexdigest(), make.__name__)
]]

local folder
before_each(function() folder = support.folder() end)
after_each(function() support.remove_folder(folder) end)

-- Feeds the answer, cut at random, with its files in `folder`.  Its envelope, and its layout with the files' paths.
local function take_apart(text, number)
  local files = {}
  local received = assert(core.answer(request_for {
    photo_path = ("%s/photo%d"):format(folder, number), video_path = ("%s/video%d"):format(folder, number),
  }))
  local at = 1
  while at <= #text do
    local size = math.random(1, 40000)
    assert(received:feed(text:sub(at, at + size - 1)))
    at = at + size
  end
  assert(received:finish())
  local envelope, layout = received:envelope(), received:layout()
  local media, damaged = received:keep()
  assert(media, damaged and damaged.status)
  for name, damage in pairs(damaged or {}) do
    files[name] = ("%s/%s%d.base64"):format(folder, name, number)
    support.write_file(files[name], damage.data)
  end
  for _, place in ipairs(layout or {}) do
    place.path = place.base64 and media[place.name].path or files[place.name]
  end
  return envelope, layout
end

-- The digest of the answer, made again.
local function digest_of(envelope, layout)
  local parts, at = {}, 0
  for _, place in ipairs(layout) do
    parts[#parts + 1] = envelope:sub(at + 1, place.at)
    parts[#parts + 1] = { path = place.path, base64 = place.base64 }
    at = place.at
  end
  parts[#parts + 1] = envelope:sub(at + 1)
  return assert(core.rebuild(parts)).sha256
end

-- What is said of an answer with this text for its photo: its only place, without its name; nil where there is none.
local function place_of(text)
  local _, layout = take_apart('{"photo":"' .. text .. '"}', 0)
  os.remove(folder .. "/photo0")
  if layout and layout[1] then
    assert.same({ "photo", 10 }, { layout[1].name, layout[1].at })
    return layout[1]
  end
  return layout
end

describe("an answer", function()
  it("is made again of its parts, however its files were written by rule; else that it can't be is said", function()
    support.write_file(folder .. "/generate.py", GENERATE)
    local counted = { regular = 0, irregular = 0 }
    for number, sha256, kind in must(("python3 %s/generate.py 400 %s"):format(folder, folder))
      :gmatch "(%d+) (%x+) (%l+)" do
      local envelope, layout = take_apart(support.read_file(folder .. "/" .. number), tonumber(number))
      assert.equal(kind == "regular", layout ~= nil, number)
      if layout then
        assert.equal(2, #layout)
        assert.equal(sha256, digest_of(envelope, layout), number)
      end
      counted[kind] = counted[kind] + 1
    end
    assert.same({ regular = 320, irregular = 80 }, counted)
  end)

  it("says how its file was written", function()
    assert.same({}, place_of("QUJD").base64)
    assert.same({ unpadded = true }, place_of("QQ").base64)
    assert.same({}, place_of("QQ==").base64)
    assert.same({ slash = "\\/" }, place_of("QUJD\\/w==").base64)
    assert.same({ prefix = "data:image/png;base64,", slash = "\\/" }, place_of("data:image\\/png;base64,QUJD").base64)
    assert.same({ line = 4, lines = 1, ending = "\\r\\n" }, place_of("QUJD\\r\\nQUI=").base64)
    assert.same({ line = 4, lines = 2, ending = "\n" }, place_of("QUJD\nQUI=\n").base64)
    assert.same({ line = 2, lines = 1, ending = "\\n" }, place_of("QU\\nJDQUJD").base64)
  end)

  it("that can't be made again says so, whatever is lost of it", function()
    for _, text in ipairs {
      "\\n", "data:;base64,", "\\r\\n ", "data:image\\/png;base64,QUJD/w==", "QUJD/w\\/w", "QR==", "QUI\\u003d",
      "QUJD\\u002f", "\\nQUJD", "QUJD\\n\\r\\n\\n", "QU\\nJD\\nQ\\nUI=", "QUJ\\nD\\nQUJ\\nD\\n",
      "QUJD\",\"photo\":\"*QUJD\",\"photo\":\"QUJD", "\\u0051*", "dat\\u0061:;base64,QUJD", "QUJD\\nQU\\nJDQ*",
    } do
      assert.is_nil((place_of(text)), text)
    end
    local _, layout = take_apart('\239\187\191{"photo":"QUJD"}', 0)
    assert.is_nil(layout)
    local received = assert(core.answer(request_for { max_media = 5 }))
    assert(received:feed '{"photo":"QUJDQUJDQUJD"}')
    assert(received:finish())
    assert.is_nil((received:layout()))
  end)

  it("has damaged files in their places, too, and second ones beside the first", function()
    for _, text in ipairs {
      '{"photo":"QUJD*","video":"Q\\/"}', '{"photo":"QU\\nJD*\\u0041","x":1}', '{"photo":" ","video":"QUJD"}',
      '{"photo":"QUJD","video":"AAAA","result":{"photo":"/9j/","video":"*"}}', '{"photo":"","video":null}', "{}",
    } do
      local envelope, layout = take_apart(text, 1)
      assert.equal(core.digest(text).sha256, digest_of(envelope, layout), text)
      must(("rm -f %s/*"):format(folder))
    end
  end)

  it("is another one with another byte in its text or in a file", function()
    local text = answers.BOTH
    local envelope, layout = take_apart(text, 1)
    local digest = core.digest(text).sha256
    assert.equal(digest, digest_of(envelope, layout))
    for at = 1, #envelope do
      local changed = envelope:sub(1, at - 1) .. "~" .. envelope:sub(at + 1)
      assert.is_true(digest ~= digest_of(changed, layout))
    end
    local photo = support.read_file(layout[1].path)
    for at = 1, #photo do
      support.write_file(layout[1].path, photo:sub(1, at - 1) .. "~" .. photo:sub(at + 1))
      assert.is_true(digest ~= digest_of(envelope, layout))
    end
  end)
end)

describe("core.rebuild", function()
  it("says why a file can't be read", function()
    local digests, failure = core.rebuild { { path = folder .. "/none" }, "x" }
    assert.same({ nil, "FILE_MISSING" }, { digests, failure.status })
    digests, failure = core.rebuild { "x", { path = folder, base64 = {} } }
    assert.same({ nil, "FILE_UNTRUSTED" }, { digests, failure.status })
  end)

  it("is the digest of nothing for no parts", function()
    assert.equal(must "sha256sum </dev/null":match "^%x+", core.rebuild({}).sha256)
  end)

  it("raises for what is no part, and no spelling", function()
    support.write_file(folder .. "/a", "abc")
    for _, part in ipairs {
      1, true, {}, { path = 1 }, { path = "a\0" },
      { path = folder .. "/a", base64 = 1 },
      { path = folder .. "/a", base64 = { prefix = "a\0" } },
      { path = folder .. "/a", base64 = { ending = "\n" } },
      { path = folder .. "/a", base64 = { ending = "\n", line = 0, lines = 1 } },
      { path = folder .. "/a", base64 = { ending = "\n", line = -1, lines = 1 } },
      { path = folder .. "/a", base64 = { ending = "12345", line = 1, lines = 1 } },
    } do
      assert.has_error(function() core.rebuild { "x", part } end)
    end
    assert.has_error(function() core.rebuild "x" end)
  end)
end)
