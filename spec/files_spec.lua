-- The files of a query: folders that are missing, and files that are removed before another attempt.

local files = require "facequery.files"
local support = require "help.support"

describe("a folder for a file", function()
  it("is named where it is missing, or is none", function()
    for path, folder in pairs {
      ["/nowhere/at/all.jpg"] = "/nowhere/at/", ["nowhere/photo"] = "nowhere/", ["/dev/null/photo"] = "/dev/null/",
    } do
      assert.equal(folder, files.missing_folder(path))
    end
    for _, path in ipairs { "photo.jpg", "/photo.jpg", "spec/photo.jpg", "./spec/../photo.jpg" } do
      assert.is_nil(files.missing_folder(path), path)
    end
  end)
end)

describe("the files of an answer that is asked for again", function()
  local folder

  before_each(function() folder = support.folder() end)
  after_each(function() support.remove_folder(folder) end)

  it("are removed, and no other", function()
    for _, name in ipairs { "photo.jpg", "video.mp4", "another" } do
      support.write_file(folder .. "/" .. name, "x")
    end
    files.discard { code = "0", photo = { path = folder .. "/photo.jpg" }, video = { path = folder .. "/video.mp4" } }
    assert.equal("another", support.list(folder))
  end)

  it("need not be there, nor in files", function()
    files.discard(nil)
    files.discard { code = "0" }
    files.discard { code = "0", photo = { data = "x" }, video = { path = folder .. "/gone" } }
    assert.equal("", support.list(folder))
  end)
end)
