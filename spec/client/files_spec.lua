-- Photo and video: when they come, where to, and what a failure leaves of them.

local clients = require "help.clients"
local support = require "help.support"

local new, asked_for, fails, holds, holds_none =
  clients.new, clients.asked_for, clients.fails, clients.holds, clients.holds_none
local must, order = support.must, support.order

describe("the files of a query", function()
  local folder
  before_each(function() folder = support.folder() end)
  after_each(function() support.remove_folder(folder) end)

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
    holds_none(assert(client:query { order_no = order "verified" }))
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
    assert.same({ nil, clients.files().jpeg.bytes }, { record.photo.path, record.photo.data })
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
    holds_none(record)
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
      assert.equal(err.record and other or "", support.list(folder)) -- a video of 5 MB ends the transfer, and the photo with it
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
