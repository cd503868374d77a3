-- What a query comes to for each of the sandbox's orders: what comes back, and how often it asks.

local clients = require "help.clients"
local scenarios = require "help.scenarios"
local support = require "help.support"

local new, fails, holds = clients.new, clients.fails, clients.holds
local order = support.order

describe("each of the sandbox's orders", function()
  local folder
  before_each(function() folder = support.folder() end)
  after_each(function() support.remove_folder(folder) end)

  for name, scenario in pairs(scenarios) do
    local settings = { retries = scenario.retries or 0, timeout = scenario.timeout or 10 }
    local comes_to = scenario.kind and ("fails as %s %s"):format(scenario.kind, scenario.code) or "gives its record"

    it(name .. " " .. comes_to, function()
      local client, seen = new(settings)
      local order_no = order(scenario.word or name)
      local record, err = client:query { order_no = order_no, get_file = "both" }
      if scenario.kind then
        assert.is_nil(record)
        assert.same({ scenario.kind, scenario.code or err.code, order_no }, { err.kind, err.code, err.orderNo })
      else
        assert.is_nil(err)
        assert.equal("0", record.code)
        assert.equal(name ~= "noorder" and order_no or nil, record.orderNo)
      end
      scenario.holds(record or err)
      assert.equal(settings.retries + 1, support.queries(order_no))
      assert.equal(settings.retries, #seen.sleeps)

      -- The failure of one query has no effect on the next.
      record = assert(client:query { order_no = order "verified", get_file = "photo" })
      holds(record.photo, "jpeg")
      seen.close()
    end)

    -- The files of a refusal, and the other one beside a damaged file, are kept as evidence.
    if ({ transport = true, http = true, protocol = true })[scenario.kind] then
      it(name .. " leaves no part of a file", function()
        local client, seen = new(settings)
        local paths = { photo_path = folder .. "/photo", video_path = folder .. "/video" }
        for _, method in ipairs { "query", "poll" } do
          paths.order_no = order(scenario.word or name)
          local record, err = client[method](client, paths)
          assert.is_nil(record)
          assert.same({ scenario.kind, scenario.code or err.code }, { err.kind, err.code })
          assert.equal("", support.list(folder))
        end
        paths.order_no = order "verified"
        local record = assert(client:query(paths))
        holds(record.photo, "jpeg")
        holds(record.video, "mp4")
        seen.close()
      end)
    end
  end

  it("a damaged file leaves the other one whole, and no part of itself", function()
    local client = new()
    for _, method in ipairs { "query", "poll" } do
      local paths = { photo_path = folder .. "/photo", video_path = folder .. "/video" }
      paths.order_no = order "badbase64"
      local err = fails("media", "BASE64_FOREIGN", client[method](client, paths))
      assert.equal("video", support.list(folder))
      holds(err.record.video, "mp4")
      os.remove(folder .. "/video")
    end
  end)

  it("are all here", function()
    local listed = dofile(support.env("SANDBOX_DIR") .. "/sandbox/orders.lua").scenarios
    assert.is_true(#listed > 30)
    for _, one in ipairs(listed) do
      assert.is_truthy(scenarios[one.name:match("^[%l%d]+")], one.name)
    end
  end)

  it("are cut off in the middle without leaving a part of a file", function()
    local client, seen = new { timeout = 2, retries = 0 }
    fails("transport", "OPERATION_TIMEDOUT", client:query {
      order_no = order "drip", photo_path = folder .. "/photo", video_path = folder .. "/video",
    })
    assert.equal("", support.list(folder))
    assert(client:query { order_no = order "verified" })
    seen.close()
  end)

  it("do not lead elsewhere by a redirect", function()
    local before = support.control("counters"):match('"neighbours":(%d+)')
    fails("http", "302", new():query { order_no = order "http302x" })
    assert.equal(before, support.control("counters"):match('"neighbours":(%d+)'))
  end)
end)
