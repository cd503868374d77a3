-- facequery.transport.settle: from what the core has received to what every transport returns.

local core = require "facequery.core"
local answers = require "help.answers"
local request_for = require "help.request"
local support = require "help.support"

local PHOTO, BOTH = answers.PHOTO, answers.BOTH
local must, quote = support.must, support.quote

local folder

before_each(function() folder = support.folder() end)
after_each(function() support.remove_folder(folder) end)

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
    local settled = assert(settle(BOTH, { order_no = "a1" }))
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
    assert(received:feed(BOTH) and received:finish())
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
