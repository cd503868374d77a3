-- Verifying on several cores, and an archive whose log is too long to be held in memory.

local archives = require "facequery.evidence"
local facequery = require "facequery"
local json = require "facequery.json"
local logs = require "facequery.evidence.log"
local manifest = require "facequery.evidence.manifest"
local support = require "help.support"

local must, order = support.must, support.order

describe("verify, of many bundles at once,", function()
  local folder, dir, orders
  before_each(function()
    folder = support.folder()
    dir, orders = folder .. "/evidence", {}
    local client = assert(facequery.new())
    for i = 1, 3 do
      orders[i] = order "size30x40n"
      assert(client:archive { order_no = orders[i], dir = dir })
    end
    client:close()
  end)
  after_each(function() support.remove_folder(folder) end)

  -- LuaJIT takes seconds for it, or a minute: where it finds no room for machine code near its own, it makes the
  -- same traces again and again.  What is held to account is the same on both.
  local on_lua = jit and function() end or it
  on_lua("finds the same where the log is too long to be held in memory", function()
    -- More than twice as many lines as are held at once, nearly all of orders that are gone.
    local archive = assert(archives.open(dir))
    local entries, names, expected, expected_notes = {}, {}, {}, {}
    local function line(action, order_no, digest)
      entries[#entries + 1] = { action = action, order_no = order_no, manifest = digest }
    end
    for i = 1, 70000 do
      line("archived", "gone" .. i, ("0"):rep(64))
      line("purged", "gone" .. i, ("0"):rep(64))
    end
    assert(archive:locked(function()
      for i = 1, 40 do
        local draft = assert(archive:begin("part" .. i))
        draft.fetched_at = "2026-11-27T00:00:00Z"
        local digest = assert(manifest.write(draft, {
          format = manifest.FORMAT, order_no = "part" .. i, files = json.list {}, fetched_at = draft.fetched_at,
        }))
        assert(archive:commit(draft))
        names[i] = "part" .. i
        line("archived", names[i], digest)
        if i % 4 == 0 then
          line("archived", names[i], digest)
          expected_notes[#expected_notes + 1] = ("index.jsonl, line %d: %s was archived before, and its bundle taken "
            .. "away without a word"):format(3 + #entries, names[i])
        end
      end
      return logs.append(archive, entries)
    end))
    archive:close()
    for i = 1, 40, 4 do
      local day = "2026/11/27/"
      must(("cd %s && touch %s/note.txt && rm -r %s && mkdir foreign%d"):format(
        dir, day .. names[i], day .. names[i + 1], i))
      expected[#expected + 1] = day .. names[i] .. "/note.txt: not in the manifest"
      expected[#expected + 1] = names[i + 1] .. ": in the log, but not there"
      expected[#expected + 1] = ("foreign%d: not in the log"):format(i)
    end
    local problems, notes = {}, {}
    local found = require("facequery.evidence.verify").run(archives.at(dir), function(path, problem)
      problems[#problems + 1] = path .. ": " .. problem
    end, function(path, text)
      notes[#notes + 1] = path .. ": " .. text
    end)
    table.sort(expected)
    table.sort(expected_notes)
    table.sort(problems)
    table.sort(notes)
    assert.same({ expected, expected_notes }, { problems, notes })
    assert.same({
      bundles = 3 + 40 - 10, problems = 30, mended = 0,
      head = must(("tail -1 %s/index.jsonl | tr -d '\\n' | sha256sum"):format(dir)):match "^%x+",
    }, found)
  end)

  it("reads as many files at once as it is told", function()
    local name = support.place_of(dir, orders[1])
    os.remove(("%s/%s/photo.jpg"):format(dir, name))
    for _, jobs in ipairs { 1, 2, 7 } do
      local problems = {}
      local found = require("facequery.evidence.verify").run(archives.at(dir), function(path, problem)
        problems[#problems + 1] = path .. ": " .. problem
      end, nil, { jobs = jobs })
      assert.same({ { name .. "/photo.jpg: missing" }, 3 }, { problems, found.bundles })
    end
  end)

  it("tells how far it is: bundles, how many the log tells of, and bytes", function()
    local calls, size = {}, 0
    require("facequery.evidence.verify").run(archives.at(dir), error, nil, { progress = function(...)
      calls[#calls + 1] = { ... }
    end })
    local sizes = must(("find %s -mindepth 2 -type f ! -name manifest.json -printf '%%s\\n'"):format(dir))
    for bytes in sizes:gmatch "%d+" do
      size = size + bytes
    end
    local last = calls[#calls]
    assert.same({ 9, 3, size }, { #calls, last[2], last[3] })
    assert.is_true(last[1] <= 3)
  end)
end)
