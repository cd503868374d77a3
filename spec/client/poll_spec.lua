-- client:poll, which asks until the files have come.

local clients = require "help.clients"
local curl = require "facequery.transport.curl"
local facequery = require "facequery"
local support = require "help.support"

local new, asked_for, steps, fails, holds, holds_both, holds_none =
  clients.new, clients.asked_for, clients.steps, clients.fails, clients.holds, clients.holds_both,
  clients.holds_none
local order = support.order

describe("client:poll", function()
  local folder
  before_each(function() folder = support.folder() end)
  after_each(function() support.remove_folder(folder) end)

  it("keeps the file that it has, where the service sends it again unasked", function()
    local place, asked = support.folder(), 0
    local medium = { data = "again", size = 5, mime = "image/jpeg", format = "jpeg" }
    local rude = assert(facequery.new {
      sleep = function() end,
      transport = function(request)
        asked = asked + 1
        local media = asked == 1 and { photo = { path = request.files[1].path, size = 1 } }
          or { photo = medium, video = { path = request.files[2].path, size = 2 } }
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
    holds_both(record)
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
    holds_both(assert(client:poll { order_no = order "verified" }))
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
    holds_both(assert(client:poll { order_no = order "verified" }))
    assert.equal("1 3", asked_for(seen))
  end)

  it("ends as pending, with the record, when the files never come", function()
    local client, seen = new()
    local name = order "nomedia"
    local err = fails("pending", "MEDIA_PENDING", client:poll { order_no = name })
    assert.equal(3, support.queries(name))
    assert.same({ 2, 2 }, seen.sleeps)
    assert.same({ "0", name }, { err.record.code, err.record.orderNo })
    holds_none(err.record)
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
    holds_both(assert(client:poll { order_no = order "flaky" }))
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
