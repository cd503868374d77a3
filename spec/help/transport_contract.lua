--- What every transport keeps, as a client's user sees it.

local assert = require "luassert"
local busted = require "busted"
local json = require "cjson"
local queries = require "help.queries"
local servers = require "help.servers"
local support = require "help.support"

local describe, it, before_each, after_each = busted.describe, busted.it, busted.before_each, busted.after_each

local contract = {}

---@class contract.Transport
---@field run fun(settings: table, list: table[]): table[] queries.run over this transport
---@field run_untrusting fun(settings: table, list: table[]): table[] the same where nobody vouches for the sandbox

-- Every kind of whole answer that does not depend on how often it was asked for.
local WORDS = [[
  verified png rejected rejectednomedia code66660011x code400504x codeminus1101x code0012345x flat
  unknownfields escaped linebroken dataurl unpadded badbase64 cutbase64 cutjson notjson array
  fullwidth bigenvelope wrongorder noorder gzip http302x http403x http503x nosuch size2mx1m
  size0x1k
]]

-- A result without what differs between two answers for the same order, and without a library's own words.
local function comparable(value)
  if type(value) ~= "table" then
    return value
  end
  local copy = {}
  for name, inner in pairs(value) do
    copy[name] = comparable(inner)
  end
  copy.bizSeqNo, copy.transactionTime, copy.occurredTime = nil, nil, nil
  if copy.detail then
    copy.detail, copy.message = nil, nil
  end
  if copy.err and copy.err.detail ~= value.err.detail then
    copy.text = nil
  end
  return copy
end

