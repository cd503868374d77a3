-- The sandbox's controls, by which a spec counts and resets.
-- Only on lua5.4: none of the module's code is held to account here.

local service = require "help.service"
local support = require "help.support"

local env, shell = support.env, support.shell
local ask, jq, query = service.ask, service.jq, service.query

describe("the sandbox's controls", function()
  setup(service.begin)
  teardown(service.finish)
  before_each(service.reset)

  it("count queries, and the queries of each order", function()
    for _, order in ipairs { "verified1", "verified1", "nobody1" } do query(order) end
    query("verified2", { sign = ("0"):rep(40) })
    local counters = ask("/sandbox/counters")
    assert.equal("4 1 1", jq('"\\(.queries) \\(.refused_requests) \\(.refused_signs)"', counters))
    assert.equal('{"nobody1":1,"verified1":2}', jq("tojson|fromjson|to_entries|sort_by(.key)"
      .. "|from_entries|tojson", (ask("/sandbox/orders"))))
    assert.equal("2\n", (ask("/sandbox/orders/verified1")))
    assert.equal("0\n", (ask("/sandbox/orders/verified2")))
  end)

  it("forget everything at a reset", function()
    query("verified1")
    ask("/sandbox/reset", "POST")
    assert.equal("{}", (ask("/sandbox/orders")))
    assert.equal("0", jq("add", (ask("/sandbox/counters"))))
  end)

  it("answer over plain HTTP too, change by POST alone, and know no other name", function()
    assert.equal("ok", (shell("curl -s " .. env("SANDBOX_HTTP") .. "/sandbox/neighbour")))
    assert.equal("1", jq(".neighbours", (ask("/sandbox/counters"))))
    assert.equal(405, select(2, ask("/sandbox/reset")))
    assert.equal(405, select(2, ask("/sandbox/counters", "POST")))
    assert.equal(404, select(2, ask("/sandbox/nothing")))
  end)
end)
