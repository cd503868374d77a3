-- facequery explain, as a shell sees it: what a code means.

local cli = require "help.cli"
local support = require "help.support"

local facequery, has, records = cli.run, cli.has, cli.records

describe("the command explain", function()
  it("prints what codes mean, a line each, in the order of the arguments", function()
    local output, messages, status = facequery { "explain", "66660011", "-1101", "0", "503",
      "OPERATION_TIMEDOUT" }
    assert.same({ "", 0 }, { messages, status })
    local list = records(output)
    local kinds, codes = {}, {}
    for i, meaning in ipairs(list) do
      kinds[i], codes[i] = meaning.kind, meaning.code
    end
    assert.same({ "66660011", "-1101", "0", "503", "OPERATION_TIMEDOUT" }, codes)
    assert.same({ "not_found", "rejected", "success", "http", "transport" }, kinds)
    assert.equal(6, #list[1].causes)
    assert.is_nil(list[2].causes)
    assert.same({ true, false }, { list[5].retryable, list[1].retryable })
  end)

  it("takes the service's negative codes for codes, not for options", function()
    for _, arguments in ipairs { { "explain", "-5001" }, { "explain", "--", "-5001" },
      { "explain", "-5001", "--lang", "en" }, { "explain", "--lang=en", "-5001" },
      { "--debug", "explain", "-5001" } } do
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

  it("exits with 1 for a code that nobody knows, and names those that it may have been", function()
    for given, meant in pairs {
      ["66660012"] = { "66660002", "66660010", "66660011" }, ["operation-timeout"] = { "OPERATION_TIMEDOUT" },
      FILE_EXIST = { "FILE_EXISTS" },
    } do
      local output, messages, status = facequery { "explain", given }
      assert.same({ 1, "unknown", meant }, { status, records(output)[1].kind, records(output)[1].nearest })
      assert.equal(("%s: no code that is known here; perhaps %s?\n"):format(given, table.concat(meant, " or ")),
        messages)
    end
    local output, messages, status = facequery { "explain", "nothing like any of them, whatever it is" }
    assert.same({ 1, nil }, { status, records(output)[1].nearest })
    has("no code that is known here\n", messages)
    has("未收录的返回码，是否为", (select(2, facequery { "explain", "6666001", "--lang", "zh" })))
  end)

  it("speaks to a person at a terminal in words, and in JSON with --json", function()
    local function on_terminal(words)
      return support.must(("script -qec %s /dev/null </dev/null"):format(support.quote(cli.words(words))))
    end
    local text = on_terminal "explain 66660011"
    assert.matches("^66660011: no such result %(not_found%)\r\n", text)
    assert.equal(6, select(2, text:gsub("possible cause %d: ", "")))
    has("what to do: ", text)
    assert.matches("^{.*}\r?$", on_terminal "explain 66660011 --json")
  end)
end)
