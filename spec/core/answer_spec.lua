-- An answer as core.answer splits it, fed by hand.

local core = require "facequery.core"
local answers = require "help.answers"
local request_for = require "help.request"
local support = require "help.support"

local read, refuses, told, base64 = answers.read, answers.refuses, answers.told, answers.base64
local PHOTO, VIDEO, VIDEO_TEXT, SHAPES = answers.PHOTO, answers.VIDEO, answers.VIDEO_TEXT, answers.SHAPES
local quote = support.quote

local folder

before_each(function() folder = support.folder() end)
after_each(function() support.remove_folder(folder) end)

-- The example of the provider's page, to the letter: two quotation marks in it are full-width.
-- luacheck: push no max line length
local SAMPLE = [==[{"code":"0","msg":"请求成功","bizSeqNo":"22032920001184453211174015790894","result":{"orderNo":"1617091885609174325769165852","liveRate":"99","similarity":"88.01","occurredTime":"20220329104717","appId":"IDAXXXXX”,”photo”:”******","video":"******","bizSeqNo":"22032920001184453211174015790894","sdkVersion":"1.12.12","trtcFlag":"Y"},"transactionTime":"20220329111740"}]==]
-- luacheck: pop

local function jq(filter, text)
  return answers.through("jq -cS " .. quote(filter), text)
end

describe("an answer", function()
  for _, case in ipairs(SHAPES) do
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
    assert.equal(told(SHAPES[1][2]), told { "", SHAPES[1][2]:sub(1, 30), "", "", SHAPES[1][2]:sub(31), "" })
  end)

  it("has its fields at the root alone where nothing is said of another place", function()
    local request = request_for()
    request.within = nil
    local text = '{"result":{"photo":"AAAA","code":1,"code":2},"x":{"result":{"code":3}}}'
    local response = assert(core.answer(request))
    assert(response:feed(text) and response:finish())
    assert.equal(text, response:envelope())
    assert.same({}, response:keep())
  end)

  it("may have no files at all, and other fields that come once", function()
    local request = request_for { unique = { "expire_in" } }
    request.files = {}
    for text, expected in pairs {
      ['{"photo":"AAAA","photo":"*","code":1,"code":2}'] = true,
      ['{"expire_in":1,"x":{"expire_in":2}}'] = true,
      ['{"expire_in":1,"\\u0065xpire_in":2}'] = false,
    } do
      local response = assert(core.answer(request))
      local ok, failure = response:feed(text)
      assert.equal(expected, ok or false)
      assert.equal(not expected and "DUPLICATE_FIELD" or nil, failure and failure.status)
    end
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
