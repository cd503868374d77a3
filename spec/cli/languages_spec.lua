-- Which language the command speaks.

local cli = require "help.cli"

-- What the environment of whoever runs this has.
local NONE = { FACEQUERY_LANG = false, LC_ALL = false, LC_MESSAGES = false, LANG = false }

-- Whether the command speaks Chinese.
local function is_chinese(arguments, variables)
  local env = {}
  for name in pairs(NONE) do
    env[name] = variables[name] or false
  end
  local output = cli.run(arguments, { env = env })
  return output:find("未检测到人脸", 1, true) ~= nil
end

describe("the language of the messages", function()
  it("is the one of --lang, else of FACEQUERY_LANG, else of LC_ALL, LC_MESSAGES and LANG, in this order", function()
    local plain, in_chinese, in_english = { "explain", "-1101" }, { "explain", "-1101", "--lang=zh" },
      { "explain", "--lang", "en", "-1101" }
    for _, case in ipairs {
      { plain, {}, false },
      { in_chinese, {}, true },
      { in_english, { FACEQUERY_LANG = "zh", LANG = "zh_CN.UTF-8" }, false },
      { plain, { FACEQUERY_LANG = "zh" }, true },
      { plain, { FACEQUERY_LANG = "en", LC_ALL = "zh_CN.UTF-8" }, false },
      { plain, { LC_ALL = "zh_CN.UTF-8", LANG = "C" }, true },
      { plain, { LC_ALL = "C", LC_MESSAGES = "zh_TW", LANG = "zh_CN" }, false },
      { plain, { LC_MESSAGES = "zh_TW.UTF-8", LANG = "en_GB.UTF-8" }, true },
      { plain, { LANG = "zh_CN.GB18030" }, true },
      { plain, { LANG = "de_DE.UTF-8" }, false },
    } do
      assert.equal(case[3], is_chinese(case[1], case[2]))
    end
  end)

  it("is that of wrong usage and of the help, too", function()
    local _, messages, status = cli.run { "query", "--lang=zh" }
    assert.equal(2, status)
    assert.matches("^用法：facequery query .*错误：缺少参数「order_no」\n$", messages)
    assert.matches("^用法：facequery ", (cli.run({ "--help" }, { env = { FACEQUERY_LANG = "zh" } })))
  end)
end)
