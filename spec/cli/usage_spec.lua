-- What the parser says: at the terminal's width, and in Chinese.

local cli = require "help.cli"
local help_words = require "facequery.cli.help_words"
local support = require "help.support"

local COMMANDS = { "", "query", "poll", "archive", "queue",
  "queue add", "queue status", "queue dead", "queue retry",
  "queue drop", "queue audit", "work", "verify", "purge", "hold", "release", "holds", "count", "migrate", "open",
  "sign", "start", "ticket", "doctor", "sheet", "report", "decode", "seal", "export", "explain", "sandbox" }

-- The help on a terminal that is so wide.
local function help_at(columns, command, lang)
  local text = support.must(("script -qec %s /dev/null </dev/null"):format(support.quote(
    ("stty cols %d; %s"):format(columns, cli.words(command .. " --help", nil)))):gsub("^",
    "FACEQUERY_LANG=" .. (lang or "en") .. " "))
  return (text:gsub("\r", ""))
end

-- How many columns python takes a line to have.
local WIDTHS = [[
import sys, unicodedata
print(max(sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in line)
  for line in sys.stdin.read().split("\n")))]]

local function widest(text)
  local folder = support.folder()
  support.write_file(folder .. "/text", text)
  local found = support.must(("PYTHONIOENCODING=utf-8 python3 -c %s <%s/text"):format(support.quote(WIDTHS), folder))
  support.remove_folder(folder)
  return tonumber(found)
end

describe("the help", function()
  it("fits the terminal, in both languages", function()
    for _, lang in ipairs { "en", "zh" } do
      for _, columns in ipairs { 60, 80, 200 } do
        local width = widest(help_at(columns, "archive", lang))
        assert.is_true(width < columns and width <= 100, ("%s at %d: %d"):format(lang, columns, width))
      end
    end
  end)

  it("is on a narrow terminal beneath what it is about", function()
    assert.matches("\n   %-%-proxy URL\n        The proxy, as", help_at(40, "query"))
  end)

  it("of every command is Chinese, but for names", function()
    for _, command in ipairs(COMMANDS) do
      if command ~= "sandbox" then
        local output, _, status = cli.shell(command .. " --help", "FACEQUERY_LANG=zh")
        assert.equal(0, status, command)
        for words in output:match("\n\n.*"):gmatch "[%a][%a',]* [%a][%a',]* [%a][%a',]*[ .]" do
          error(("%s: %q"):format(command, words))
        end
      end
    end
  end)

  it("has no Chinese for an English sentence that there isn't", function()
    local source = support.read_file "lua/facequery/cli/arguments.lua":gsub('"%s*%.%.%s*"', "")
    for english in pairs(help_words) do
      if not english:find "^Show this help" then
        cli.has(english, source)
      end
    end
  end)
end)

describe("wrong usage", function()
  it("is told in Chinese, whatever is wrong", function()
    for words, said in pairs {
      [""] = "须指定命令", nonsense = "未知命令「nonsense」", ["qery o"] = "是否为「query」？",
      ["query"] = "缺少参数「order_no」", ["query o --get-file=all"] = "选项「--get-file」的值须为以下之一",
      ["query o --timeout=soon"] = "「soon」须为大于 0 的数", ["poll o --attempts=0"] = "「0」须为大于 0 的整数",
      ["poll o --out"] = "选项「--out」须带参数", ["archive"] = "缺少选项「--out」",
      ["purge d --older-than=1d --order=a"] = "不能与", ["purge d"] = "缺少选项「--older-than」或「--order」或「--from」",
      ["purge d --older-than=week"] = "「week」须为 30d", ["query o --timeout=1e9"] = "须为小于 2147483 的秒数",
      ["query o --query-version=123456789"] = "至多 8 个字符", ["decode --out="] = "「」不是路径",
      ["explain --nonsense"] = "未知选项「--nonsense」", ["decode a b"] = "参数过多",
      ["query o --retries=x"] = "「x」须为不小于 0 的整数", ["query o --max-media=1T"] = "「1T」须为 1000000 或 64M",
      ["query o --proxy=http://a:b@c"] = "带密码的代理请写入 https_proxy", ["verify d --crl=x"] = "--crl 须与 --tsa-ca 同用",
      ["work --redis x --queue q --out d"] = "须为 redis://", ["work --queue a/b --redis unix:/x --out d"] = "队列名",
      ["seal d --tsa ftp://x"] = "OID", ["seal d --tsa http://x --sign y"] = "以逗号分隔",
      ["verify d --head x"] = "64 位十六进制", ["hold d --order a --why="] = "理由", ["doctor --redis unix:/x"] = "同时使用",
      ["work --redis unix:/x --queue q --out d --metrics x"] = "127.0.0.1:9187", ["verify d --jobs 0"] = "的整数",
      ["query o --ticket-from - --secret-from -"] = "只能有一个为 -",
      ["queue retry --redis unix:/x --queue q"] = "订单号或「--all」",
      ["doctor --order a-b"] = "订单号", ["sign"] = "缺少参数「order_no」",
      ["sign a1 --values b"] = "订单号与「--values」不能同时使用",
    } do
      local _, messages, status = cli.shell(words, "FACEQUERY_LANG=zh")
      assert.equal(2, status, words)
      cli.has("\n错误：", messages)
      cli.has(said, messages:match "\n错误：.*")
      assert.is_nil(messages:match "\n错误：.*":find "%a[%a']* %a[%a']* %a", messages)
    end
  end)
end)
