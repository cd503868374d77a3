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
end)
