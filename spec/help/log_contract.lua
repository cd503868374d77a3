--- What every place keeps of its log and its lock: a part of help.place_contract.

local assert = require "luassert"
local busted = require "busted"
local support = require "help.support"

-- busted gives these to the files of specs alone.
local describe, it, before_each = busted.describe, busted.it, busted.before_each

---@class help.PlaceContext what the specs of a place share
---@field place fun(): facequery.Place of the spec that runs
---@field at fun(): facequery.Place another object for the same place
---@field open fun(): facequery.Place one with a run
---@field lines fun(from?: integer): table
---@field killed fun(code: string): fun() begins a process that runs the code; the function kills it
---@field is_locked fun(): boolean
---@field fixture fun(): help.PlaceFixture

--- Declares the specs.
---@param context help.PlaceContext
return function(context)
  local open, lines, is_locked = context.open, context.lines, context.is_locked
  local place, fixture

  before_each(function()
    place, fixture = context.place(), context.fixture()
  end)

  local function add(...)
    local one, text = context.at(), table.concat({ ... }, "\n") .. "\n"
    assert.is_true(one:locked(function() return one:add(text) end))
  end

  describe("the log", function()
    before_each(function() open() end)

    it("has the lines that were added, in their order, all or those behind others, and knows the last", function()
      assert.same({ {}, {} }, { lines(), lines(0) })
      assert.same({}, { place:last() })
      add "one"
      add("two", "", ("three\0"):rep(2000))
      assert.same({ "one", "two", "", ("three\0"):rep(2000) }, lines())
      local last, failure, is_torn = place:last()
      assert.is_true(last == ("three\0"):rep(2000))
      assert.same({ nil, false }, { failure, is_torn or false })
      add "four"
      assert.same({ "four", { "four" }, {} }, { (place:last()), lines(12010), lines(12015) })
    end)

    it("is left as it is where nothing is to be trimmed", function()
      local function trim() return place:locked(function() return place:trim() end) end
      assert.is_true(trim())
      add "one"
      assert.is_true(trim())
      assert.same({ "one" }, lines())
    end)

    it("tells a part of a line from a whole one, and loses it when it is trimmed", function()
      if not fixture.tear then
        return -- lines are added whole or not at all
      end
      for _, whole in ipairs { false, "one", "two" } do
        if whole then
          add(whole)
        end
        local before = lines()
        for _, torn in ipairs { "{", ("x"):rep(4096), ("\0"):rep(100000) } do
          fixture.tear(torn)
          local last, failure, is_torn = place:last()
          assert.same({ whole or nil, nil, true }, { last, failure, is_torn })
          assert.is_true(lines()[#before + 1].torn == torn)
          assert.is_true(place:locked(function() return place:trim() end))
          assert.same(before, lines())
        end
      end
    end)
  end)

  describe("the lock", function()
    it("is one process's at a time; the others wait", function()
      open()
      add "0"
      local processes = {}
      for i = 1, 3 do
        processes[i] = support.start_lua(([[
          local place, core = %s, require "facequery.core"
          for i = 1, 20 do
            assert(place:locked(function()
              local count = tonumber((place:last()))
              core.sleep(0.0005)
              return place:add(("%%d\n"):format(count + 1))
            end))
          end
        ]]):format(fixture.expression))
      end
      for _, process in ipairs(processes) do
        assert.same({ "", 0 }, { process.wait() })
      end
      assert.equal("60", (place:last()))
    end)

    it("is free when its holder was killed", function()
      open()
      local kill = context.killed "place:locked(wait)"
      assert.is_true(is_locked())
      kill()
      assert.is_false(is_locked())
    end)

    it("is free when the work fails or raises, which the caller sees", function()
      open()
      local thing, failure = {}, { status = "CRYPTO_FAILED" }
      assert.same({ nil, thing }, { place:locked(function() return nil, thing end) })
      assert.same({ false, thing }, { pcall(place.locked, place, function() error(thing) end) })
      assert.same({ nil, failure }, { place:locked(function() error(failure) end) })
      assert.equal("done", place:locked(function() return "done" end))
    end)
  end)
end
