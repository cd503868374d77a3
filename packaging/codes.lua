--- The page about return codes, docs/codes.md and its Chinese, made of what a program is told of each.
--- lua packaging/codes.lua en|zh
-- luacheck: no max string line length

local codes = require "facequery.codes"
local doctor = require "facequery.codes.doctor"
local front = require "facequery.codes.front"
local http = require "facequery.codes.http"
local kinds = require "facequery.codes.kinds"
local ours = require "facequery.codes.ours"
local service = require "facequery.codes.service"

-- What the page says that no code has a sentence for.  Kinds stand in the order of codes.kinds.
local WORDS = {
  en = {
    title = "Return codes",
    intro = [[
What each code means, and what to do: the sentences that `err.message`, `err.causes` and `err.advice` have, and that the command prints. This page is made of them by `make docs`; `facequery explain CODE` and `facequery.explain(code)` look up one.

- Code `0` is the only one for which there is a record. Whatever else comes, known or not, is not a verified person.
- Decide by `err.kind`, log `err.code` and `err.bizSeqNo`. Kinds and codes are stable; sentences are not.
- *again*: a client asks again by itself, `retries` times, with growing pauses.]],
    faq = "Frequent questions",
    causes = " It may be that:", comma = ", ", colon = ": ",
    kinds = "Kinds",
    kind_head = { "kind", "what to do, where a code says nothing else" },
    service = "What the service answers",
    head = { "code", "meaning", "what to do", "again" },
    front = "What front ends report",
    front_intro = "The code in H5's return url, and the error codes of the app SDK. After one of these there is no "
      .. "record to query, unless the SDK's domain is `WBFaceErrorDomainCompareServer` "
      .. "(`facequery.should_query`).",
    names = "Names of newer pages",
    names_intro = "What newer pages of the provider's call a code by; `facequery.explain` takes either.",
    names_head = { "name", "code" },
    ours = "Names of facequery's own",
    ours_intro = "What goes wrong before, on the way to, or behind the service has a name instead of a number. Of "
      .. "kind `transport`, names like `OPERATION_TIMEDOUT` are libcurl's own, without `CURLE_`.",
    http = "HTTP statuses",
    http_intro = "Where something else than the service answered, the code is the HTTP status.",
    to = "%d to %d", yes = "yes", others = "any other %dxx",
  },
  zh = {
    title = "返回码",
    intro = [[
每个返回码的含义和处理办法，与 `err.message`、`err.causes`、`err.advice` 以及命令行的提示一字不差。本页由 `make docs` 生成；查询单个返回码可用 `facequery explain CODE --lang zh` 或 `facequery.explain(code, "zh")`。

- 只有 code 为 `0` 才有 record。其余返回码无论是否收录，都不代表核身通过。
- 请按 `err.kind` 决定下一步，把 `err.code` 和 `err.bizSeqNo` 记入日志。种类和返回码保持稳定，文字可能调整。
- “重试”一栏：客户端会自动重试 `retries` 次，间隔逐次加长。]],
    faq = "常见问题",
    causes = "可能原因：", comma = "、", colon = "：",
    kinds = "错误种类",
    kind_head = { "种类", "未另作说明时怎么办" },
    service = "服务返回的返回码",
    head = { "返回码", "含义", "怎么办", "重试" },
    front = "前端返回的返回码",
    front_intro = "H5 回调地址中的 code，以及 App SDK 的错误码。"
      .. "出现这些返回码时没有可查询的核身记录，除非 SDK 的 domain 为 "
      .. "`WBFaceErrorDomainCompareServer`（`facequery.should_query`）。",
    names = "新版文档中的名称",
    names_intro = "服务方新版文档用名称代替了部分返回码；`facequery.explain` 两种都认。",
    names_head = { "名称", "返回码" },
    ours = "facequery 自己的返回码",
    ours_intro = "请求发出之前、途中或之后由 facequery 发现的问题，"
      .. "用名称而不是数字表示。`transport` 一类中，`OPERATION_TIMEDOUT` 等是 libcurl 的错误名"
      .. "（去掉 `CURLE_`）。",
    http = "HTTP 状态码",
    http_intro = "应答的不是核身服务时，返回码为 HTTP 状态码。",
    to = "%d 至 %d", yes = "是", others = "其他 %dxx",
  },
}

local unpack = table.unpack or unpack -- luacheck: ignore 143

local lang = arg[1]
local words = assert(WORDS[lang], "usage: codes.lua en|zh")

-- Codes as they are written to people's eyes: numbers by their value, names by their bytes behind them.
local function sorted(list)
  table.sort(list, function(a, b)
    local x, y = tonumber(a), tonumber(b)
    if x and y then
      return x < y
    end
    return x ~= nil and y == nil or (x == nil) == (y == nil) and a < b
  end)
  return list
