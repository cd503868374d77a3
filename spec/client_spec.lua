-- The client against the real sandbox: what comes back, how often it is asked, what it tells.

local cjson = require "cjson"
local curl = require "facequery.transport.curl"
local facequery = require "facequery"
local servers = require "help.servers"
local support = require "help.support"

local must, order = support.must, support.order

-- A client of the sandbox; and what it sent, got, told and slept.
local function new(settings)
  local seen = { requests = {}, responses = {}, events = {}, sleeps = {} }
  local transport, close = curl.new()
  local all = {
    timeout = 10,
    transport = function(request)
      seen.requests[#seen.requests + 1] = request
      local response, failure = transport(request)
      seen.responses[#seen.requests] = response
      return response, failure
    end,
    sleep = function(seconds) seen.sleeps[#seen.sleeps + 1] = seconds end,
    on_event = function(event) seen.events[#seen.events + 1] = event end,
  }
  for name, value in pairs(settings or {}) do
    all[name] = value or nil -- false: the default
  end
  seen.close = close
  return assert(facequery.new(all)), seen
end

-- The getFile of each request, as "1 3 -".
local function asked_for(seen)
  local list = {}
  for i, request in ipairs(seen.requests) do
    list[i] = cjson.decode(request.body).getFile or "-"
  end
  return table.concat(list, " ")
end

local function steps(seen)
  local list = {}
  for i, event in ipairs(seen.events) do
    list[i] = event.type
  end
  return table.concat(list, " ")
end

local function raises(part, call, ...)
  local ok, message = pcall(call, ...)
  assert.is_false(ok, "did not raise")
  assert.matches(part, tostring(message), 1, true)
end

local function fails(kind, code, record, err)
  assert.is_nil(record)
  assert.same({ kind, code }, { err.kind, err.code })
  return err
end

local FILES = {
  jpeg = { name = "photo.jpg", mime = "image/jpeg" },
  png = { name = "photo.png", mime = "image/png" },
  mp4 = { name = "video.mp4", mime = "video/mp4" },
}

describe("a client", function()
  local folder

  setup(function()
    for _, file in pairs(FILES) do
      file.bytes = support.medium(file.name)
      file.sha256 = must("sha256sum < " .. support.quote(
        support.env("SANDBOX_DIR") .. "/sandbox/media/" .. file.name)):match("^%x+")
    end
  end)
  before_each(function() folder = support.folder() end)
  after_each(function() support.remove_folder(folder) end)

  local function holds(medium, format)
    local file = FILES[format]
    assert.is_true((medium.data or support.read_file(medium.path)) == file.bytes)
    assert.same({ #file.bytes, format, file.mime, file.sha256 },
      { medium.size, medium.format, medium.mime, medium.sha256 })
  end

  describe("(new)", function()
    it("raises on wrong types and unknown settings", function()
      for name, value in pairs {
        app_id = 1, ticket = 1, secret = {}, base_url = true, version = 1.0, timeout = "10", connect_timeout = "3",
        retries = "2", ca_file = 1, proxy = {}, lang = 1, max_media = "1", transport = 1, sleep = 1,
        on_event = {},
      } do
        raises("bad argument #1 to 'new' (field '" .. name .. "': ", facequery.new, { [name] = value })
      end
      raises("bad argument #1 to 'new' (unknown field 'retry')", facequery.new, { retry = 1 })
      raises("bad argument #1 to 'new' (table expected, got string)", facequery.new, "IDAXXXXX")
    end)

    it("blames the caller's line for wrong types", function()
      local _, message = pcall(function() local _ = facequery.new { timeout = "1" } end)
      assert.matches("client_spec.lua:%d+: bad argument", message)
      local client = new()
      for _, name in ipairs { "query", "poll" } do
        _, message = pcall(function() local _ = client[name](client, { order_no = 1 }) end)
        assert.matches("client_spec.lua:%d+: bad argument #1 to '" .. name .. "'", message)
        _, message = pcall(function() local _ = client[name](client, {}) end)
        assert.matches("client_spec.lua:%d+: bad argument #1 to '" .. name .. "'", message)
      end
    end)

    it("returns nil and an error for bad values", function()
      for _, case in ipairs {
        { "INVALID_APP_ID", { app_id = "IDAXXXXXX" } }, { "INVALID_TICKET", { ticket = "" } },
        { "INVALID_BASE_URL", { base_url = "example.org" } }, { "INSECURE_URL", { base_url = "http://example.org" } },
        { "INVALID_SETTING", { timeout = 0 } }, { "INVALID_SETTING", { retries = -1 } },
        { "INVALID_PATH", { ca_file = "a\0b" } }, { "INVALID_SECRET", { secret = "a\nb" } },
        { "INVALID_VERSION", { version = "" } }, { "INVALID_SETTING", { lang = "fr" } },
      } do
        local err = fails("invalid_request", case[1], facequery.new(case[2]))
        assert.is_false(err.retryable)
        assert.matches(case[1], tostring(err), 1, true)
      end
    end)

    it("says it in the language asked for", function()
      local _, err = facequery.new { lang = "zh", app_id = "-" }
      assert.is_truthy(err.message:find("[\128-\255]"))
      _, err = facequery.new { lang = "en", app_id = "-" }
      assert.is_nil(err.message:find("[\128-\255]"))
    end)

    it("takes what is missing from the environment", function()
      local client = assert(facequery.new())
      assert.equal("0", assert(client:query { order_no = order "verified" }).code)
      client:close()
    end)

    it("goes to this machine without TLS", function()
      local client, seen = new { base_url = support.env("SANDBOX_HTTP") }
      holds(assert(client:query { order_no = order "verified", get_file = 2 }).photo, "jpeg")
      assert.matches("^http://127%.0%.0%.1:", seen.requests[1].url)
    end)

    it("trusts no certificate that its CA file does not vouch for", function()
      local other = folder .. "/ca.pem"
      must(("openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 1 -subj /CN=other "
        .. "-keyout %s/key -out %s"):format(folder, other))
      local client = new { ca_file = other, retries = 0 }
      local name = order "verified"
      fails("transport", "PEER_FAILED_VERIFICATION", client:query { order_no = name })
      assert.equal(0, support.queries(name))
    end)
  end)

  describe("(query's arguments)", function()
    it("raises on wrong types and unknown fields", function()
      local client, seen = new()
      for _, method in ipairs { "query", "poll" } do
        local function call(query) return client[method](client, query) end
        for name, value in pairs {
          order_no = 5, get_file = true, query_version = 1.0, photo_path = 1, video_path = {},
        } do
          local query = { order_no = "a" }
          query[name] = value
          raises(("bad argument #1 to '%s' (field '%s': "):format(method, name), call, query)
        end
        raises("(field 'order_no': string expected, got nil)", call, {})
        raises("(unknown field 'orderNo')", call, { orderNo = "a" })
        raises("(table expected, got string)", call, "verified1")
        raises("(table expected, got nil)", call)
      end
      raises("(unknown field 'attempts')", client.query, client, { order_no = "a", attempts = 1 })
      raises("(field 'attempts': number expected", client.poll, client, { order_no = "a", attempts = "1" })
      raises("(field 'interval': number expected", client.poll, client, { order_no = "a", interval = "1" })
      assert.equal(0, #seen.requests)
    end)

    it("refuses bad values before anything is sent, and goes on", function()
      local client, seen = new()
      local cases = {
        { "get_file", "INVALID_GET_FILE", 0, 4, 1.4, 0 / 0, "", "4", "all", "1\0" },
        { "query_version", "INVALID_QUERY_VERSION", "", ("1"):rep(9), "1\0" },
        { "photo_path", "INVALID_PATH", "", folder .. "/a\0b" },
        { "video_path", "INVALID_PATH", "", folder .. "/a\0b" },
        {
          "order_no", "INVALID_ORDER_NO", "", ("1"):rep(33), ("1"):rep(100000), "a-b", "a_b", "a b", " a", "a\n",
          "a\0", "\0", "a\0b", "订单", "é", "a/b", "../a", "a?b", "a&getFile=1", "a#b", "%41", "a'b", 'a"b', "a\\b",
        },
      }
      for _, case in ipairs(cases) do
        for i = 3, #case do
          for _, method in ipairs { "query", "poll" } do
            local query = { order_no = "a", photo_path = folder .. "/photo" }
            query[case[1]] = case[i]
            local err = fails("invalid_request", case[2], client[method](client, query))
            assert.equal(case[1], err.field)
            assert.is_false(err.retryable)
          end
        end
      end
      for _, name in ipairs { "attempts", "interval" } do
        for _, value in ipairs(name == "attempts" and { -1, 0, 1.5, 0 / 0 } or { -1, 1e9, 0 / 0, math.huge }) do
          local err = fails("invalid_request", "INVALID_SETTING", client:poll { order_no = "a", [name] = value })
          assert.equal(name, err.field)
        end
      end
      assert.equal(0, #seen.requests)
      assert.equal("", support.list(folder))
      assert(client:query { order_no = order "verified" })
    end)

    it("does not repeat a bad order number", function()
      local client = new()
      local _, err = client:query { order_no = "pRIVATE-" }
      for _, value in pairs(err) do
        assert.is_nil(tostring(value):find("pRIVATE", 1, true))
      end
    end)
  end)

  -- What comes for every word of sandbox/orders.lua: the order number's word, the query's
  -- settings where they matter, then the record's media or the error's kind and code.
  local function both(photo)
    return function(record)
      holds(record.photo, photo or "jpeg")
      holds(record.video, "mp4")
      if record.liveRate ~= 99 then
        assert.same({ "99", "88.01", "IDAXXXXX" }, { record.liveRate, record.similarity, record.appId })
      end
      assert.is_nil(record.result)
    end
  end
  local function none(record)
    assert.is_nil(record.photo)
    assert.is_nil(record.video)
    assert.equal("99", record.liveRate)
  end
  local function refusal(err)
    assert.equal(err.code, err.record.code)
    assert.equal("string", type(err.msg))
    assert.matches("^%d+$", err.bizSeqNo)
  end
  local function bare(err) assert.is_nil(err.record) end
  -- What is damaged as it came, and the rest of the answer.
  local function damage(name, offset, good)
    return function(err)
      assert.same({ name, offset }, { err.field, err.offset })
      assert.same({ "0", "99" }, { err.record.code, err.record.liveRate })
      assert.is_nil(err.record[name])
      local damaged = err.record.damaged[name]
      assert.same({ err.code, offset, #damaged.data, true },
        { damaged.code, damaged.offset, damaged.size, damaged.exact })
      if good then
        holds(err.record[good], "mp4")
      end
    end
  end

  local comes = {
    verified = { both() }, png = { both "png" }, flat = { both() }, escaped = { both() }, linebroken = { both() },
    dataurl = { both() }, unpadded = { both() }, gzip = { both() }, drip = { both() }, noorder = { both() },
    nomedia = { none }, late = { none },
    slow = { both(), word = "slow300x" },
    flaky = { both(), retries = 1 }, ratelimit = { both(), retries = 2 }, cutonce = { both(), retries = 1 },
    unknownfields = { function(record)
      both()(record)
      assert.same({ 99, 88.01 }, { record.liveRate, record.similarity })
      assert.equal("🙂 \0 \"}{][,:\\ 新", record.newText)
      assert.equal(-1.25e-7, record.newNumber)
      assert.same({ true, false, nil }, { record.newTrue, record.newFalse, record.newNull })
      assert.same({ photo = "not the photo", result = { video = {} }, [""] = 0 }, record.newObject)
      assert.equal(1, record.newList[1])
      assert.same({ four = 4 }, record.newList[4])
    end },
    size = { function(record)
      assert.same({ 200 * 1024, "jpeg" }, { record.photo.size, record.photo.format })
      assert.same({ 1024 * 1024, "mp4" }, { record.video.size, record.video.format })
      assert.equal("\255\216\255\224\0\16JFIF\0\11\12\13", record.photo.data:sub(1, 14))
      assert.equal(record.photo.size, #record.photo.data)
    end, word = "size200kx1mn" },
    latesize = { none, word = "latesize10kx10kn" },

    rejected = { "rejected", "66660004", function(err)
      refusal(err)
      holds(err.record.photo, "jpeg")
      holds(err.record.video, "mp4")
      assert.same({ "03", "12" }, {
        facequery.risk_tags(err.record)[1].tag, facequery.risk_tags(err.record)[2].tag,
      })
      assert.equal("无法确认为同一人", err.msg)
    end },
    rejectednomedia = { "rejected", "66660004", function(err)
      refusal(err)
      assert.is_nil(err.record.photo)
      assert.is_nil(err.record.video)
    end },
    rejectedlate = { "rejected", "66660004", refusal },
    code = { "expired", "66660018", refusal, word = "code66660018x" },
    codeminus = { "rejected", "-1101", refusal, word = "codeminus1101x" },
    anything = { "not_found", "66660011", function(err)
      refusal(err)
      assert.equal(6, #err.causes)
    end },
    badbase64 = { "media", "BASE64_FOREIGN", damage("photo", 1000, "video") },
    cutbase64 = { "media", "BASE64_CUT", damage("photo", nil, "video") },
    cutjson = { "protocol", "JSON_CUT", bare },
    notjson = { "protocol", "NOT_JSON", bare },
    array = { "protocol", "NOT_JSON", bare },
    trailing = { "protocol", "TRAILING_DATA", bare },
    deep = { "protocol", "JSON_TOO_DEEP", bare },
    fullwidth = { "protocol", "WRONG_ORDER", bare }, -- the page's own order
    bigenvelope = { "protocol", "ENVELOPE_TOO_LARGE", bare },
    wrongorder = { "protocol", "WRONG_ORDER", bare },
    http = { "http", "503", bare, word = "http503x" },
    cut = { "transport", nil, bare }, -- over HTTP/2 and HTTP/1.1 by another name
    stall = { "transport", "OPERATION_TIMEDOUT", bare, timeout = 0.3 },
  }

  describe("(each of the sandbox's orders)", function()
    for word, case in pairs(comes) do
      local failing = type(case[1]) == "string"
      local settings = { retries = case.retries or 0, timeout = case.timeout or 10 }

      it(word .. (failing and " fails as " .. case[1] .. " " .. tostring(case[2]) or " gives its record"), function()
        local client, seen = new(settings)
        local name = order(case.word or word)
        local record, err = client:query { order_no = name, get_file = "both" }
        if failing then
          assert.is_nil(record)
          assert.same({ case[1], case[2] or err.code, name }, { err.kind, err.code, err.orderNo })
          case[3](err)
        else
          assert.is_nil(err)
          assert.equal("0", record.code)
          case[1](record)
          assert.equal(word ~= "noorder" and name or nil, record.orderNo)
        end
        assert.equal(settings.retries + 1, support.queries(name))
        assert.equal(settings.retries, #seen.sleeps)

        -- The client is as good as new.
        record = assert(client:query { order_no = order "verified", get_file = "photo" })
        holds(record.photo, "jpeg")
        seen.close()
      end)

      -- A refusal may come with files, and so may a damaged one: they are evidence.
      if ({ transport = true, http = true, protocol = true })[case[1]] then
        it(word .. " leaves no part of a file", function()
          local client, seen = new(settings)
          local paths = { photo_path = folder .. "/photo", video_path = folder .. "/video" }
          for _, method in ipairs { "query", "poll" } do
            paths.order_no = order(case.word or word)
            local answer, err = client[method](client, paths)
            assert.is_nil(answer)
            assert.same({ case[1], case[2] or err.code }, { err.kind, err.code })
            assert.equal("", support.list(folder))
          end
          paths.order_no = order "verified"
          local record = assert(client:query(paths))
          holds(record.photo, "jpeg")
          holds(record.video, "mp4")
          seen.close()
        end)
      end
    end

    it("a damaged file leaves the other one whole, and no part of itself", function()
      local client = new()
      for _, method in ipairs { "query", "poll" } do
        local paths = { photo_path = folder .. "/photo", video_path = folder .. "/video" }
        paths.order_no = order "badbase64"
        local err = fails("media", "BASE64_FOREIGN", client[method](client, paths))
        assert.equal("video", support.list(folder))
        holds(err.record.video, "mp4")
        os.remove(folder .. "/video")
      end
    end)

    it("are all here", function()
      local scenarios = dofile(support.env("SANDBOX_DIR") .. "/sandbox/orders.lua").scenarios
      assert.is_true(#scenarios > 30)
      for _, scenario in ipairs(scenarios) do
        assert.is_truthy(comes[scenario.name:match("^[%l%d]+")], scenario.name)
      end
    end)

    it("are cut off in the middle without leaving a part of a file", function()
      local client, seen = new { timeout = 2, retries = 0 }
      fails("transport", "OPERATION_TIMEDOUT", client:query {
        order_no = order "drip", photo_path = folder .. "/photo", video_path = folder .. "/video",
      })
      assert.equal("", support.list(folder))
      assert(client:query { order_no = order "verified" })
      seen.close()
    end)

    it("do not lead elsewhere by a redirect", function()
      local before = support.control("counters"):match('"neighbours":(%d+)')
      fails("http", "302", new():query { order_no = order "http302x" })
      assert.equal(before, support.control("counters"):match('"neighbours":(%d+)'))
    end)
  end)

  describe("(files)", function()
    local spellings = {
      { "1", 1, "1", "both", photo = true, video = true },
      { "2", 2, "2", "photo", photo = true },
      { "3", 3, "3", "video", video = true },
    }
    for _, case in ipairs(spellings) do
      for i = 2, #case do
        it(("come for get_file = %s (a %s) as for the page's %s"):format(case[i], type(case[i]), case[1]), function()
          local client, seen = new()
          local record = assert(client:query { order_no = order "verified", get_file = case[i] })
          assert.equal(case[1], asked_for(seen))
          assert.same({ case.photo, case.video }, { record.photo and true, record.video and true })
        end)
      end
    end

    it("do not come unless asked for", function()
      local client, seen = new()
      none(assert(client:query { order_no = order "verified" }))
      assert.equal("-", asked_for(seen))
    end)

    it("are streamed to their paths, whole, for the owner alone", function()
      local client, seen = new()
      local photo, video = folder .. "/a photo.jpg", folder .. "/video.mp4"
      local record = assert(client:query { order_no = order "verified", photo_path = photo, video_path = video })
      assert.equal("1", asked_for(seen))
      holds(record.photo, "jpeg")
      holds(record.video, "mp4")
      assert.same({ photo, nil }, { record.photo.path, record.photo.data })
      assert.same({ video, nil }, { record.video.path, record.video.data })
      assert.equal("600 600", (must(("stat -c %%a '%s' '%s'"):format(photo, video)):gsub("\n", " ")))
      assert.equal("a photo.jpg\nvideo.mp4", support.list(folder))
    end)

    it("go one to a path and one to memory", function()
      local client, seen = new()
      local record = assert(client:query {
        order_no = order "verified", get_file = "both", video_path = folder .. "/video",
      })
      assert.equal("1", asked_for(seen))
      assert.same({ nil, FILES.jpeg.bytes }, { record.photo.path, record.photo.data })
      assert.same({ folder .. "/video", nil }, { record.video.path, record.video.data })
    end)

    it("are asked for by a path alone, and only as get_file says where it is given", function()
      local client, seen = new()
      assert(client:query { order_no = order "verified", photo_path = folder .. "/a" })
      assert(client:query { order_no = order "verified", video_path = folder .. "/b" })
      local record = assert(client:query {
        order_no = order "verified", get_file = "video", photo_path = folder .. "/c",
      })
      assert.equal("2 3 3", asked_for(seen))
      assert.is_nil(record.photo)
      assert.equal("a\nb", support.list(folder))
    end)

    it("leave no empty file where the service sends none", function()
      local record = assert(new():query {
        order_no = order "nomedia", photo_path = folder .. "/photo", video_path = folder .. "/video",
      })
      none(record)
      assert.equal("", support.list(folder))
    end)

    it("are kept as evidence where the service rejects", function()
      local _, err = new():query {
        order_no = order "rejected", photo_path = folder .. "/photo", video_path = folder .. "/video",
      }
      holds(err.record.photo, "jpeg")
      holds(err.record.video, "mp4")
      assert.equal(folder .. "/photo", err.record.photo.path)
    end)

    it("never replace a file, and then nothing is sent", function()
      local client = new()
      support.write_file(folder .. "/photo", "old")
      must(("ln -s %s/nowhere %s/link"):format(folder, folder))
      for _, path in ipairs { "/photo", "/link" } do
        local name = order "verified"
        local err = fails("storage", "FILE_EXISTS", client:query {
          order_no = name, photo_path = folder .. path, video_path = folder .. "/video",
        })
        assert.equal("photo", err.field)
        assert.equal(0, support.queries(name))
      end
      assert.equal("old", support.read_file(folder .. "/photo"))
      assert.equal("link\nphoto", support.list(folder))
      assert(client:query { order_no = order "verified" })
    end)

    it("need a folder that can be written to, and then nothing is sent", function()
      local client = new()
      support.write_file(folder .. "/file", "")
      for _, path in ipairs { "/none/video", "/file/video" } do
        local name = order "verified"
        local err = fails("storage", "FILE_UNWRITABLE", client:query { order_no = name, video_path = folder .. path })
        assert.equal("video", err.field)
        assert.equal(0, support.queries(name))
      end
      assert(client:query { order_no = order "verified" })
    end)

    it("cannot share a path", function()
      local name = order "verified"
      for _, method in ipairs { "query", "poll" } do
        local client = new()
        local err = fails("invalid_request", "INVALID_PATH", client[method](client, {
          order_no = name, photo_path = folder .. "/both", video_path = folder .. "/both",
        }))
        assert.equal("video_path", err.field)
      end
      assert.equal(0, support.queries(name))
      assert.equal("", support.list(folder))
    end)

    it("may have max_media bytes and not one more", function()
      local client = new { max_media = 60000 }
      local record = assert(client:query { order_no = order "size60000x60000n", get_file = 1 })
      assert.same({ 60000, 60000 }, { record.photo.size, record.video.size })
      for size, name in pairs { size60001x1n = "photo", size1x60001n = "video", size1x5mn = "video" } do
        local err = fails("media", "MEDIA_TOO_LARGE", client:query {
          order_no = order(size), photo_path = folder .. "/photo", video_path = folder .. "/video",
        })
        assert.equal(name, err.field)
        local other = name == "photo" and "video" or "photo"
        assert.equal(err.record and other or "", support.list(folder)) -- of 5 MB nothing is kept
        os.remove(folder .. "/" .. other)
      end
      assert(client:query { order_no = order "verified" })
    end)

    it("come with sdkVersion and trtcFlag for query_version 1.0", function()
      local record = assert(new():query { order_no = order "verified", query_version = "1.0" })
      assert.same({ "1.12.12", "Y" }, { record.sdkVersion, record.trtcFlag })
      record = assert(new():query { order_no = order "verified" })
      assert.same({ nil, nil }, { record.sdkVersion, record.trtcFlag })
    end)
  end)

  describe("(poll)", function()
    it("keeps the file that it has, where the service sends it again unasked", function()
      local place, asked = support.folder(), 0
      local medium = { data = "again", size = 5, mime = "image/jpeg", format = "jpeg" }
      local rude = assert(facequery.new {
        sleep = function() end,
        transport = function(request)
          asked = asked + 1
          local media = asked == 1 and { photo = { path = request.photo_path, size = 1 } }
            or { photo = medium, video = { path = request.video_path, size = 2 } }
          return { status = 200, envelope = '{"code":"0"}', media = media }
        end,
      })
      local record = assert(rude:poll {
        order_no = "a1", photo_path = place .. "/photo", video_path = place .. "/video",
      })
      assert.same({ place .. "/photo", place .. "/video" }, { record.photo.path, record.video.path })
      support.remove_folder(place)
    end)

    it("asks until the files are there: by default for both, three times, two seconds apart", function()
      local client, seen = new()
      local name = order "late"
      local record = assert(client:poll { order_no = name })
      both()(record)
      assert.equal("1 1 1", asked_for(seen))
      assert.equal(3, support.queries(name))
      assert.same({ 2, 2 }, seen.sleeps)
      assert.equal("request response pending request response pending request response", steps(seen))
      assert.same({ "pending", name, 1, 2 },
        { seen.events[3].type, seen.events[3].order_no, seen.events[3].attempt, seen.events[3].delay })
      assert.equal(2, seen.events[6].attempt)
    end)

    it("asks once where they are there at once", function()
      local client, seen = new()
      both()(assert(client:poll { order_no = order "verified" }))
      assert.equal("1", asked_for(seen))
      assert.same({}, seen.sleeps)
    end)

    it("streams late files to their paths", function()
      local record = assert(new():poll {
        order_no = order "late", photo_path = folder .. "/photo", video_path = folder .. "/video",
      })
      holds(record.photo, "jpeg")
      holds(record.video, "mp4")
      assert.equal("photo\nvideo", support.list(folder))
    end)

    it("asks for one file where that is asked for", function()
      local client, seen = new()
      local record = assert(client:poll { order_no = order "late", get_file = "photo" })
      holds(record.photo, "jpeg")
      assert.is_nil(record.video)
      assert.equal("2 2 2", asked_for(seen))
    end)

    it("does not ask again for what it has", function()
      -- A video of no bytes never comes.
      for size, files in pairs { size10kx0n = "1 3 3", size0x10kn = "1 2 2" } do
        local client, seen = new()
        local name = order(size)
        local err = fails("pending", "MEDIA_PENDING", client:poll {
          order_no = name, photo_path = folder .. "/photo" .. name, video_path = folder .. "/video" .. name,
        })
        assert.equal(files, asked_for(seen))
        local has = err.record.photo or err.record.video
        assert.equal(10240, has.size)
        assert.equal(10240, #support.read_file(has.path))
      end
    end)

    it("puts together what came at different times", function()
      local seen = { requests = {} }
      local transport = curl.new()
      local times = 0
      local client = assert(facequery.new {
        sleep = function() end,
        transport = function(request)
          seen.requests[#seen.requests + 1] = request
          local response, failure = transport(request)
          times = times + 1
          if times == 1 then
            response.media.video = nil
          end
          return response, failure
        end,
      })
      both()(assert(client:poll { order_no = order "verified" }))
      assert.equal("1 3", asked_for(seen))
    end)

    it("ends as pending, with the record, when the files never come", function()
      local client, seen = new()
      local name = order "nomedia"
      local err = fails("pending", "MEDIA_PENDING", client:poll { order_no = name })
      assert.equal(3, support.queries(name))
      assert.same({ 2, 2 }, seen.sleeps)
      assert.same({ "0", name }, { err.record.code, err.record.orderNo })
      none(err.record)
      assert.same({ name, true, "请求成功", err.record.bizSeqNo },
        { err.orderNo, err.retryable, err.msg, err.bizSeqNo })
    end)

    it("asks as often, and waits as long, as it is told", function()
      local client, seen = new()
      fails("pending", "MEDIA_PENDING", client:poll { order_no = order "nomedia", attempts = 1 })
      assert.same({}, seen.sleeps)
      fails("pending", "MEDIA_PENDING", client:poll { order_no = order "nomedia", attempts = 4, interval = 0.25 })
      assert.same({ 0.25, 0.25, 0.25 }, seen.sleeps)
      assert.equal("1 1 1 1 1", asked_for(seen))
      assert(client:poll { order_no = order "late", attempts = 50, interval = 0 })
      fails("rejected", "66660004", client:poll { order_no = order "rejected", attempts = math.huge })
    end)

    it("really waits where no sleep is given", function()
      local client = new { sleep = false }
      local started = support.now()
      fails("pending", "MEDIA_PENDING", client:poll { order_no = order "nomedia", attempts = 2, interval = 0.3 })
      local seconds = support.now() - started
      assert.is_true(seconds >= 0.3, seconds)
    end)

    it("ends at once where the service refuses", function()
      for word, code in pairs { rejected = "66660004", code66660011x = "66660011" } do
        local client, seen = new()
        local name = order(word)
        local _, err = client:poll { order_no = name }
        assert.equal(code, err.code)
        assert.equal(1, support.queries(name))
        assert.same({}, seen.sleeps)
      end
    end)

    it("retries within an attempt", function()
      local client, seen = new()
      both()(assert(client:poll { order_no = order "flaky" }))
      assert.equal("request response retry request response", steps(seen))
    end)

    it("hands out what had come when a later attempt fails", function()
      local transport = curl.new()
      local times = 0
      local client = assert(facequery.new {
        sleep = function() end,
        retries = 0,
        transport = function(request)
          times = times + 1
          if times == 2 then
            return nil, { status = "HTTP", http_status = 502 }
          end
          return transport(request)
        end,
      })
      local err = fails("http", "502", client:poll {
        order_no = order "size10kx0n", photo_path = folder .. "/photo",
        get_file = "both",
      })
      assert.equal(folder .. "/photo", err.record.photo.path)
      assert.equal(10240, err.record.photo.size)
    end)
  end)

  describe("(retries)", function()
    it("asks again after an HTTP 503", function()
      local client, seen = new()
      local name = order "flaky"
      both()(assert(client:query { order_no = name, get_file = 1 }))
      assert.equal(2, support.queries(name))
      assert.equal("request response retry request response", steps(seen))
      local _, failed, retry, again, answered = (table.unpack or unpack)(seen.events)
      assert.same({ "503", "http", 1, name }, { failed.code, failed.kind, failed.attempt, failed.order_no })
      assert.same({ "503", "http", 1, seen.sleeps[1] }, { retry.code, retry.kind, retry.attempt, retry.delay })
      assert.is_true(retry.delay >= 0 and retry.delay <= 0.5)
      assert.equal(2, again.attempt)
      assert.same({ "0", 200, 2, nil }, { answered.code, answered.status, answered.attempt, answered.kind })
      assert.is_true(answered.time > 0 and answered.time < 10)
    end)

    it("asks again after a broken connection, with a new sign", function()
      local client, seen = new()
      local name = order "cutonce"
      local record = assert(client:query {
        order_no = name, photo_path = folder .. "/photo", video_path = folder .. "/video",
      })
      holds(record.photo, "jpeg")
      holds(record.video, "mp4")
      assert.equal(2, support.queries(name))
      assert.equal("transport", seen.events[2].kind)
      local first, second = cjson.decode(seen.requests[1].body), cjson.decode(seen.requests[2].body)
      assert.not_equal(first.nonce, second.nonce)
      assert.not_equal(first.sign, second.sign)
    end)

    it("asks again when it came too often, with longer back-offs", function()
      local client, seen = new()
      assert(client:query { order_no = order "ratelimit" })
      assert.equal("request response retry request response retry request response", steps(seen))
      assert.same({ "400504", "rate_limited" }, { seen.events[2].code, seen.events[2].kind })
      assert.is_true(seen.sleeps[1] <= 0.5 and seen.sleeps[2] <= 1)
    end)

    it("gives up after as many as it is told", function()
      for retries = 0, 3 do
        local client, seen = new { retries = retries }
        local name = order "code999999x"
        local err = fails("service", "999999", client:query { order_no = name })
        assert.is_true(err.retryable)
        assert.equal(retries + 1, support.queries(name))
        assert.equal(retries, #seen.sleeps)
        assert.not_equal("retry", seen.events[#seen.events].type)
      end
    end)

    it("gives up after two by default", function()
      local name = order "http503x"
      fails("http", "503", new():query { order_no = name })
      assert.equal(3, support.queries(name))
    end)

    it("does not ask again where that does not help", function()
      for _, word in ipairs {
        "rejected", "anything", "code66660011x", "code400103x", "code400604x", "code12345x", "code66660018x",
        "http404x", "http302x", "notjson", "wrongorder", "badbase64", "trailing",
      } do
        local client, seen = new { retries = 5 }
        local name = order(word)
        local _, err = client:query { order_no = name, get_file = 1 }
        assert.is_false(err.retryable)
        assert.equal(1, support.queries(name))
        assert.equal("request response", steps(seen))
        assert.same({}, seen.sleeps)
      end
    end)

    it("survives a listener that raises", function()
      local client = new { on_event = function() error "listener" end }
      assert(client:query { order_no = order "flaky" })
    end)
  end)

  describe("(connections)", function()
    local function sockets() return tonumber(must "readlink /proc/$PPID/fd/* 2>/dev/null | grep -c socket: || :") end

    it("keeps its connection open between calls, until it is closed", function()
      collectgarbage()
      collectgarbage()
      local before = sockets()
      local events = {}
      local client = assert(facequery.new { on_event = function(event) events[#events + 1] = event end })
      local opened
      for _, word in ipairs { "verified", "rejected", "verified" } do
        client:query { order_no = order(word) }
        opened = opened or sockets() -- libcurl has more than one for itself
        assert.equal(opened, sockets())
      end
      assert.is_true(opened > before)
      assert.same({ false, true, true }, { events[2].reused, events[4].reused, events[6].reused })
      client:close()
      assert.equal(before, sockets())
      assert(client:query { order_no = order "verified" })
      assert.is_false(events[8].reused)
      client:close()
      client:close()
      assert.equal(before, sockets())
    end)

    it("is retried, then reported, where nobody listens", function()
      local client, seen = new { base_url = "https://127.0.0.1:1" }
      local err = fails("transport", "COULDNT_CONNECT", client:query { order_no = "a1" })
      assert.equal("a1", err.orderNo)
      assert.equal(3, #seen.requests)
    end)

    it("names the folder that a path is missing, and asks nobody", function()
      local client, seen = new()
      for name, method in pairs { photo = "query", video = "poll" } do
        local err = fails("storage", "FILE_UNWRITABLE",
          client[method](client, { order_no = "a1", [name .. "_path"] = "/nowhere/at/all.bin" }))
        assert.same({ name, "a1" }, { err.field, err.orderNo })
        assert.matches("(" .. name .. ", /nowhere/at/: no such folder)", err.message, 1, true)
      end
      assert.equal(0, #seen.requests)
    end)

    it("says what a setting can be, and never what it was", function()
      local values = {
        lang = { "fr", '"en", "zh"' }, timeout = { -3, "> 0, < 2147483" }, retries = { 0.5, "0, 1, 2, ..." },
        transport = { "lwp", '"curl", "worker_thread", "resty", function' },
      }
      for name, value in pairs(values) do
        local client, err = facequery.new { [name] = value[1] }
        assert.is_nil(client)
        assert.same({ "INVALID_SETTING", name, value[2] }, { err.code, err.field, err.values })
        assert.matches(("(%s, possible: %s)"):format(name, value[2]), err.message, 1, true)
        assert.is_nil(err.message:find(value[1], 1, true))
      end
      local client, seen = new { lang = "zh" }
      local err = fails("invalid_request", "INVALID_SETTING", client:poll { order_no = "a1", attempts = 0 })
      assert.matches("（attempts，可用值：1, 2, 3, ...）", err.message, 1, true)
      assert.equal(0, #seen.requests)
    end)

    it("refuses a ticket that can be none before anything is sent, and does not repeat it", function()
      for _, ticket in ipairs { "\239\187\191abcdef", "abcdef ", '"abcdef"', "abcdef\nghijkl" } do
        local client, err = facequery.new { ticket = ticket }
        assert.is_nil(client)
        assert.same({ "INVALID_TICKET", "ticket" }, { err.code, err.field })
        assert.matches("a blank, a line break, a quotation mark, a byte order mark (ticket)", err.message, 1, true)
        assert.is_nil(tostring(err):find("abcdef", 1, true))
        local seen
        client, seen = new { ticket = function() return ticket end }
        fails("auth", "TICKET_FAILED", client:query { order_no = "a1" })
        assert.equal(0, #seen.requests)
        local sign
        sign, err = facequery.sign { app_id = "A", order_no = "a1", ticket = ticket, nonce = ("n"):rep(32) }
        assert.is_nil(sign)
        assert.same({ "INVALID_TICKET", "ticket" }, { err.code, err.field })
      end
    end)

    it("does not show a proxy's password, even when libcurl does", function()
      for _, host in ipairs { "127.0.0.1:1", "bad host", "127.0.0.1:99999" } do
        local proxy = "http://me:pASSWORD@" .. host
        local client, seen = new { proxy = proxy, retries = 0 }
        local _, err = client:query { order_no = "a1" }
        assert.equal("transport", err.kind)
        for _, values in ipairs { err, seen.events[1], seen.events[2], { tostring(err) } } do
          for _, value in pairs(values) do
            assert.is_nil(tostring(value):find("pASSWORD", 1, true))
          end
        end
      end
    end)

    describe("through a proxy that wants a login", function()
      local host, answers, stop
      before_each(function() host, answers, stop = servers.proxy() end)
      after_each(function() stop() end)

      it("says so, does not ask again, and says where its name and password go", function()
        for _, login in ipairs { "", "me:pASSWORD@" } do
          local client, seen = new { proxy = "http://" .. login .. host }
          local err = fails("http", "407", client:query { order_no = "a1" })
          assert.equal(1, #seen.requests)
          assert.matches("name:password@", err.advice, 1, true)
          assert.is_nil(err.advice:find("firewall", 1, true))
          for _, value in pairs(err) do
            assert.is_nil(tostring(value):find("pASSWORD", 1, true))
          end
        end
        assert.same({ "407", "407" }, answers())
      end)

      it("queries with them, written as the advice says", function()
        local client = new { proxy = "http://me:pa%40ss@" .. host }
        assert(client:query { order_no = order "verified" })
        assert.same({ "200" }, answers())
      end)

      it("says what else the proxy answers", function()
        local client = new { proxy = "http://me:pa%40ss@" .. host, base_url = "https://forbidden.invalid" }
        fails("http", "403", client:query { order_no = "a1" })
        assert.same({ "403" }, answers())
      end)
    end)
  end)

  describe("(tickets)", function()
    local function refused_signs() return tonumber(support.control("counters"):match('"refused_signs":(%d+)')) end

    it("asks a function for the ticket of every query", function()
      local calls = 0
      local client = new { ticket = function()
        calls = calls + 1
        return support.env("TICKET")
      end }
      assert(client:query { order_no = order "verified" })
      assert(client:query { order_no = order "verified" })
      assert.equal(2, calls)
    end)

    it("signs again, once, with another ticket after a refusal", function()
      for _, code in ipairs { "400101", "400102", "400105", "15" } do
        local tickets = { "first", "second" }
        local client, seen = new { ticket = function() return table.remove(tickets, 1) or "third" end }
        local name = order("code" .. code .. "x")
        -- The first ticket is refused for its sign; the second would be, too.
        local before = refused_signs()
        fails("auth", "400105", client:query { order_no = name })
        assert.equal(before + 2, refused_signs())
        assert.equal("request response request response", steps(seen))

        -- The service's own codes, for a sign that is right.
        local current = support.env("TICKET")
        local times = 0
        client, seen = new {
          ticket = function()
            times = times + 1
            return times == 1 and current or times < 5 and current .. times or nil
          end,
        }
        local _, err = client:query { order_no = name }
        assert.equal("auth", err.kind)
        assert.equal(2, #seen.requests)
        assert.same({}, seen.sleeps)
      end
    end)

    it("succeeds with the other ticket", function()
      local tickets = { "stale", support.env("TICKET") }
      local client, seen = new { ticket = function() return table.remove(tickets, 1) end }
      local name = order "verified"
      holds(assert(client:query { order_no = name, get_file = "photo" }).photo, "jpeg")
      assert.equal(2, #seen.requests)
      assert.equal("400105", seen.events[2].code)
      assert.equal("2 2", asked_for(seen))
    end)

    it("does not ask again with the same ticket", function()
      for _, ticket in ipairs { "stale", function() return "stale" end } do
        local client, seen = new { ticket = ticket }
        local err = fails("auth", "400105", client:query { order_no = order "verified" })
        assert.is_false(err.retryable)
        assert.equal(1, #seen.requests)
      end
    end)

    it("does not renew for a code that a new ticket does not help", function()
      local calls = 0
      local client = new { ticket = function()
        calls = calls + 1
        return support.env("TICKET")
      end }
      for _, code in ipairs { "400103", "400104", "66660004" } do
        calls = 0
        assert.is_nil(client:query { order_no = order("code" .. code .. "x") })
        assert.equal(1, calls)
      end
    end)

    it("says so when the function gives none, sends nothing, and goes on", function()
      local give
      local client, seen = new { ticket = function() return give() end }
      for _, bad in ipairs {
        function() end, function() return 5 end, function() return "" end, function() return {} end,
        function() return "a\0b" end, function() return "a\nb" end, function() return nil, "tICKET" end,
        function() error "tICKET" end, function() error { "tICKET" } end,
      } do
        give = bad
        local err = fails("auth", "TICKET_FAILED", client:query { order_no = "a1" })
        for _, value in pairs(err) do
          assert.is_nil(tostring(value):find("tICKET", 1, true))
        end
      end
      assert.equal(0, #seen.requests)
      give = function() return support.env("TICKET") end
      assert(client:query { order_no = order "verified" })
    end)
  end)

  describe("(a transport of one's own)", function()
    local function with(transport, settings)
      local all = { app_id = "IDAXXXXX", ticket = "t", retries = 0, transport = transport }
      for name, value in pairs(settings or {}) do
        all[name] = value
      end
      return assert(facequery.new(all))
    end

    it("is given the request and returns the answer", function()
      local given
      local photo = { data = "x", size = 1, mime = "application/octet-stream" }
      local client = with(function(request)
        given = request
        return { status = 200, envelope = '{"code":"0","orderNo":"a1"}', media = { photo = photo } }
      end)
      local record = assert(client:query { order_no = "a1", get_file = 1 })
      assert.same({ code = "0", orderNo = "a1", photo = photo }, record)
      assert.equal("POST", given.method)
      assert.matches("/api/v2/base/queryfacerecord?orderNo=a1", given.url, 1, true)
      client:close()
    end)

    it("may bring the service's refusal with another HTTP status, and never its consent", function()
      for _, status in ipairs { 201, 400, 401, 500, 503 } do
        local function answers(envelope)
          return with(function() return { status = status, envelope = envelope, media = {} } end)
        end
        local refused = answers '{"code":"400103","msg":"m","bizSeqNo":"7","orderNo":"a1"}'
        local err = fails("auth", "400103", refused:query { order_no = "a1" })
        assert.same({ "m", "7" }, { err.msg, err.bizSeqNo })
        for _, envelope in ipairs { '{"code":"0","orderNo":"a1"}', '{"code":0}', "{}", "<html>", "", '{"code":"1"',
          '{"code":"66660004","orderNo":"b2"}' } do
          fails("http", tostring(status), answers(envelope):query { order_no = "a1" })
        end
      end
    end)

    it("may bring a refused ticket with HTTP 401, which is renewed as ever", function()
      local tickets_, asked = { "old", "new" }, 0
      local client = with(function()
        asked = asked + 1
        return asked == 1 and { status = 401, envelope = '{"code":"400101"}', media = {} }
          or { status = 200, envelope = '{"code":"0"}', media = {} }
      end, { ticket = function() return tickets_[math.min(asked + 1, 2)] end })
      assert.equal("0", assert(client:query { order_no = "a1" }).code)
      assert.equal(2, asked)
    end)

    it("may bring what is no file in a file's place: the rest counts, and the event says so", function()
      for odd in ("7,true,[],{},[\"a\"],{\"data\":\"QUJD\"},\"  \""):gmatch "[^,]+" do
        local events = {}
        local client = with(function()
          local envelope = ('{"code":"0","result":{"photo":%s,"video":null}}'):format(odd)
          return { status = 200, envelope = envelope, media = {} }
        end, { on_event = function(event) events[#events + 1] = event end })
        local record = assert(client:query { order_no = "a1", get_file = 1 })
        assert.is_nil(record.photo)
        assert.same({ "photo" }, events[#events].odd)
      end
    end)

    it("is not believed about another order, or about nothing", function()
      for envelope, code in pairs {
        ['{"code":"0","orderNo":"b2"}'] = "WRONG_ORDER", [""] = "JSON_CUT", ["{}"] = "NO_CODE", ["{"] = "JSON_CUT",
      } do
        local client = with(function() return { status = 200, envelope = envelope, media = {} } end)
        fails("protocol", code, client:query { order_no = "a1" })
      end
    end)

    it("may fail with a failure of the core's", function()
      local client = with(function() return nil, { status = "TRANSPORT", curl = "COULDNT_CONNECT" } end)
      assert.is_true(fails("transport", "COULDNT_CONNECT", client:query { order_no = "a1" }).retryable)
      client = with(function() return nil, { status = "HTTP", http_status = 429 } end)
      assert.is_true(fails("http", "429", client:query { order_no = "a1" }).retryable)
    end)

    it("may fail with anything, and nothing of it is repeated", function()
      for _, results in ipairs {
        {}, { nil, "tICKET" }, { nil, { "tICKET" } }, { nil, { status = "tICKET" } }, { false, "tICKET" },
        { nil, { status = "HTTP", http_status = 0.5 } }, { true }, { "tICKET" }, { 5 },
      } do
        local client = with(function() return results[1], results[2] end)
        local err = fails("transport", "BAD_TRANSPORT", client:query { order_no = "a1" })
        for _, value in pairs(err) do
          assert.is_nil(tostring(value):find("tICKET", 1, true))
        end
      end
    end)
  end)

  describe("(language)", function()
    it("speaks Chinese where it is asked to", function()
      local client = new { lang = "zh", retries = 0 }
      local _, err = client:query { order_no = order "rejected" }
      assert.equal("无法确认为同一人", err.message)
      _, err = client:query { order_no = order "code66660011x" }
      assert.same({ "无此查询结果", 6 }, { err.message, #err.causes })
      assert.matches("用户中途退出刷脸", err.causes[2], 1, true)
      for _, query in ipairs {
        { order_no = "-" }, { order_no = order "http503x" }, { order_no = order "badbase64", get_file = 1 },
        { order_no = order "wrongorder" }, { order_no = order "verified", photo_path = "/dev/null" },
      } do
        _, err = client:query(query)
        assert.is_truthy(err.message:find("[\228-\233]"), err.code)
        assert.is_truthy(err.advice:find("[\228-\233]"), err.code)
      end
      _, err = client:poll { order_no = order "nomedia", attempts = 1 }
      assert.equal("图片或视频尚未就绪", err.message)
    end)

    it("speaks English otherwise, and leaves the service's words as they are", function()
      local _, err = new():query { order_no = order "rejected" }
      assert.is_nil(err.message:find("[\128-\255]"))
      assert.equal("无法确认为同一人", err.msg)
    end)
  end)

  describe("(what it tells)", function()
    -- Everything in a value, as one text; `except` is a key that is left out.
    local function text_of(value, except)
      local parts = { tostring(value) }
      if type(value) == "table" then
        for key, inner in pairs(value) do
          if key ~= except then
            parts[#parts + 1] = tostring(key)
            parts[#parts + 1] = text_of(inner, except)
          end
        end
      end
      return table.concat(parts, "\n")
    end

    it("holds no ticket, secret, sign, photo or video", function()
      local told, signs, fetched = {}, {}, {}
      local function tell(value, except) told[#told + 1] = text_of(value, except) end
      local secret = support.env("SANDBOX_SECRET")

      local function run(settings, method, query)
        local client, seen = new(settings)
        tell(client)
        local record, err = client[method](client, query)
        if record then
          tell(record, "data")
        else
          -- The record in an error is the caller's; its media are evidence, as bytes.
          tell(err, "data")
        end
        for _, event in ipairs(seen.events) do
          tell(event)
        end
        for i, request in ipairs(seen.requests) do
          if request.method == "POST" then
            signs[#signs + 1] = cjson.decode(request.body).sign
          elseif seen.responses[i] then
            local answer = cjson.decode(seen.responses[i].envelope)
            fetched[#fetched + 1] = answer.access_token or answer.tickets[1].value
          end
        end
        seen.close()
        collectgarbage()
      end

      for word, case in pairs(comes) do
        if word ~= "drip" then
          local settings = { retries = case.retries or 0, timeout = word == "stall" and 0.2 or nil }
          run(settings, "query", { order_no = order(case.word or word), get_file = "both" })
        end
      end
      run({}, "poll", { order_no = order "late" })
      run({}, "poll", { order_no = order "nomedia" })
      run({ ticket = function() return support.env("TICKET") .. "x" end }, "query", { order_no = order "verified" })
      run({ ticket = function() error(support.env("TICKET")) end }, "query", { order_no = order "verified" })
      run({ secret = secret }, "query", { order_no = order "verified" })
      for _, given in ipairs {
        { secret = secret .. "\n" }, { ticket = support.env("TICKET") .. "\0" },
        { ticket = support.env("TICKET"), timeout = 0 },
      } do
        tell(select(2, facequery.new(given)))
      end
      tell(select(2, facequery.sign {
        app_id = "-", order_no = "a", ticket = support.env("TICKET"), nonce = ("n"):rep(32),
      }))

      local base64 = {}
      for _, file in pairs(FILES) do
        base64[#base64 + 1] = must("base64 -w 0 " .. support.quote(
          support.env("SANDBOX_DIR") .. "/sandbox/media/" .. file.name))
      end
      local all = table.concat(told, "\n")
      assert.is_true(#told > 100 and #signs > 40)
      assert.equal(2, #fetched)
      for _, value in ipairs(fetched) do
        assert.is_nil(all:find(value, 1, true))
      end
      assert.is_nil(all:find(support.env("TICKET"), 1, true))
      assert.is_nil(all:find(secret, 1, true))
      for _, sign in ipairs(signs) do
        assert.is_nil(all:upper():find(sign, 1, true))
      end
      for _, text in ipairs(base64) do
        -- Long runs of base64 that occur in a file, wherever they begin.
        for run_of in all:gmatch("[A-Za-z0-9+/]+") do
          assert.is_true(#run_of < 40 or not text:find(run_of, 1, true), run_of:sub(1, 80))
        end
        assert.is_nil(all:find(text:sub(1, 24), 1, true))
      end
      for _, file in pairs(FILES) do
        assert.is_nil(all:find(file.bytes:sub(1, 24), 1, true))
        assert.is_nil(all:find(file.bytes:sub(5001, 5024), 1, true))
      end
    end)

    it("shows a client as nothing but its name", function()
      local client = new()
      assert.equal("facequery.client", tostring(client))
      for name, value in pairs(client) do
        assert.equal("string", type(name))
        assert.equal("function", type(value))
      end
    end)

    it("is told in events of the documented fields alone, without the url's query string", function()
      local known = {}
      for name in ("type order_no attempt method url code kind status time reused delay"):gmatch("%S+") do
        known[name] = true
      end
      local client, seen = new()
      client:poll { order_no = order "flaky" }
      client:poll { order_no = order "nomedia" }
      assert.is_true(#seen.events > 8)
      for _, event in ipairs(seen.events) do
        for name, value in pairs(event) do
          assert.is_true(known[name], name)
          assert.not_equal("table", type(value))
        end
        if event.type == "request" then
          assert.equal("POST", event.method)
          assert.equal(support.env("BASE_URL") .. "/api/v2/base/queryfacerecord", event.url)
        end
      end
    end)
  end)
end)
