--- What the parser says, in the user's language and at the terminal's width: the help, and what is wrong with the words
--- that it was given.

local help_words = require "facequery.cli.help_words"
local layout = require "facequery.cli.layout"
local terminal = require "facequery.cli.terminal"

local usage = {}

-- Lines that are longer than this are hard to read, however wide the terminal is.
local WIDEST = 100
local USUAL = 80

-- A description's column, and where a terminal is too narrow for that.
local MARGIN, NARROW, NARROW_MARGIN = 25, 60, 8

-- argparse's sentences, and those of cli/values.lua, as patterns; %1 and %2 are what they are about.
local SENTENCES = {
  { "^missing option '(.-)', which (%S+) wants$", "缺少选项「%1」，%2 需要它" },
  { "^missing (.*)$", "缺少%1" },
  { "^unknown option '(.-)'(.*)$", "未知选项「%1」%2" },
  { "^unknown command '(.-)'(.*)$", "未知命令「%1」%2" },
  { "^too many arguments$", "参数过多" },
  { "^a command is required$", "须指定命令" },
  { "^(.*) requires an argument$", "%1须带参数" },
  { "^(.*) requires at least (%d+) arguments?$", "%1至少须带 %2 个参数" },
  { "^argument for (.*) must be one of (.*)$", "%1的值须为以下之一：%2" },
  { "^(.*) must be used (.*)$", "%1的使用次数不对" },
  { "^(.*) does not take arguments$", "%1不带参数" },
  { "^(.*) can not be used together with (.*)$", "%1不能与%2同时使用" },
  { "^only one of (.*) can be %-$", "%1 中只能有一个为 -" },
  { "^(%-%-%S+) takes (%-%-%S+), too$", "%1 须与 %2 同用" },
  { "^'(.-)' takes '(.-)', and '(.-)' takes '(.-)'$", "「%1」与「%2」须同时使用" },
  { "^'(.*)' is not a number above 0$", "「%1」须为大于 0 的数" },
  { "^'(.*)' is not a number of seconds below (%d+)$", "「%1」须为小于 %2 的秒数" },
  { "^'(.*)' is not a path$", "「%1」不是路径" },
  { "^'(.*)' is not a url of the form .*$", "「%1」须为 https://host 形式的地址，其后可有逗号与 OID" },
  { "^'(.*)' is not the paths of .*$", "「%1」须为证书与私钥的路径，以逗号分隔" },
  { "^'(.*)' is not a version of at most 8 characters$", "「%1」须为至多 8 个字符的版本号" },
  { "^'(.*)' is not a whole number above 0$", "「%1」须为大于 0 的整数" },
  { "^'(.*)' is not a whole number from 0$", "「%1」须为不小于 0 的整数" },
  { "^'(.*)' is not a whole number from 1 to (%d+)$", "「%1」须为 1 到 %2 的整数" },
  { "^'(.*)' is no duration .*$", "「%1」须为 30d、72h、10m、5s 这样的时长，至多一百年" },
  { "^'(.*)' is no head.*$", "「%1」须为 64 位十六进制的日志首部" },
  { "^'(.*)' is no reason.*$", "「%1」须为至多 1 KB、不含控制字符的 UTF-8 理由" },
  { "^not a url like .*$", "须为 redis://HOST:PORT、rediss://HOST:PORT 或 unix:PATH；密码请用 FACEQUERY_REDIS_PASSWORD" },
  { "^'(.*)' is no queue's name.*$", "「%1」须为至多 64 个字母、数字、「.」、「_」与「-」的队列名" },
  { "^'(.*)' is no address like .*$", "「%1」须为 127.0.0.1:9187 这样的地址" },
  { "^'(.*)' is no size .*$", "「%1」须为 1000000 或 64M 这样的字节数" },
  { "^not a proxy like .*$", "须为 http://HOST:PORT 这样的代理；带密码的代理请写入 https_proxy" },
  { "^an order number and '(.-)' can not be used together$", "订单号与「%1」不能同时使用" },
  { "^stdin is for who is to be scanned.*$", "标准输入用于被核验人的信息：--ticket-from 与 --secret-from 请指定文件" },
  { "^'(.*)' is no order number.*$", "「%1」须为 1 到 32 位字母或数字的订单号" },
}

-- What stands inside of sentences.
local PARTS = {
  { "\nDid you mean one of these: (.*)%?", "\n是否为以下之一：%1？" }, { "\nDid you mean (.-)%?", "\n是否为%1？" },
  { "an order number, or ", "订单号或" }, { ", or option", "或选项" }, { " or ", "或" },
  { "option '(.-)'", "选项「%1」" }, { "argument '(.-)'", "参数「%1」" }, { "'(.-)'", "「%1」" }, { ", ", "、" },
}

--- What is wrong with the arguments, in the user's language.
---@param lang facequery.Lang
---@param message string the parser's
---@return string
function usage.explain(lang, message)
  for _, one in ipairs(lang == "zh" and SENTENCES or {}) do
    local said, count = message:gsub(one[1], one[2])
    if count > 0 then
      for _, part in ipairs(PARTS) do
        said = said:gsub(part[1], part[2])
      end
      return said
    end
  end
  return message
end

-- The parser's own words around everything.
local HEADINGS = {
  { "^Usage: ", "用法：" }, { "\nArguments:\n", "\n参数：\n" }, { "\nOptions:\n", "\n选项：\n" },
  { "\nCommands:\n", "\n命令：\n" },
}

local function in_chinese(text)
  for _, one in ipairs(HEADINGS) do
    text = text:gsub(one[1], one[2])
  end
  return text
end

-- A description in the user's language; with its default, which argparse would put behind the last line.
local function describe(lang, element)
  local text = element._description
  if not text then
    return nil
  end
  text = lang == "zh" and help_words[text] or text
  if type(element._default) == "string" and element._show_default ~= false then
    element:show_default(false)
    text = (lang == "zh" and "%s默认 %s。" or "%s (default: %s)"):format(text, element._default)
  end
  return text
end

-- Lays out one command, and those below it.
local function lay_out(parser, lang, columns)
  local margin = columns < NARROW and NARROW_MARGIN or MARGIN
  parser:usage_max_width(columns):help_description_margin(margin)
  for _, list in ipairs { parser._options, parser._arguments } do
    for _, element in ipairs(list) do
      local text = describe(lang, element)
      if text then
        element:description(layout.wrap(text, columns - margin))
      end
    end
  end
  if lang == "zh" then
    local get_help, get_usage = parser.get_help, parser.get_usage
    function parser.get_usage(self) return in_chinese(get_usage(self)) end
    function parser.get_help(self) return in_chinese(get_help(self)) end
  end
  for _, command in ipairs(parser._commands) do
    local text = describe(lang, command)
    command:summary(layout.wrap(text, columns - margin)):description(layout.wrap(text, columns))
    lay_out(command, lang, columns)
  end
end

--- Lays out the help of a parser and of its commands.
---@param root table argparse's
---@param lang facequery.Lang
---@param columns? integer default: the terminal's, as far as lines can be read
function usage.lay_out(root, lang, columns)
  columns = columns or math.min(terminal.columns "stdout" or USUAL, WIDEST) - 1
  for _, name in ipairs { "_description", "_epilog" } do
    local text = root[name]
    root[name:sub(2)](root, layout.wrap(lang == "zh" and help_words[text] or text, columns))
  end
  lay_out(root, lang, columns)
end

return usage
