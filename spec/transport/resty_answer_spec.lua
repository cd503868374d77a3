-- What lua-resty-http makes of answers that no nginx would send, beside what libcurl makes of them:
-- each is served byte by byte to both.  Over fixtures/resty/http.lua where the library isn't installed.
-- Only on lua5.4 luajit: nginx runs the LuaJIT build, which has no sanitizer.

local facequery = require "facequery"
local servers = require "help.servers"
local support = require "help.support"

-- Sends the bytes of `answers/ORDER` and closes the connection: where there is `answers/ORDER.kept`,
-- once and not before another request has come over it.
local SERVER = [[
  location = /api/v2/base/queryfacerecord {
    content_by_lua_block {
      ngx.req.read_body()
      local base = ngx.config.prefix() .. "answers/" .. ngx.var.arg_orderNo
      local function bytes(name)
        local file = io.open(name, "rb")
        return file and file:read("*a")
      end
      local socket = assert(ngx.req.socket(true))
      socket:send(assert(bytes(base)))
      if bytes(base .. ".kept") then
        os.remove(base .. ".kept")
        socket:receiveuntil("\r\n\r\n")()
      end
    }
  }]]

describe("an answer over lua-resty-http", function()
  local service, nginx

  setup(function()
    service = servers.nginx { main = "", server = SERVER }
    nginx = servers.nginx { main = "" }
    support.must("mkdir " .. service.folder .. "/answers")
  end)

  teardown(function()
    nginx:stop()
    service:stop()
  end)

  local function json_of(order)
    return ('{"code":"0","msg":"ok","result":{"orderNo":"%s"}}'):format(order)
  end

  -- An order that is answered so.
  local function order_of(answer)
    local order = support.order "raw"
    support.write_file(service.folder .. "/answers/" .. order,
      (answer:gsub("JSON", json_of(order)):gsub("ORDER", order):gsub("LENGTH", tostring(#json_of(order)))))
    return order
  end

  local function over_resty(order, times)
    return nginx:run("content", ([[
      local client = assert(require("facequery").new { transport = "resty", retries = 0, base_url = %q })
      local record, err
      for _ = 1, %d do
        record, err = client:query { order_no = %q }
      end
      return { code = record and record.code or err.code, detail = err and err.detail }]]):format(
      service.url, times or 1, order))
  end

  local function over_libcurl(order)
    local client = assert(facequery.new { transport = "curl", retries = 0, base_url = service.url })
    local record, err = client:query { order_no = order }
    client:close()
    return record and record.code or err.code
  end

  local OK = "HTTP/1.1 200 OK\r\n"

  for name, case in pairs {
    ["a plain one"] = { OK .. "Content-Length: LENGTH\r\n\r\nJSON", "0", "0" },
    ["chunks"] = { OK .. "Transfer-Encoding: chunked\r\n\r\n5\r\n{\"a\":\r\n2\r\n1}\r\n0\r\n\r\n",
      "NO_CODE", "NO_CODE" },
    ["100 Continue before it"] = { "HTTP/1.1 100 Continue\r\n\r\n" .. OK .. "Content-Length: LENGTH\r\n\r\nJSON",
      "0", "0" },
    ["103 Early Hints before it"] = { "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" .. OK
      .. "Content-Length: LENGTH\r\n\r\nJSON", "0", "0" },
    ["a Content-Length below 0"] = { OK .. "Content-Length: -5\r\n\r\nJSON",
      "WEIRD_SERVER_REPLY", "WEIRD_SERVER_REPLY" },
    ["a Content-Length in words"] = { OK .. "Content-Length: abc\r\n\r\nJSON",
      "WEIRD_SERVER_REPLY", "WEIRD_SERVER_REPLY" },
    ["a Content-Length of 20 digits"] = { OK .. "Content-Length: 99999999999999999999\r\n\r\nJSON",
      "WEIRD_SERVER_REPLY" },
    ["two Content-Lengths"] = { OK .. "Content-Length: LENGTH\r\nContent-Length: 7\r\n\r\nJSON", "WEIRD_SERVER_REPLY" },
    ["Content-Length beside Transfer-Encoding"] = { OK .. "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n"
      .. "2\r\n{}\r\n0\r\n\r\n", "WEIRD_SERVER_REPLY" },
    ["a Transfer-Encoding that nobody asked for"] = { OK .. "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
      "WEIRD_SERVER_REPLY" },
    ["gzip that nobody asked for"] = { OK .. "Content-Encoding: gzip\r\nContent-Length: LENGTH\r\n\r\nJSON",
      "BAD_CONTENT_ENCODING" },
    ["what is no HTTP"] = { "SSH-2.0-OpenSSH_9.2\r\n\r\n", "WEIRD_SERVER_REPLY" },
    ["nothing"] = { "", "GOT_NOTHING", "GOT_NOTHING" },
    ["headers that are cut"] = { OK .. "Content-Len", "GOT_NOTHING" },
    ["a body that is cut"] = { OK .. "Content-Length: 500\r\n\r\nJSON", "PARTIAL_FILE", "PARTIAL_FILE" },
    ["chunks with extensions"] = { OK .. "Transfer-Encoding: chunked\r\n\r\n2;a=b\r\n{}\r\n0\r\n\r\n", "RECV_ERROR" },
    ["an HTTP error in HTML"] = { "HTTP/1.1 502 Bad Gateway\r\nContent-Length: 13\r\n\r\n<html></html>", "502", "502" },
    ["an HTTP error with a success in it"] = { "HTTP/1.1 500 Oops\r\nContent-Length: LENGTH\r\n\r\nJSON",
      "500", "500" },
    ["an HTTP error with the service's refusal in it"] = { "HTTP/1.1 400 Bad Request\r\n\r\n"
      .. '{"code":"66660004","msg":"m","result":{"orderNo":"ORDER"}}', "66660004", "66660004" },
    ["an HTTP error with another's JSON in it"] = { "HTTP/1.1 404 Not Found\r\n\r\n" .. '{"error":"no route"}',
      "404", "404" },
    ["an HTTP error with half of a refusal in it"] = { "HTTP/1.1 400 Bad Request\r\n\r\n"
      .. '{"code":"66660004","msg":"m","result":{"orderNo":"ORDER"', "400", "400" },
  } do
    it("with " .. name .. " is " .. case[2], function()
      local order = order_of(case[1])
      local there = over_resty(order)
      assert.equal(case[2], there.code)
      assert.is_nil((there.detail or ""):find("SSH", 1, true)) -- an answer's content is in no error
      if case[3] then
        assert.equal(case[3], over_libcurl(order))
      end
    end)
  end

  it("comes over another connection where the one that was kept open dies", function()
    local order = order_of(OK .. "Content-Length: LENGTH\r\n\r\nJSON")
    local kept = service.folder .. "/answers/" .. order .. ".kept"
    support.write_file(kept, "")
    assert.equal("0", over_resty(order, 2).code)
    assert.is_nil(io.open(kept))
  end)

  it("that never ends, and never lets nginx wait for it, ends at its timeout", function()
    -- No server on this machine is always faster than its reader.
    local code = nginx:run("content", [[
      local text, real = '{"code":"0","photo":"', package.loaded["resty.http"]
      package.loaded["resty.http"] = { new = function()
        return {
          set_timeouts = function() end, close = function() end, get_reused_times = function() return 0 end,
          connect = function() return true end,
          request = function()
            return { status = 200, headers = {}, body_reader = function()
              local chunk = text
              text = ("A"):rep(65536)
              return chunk
            end }
          end,
        }
      end }
      local send = require("facequery.transport.resty").new()
      package.loaded["resty.http"] = real
      local failure = select(2, send(require "help.request" {
        url = "https://host7/api", timeout = 0.3, connect_timeout = 1,
        photo_path = ngx.config.prefix() .. "endless", max_media = 2 ^ 40, hashes = {},
      }))
      return failure.code]])
    assert.equal("OPERATION_TIMEDOUT", code)
    assert.equal("", support.must("ls " .. nginx.folder .. " | grep endless || :"))
  end)

  it("leaves a neighbour its turn, however fast it comes", function()
    local wait = nginx:begin("content", [[
      local real, chunks = package.loaded["resty.http"], 0
      package.loaded["resty.http"] = { new = function()
        return {
          set_timeouts = function() end, close = function() end, get_reused_times = function() return 0 end,
          connect = function() return true end,
          request = function()
            return { status = 200, headers = {}, body_reader = function()
              chunks = chunks + 1
              kept.chunks = chunks
              return chunks == 1 and '{"code":"0","photo":"' or not kept.seen and ("A"):rep(65536) or nil
            end }
          end,
        }
      end }
      local send = require("facequery.transport.resty").new()
      package.loaded["resty.http"] = real
      local failure = select(2, send(require "help.request" {
        url = "https://host7/api", timeout = 20, connect_timeout = 1,
        photo_path = ngx.config.prefix() .. "neighbour", max_media = 2 ^ 40, hashes = {},
      }))
      return failure.status]], 1)
    assert.is_true(servers.wait(function() return nginx:get("/kept"):find '"chunks":' end) ~= nil)
    nginx:run("content", "kept.seen = true")
    assert.same({ "JSON_CUT" }, wait())
  end)
end)
