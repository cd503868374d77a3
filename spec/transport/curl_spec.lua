-- The libcurl transport against the sandbox: what it brings, and what it says of a failure.

local contract = require "help.transport_contract"
local core = require "facequery.core"
local curl = require "facequery.transport.curl"
local queries = require "help.queries"
local sending = require "help.sending"
local servers = require "help.servers"
local support = require "help.support"

local must, quote, env = support.must, support.quote, support.env
local PATH, request_for, takes = sending.PATH, sending.request_for, sending.takes

describe("the libcurl transport", function()
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

  local function run(settings, list)
    settings.transport = "curl"
    return queries.run(settings, list)
  end
  contract.holds(function() return { run = run, run_untrusting = contract.untrusting(run) } end)

  it("brings an answer with its media", function()
    local order = support.order "verified"
    local answer = assert(transport(request_for(order)))
    assert.equal(200, answer.status)
    assert.truthy(answer.envelope:find('"orderNo":"' .. order .. '"', 1, true))
    assert.truthy(answer.envelope:find('"photo":""', 1, true))
    assert.is_true(answer.media.photo.data == support.medium "photo.jpg")
    assert.is_true(answer.media.video.data == support.medium "video.mp4")
    assert.is_true(answer.time > 0 and answer.time < 10)
    assert.equal(1, support.queries(order))
  end)

  it("brings how long each step took, where it is asked for", function()
    local steps = assert(transport(request_for(support.order "verified", { diagnose = true }))).steps
    assert.is_true(0 < steps.lookup and steps.lookup < steps.connect and steps.connect < steps.handshake)
    -- The connection is there already.
    assert.equal(0, assert(transport(request_for(support.order "verified", { diagnose = true }))).steps.handshake)
    assert.is_nil(assert(transport(request_for(support.order "verified"))).steps)
  end)

  it("names the authority that is missing, where it is asked for", function()
    local named = "unable to get local issuer certificate; issuer: CN=facequery sandbox CA"
    local system = must "curl-config --ca"
    local _, failure = transport(request_for(support.order "verified", { diagnose = true, ca_file = system }))
    assert.equal("PEER_FAILED_VERIFICATION", failure.code)
    assert.is_truthy(failure.detail:find(named, 1, true))
    _, failure = transport(request_for(support.order "verified", { ca_file = system }))
    assert.is_falsy(failure.detail:find("issuer:", 1, true))
  end)

  it("brings media into files", function()
    local answer = assert(transport(request_for(support.order "verified", with_files {})))
    assert.equal(folder .. "/photo", answer.media.photo.path)
    must(("cmp %s %s/photo && cmp %s %s/video"):format(support.medium_path "photo.jpg", folder,
      support.medium_path "video.mp4", folder))
    assert.equal("photo\nvideo", support.list(folder))
  end)

  it("brings the same over plain HTTP to this machine", function()
    local order = support.order "escaped"
    local answer = assert(transport(request_for(order, { url = env("SANDBOX_HTTP") .. PATH .. "?orderNo=" .. order })))
    assert.is_true(answer.media.photo.data == support.medium "photo.jpg")
    assert.is_true(answer.media.video.data == support.medium "video.mp4")
  end)

  it("works again after it was closed", function()
    assert(transport(request_for(support.order "nomedia")))
    close()
    close()
    assert(transport(request_for(support.order "nomedia")))
  end)

  it("leaves no connection to the programs that the process starts", function()
    -- Of what they inherit, the sockets of IPv4 and IPv6.
    local INHERITED = [[
import os, socket, stat
for name in os.listdir("/proc/self/fd"):
    try:
        if stat.S_ISSOCK(os.fstat(int(name)).st_mode):
            inherited = socket.socket(fileno=int(name))
            if inherited.family != socket.AF_UNIX: print(inherited)
    except OSError: pass
]]
    local before = must("python3 -c " .. quote(INHERITED))
    assert(transport(request_for(support.order "nomedia")))
    assert.equal(before, must("python3 -c " .. quote(INHERITED)))
    assert.is_true(assert(transport(request_for(support.order "nomedia"))).reused)
  end)

  it("works again after any failure", function()
    for _, word in ipairs { "cut", "notjson", "http503x", "bigenvelope" } do
      failure_of(request_for(support.order(word)))
      assert(transport(request_for(support.order "nomedia")))
    end
  end)

  describe("on a failure says what it was, and leaves no file:", function()
    local CASES = {
      { "cutjson", { status = "JSON_CUT" } },
      { "notjson", { status = "NOT_JSON" } },
      { "array", { status = "NOT_JSON" } },
      { "trailing", { status = "TRAILING_DATA" } },
      { "deep", { status = "JSON_TOO_DEEP" } },
      { "bigenvelope", { status = "ENVELOPE_TOO_LARGE" } },
      { "wrongorder", { status = "WRONG_ORDER" } },
      { "http302x", { status = "HTTP", http_status = 302 } },
      { "http307x", { status = "HTTP", http_status = 307 } },
      { "http401x", { status = "HTTP", http_status = 401 } },
      { "http404x", { status = "HTTP", http_status = 404 } },
      { "http500x", { status = "HTTP", http_status = 500 } },
      { "http503x", { status = "HTTP", http_status = 503 } },
      { "http201x", { status = "HTTP", http_status = 201 } },
    }
    for _, case in ipairs(CASES) do
      local word, expected, fields = case[1], case[2], case[3] or {}
      it(word .. (fields.max_media and " above max_media" or ""), function()
        local order = support.order(word)
        assert.same(expected, failure_of(request_for(order, with_files(fields))))
        assert.equal(1, support.queries(order))
      end)
    end

    it("a connection that is cut, whichever HTTP it speaks", function()
      local order = support.order "cut"
      local failure = failure_of(request_for(order, with_files {}))
      assert.equal("TRANSPORT", failure.status)
      order = support.order "cut"
      local url = env("SANDBOX_HTTP") .. PATH .. "?orderNo=" .. order
      failure = failure_of(request_for(order, with_files { url = url }))
      assert.same({ status = "TRANSPORT", code = "PARTIAL_FILE" }, failure)
    end)

    it("a host that does not exist, a port that nobody listens on", function()
      assert.same({ status = "TRANSPORT", code = "COULDNT_RESOLVE_HOST" },
        failure_of(request_for("a1", with_files { url = "https://facequery.invalid/" })))
      assert.same({ status = "TRANSPORT", code = "COULDNT_CONNECT" },
        failure_of(request_for("a1", with_files { url = "https://127.0.0.1:1/" })))
    end)

    it("a proxy that is none, without its user and password", function()
      for _, proxy in ipairs {
        "weird://name:secret@localhost:1", "http://name:secret@local host", "name:secret@localhost:99999",
        "//name:secret@localhost", "name:secret@nowhere.invalid:1",
      } do
        local answer, failure = transport(request_for("a1", { proxy = proxy }))
        assert.is_nil(answer)
        assert.equal("TRANSPORT", failure.status)
        assert.truthy(failure.detail:find "%a")
        assert.is_nil(failure.detail:find("name:", 1, true) or failure.detail:find "secret")
      end
    end)

    it("a path that can't be written, before anything is sent", function()
      local order = support.order "verified"
      assert.same({ status = "FILE_UNWRITABLE", field = "photo" },
        failure_of(request_for(order, { photo_path = folder .. "/missing/photo" })))
      assert.equal(0, support.queries(order))
    end)
  end)

  describe("limits", function()
    it("let a medium of exactly max_media bytes pass", function()
      local answer = assert(transport(request_for(support.order "verified", { max_media = 911695 })))
      assert.equal(911695, answer.media.video.size)
      local order = support.order "size1000x2000n"
      assert.equal(2000, assert(transport(request_for(order, { max_media = 2000 }))).media.video.size)
    end)

    it("hold for what came out of gzip", function()
      local answer = assert(transport(request_for(support.order "gzip", with_files { max_media = 911694 })))
      assert.same({ video = { code = "MEDIA_TOO_LARGE" } }, answer.damaged)
    end)
  end)

  it("reads what was compressed", function()
    local answer = assert(transport(request_for(support.order "gzip")))
    assert.is_true(answer.media.photo.data == support.medium "photo.jpg")
    assert.is_true(answer.media.video.data == support.medium "video.mp4")
  end)

  it("does not follow redirects", function()
    local function neighbours()
      return support.control("counters"):match('"neighbours":(%d+)')
    end
    local before = assert(neighbours())
    for _, word in ipairs { "http301x", "http302x", "http303x", "http307x", "http308x" } do
      assert.equal("HTTP", failure_of(request_for(support.order(word), with_files {})).status)
    end
    assert.equal(before, neighbours())
  end)

  describe("keeps to its time:", function()
    it("of the whole exchange, before the answer and in its middle", function()
      for _, word in ipairs { "stall", "drip" } do
        takes(0.4, 4, function() -- the drip takes five seconds
          assert.same({ status = "TRANSPORT", code = "OPERATION_TIMEDOUT" },
            failure_of(request_for(support.order(word), with_files { timeout = 0.4 })))
        end)
      end
    end)

    it("of a slow answer, which is in time", function()
      takes(0.3, 20, function()
        local answer = assert(transport(request_for(support.order "slow300x", { timeout = 20 })))
        assert.is_true(answer.time >= 0.3 and answer.time < 20)
      end)
    end)
  end)

  describe("whose server dies in the middle of a transfer", function()
    it("says TRANSPORT, and leaves no file", function()
      local dir = support.folder()
      local script = must(("%s/sandbox/start --dir %s -- sh -c 'env >%s/env.new; mv %s/env.new %s/env; exec sleep 60'"
        .. " >/dev/null 2>&1 </dev/null & echo $!"):format(env("SANDBOX_DIR"), dir, dir, dir, dir))
      local variables = must(("for i in $(seq 1000); do [ -s %s/env ] && break; sleep 0.02; done; cat %s/env"):format(
        dir, dir))
      local function its(name) return (variables:match("FACEQUERY_" .. name .. "=([^\n]+)")) end

      local order = support.order "drip"
      local request = request_for(order, with_files {}, its)
      -- nginx's master and workers are killed together: a worker holds the connection, and the master would replace it.
      must(([[{ until [ "$(curl -s $url/sandbox/orders/%s)" = 1 ]; do sleep 0.02; done
        sleep 0.4; ls -A %s >%s/seen; kill -9 $pid $(pgrep -P $pid); } >/dev/null 2>&1 </dev/null &]]):format(
        order, folder, dir):gsub("%$pid", its "SANDBOX_PID"):gsub("%$url", its "SANDBOX_HTTP"))
      local failure = failure_of(request)
      assert.equal("TRANSPORT", failure.status)
      assert.not_equal("OPERATION_TIMEDOUT", failure.code)
      assert.equal("", support.read_file(dir .. "/seen"))
      must("kill " .. script)
      support.remove_folder(dir)
    end)

    it("or which is killed itself, leaves no file either", function()
      local order = support.order "drip"
      local request = request_for(order, with_files {})
      local code = ([[
        require("facequery.core").exchange(require "help.request" {
          url = %q, headers = { ["Content-Type"] = "application/json" }, body = %q, ca_file = %q, photo_path = %q,
          video_path = %q,
        })
      ]]):format(request.url, request.body, request.ca_file, request.files[1].path, request.files[2].path)
      local process = support.start_lua(code)
      assert.is_true(servers.wait(function() return support.queries(order) == 1 end))
      core.sleep(0.4)
      assert.equal("", support.list(folder))
      process.kill()
      assert.equal(137, select(2, process.wait()))
      assert.equal("", support.list(folder))
    end)
  end)
end)
