-- An answer's files, as a shell sees them.

local core = require "facequery.core"
local answers = require "help.answers"
local request_for = require "help.request"
local support = require "help.support"

local read, refuses, base64 = answers.read, answers.refuses, answers.base64
local PHOTO, PHOTO_TEXT, VIDEO, BOTH = answers.PHOTO, answers.PHOTO_TEXT, answers.VIDEO, answers.BOTH
local must, quote = support.must, support.quote

local folder

before_each(function() folder = support.folder() end)
after_each(function() support.remove_folder(folder) end)

describe("files", function()
  local photo_path, video_path

  before_each(function()
    photo_path, video_path = folder .. "/photo", folder .. "/video"
  end)

  local function start(options)
    options = options or {}
    options.photo_path = options.photo_path or photo_path
    options.video_path = options.video_path or video_path
    return core.answer(request_for(options))
  end

  it("appear with keep, and not before", function()
    local response = assert(start())
    local text = '{"photo":"' .. base64(support.medium("photo.jpg")) .. '","video":"'
      .. base64(support.medium("video.mp4")) .. '"}'
    for at = 1, #text, 100000 do
      assert(response:feed(text:sub(at, at + 99999)))
      assert.equal("", support.list(folder))
    end
    assert(response:finish())
    assert.equal("", support.list(folder))
    local media = assert(response:keep())
    assert.equal("photo\nvideo", support.list(folder))
    assert.same({ path = photo_path, size = 21793, format = "jpeg", mime = "image/jpeg" }, media.photo)
    assert.same({ path = video_path, size = 911695, format = "mp4", mime = "video/mp4" }, media.video)
    local media_folder = support.env("SANDBOX_DIR") .. "/sandbox/media/"
    must(("cmp %sphoto.jpg %s"):format(media_folder, photo_path))
    must(("cmp %svideo.mp4 %s"):format(media_folder, video_path))
    assert.equal("600\n600", must("stat -c %a " .. folder .. "/*"))
  end)

  it("are read and written by their owner alone, whatever the umask", function()
    must("umask 000; " .. support.lua_command(([[
      local response = require("facequery.core").answer(require "help.request" { photo_path = %q })
      assert(response:feed('{"photo":"AAAA"}') and response:finish() and response:keep())
    ]]):format(photo_path)))
    assert.equal("600", must("stat -c %a " .. photo_path))
  end)

  it("of a relative path lie in the working folder", function()
    local name = "spec-" .. core.nonce()
    local media = assert(read('{"photo":"AAAA"}', { photo_path = name })).media
    assert.equal(name, media.photo.path)
    assert.equal("\0\0\0", support.read_file(name))
    os.remove(name)
  end)

  it("are for one medium, where only one has a path", function()
    local answer = assert(read(BOTH, { video_path = video_path }))
    assert.equal(PHOTO, answer.media.photo.data)
    assert.equal("video", support.list(folder))
    assert.equal(VIDEO, support.read_file(video_path))
  end)

  it("don't appear for a medium that did not come", function()
    for _, text in ipairs { "{}", '{"photo":null}', '{"photo":""}', '{"photo":"\\n"}' } do
      local answer = assert(read(text, { photo_path = photo_path, video_path = video_path }))
      assert.same({}, answer.media)
      assert.equal("", support.list(folder))
    end
  end)

  it("leave nothing when the answer is wrong", function()
    for _, text in ipairs {
      '{"photo":"' .. PHOTO_TEXT .. '"}x', '{"photo":"' .. PHOTO_TEXT,
      '{"photo":"' .. PHOTO_TEXT .. '","code":1,"code":2}',
    } do
      assert.is_nil(read(text, { photo_path = photo_path, video_path = video_path }))
      assert.equal("", support.list(folder))
    end
  end)

  it("leave nothing when the answer is closed or dropped", function()
    for _, finished in ipairs { true, false } do
      for _, closed in ipairs { true, false } do
        local response = assert(start())
        assert(response:feed(BOTH:sub(1, finished and -1 or 40)))
        if finished then
          assert(response:finish())
        end
        if closed then
          response:close()
        end
        response = nil -- luacheck: ignore
        collectgarbage()
        collectgarbage()
        assert.equal("", support.list(folder))
      end
    end
  end)

  it("leave nothing when the process is killed", function()
    support.shell("sh -c " .. quote(support.lua_command(([[
      local response = require("facequery.core").answer(require "help.request" { photo_path = %q, video_path = %q })
      assert(response:feed('{"photo":"' .. ("A"):rep(1000000)))
      os.execute("ls -A %s >%s.seen; kill -9 $PPID")
    ]]):format(photo_path, video_path, folder, folder)) .. "; true"))
    assert.equal("", support.read_file(folder .. ".seen"))
    os.remove(folder .. ".seen")
    assert.equal("", support.list(folder))
  end)

  it("are refused beforehand where a file is", function()
    support.write_file(photo_path, "old")
    local response, failure = start()
    assert.is_nil(response)
    assert.same({ status = "FILE_EXISTS", field = "photo" }, failure)
    response, failure = start { photo_path = folder .. "/new", video_path = photo_path }
    assert.is_nil(response)
    assert.same({ status = "FILE_EXISTS", field = "video" }, failure)
    assert.equal("photo", support.list(folder))
    assert.equal("old", support.read_file(photo_path))
  end)

  it("are refused where a file came meanwhile, and leave it", function()
    local response = assert(start())
    assert(response:feed(BOTH) and response:finish())
    support.write_file(photo_path, "theirs")
    local media, failure = response:keep()
    assert.is_nil(media)
    assert.same({ status = "FILE_EXISTS", field = "photo" }, failure)
    response:close()
    assert.equal("photo", support.list(folder))
    assert.equal("theirs", support.read_file(photo_path))
  end)

  it("are both gone when the second can't be named", function()
    local response = assert(start())
    assert(response:feed(BOTH) and response:finish())
    support.write_file(video_path, "theirs")
    local media, failure = response:keep()
    assert.is_nil(media)
    assert.same({ status = "FILE_EXISTS", field = "video" }, failure)
    assert.has_error(function() response:keep() end)
    assert.equal("video", support.list(folder))
    assert.equal("theirs", support.read_file(video_path))
  end)

  it("don't appear when there is no memory to tell of them", function()
    if support.is_asan then
      pending "the sanitizer needs all the memory that there is"
      return
    end
    -- The photo, in memory, has no room to become a string; the video is complete in its file.
    local code = ([[
      local response = assert(require("facequery.core").answer(require "help.request" { video_path = %q }))
      assert(response:feed '{"video":"QUJD","photo":"')
      for _ = 1, 30 do
        assert(response:feed(("QUJD"):rep(250000)))
      end
      assert(response:feed '"}' and response:finish())
      local status = io.open "/proc/self/status":read "*a"
      local pid, kilobytes = status:match "\nPid:%%s*(%%d+)", status:match "\nVmSize:%%s*(%%d+)"
      os.execute(("prlimit --pid %%s --as=%%d"):format(pid, (kilobytes + 4000) * 1024))
      print(pcall(response.keep, response))
    ]]):format(video_path)
    assert.equal("false\tnot enough memory", must(support.lua_command(code)))
    assert.equal("", support.list(folder))
  end)

  it("can't share a path", function()
    refuses("FILE_EXISTS", BOTH, { photo_path = photo_path, video_path = photo_path }, { field = "video" })
    assert.equal("", support.list(folder))
  end)

  it("don't follow a link, dangling or not", function()
    for _, target in ipairs { "nowhere", "target" } do
      support.write_file(folder .. "/target", "old")
      must(("ln -sfn %s %s"):format(target, photo_path))
      local response, failure = start()
      assert.is_nil(response)
      assert.same({ status = "FILE_EXISTS", field = "photo" }, failure)
      assert.equal("photo\ntarget", support.list(folder))
      assert.equal(target, must("readlink " .. photo_path))
      assert.equal("old", support.read_file(folder .. "/target"))
    end
  end)

  it("don't follow a link that came meanwhile", function()
    local response = assert(start())
    assert(response:feed(BOTH) and response:finish())
    must(("ln -s nowhere %s"):format(photo_path))
    local media, failure = response:keep()
    assert.is_nil(media)
    assert.same({ status = "FILE_EXISTS", field = "photo" }, failure)
    assert.equal("photo", support.list(folder))
  end)

  it("are refused where a folder is", function()
    for _, path in ipairs { folder, folder .. "/", "/" } do
      local response, failure = start { photo_path = path }
      assert.is_nil(response)
      assert.same({ status = "FILE_EXISTS", field = "photo" }, failure)
    end
  end)

  -- Before anything is sent; the system's own words say why.
  local function cannot_be_written(path, why)
    local response, failure = start { photo_path = path }
    assert.is_nil(response)
    assert.same({ status = "FILE_UNWRITABLE", field = "photo", detail = why }, failure)
    response, failure = start { video_path = path }
    assert.is_nil(response)
    assert.same({ status = "FILE_UNWRITABLE", field = "video", detail = why }, failure)
    assert.equal("", support.list(folder))
  end

  it("need a folder that exists", function()
    cannot_be_written(folder .. "/missing/photo", "No such file or directory")
    cannot_be_written("/dev/null/photo", "Not a directory")
    cannot_be_written(folder .. "/" .. ("x"):rep(300), "File name too long")
  end)

  it("need a folder that can be written", function()
    must("chmod 0500 " .. folder)
    local code = ([[
      local response, failure = require("facequery.core").answer(require "help.request" { photo_path = %q })
      assert(not response)
      print(failure.status, failure.field, failure.detail)
    ]]):format(photo_path)
    assert.equal("FILE_UNWRITABLE\tphoto\tPermission denied",
      must(support.without_privileges() .. support.lua_command(code)))
    assert.equal("", support.list(folder))
  end)

  it("say when the disk is full, and leave nothing", function()
    -- A limit on the size of files is the full disk that needs no disk.
    local output = must(("ulimit -f 1024; trap '' XFSZ; %s"):format(support.lua_command(([[
      local response = require("facequery.core").answer(require "help.request" { photo_path = %q })
      assert(response:feed('{"photo":"'))
      local ok, failure
      repeat
        ok, failure = response:feed(("A"):rep(100000))
      until not ok
      print(failure.status, failure.field, failure.detail)
    ]]):format(photo_path))))
    assert.equal("FILE_UNWRITABLE\tphoto\tFile too large", output)
    assert.equal("", support.list(folder))
  end)
end)
