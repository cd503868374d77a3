--- What `facequery doctor` finds, where no other code says it.

local doctor = {}

local meanings = {
  TICKET_REFUSED = {
    kind = "auth",
    en = "the service does not accept what is signed with this ticket",
    zh = "服务不接受用该 ticket 生成的签名",
    causes = {
      en = {
        "It is a NONCE ticket, which is for front ends: fetched with type=NONCE and a user_id, it lives for 120 s.",
        "It is too old: a SIGN ticket lives for an hour at most, and a new access token ends it.",
        "app_id, the ticket and base_url do not belong together: those of a test environment, or of another app.",
        "This machine's IP address is not on the provider's list of those that may ask.",
      },
      zh = {
        "它是 NONCE ticket（供前端使用）：以 type=NONCE 和 user_id 获取，有效期 120 秒。",
        "它已失效：SIGN ticket 有效期最长 1 小时，获取新的 access token 后也会失效。",
        "app_id、ticket 与 base_url 不匹配：属于测试环境或其他应用。",
        "本机出口 IP 不在服务方的 IP 白名单内。",
      },
    },
    advice = {
      en = "Fetch a SIGN ticket (type=SIGN, without user_id) and try again at once; or set FACEQUERY_SECRET, and"
        .. " facequery fetches and renews it.",
      zh = "请获取 SIGN ticket（type=SIGN，不带 user_id）后立即重试；或设置 FACEQUERY_SECRET，由 facequery 获取并更新。",
    },
  },
  SECRET_REFUSED = {
    kind = "auth",
    en = "the service gives no ticket for this app_id and secret",
    zh = "服务拒绝了该 app_id 与 secret，未返回 ticket",
    causes = {
      en = {
        "The secret is not this App ID's, or was changed.",
        "app_id and secret are those of another base_url: a test environment.",
        "This machine's IP address is not on the provider's list of those that may ask.",
      },
      zh = {
        "secret 与 app_id 不匹配，或已被更换。",
        "app_id 与 secret 属于另一个 base_url 环境（如测试环境）。",
        "本机出口 IP 不在服务方的 IP 白名单内。",
      },
    },
    advice = {
      en = "Compare app_id and secret with the provider's console; of the secret its length and digest will do:"
        .. " printf %s \"$FACEQUERY_SECRET\" | sha256sum.",
      zh = "请与服务方控制台核对 app_id 与 secret；secret 可只比对长度与摘要：printf %s \"$FACEQUERY_SECRET\" | sha256sum。",
    },
  },
  TICKET_IS_SECRET = {
    kind = "auth",
    en = "the ticket is the secret itself", zh = "ticket 的值就是 secret",
    advice = {
      en = "Leave the ticket out: with the secret facequery fetches one.",
      zh = "请不要设置 ticket：有 secret 时由 facequery 获取。",
    },
  },
  TICKET_UNUSED = {
    kind = "invalid_request",
    en = "a ticket and a secret are set: the secret counts, and the ticket is not used",
    zh = "同时设置了 ticket 与 secret：以 secret 为准，ticket 不会被使用",
    advice = {
      en = "Set one of them alone.",
      zh = "请只设置其中之一。",
    },
  },
  TICKET_LENGTH = {
    kind = "auth",
    en = "the ticket does not have the 64 characters that the provider's tickets have",
    zh = "ticket 的长度不是服务方 ticket 通常的 64 个字符",
    advice = {
      en = "Compare it with what api_ticket has answered, tickets[1].value: an access token is another thing.",
      zh = "请与 api_ticket 返回的 tickets[1].value 核对；access token 不是 ticket。",
    },
  },
  CLOCK_WRONG = {
    kind = "invalid_request",
    en = "this machine's clock is wrong", zh = "本机时间不正确",
    advice = {
      en = "Set it by NTP (chrony, systemd-timesyncd). By it certificates and tickets expire, and evidence is dated.",
      zh = "请启用 NTP 校时（chrony、systemd-timesyncd）。证书与 ticket 的失效、存证的时间均以它为准。",
    },
  },
  SERVICE_CERTIFICATE_EXPIRED = {
    kind = "transport",
    en = "the service's certificate has expired, by this machine's clock", zh = "按本机时间，服务的证书已过期",
    causes = {
      en = {
        "This machine's clock is ahead.",
        "A proxy that reads along, or another server in the service's place, has an old certificate.",
      },
      zh = { "本机时间偏快。", "解密流量的代理或冒充服务的其他服务器使用了旧证书。" },
    },
    advice = {
      en = "Compare this machine's time with a clock that is right, first of all, and set it by NTP (chrony,"
        .. " systemd-timesyncd). If it is right, ask whoever runs the proxy, or the provider.",
      zh = "请先核对本机时间，并启用 NTP 校时（chrony、systemd-timesyncd）。若时间无误，请咨询代理的管理员或服务方。",
    },
  },
  NAME_SERVER_SILENT = {
    kind = "transport", retryable = true,
    en = "the name server does not answer", zh = "DNS 服务器无响应",
    advice = {
      en = "Check the name servers and the way to them (UDP and TCP port 53); getent hosts NAME asks them, too.",
      zh = "请检查 DNS 服务器及到它的网络（UDP、TCP 53 端口）；可用 getent hosts 域名 验证。",
    },
  },
  NO_RESOLVER = {
    kind = "invalid_request",
    en = "nginx has no resolver, and its cosockets resolve no name without one",
    zh = "nginx 未配置 resolver，cosocket 无法解析域名",
    advice = {
      en = "Add `resolver ADDRESS;` to the http part of nginx.conf, or a thread pool, whose queries need none.",
      zh = "请在 nginx.conf 的 http 段加入 `resolver IP;`，或配置线程池（其查询不需要 resolver）。",
    },
  },
  PROXY_UNREACHABLE = {
    kind = "transport", retryable = true,
    en = "the proxy can't be reached", zh = "无法连接代理",
    advice = {
      en = "Check the proxy's address and whether it runs; no_proxy=HOST has the service asked without it.",
      zh = "请检查代理的地址及其是否运行；设置 no_proxy=域名 可不经代理访问服务。",
    },
  },
  PROXY_REFUSES = {
    kind = "http",
    en = "the proxy refuses to connect to the service", zh = "代理拒绝连接到服务",
    advice = {
      en = "Have the proxy let CONNECT to the service's host and port pass; no_proxy=HOST has it asked without.",
      zh = "请在代理上放行到该服务主机与端口的 CONNECT；设置 no_proxy=域名 可不经代理访问服务。",
    },
  },
  AUTHORITY_MISSING = {
    kind = "transport",
    en = "the authority that issued the service's certificate is not among those that are trusted",
    zh = "签发服务证书的机构不在受信任之列",
    advice = {
      en = "Install the system's CA certificates (Debian: ca-certificates), or add the authority to ca_file. One of"
        .. " your own company's is that of a proxy which reads along: ask its operator.",
      zh = "请安装系统 CA 证书（Debian：ca-certificates），或将该机构加入 ca_file。若为本公司的机构，说明代理在解密流量，"
        .. "请咨询其管理员。",
    },
  },
  NGINX_AUTHORITIES = {
    kind = "transport",
    en = "nginx's cosockets do not trust the authority that issued the service's certificate",
    zh = "nginx 的 cosocket 不信任签发服务证书的机构",
    advice = {
      en = "Add `lua_ssl_trusted_certificate /etc/ssl/certs/ca-certificates.crt;` and `lua_ssl_verify_depth 3;` to"
        .. " nginx.conf; ca_file does not count for cosockets.",
      zh = "请在 nginx.conf 中加入 `lua_ssl_trusted_certificate /etc/ssl/certs/ca-certificates.crt;` 与"
        .. " `lua_ssl_verify_depth 3;`；ca_file 对 cosocket 无效。",
    },
  },
  TWO_OPENSSLS = {
    kind = "transport",
    en = "libcurl brings a TLS library of its own beside facequery's OpenSSL", zh = "libcurl 使用了另一个 TLS 库",
    advice = {
      en = "Use a libcurl that is linked with this OpenSSL: two in one process may work on each other's memory.",
      zh = "请使用与该 OpenSSL 链接的 libcurl：同一进程中的两个版本可能互相破坏内存。",
    },
  },
  NO_THREAD_POOL = {
    kind = "invalid_request",
    en = "nginx has no thread pool for queries", zh = "nginx 没有可用于查询的线程池",
    advice = {
      en = "Add `thread_pool facequery threads=32 max_queue=65536;` to the main part of nginx.conf; without it queries"
        .. " go over lua-resty-http, where that is installed.",
      zh = "请在 nginx.conf 的 main 段加入 `thread_pool facequery threads=32 max_queue=65536;`；否则查询经"
        .. " lua-resty-http 进行（须已安装）。",
    },
  },
  NO_SHARED_DICT = {
    kind = "storage",
    en = "nginx's workers have no place to share a ticket in", zh = "nginx 各 worker 无法共享 ticket",
    advice = {
      en = "Add `lua_shared_dict facequery 1m;` to the http part of nginx.conf: else each worker fetches tickets, and"
        .. " ends those of the others.",
      zh = "请在 nginx.conf 的 http 段加入 `lua_shared_dict facequery 1m;`；否则各 worker 分别获取 ticket，使彼此失效。",
    },
  },
  LITTLE_ROOM = {
    kind = "storage",
    en = "the archive's disk is nearly full", zh = "存证所在磁盘空间不足",
    advice = {
      en = "Make room: an order's photo and video take some megabytes.",
      zh = "请清理空间：每个订单的图片与视频约占数 MB。",
    },
  },
}

--- What a finding's code means; nil where it is none.
---@param code string
---@return table|nil
function doctor.meaning(code)
  return meanings[code]
end

--- The codes that are known here by themselves.
---@return string[] in no order
function doctor.names()
  local list = {}
  for code in pairs(meanings) do
    list[#list + 1] = code
  end
  return list
end

return doctor
