-- facequery sheet and facequery report: the files that they write, and what they say.

local archives = require "help.archives"
local cli = require "help.cli"
local pages = require "help.pages"
local support = require "help.support"
local tsa = require "help.tsa"

local order, run = support.order, cli.shell

describe("the command sheet", function()
  local folder, dir, list, out
  before_each(function()
    folder, dir, list = archives.begin()
    out = folder .. "/page.html"
  end)
  after_each(function() support.remove_folder(folder) end)

  local function archive(word)
    local order_no = order(word)
    archives.write_list(list, { order_no })
    archives.run(list, dir)
    return order_no
  end

  local function sheet(order_no, arguments, how)
    return run(("sheet %s --from %s --out %s %s"):format(order_no, dir, out, arguments or ""), how)
  end

  it("writes a page for this user alone, and says so", function()
    local order_no = archive "verified"
    assert.same({ "", ("%s: %s, 0 problems"):format(out, order_no), 0 }, { sheet(order_no, "", "umask 0;") })
    assert.equal("600", support.mode(out))
    local page = pages.read(out)
    assert.same({}, page.errors)
    cli.has("Verified", page.text)
  end)

  it("speaks Chinese", function()
    local order_no = archive "verified"
    assert.same({ "", ("%s：%s，0 处不符"):format(out, order_no), 0 }, { sheet(order_no, "--lang zh") })
    cli.has("核身通过", pages.read(out).text)
  end)

  it("ends with 1 where the evidence is not as it was archived, and the page says so", function()
    local order_no = archive "size30x40n"
    os.remove(support.bundle_path(dir, order_no) .. "/video.mp4")
    assert.same({ "", ("%s: %s, 1 problems"):format(out, order_no), 7 }, { sheet(order_no) })
    cli.has("not as it was archived", pages.read(out).text)
  end)

  it("tells of the seals, and looks by --tsa-ca who the timestamping authorities are", function()
    local order_no = archive "size30x40n"
    assert.equal(0, select(3, run(("seal %s --tsa %s"):format(dir, tsa.url()))))
    local ca = "--tsa-ca " .. support.env "CA_FILE"
    for _, words in ipairs { ("sheet %s --from %s"):format(order_no, dir), "report " .. dir } do
      assert.equal(0, select(3, run(("%s --out %s"):format(words, out))))
      cli.has("Who issued the authority's certificate was not looked at", pages.read(out).text)
      os.remove(out)
      assert.equal(0, select(3, run(("%s --out %s %s"):format(words, out, ca))))
      cli.has("issued by one that the maker of this page trusts", pages.read(out).text)
      os.remove(out)
      local other = tsa.certify(folder, "other") .. ".pem"
      assert.equal(7, select(3, run(("%s --out %s --tsa-ca %s"):format(words, out, other))))
      cli.has("the TSA's certificate is not one that the given authorities vouch for", pages.read(out).text)
      os.remove(out)
      assert.equal(7, select(3, run(("%s --out %s --tsa-ca %s/none"):format(words, out, folder))))
      assert.is_nil(support.list(folder):find "page")
    end
  end)

  it("never replaces a file, and leaves none where there is no page", function()
    local order_no = archive "size30x40n"
    support.write_file(out, "mine")
    local output, messages, status = sheet(order_no)
    assert.same({ "", 7 }, { output, status })
    cli.has("FILE_EXISTS", messages)
    assert.equal("mine", support.read_file(out))
    os.remove(out)
    output, messages, status = sheet "never1"
    assert.same({ "", 7 }, { output, status })
    cli.has("NOT_ARCHIVED", messages)
    output, messages, status = sheet "../never"
    assert.same({ "", 5 }, { output, status })
    cli.has("INVALID_ORDER_NO", messages)
    output, messages, status = run(("sheet %s --from %s --out %s/none/page"):format(order_no, dir, folder))
    assert.same({ "", 7 }, { output, status })
    cli.has("FOLDER_MISSING", messages)
    output, messages, status = run(("sheet a1 --from %s --out %s"):format(folder, out))
    assert.same({ "", 7 }, { output, status })
    cli.has(folder .. ": not an archive (storage NO_ARCHIVE)", messages)
    assert.equal("evidence\norders", support.list(folder))
  end)

  it("leaves nothing where the disk is full", function()
    local order_no = archive "verified"
    local _, messages, status = sheet(order_no, "", "trap '' XFSZ; ulimit -f 100;")
    assert.equal(7, status)
    cli.has("FILE_UNWRITABLE", messages)
    assert.equal("evidence\norders", support.list(folder))
  end)

  it("wants an archive and a file", function()
    assert.equal(2, select(3, run "sheet a1 --from x"))
    assert.equal(2, select(3, run "sheet a1 --out x"))
  end)
end)

describe("the command report", function()
  local folder, dir, list, out
  before_each(function()
    folder, dir, list = archives.begin()
    out = folder .. "/page.html"
  end)
  after_each(function() support.remove_folder(folder) end)

  it("writes a page about the archive, for this user alone, and ends with 1 where something is wrong", function()
    local good, other = order "size30x40n", order "rejected"
    archives.write_list(list, { good, other })
    archives.run(list, dir)
    local words = ("report %s/ --out %s"):format(dir, out)
    assert.same({ "", ("%s: %s/, 0 problems"):format(out, dir), 0 }, { run(words, "umask 0;") })
    assert.equal("600", support.mode(out))
    local page = pages.read(out)
    assert.same({}, page.errors)
    cli.has("Orders counted2", page.text)
    assert.equal(7, select(3, run(words))) -- it is there
    os.remove(out)
    os.remove(support.bundle_path(dir, good) .. "/video.mp4")
    assert.same({ "", ("%s：%s/，1 处不符"):format(out, dir), 7 }, { run(words .. " --lang zh") })
    cli.has("本存证库与归档时不一致", pages.read(out).text)
  end)

  it("is of archives alone", function()
    local output, messages, status = run(("report %s --out %s"):format(folder, out))
    assert.same({ "", 7 }, { output, status })
    cli.has(folder .. ": not an archive (storage NO_ARCHIVE)", messages)
    assert.equal("", support.list(folder))
  end)
end)
