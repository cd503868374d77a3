-- The language of messages and advice.

local clients = require "help.clients"
local support = require "help.support"

local new = clients.new
local order = support.order

describe("a client's language", function()
  it("speaks Chinese where it is asked to", function()
    local client = new { lang = "zh", retries = 0 }
    local _, err = client:query { order_no = order "rejected" }
    assert.equal("无法确认为同一人", err.message)
    _, err = client:query { order_no = order "code66660011x" }
    assert.same({ "无此查询结果", 6 }, { err.message, #err.causes })
    assert.matches("用户中途退出刷脸", err.causes[2], 1, true)
    for _, query in ipairs {
      { order_no = "-" }, { order_no = order "http503x" }, { order_no = order "badbase64", get_file = 1 },
      { order_no = order "wrongorder" }, { order_no = order "verified", photo_path = "/dev/null" },
    } do
      local _, failure = client:query(query)
      assert.is_truthy(failure.message:find("[\228-\233]"), failure.code)
      assert.is_truthy(failure.advice:find("[\228-\233]"), failure.code)
    end
    _, err = client:poll { order_no = order "nomedia", attempts = 1 }
    assert.equal("图片或视频尚未就绪", err.message)
  end)

  it("speaks English otherwise, and leaves the service's words as they are", function()
    local _, err = new():query { order_no = order "rejected" }
    assert.is_nil(err.message:find("[\128-\255]"))
    assert.equal("无法确认为同一人", err.msg)
  end)
end)
