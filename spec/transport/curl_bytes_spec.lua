-- What the libcurl transport makes of answers that no web server sends: each byte is the spec's own.

local curl = require "facequery.transport.curl"
local sending = require "help.sending"
local servers = require "help.servers"
local support = require "help.support"

local must = support.must
local request_for, takes = sending.request_for, sending.takes

describe("the libcurl transport: of an answer's own bytes", function()
  local folder, transport, close
  before_each(function()
    folder = support.folder()
    transport, close = curl.new()
  end)
  after_each(function()
    close()
    support.remove_folder(folder)
  end)

  local function with_files(fields) return sending.with_files(folder, fields) end
  local function failure_of(request) return sending.failure_of(transport, folder, request) end

  local raw
  setup(function() raw = servers.raw() end)
  teardown(function() raw.stop() end)

  -- The failure where the connection, a new one, ends after `count` bytes of `answer`.
  local function ended(how, count, answer, fields)
    close()
    raw.answer("answer", answer)
    local request = request_for("a1", with_files(fields or {}))
    request.url = ("%s/%s/%d/answer"):format(raw[request.scheme or "https"], how, count)
    return failure_of(request)
  end

  it("a cut among the headers is one of the connection's, wherever it is, however it ends", function()
    local head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nX-More: 1\r\n\r\n"
    for count = 1, #head - 1, 7 do
      for _, how in ipairs { "fin", "bare", "rst" } do
        for _, scheme in ipairs { "http", "https" } do
          local failure = ended(how, count, head, { scheme = scheme })
          assert.equal("TRANSPORT", failure.status, ("%s %d %s: %s"):format(how, count, scheme, failure.status))
        end
      end
    end
    assert.same({ status = "TRANSPORT", code = "PARTIAL_FILE" }, ended("fin", #head - 2, head))
    assert.same({ status = "JSON_CUT" }, ended("fin", #head, head))
    assert.same({ status = "JSON_CUT" }, ended("fin", -1, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"))
  end)

  it("a header that is too long is no lack of memory", function()
    assert.same({ status = "TRANSPORT", code = "WEIRD_SERVER_REPLY" }, ended("wait", -1,
      "HTTP/1.1 200 OK\r\nX: " .. ("x"):rep(200000) .. "\r\n\r\n{}"))
  end)

  it("an error's body is JSON, or counts as none, and no more of it is read than that takes", function()
    local head = "HTTP/1.1 500 Oh\r\nContent-Length: %d\r\n\r\n"
    for _, body in ipairs {
      "<html></html>", "", "{", '{"code":"1"} and more', '{"photo":"*"}', ("x"):rep(100000),
    } do
      assert.same({ status = "HTTP", http_status = 500 }, ended("wait", -1, head:format(#body) .. body))
    end
    -- A body that is too large is not read to its end.
    assert.same({ status = "HTTP", http_status = 500 },
      ended("wait", -1, head:format(2 ^ 31) .. '{"photo":"' .. ("A"):rep(5 * 1024 * 1024)))
    assert.same({ status = "TRANSPORT", code = "PARTIAL_FILE" }, ended("fin", -1, head:format(20) .. "<html>"))
  end)

  it("a small one that decodes to a large one ends in its time", function()
    local folder_of = support.folder()
    -- Each character of base64 is written as an escape of six bytes, and gzip makes a five hundredth of the whole.
    must(([[python3 -c '
import gzip, sys
media = b"\\u0041" * (64 << 20)
body = gzip.compress(b"{\"photo\":\"" + media + b"\",\"video\":\"" + media + b"\"}", 1)
sys.stdout.buffer.write(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %%d\r\n\r\n" %% len(body) + body)
' > %s/answer]]):format(folder_of))
    takes(0.2, 1.5, function()
      local answer = support.read_file(folder_of .. "/answer")
      assert.same({ status = "TRANSPORT", code = "OPERATION_TIMEDOUT" }, ended("wait", -1, answer, { timeout = 0.3 }))
    end)
    support.remove_folder(folder_of)
  end)

  -- The same text as gzip writes it, as two members of one stream, and with another CRC32.
  local function zipped(text)
    support.write_file(folder .. "/text", text)
    local first, rest = text:sub(1, 10), text:sub(11)
    support.write_file(folder .. "/first", first)
    support.write_file(folder .. "/rest", rest)
    must(("cd %s && gzip -nk text first rest && cat first.gz rest.gz >members.gz"):format(folder))
    local whole, members = support.read_file(folder .. "/text.gz"), support.read_file(folder .. "/members.gz")
    for _, name in ipairs { "text", "text.gz", "first", "first.gz", "rest", "rest.gz", "members.gz" } do
      os.remove(folder .. "/" .. name)
    end
    local crc = #whole - 7
    return whole, members, whole:sub(1, crc - 1) .. string.char((whole:byte(crc) + 1) % 256) .. whole:sub(crc + 1)
  end

  it("gzip counts when it has come to its end, and no other encoding does", function()
    local text = '{"code":"66660011","msg":"' .. ("long "):rep(9000) .. '","result":{"orderNo":"a1"}}'
    local whole, members, changed = zipped(text)
    local refused = { status = "TRANSPORT", code = "BAD_CONTENT_ENCODING" }
    for _, case in ipairs {
      { "gzip", whole }, { "X-Gzip", whole }, { "gzip", members }, { "identity", text }, { "", text },
      { "gzip", changed, refused }, { "gzip", text, refused }, { "gzip", whole .. "more", refused },
      { "gzip, gzip", whole, refused }, { "br", text, refused }, { "deflate", text, refused },
      { "gzip\r\nContent-Encoding: gzip", whole, refused },
      { "gzip", whole:sub(1, -2), { status = "TRANSPORT", code = "PARTIAL_FILE" } },
      { "gzip", whole:sub(1, -9), { status = "TRANSPORT", code = "PARTIAL_FILE" } },
      { "gzip", whole .. whole:sub(1, 9), { status = "TRANSPORT", code = "PARTIAL_FILE" } },
    } do
      for _, scheme in ipairs { "http", "https" } do
        local answer = "HTTP/1.1 200 OK\r\nContent-Encoding: " .. case[1] .. "\r\nConnection: close\r\n\r\n" .. case[2]
        close()
        raw.answer("answer", answer)
        local request = request_for("a1")
        request.url = ("%s/fin/-1/answer"):format(raw[scheme])
        local response, failure = transport(request)
        if case[3] then
          assert.is_nil(response, case[1])
          assert.same(case[3], { status = failure.status, code = failure.code })
        else
          assert.equal(text, response and response.envelope or failure.code, case[1])
        end
      end
    end
  end)
end)
