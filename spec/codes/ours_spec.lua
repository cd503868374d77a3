-- The codes that are names: facequery's own, and libcurl's.

local all = require "help.codes"
local codes = require "facequery.codes"

local has, is_complete = all.has, all.is_complete

describe("a name of ours", function()
  for _, row in ipairs(all.names) do
    local name, kind, retryable = row[1], row[2], row[3]

    it(name .. " is of kind " .. kind, function()
      local meaning = codes.explain(name)
      assert.equal(name, meaning.code)
      assert.equal(kind, meaning.kind)
      assert.equal(retryable, meaning.retryable)
      is_complete(codes.explain, name)
    end)
  end

  it("has a message of its own", function()
    for _, lang in ipairs({ "en", "zh" }) do
      local seen = {}
      for _, row in ipairs(all.names) do
        local message = codes.explain(row[1], lang).message
        assert.is_nil(seen[message], row[1])
        seen[message] = row[1]
      end
    end
  end)

  it("is there for every status of the C core", function()
    local header = assert(io.open("csrc/status.h")):read("*a")
    local count = 0
    for name in header:gmatch("X%(([A-Z0-9_]+)%)") do
      count = count + 1
      -- OK is no error; TRANSPORT and HTTP are explained by libcurl's name and by the HTTP status instead.
      if name ~= "OK" and name ~= "TRANSPORT" and name ~= "HTTP" then
        assert.not_equal("unknown", codes.explain(name).kind, name)
      end
    end
    assert.is_true(count > 10)
  end)

  it("of a broken file says to give support what such an error has: the order's number", function()
    for _, name in ipairs { "BASE64_FOREIGN", "BASE64_CUT" } do
      for _, lang in ipairs { "en", "zh" } do
        has(codes.explain(name, lang).advice, "orderNo")
        assert.is_nil(codes.explain(name, lang).advice:find "bizSeqNo")
      end
    end
  end)

  it("MEDIA_PENDING says to ask again within 3 days", function()
    has(codes.explain("MEDIA_PENDING").advice, "3 days")
    has(codes.explain("MEDIA_PENDING", "zh").advice, "3 天")
  end)

  it("NO_TRANSPORT says what to add to nginx.conf", function()
    for _, lang in ipairs({ "en", "zh" }) do
      local advice = codes.explain("NO_TRANSPORT", lang).advice
      has(advice, "thread_pool facequery threads=32 max_queue=65536;")
      has(advice, "nginx.conf")
      has(advice, "lua-resty-http")
      has(advice, 'transport = "curl"')
    end
  end)

  it("says where it went wrong when told", function()
    local plain = codes.explain("BASE64_FOREIGN").message
    local where = { field = "photo", offset = 1000 }
    local message = codes.explain("BASE64_FOREIGN", "en", where).message
    assert.equal(plain .. " (photo, at offset 1000)", message)

    message = codes.explain("MEDIA_TOO_LARGE", "en", { field = "video", limit = 67108864 }).message
    has(message, "video")
    has(message, "67108864")

    message = codes.explain("INVALID_SETTING", "en", { field = "timeout", detail = "-1" }).message
    has(message, "(timeout, -1)")

    message = codes.explain("BASE64_FOREIGN", "zh", { field = "photo", offset = 1000.0 }).message
    has(message, "photo")
    has(message, "1000）")

    assert.equal(plain, codes.explain("BASE64_FOREIGN", "en", {}).message)
    assert.equal(plain, codes.explain("BASE64_FOREIGN", "en", { detail = "" }).message)
  end)

  it("stays on one line whatever the detail holds", function()
    local message = codes.explain("FILE_UNWRITABLE", "en", { detail = "a\r\nb\0c" }).message
    has(message, "(a b c)")
    assert.is_nil(message:find("%c"))
  end)
end)

describe("a transport's failure", function()
  it("has the meaning of its name", function()
    for _, row in ipairs(all.names) do
      assert.same(codes.explain(row[1], "zh"), codes.explain_transport(row[1], "zh"))
    end
  end)

  it("is a failed exchange where the name is not known", function()
    local meaning = codes.explain_transport("SOMETHING_NEW", "en", { detail = "gone" })
    assert.equal("SOMETHING_NEW", meaning.code)
    assert.equal("transport", meaning.kind)
    assert.is_false(meaning.retryable)
    has(meaning.message, "gone")
    is_complete(codes.explain_transport, "SOMETHING_NEW")
  end)

  it("is never a code of the service", function()
    for _, name in ipairs({ "0", "", "66660011", "503", "-5001" }) do
      assert.equal("transport", codes.explain_transport(name).kind, name)
    end
  end)

  it("is retryable where the connection failed, by any of libcurl's names", function()
    for name, retryable in pairs({
      QUIC_CONNECT_ERROR = true,
      NO_CONNECTION_AVAILABLE = true,
      SSL_SHUTDOWN_FAILED = true,
      SSL_PINNEDPUBKEYNOTMATCH = false,
      SSL_CIPHER = false,
      WRITE_ERROR = false,
      OTHER_TRANSPORT_ERROR = false,
    }) do
      local meaning = codes.explain_transport(name)
      assert.equal("transport", meaning.kind)
      assert.equal(retryable, meaning.retryable, name)
      assert.same(meaning, codes.explain(name))
      is_complete(codes.explain, name)
    end
  end)
end)
