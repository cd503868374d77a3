-- The errors that users see: their fields, their text, their language.

local errors = require "facequery.errors"

-- The kinds of errors that docs/api.md lists.
local KINDS = {}
for kind in ([[invalid_request auth not_found rejected expired risk rate_limited service unknown
  transport http protocol media storage pending]]):gmatch("%S+") do
  KINDS[kind] = true
end

local function is_whole(err)
  assert.is_true(KINDS[err.kind] == true, tostring(err.kind))
  assert.equal("string", type(err.code))
  assert.equal("string", type(err.message))
  assert.equal("table", type(err.causes))
  assert.equal("string", type(err.advice))
  assert.equal("boolean", type(err.retryable))
  return err
end

describe("an error of a code", function()
  it("has a kind, a code, a sentence, causes, advice and whether to ask again", function()
    for _, code in ipairs { "66660011", "400504", "999999", "15", "-5001", "12345", "MEDIA_PENDING",
      "INVALID_ORDER_NO", "FILE_EXISTS", "NOT_JSON", "BASE64_CUT" } do
      for _, lang in ipairs { "en", "zh" } do
        assert.equal(code, is_whole(errors.new(lang, code)).code)
      end
    end
  end)

  it("speaks the client's language", function()
    local english, chinese = errors.new("en", "66660004"), errors.new("zh", "66660004")
    assert.matches("无法确认为同一人", chinese.message, 1, true)
    assert.is_nil(english.message:find("[\128-\255]"))
    assert.is_truthy(chinese.advice:find("[\128-\255]"))
  end)

  it("keeps the fields that it is given", function()
    local err = errors.new("en", "BASE64_FOREIGN", { field = "photo", offset = 1000, orderNo = "a1" })
    assert.equal("photo", err.field)
    assert.equal(1000, err.offset)
    assert.equal("a1", err.orderNo)
    assert.matches("photo", err.message, 1, true)
    assert.matches("1000", err.message, 1, true)
  end)

  it("shares nothing with the next one", function()
    local first = errors.new("en", "66660011")
    first.causes[1], first.message = "changed", "changed"
    local second = errors.new("en", "66660011")
    assert.equal(6, #second.causes)
    assert.not_equal("changed", second.causes[1])
    assert.not_equal("changed", second.message)
  end)
end)

describe("an error as text", function()
  it("is one line with kind, code, sentence and order number", function()
    local err = errors.new("en", "66660011", { orderNo = "order7" })
    local text = tostring(err)
    for _, part in ipairs { "facequery", "not_found", "66660011", err.message, "order7" } do
      assert.matches(part, text, 1, true)
    end
    assert.is_nil(text:find("%c"))
  end)

  it("does without an order number", function()
    assert.is_nil(tostring(errors.new("en", "INVALID_ORDER_NO")):find("order ", 1, true))
  end)

  it("leaves the service's own words and the record out", function()
    local err = errors.from_record("en", {
      code = "66660004", msg = "words of the service", similarity = "12.34",
      photo = { data = "bytes of a face" },
    })
    for _, part in ipairs { "words of the service", "12.34", "bytes of a face" } do
      assert.is_nil(tostring(err):find(part, 1, true))
    end
  end)

  it("stays one line when a library's words are not", function()
    local err = errors.from_failure("en",
      { status = "TRANSPORT", code = "COULDNT_CONNECT", detail = "one\r\ntwo" })
    assert.is_nil(tostring(err):find("%c"))
    assert.matches("one two", tostring(err), 1, true)
  end)
end)

describe("an error of a failure", function()
  it("has an HTTP status as its code", function()
    local err = is_whole(errors.from_failure("en", { status = "HTTP", http_status = 503 }, "a1"))
    assert.same({ "http", "503", true, "a1" }, { err.kind, err.code, err.retryable, err.orderNo })
    err = errors.from_failure("en", { status = "HTTP", http_status = 404 })
    assert.same({ "http", "404", false }, { err.kind, err.code, err.retryable })
  end)

  it("has libcurl's name as its code", function()
    local err = is_whole(errors.from_failure("en",
      { status = "TRANSPORT", code = "OPERATION_TIMEDOUT", detail = "after 10 ms" }))
    assert.same({ "transport", "OPERATION_TIMEDOUT", true, "after 10 ms" },
      { err.kind, err.code, err.retryable, err.detail })
  end)

  it("is of kind transport for a name that libcurl does not have", function()
    local err = is_whole(errors.from_failure("en", { status = "TRANSPORT", code = "SOCKET_GONE" }))
    assert.same({ "transport", "SOCKET_GONE", false }, { err.kind, err.code, err.retryable })
  end)

  it("has a name of ours as its code", function()
    for name, kind in pairs {
      NOT_JSON = "protocol", WRONG_ORDER = "protocol", BASE64_FOREIGN = "media",
      MEDIA_TOO_LARGE = "media", FILE_EXISTS = "storage", FILE_UNWRITABLE = "storage",
      TICKET_FAILED = "auth", INVALID_PATH = "invalid_request",
    } do
      local err = is_whole(errors.from_failure("en", { status = name, field = "video" }))
      assert.same({ kind, name, "video" }, { err.kind, err.code, err.field })
    end
  end)

  it("is of kind transport, and repeats nothing, where a transport returned anything else", function()
    local private = "tICKETtICKET"
    for _, failure in ipairs {
      private, 42, true, print, {}, { private }, { status = 5 }, { status = "0" },
      { status = "66660004" }, { status = private }, { status = "HTTP" }, { status = "TRANSPORT" },
      { status = "HTTP", http_status = "503" }, { status = "HTTP", http_status = 0.5 },
      { status = "HTTP", http_status = -1 }, { status = "HTTP", http_status = 0 / 0 },
      { status = "HTTP", http_status = math.huge }, { status = "TRANSPORT", code = 7 },
      { message = private, detail = private },
    } do
      local err = is_whole(errors.from_failure("en", failure, "a1"))
      assert.same({ "transport", "OTHER_TRANSPORT_ERROR", "a1" }, { err.kind, err.code, err.orderNo })
      for _, value in pairs(err) do
        assert.is_nil(tostring(value):find(private, 1, true))
      end
    end
    assert.equal("OTHER_TRANSPORT_ERROR", errors.from_failure("en", nil).code)
  end)

  it("is the same error where it is one already", function()
    local err = errors.new("en", "NOT_JSON")
    assert.equal(err, errors.from_failure("zh", err, "a1"))
  end)

  it("does not repeat a proxy's password", function()
    for _, detail in ipairs {
      "Unsupported proxy syntax in 'http://user:pASSWORD@bad host'",
      "Unsupported proxy scheme for 'foo://user:pASSWORD",
      "whatever at http://user:pASSWORD@host",
    } do
      local err = errors.from_failure("en",
        { status = "TRANSPORT", code = "COULDNT_RESOLVE_PROXY", detail = detail })
      assert.is_nil(err.detail)
      assert.is_nil(tostring(err):find("pASSWORD", 1, true))
    end
  end)
end)

describe("the error of a record", function()
  it("holds the record, the service's words and what its support asks for", function()
    local record = { code = "66660004", msg = "无法确认为同一人", bizSeqNo = "2203", orderNo = "a1" }
    local err = is_whole(errors.from_record("en", record, "a1"))
    assert.same({ "rejected", "66660004", "无法确认为同一人", "2203", "a1", false },
      { err.kind, err.code, err.msg, err.bizSeqNo, err.orderNo, err.retryable })
    assert.equal(record, err.record)
  end)

  it("passes a code on that nobody knows", function()
    for _, code in ipairs { "31415926", "-9", "0.4", "00", " 0", "SUCCESS", "500", "429", "REDIS", "MEDIA_PENDING" } do
      for _, err in ipairs {
        errors.from_record("en", { code = code }), errors.from_failure("en", { status = "SERVICE", code = code }),
      } do
        assert.same({ "unknown", code, false }, { is_whole(err).kind, err.code, err.retryable })
      end
    end
  end)
end)