end

local lines = {}

local function say(...)
  for _, line in ipairs { ... } do
    lines[#lines + 1] = line
  end
end

local function heading(level, text)
  say(("#"):rep(level) .. " " .. text, "")
end

local function row(...)
  say("| " .. table.concat({ ... }, " | ") .. " |")
end

local function head(cells)
  row(unpack(cells))
  say("|" .. ("---|"):rep(#cells))
end

-- A row for a code; `label` stands in its place where it is one of many.
local function explained(code, label)
  local meaning = codes.explain(code, lang)
  row(label or "`" .. code .. "`", meaning.message, meaning.advice, meaning.retryable and words.yes or "")
end

-- A table of those of the codes that are of a kind, if there are any.
local function of_kind(kind, list)
  local found = {}
  for _, code in ipairs(list) do
    found[#found + 1] = codes.explain(code, lang).kind == kind and code or nil
  end
  if #found > 0 then
    heading(3, "`" .. kind .. "`")
    head(words.head)
    for _, code in ipairs(found) do
      explained(code)
    end
    say ""
  end
end

-- The service's codes, and the names that newer pages have for some of them.
local function split(list)
  local numbers, names = {}, {}
  for _, code in ipairs(list) do
    local is_name = service.code_of(code) ~= code
    table.insert(is_name and names or numbers, code)
  end
  return sorted(numbers), sorted(names)
end

-- What is asked about most: every code that has causes, those with the same causes together, and these without.
local ASKED = { "66660004", "66660017", "400504", "3004", "MEDIA_PENDING" }

local function questions(list)
  heading(2, words.faq)
  local groups = {}
  local function add(code)
    local meaning = codes.explain(code, lang)
    local key = table.concat(meaning.causes, "\n") .. meaning.advice
    if not groups[key] or #meaning.causes == 0 then
      groups[key] = { codes = {}, meaning = meaning }
      groups[#groups + 1] = groups[key]
    end
    table.insert(groups[key].codes, code)
  end
  for _, code in ipairs(list) do
    if #codes.explain(code, lang).causes > 0 then
      add(code)
    end
  end
  for _, code in ipairs(ASKED) do
    add(code)
  end
  for _, group in ipairs(groups) do
    local meaning, several = group.meaning, #group.codes > 1
    heading(3, table.concat(group.codes, words.comma) .. (several and "" or words.colon .. meaning.message))
    say(meaning.advice .. (#meaning.causes > 0 and words.causes or ""), "")
    for _, cause in ipairs(meaning.causes) do
      say("- " .. cause)
    end
    say(meaning.causes[1] and "" or nil)
  end
end

local function all_kinds()
  heading(2, words.kinds)
  head(words.kind_head)
  for _, kind in ipairs(codes.kinds) do
    row("`" .. kind .. "`", kinds.defaults[kind][lang])
  end
  say ""
end

local function front_ends()
  heading(2, words.front)
  say(words.front_intro, "")
  head(words.head)
  for _, code in ipairs(sorted(front.names())) do
    explained(code)
  end
  for _, range in ipairs(front.ranges()) do
    explained(("%d"):format(range[1]), words.to:format(range[1], range[2]))
  end
  say ""
end

local function http_statuses()
  heading(2, words.http)
  say(words.http_intro, "")
  head(words.head)
  for class = 3, 5 do
    local others = http.meaning(class * 100 + 99)
    for status = class * 100, class * 100 + 98 do
      if http.meaning(status) ~= others then
        explained(("%d"):format(status))
      end
    end
    row(words.others:format(class), (others[lang]:gsub("<status>", class .. "xx")),
      codes.explain_http(class * 100 + 99, lang).advice, "")
  end
end

heading(1, words.title)
say(words.intro, "")
local numbers, names = split(service.names())
local own = ours.names()
for _, name in ipairs(doctor.names()) do
  own[#own + 1] = name
end
sorted(own)

questions(numbers)
all_kinds()
heading(2, words.service)
for _, kind in ipairs { "success", unpack(codes.kinds) } do
  of_kind(kind, numbers)
end
heading(2, words.names)
say(words.names_intro, "")
head(words.names_head)
for _, name in ipairs(names) do
  row("`" .. name .. "`", "`" .. service.code_of(name) .. "`")
end
say ""
front_ends()
heading(2, words.ours)
say(words.ours_intro, "")
for _, kind in ipairs(codes.kinds) do
  of_kind(kind, own)
end
http_statuses()
io.stdout:write(table.concat(lines, "\n"), "\n")
