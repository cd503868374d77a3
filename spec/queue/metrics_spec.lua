-- What a worker counts, and the text that Prometheus reads.
-- Only on lua5.4 luajit: no C is in it.

local metrics = require "facequery.queue.metrics"
local support = require "help.support"

-- The value of each sample, by its name and labels as they stand.
local function samples(text)
  local list = {}
  for line in text:gmatch "[^\n]+" do
    if line:sub(1, 1) ~= "#" then -- a label's value may have blanks in it
      local name, value = line:match "^(.+) (%S+)$"
      assert.is_nil(list[name], name .. " twice")
      list[assert(name, line)] = value
    end
  end
  return list
end

local STATUS = { waiting = 7, in_flight = 3, later = 2, dead = 1, open = 13, due_6h = 4, due_24h = 5 }

describe("A worker's metrics", function()
  local counts

  before_each(function()
    counts = metrics.new { version = "1.2", lua = 'a "b" \\ c\nd', openssl = "3", libcurl = "8" }
  end)

  it("begin at nought, all of them, so that a rate sees the first step", function()
    local all = samples(counts:text { is_up = false })
    for _, name in ipairs {
      'facequery_orders_total{result="archived"}', 'facequery_orders_total{result="dead"}',
      'facequery_errors_total{kind="transport"}', 'facequery_errors_total{kind="expired"}',
      "facequery_fetch_duration_seconds_count", "facequery_fetched_bytes_total", "facequery_in_flight",
    } do
      assert.equal("0", all[name], name)
    end
  end)

  it("count orders by what became of them, and errors by kind", function()
    counts:ended "archived"
    counts:ended "archived"
    counts:ended "existing"
    counts:ended("later", "transport")
    counts:ended("dead", "expired")
    local all = samples(counts:text { is_up = false })
    assert.equal("2", all['facequery_orders_total{result="archived"}'])
    assert.equal("1", all['facequery_orders_total{result="existing"}'])
    assert.equal("1", all['facequery_orders_total{result="later"}'])
    assert.equal("1", all['facequery_orders_total{result="dead"}'])
    assert.equal("1", all['facequery_errors_total{kind="transport"}'])
    assert.equal("1", all['facequery_errors_total{kind="expired"}'])
    assert.equal("0", all['facequery_errors_total{kind="http"}'])
  end)

  it("put a duration into every bucket that it is not above", function()
    for _, seconds in ipairs { 0.1, 0.2, 3, 500 } do
      counts:begin()
      counts:fetched(seconds)
    end
    counts:begin()
    local all = samples(counts:text { is_up = false })
    assert.equal("1", all["facequery_in_flight"])
    for bound, count in pairs { ["0.1"] = "1", ["0.25"] = "2", ["2.5"] = "2", ["5"] = "3", ["120"] = "3",
      ["+Inf"] = "4" } do
      assert.equal(count, all[('facequery_fetch_duration_seconds_bucket{le="%s"}'):format(bound)], bound)
    end
    assert.equal("503.3", all["facequery_fetch_duration_seconds_sum"])
    assert.equal("4", all["facequery_fetch_duration_seconds_count"])
  end)

  it("add up the bytes of answers, of files, and of damaged ones", function()
    counts:received { envelope = "12345", media = { photo = { size = 100 }, video = { size = 2 ^ 40 } } }
    counts:received { envelope = "", media = {}, damaged = { photo = { size = 7 }, video = {} } }
    counts:received { envelope = "1" }
    assert.equal("1099511627889", samples(counts:text { is_up = false })["facequery_fetched_bytes_total"])
  end)

  it("say of the queue what is known, and nothing that is not", function()
    local all = samples(counts:text { is_up = true, status = STATUS, oldest_age = 60.5, rate = math.huge,
      ticket_expires = 3000 })
    assert.same({ "1", "7", "3", "2", "1", "4", "5", "60.5", "+Inf", "3000" }, {
      all["facequery_redis_up"], all["facequery_queue_waiting"], all["facequery_queue_pending"],
      all["facequery_queue_later"], all["facequery_queue_dead"], all['facequery_orders_due{within="6h"}'],
      all['facequery_orders_due{within="24h"}'], all["facequery_oldest_order_age_seconds"],
      all["facequery_rate_limit_per_second"], all["facequery_ticket_expires_seconds"],
    })
    local text = counts:text { is_up = false }
    assert.equal("0", samples(text)["facequery_redis_up"])
    for _, name in ipairs { "_queue_", "_due", "_oldest_", "_rate_limit_", "_ticket_" } do
      assert.is_nil(text:find("facequery" .. name, 1, true), name)
    end
  end)

  it("are good style by promtool, with a label that has every odd character", function()
    local file = support.must "mktemp"
    finally(function() os.remove(file) end)
    support.write_file(file, counts:text { is_up = true, status = STATUS, oldest_age = 1, rate = 0.5,
      ticket_expires = -1 })
    assert.equal("", support.must("promtool check metrics <" .. file))
    assert.truthy(support.read_file(file):find([[lua="a \"b\" \\ c\nd"]], 1, true))
  end)
end)
