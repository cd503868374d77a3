--- What HTTP statuses mean, where the answer was not the service's.

local kinds = require "facequery.codes.kinds"

local http = {}

-- Statuses that mean more than their class (4xx, 5xx) does.
local meanings = {
  [401] = {
    kind = "http", en = "something on the way asks for a login (HTTP 401)", zh = "途中要求登录（HTTP 401）",
  },
  [403] = {
    kind = "http", en = "access is forbidden (HTTP 403)", zh = "访问被禁止（HTTP 403）",
    advice = {
      en = "Check base_url, and whether the service or a gateway lets this machine's address in.",
      zh = "请检查 base_url，以及服务或网关是否放行本机地址。",
    },
  },
  [404] = {
    kind = "http", en = "there is no such address at the service (HTTP 404)",
    zh = "服务上没有该地址（HTTP 404）",
    advice = {
      en = "Check base_url: it holds the host alone, without a path.",
      zh = "请检查 base_url：只应包含主机，不含路径。",
    },
  },
  [407] = {
    kind = "http", en = "the proxy asks for a login (HTTP 407)", zh = "代理要求登录（HTTP 407）",
    advice = {
      en = "Give the proxy its name and password: http://name:password@host:port in proxy, or in the"
        .. " environment's https_proxy; an @ or : in them is written %40 or %3A.",
      zh = "请提供代理的用户名与密码：在 proxy（或环境变量 https_proxy）中写为 http://name:password@host:port，"
        .. "其中的 @ 与 : 须写作 %40 与 %3A。",
    },
  },
  [408] = {
    kind = "http", retryable = true, advice = kinds.NETWORK,
    en = "the server waited too long for the request (HTTP 408)", zh = "服务器等待请求超时（HTTP 408）",
  },
  [413] = {
    kind = "http", en = "the request is too large for the server (HTTP 413)", zh = "请求过大（HTTP 413）",
    advice = {
      en = "Check any gateway on the way: a query is far below 1 KiB.",
      zh = "请检查途经的网关：查询请求远小于 1 KiB。",
    },
  },
  [429] = {
    kind = "http", retryable = true, en = "too many requests (HTTP 429)", zh = "请求过于频繁（HTTP 429）",
    advice = kinds.defaults.rate_limited,
  },
  [500] = {
    kind = "http", retryable = true, advice = kinds.defaults.service,
    en = "internal error at the server (HTTP 500)", zh = "服务器内部错误（HTTP 500）",
  },
  [502] = {
    kind = "http", retryable = true, advice = kinds.defaults.service,
    en = "a gateway got no proper answer (HTTP 502)", zh = "网关未得到有效响应（HTTP 502）",
  },
  [503] = {
    kind = "http", retryable = true, advice = kinds.defaults.service,
    en = "the server is not available for now (HTTP 503)", zh = "服务器暂不可用（HTTP 503）",
  },
  [504] = {
    kind = "http", retryable = true, advice = kinds.defaults.service,
    en = "a gateway waited too long (HTTP 504)", zh = "网关超时（HTTP 504）",
  },
}

local classes = {
  [3] = {
    kind = "http",
    en = "the server answered with a redirect, which is not followed (HTTP <status>)",
    zh = "服务器返回了重定向，不予跟随（HTTP <status>）",
    advice = {
      en = "Check base_url. Where the redirect leads to the service's own host, use that address.",
      zh = "请检查 base_url：如重定向指向服务自身，请直接使用该地址。",
    },
  },
  [4] = {
    kind = "http", en = "the server refused the request (HTTP <status>)",
    zh = "服务器拒绝了请求（HTTP <status>）",
  },
  [5] = {
    kind = "http", advice = kinds.defaults.service,
    en = "the server failed (HTTP <status>)", zh = "服务器出错（HTTP <status>）",
  },
}

local other = {
  kind = "http",
  en = "the server answered with an HTTP status that is not expected here (HTTP <status>)",
  zh = "服务器返回了意外的 HTTP 状态（HTTP <status>）",
}

--- What an HTTP status means: itself, or its class.
---@param status number
---@return table
function http.meaning(status)
  return meanings[status] or classes[math.floor(status / 100)] or other
end

return http
