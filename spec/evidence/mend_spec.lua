-- What the next run makes of an archive after a crash: processes that are killed at the very moment.

local archiving = require "help.archiving"
local cjson = require "cjson"
local evidence = require "facequery.evidence"
local log = require "facequery.evidence.log"
local support = require "help.support"

local must, order, quote = support.must, support.order, support.quote

describe("an archive after a crash", function()
  local one
  before_each(function() one = archiving.new() end)
  after_each(function() one:remove() end)

  -- Runs Lua code in a process that ends itself with kill -9 where the code calls `die()`.
  local function run_until_death(code)
    local _, status = support.start_lua([[
      local core = require "facequery.core"
      local pid = io.open "/proc/self/stat":read "*n"
      local function die() os.execute("kill -KILL " .. pid) end
    ]] .. code).wait()
    assert.equal(137, status)
  end

  local CRASHING = [[
    %s
    require("facequery").new():archive { order_no = %q, dir = %q }
  ]]

  it("between a bundle and its line gets the line, marked as mended; nobody is asked again", function()
    one:must_archive()
    local order_no = order "size30x40n"
    run_until_death(CRASHING:format("core.append = die", order_no, one.dir))
    assert.equal(1, #one:lines())
    assert.same({ support.place_of(one.dir, order_no) .. ": not in the log" }, (support.verify(one.dir)))
    local found = one:mend()
    assert.same({ 2, 1 }, { found.bundles, found.mended })
    local entry = cjson.decode(one:lines()[2])
    assert.same({ order_no, "archived", true }, { entry.order_no, entry.action, entry.mended })
    assert.is_true(one:must_archive(order_no).existing)
    assert.equal(1, support.queries(order_no))
    -- Once is enough.
    assert.equal(1, one:mend().mended)
    assert.equal(2, #one:lines())
  end)

  it("in the middle of the first line ever gets it whole", function()
    local order_no = order "size30x40n"
    run_until_death(CRASHING:format([[
      local append = core.append
      function core.append(path, text)
        append(path, text:sub(1, 100))
        die()
      end
    ]], order_no, one.dir))
    assert.equal(100, #support.read_file(one.log))
    assert.equal(1, one:mend().mended)
    assert.equal(order_no, cjson.decode(one:lines()[1]).order_no)
    assert.equal(1, #one:lines())
  end)

  it("in the middle of a line, wherever, gets it whole", function()
    for _, cut in ipairs { 1, 2, 57, -2, -1 } do
      one:must_archive()
      local before, order_no = support.read_file(one.log), order "size30x40n"
      run_until_death(CRASHING:format(([[
        local append = core.append
        function core.append(path, text)
          append(path, text:sub(1, %d))
          die()
        end
      ]]):format(cut == -1 and -2 or cut), order_no, one.dir))
      one:mend()
      assert.equal(before, support.read_file(one.log):sub(1, #before))
      local all = one:lines()
      assert.equal(order_no, cjson.decode(all[#all]).order_no)
    end
  end)

  it("in the middle of mending a torn line loses nothing", function()
    one:must_archive()
    local before = support.read_file(one.log)
    support.write_file(one.log, before .. '{"torn')
    run_until_death(CRASHING:format("core.truncate = die", "a1", one.dir))
    one:mend()
    assert.equal(before, support.read_file(one.log))
  end)

  it("with a torn line longer than any entry, loses that line alone", function()
    one:must_archive()
    one:must_archive()
    local before = support.read_file(one.log)
    for _, length in ipairs { 4095 - #before, 4096 - #before, 4097 - #before, 4096, 100000 } do
      support.write_file(one.log, before .. ("x"):rep(length))
      one:mend()
      assert.equal(before, support.read_file(one.log))
    end
    support.write_file(one.log, ("x"):rep(100000))
    must(("mkdir %s/.run-killed"):format(one.dir))
    assert(evidence.open(one.dir)):close()
    assert.equal(2, #one:lines()) -- found without a line
  end)

  it("of a neighbour in the middle of a line, gets no line behind half a one", function()
    one:must_archive()
    local place = assert(evidence.open(one.dir))
    local before = support.read_file(one.log)
    support.write_file(one.log, before .. '{"torn":"')
    assert.is_true(log.append(place, { { action = "archived", order_no = "a1", manifest = "1" } }))
    place:close()
    assert.equal(before, support.read_file(one.log):sub(1, #before))
    assert.equal("a1", cjson.decode(one:lines()[2]).order_no)
    assert.equal(must(("head -1 %s | tr -d '\\n' | sha256sum"):format(one.log)):match "^%x+",
      cjson.decode(one:lines()[2]).previous)
  end)

  it("of a bundle in the making keeps nothing of it, and it is archived by the next run", function()
    local order_no = order "size30x40n"
    run_until_death(CRASHING:format("core.rename = die", order_no, one.dir))
    assert.is_false(support.is_clean(one.dir))
    assert.same({}, support.bundles(one.dir))
    assert.same({}, (support.verify(one.dir)))
    one:mend()
    assert.is_false(one:must_archive(order_no).existing)
    one:mend()
  end)

  it("is mended although a bundle was taken away meanwhile, which still shows", function()
    local gone = one:must_archive()
    local order_no = order "size30x40n"
    run_until_death(CRASHING:format("core.append = die", order_no, one.dir))
    must("rm -r " .. quote(gone.path))
    assert(evidence.open(one.dir)):close()
    assert.same({ gone.order_no .. ": in the log, but not there" }, (support.verify(one.dir)))
    assert.equal(order_no, cjson.decode(one:lines()[2]).order_no)
  end)

  it("is not mended with a bundle that is not whole, which shows", function()
    local order_no = order "size30x40n"
    run_until_death(CRASHING:format("core.append = die", order_no, one.dir))
    support.write_file(support.bundle_path(one.dir, order_no) .. "/video.mp4", "another video")
    assert(evidence.open(one.dir)):close()
    assert.same({ support.place_of(one.dir, order_no) .. ": not in the log" }, (support.verify(one.dir)))
  end)

  it("is like whatever is raised between a bundle and its line", function()
    local core = require "facequery.core"
    local append = core.append
    finally(function() core.append = append end) -- luacheck: ignore 122
    core.append = function() error("not enough memory", 0) end -- luacheck: ignore 122
    local order_no = order "size30x40n"
    assert.has_error(function() one.client:archive { order_no = order_no, dir = one.dir } end, "not enough memory")
    core.append = append -- luacheck: ignore 122
    assert.same({ support.place_of(one.dir, order_no) .. ": not in the log" }, (support.verify(one.dir)))
    assert.equal(1, one:mend().mended)
    assert.is_true(one:must_archive(order_no).existing)
  end)

  it("is what leaves a run's area: without one a lost line is no crash's, and no run writes another", function()
    local first, second = one:must_archive(), one:must_archive()
    must(("sed -i '$d' %s"):format(one.log))
    for _, bundle in one.client:each({ first.order_no, second.order_no }, { dir = one.dir }) do
      assert.is_true(bundle.existing)
    end
    assert.same({ support.place_of(one.dir, second.order_no) .. ": not in the log" }, (support.verify(one.dir)))
    assert.equal(1, #one:lines())
  end)
end)
