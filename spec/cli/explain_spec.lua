-- facequery explain, as a shell sees it: what a code means.

local cli = require "help.cli"

local facequery, has, records = cli.run, cli.has, cli.records

describe("the command explain", function()
  it("prints what codes mean, a line each, in the order of the arguments", function()
    local output, messages, status = facequery { "explain", "66660011", "-1101", "0", "503",
      "OPERATION_TIMEDOUT", "12345" }
    assert.same({ "", 0 }, { messages, status })
    local list = records(output)
    local kinds, codes = {}, {}
    for i, meaning in ipairs(list) do
      kinds[i], codes[i] = meaning.kind, meaning.code
    end
    assert.same({ "66660011", "-1101", "0", "503", "OPERATION_TIMEDOUT", "12345" }, codes)
    assert.same({ "not_found", "rejected", "success", "http", "transport", "unknown" }, kinds)
    assert.equal(6, #list[1].causes)
    assert.is_nil(list[2].causes)
    assert.same({ true, false }, { list[5].retryable, list[1].retryable })
  end)

  it("takes the service's negative codes for codes, not for options", function()
    for _, arguments in ipairs { { "explain", "-5001" }, { "explain", "--", "-5001" },
      { "explain", "-5001", "--lang", "en" }, { "explain", "--lang=en", "-5001" } } do
      local output, messages, status = facequery(arguments)
      assert.same({ "", 0 }, { messages, status })
      local list = records(output)
      assert.same({ 1, "-5001", "rejected" }, { #list, list[1].code, list[1].kind })
    end
  end)

  it("speaks Chinese with --lang zh, in the page's own words", function()
    local list = records((facequery { "explain", "66660011", "-1101", "--lang", "zh" }))
    assert.equal("无此查询结果", list[1].message)
    has("用户中途退出刷脸", list[1].causes[2])
    assert.equal("未检测到人脸", list[2].message)
  end)
end)
