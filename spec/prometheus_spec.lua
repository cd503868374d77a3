-- examples/prometheus/: the alarms, by Prometheus' own tool.
-- Only on lua5.4 luajit: no C is in it.

local metrics = require "facequery.queue.metrics"
local support = require "help.support"

local RULES = "examples/prometheus/facequery.rules.yml"

describe("examples/prometheus/facequery.rules.yml", function()
  it("has rules that Prometheus takes", function()
    support.must("promtool check rules " .. RULES)
  end)

  it("raises each alarm in its trouble, and none where all is well", function()
    local folder = support.folder()
    finally(function() support.remove_folder(folder) end)
    support.must(("cp %s spec/fixtures/alarms.yml %s && cd %s && promtool test rules alarms.yml"):format(
      RULES, folder, folder))
  end)

  it("asks for metrics that a worker has", function()
    local status = { waiting = 0, in_flight = 0, later = 0, dead = 0, due_6h = 0, due_24h = 0 }
    local text = metrics.new({}):text { is_up = true, status = status, oldest_age = 0, rate = 1, ticket_expires = 0 }
    local asked = 0
    for name in support.read_file(RULES):gmatch "%f[%w_]facequery_[%w_]+" do
      asked = asked + 1
      assert.is_truthy(text:find("\n" .. name .. "[{ ]"), name)
    end
    assert.is_true(asked > 10)
  end)
end)
