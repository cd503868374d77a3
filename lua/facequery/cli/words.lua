--- What the commands write: words for people on stderr, JSON for machines on stdout.

local json = require "facequery.json"
local risk = require "facequery.service.risk"

local words = {}

local WORDS = {
  en = {
    msg = "  the service says: %s",
    tag = "  risk tag %s: %s",
    cause = "  possible cause %d: %s",
    advice = "  what to do: %s",
    support = "  for the provider's support: orderNo %s, bizSeqNo %s",
    saved = "  %s saved: %s",
    ticket_failed = "facequery: ticket failed: %s",
    ticket_ignored = "facequery: ticket ignored: %s",
    ticket_unwritten = "facequery: ticket unwritten: %s",
    pending = "%s: the files are not there yet; asking again in %g s",
    retry = "%s: %s %s; asking again in %.1f s",
    page = "%s: %s, %d problems",
    unread = "%s: %d times can't be read, or may be two (line %s%s): those orders go first",
    sealed = "%s: %.0f lines sealed, root %s",
    nothing_new = "%s: nothing new since %.0f lines were sealed",
    no_lines = "%s: nothing to seal: the log has no line",
    exported = "%s: order %s, line %.0f of the %.0f that are sealed, %d timestamps; in it: sh verify.sh",
    unstamped_export = "%s: no timestamp covers the order's line yet: verify.sh will say so",
    stamped = "  stamped %s by %s (%s)",
    unstamped = "  not stamped: %s",
    no_authority = "%s: seals: without --tsa-ca nobody has looked who the TSAs are",
    no_revocation = "%s: seals: of %.0f timestamps nobody has judged whether the TSA's certificate was revoked; that"
      .. " takes its issuer's list, with --crl",
    closed = "%s: encrypted for other keys",
    queued = "%s: %d added, %d there already",
    queue_status = "%s: %d waiting, %d in flight, %d later, %d dead; due in 6 h: %d, in 24 h: %d; nearest deadline: %s",
    wrong_usage = "%s\n\nError: %s",
    there = "%s %s (there already)",
    other_code = "%s %s (code %s)",
    archived = "%s %s",
    failed = "%s: %s (%s %s)",
    failed_archived = "%s: %s (%s %s): what came is in %s",
    problem = "%s/%s: %s",
    verified = "%s: %d bundles, %s%d problems%s, head %s",
    seals = "%d seals, ",
    mended = ", %d lines mended after a crash",
    counted = "%s: %s%d bundles, %d faces",
    day = "%s: ",
    go_on = "facequery: interrupted; run it again to go on",
    summary = "%d done, %d failed, in %s",
    done = "%d done, %d failed",
    rest = "%d left, %.1f/s, %s",
    unrated_rest = "%d left",
    rate = "%.1f/s",
    read = "%s of about %s",
    speed = "%s/s, %s",
    hours = "%d h %02d min",
    minutes = "%d min %02d s",
    seconds = "%d s",
    meaning = "%s: %s (%s)",
    nearest_codes = "%s: no code that is known here; perhaps %s?",
    no_such_code = "%s: no code that is known here%s",
    ["or"] = " or ",
    reads_terminal = "facequery: reads from the terminal; Ctrl-D ends it",
    purged = "%s: %d purged",
    to_purge = "%s: %d to purge",
    held_back = ", %d held",
    problems = ", %d problems",
    problems_stay = ", %d problems: what they are about stays; --force removes it, too",
    hold = "%s/%s: %s, %s",
    held = "%s: %d held",
    released = "%s: %d released",
    moved = "%s: %d moved",
    left = ", %d left where they were",
    retried = "%s: %d put back",
    dropped = "%s: %d dropped",
    audited = "%s: %d orders were lost, and wait again",
    put_off = "%s: %s (%s %s); again in %.0f s",
    died = "%s: %s (%s %s); not asked for any more",
    queue_trouble = "%s: %s; trying again",
    own_ticket = "facequery: the ticket is one of your own, whose age only you can know; with FACEQUERY_SECRET"
      .. " instead, facequery fetches one and keeps it fresh",
    dead = "%s: %s (%s)",
    reason_sizes = "1 to 1024 bytes",
    finding = "%s  %s: %s",
    finding_with_code = "%s  %s: %s (%s %s)",
    state_ok = "ok     ", state_warning = "warning", state_failure = "failure",
    check_settings = "settings", check_ticket = "ticket", check_secret = "secret", check_libraries = "libraries",
    check_nginx = "nginx", check_proxy = "proxy", check_dns = "DNS", check_connection = "connection",
    check_tls = "TLS", check_clock = "clock", check_query = "signed query", check_queue = "queue",
    check_archive = "archive",
    sign_sorted = "the values, sorted by their bytes:",
    sign_value = "  %d  %s, %d bytes",
    sign_ticket_value = "  %d  the ticket, %d bytes, SHA-256 %s...",
    sign_joined = "joined with nothing between, %d bytes; their SHA-1 in upper-case hex:",
    sign_result = "  %s",
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
    ticket_failed = "facequery：未获取到 ticket：%s",
    ticket_ignored = "facequery：已忽略保存的 ticket：%s",
    ticket_unwritten = "facequery：未能保存 ticket：%s",
    pending = "%s：图片或视频尚未就绪，%g 秒后重新查询",
    retry = "%s：%s %s，%.1f 秒后重新查询",
    page = "%s：%s，%d 处不符",
    unread = "%s：%d 个时间无法识别或有歧义（第 %s%s 行）：相应订单最先处理",
    sealed = "%s：已封存日志 %.0f 行，根哈希 %s",
    nothing_new = "%s：自封存 %.0f 行以来无新增",
    no_lines = "%s：日志为空，无可封存",
    exported = "%s：订单 %s，日志第 %.0f 行（已封存 %.0f 行），时间戳 %d 个；核验：sh verify.sh",
    unstamped_export = "%s：该订单的记录尚无时间戳，verify.sh 将如实提示",
    stamped = "  时间戳 %s，签发：%s（%s）",
    unstamped = "  未取得时间戳：%s",
    no_authority = "%s：seals：未指定 --tsa-ca，未核实时间戳机构的身份",
    no_revocation = "%s：seals：%.0f 个时间戳未判断其机构证书是否被吊销；需以 --crl 指定其上级 CA 的证书吊销列表",
    closed = "%s：为其他密钥加密",
    queued = "%s：新增 %d 个，已存在 %d 个",
    queue_status = "%s：等待 %d，处理中 %d，稍后 %d，停止 %d；6 小时内到期 %d，24 小时内到期 %d；最早期限：%s",
    wrong_usage = "%s\n\n错误：%s",
    there = "%s %s（已存在）",
    other_code = "%s %s（返回码 %s）",
    archived = "%s %s",
    failed = "%s：%s（%s %s）",
    failed_archived = "%s：%s（%s %s），已收到的部分存于 %s",
    problem = "%s/%s：%s",
    verified = "%s：存证包 %d 个，%s%d 处不符%s，日志首部 %s",
    seals = "封存 %d 次，",
    mended = "，崩溃后补记日志 %d 行",
    counted = "%s：%s存证包 %d 个，人脸 %d 个",
    day = "%s：",
    go_on = "facequery：已中断，重新运行即可继续",
    summary = "完成 %d 个，失败 %d 个，用时 %s",
    done = "完成 %d，失败 %d",
    rest = "剩余 %d，%.1f/秒，%s",
    unrated_rest = "剩余 %d",
    rate = "%.1f/秒",
    read = "%s，共约 %s",
    speed = "%s/秒，%s",
    hours = "%d 小时 %02d 分",
    minutes = "%d 分 %02d 秒",
    seconds = "%d 秒",
    meaning = "%s：%s（%s）",
    nearest_codes = "%s：未收录的返回码，是否为 %s？",
    no_such_code = "%s：未收录的返回码%s",
    ["or"] = " 或 ",
    reads_terminal = "facequery：正在从终端读取，按 Ctrl-D 结束",
    purged = "%s：已清除 %d 个",
    to_purge = "%s：将清除 %d 个",
    held_back = "，%d 个已保全",
    problems = "，%d 处不符",
    problems_stay = "，%d 处不符：相应存证包予以保留，--force 可一并清除",
    hold = "%s/%s：%s，%s",
    held = "%s：已保全 %d 个",
    released = "%s：已解除保全 %d 个",
    moved = "%s：已移动 %d 个",
    left = "，%d 个留在原处",
    retried = "%s：%d 个重新排队",
    dropped = "%s：%d 个已移除",
    audited = "%s：找回丢失的订单 %d 个，已重新排队",
    put_off = "%s：%s（%s %s），%.0f 秒后重试",
    died = "%s：%s（%s %s），不再查询",
    queue_trouble = "%s：%s；正在重试",
    own_ticket = "facequery：ticket 由您自行提供，其时效只有您知道；改用 FACEQUERY_SECRET 时由 facequery 获取并更新",
    dead = "%s：%s（%s）",
    reason_sizes = "1 至 1024 字节",
    finding = "%s  %s：%s",
    finding_with_code = "%s  %s：%s（%s %s）",
    state_ok = "正常", state_warning = "警告", state_failure = "失败",
    check_settings = "设置", check_ticket = "ticket", check_secret = "secret", check_libraries = "库",
    check_nginx = "nginx", check_proxy = "代理", check_dns = "DNS", check_connection = "连接",
    check_tls = "TLS", check_clock = "时间", check_query = "签名查询", check_queue = "队列",
    check_archive = "存证",
    sign_sorted = "各值按字节排序：",
    sign_value = "  %d  %s，%d 字节",
    sign_ticket_value = "  %d  ticket，%d 字节，SHA-256 %s...",
    sign_joined = "首尾直接拼接，共 %d 字节；其 SHA-1（大写十六进制）：",
    sign_result = "  %s",
    sign_ticket = "请设置 FACEQUERY_TICKET 或使用 --ticket-from：sign 需要 SIGN ticket 本身。"
      .. "secret 仅用于获取 ticket（query、poll、archive、ticket 命令）。",
  },
}

--- One of the sentences above, in the user's language.
---@param lang facequery.Lang
---@param name string
---@return string
function words.of(lang, name)
  return WORDS[lang][name]
end

--- All of them, by language and name.
---@return table<facequery.Lang, table<string, string>>
function words.all()
  return WORDS
end

--- A line on stderr.
---@param format string as string.format's
function words.warn(format, ...)
  io.stderr:write(format:format(...), "\n")
end

local warn = words.warn

--- One of the sentences above, on stderr.
---@param lang facequery.Lang
---@param name string
function words.say(lang, name, ...)
  warn(words.of(lang, name), ...)
end

local say = words.say

--- A line of JSON on stdout.
---@param value any
function words.print_json(value)
  local text, failure = json.canonical(value)
  io.stdout:write(text or error(failure.status, 0), "\n")
end

--- The whole error in words: what, why, what to do, and what the provider's support will ask for.
---@param name string what it is about
---@param err facequery.Error
---@param lang facequery.Lang
function words.explain_error(name, err, lang)
  say(lang, "failed", name, err.message, err.kind, err.code)
  if err.msg then
    say(lang, "msg", err.msg)
  end
  for _, tag in ipairs(err.record and risk.tags(err.record, lang) or {}) do
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

return words
