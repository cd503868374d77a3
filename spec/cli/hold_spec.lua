-- facequery hold, release and holds: what stays, why, and who is told.

local archives = require "help.archives"
local cjson = require "cjson"
local cli = require "help.cli"
local support = require "help.support"

local run = cli.shell

describe("the commands hold, release and holds", function()
  local folder, dir, list, first, second
  before_each(function()
    folder, dir, list = archives.begin()
    local orders = support.orders_of("size30x40n", 2)
    first, second = orders[1], orders[2]
    archives.write_list(list, orders)
    archives.run(list, dir)
  end)
  after_each(function() support.remove_folder(folder) end)

  it("keep an order until it is released, and say on stdout which, on stderr what not", function()
    assert.same({ first, dir .. ": 1 held", 0 }, { run(("hold %s --order %s --why 'court, 17'"):format(dir, first)) })
    local output, messages, status = run(("purge --force %s --order %s %s"):format(dir, first, second))
    assert.same({ second, 7 }, { output, status })
    cli.has(("%s/%s: the order is held (court, 17) (storage ORDER_HELD)"):format(dir, first), messages)
    cli.has(dir .. ": 1 purged, 1 held", messages)
    assert.equal(0, select(3, run("verify " .. dir)))
    assert.same({ first, dir .. ": 1 released", 0 }, { run(("release %s --order %s"):format(dir, first)) })
    output, messages, status = run(("release %s --order %s nothere1"):format(dir, first))
    assert.same({ "", 7 }, { output, status })
    cli.has(("%s/%s: the order is not held (storage NOT_HELD)"):format(dir, first), messages)
    cli.has(("%s/nothere1: the order is not held (storage NOT_HELD)"):format(dir), messages)
    assert.same({ first, dir .. ": 1 purged", 0 }, { run(("purge %s --order %s"):format(dir, first)) })
  end)

  it("keep an order that is past its retention, which is said, and no failure: it was decided before", function()
    run(("hold %s --order %s --why court"):format(dir, first))
    -- Two days later.
    local messages = support.must "mktemp"
    local output, status = support.shell(("%s 2>%s"):format(support.lua_command(([[
      local time = os.time
      os.time = function(...) return time(...) + (... and 0 or 2 * 86400) end
      os.exit(require "facequery.cli" { "purge", "--older-than", "1d", %q })]]):format(dir)), messages))
    local text = support.read_file(messages)
    os.remove(messages)
    assert.same({ second, 0 }, { output, status }, text)
    cli.has(("%s/%s: the order is held (court) (storage ORDER_HELD)"):format(dir, first), text)
    cli.has(dir .. ": 1 purged, 1 held", text)
    assert.same({ first }, support.bundles(dir))
  end)

  it("take a list, as purge does, and a reason in any language", function()
    archives.write_list(list, { "订单号", first, second })
    local output, messages, status = run(("hold %s --from %s --why '法院 (2026) \"17\"'"):format(dir, list))
    assert.same({ first .. "\n" .. second, dir .. ": 2 held", 0 }, { output, messages, status })
    output, messages, status = run("holds " .. dir)
    local time = output:match "%d%d%d%d%-%d%d%-%d%dT%d%d:%d%d:%d%dZ"
    assert.equal(([[%s/%s: %s, 法院 (2026) "17"
%s/%s: %s, 法院 (2026) "17"]]):format(dir, first, time, dir, second, time), output)
    assert.same({ "", 0 }, { messages, status })
    output, messages, status = run("holds --json " .. dir)
    local line, other = output:match "^([^\n]*)\n([^\n]*)$"
    assert.same({ dir = dir, order_no = first, time = time, why = '法院 (2026) "17"' }, cjson.decode(line))
    assert.same({ second, "", 0 }, { cjson.decode(other).order_no, messages, status })
    output, messages, status = run(("release %s --from - --why settled"):format(dir), ("echo %s |"):format(first))
    assert.same({ first, dir .. ": 1 released", 0 }, { output, messages, status })
    cli.has('"why":"settled"', support.read_file(dir .. "/index.jsonl"))
    assert.equal(second, cjson.decode((run("holds --json " .. dir))).order_no)
  end)

  it("refuse an order that is not there, or is held for another reason, and hold the others", function()
    run(("hold %s --order %s --why court"):format(dir, first))
    local output, messages, status = run(("hold %s --order %s nothere1 %s --why tax"):format(dir, first, second))
    assert.same({ second, 7 }, { output, status })
    cli.has(("%s/%s: the order is held (court) (storage ORDER_HELD)"):format(dir, first), messages)
    cli.has(dir .. "/nothere1: the archive has no bundle of this order (storage NOT_ARCHIVED)", messages)
    cli.has(dir .. ": 1 held", messages)
    cli.has("该订单已被保全", select(2, run(("hold %s --order %s --why x --lang zh"):format(dir, first))))
    cli.has("该订单未被保全", select(2, run(("release %s --order nothere1 --lang zh"):format(dir))))
  end)

  it("take no reason that would move a terminal, nor print it", function()
    for _, why in ipairs { "'\27[2J'", "'a\nb'", "'\194\155'", "'\255'", "''", ("x"):rep(1025) } do
      local _, messages, status = run(("hold %s --order %s --why %s"):format(dir, first, why))
      assert.equal(2, status)
      cli.has("is no reason", messages)
      assert.is_nil(messages:match "Error: (.*)":find "[^ -~]")
    end
    assert.same({ "", "", 0 }, { run("holds " .. dir) })
  end)
end)
