-- An answer as core.answer splits it, fed by hand; and facequery.transport.settle, which settles it.

local core = require "facequery.core"
local request_for = require "help.request"
local support = require "help.support"

local must, quote = support.must, support.quote

-- The example of the provider's page, to the letter: two quotation marks in it are full-width.
-- luacheck: push no max line length
local SAMPLE = [==[{"code":"0","msg":"请求成功","bizSeqNo":"22032920001184453211174015790894","result":{"orderNo":"1617091885609174325769165852","liveRate":"99","similarity":"88.01","occurredTime":"20220329104717","appId":"IDAXXXXX”,”photo”:”******","video":"******","bizSeqNo":"22032920001184453211174015790894","sdkVersion":"1.12.12","trtcFlag":"Y"},"transactionTime":"20220329111740"}]==]
-- luacheck: pop

-- Feeds an answer in pieces.  What came of it: { envelope =, media =, damaged = }, or nil and a failure.
local function read(pieces, options)
  local response, failure = core.answer(request_for(options))
  if not response then
    return nil, failure
  end
  local ok
  for _, piece in ipairs(type(pieces) == "string" and { pieces } or pieces) do
    ok, failure = response:feed(piece)
    if not ok then
      return nil, failure
    end
  end
  ok, failure = response:finish()
  if not ok then
    return nil, failure
  end
  local envelope = response:envelope()
  local media, damaged = response:keep()
  if not media then
    return nil, damaged
  end
  return { envelope = envelope, media = media, damaged = damaged }
end

local function refuses(status, pieces, options, more)
  local answer, failure = read(pieces, options)
  assert.is_nil(answer)
  local expected = { status = status }
  for name, value in pairs(more or {}) do
    expected[name] = value
  end
  assert.same(expected, failure)
end

