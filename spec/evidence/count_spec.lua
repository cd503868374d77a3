-- How many faces an archive stores.

local archives = require "facequery.evidence"
local count = require "facequery.evidence.count"
local facequery = require "facequery"
local support = require "help.support"

local must, order = support.must, support.order

describe("count", function()
  local folder, dir
  before_each(function()
    folder = support.folder()
    dir = folder .. "/evidence"
  end)
  after_each(function() support.remove_folder(folder) end)

  local function counted()
    return count.run(archives.at(dir))
  end

  it("is of bundles, and of those with a photo or a video", function()
    local client = assert(facequery.new())
    for _, word in ipairs { "verified", "png", "rejected", "rejectednomedia", "size30x40n" } do
      assert(client:archive { order_no = order(word), dir = dir })
    end
    client:close()
    assert.same({ bundles = 5, faces = 4 }, counted())
  end)

  it("is nothing in an empty archive", function()
    must("mkdir " .. dir)
    assert.same({ bundles = 0, faces = 0 }, counted())
  end)

  it("takes a bundle that can't be read for a face, and no notice of what is none", function()
    must(("mkdir -p %s/broken1 %s/.run-abc/a1 && touch %s/index.jsonl %s/.lock"):format(dir, dir, dir, dir))
    assert.same({ bundles = 1, faces = 1 }, counted())
  end)

  it("takes a photo or a video alone for a face", function()
    for name, text in pairs { a1 = '"photo.bin":{}', a2 = '"video.mp4":{}', a3 = '"record.json":{}',
      a4 = '"photo.png":{},"video.mp4":{}' } do
      must(("mkdir -p %s/%s"):format(dir, name))
      support.write_file(("%s/%s/manifest.json"):format(dir, name),
        ('{"format":"facequery-evidence/1","order_no":"%s","files":{%s}}'):format(name, text))
    end
    assert.same({ bundles = 4, faces = 3 }, counted())
  end)
end)
