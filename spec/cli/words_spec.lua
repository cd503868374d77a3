-- That whoever reads Chinese reads Chinese: in each table a sentence for each English one, and in what the commands say
-- no English.

local cli = require "help.cli"
local failing = require "help.failing"
local support = require "help.support"

-- What is no sentence: quotations, JSON, commands, paths and urls, options, an error's kind and code, names of things.
local NAMES = { "「.-」", "%b{}", "facequery%f[%A][%l ]*", "[%w:/._-]*/[%w:/._-]*", "%-%-[%l-]+", "（[%l_]+ [%w_]+）",
  "SIGN ticket", "NONCE ticket", "access token", "App ID" }

-- Three English words in a row, but for names, what stands in quotation marks, urls and paths.
local function english(text)
  for line in text:gmatch "[^\n]+" do
    local rest = line
    for _, name in ipairs(NAMES) do
      rest = rest:gsub(name, "")
    end
    local found = rest:match "%a[%a']+ %a[%a']+ %a[%a']+"
    if found then
      return found .. " in: " .. line
    end
  end
end

-- Chinese text with a mark of ASCII behind a Chinese character, where a Chinese one belongs.
local function narrow_mark(text)
  return text:gsub("「.-」", ""):match "[\228-\233][\128-\191][\128-\191][,;:?!]"
end

describe("what the commands say", function()
  local folder
  before_each(function() folder = support.folder() end)
  after_each(function() support.remove_folder(folder) end)

  for _, case in ipairs(failing.commands) do
    it(("in Chinese has no English where `%s` fails"):format(case[1]), function()
      local arguments, input = failing.words(case, folder)
      local output, messages = cli.run(arguments, { input = input, env = { FACEQUERY_LANG = "zh" } })
      -- Usage is names and brackets; the service's own words are its own.
      local said = (output .. messages):gsub("^用法：.-\n\n", ""):gsub("服务返回：[^\n]*", "")
      assert.is_nil(english(said))
      assert.is_nil(narrow_mark(said), said)
      assert.matches("[\228-\233][\128-\191]", said)
    end)
  end

  it("in Chinese has no English where files and networks fail", function()
    local file = folder .. "/file"
    support.write_file(file, "x\n")
    local missing = { env = { FACEQUERY_LANG = "zh", FACEQUERY_TICKET = false, FACEQUERY_SECRET = false } }
    for _, words in ipairs {
      "query a1 --base-url https://localhost:1 --retries 0", "query a1 --base-url http://192.0.2.1", "ticket",
      "query a1 --base-url https://nowhere.invalid --retries 0", "poll late9x --attempts 1",
      "query http503x --retries 1",
      "query http407x", "query notjson", "query cut --retries 0", "query stall --timeout 0.1 --retries 1",
      "query badbase64 --get-file both", "query sizeAx", "query a1 --ca-file " .. folder .. "/none",
      "query a1 --out " .. file .. "/x", "query a1 --ticket-from " .. folder, "query a1 --ticket-from " .. file .. "/x",
      "decode " .. file .. " --out " .. file, "archive --from " .. file .. " --out " .. file, "decode " .. folder,
      "seal " .. folder .. " --tsa http://localhost:1 --tsa-ca " .. folder .. "/none", "sign a1 --app-id a-b",
      "doctor --base-url https://localhost:1 --timeout 1",
    } do
      local list = {}
      for word in words:gmatch "%S+" do
        list[#list + 1] = word
      end
      local output, messages, status = cli.run(list, words == "ticket" and missing
        or { env = { FACEQUERY_LANG = "zh" } })
      assert.not_equal(0, status, words)
      assert.is_nil(english(output .. messages), words)
    end
  end)
end)

describe("each sentence", function()
  it("of the commands is there in both languages, with as many things in it", function()
    local words = require "facequery.cli.words"
    local all = words.all()
    for name, text in pairs(all.en) do
      assert.is_string(all.zh[name], name)
      assert.equal(select(2, text:gsub("%%[^%%]", "")), select(2, all.zh[name]:gsub("%%[^%%]", "")), name)
      assert.is_nil(narrow_mark(all.zh[name]), all.zh[name])
    end
    for name in pairs(all.zh) do
      assert.is_string(all.en[name], name)
    end
  end)

  it("of every code is there in both languages", function()
    local codes = require "facequery.codes"
    for _, module in ipairs { "service", "ours", "front", "doctor" } do
      for _, name in ipairs(require("facequery.codes." .. module).names()) do
        local en, zh = codes.explain(name, "en"), codes.explain(name, "zh")
        assert.equal(#en.causes, #zh.causes, name)
        local sentences = { zh.message, zh.advice }
        for _, cause in ipairs(zh.causes) do
          sentences[#sentences + 1] = cause
        end
        for _, sentence in ipairs(sentences) do
          assert.matches("[\228-\233][\128-\191]", sentence)
          assert.is_nil(narrow_mark(sentence), sentence)
        end
        for _, sentence in ipairs { en.message, en.advice, table.concat(en.causes) } do
          assert.is_nil(sentence:gsub("订单号", ""):match "[\228-\233][\128-\191][\128-\191]", sentence)
        end
      end
    end
  end)
end)
