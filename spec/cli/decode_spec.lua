-- facequery decode, as a shell sees it: the bytes of a file that came as base64.

local cjson = require "cjson"
local cli = require "help.cli"
local support = require "help.support"

local facequery, has = cli.run, cli.has
local must, mode = support.must, support.mode
local decode = cjson.decode

describe("the command decode", function()
  local folder
  before_each(function() folder = support.folder() end)
  after_each(function() support.remove_folder(folder) end)

  it("names the folder that its file is missing", function()
    local output, messages, status = facequery({ "decode", "--out", folder .. "/at/all/x.jpg" }, { input = "aGk=" })
    assert.same({ "", 7 }, { output, status })
    has(("there is no such folder (%s/at/all/) (storage FOLDER_MISSING)"):format(folder), messages)
  end)

  -- The bytes of a file in base64, as `base64` writes it with these options.
  local function encode(path, options)
    return must(("base64 %s %s"):format(options, support.quote(path))) .. "\n"
  end

  it("writes what base64 -d writes", function()
    local media = support.env "SANDBOX_DIR" .. "/sandbox/media/"
    must("head -c 1000 /dev/urandom >" .. folder .. "/random1")
    must("head -c 1001 /dev/urandom >" .. folder .. "/random2")
    must("head -c 100000 /dev/urandom >" .. folder .. "/random3")
    for _, path in ipairs { media .. "photo.jpg", media .. "photo.png", media .. "video.mp4",
      folder .. "/random1", folder .. "/random2", folder .. "/random3" } do
      for _, options in ipairs { "-w 0", "-w 76" } do
        support.write_file(folder .. "/text", encode(path, options))
        local output, messages, status = facequery { "decode", folder .. "/text" }
        assert.same({ "", 0 }, { messages, status })
        support.write_file(folder .. "/decoded", output)
        must(("base64 -d %s/text | cmp - %s/decoded"):format(folder, folder))
      end
    end
  end)

  it("reads stdin without a file, or with -", function()
    for _, arguments in ipairs { { "decode" }, { "decode", "-" } } do
      local output, _, status = facequery(arguments, { input = "AP8Q\n" })
      assert.same({ "\0\255\16", 0 }, { output, status })
    end
  end)

  it("reads a socket, as an inetd gives it", function()
    local code = [[
import socket, subprocess, sys
ours, theirs = socket.socketpair()
ours.sendall(b"QUJD")
ours.shutdown(socket.SHUT_WR)
sys.exit(subprocess.call(sys.argv[1:], stdin=theirs))]]
    local output, status = support.shell(("python3 -c %s %s"):format(support.quote(code), cli.words "decode -"))
    assert.same({ "ABC", 0 }, { output, status })
  end)

  it("takes a data: url's prefix and missing padding", function()
    assert.equal("AB", (facequery({ "decode" }, { input = "data:image/png;base64,QUI" })))
  end)

  it("saves a file for the owner alone, and says what it is", function()
    local text = encode(support.medium_path "photo.png", "-w 76")
    local path = folder .. "/photo.jpg"
    local output, messages, status = facequery({ "decode", "--out", path }, { input = text })
    assert.same({ "", 0 }, { messages, status })
    assert.same({ path = path, size = #support.medium "photo.png", format = "png" }, decode(output))
    assert.equal(support.medium "photo.png", support.read_file(path))
    assert.equal("600", mode(path))
  end)

  it("never overwrites a file", function()
    local path = folder .. "/photo.jpg"
    support.write_file(path, "mine")
    local output, messages, status = facequery({ "decode", "--out", path }, { input = "QUJD" })
    assert.same({ "", 7, "mine" }, { output, status, support.read_file(path) })
    has("(storage FILE_EXISTS)", messages)
  end)

  it("names the offset of a foreign character, and writes nothing", function()
    for text, offset in pairs { ["*AAA"] = 0, ["AAAA*AAA"] = 4, ["AAAA\nAA?A"] = 7, ["AA=A"] = 3 } do
      local path = folder .. "/bytes"
      for _, arguments in ipairs { { "decode" }, { "decode", "--out", path } } do
        local output, messages, status = facequery(arguments, { input = text })
        assert.same({ "", 7, "" }, { output, status, support.list(folder) }, text)
        has(("(at offset %d) (media BASE64_FOREIGN)"):format(offset), messages)
      end
      local _, messages = facequery({ "decode", "--lang", "zh" }, { input = text })
      has(("（位置 %d）"):format(offset), messages)
    end
  end)

  it("tells of base64 that was cut", function()
    local output, messages, status = facequery({ "decode" }, { input = "QUJDQ" })
    assert.same({ "", 7 }, { output, status })
    has("(media BASE64_CUT)", messages)
  end)

  it("tells of a file that can't be read", function()
    for path, message in pairs {
      [folder .. "/none"] = "there is no such file (%s) (storage FILE_MISSING)",
      [folder] = "the file or folder cannot be read (%s, Is a directory) (storage FILE_UNREADABLE)",
    } do
      local output, messages, status = facequery { "decode", path }
      assert.same({ "", 7 }, { output, status })
      has("facequery: " .. message:format(path) .. "\n", messages)
    end
  end)
end)
