--- The kinds of errors, and what holds for one where a code says nothing else: whether asking again may
--- help, and the advice.

local kinds = {}

--- The kinds of errors: nine that the service answers, then six of ours.
---@type facequery.Kind[]
kinds.names = {
  "invalid_request", "auth", "not_found", "rejected", "expired", "risk", "rate_limited", "service",
  "unknown",
  "transport", "http", "protocol", "media", "storage", "pending",
}

---@type table<facequery.Kind|"success", { retryable: boolean, en: string, zh: string }>
kinds.defaults = {
  success = {
    retryable = false,
    en = "Nothing to do.",
    zh = "无需处理。",
  },
  invalid_request = {
    retryable = false,
    en = "Correct the request; sent unchanged it fails the same way.",
    zh = "请修正请求；原样重发仍会失败。",
  },
  auth = {
    retryable = false,
    en = "Check that app_id and the SIGN ticket (or the secret) belong together and are current.",
    zh = "请检查 app_id 与 SIGN ticket（或 secret）是否匹配且仍然有效。",
  },
  not_found = {
    retryable = false,
    en = "Query only after the front end has reported that the face check was done, and within 3"
      .. " days; otherwise let the user start again with a new order.",
    zh = "请在前端完成刷脸的回调后、3 天时效内查询；否则请用新订单重新发起核身。",
  },
  rejected = {
    retryable = false,
    en = "The person was not verified. Let them try again with a new order: alone, in good light,"
      .. " facing the camera.",
    zh = "核身未通过。请用新订单重新发起：本人操作、光线充足、正脸对框。",
  },
  expired = {
    retryable = false,
    en = "Let the user start again with a new order.",
    zh = "请用新订单重新发起核身。",
  },
  risk = {
    retryable = false,
    en = "Do not treat the person as verified. The order is void: try later with a new one, or"
      .. " check the person in another way.",
    zh = "请勿视为核身通过。该订单无效，请稍后用新订单重试或改用其他方式核验。",
  },
  rate_limited = {
    retryable = true,
    en = "Wait, then ask less often. Keep one ticket and share it: tickets are limited too.",
    zh = "请等待后降低请求频率。ticket 请缓存并共用，获取 ticket 同样有频率限制。",
  },
  service = {
    retryable = true,
    en = "Ask again in a while. If it lasts, give orderNo and, where there is one, bizSeqNo to the"
      .. " provider's support.",
    zh = "请稍后重试；如持续出现，请将 orderNo 及 bizSeqNo（如有）提供给服务方技术支持。",
  },
  unknown = {
    retryable = false,
    en = "Look at msg, the service's own words, and ask the provider's support with bizSeqNo.",
    zh = "请查看 msg（服务返回的原文），并将 bizSeqNo 提供给服务方技术支持。",
  },
  transport = {
    retryable = false,
    en = "Check the network between here and the service: DNS, firewall, proxy, certificates.",
    zh = "请检查到服务的网络：DNS、防火墙、代理、证书。",
  },
  http = {
    retryable = false,
    en = "Check base_url, and any proxy or gateway on the way.",
    zh = "请检查 base_url 以及途经的代理或网关。",
  },
  protocol = {
    retryable = false,
    en = "Check that base_url leads to the service and that no proxy changes its answers.",
    zh = "请检查 base_url 是否指向该服务，以及途经的代理是否改动了响应。",
  },
  media = {
    retryable = false,
    en = "Ask for the files again; if it lasts, give orderNo to the provider's support.",
    zh = "请重新拉取文件；如持续出现，请将 orderNo 提供给服务方技术支持。",
  },
  storage = {
    retryable = false,
    en = "Check the path: its folder must exist, be writable and have room.",
    zh = "请检查路径：目录须存在、可写且空间充足。",
  },
  pending = {
    retryable = true,
    en = "Ask again later, within 3 days: after that the service deletes the files.",
    zh = "请稍后重试，务必在 3 天时效内取回；超过 3 天服务方会清理文件。",
  },
}

--- Advice for a failure on the way to the service, ours or a gateway's.
kinds.NETWORK = {
  en = "Ask again in a while. If it lasts, check DNS, firewall and proxy on the way.",
  zh = "请稍后重试；如持续出现，请检查到服务的 DNS、防火墙与代理。",
}

return kinds
