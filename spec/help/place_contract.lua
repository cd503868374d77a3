--- What every place keeps, whatever it is made of: facequery.Place and facequery.Draft, as its(…) of a spec.

local assert = require "luassert"
local busted = require "busted"
local core = require "facequery.core"
local log_contract = require "help.log_contract"
local support = require "help.support"

-- busted gives these to the files of specs alone.
local describe, it = busted.describe, busted.it
local before_each, after_each = busted.before_each, busted.after_each

---@class help.PlaceFixture
---@field expression string Lua for a new object of the place, which it makes in any process: the archive is not there yet
---@field tear? fun(bytes: string) adds a part of a line to the log's end, as a crash may; nil where none can
---@field remove fun()

local function sorted(iterator)
  local names = {}
  for name in iterator do
    names[#names + 1] = name
  end
  table.sort(names)
  return names
end

local function yes()
  return true
end

--- Declares the specs.
---@param make fun(): help.PlaceFixture
return function(make)
  local fixture, place
  local opened

  -- Another object for the same place.
  local function at()
    return assert((loadstring or load)("return " .. fixture.expression))()
  end

  local function open()
    local one = at()
    assert.is_true(one:enter(yes))
    opened[#opened + 1] = one
    return one
  end

  before_each(function()
    fixture, opened = make(), {}
    place = at()
  end)
  after_each(function()
    for _, one in ipairs(opened) do
      one:close()
    end
    fixture.remove()
  end)

  -- A draft of two files.
  local function draft_of(one, order_no)
    local draft = assert(one:begin(order_no))
    draft.fetched_at = os.date "!%Y-%m-%dT%H:%M:%SZ"
    assert.is_true(draft:write("record.json", "{}\n"))
    assert.is_true(draft:write("photo.bin", "\0\255" .. order_no))
    return draft
  end

  -- What becomes of each draft: true, or a failure's status.
  local function commit(one, drafts)
    assert.same({}, one:settle(drafts))
    return one:locked(function()
      local results = {}
      for i, draft in ipairs(drafts) do
        local ok, failure = one:commit(draft)
        results[i] = ok or failure.status
      end
      return results
    end)
  end

  -- The orders that there are bundles of, as they are listed at once and part by part.
  local function orders()
    local all, parts = {}, {}
    for name in place:names() do
      all[#all + 1] = place:order_of(name)
    end
    for _, part in ipairs(place:parts()) do
      for name in place:names(part) do
        parts[#parts + 1] = place:order_of(name)
      end
    end
    table.sort(all)
    table.sort(parts)
    assert.same(all, parts)
    return all
  end

  local function is_locked()
    local other, waits = at(), {}
    other.sleep = function() error(waits) end
    local ok, raised = pcall(other.locked, other, yes)
    return not ok and raised == waits
  end

  local function lines(from)
    local all = {}
    for line, is_ended in assert(at():lines(from)) do
      all[#all + 1] = is_ended and line or { torn = line }
    end
    return all
  end

  -- A process that runs the code with `place`, and says "ready" before it waits to be killed.
  local function killed(code)
    local process = support.start_lua(([[
      local place = %s
      local function wait()
        io.stdout:write "ready"
        io.stdout:flush()
        require("facequery.core").sleep(60)
      end
      %s
    ]]):format(fixture.expression, code))
    process.wait_for "ready"
    return function()
      process.kill()
      process.wait()
    end
  end

  describe("for reading", function()
    it("is there from the first run on, and not before", function()
      assert.is_false((place:exists()))
      assert.is_string(select(2, place:exists()).status)
      open():close()
      assert.is_true((place:exists()))
      assert.same({}, sorted(assert(place:names())))
    end)

    it("has only what is its own while it is empty", function()
      open()
      for name in assert(place:entries()) do
        assert.same({ name, "own" }, { name, place:about(name) })
      end
      assert.is_nil(place:about "a1")
    end)

    it("makes nothing, not even a lock", function()
      local ok, failure = place:locked(yes, true)
      assert.same({ nil, "FILE_MISSING" }, { ok, failure.status })
      assert.is_nil(place:find "a1")
      assert.is_nil(place:read("a1", "record.json", 100))
      assert.same({}, lines())
      assert.is_false((place:exists()))
    end)

    it("waits for whoever has the lock, where there is one", function()
      open()
      assert.equal("done", place:locked(function() return is_locked() and "done" end, true))
    end)
  end)

  describe("while a run goes on", function()
    it("is locked until its repair is done", function()
      local was_locked
      assert.is_true(place:enter(function()
        was_locked = is_locked()
        return true
      end))
      opened[1] = place
      assert.same({ true, false }, { was_locked, is_locked() })
    end)

    it("has no run where the repair fails, and says why", function()
      local thing = { status = "CRYPTO_FAILED" }
      assert.same({ nil, thing }, { place:enter(function() return nil, thing end) })
      place:close()
      assert.is_false(is_locked())
    end)

    it("that was killed, is repaired by the next, until that has succeeded", function()
      local kill = killed [[
        place:enter(function() return true end)
        place:begin("a1"):write("photo.bin", "face")
        wait()
      ]]
      local crashes = {}
      local function enter(result)
        local one = at()
        one:enter(function(has_crashed)
          crashes[#crashes + 1] = has_crashed
          return result
        end)
        one:close()
      end
      enter(true) -- the run lives
      kill()
      local left = 0
      for name in place:entries() do
        left = left + (place:about(name) == "left" and 1 or 0)
      end
      enter(nil)
      enter(true)
      enter(true)
      assert.same({ { false, true, true, false }, 1 }, { crashes, left })
      for name in place:entries() do
        assert.equal("own", place:about(name))
      end
    end)

    it("loses its drafts at its end, which may come twice, and nobody else's", function()
      local one, other = open(), open()
      local draft, others = draft_of(one, "a1"), draft_of(other, "a1")
      one:close()
      one:close()
      assert.is_false((draft:write("video.bin", "x")) == true)
      assert.same({ true }, commit(other, { others }))
    end)
  end)

  describe("a draft", function()
    it("is seen by nobody until it is a bundle, which is whole", function()
      local one = open()
      local draft = draft_of(one, "a1")
      assert.same({ {} }, { orders(), place:find "a1" })
      assert.same({ true }, commit(one, { draft }))
      assert.same({ "a1" }, orders())
      local name = place:find "a1"
      assert.same({ draft.name, name, "bundle", "a1" },
        { name, place:names()(), place:about(name), place:order_of(name) })
      assert.same({ "photo.bin", "record.json" }, sorted(place:files(name)))
      assert.equal("\0\255a1", place:read(name, "photo.bin", 100))
      assert.is_string(place:location(name))
      draft:discard()
      assert.same({ "photo.bin", "record.json" }, sorted(place:files(name)))
    end)

    it("takes a file from where a transport has written it, and gives it its name", function()
      local one = open()
      local draft = assert(one:begin "a1")
      draft.fetched_at = os.date "!%Y-%m-%dT%H:%M:%SZ"
      support.write_file(draft:path "photo", "face")
      assert.is_true(draft:take(draft:path "photo", "photo.jpg"))
      local ok, failure = draft:take(draft:path "video", "video.mp4")
      assert.same({ nil, "string" }, { ok, type(failure.status) })
      assert.same({ size = 4, sha256 = core.digest("face").sha256 }, draft:digest("photo.jpg", { "sha256" }))
      assert.same({ true }, commit(one, { draft }))
      assert.same({ "photo.jpg" }, sorted(place:files(draft.name)))
    end)

    it("never replaces a file", function()
      local draft = draft_of(open(), "a1")
      local ok, failure = draft:write("record.json", "[]")
      assert.same({ nil, "FILE_EXISTS" }, { ok, failure.status })
      assert.equal(3, draft:digest("record.json", { "sha256" }).size)
    end)

    it("is found by whoever was looking for its order while another made it", function()
      local one, other = open(), open()
      assert.is_nil(one:find "a1")
      local late = draft_of(one, "a1")
      assert.same({ true }, commit(other, { draft_of(other, "a1") }))
      assert.is_true(one:find "a1" ~= nil)
      assert.same({ "FILE_EXISTS" }, commit(one, { late }))
      assert.same({ "a1" }, orders())
    end)

    it("is one of several of the same order, and the first becomes the bundle", function()
      local one = open()
      local first, second = draft_of(one, "a1"), draft_of(one, "a1")
      assert.same({ true }, commit(one, { first }))
      assert.same({ "FILE_EXISTS" }, commit(one, { second }))
      second:discard()
      assert.same({ "photo.bin", "record.json" }, sorted(place:files(first.name)))
    end)

    it("becomes a bundle with others, each for itself", function()
      local one = open()
      assert.same({ true }, commit(one, { draft_of(one, "b2") }))
      assert.same({ true, "FILE_EXISTS", true },
        commit(one, { draft_of(one, "b1"), draft_of(one, "b2"), draft_of(one, "b3") }))
      assert.same({ "b1", "b2", "b3" }, orders())
    end)

    it("that can't be settled fails alone", function()
      local one = open()
      local good, bad = draft_of(one, "b1"), draft_of(one, "b2")
      bad:discard()
      local failures = one:settle { good, bad }
      assert.same({ nil, "string" }, { failures[good], type(failures[bad].status) })
    end)

    it("is one again where its bundle is withdrawn", function()
      local one = open()
      local draft = draft_of(one, "a1")
      assert.same({ true }, commit(one, { draft }))
      one:locked(function() one:withdraw { draft } end)
      assert.same({ {} }, { orders(), place:find "a1" })
      assert.same({ true }, commit(one, { draft }))
      assert.equal("\0\255a1", place:read(draft.name, "photo.bin", 100))
    end)
  end)

  describe("a bundle", function()
    local one, a1
    before_each(function()
      one = open()
      local draft = draft_of(one, "a1")
      assert.same({ true, true }, commit(one, { draft, draft_of(one, "b1") }))
      a1 = draft.name
    end)

    it("has its files read up to a size, and nothing that is not there", function()
      assert.equal("{}\n", place:read(a1, "record.json", 3))
      for _, missing in ipairs { { a1, "record.json", 2 }, { a1, "video.bin", 9 }, { "a2", "record.json", 9 } } do
        assert.same({}, { place:read(missing[1], missing[2], missing[3]) })
      end
      local next_name, failure = place:files "a2"
      assert.same({ nil, "string", "string" }, { next_name, type(failure.status), type(failure.detail) })
    end)

    it("has its files digested, and says which is missing", function()
      assert.same({ size = 4, sha256 = core.digest("\0\255a1", { "sha256" }).sha256,
        sm3 = core.digest("\0\255a1", { "sm3" }).sm3 }, place:digest(a1, "photo.bin", { "sha256", "sm3" }))
      assert.equal("FILE_MISSING", select(2, place:digest(a1, "video.bin", { "sha256" })).status)
      assert.same({ sha256 = core.digest("<AP9hMQ=={}\n").sha256 },
        place:rebuild(a1, { "<", { file = "photo.bin", base64 = {} }, { file = "record.json" } }))
    end)

    it("is discarded once, and others stay", function()
      local function discard() return one:locked(function() return one:discard(a1) end) end
      assert.is_true(discard())
      assert.same({ { "b1" } }, { orders(), place:find "a1" })
      for name in place:entries() do -- nothing of a face stays behind
        assert.is_true(place:order_of(name) == "b1" or place:about(name) == "own", name)
      end
      local ok, failure = discard()
      assert.same({ nil, "string" }, { ok, type(failure.status) })
      assert.same({ true }, commit(one, { draft_of(one, "a1") }))
    end)
  end)

  log_contract {
    at = at, open = open, lines = lines, killed = killed, is_locked = is_locked,
    place = function() return place end, fixture = function() return fixture end,
  }
end
