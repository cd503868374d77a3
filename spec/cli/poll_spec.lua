-- facequery poll, as a shell sees it: the files that it saves, and what it leaves alone.

local cjson = require "cjson"
local cli = require "help.cli"
local support = require "help.support"

local facequery, has, wait_for_query = cli.run, cli.has, cli.wait_for_query
local must, order, queries, mode, sha256 = support.must, support.order, support.queries, support.mode, support.sha256
local decode = cjson.decode

describe("the command poll", function()
  local folder
  before_each(function() folder = support.folder() end)
  after_each(function() support.remove_folder(folder) end)

  it("asks until the files are there, and saves them under the order's name, for the owner alone", function()
    local number = order "late"
    local out = folder .. "/new"
    local output, messages, status = facequery { "poll", number, "--out", out, "--interval", "0.05" }
    assert.equal(0, status)
    assert.equal(3, queries(number))
    local _, waits = messages:gsub("asking again in 0%.05 s\n", "")
    assert.equal(2, waits)
    local photo, video = out .. "/" .. number .. "-photo.jpg", out .. "/" .. number .. "-video.mp4"
    assert.equal(number .. "-photo.jpg\n" .. number .. "-video.mp4", support.list(out))
    assert.equal(support.medium "photo.jpg", support.read_file(photo))
    assert.equal(support.medium "video.mp4", support.read_file(video))
    assert.same({ "600", "600" }, { mode(photo), mode(video) })
    local record = decode(output)
    assert.same({ path = photo, size = #support.medium "photo.jpg", format = "jpeg",
      mime = "image/jpeg", sha256 = sha256(photo) }, record.photo)
    assert.same({ path = video, size = #support.medium "video.mp4", format = "mp4",
      mime = "video/mp4", sha256 = sha256(video) }, record.video)
  end)

  it("names files by their content, not by what they should be", function()
    local png, short = order "png", order "size2x3n"
    local _, _, status = facequery { "poll", png, short, "--out", folder }
    assert.equal(0, status)
    assert.equal(table.concat({ png .. "-photo.png", png .. "-video.mp4",
      short .. "-photo.bin", short .. "-video.bin" }, "\n"), support.list(folder))
    assert.equal("image/png", must("file -b --mime-type " .. folder .. "/" .. png .. "-photo.png"))
  end)

  it("asks for nothing when a file of that name is there", function()
    local number = order "verified"
    local photo = folder .. "/" .. number .. "-photo.jpg"
    support.write_file(photo, "mine")
    local output, messages, status = facequery { "poll", number, "--out", folder }
    assert.same({ "", 7 }, { output, status })
    assert.matches("%(photo%) %(storage FILE_EXISTS%)", messages)
    assert.same({ "mine", number .. "-photo.jpg", 0 },
      { support.read_file(photo), support.list(folder), queries(number) })
  end)

  it("never overwrites a file that came meanwhile, and leaves none under another name", function()
    local number = order "slow2000x"
    local photo, video = folder .. "/" .. number .. "-photo.jpg", folder .. "/" .. number .. "-video.mp4"
    local process = support.start(("%s/bin/facequery poll %s --out %s"):format(
      support.build, number, folder), { LD_PRELOAD = os.getenv "LD_PRELOAD" or "" })
    wait_for_query(number)
    support.write_file(photo, "mine")
    local messages, status = process.wait()
    assert.equal(7, status)
    assert.matches("%(photo%) %(storage FILE_EXISTS%)", messages)
    assert.equal("mine", support.read_file(photo))
    assert.equal(support.medium "video.mp4", support.read_file(video))
    assert.equal(number .. "-photo.jpg\n" .. number .. "-video.mp4", support.list(folder))
  end)

  it("fails when the files never came", function()
    local number = order "nomedia"
    local output, messages, status = facequery { "poll", number, "--out", folder,
      "--attempts", "2", "--interval", "0.01" }
    assert.same({ "", 8, "" }, { output, status, support.list(folder) })
    has("(pending MEDIA_PENDING)", messages)
    assert.equal(2, queries(number))
  end)

  it("saves the evidence of a rejected order, too", function()
    local number = order "rejected"
    local output, messages, status = facequery { "poll", number, "--out", folder }
    assert.same({ "", 3 }, { output, status })
    has("(rejected 66660004)", messages)
    has("photo saved: " .. folder .. "/" .. number .. "-photo.jpg\n", messages)
    has("video saved: " .. folder .. "/" .. number .. "-video.mp4\n", messages)
    assert.equal(support.medium "photo.jpg",
      support.read_file(folder .. "/" .. number .. "-photo.jpg"))
  end)

  it("keeps the good file when the other is broken, and that as it came, nothing of another order's", function()
    for _, word in ipairs { "badbase64", "cutbase64" } do
      local number = order(word)
      local output, messages, status = facequery { "poll", number, "--out", folder }
      local path = ("%s/%s-video.mp4"):format(folder, number)
      local broken = ("%s/%s-photo.base64"):format(folder, number)
      local files = ("%s-photo.base64\n%s-video.mp4"):format(number, number)
      assert.same({ "", 7, files }, { output, status, support.list(folder) }, word)
      has("video saved: " .. path, messages)
      has("photo saved: " .. broken, messages)
      assert.equal(support.medium "video.mp4", support.read_file(path))
      support.write_file(folder .. "/photo", support.medium "photo.jpg")
      assert.equal(must(("base64 -w 0 %s/photo"):format(folder)):sub(1, 1000), support.read_file(broken):sub(1, 1000))
      must(("rm %s/*"):format(folder))
    end
    local _, _, status = facequery { "poll", order "wrongorder", "--out", folder }
    assert.same({ 6, "" }, { status, support.list(folder) })
  end)

  it("asks for nothing when the folder can't be made", function()
    local number = order "verified"
    support.write_file(folder .. "/file", "")
    local output, messages, status = facequery { "poll", number, "--out", folder .. "/file/new" }
    assert.same({ "", 7 }, { output, status })
    has(("there is no such folder (%s/file/) (storage FOLDER_MISSING)"):format(folder), messages)
    assert.equal(0, queries(number))
  end)
end)
