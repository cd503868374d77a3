-- Base64 of photos and videos, by way of core.decode_media and core.encode_base64.  What is decoded was encoded by
-- base64(1), not by us.

local core = require "facequery.core"
local support = require "help.support"

local decode = core.decode_media
local must = support.must

local function refuses(text, status, offset)
  local bytes, failure = decode(text)
  assert.is_nil(bytes)
  assert.same({ status = status, offset = offset }, failure)
end

describe("decode_media", function()
  local folder

  setup(function() folder = support.folder() end)
  teardown(function() support.remove_folder(folder) end)

  local function encode(bytes, options)
    support.write_file(folder .. "/bytes", bytes)
    return (must(("base64 %s %s/bytes"):format(options or "-w 0", folder)))
  end

  describe("decodes", function()
    it("RFC 4648's test vectors", function()
      local vectors = {
        [""] = "", ["Zg=="] = "f", ["Zm8="] = "fo", ["Zm9v"] = "foo", ["Zm9vYg=="] = "foob", ["Zm9vYmE="] = "fooba",
        ["Zm9vYmFy"] = "foobar",
      }
      for text, bytes in pairs(vectors) do
        assert.equal(bytes, decode(text))
        assert.equal(bytes, decode((text:gsub("=", ""))))
      end
    end)

    it("every number of bytes", function()
      local bytes = support.medium("photo.jpg"):sub(5001, 5260)
      support.write_file(folder .. "/bytes", bytes)
      local texts = must(("for n in $(seq 260); do head -c $n %s/bytes | base64 -w 0; echo; done"):format(folder))
      local length = 0
      for text in texts:gmatch("[^\n]+") do
        length = length + 1
        assert.equal(bytes:sub(1, length), decode(text))
        assert.equal(bytes:sub(1, length), decode((text:gsub("=", ""))))
      end
      assert.equal(260, length)
    end)

    it("all of the alphabet at every place", function()
      local bytes = {}
      for i = 0, 255 do
        bytes[#bytes + 1] = string.char(i, (i * 7 + 3) % 256, (i * 31 + 200) % 256)
      end
      bytes = table.concat(bytes)
      for shift = 0, 2 do
        local shifted = ("\251"):rep(shift) .. bytes
        assert.equal(shifted, decode(encode(shifted)))
      end
    end)

    it("photos and videos, and says what they are", function()
      for name, expected in pairs { ["photo.jpg"] = "jpeg", ["photo.png"] = "png", ["video.mp4"] = "mp4" } do
        local bytes, format = decode(must("base64 -w 0 " .. support.env("SANDBOX_DIR") .. "/sandbox/media/" .. name))
        assert.is_true(bytes == support.medium(name))
        assert.equal(expected, format)
      end
    end)

    it("text with line breaks of either kind, in any width", function()
      local photo = support.medium("photo.jpg")
      for _, width in ipairs { 1, 3, 64, 76, 77, 1021 } do
        assert.is_true(decode(encode(photo, "-w " .. width)) == photo)
        assert.is_true(decode(encode(photo, ("-w %d"):format(width)):gsub("\n", "\r\n") .. "\r\n") == photo)
      end
      assert.equal("f", decode("\n\r\nZ\ng\r=\n=\r\n"))
      assert.equal("", decode("\r\n\r\n"))
    end)

    it("text without its padding", function()
      for _, length in ipairs { 21793, 21792, 21791 } do
        local photo = support.medium("photo.jpg"):sub(1, length)
        assert.is_true(decode((encode(photo):gsub("=", ""))) == photo)
      end
    end)

    it("data urls", function()
      for _, prefix in ipairs {
        "data:image/jpeg;base64,", "data:;base64,", "data:video/mp4;base64,",
        "data:image/svg+xml;charset=utf-8;base64,", "data:image/png;name=" .. ("x"):rep(100) .. ";base64,",
      } do
        assert.same({ "foobar" }, { decode(prefix .. "Zm9vYmFy") })
        assert.same({ "f" }, { decode(prefix .. "Zg") })
        assert.equal("", decode(prefix))
      end
      local photo = support.medium("photo.jpg")
      local bytes, format = decode("data:image/png;base64," .. encode(photo))
      assert.is_true(bytes == photo)
      assert.equal("jpeg", format) -- the bytes decide, not the prefix
    end)

    it("base64 that only begins like a data url", function()
      for _, text in ipairs { "data", "dat", "da", "datadata", "date", "dataAAAA" } do
        local padded = text .. ("="):rep(-#text % 4)
        assert.equal(must("python3 -c 'import base64, sys; print(base64.b64decode(sys.argv[1]).hex())' " .. padded),
          (decode(padded):gsub(".", function(byte) return ("%02x"):format(byte:byte()) end)))
      end
    end)
  end)

  describe("names the format by the first bytes", function()
    local cases = {
      { "jpeg", "\255\216\255" }, { nil, "\255\216" }, { nil, "\255\216\254" },
      { "png", "\137PNG\r\n\26\n" }, { nil, "\137PNG\r\n\26" }, { nil, "\137PNG\n\26\n...." },
      { "mp4", "\0\0\0\24ftypisom" }, { nil, "\0\0\0\24ftyp" }, { nil, "\0\0\0\24fty" }, { nil, "ftypisom" },
      { "mp4", "\0\0\0\24ftypmp42" }, { "mp4", "\0\0\0\24ftypavc1" }, { "mp4", "\0\0\0\24ftypM4V " },
      -- Other families of ISO/IEC 14496-12: photos, sound, QuickTime; and brands of nobody's.
      { nil, "\0\0\0\24ftypheic" }, { nil, "\0\0\0\24ftypmif1" }, { nil, "\0\0\0\24ftypavif" },
      { nil, "\0\0\0\24ftypqt  " }, { nil, "\0\0\0\24ftypM4A " }, { nil, "\0\0\0\24ftyp3gp4" },
      { nil, "\0\0\0\24ftypisox" }, { nil, "\0\0\0\24ftyp\0\0\0\0" }, { nil, "\0\0\0\24ftypsomi" },
      { nil, "GIF89a......" }, { nil, "" }, { nil, "<html></html>" }, { nil, " \255\216\255" },
    }
    for i, case in ipairs(cases) do
      it(("(%d: %s)"):format(i, tostring(case[1])), function()
        local bytes, format = decode(encode(case[2]))
        assert.equal(case[2], bytes)
        assert.equal(case[1], format)
      end)
    end
  end)

  describe("says where a foreign character is", function()
    it("at every offset", function()
      local text = encode(support.medium("photo.jpg"):sub(1, 300))
      for offset = 0, #text - 1 do
        for _, character in ipairs { "*", " ", "\0", "-", "\255" } do
          refuses(text:sub(1, offset) .. character .. text:sub(offset + 2), "BASE64_FOREIGN", offset)
        end
      end
    end)

    it("for every byte that is none of base64's", function()
      local text = encode(support.medium("photo.jpg"):sub(1, 300))
      local foreign = 0
      for byte = 0, 255 do
        local character = string.char(byte)
        if not character:find("[A-Za-z0-9+/\r\n]") then
          foreign = foreign + 1
          refuses(text:sub(1, 17) .. character .. text:sub(18), "BASE64_FOREIGN", 17)
        end
      end
      assert.equal(256 - 66, foreign)
    end)

    it("counting line breaks and prefix", function()
      refuses("Zm9v\r\nZm*v", "BASE64_FOREIGN", 8)
      refuses("data:image/jpeg;base64,Zm9v*", "BASE64_FOREIGN", 27)
    end)

    it("far behind the beginning", function()
      local text = encode(support.medium("video.mp4"))
      local offset = #text - 5
      refuses(text:sub(1, offset) .. "_" .. text:sub(offset + 2), "BASE64_FOREIGN", offset)
    end)

    it("where padding is too much, too early, or not at the end", function()
      refuses("=", "BASE64_FOREIGN", 0)
      refuses("Z=", "BASE64_FOREIGN", 1)
      refuses("Zm9v=", "BASE64_FOREIGN", 4)
      refuses("Zm8==", "BASE64_FOREIGN", 4)
      refuses("Zg===", "BASE64_FOREIGN", 4)
      refuses("Zg==Zg==", "BASE64_FOREIGN", 4)
      refuses("Zg=g", "BASE64_FOREIGN", 3)
    end)

    it("where a url is no data url of base64", function()
      refuses("data:image/jpeg,Zm9v", "BASE64_FOREIGN", 4)
      refuses("data:base64,Zm9v", "BASE64_FOREIGN", 4)
      refuses("data:image/jpeg;base64;Zm9v", "BASE64_FOREIGN", 4)
      refuses("data:" .. ("x"):rep(1000) .. ";base64,Zm9v", "BASE64_FOREIGN", 4)
      refuses("data:", "BASE64_FOREIGN", 4)
      refuses('data:"', "BASE64_FOREIGN", 5)
      refuses("https://example.org/photo.jpg", "BASE64_FOREIGN", 5)
    end)
  end)

  describe("says when something is missing:", function()
    it("one character of four", function()
      for _, text in ipairs { "Z", "Zm9vZ", "Zm9vZ\r\n" } do
        refuses(text, "BASE64_CUT")
      end
    end)

    it("half of the padding", function()
      refuses("Zg=", "BASE64_CUT")
      refuses("Zm9vZg=\n", "BASE64_CUT")
    end)

    it("bits of a byte that has no padding to excuse it", function()
      refuses("Zh", "BASE64_CUT")
      refuses("Zm9", "BASE64_CUT")
      refuses("Zm9vZm9vZm9vZm9", "BASE64_CUT")
    end)

    it("any number of characters but whole groups, for a photo", function()
      local photo = support.medium("photo.jpg")
      local text = encode(photo)
      for length = #text - 40, #text - 1 do
        local bytes = decode(text:sub(1, length))
        if bytes then
          -- What is decoded is what was sent, up to the cut.
          assert.is_true(bytes == photo:sub(1, #bytes))
        end
        if length % 4 == 1 then
          assert.is_nil(bytes)
        end
      end
    end)
  end)

  it("never repeats the text in a failure", function()
    for _, text in ipairs { "secret*", "secret*secret", "data:secret", "s" } do
      local _, failure = decode(text)
      for name, value in pairs(failure) do
        assert.is_true(name == "status" or (name == "offset" and type(value) == "number"))
      end
    end
  end)

  it("raises for anything but a string", function()
    for _, wrong in ipairs { 1, true, {}, print } do
      assert.has_error(function() decode(wrong) end)
    end
    assert.has_error(function() decode() end)
  end)
end)

describe("encode_base64", function()
  it("writes RFC 4648's test vectors", function()
    for bytes, text in pairs {
      [""] = "", f = "Zg==", fo = "Zm8=", foo = "Zm9v", foob = "Zm9vYg==", fooba = "Zm9vYmE=", foobar = "Zm9vYmFy",
    } do
      assert.equal(text, core.encode_base64(bytes))
    end
  end)

  it("writes a video as base64(1) does, whatever its length", function()
    local bytes = support.medium "video.mp4"
    for _, length in ipairs { 48 * 1024 - 1, 48 * 1024, 48 * 1024 + 1, #bytes } do
      local expected = must(("head -c %d %s | base64 -w 0"):format(length, support.medium_path "video.mp4"))
      assert.is_true(core.encode_base64(bytes:sub(1, length)) == expected)
    end
  end)

  it("takes strings alone", function()
    assert.is_false(pcall(core.encode_base64, 5))
    assert.is_false(pcall(core.encode_base64))
  end)
end)