-- Everything that came of it as one text, to compare by.
local function told(pieces)
  local answer, failure = read(pieces)
  local words = {}
  if answer then
    words[1] = answer.envelope
    for _, name in ipairs { "photo", "video" } do
      local medium = answer.media[name] or {}
      local damage = (answer.damaged or {})[name] or {}
      for _, field in ipairs { "size", "format", "mime", "data", "code", "offset", "exact" } do
        words[#words + 1] = ("%s.%s=%s %s"):format(name, field, tostring(medium[field]), tostring(damage[field]))
      end
    end
  else
    words = { failure.status, tostring(failure.field), tostring(failure.offset) }
  end
  return table.concat(words, "\n")
end

local folder

before_each(function() folder = support.folder() end)
after_each(function() support.remove_folder(folder) end)

local function base64(bytes)
  support.write_file(folder .. "/bytes", bytes)
  local text = must(("base64 -w 0 %s/bytes"):format(folder))
  os.remove(folder .. "/bytes")
  return text
end

local function jq(filter, text)
  support.write_file(folder .. "/json", text)
  local output = must(("jq -cS %s %s/json"):format(quote(filter), folder))
  os.remove(folder .. "/json")
  return output
end

-- 20 bytes each: a photo that begins like a JPEG, a video that begins like an MP4.
local PHOTO, PHOTO_TEXT = "\255\216\255\224\0\16JFIF\0\1+/+/\251\255\254\1", "/9j/4AAQSkZJRgABKy8rL/v//gE="
local VIDEO, VIDEO_TEXT = "\0\0\0\24ftypisom\0\0\2\0isom", "AAAAGGZ0eXBpc29tAAACAGlzb20="

-- Answers in every shape that is known.  `photo`, `video`: false where there is none.
local ANSWERS = {
  { "flat", '{"code":"0","photo":"' .. PHOTO_TEXT .. '","video":"' .. VIDEO_TEXT .. '","orderNo":"a1"}' },
  { "nested", '{"code":"0","result":{"photo":"' .. PHOTO_TEXT .. '","orderNo":"a1","video":"' .. VIDEO_TEXT .. '"}}' },
  { "in both places", '{"video":"' .. VIDEO_TEXT .. '","result":{"x":[{"y":1}],"photo":"' .. PHOTO_TEXT .. '"}}' },
  { "with blanks", ' \r\n\t{ "result" :\n{ "photo"\t: "' .. PHOTO_TEXT .. '" ,\r\n"video" : "' .. VIDEO_TEXT
    .. '" } }\n ' },
  { "with escaped media", '{"photo":"' .. PHOTO_TEXT:gsub("/", "\\/"):gsub("%+", "\\u002b"):gsub("=", "\\u003D")
    .. '","video":"' .. VIDEO_TEXT:gsub(".", function(c) return ("\\u%04x"):format(c:byte()) end) .. '"}' },
  { "with escaped keys", '{"\\u0072esul\\u0074":{"\\u0070hoto":"' .. PHOTO_TEXT .. '","vide\\u006F":"' .. VIDEO_TEXT
    .. '"}}' },
  { "with line breaks", '{"photo":"\\r\\n' .. PHOTO_TEXT:gsub("....", "%0\\r\\n") .. '","video":"'
    .. VIDEO_TEXT:gsub("...", "%0\\n") .. '"}' },
  { "with data urls", '{"photo":"data:image\\/jpeg;base64,' .. PHOTO_TEXT .. '","video":"data:video/mp4;base64,'
    .. VIDEO_TEXT .. '"}' },
  { "without padding", '{"photo":"' .. PHOTO_TEXT:gsub("=", "") .. '","video":"' .. VIDEO_TEXT:gsub("=", "") .. '"}' },
  { "without media", '{"code":"66660011","msg":"无此查询结果","result":{"photo":null,"video":""}}', false, false },
  { "with an empty medium first", '{"photo":"","result":{"photo":"' .. PHOTO_TEXT .. '","video":null},"video":""}',
    true, false },
  { "with media's names elsewhere", '{"a":{"photo":"p","video":["v"],"result":{"photo":"q"}},"photos":"r","Photo":"s",'
    .. '"list":["photo","video",{"photo":"t"}],"result":{"deeper":{"video":"u"},"result":{"photo":"w"},"pho":"to",'
    .. '"phot":"x","photo ":"y","\\u0000photo":"z","photo\\u0000":"z","ph\\u00f6to":1,"photo\\ud83d\\ude42":2}}', false,
    false },
  { "with media that are no strings", '{"photo":{"photo":"a","x":[1]},"video":["b",{"video":"c"}],"result":{"photo":1,'
    .. '"video":true}}', false, false },
  { "with a list as its result", '{"result":[{"photo":"a"},"photo","b"],"x":{"photo":"c"}}', false, false },
  { "with quotes and brackets inside texts", '{"a":"\\"photo\\":\\"x\\"","b":"}]{[,:","c\\\\":"\\\\","d\\"":"\\\\\\"",'
    .. '"photo":"' .. PHOTO_TEXT .. '","e":"\\u0022,\\u005c"}', true, false },
  { "with every kind of value", '{"n":-1.25e-7,"t":true,"f":false,"z":null,"l":[1,"two",[3],{"four":4},[],{}],"":0,'
    .. '"emoji":"\\ud83d\\ude42 🙂","long name of a field that matters to nobody":1,"photo":"' .. PHOTO_TEXT .. '"}',
    true, false },
  { "empty", "{}", false, false },
}

describe("an answer", function()
  for _, case in ipairs(ANSWERS) do
    local name, text, has_photo, has_video = case[1], case[2], case[3] ~= false, case[4] ~= false

    describe(name, function()
      it("gives its media, and everything else as jq reads it", function()
        local answer = assert(read(text))
        local photo, video = answer.media.photo, answer.media.video
        if has_photo then
          assert.same({ data = PHOTO, size = 20, format = "jpeg", mime = "image/jpeg" }, photo)
        else
          assert.is_nil(photo)
        end
        if has_video then
          assert.same({ data = VIDEO, size = 20, format = "mp4", mime = "video/mp4" }, video)
        else
          assert.is_nil(video)
        end
        local blank = 'if type == "object" then (if (.photo | type) == "string" then .photo = "" else . end)'
          .. ' | (if (.video | type) == "string" then .video = "" else . end) else . end'
        assert.equal(jq(blank .. ' | if has("result") then .result |= (' .. blank .. ") else . end", text),
          jq(".", answer.envelope))
      end)

      it("reads the same, cut at any place", function()
        local whole = told(text)
        for at = 0, #text do
          assert.equal(whole, told { text:sub(1, at), text:sub(at + 1) })
        end
      end)

      it("reads the same, byte by byte", function()
        local bytes = {}
        for at = 1, #text do
          bytes[at] = text:sub(at, at)
        end
        assert.equal(told(text), told(bytes))
      end)

      it("is no answer, when it ends before its end", function()
        local object = text:match("^.*}")
        for length = 0, #object - 1 do
          local answer, failure = read(text:sub(1, length))
          assert.is_nil(answer)
          assert.equal("JSON_CUT", failure.status)
        end
      end)
    end)
  end

  -- The first failure in an answer is where it is, however it arrives.
  local FAILURES = {
    { "DUPLICATE_FIELD", '{"code":"66660004","code":"0"}' },
    { "DUPLICATE_FIELD", '{"code":"66660004","c\\u006fde":"0"}' },
    { "DUPLICATE_FIELD", '{"orderNo":"b2","orderNo":"a1"}' },
    { "DUPLICATE_FIELD", '{"result":{"code":"1"},"result":{"code":"0"}}' },
    { "DUPLICATE_FIELD", '{"result":{"code":"1","code":"0"}}' },
    { "NOT_JSON", '{"photo":"AA\\xAA"}', { field = "photo" } },
    { "NOT_JSON", '{"photo":"AA\\u00g0"}', { field = "photo" } },
    { "NOT_JSON", '{"x":"\\a"}' },
    { "NOT_JSON", '{"x":"\\u12"}' },
    { "NOT_JSON", '{"x":"\\\0"}' },
    { "NOT_JSON", "<html></html>" },
    { "NOT_JSON", '[{"code":"0"}]' },
    { "NOT_JSON", '"code"' },
    { "NOT_JSON", "null" },
    { "NOT_JSON", '\239\187{"code":"0"}' },
    { "NOT_JSON", '\239\187\191\239\187\191{"code":"0"}' },
    { "NOT_JSON", '{"photo":"*\\x"}', { field = "photo" } },
    { "NOT_JSON", '\0{"code":"0"}' },
    { "TRAILING_DATA", '{"code":"0"}{"code":"0"}' },
    { "TRAILING_DATA", '{"code":"0"} ]' },
    { "TRAILING_DATA", '{"code":"0"}}' },
    { "TRAILING_DATA", '{"code":"0"}\n\0' },
    { "JSON_CUT", "" },
    { "JSON_CUT", " \r\n\t" },
    { "JSON_CUT", '{"code":"0"' },
    { "JSON_CUT", '{"photo":"AAAA' },
  }

  for i, case in ipairs(FAILURES) do
    local status, text, more = case[1], case[2], case[3]
    it(("that is wrong is refused the same, cut at any place (%d: %s)"):format(i, status), function()
      refuses(status, text, nil, more)
      for at = 0, #text do
        refuses(status, { text:sub(1, at), text:sub(at + 1) }, nil, more)
      end
      refuses(status, { text:match("^" .. ("(.?)"):rep(30) .. "(.*)$") }, nil, more)
    end)
  end

  it("stays refused, whatever follows", function()
    local response = assert(core.answer(request_for()))
    local _, first = response:feed('{"photo":"\\*')
    for _, call in ipairs {
      function() return response:feed('"}') end,
      function() return response:feed("") end,
      function() return response:finish() end,
      function() return response:keep() end,
    } do
      local ok, failure = call()
      assert.is_nil(ok)
      assert.same(first, failure)
    end
  end)

  it("is not kept before its end", function()
    local response = assert(core.answer(request_for { photo_path = folder .. "/photo" }))
    assert(response:feed('{"photo":"AAAAAAAA'))
    local media, failure = response:keep()
    assert.is_nil(media)
    assert.same({ status = "JSON_CUT" }, failure)
    response:close()
    assert.equal("", support.list(folder))
  end)

  it("may be fed nothing at all, any time", function()
    assert.equal(told(ANSWERS[1][2]), told { "", ANSWERS[1][2]:sub(1, 30), "", "", ANSWERS[1][2]:sub(31), "" })
  end)

  it("keeps a NUL in the envelope where it was", function()
    assert.equal('{"a":"\0","b"\0:1}', read('{"a":"\0","b"\0:1}').envelope)
  end)

  it("has no photo in the page's own example, and a video that is none", function()
    local damaged = assert(read(SAMPLE, { hashes = {} })).damaged
    assert.same({ video = { code = "BASE64_FOREIGN", offset = 0, data = "******", size = 6, exact = true } }, damaged)
    local answer = assert(read((SAMPLE:gsub('"video":"%*+"', '"video":"' .. VIDEO_TEXT .. '"'))))
    assert.is_nil(answer.media.photo)
    assert.equal(VIDEO, answer.media.video.data)
    assert.equal("IDAXXXXX”,”photo”:”******", (jq(".result.appId", answer.envelope):gsub('^"(.*)"$', "%1")))
  end)
end)

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

describe("a real answer", function()
  -- Park and Miller's generator: the same cuts on every Lua.
  local seed = 20240229
  local function random(limit)
    seed = seed * 16807 % 2147483647
    return seed % limit + 1
  end

  it("reads the same in pieces of any sizes", function()
    local photo, video = support.medium("photo.jpg"), support.medium("video.mp4"):sub(1, 30000)
    local form = '{"code":"0","result":{"orderNo":"a1","photo":"%s","similarity":"88.01","video":"%s"},"msg":"好"}'
    local text = form:format(base64(photo):gsub("/", "\\/"), (base64(video):gsub(("."):rep(76), "%0\\n")))
    local whole = told(text)
    assert.truthy(whole:find(photo, 1, true))
    assert.truthy(whole:find(video, 1, true))
    for round = 1, 120 do
      local longest = ({ 5, 50, 700, 20000 })[round % 4 + 1]
      local pieces, at = {}, 1
      while at <= #text do
        local size = random(longest)
        pieces[#pieces + 1] = text:sub(at, at + size - 1)
        at = at + size
      end
      assert.is_true(told(pieces) == whole)
    end
  end)

  it("is never a success when it was cut", function()
    local photo = base64(support.medium("photo.jpg"):sub(1, 900))
    local text = '{"code":"0","orderNo":"a1","photo":"' .. photo .. '","msg":"x"}'
    for length = 0, #text - 1 do
      refuses("JSON_CUT", text:sub(1, length))
    end
  end)
end)

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
    local text = ANSWERS[1][2]
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
    for _, answer in ipairs(ANSWERS) do
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

  it("are 64 MiB and 1 MiB where nothing is said", function()
    local mebibyte = ("AAAA"):rep(1024 * 1024 / 3 - 1 / 3) .. "AA" -- 1048576 bytes
    local response = assert(core.answer(request_for { photo_path = folder .. "/photo" }))
    assert(response:feed('{"photo":"'))
    for _ = 1, 64 do
      assert(response:feed(mebibyte:sub(1, -3)))
    end
    assert(response:feed(("A"):rep(86))) -- what the 64 pieces lack: 64 bytes
    assert(response:feed('AAAA"}'))
    assert(response:finish())
    assert.same({ photo = { code = "MEDIA_TOO_LARGE" } }, select(2, response:keep()))
    assert.equal("", support.list(folder))
    assert(read('{"a":"' .. ("x"):rep(1024 * 1024 - 8) .. '"}'))
    refuses("ENVELOPE_TOO_LARGE", '{"a":"' .. ("x"):rep(1024 * 1024 - 7) .. '"}')
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
    local text = " " .. ANSWERS[5][2] .. "\n"
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

describe("files", function()
  local photo_path, video_path

  before_each(function()
    photo_path, video_path = folder .. "/photo", folder .. "/video"
  end)

  local function start(options)
    options = options or {}
    options.photo_path = options.photo_path or photo_path
    options.video_path = options.video_path or video_path
    return core.answer(request_for(options))
  end

  it("appear with keep, and not before", function()
    local response = assert(start())
    local text = '{"photo":"' .. base64(support.medium("photo.jpg")) .. '","video":"'
      .. base64(support.medium("video.mp4")) .. '"}'
    for at = 1, #text, 100000 do
      assert(response:feed(text:sub(at, at + 99999)))
      assert.equal("", support.list(folder))
    end
    assert(response:finish())
    assert.equal("", support.list(folder))
    local media = assert(response:keep())
    assert.equal("photo\nvideo", support.list(folder))
    assert.same({ path = photo_path, size = 21793, format = "jpeg", mime = "image/jpeg" }, media.photo)
    assert.same({ path = video_path, size = 911695, format = "mp4", mime = "video/mp4" }, media.video)
    local media_folder = support.env("SANDBOX_DIR") .. "/sandbox/media/"
    must(("cmp %sphoto.jpg %s"):format(media_folder, photo_path))
    must(("cmp %svideo.mp4 %s"):format(media_folder, video_path))
    assert.equal("600\n600", must("stat -c %a " .. folder .. "/*"))
  end)

  it("are read and written by their owner alone, whatever the umask", function()
    must("umask 000; " .. support.lua_command(([[
      local response = require("facequery.core").answer(require "help.request" { photo_path = %q })
      assert(response:feed('{"photo":"AAAA"}') and response:finish() and response:keep())
    ]]):format(photo_path)))
    assert.equal("600", must("stat -c %a " .. photo_path))
  end)

  it("of a relative path lie in the working folder", function()
    local name = "spec-" .. core.nonce()
    local media = assert(read('{"photo":"AAAA"}', { photo_path = name })).media
    assert.equal(name, media.photo.path)
    assert.equal("\0\0\0", support.read_file(name))
    os.remove(name)
  end)

  it("are for one medium, where only one has a path", function()
    local answer = assert(read(ANSWERS[1][2], { video_path = video_path }))
    assert.equal(PHOTO, answer.media.photo.data)
    assert.equal("video", support.list(folder))
    assert.equal(VIDEO, support.read_file(video_path))
  end)

  it("don't appear for a medium that did not come", function()
    for _, text in ipairs { "{}", '{"photo":null}', '{"photo":""}', '{"photo":"\\n"}' } do
      local answer = assert(read(text, { photo_path = photo_path, video_path = video_path }))
      assert.same({}, answer.media)
      assert.equal("", support.list(folder))
    end
  end)

  it("leave nothing when the answer is wrong", function()
    for _, text in ipairs {
      '{"photo":"' .. PHOTO_TEXT .. '"}x', '{"photo":"' .. PHOTO_TEXT,
      '{"photo":"' .. PHOTO_TEXT .. '","code":1,"code":2}',
    } do
      assert.is_nil(read(text, { photo_path = photo_path, video_path = video_path }))
      assert.equal("", support.list(folder))
    end
  end)

  it("leave nothing when the answer is closed or dropped", function()
    for _, finished in ipairs { true, false } do
      for _, closed in ipairs { true, false } do
        local response = assert(start())
        assert(response:feed(ANSWERS[1][2]:sub(1, finished and -1 or 40)))
        if finished then
          assert(response:finish())
        end
        if closed then
          response:close()
        end
        response = nil -- luacheck: ignore
        collectgarbage()
        collectgarbage()
        assert.equal("", support.list(folder))
      end
    end
  end)

  it("leave nothing when the process is killed", function()
    support.shell("sh -c " .. quote(support.lua_command(([[
      local response = require("facequery.core").answer(require "help.request" { photo_path = %q, video_path = %q })
      assert(response:feed('{"photo":"' .. ("A"):rep(1000000)))
      os.execute("ls -A %s >%s.seen; kill -9 $PPID")
    ]]):format(photo_path, video_path, folder, folder)) .. "; true"))
    assert.equal("", support.read_file(folder .. ".seen"))
    os.remove(folder .. ".seen")
    assert.equal("", support.list(folder))
  end)

  it("are refused beforehand where a file is", function()
    support.write_file(photo_path, "old")
    local response, failure = start()
    assert.is_nil(response)
    assert.same({ status = "FILE_EXISTS", field = "photo" }, failure)
    response, failure = start { photo_path = folder .. "/new", video_path = photo_path }
    assert.is_nil(response)
    assert.same({ status = "FILE_EXISTS", field = "video" }, failure)
    assert.equal("photo", support.list(folder))
    assert.equal("old", support.read_file(photo_path))
  end)

  it("are refused where a file came meanwhile, and leave it", function()
    local response = assert(start())
    assert(response:feed(ANSWERS[1][2]) and response:finish())
    support.write_file(photo_path, "theirs")
    local media, failure = response:keep()
    assert.is_nil(media)
    assert.same({ status = "FILE_EXISTS", field = "photo" }, failure)
    response:close()
    assert.equal("photo", support.list(folder))
    assert.equal("theirs", support.read_file(photo_path))
  end)

  it("are both gone when the second can't be named", function()
    local response = assert(start())
    assert(response:feed(ANSWERS[1][2]) and response:finish())
    support.write_file(video_path, "theirs")
    local media, failure = response:keep()
    assert.is_nil(media)
    assert.same({ status = "FILE_EXISTS", field = "video" }, failure)
    assert.has_error(function() response:keep() end)
    assert.equal("video", support.list(folder))
    assert.equal("theirs", support.read_file(video_path))
  end)

  it("don't appear when there is no memory to tell of them", function()
    if support.is_asan then
      pending "the sanitizer needs all the memory that there is"
      return
    end
    -- The photo, in memory, has no room to become a string; the video is complete in its file.
    local code = ([[
      local response = assert(require("facequery.core").answer(require "help.request" { video_path = %q }))
      assert(response:feed '{"video":"QUJD","photo":"')
      for _ = 1, 30 do
        assert(response:feed(("QUJD"):rep(250000)))
      end
      assert(response:feed '"}' and response:finish())
      local status = io.open "/proc/self/status":read "*a"
      local pid, kilobytes = status:match "\nPid:%%s*(%%d+)", status:match "\nVmSize:%%s*(%%d+)"
      os.execute(("prlimit --pid %%s --as=%%d"):format(pid, (kilobytes + 4000) * 1024))
      print(pcall(response.keep, response))
    ]]):format(video_path)
    assert.equal("false\tnot enough memory", must(support.lua_command(code)))
    assert.equal("", support.list(folder))
  end)

  it("can't share a path", function()
    refuses("FILE_EXISTS", ANSWERS[1][2], { photo_path = photo_path, video_path = photo_path }, { field = "video" })
    assert.equal("", support.list(folder))
  end)

  it("don't follow a link, dangling or not", function()
    for _, target in ipairs { "nowhere", "target" } do
      support.write_file(folder .. "/target", "old")
      must(("ln -sfn %s %s"):format(target, photo_path))
      local response, failure = start()
      assert.is_nil(response)
      assert.same({ status = "FILE_EXISTS", field = "photo" }, failure)
      assert.equal("photo\ntarget", support.list(folder))
      assert.equal(target, must("readlink " .. photo_path))
      assert.equal("old", support.read_file(folder .. "/target"))
    end
  end)

  it("don't follow a link that came meanwhile", function()
    local response = assert(start())
    assert(response:feed(ANSWERS[1][2]) and response:finish())
    must(("ln -s nowhere %s"):format(photo_path))
    local media, failure = response:keep()
    assert.is_nil(media)
    assert.same({ status = "FILE_EXISTS", field = "photo" }, failure)
    assert.equal("photo", support.list(folder))
  end)

  it("are refused where a folder is", function()
    for _, path in ipairs { folder, folder .. "/", "/" } do
      local response, failure = start { photo_path = path }
      assert.is_nil(response)
      assert.same({ status = "FILE_EXISTS", field = "photo" }, failure)
    end
  end)

  -- Before anything is sent; the system's own words say why.
  local function cannot_be_written(path, why)
    local response, failure = start { photo_path = path }
    assert.is_nil(response)
    assert.same({ status = "FILE_UNWRITABLE", field = "photo", detail = why }, failure)
    response, failure = start { video_path = path }
    assert.is_nil(response)
    assert.same({ status = "FILE_UNWRITABLE", field = "video", detail = why }, failure)
    assert.equal("", support.list(folder))
  end

  it("need a folder that exists", function()
    cannot_be_written(folder .. "/missing/photo", "No such file or directory")
    cannot_be_written("/dev/null/photo", "Not a directory")
    cannot_be_written(folder .. "/" .. ("x"):rep(300), "File name too long")
  end)

  it("need a folder that can be written", function()
    must("chmod 0500 " .. folder)
    local code = ([[
      local response, failure = require("facequery.core").answer(require "help.request" { photo_path = %q })
      assert(not response)
      print(failure.status, failure.field, failure.detail)
    ]]):format(photo_path)
    assert.equal("FILE_UNWRITABLE\tphoto\tPermission denied",
      must(support.without_privileges() .. support.lua_command(code)))
    assert.equal("", support.list(folder))
  end)

  it("say when the disk is full, and leave nothing", function()
    -- A limit on the size of files is the full disk that needs no disk.
    local output = must(("ulimit -f 1024; trap '' XFSZ; %s"):format(support.lua_command(([[
      local response = require("facequery.core").answer(require "help.request" { photo_path = %q })
      assert(response:feed('{"photo":"'))
      local ok, failure
      repeat
        ok, failure = response:feed(("A"):rep(100000))
      until not ok
      print(failure.status, failure.field, failure.detail)
    ]]):format(photo_path))))
    assert.equal("FILE_UNWRITABLE\tphoto\tFile too large", output)
    assert.equal("", support.list(folder))
  end)
end)

describe("settling an answer", function()
  local settle_answer = require "facequery.transport.settle"

  local function info_of(received)
    return { status = 200, time = 0.25, reused = true, envelope = received:envelope() }
  end

  local function settle(text, request)
    request.photo_path, request.video_path = folder .. "/photo", folder .. "/video"
    request = request_for(request)
    local received = assert(core.answer(request))
    assert(received:feed(text) and received:finish())
    local settled, failure = settle_answer(received, info_of(received), request)
    -- Closed in any case.
    assert.has_error(function() received:envelope() end)
    return settled, failure
  end

  it("gives a plain table, and the files their names", function()
    local settled = assert(settle(ANSWERS[1][2], { order_no = "a1" }))
    assert.same({
      status = 200, time = 0.25, reused = true,
      envelope = '{"code":"0","photo":"","video":"","orderNo":"a1"}',
      record = { code = "0", orderNo = "a1" },
      media = {
        photo = { path = folder .. "/photo", size = 20, format = "jpeg", mime = "image/jpeg" },
        video = { path = folder .. "/video", size = 20, format = "mp4", mime = "video/mp4" },
      },
    }, settled)
    assert.equal("photo\nvideo", support.list(folder))
    assert.equal(PHOTO, support.read_file(folder .. "/photo"))
  end)

  it("keeps the files of a refusal", function()
    local settled = assert(settle('{"code":"66660004","orderNo":"a1","photo":"AAAA"}', { order_no = "a1" }))
    assert.equal(3, settled.media.photo.size)
    assert.equal("photo", support.list(folder))
  end)

  for where, text in pairs {
    ["at the root"] = '{"code":"0","orderNo":"b2","photo":"AAAA","video":"AAAA"}',
    ["under result"] = '{"code":"0","result":{"orderNo":"b2","photo":"AAAA","video":"AAAA"}}',
    ["under result, against the root"] = '{"code":"0","orderNo":"a1","result":{"orderNo":"b2","photo":"AAAA"}}',
    ["at the root, against result"] = '{"code":"0","orderNo":"b2","result":{"orderNo":"a1","photo":"AAAA"}}',
    ["behind the files"] = '{"code":"0","photo":"AAAA","video":"AAAA","orderNo":"b2"}',
  } do
    it("leaves no file when the answer is about another order, " .. where, function()
      local settled, failure = settle(text, { order_no = "a1" })
      assert.is_nil(settled)
      assert.same({ status = "WRONG_ORDER" }, failure)
      assert.equal("", support.list(folder))
    end)
  end

  it("leaves no file when the envelope is no JSON, or has no code", function()
    for text, status in pairs {
      ['{"code":"0",,"photo":"AAAA"}'] = "NOT_JSON",
      ['{"code":"0","photo":"AAAA"]'] = "NOT_JSON",
      ['{"code":"0","photo" "AAAA"}'] = "NOT_JSON",
      ['{"code":"0"\0,"photo":"AAAA"}'] = "NOT_JSON",
      ['{"photo":"AAAA"}'] = "NO_CODE",
    } do
      local settled, failure = settle(text, { order_no = "a1" })
      assert.is_nil(settled)
      assert.same({ status = status }, failure)
      assert.equal("", support.list(folder))
    end
  end)

  it("says when a file can't be named, and leaves none", function()
    local request = request_for { order_no = "a1", photo_path = folder .. "/photo", video_path = folder .. "/video" }
    local received = assert(core.answer(request))
    assert(received:feed(ANSWERS[1][2]) and received:finish())
    support.write_file(folder .. "/video", "theirs")
    local settled, failure = settle_answer(received, info_of(received), request)
    assert.is_nil(settled)
    assert.same({ status = "FILE_EXISTS", field = "video" }, failure)
    assert.equal("video", support.list(folder))
    assert.has_error(function() received:envelope() end)
  end)

  it("takes an answer without an order number", function()
    local settled = assert(settle('{"code":"66660004","photo":"AAAA"}', { order_no = "a1" }))
    assert.equal(3, settled.media.photo.size)
    assert.equal("photo", support.list(folder))
  end)

  it("adds the answer's digest where the request asks for it", function()
    local text = '{"code":"0","photo":"AAAA"}\n'
    assert.equal(must("printf '%s\\n' " .. quote(text:sub(1, -2)) .. " | sha256sum | cut -c 1-64"),
      settle(text, { order_no = "a1", digest_body = true }).sha256)
  end)
end)