--- Declares that a transport brings what libcurl brings in a plain process.
---@param transport fun(): contract.Transport
function contract.is_like_libcurl(transport)
  it("brings the same records and errors as libcurl in a plain process", function()
    local list = {}
    for word in WORDS:gmatch "%S+" do
      list[#list + 1] = { order_no = support.order(word), get_file = "both" }
    end
    local function results_of(run, settings)
      -- What comes from nginx has been through JSON, with its null and its numbers; so has the other one, then.
      return comparable(json.decode(json.encode(run(settings, list))))
    end
    local there = results_of(transport().run, { retries = 0 })
    local here = results_of(queries.run, { retries = 0, transport = "curl" })
    for i, result in ipairs(here) do
      assert.same(result, there[i])
    end
    assert.equal(#here, #there)
  end)
end

-- The result of one query, which is not repeated.
local function result_of(run, query, settings)
  local all = { retries = 0 }
  for name, value in pairs(settings or {}) do
    all[name] = value
  end
  return run(all, { query })[1]
end

---@param transport fun(): contract.Transport
local function declare_files(transport)
  local folder
  before_each(function() folder = support.folder() end)
  after_each(function() support.remove_folder(folder) end)

  local function query_for(word)
    return { order_no = support.order(word), photo_path = folder .. "/photo", video_path = folder .. "/video" }
  end

  it("writes media to files, for their owner alone", function()
    local record = result_of(transport().run, query_for "verified").record
    for name, medium in pairs { photo = "photo.jpg", video = "video.mp4" } do
      local path = folder .. "/" .. name
      assert.same({ path, nil }, { record[name].path, record[name].data })
      assert.is_true(support.read_file(path) == support.medium(medium))
      assert.equal("600", support.mode(path))
    end
  end)

  it("leaves no file behind a failure", function()
    for _, word in ipairs { "cut", "cutjson", "wrongorder", "http503x", "drip" } do
      assert.is_string(result_of(transport().run, query_for(word), { timeout = 0.5 }).err.code)
      assert.equal("", support.list(folder))
    end
  end)

  it("keeps the whole file beside a damaged one", function()
    assert.equal("BASE64_FOREIGN", result_of(transport().run, query_for "badbase64").err.code)
    assert.equal("video", support.list(folder))
    assert.is_true(support.read_file(folder .. "/video") == support.medium "video.mp4")
  end)
end

--- `run` with a list of authorities that the sandbox's is not on.
function contract.untrusting(run)
  return function(settings, list)
    settings.ca_file = "/etc/ssl/certs/ca-certificates.crt"
    return run(settings, list)
  end
end

---@param transport fun(): contract.Transport
local function declare_connections(transport)
  it("trusts no certificate that nobody vouches for", function()
    local list = {}
    for i = 1, 3 do
      list[i] = { order_no = support.order "verified" }
    end
    for i, result in ipairs(transport().run_untrusting({ retries = 0 }, list)) do
      assert.equal("transport", result.err.kind)
      -- Where a handshake fails at once, lua-resty-core knows only that it failed.
      local code = result.err.code
      assert.is_true(code == "PEER_FAILED_VERIFICATION" or code == "SSL_CONNECT_ERROR", code)
      assert.equal(0, support.queries(list[i].order_no))
    end
  end)

  it("ends after its timeout, however slowly the answer drips", function()
    for _, word in ipairs { "stall", "drip" } do -- the drip comes to its end after five seconds
      local err = result_of(transport().run, { order_no = support.order(word) }, { timeout = 0.5 }).err
      assert.same({ "OPERATION_TIMEDOUT", true }, { err.code, err.retryable })
    end
  end)

  it("says where a connection failed", function()
    for url, code in pairs {
      ["https://nowhere.invalid"] = "COULDNT_RESOLVE_HOST", ["https://localhost:1"] = "COULDNT_CONNECT",
      ["http://[::1]:1"] = "COULDNT_CONNECT",
    } do
      local err = result_of(transport().run, { order_no = "a1" }, { base_url = url }).err
      assert.same({ "transport", code }, { err.kind, err.code })
    end
  end)
end

--- Declares what every transport keeps.
---@param transport fun(): contract.Transport
function contract.holds(transport)
  it("brings the record and the media's bytes, and asks once", function()
    local order = support.order "verified"
    local record = result_of(transport().run, { order_no = order, get_file = "both" }).record
    assert.same({ "0", order }, { record.code, record.orderNo })
    assert.is_true(record.photo.data == support.medium "photo.jpg")
    assert.is_true(record.video.data == support.medium "video.mp4")
    assert.equal(1, support.queries(order))
  end)

  describe("told where files go", function() declare_files(transport) end)
  declare_connections(transport)
end

local PHASES = { rewrite = "rewrite", access = "access", content = "content", timer = "timer", spawn = "content" }

--- Declares what a transport inside nginx keeps beside that.
---@param server fun(): table of servers.nginx
function contract.holds_inside(server)
  for phase, name in pairs(PHASES) do
    it("answers a query in " .. (phase == "spawn" and "a light thread" or phase), function()
      local order = support.order "verified"
      assert.same({ phase = name, code = "0", order = order, size = #support.medium "photo.jpg" },
        server():run(phase, ([[
          local client = assert(require("facequery").new())
          local record = assert(client:query { order_no = "%s", get_file = "photo" })
          return { phase = ngx.get_phase(), code = record.code, order = record.orderNo,
            size = record.photo.size }]]):format(order)))
      assert.equal(1, support.queries(order))
    end)
  end

  it("starts a scan, with the largest photo that there may be", function()
    local order = support.order "face"
    local scan = server():run("content", ([[
      local jpeg = ngx.decode_base64(%q)
      local client = assert(require("facequery").new { secret = os.getenv "FACEQUERY_SANDBOX_SECRET" })
      return assert(client:start {
        order_no = %q, user_id = "user1", photo = jpeg .. ("\0"):rep(500 * 1024 - #jpeg),
        return_url = "https://shop.example/back",
      })]]):format(support.must("base64 -w0 " .. support.quote(support.medium_path "photo.jpg")), order))
    assert.equal(order, scan.order_no)
    assert.matches("^https://shop%.example/back%?", support.must(("curl -s --cacert %s -o /dev/null"
      .. " -w '%%{redirect_url}' %s"):format(support.quote(support.env "CA_FILE"), support.quote(scan.url))))
  end)

  it("runs twenty slow queries at once, while a neighbour is answered", function()
    local function in_flight() return json.decode(server():get "/kept").in_flight end
    local wait = server():begin("content", ([[
      local client = assert(require("facequery").new { retries = 0 })
      kept.in_flight = (kept.in_flight or 0) + 1
      local record, err = client:query { order_no = "%s" }
      kept.in_flight = kept.in_flight - 1
      return record and record.code or tostring(err)]]):format(support.order "slow3000x"), 20)
    assert.is_true(servers.wait(function() return in_flight() == 20 end))
    for _, code in ipairs(wait()) do
      assert.equal("0", code)
    end
    assert.equal(0, in_flight())
  end)
end

return contract
