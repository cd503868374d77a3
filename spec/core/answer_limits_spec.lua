-- The limits and the digests of an answer and its media.

local core = require "facequery.core"
local answers = require "help.answers"
local request_for = require "help.request"
local support = require "help.support"

local read, refuses, base64 = answers.read, answers.refuses, answers.base64
local VIDEO_TEXT, SHAPES = answers.VIDEO_TEXT, answers.SHAPES
local must = support.must

local folder

before_each(function() folder = support.folder() end)
after_each(function() support.remove_folder(folder) end)

describe("limits", function()
  -- A medium beyond its limit is not kept, and the rest of the answer is.
  local function is_too_large(text, options, name)
    local answer = assert(read(text, options))
    assert.same({ [name or "photo"] = { code = "MEDIA_TOO_LARGE" } }, answer.damaged)
    assert.is_nil(answer.media[name or "photo"])
  end

  local function photo(size)
    return '{"photo":"' .. base64(("\0"):rep(size)) .. '"}'
  end

  for _, where in ipairs { "memory", "file" } do
    it("let a medium of exactly max_media bytes pass, into " .. where, function()
      for _, size in ipairs { 1, 2, 3, 47, 48, 49, 1000, 70000, 300000 } do
        local path = where == "file" and folder .. "/photo" .. size or nil
        local text = photo(size)
        local answer = assert(read(text, { max_media = size, photo_path = path }))
        assert.equal(size, answer.media.photo.size)
        path = path and path .. "b"
        is_too_large(text, { max_media = size - 1, photo_path = path })
        if path then
          assert.equal("photo" .. size, support.list(folder))
          os.remove(answer.media.photo.path)
        end
      end
    end)
  end

  it("are for each medium", function()
    local text = SHAPES[1][2]
    assert(read(text, { max_media = 20 }))
    local damaged = assert(read(text, { max_media = 19 })).damaged
    assert.same({ photo = { code = "MEDIA_TOO_LARGE" }, video = { code = "MEDIA_TOO_LARGE" } }, damaged)
    is_too_large('{"video":"' .. VIDEO_TEXT .. '"}', { max_media = 19 }, "video")
  end)

  it("stop a medium's line breaks, too, in one value or in many", function()
    local allowed = 65536 + 20
    local text = "QUJD" .. ("\n"):rep(allowed)
    assert.equal("ABC", assert(read('{"photo":"' .. text .. '"}', { max_media = 20 })).media.photo.data)
    is_too_large('{"photo":"' .. text .. '\n"}', { max_media = 20 })
    is_too_large('{"video":"' .. ("\\r\\n"):rep(allowed) .. '"}', { max_media = 20 }, "video")
    local empty = '"photo":"' .. ("\r\n"):rep(1000) .. '",'
    is_too_large("{" .. empty:rep(40) .. '"code":"0"}', { max_media = 20 })
  end)

  it("let an envelope of exactly max_envelope bytes pass, media not counted", function()
    for _, answer in ipairs(SHAPES) do
      local text = answer[2]
      local size = #read(text).envelope
      assert(read(text, { max_envelope = size }))
      refuses("ENVELOPE_TOO_LARGE", text, { max_envelope = size - 1 })
    end
    local text = '{"photo":"' .. base64(support.medium("photo.jpg")) .. '"}'
    assert.equal('{"photo":""}', read(text, { max_envelope = 12 }).envelope)
    refuses("ENVELOPE_TOO_LARGE", text, { max_envelope = 11 })
    refuses("ENVELOPE_TOO_LARGE", '{"a":"' .. ("x"):rep(5000) .. '"}', { max_envelope = 5007 })
    assert(read('{"a":"' .. ("x"):rep(5000) .. '"}', { max_envelope = 5008 }))
  end)

  it("hold for blanks around the object, too", function()
    refuses("ENVELOPE_TOO_LARGE", (" "):rep(1000) .. "{}", { max_envelope = 1001 })
    refuses("ENVELOPE_TOO_LARGE", "{}" .. (" "):rep(1000), { max_envelope = 1001 })
    assert(read((" "):rep(999) .. "{}", { max_envelope = 1001 }))
  end)

  it("hold for depth", function()
    local function nested(depth)
      return '{"a":' .. ("["):rep(depth) .. ("]"):rep(depth) .. "}"
    end
    assert.equal(nested(100), read(nested(100)).envelope)
    refuses("JSON_TOO_DEEP", nested(100000))
    refuses("JSON_TOO_DEEP", '{"a":' .. ("["):rep(100000))
    refuses("JSON_TOO_DEEP", ('{"a":'):rep(100000))
  end)
end)

describe("digests", function()
  local function answer_with(bytes, options)
    return assert(read('{"photo":"' .. base64(bytes) .. '"}', options)).media.photo
  end
  local function sum(command, bytes)
    support.write_file(folder .. "/sum", bytes)
    return must(("%s <%s/sum | cut -c 1-64"):format(command, folder))
  end
  local function sm3(bytes)
    return sum("openssl dgst -sm3 -r", bytes)
  end

  it("are what sha256sum and openssl say, in memory and in files", function()
    local video = support.medium("video.mp4")
    for i, bytes in ipairs { "y", "abc", video:sub(1, 65536), video:sub(1, 262144), video:sub(1, 262145), video } do
      local path = folder .. "/" .. i
      local in_memory = answer_with(bytes, { hashes = { "sha256", "sm3" } })
      local in_file = answer_with(bytes, { hashes = { "sm3", "sha256" }, photo_path = path })
      assert.equal(sum("sha256sum", bytes), in_memory.sha256)
      assert.equal(sm3(bytes), in_memory.sm3)
      assert.equal(in_memory.sha256, in_file.sha256)
      assert.equal(in_memory.sm3, in_file.sm3)
      assert.equal(in_memory.sha256, must("sha256sum " .. path .. " | cut -c 1-64"))
    end
  end)

  it("are taken only where asked for", function()
    local none, one = answer_with("abc"), answer_with("abc", { hashes = { "sm3" } })
    assert.is_nil(none.sha256)
    assert.is_nil(none.sm3)
    assert.is_nil(one.sha256)
    -- GB/T 32905, example 1.
    assert.equal("66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0", one.sm3)
  end)

  it("of the whole answer are sha256sum's", function()
    local text = " " .. SHAPES[5][2] .. "\n"
    local response = assert(core.answer(request_for { digest_body = true }))
    for piece in text:gmatch("..?.?.?.?.?.?") do
      assert(response:feed(piece))
    end
    assert(response:finish())
    assert.equal(sum("sha256sum", text), response:digest())
    assert.equal("", response:digest())
  end)

  it("of the whole answer are empty where not asked for", function()
    local response = assert(core.answer(request_for()))
    assert(response:feed("{}") and response:finish())
    assert.equal("", response:digest())
  end)
end)
