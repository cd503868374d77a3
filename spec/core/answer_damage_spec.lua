-- What is kept of media that are not base64.

local core = require "facequery.core"
local answers = require "help.answers"
local request_for = require "help.request"
local support = require "help.support"

local read, refuses, told, base64 = answers.read, answers.refuses, answers.told, answers.base64
local PHOTO, PHOTO_TEXT, VIDEO, VIDEO_TEXT = answers.PHOTO, answers.PHOTO_TEXT, answers.VIDEO, answers.VIDEO_TEXT
local must = support.must

local folder

before_each(function() folder = support.folder() end)
after_each(function() support.remove_folder(folder) end)

describe("a medium that is not base64", function()
  -- { code, offset, text, false where no rule tells its line breaks and escapes }
  local DAMAGES = {
    { "BASE64_FOREIGN", 4, "/9j/*AAQ" },
    { "BASE64_FOREIGN", 8, "AAAA\\r\\nAA\\u002dA" },
    { "BASE64_FOREIGN", 4, "data:image\\/jpeg,AAAA" },
    { "BASE64_FOREIGN", 29, "DATA:image\\/jpeg;BASE64,Zm9v\\/\\n*" },
    { "BASE64_FOREIGN", 2, "AA\\\"A" },
    { "BASE64_FOREIGN", 2, "AA\\\\A" },
    { "BASE64_FOREIGN", 2, "AA\\tA" },
    { "BASE64_FOREIGN", 0, "\\u0000AAA" },
    { "BASE64_FOREIGN", 1, "A\\uff21AA" },
    { "BASE64_FOREIGN", 1, "A\0AA" },
    { "BASE64_FOREIGN", 2, "AAＡ" },
    { "BASE64_FOREIGN", 4, "AAAA==" },
    { "BASE64_FOREIGN", 4, "Zg==Zg==" },
    { "BASE64_FOREIGN", 5, "data:\\\"," },
    -- Longer than this no data URL's prefix is.
    { "BASE64_FOREIGN", 127, "data:" .. ("R"):rep(122) .. "\\\\" },
    { "BASE64_FOREIGN", 4, "data:" .. ("R"):rep(123) .. "\\\\" },
    { "BASE64_FOREIGN", 4, "data:" .. ("R"):rep(123) .. "\\\"" },
    { "BASE64_FOREIGN", 4, "data:" .. ("R"):rep(123) },
    { "BASE64_FOREIGN", 5, "https:\\/\\/example.org" },
    { "BASE64_FOREIGN", 3, "QUJ QUJD" },
    { "BASE64_FOREIGN", 19, "Zm9vYmFy\\nZm9vYmFy\\nZ*" },
    { "BASE64_FOREIGN", 15, "Zm9v\\r\\nZm9v\\r\\nZm9*\\r\\nZg==\\ud83d\\ude42é" },
    { "BASE64_FOREIGN", 5, "Zm\r9v*" },
    { "BASE64_FOREIGN", 7, "Zm\n9vZm*" },
    { "BASE64_FOREIGN", 10, "Zm9v\\nZm9v\\n*" },
    { "BASE64_CUT", nil, "AAAAA" },
    { "BASE64_CUT", nil, "AA=" },
    { "BASE64_CUT", nil, "Zm9v\\/" },
    { "BASE64_CUT", nil, "Zm9v\nZm9v\nZ\n" },
    { "BASE64_FOREIGN", 5, "\\u005am9v\\/*", false },
    { "BASE64_FOREIGN", 8, "Zm9v/\\/Zm*", false },
    { "BASE64_FOREIGN", 5, "Z\nm9v*" },
    { "BASE64_FOREIGN", 9, "Zm9v\n\rZm9*" },
    { "BASE64_FOREIGN", 10, "Zm9v\nZm\n9v*", false },
    { "BASE64_FOREIGN", 11, "Zm9v\nZm9v\r\n*", false },
  }

  for i, case in ipairs(DAMAGES) do
    local code, offset, text = case[1], case[2], case[3]
    it(("costs the answer nothing, and stays as it came, cut at any place (%d: %s)"):format(i, code), function()
      local answer = '{"code":"0","photo":"' .. text .. '","result":{"orderNo":"a1","video":"' .. VIDEO_TEXT .. '"}}'
      local read_once = assert(read(answer, { hashes = { "sha256" } }))
      assert.equal('{"code":"0","photo":"","result":{"orderNo":"a1","video":""}}', read_once.envelope)
      assert.is_nil(read_once.media.photo)
      assert.equal(VIDEO, read_once.media.video.data)
      local damage = read_once.damaged.photo
      assert.is_nil(read_once.damaged.video)
      assert.same({ code, offset }, { damage.code, damage.offset })
      assert.equal(case[4] ~= false, damage.exact)
      if damage.exact then
        assert.equal(text, damage.data)
      end
      support.write_file(folder .. "/damaged", damage.data)
      assert.equal(must(("sha256sum %s/damaged"):format(folder)):sub(1, 64), damage.sha256)
      local whole = told(answer)
      for at = 0, #answer do
        assert.equal(whole, told { answer:sub(1, at), answer:sub(at + 1) })
      end
      assert.equal(whole, told { answer:match("^" .. ("(.?)"):rep(30) .. "(.*)$") })
    end)
  end

  it("is written again as it came, line breaks and escapes included, from a file as from memory", function()
    local video = base64(support.medium("video.mp4"):sub(1, 400000))
    for i, text in ipairs {
      video, "data:video/mp4;base64," .. video, (video:gsub("/", "\\/")),
      (video:gsub(("."):rep(76), "%0\\r\\n")), (video:gsub(("."):rep(64), "%0\n")),
      (video:gsub("/", "\\/"):gsub(("[^\\]"):rep(4), "%0", 1)),
    } do
      local damaged = text .. "*" .. text
      for _, path in ipairs { folder .. "/video" .. i, false } do
        local answer = assert(read('{"video":"' .. damaged .. '"}', { video_path = path or nil }))
        assert.is_true(damaged == answer.damaged.video.data)
        assert.is_true(answer.damaged.video.exact)
        assert.equal("", support.list(folder))
      end
    end
  end)

  it("of nothing but blanks is none, and left in the envelope to be seen", function()
    for _, blanks in ipairs {
      " ", "   \t ", " \r\n ",
      "\\t", " \\t ", "\\u0020", "\\u0009\\u000A \\u000d", " \\n\\r",
    } do
      local text = '{"photo":"' .. blanks .. '","video":"' .. VIDEO_TEXT .. '","result":{"photo":"QUJD"}}'
      local answer = assert(read(text))
      assert.equal('{"photo":"' .. blanks .. '","video":"","result":{"photo":""}}', answer.envelope)
      assert.is_nil(answer.damaged)
      assert.equal("ABC", answer.media.photo.data)
    end
  end)

  it("of blanks is none, even where no rule tells how they came", function()
    local blanks = "\\n\\r\\n\\n \\n"
    local answer = assert(read(('{"photo":"%s","result":{"photo":"QUJD"}}'):format(blanks)))
    assert.equal("ABC", answer.media.photo.data)
    assert.same({}, { answer.damaged, answer.layout })
    answer = assert(read(('{"photo":"%s","result":{"photo":"%s"}}'):format(blanks, blanks)))
    assert.same({}, { answer.media.photo, answer.damaged, answer.layout })
  end)

  it("that begins with blanks, written in any way, is damaged all the same", function()
    for _, text in ipairs { "\\t*", "\\u0020QUJD", "\\u0021", "\\b", "\\f ", " \\u00200" } do
      local answer = assert(read('{"photo":"' .. text .. '"}'))
      assert.equal(text, answer.damaged.photo.data)
      assert.equal('{"photo":""}', answer.envelope)
    end
  end)

  it("does the other's file no harm", function()
    local answer = assert(read('{"photo":"' .. PHOTO_TEXT .. '","video":"AAAA*"}',
      { photo_path = folder .. "/photo", video_path = folder .. "/video" }))
    assert.equal("photo", support.list(folder))
    assert.equal(PHOTO, support.read_file(answer.media.photo.path))
    assert.equal("AAAA*", answer.damaged.video.data)
  end)

  it("is damaged, too, where it came twice: the first stays, and the second as it came", function()
    for _, text in ipairs {
      '{"photo":"QUJD","photo":"REVG"}', '{"photo":"QUJD","result":{"photo":"REVG"}}',
      '{"photo":"QUJD","result":{"photo":"","\\u0070hoto":"REVG"}}',
    } do
      local answer = assert(read(text))
      assert.equal("ABC", answer.media.photo.data)
      assert.same({ code = "DUPLICATE_MEDIA", data = "REVG", size = 4, exact = true }, answer.damaged.photo)
    end
  end)

  it("is not kept beyond twice what a good one may hold, and 64 KiB", function()
    local most = 2 * 1000 + 65536
    local answer = assert(read('{"photo":"*' .. ("x"):rep(most - 1) .. '"}', { max_media = 1000 }))
    assert.equal(most, answer.damaged.photo.size)
    refuses("MEDIA_TOO_LARGE", '{"photo":"*' .. ("x"):rep(most) .. '","code":"0"}', { max_media = 1000 },
      { field = "photo" })
  end)

  it("that does not end is given up, whether it is kept or not", function()
    for _, beginning in ipairs { '{"video":"*', '{"video":"', '{"video":"AAAA","video":"' } do
      local response = assert(core.answer(request_for { max_media = 100000 }))
      assert(response:feed(beginning))
      local fed, failure = 0, nil
      while not failure do
        failure = select(2, response:feed(("A"):rep(4000)))
        fed = fed + 4000
      end
      assert.same({ status = "MEDIA_TOO_LARGE", field = "video" }, failure)
      assert.is_true(fed > 200000 and fed < 500000)
    end
  end)

  it("leaves a byte order mark before the answer where it is, outside the envelope", function()
    local text = '\239\187\191 {"code":"0"}'
    assert.equal(' {"code":"0"}', read(text).envelope)
    for at = 0, #text do
      assert.equal(told(text), told { text:sub(1, at), text:sub(at + 1) })
    end
  end)
end)
