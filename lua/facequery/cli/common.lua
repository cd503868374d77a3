--- What the commands share: words for people, JSON for machines, a client from the arguments.

local facequery = require "facequery"
local json = require "facequery.json"

local common = { OK = 0, FAILED = 1, USAGE = 2 }

function common.warn(format, ...)
  io.stderr:write(format:format(...), "\n")
end

local warn = common.warn

local WORDS = {
  en = {
    msg = "  the service says: %s",
    tag = "  risk tag %s: %s",
    cause = "  possible cause %d: %s",
    advice = "  what to do: %s",
    support = "  for the provider's support: orderNo %s, bizSeqNo %s",
    saved = "  %s saved: %s",
    ticket = "facequery: ticket %s: %s",
    pending = "%s: the files are not there yet; asking again in %g s",
    retry = "%s: %s %s; asking again in %.1f s",
    unread = "%s: %d times can't be read, or may be two (line %s%s): those orders go first",
    own_ticket = "facequery: the ticket is one of your own, whose age only you can know; with FACEQUERY_SECRET"
      .. " instead, facequery fetches one and keeps it fresh",
    sign_ticket = "Set FACEQUERY_TICKET, or pass --ticket-from: sign takes the SIGN ticket itself. A secret"
      .. " only serves to fetch one, as query, poll, archive and ticket do.",
  },
  zh = {
    msg = "  服务返回：%s",
    tag = "  风险标签 %s：%s",
    cause = "  可能原因 %d：%s",
    advice = "  处理建议：%s",
    support = "  联系服务方技术支持时请提供：orderNo %s，bizSeqNo %s",
    saved = "  已保存 %s：%s",
    ticket = "facequery: ticket %s：%s",
    pending = "%s：图片或视频尚未就绪，%g 秒后重新查询",
    retry = "%s：%s %s，%.1f 秒后重新查询",
    unread = "%s：%d 个时间无法识别或有歧义（第 %s%s 行）：相应订单最先处理",
    own_ticket = "facequery：ticket 由您自行提供，其时效只有您知道；改用 FACEQUERY_SECRET 时由 facequery 获取并更新",
    sign_ticket = "请设置 FACEQUERY_TICKET 或使用 --ticket-from：sign 需要 SIGN ticket 本身。"
      .. "secret 仅用于获取 ticket（query、poll、archive、ticket 命令）。",
  },
}

--- One of the sentences above, in the user's language.
---@param lang facequery.Lang
---@param name string
---@return string
function common.words(lang, name)
  return WORDS[lang][name]
end

---@param lang facequery.Lang
---@param name string
function common.say(lang, name, ...)
  warn(common.words(lang, name), ...)
end

local say = common.say

function common.print_json(value)
  local text, failure = json.canonical(value)
  io.stdout:write(text or error(failure.status, 0), "\n")
end

--- The whole error in words: what, why, what to do, and what the provider's support will ask for.
---@param name string what it is about
---@param err facequery.Error
---@param lang facequery.Lang
function common.explain_error(name, err, lang)
  warn("%s: %s (%s %s)", name, err.message, err.kind, err.code)
  if err.msg then
    say(lang, "msg", err.msg)
  end
  for _, tag in ipairs(err.record and facequery.risk_tags(err.record, lang) or {}) do
    say(lang, "tag", tag.tag, tag.text)
  end
  for number, cause in ipairs(err.causes) do
    say(lang, "cause", number, cause)
  end
  say(lang, "advice", err.advice)
  if err.bizSeqNo then
    say(lang, "support", err.orderNo or name, err.bizSeqNo)
  end
end

local function first_line(path)
  local file, message = io.stdin, nil
  if path ~= "-" then
    file, message = io.open(path)
  end
  if not file then
    return nil, message
  end
  local line
  line, message = file:read "*l"
  if path ~= "-" then
    file:close()
  end
  -- A file from elsewhere may end its lines with a carriage return.
  line = line and line:match "^(.-)%s*$"
  if not line or line == "" then
    return nil, path .. ": " .. (message or "empty")
  end
  return line
end

-- What makes a person at a terminal wait.
local function tell(lang, event)
  if event.type == "ticket" and event.action ~= "fetched" then
    say(lang, "ticket", event.action, event.code)
  elseif event.type == "pending" then
    say(lang, "pending", event.order_no, event.delay)
  elseif event.type == "retry" then
    say(lang, "retry", event.order_no, event.kind, event.code, event.delay)
  end
end

--- The client's settings from the command line; everything else is in the environment.
---@param args table
---@return facequery.Config|nil
function common.settings(args)
  local settings = {
    app_id = args.app_id,
    base_url = args.base_url,
    ca_file = args.ca_file,
    timeout = args.timeout,
    lang = args.lang,
  }
  for name, path in pairs { ticket = args.ticket_from, secret = args.secret_from } do
    local value, message = first_line(path)
    if not value then
      warn("facequery: %s", message)
      return nil
    end
    settings[name] = value
  end
  return settings
end

--- A client; says why where there is none.
---@param args table
---@param is_quiet? boolean one of many orders waiting is no news
---@return facequery.Client|nil
function common.client(args, is_quiet)
  local settings = common.settings(args)
  if not settings then
    return nil
  end
  settings.on_event = not is_quiet and function(event) tell(args.lang, event) end or nil
  local client, err = facequery.new(settings)
  if not client then
    common.explain_error("facequery", err, args.lang)
  end
  return client
end

return common
