--- What every code means: the service's own, HTTP's, and the names of what can go wrong here.
-- Codes, names and kinds are stable; sentences are not.

local codes = {}

local unpack = table.unpack or unpack -- luacheck: ignore 143

---@alias facequery.Lang "en"|"zh"

---@alias facequery.Kind
---| "invalid_request"
---| "auth"
---| "not_found"
---| "rejected"
---| "expired"
---| "risk"
---| "rate_limited"
---| "service"
---| "unknown"
---| "transport"
---| "http"
---| "protocol"
---| "media"
---| "storage"
---| "pending"

---@class facequery.Meaning
---@field code string the service's code, the HTTP status, or a name of ours
---@field kind facequery.Kind|"success" "success" for code 0 alone
---@field message string one sentence
---@field causes string[] what may have led to it; often empty
---@field advice string what to do next
---@field retryable boolean asking again, unchanged, may help

---@class facequery.Where
---@field field? string what it is about: "photo", "timeout", …
---@field offset? number in characters from 0
---@field limit? number the limit that was passed, in the message's unit
---@field detail? string what a library below said; never a secret, never content
---@field values? string what it can be

--- The kinds of errors: nine that the service answers, then six of ours.
---@type facequery.Kind[]
codes.kinds = {
  "invalid_request", "auth", "not_found", "rejected", "expired", "risk", "rate_limited", "service",
  "unknown",
  "transport", "http", "protocol", "media", "storage", "pending",
}

-- What holds for a kind where a code says nothing else.
local kinds = {
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

-- Advice that several codes share.

local renew = {
  en = "Fetch a new SIGN ticket and sign again; if that is refused, too, go through the causes one by one.",
  zh = "请获取新的 SIGN ticket 并重新签名；仍被拒绝时，请逐条排查可能原因。",
}
local go_through = {
  en = "Go through the causes one by one; if none is to blame, give bizSeqNo to the provider's support.",
  zh = "请逐条排查可能原因；均不符合时，请将 bizSeqNo 提供给服务方技术支持。",
}
local permission = {
  en = "Ask the provider to open this interface to the App ID. Asking again does not help.",
  zh = "请联系服务方为该 App ID 开通此接口权限，重试无效。",
}
local identity = {
  en = "Check the name and the ID number with the user, then start again with a new order.",
  zh = "请与用户核对姓名和证件号码，再用新订单重新发起核身。",
}
local other_way = {
  en = "Check the person in another way: there is nothing to compare the face with.",
  zh = "请改用其他方式核验：没有可供比对的照片。",
}
local id_photo = {
  en = "Provide a clear photo of the right size with one face, then start again with a new order.",
  zh = "请提供清晰、大小合适且只有一张人脸的照片，再用新订单重新发起核身。",
}
local speak = {
  en = "Let the user try again with a new order and read the digits aloud, slowly.",
  zh = "请用新订单重新发起核身，并请用户大声慢读数字。",
}

-- Why ticket, secret or App ID are refused, the most likely first; and what is left of that where the
-- client has a secret, for its requests of a token or a ticket, and for queries that were refused with a
-- new ticket, too.
local address = {
  en = "This machine's IP address is not on the provider's list of those that may ask.",
  zh = "本机出口 IP 不在服务方的 IP 白名单内。",
}
local ticket_causes = {
  en = {
    "The ticket is too old: it lives for an hour at most, and a new access token ends it.",
    "It is no SIGN ticket but a NONCE ticket, which is for front ends, an access token or the secret.",
    "app_id, the ticket (or the secret) and base_url do not belong together.",
    address.en,
  },
  zh = {
    "ticket 已失效：有效期最长 1 小时，获取新的 access token 后旧 ticket 也会失效。",
    "所用的不是 SIGN ticket，而是 NONCE ticket（供前端使用）、access token 或 secret。",
    "app_id 与 ticket（或 secret）、base_url 不匹配。",
    address.zh,
  },
}
local with_secret = {
  fetch = {
    advice = {
      en = "Compare app_id and secret with the provider's console, then go through the other causes.",
      zh = "请与服务方控制台核对 app_id 与 secret，再排查其他可能原因。",
    },
    causes = {
      en = {
        "The secret is not this App ID's, or was changed.",
        "app_id and secret are those of another base_url.",
        address.en,
      },
      zh = { "secret 与 app_id 不匹配，或已被更换。", "app_id 与 secret 属于另一个 base_url 环境。", address.zh },
    },
  },
  query = {
    advice = go_through,
    causes = {
      en = {
        "Another program fetches tickets for this App ID, and each ends the one before: let them share a"
          .. " ticket_store.",
        address.en,
      },
      zh = { "另有程序在为该 App ID 获取 ticket，使彼此失效：请共用同一个 ticket_store。", address.zh },
    },
  },
}
local permission_causes = {
  en = { "The interface is not opened to this App ID.", address.en },
  zh = { "该 App ID 未开通此接口。", address.zh },
}

-- The service's codes. Several share one meaning: the service tells them apart, its words do not.
local service = {
  ["0"] = { kind = "success", en = "verified: the same person", zh = "身份验证成功且认证为同一人" },

  ["400101"] = {
    kind = "auth", en = "the service refused the request as not legitimate", zh = "不合法请求",
    advice = renew, causes = ticket_causes, with_secret = with_secret,
  },
  ["400102"] = {
    kind = "auth", en = "the login state has expired", zh = "登录态失效",
    advice = renew, causes = ticket_causes, with_secret = with_secret,
  },
  ["400105"] = {
    kind = "auth", en = "authentication failed", zh = "身份验证不通过",
    advice = renew, causes = ticket_causes, with_secret = with_secret,
  },
  ["15"] = {
    kind = "auth", en = "the token has expired", zh = "token 过期",
    advice = renew, causes = ticket_causes, with_secret = with_secret,
  },
  ["400103"] = {
    kind = "auth", en = "the server denies access to this interface", zh = "服务器拒绝访问此接口",
    advice = permission, causes = permission_causes,
  },
  ["400104"] = {
    kind = "auth", en = "no permission for this request", zh = "无权限访问此请求",
    advice = permission, causes = permission_causes,
  },

  ["400501"] = { kind = "rate_limited", en = "the limit of requests is exceeded", zh = "请求超限" },
  ["400504"] = { kind = "rate_limited", en = "requests come too often", zh = "访问频率过高" },
  ["400506"] = { kind = "rate_limited", en = "requests come too often", zh = "访问频率过高" },

  ["400502"] = { kind = "invalid_request", en = "wrong version", zh = "版本错误" },
  ["400503"] = { kind = "invalid_request", en = "the file's check value is wrong", zh = "文件校验错误" },
  ["400601"] = { kind = "invalid_request", en = "the request's body is too large", zh = "参数体过大" },
  ["66660000"] = { kind = "invalid_request", en = "a parameter is too long", zh = "参数过长" },
  ["66660001"] = {
    kind = "invalid_request", en = "the request is not legitimate", zh = "不合法请求",
  },
  ["66660030"] = {
    kind = "invalid_request", en = "this type of service is not supported", zh = "不支持此类型服务",
  },

  ["66660011"] = {
    kind = "not_found", en = "no such result", zh = "无此查询结果",
    causes = {
      en = {
        "66660017: too many attempts, so risk control stepped in; the order is void and has no"
          .. " result.",
        "The user left before the face check was complete: nothing was compared, so there is"
          .. " no result.",
        "66660018: the operation timed out (leave and try again), or there is no identity for this"
          .. " ID: an h5faceId is valid for 5 minutes, after that the face check is closed.",
        "66660016: the file or the video was not acceptable in format or size, so nothing could be"
          .. " compared.",
        "400604: the uploaded video was not recorded live and was stopped by the time stamp check.",
        "The order is older than 3 days.",
      },
      zh = {
        "66660017 验证次数超限后被风控,风控后的订单为无效,查询结果为无此查询结果。",
        "用户中途退出刷脸,没有完成人脸验证的流程,没有比对,查询结果为无此查询结果。",
        "66660018 操作超时,请退出重试 无此 ID 的用户身份信息,H5faceid 5分钟有效期,失效后无法进入刷脸流程,"
          .. "查询结果为无此查询结果。",
        "66660016 视频格式或大小不合法 文件或视频不合法,无法进行比对,查询结果为无此查询结果。",
        "400604 上传的视频非实时录制,被时间戳校验拦截,查询结果为无此查询结果。",
        "查询超过3天的订单返回无此查询结果。",
      },
    },
  },
  ["66660020"] = { kind = "not_found", en = "no such result", zh = "无此查询结果" },

  ["66660002"] = {
    kind = "expired", en = "the service's period of validity is over", zh = "服务已过有效期",
  },
  ["66660018"] = {
    kind = "expired", en = "the operation timed out: leave and try again", zh = "操作超时,请退出重试",
  },
  ["66660022"] = { kind = "expired", en = "the dynamic digits have expired", zh = "动态数字失效" },

  ["66660017"] = { kind = "risk", en = "too many attempts at verification", zh = "验证次数超限" },
  ["400604"] = {
    kind = "risk", en = "the uploaded video was not recorded live", zh = "上传的视频非实时录制",
  },

  ["66660004"] = {
    kind = "rejected", en = "cannot confirm that it is the same person", zh = "无法确认为同一人",
  },
  ["66660005"] = {
    kind = "rejected", en = "no photo on record to compare with", zh = "无照片信息", advice = other_way,
  },
  ["66660010"] = {
    kind = "rejected", en = "the name and the ID number do not belong together",
    zh = "姓名和身份证不一致", advice = identity,
  },
  ["66660015"] = {
    kind = "rejected", en = "the name or the ID number is not valid", zh = "姓名或身份证不合法",
    advice = identity,
  },
  ["66660024"] = {
    kind = "rejected", en = "there is no such ID number", zh = "无此证件号码", advice = identity,
  },

  ["66660016"] = {
    kind = "rejected", en = "the video's format or size is not valid", zh = "视频格式或大小不合法",
  },
  ["66660026"] = {
    kind = "rejected", en = "the high-definition photo has the wrong size", zh = "高清照大小不符合",
    advice = id_photo,
  },
  ["66660033"] = {
    kind = "rejected", en = "too many faces in the picture", zh = "人脸数超限", advice = id_photo,
  },
  ["66660037"] = {
    kind = "rejected", en = "several faces in the photo", zh = "照片出现多张脸", advice = id_photo,
  },

  ["66660023"] = {
    kind = "rejected", en = "the user must act in person, face straight in the frame",
    zh = "请确保本人操作且正脸对框",
  },
  ["66660025"] = {
    kind = "rejected", en = "the user must act in person, face straight in the frame",
    zh = "请确保本人操作且正脸对框",
  },
  ["66660036"] = {
    kind = "rejected", en = "the user must act in person, face straight in the frame",
    zh = "请确保本人操作且正脸对框",
  },
  ["66660035"] = { kind = "rejected", en = "no face was recognised", zh = "未识别到人脸" },
  ["66660038"] = { kind = "rejected", en = "no face was recognised", zh = "未识别到人脸" },

  ["66660039"] = {
    kind = "rejected", en = "the ID photo is missing or cannot be processed",
    zh = "证件照不存在或无法处理", advice = id_photo,
  },
  ["66660040"] = {
    kind = "rejected", en = "the ID photo is missing or cannot be processed",
    zh = "证件照不存在或无法处理", advice = id_photo,
  },
  ["66660041"] = { kind = "rejected", en = "the face is partly covered", zh = "脸部有遮挡" },
  ["66660042"] = { kind = "rejected", en = "the photo is blurred", zh = "照片模糊" },

  ["-1101"] = { kind = "rejected", en = "no face was detected", zh = "未检测到人脸" },
  ["-1102"] = { kind = "rejected", en = "no face was detected", zh = "未检测到人脸" },
  ["-1404"] = {
    kind = "rejected", en = "the user must act in person, face straight in the frame",
    zh = "请确保本人操作且正脸对框",
  },
  ["-4014"] = { kind = "rejected", en = "no face was detected", zh = "未检测到人脸" },
  ["-4017"] = {
    kind = "rejected", en = "the ID photo is missing or cannot be processed",
    zh = "证件照不存在或无法处理", advice = id_photo,
  },
  ["-4018"] = {
    kind = "rejected", en = "the ID photo is missing or cannot be processed",
    zh = "证件照不存在或无法处理", advice = id_photo,
  },
  ["-5001"] = { kind = "rejected", en = "something is wrong with the video", zh = "视频异常" },
  ["-5005"] = {
    kind = "rejected", en = "the face was too near to the screen or too far from it",
    zh = "人脸离屏幕太近或太远",
  },
  ["-5008"] = {
    kind = "rejected", en = "the voice was not recognised", zh = "声音未能识别", advice = speak,
  },
  ["-5009"] = { kind = "rejected", en = "no face was detected in the video", zh = "视频中未检测到人脸" },
  ["-5010"] = {
    kind = "rejected", en = "the voice was not recognised", zh = "声音未能识别", advice = speak,
  },
  ["-5011"] = { kind = "rejected", en = "no face was recognised", zh = "未识别到人脸" },
  ["-5018"] = { kind = "rejected", en = "no blink was recognised", zh = "未识别到眨眼" },
  ["-5020"] = {
    kind = "rejected", en = "the user must act in person, face straight in the frame",
    zh = "请确保本人操作且正脸对框",
  },
  ["-5025"] = {
    kind = "rejected", en = "the user must act in person, face straight in the frame",
    zh = "请确保本人操作且正脸对框",
  },
  ["-5027"] = {
    kind = "rejected", en = "the user must act in person, face straight in the frame",
    zh = "请确保本人操作且正脸对框",
  },

  ["66660021"] = { kind = "service", en = "the network is poor", zh = "网络不给力" },
  ["999997"] = { kind = "service", en = "the service timed out inside", zh = "系统异常：服务超时" },
  ["999998"] = { kind = "service", en = "system error at the service's front", zh = "系统异常：前置服务" },
  ["999999"] = { kind = "service", en = "system error", zh = "系统异常" },
}

-- What front ends call a face check's end: the code in H5's return url, and the app SDK's, by the
-- hundreds of its domains.  The service has answered none of them to a query.
local enter_again = {
  en = "Let the user enter the face check again, with a new order.",
  zh = "请用新订单重新进入人脸核身。",
}
local no_record = {
  en = "Do not query: there is no record. Let the user start again with a new order.",
  zh = "无需查询：没有核身记录。请用新订单重新发起核身。",
}
local other_browser = {
  en = "Let the user take another browser, with a new order.",
  zh = "请更换其他浏览器，用新订单重新进入。",
}

local front = {
  ["3001"] = {
    kind = "not_found", en = "H5: this browser cannot record video", zh = "H5：该浏览器不支持视频录制",
    advice = {
      en = "Check the person in another way, or let them take another browser.",
      zh = "请使用其他核身方式，或更换浏览器。",
    },
  },
  ["3002"] = {
    kind = "expired", en = "H5: the login state is bad, its cookie is missing", zh = "H5：登录态异常，cookie 参数缺失",
    advice = enter_again,
  },
  ["3003"] = {
    kind = "not_found", en = "H5: the face check was interrupted", zh = "H5：人脸核身中途中断", advice = enter_again,
  },
  ["3004"] = {
    kind = "not_found", en = "H5: no permission to use the camera", zh = "H5：无摄像头权限",
    advice = {
      en = "Let the user enter the face check again, with a new order, and allow the camera.",
      zh = "请用新订单重新进入人脸核身，并允许使用摄像头。",
    },
  },
  ["3005"] = {
    kind = "not_found", en = "H5: this browser has no real-time mode", zh = "H5：该浏览器不支持实时模式",
    advice = other_browser,
  },
  ["300101"] = {
    kind = "invalid_request", en = "H5: the message's body is bad", zh = "H5：报文包体异常", advice = enter_again,
  },
  ["43000"] = {
    kind = "not_found", en = "app SDK: the user cancelled", zh = "App SDK：用户取消", advice = no_record,
  },
}

-- First and last code, and what they share.
local sdk = {
  { 13000, 13002, {
    kind = "invalid_request", en = "app SDK: its parameters are missing or wrong (domain Params)",
    zh = "App SDK：传入参数缺失或有误（domain Params）",
    advice = {
      en = "Check what the app passes to the SDK: licence, order number, nonce, sign, ticket. There is no record.",
      zh = "请检查传给 SDK 的参数：licence、订单号、nonce、签名、ticket。没有核身记录。",
    },
  } },
  { 23100, 23200, {
    kind = "not_found", en = "app SDK: the network failed during the login (domain LoginNetwork)",
    zh = "App SDK：登录时网络异常（domain LoginNetwork）", advice = no_record,
  } },
  { 33100, 33200, {
    kind = "not_found", en = "app SDK: the network failed before the face check (domain GetInfoNetwork)",
    zh = "App SDK：获取核身信息时网络异常（domain GetInfoNetwork）", advice = no_record,
  } },
  { 43000, 43014, {
    kind = "not_found", en = "app SDK: the face check ended on the phone (domain NativeProcess)",
    zh = "App SDK：本地核身流程中断（domain NativeProcess）", advice = no_record,
  } },
  { 53100, 53200, {
    kind = "not_found", en = "app SDK: the network failed during the comparison (domain CompareNetwork)",
    zh = "App SDK：比对时网络异常（domain CompareNetwork）", advice = no_record,
  } },
}

-- What newer pages call some of the service's codes.  INVALID_VERSION is one of ours, too, and stays that.
local service_names = {
  OAUTH_INVALID_REQUEST = "400101", OAUTH_INVALID_LOGIN_STATUS = "400102", ACCESS_DENIED = "400103",
  INVALID_PRIVILEGE = "400104", REQUEST_VALIDATE_ERROR = "400105", TPS_EXCEED_LIMIT = "400501",
  INVALID_FILE_HASH = "400503", REQUEST_RATE_LIMIT = "400504", SERVICE_TIME_OUT = "999997",
  FRONT_INTERNAL = "999998", INTERNAL = "999999",
}

-- -5001 to -5027 are all about the quality of the capture, also where no page says which.
local capture = {
  kind = "rejected", en = "the quality of the recording was not sufficient",
  zh = "采集质量不合格（视频、人脸或声音）",
}

local unknown = {
  kind = "unknown", en = "the service answered a code that is not known here",
  zh = "服务返回了未收录的返回码",
}

-- Advice that several names share.

local network = {
  en = "Ask again in a while. If it lasts, check DNS, firewall and proxy on the way.",
  zh = "请稍后重试；如持续出现，请检查到服务的 DNS、防火墙与代理。",
}
local certificate = {
  en = "Check ca_file, the machine's clock and any proxy that replaces certificates. Verification"
    .. " stays on.",
  zh = "请检查 ca_file、本机时间以及会替换证书的代理。证书校验不会被关闭。",
}
local larger = {
  en = "Raise max_media if files of this size are expected.",
  zh = "如确实需要该大小的文件，请调大 max_media。",
}

-- The names of ours. Those of kind transport in the first part are libcurl's, without CURLE_.
local own = {
  COULDNT_RESOLVE_HOST = {
    kind = "transport", retryable = true, advice = network,
    en = "the service's host name could not be resolved", zh = "无法解析服务域名",
  },
  COULDNT_RESOLVE_PROXY = {
    kind = "transport", retryable = true, advice = network,
    en = "the proxy's host name could not be resolved", zh = "无法解析代理域名",
  },
  COULDNT_CONNECT = {
    kind = "transport", retryable = true, advice = network,
    en = "no connection to the service", zh = "无法连接到服务",
  },
  OPERATION_TIMEDOUT = {
    kind = "transport", retryable = true,
    en = "the service did not answer in time", zh = "服务未在时限内响应",
    advice = {
      en = "Ask again in a while; where files are asked for, a longer timeout may be needed.",
      zh = "请稍后重试；拉取文件时可能需要更长的 timeout。",
    },
  },
  SSL_CONNECT_ERROR = {
    kind = "transport", retryable = true, advice = network,
    en = "the TLS handshake failed", zh = "TLS 握手失败",
  },
  PEER_FAILED_VERIFICATION = {
    kind = "transport", advice = certificate,
    en = "the service's certificate could not be verified", zh = "无法校验服务的证书",
  },
  SSL_CACERT_BADFILE = {
    kind = "transport",
    en = "the file of CA certificates cannot be read", zh = "无法读取 CA 证书文件",
    advice = {
      en = "Point ca_file to a readable PEM file, or leave it out and install the system's CA"
        .. " certificates.",
      zh = "请将 ca_file 指向可读的 PEM 文件，或不设置并安装系统 CA 证书。",
    },
  },
  SSL_CERTPROBLEM = {
    kind = "transport", advice = certificate,
    en = "the certificate on this side cannot be used", zh = "本端证书无法使用",
  },
  SEND_ERROR = {
    kind = "transport", retryable = true, advice = network,
    en = "the connection broke while sending", zh = "发送时连接中断",
  },
  RECV_ERROR = {
    kind = "transport", retryable = true, advice = network,
    en = "the connection broke while receiving", zh = "接收时连接中断",
  },
  GOT_NOTHING = {
    kind = "transport", retryable = true, advice = network,
    en = "the connection was closed without an answer", zh = "连接已关闭，未收到任何响应",
  },
  PARTIAL_FILE = {
    kind = "transport", retryable = true, advice = network,
    en = "the connection was closed before the answer was complete", zh = "响应未完整，连接已关闭",
  },
  HTTP2 = {
    kind = "transport", retryable = true, advice = network,
    en = "an error in the HTTP/2 framing", zh = "HTTP/2 帧错误",
  },
  HTTP2_STREAM = {
    kind = "transport", retryable = true, advice = network,
    en = "the HTTP/2 stream was closed with an error", zh = "HTTP/2 流异常关闭",
  },
  HTTP3 = {
    kind = "transport", retryable = true, advice = network,
    en = "an error in the HTTP/3 layer", zh = "HTTP/3 层错误",
  },
  WEIRD_SERVER_REPLY = {
    kind = "transport", retryable = true,
    en = "what came back is not HTTP", zh = "收到的不是 HTTP 响应",
    advice = {
      en = "Check base_url: its host and port must speak HTTPS.",
      zh = "请检查 base_url：其主机与端口须提供 HTTPS 服务。",
    },
  },
  BAD_CONTENT_ENCODING = {
    kind = "transport",
    en = "the answer's content encoding is broken or not known", zh = "响应的内容编码损坏或无法识别",
    advice = {
      en = "Check any proxy or gateway that compresses answers.",
      zh = "请检查会压缩响应的代理或网关。",
    },
  },
  UNSUPPORTED_PROTOCOL = {
    kind = "transport",
    en = "this libcurl does not support the url's protocol", zh = "当前 libcurl 不支持该协议",
    advice = {
      en = "Use a libcurl that is built with TLS, and an https base_url.",
      zh = "请使用带 TLS 的 libcurl，并使用 https 的 base_url。",
    },
  },
  NOT_BUILT_IN = {
    kind = "transport",
    en = "what carries the queries here cannot do what the settings ask for", zh = "当前传输方式不支持该设置",
    advice = {
      en = "The error's detail says what. In nginx a thread_pool carries queries over libcurl, which can"
        .. " do more than lua-resty-http.",
      zh = "具体见错误的 detail。在 nginx 中，thread_pool 通过 libcurl 查询，功能多于 lua-resty-http。",
    },
  },
  URL_MALFORMAT = {
    kind = "transport",
    en = "the url is malformed", zh = "url 格式错误",
    advice = {
      en = "Check base_url and proxy.",
      zh = "请检查 base_url 与 proxy。",
    },
  },
  PROXY = {
    kind = "transport",
    en = "the handshake with the proxy failed", zh = "与代理握手失败",
    advice = {
      en = "Check proxy: its address, its type, and that it may reach the service.",
      zh = "请检查 proxy：地址、类型，以及它能否访问该服务。",
    },
  },
  TOO_MANY_REDIRECTS = {
    kind = "transport",
    en = "too many redirects", zh = "重定向次数过多",
    advice = {
      en = "Check base_url: the service itself does not redirect.",
      zh = "请检查 base_url：该服务本身不会重定向。",
    },
  },
  RAISED = {
    kind = "unknown",
    en = "something raised a Lua error while this order was being asked for",
    zh = "查询该订单时发生了 Lua 错误",
    advice = {
      en = "Look at the functions passed to the client; if none is to blame, report it as a bug.",
      zh = "请检查传给客户端的函数；如与其无关，请作为缺陷报告。",
    },
  },
  YIELDED = {
    kind = "invalid_request",
    en = "a function passed to the client has yielded inside client:each",
    zh = "传给客户端的函数在 client:each 中执行了 yield",
    advice = {
      en = "Let the function return without coroutine.yield: client:each runs its own coroutines.",
      zh = "该函数不得调用 coroutine.yield：client:each 自行调度协程。",
    },
  },
  BAD_TRANSPORT = {
    kind = "transport",
    en = "the function passed as transport did not return an answer or a failure of the right shape",
    zh = "transport 函数返回的结果或失败格式不正确",
    advice = {
      en = "Look at that function: it returns { status =, envelope =, media = }, or nil and"
        .. ' { status = "TRANSPORT", curl = }.',
      zh = '请检查该函数：须返回 { status =, envelope =, media = }，或 nil 与 { status = "TRANSPORT", curl = }。',
    },
  },
  BAD_STORE = {
    kind = "storage",
    en = "the ticket store did not return what a store does", zh = "ticket 存储的返回值不正确",
    advice = {
      en = "Look at the table passed as ticket_store: its get, set and lock return what"
        .. " facequery.TicketStore says.",
      zh = "请检查传入的 ticket_store：get、set、lock 的返回值须符合 facequery.TicketStore。",
    },
  },
  OUT_OF_MEMORY = {
    kind = "transport",
    en = "out of memory", zh = "内存不足",
    advice = {
      en = "Give the process more memory, run fewer queries at once, or stream files to a path.",
      zh = "请增加内存、减少并发查询，或将文件直接写入路径。",
    },
  },
  CRYPTO_FAILED = {
    kind = "transport",
    en = "OpenSSL refused to compute a digest or to give random bytes", zh = "OpenSSL 无法计算摘要或生成随机数",
    advice = {
      en = "Check the OpenSSL installation: SHA-1, SHA-256 and random bytes must be available.",
      zh = "请检查 OpenSSL：须可用 SHA-1、SHA-256 与随机源。",
    },
  },
  NO_VM = {
    kind = "transport", retryable = true,
    en = "no free Lua VM in nginx's thread pool", zh = "nginx 线程池中没有空闲的 Lua VM",
    advice = {
      en = "Ask again in a while. If it lasts, raise lua_worker_thread_vm_pool_size and the pool's"
        .. " threads.",
      zh = "请稍后重试；如持续出现，请调大 lua_worker_thread_vm_pool_size 与线程池的 threads。",
    },
  },
  REDIS = {
    kind = "transport",
    en = "the ticket store (Redis) cannot be reached", zh = "无法访问 ticket 存储（Redis）",
    advice = {
      en = "Check the store's address, its password and the network to it.",
      zh = "请检查该存储的地址、密码与网络。",
    },
  },
  LOCK_TIMEOUT = {
    kind = "transport",
    en = "another process did not finish renewing the ticket in time", zh = "等待其他进程更新 ticket 超时",
    advice = {
      en = "Look at the process that holds the lock; once it has finished, queries go on.",
      zh = "请检查持有锁的进程；它完成后查询即可恢复。",
    },
  },

  NOT_JSON = {
    kind = "protocol",
    en = "the answer is not one JSON object", zh = "响应不是一个 JSON 对象",
  },
  JSON_CUT = {
    kind = "protocol", retryable = true,
    en = "the answer's JSON ends too early", zh = "响应的 JSON 不完整",
    advice = {
      en = "Ask again; if it lasts, check any proxy or gateway that limits the size of answers.",
      zh = "请重试；如持续出现，请检查会限制响应大小的代理或网关。",
    },
  },
  JSON_TOO_DEEP = {
    kind = "protocol",
    en = "the answer's JSON is nested too deeply", zh = "响应的 JSON 嵌套过深",
  },
  TRAILING_DATA = {
    kind = "protocol",
    en = "more follows after the answer's JSON object", zh = "响应的 JSON 对象之后还有多余内容",
  },
  ENVELOPE_TOO_LARGE = {
    kind = "protocol",
    en = "the answer without its media is larger than any answer should be", zh = "响应（不含文件）超出合理大小",
  },
  DUPLICATE_FIELD = {
    kind = "protocol",
    en = "the answer says its code, its order or its result twice", zh = "响应中 code、orderNo 或 result 重复出现",
  },
  DUPLICATE_MEDIA = {
    kind = "protocol",
    en = "the answer holds the same file twice", zh = "响应中同一文件出现了两次",
  },
  WRONG_ORDER = {
    kind = "protocol",
    en = "the answer is about another order than the one asked for", zh = "响应的订单号与查询的不一致",
    advice = {
      en = "Do not use the answer. Check any proxy or cache on the way, then ask again.",
      zh = "请勿使用该响应。请检查途经的代理或缓存后重新查询。",
    },
  },
  NO_CODE = {
    kind = "protocol",
    en = "the answer holds no code", zh = "响应中没有 code",
  },
  NO_TICKET = {
    kind = "protocol",
    en = "the ticket endpoint's answer holds no ticket", zh = "获取 ticket 的响应中没有 ticket",
    advice = {
      en = "Check app_id, secret and base_url; if they are right, ask the provider's support.",
      zh = "请检查 app_id、secret 与 base_url；如均无误，请联系服务方技术支持。",
    },
  },

  BASE64_FOREIGN = {
    kind = "media",
    en = "a character that is not base64", zh = "出现了非 base64 字符",
  },
  BASE64_CUT = {
    kind = "media",
    en = "the base64 ends too early", zh = "base64 不完整",
  },
  MEDIA_TOO_LARGE = {
    kind = "media", advice = larger,
    en = "the file has more bytes than allowed", zh = "文件超过允许的字节数",
  },

  FILE_EXISTS = {
    kind = "storage",
    en = "the file exists already and is not overwritten", zh = "文件已存在，不会被覆盖",
    advice = {
      en = "Choose another path, or remove the file first.",
      zh = "请更换路径，或先移除该文件。",
    },
  },
  FILE_UNWRITABLE = {
    kind = "storage",
    en = "the file cannot be written", zh = "文件无法写入",
  },
  FILE_UNREADABLE = {
    kind = "storage",
    en = "the file or folder cannot be read", zh = "文件或文件夹无法读取",
  },
  FILE_MISSING = {
    kind = "storage",
    en = "there is no such file", zh = "文件不存在",
  },
  FILE_UNTRUSTED = {
    kind = "storage",
    en = "the file is not a plain file of this user's alone", zh = "该文件不是仅属于当前用户的普通文件",
    advice = {
      en = "It must belong to the user that reads it, with mode 0600.",
      zh = "该文件须属于读取它的用户，权限为 0600。",
    },
  },
  FILE_LOCKED = {
    kind = "storage",
    en = "another process has locked the file", zh = "文件已被其他进程锁定",
    retryable = true,
  },
  STORE_UNWRITABLE = {
    kind = "storage",
    en = "the ticket store cannot be written", zh = "ticket 存储无法写入",
  },
  RETENTION_OVER = {
    kind = "expired",
    en = "the service no longer keeps this order", zh = "服务端已不再保存该订单",
    advice = {
      en = "It was not tried. Fetch the evidence of an order within 3 days.",
      zh = "未再查询。请在 3 天时效内取回订单的存证数据。",
    },
  },
  BUNDLE_INVALID = {
    kind = "storage",
    en = "the bundle is incomplete or was changed", zh = "存证包不完整或已被改动",
    advice = {
      en = "Do not rely on it. Take the original, or query the order again within 3 days.",
      zh = "请勿依赖该存证包。请使用原件，或在 3 天时效内重新查询。",
    },
  },

  MEDIA_PENDING = {
    kind = "pending",
    en = "the files are not there yet", zh = "图片或视频尚未就绪",
  },

  INVALID_ORDER_NO = {
    kind = "invalid_request",
    en = "order_no must be 1 to 32 letters and digits", zh = "order_no 须为 1 到 32 位字母或数字",
  },
  INVALID_APP_ID = {
    kind = "invalid_request",
    en = "app_id is missing or malformed", zh = "app_id 缺失或格式错误",
    advice = {
      en = "Set app_id (or FACEQUERY_APP_ID) to the App ID that the provider's console shows.",
      zh = "请将 app_id（或 FACEQUERY_APP_ID）设为服务方控制台给出的 App ID。",
    },
  },
  INVALID_VERSION = {
    kind = "invalid_request",
    en = "version is malformed", zh = "version 格式错误",
    advice = {
      en = "Leave version out: 1.0.0 is the default.",
      zh = "可不设置 version：默认值为 1.0.0。",
    },
  },
  INVALID_TICKET = {
    kind = "invalid_request",
    en = "ticket is empty, or holds what no ticket does: a blank, a line break, a quotation mark, a byte"
      .. " order mark",
    zh = "ticket 为空，或含有不应出现的字符：空格、换行、引号、BOM",
    advice = {
      en = "Pass the value of a SIGN ticket, or a secret to have tickets fetched.",
      zh = "请传入 SIGN ticket 的值，或传入 secret 由客户端获取。",
    },
  },
  INVALID_NONCE = {
    kind = "invalid_request",
    en = "nonce must be 32 letters and digits", zh = "nonce 须为 32 位字母或数字",
    advice = {
      en = "Leave nonce out, or use facequery.nonce().",
      zh = "可不传 nonce，或使用 facequery.nonce()。",
    },
  },
  INVALID_GET_FILE = {
    kind = "invalid_request",
    en = 'get_file must be "1" or "both", "2" or "photo", "3" or "video"',
    zh = 'get_file 须为 "1"（"both"）、"2"（"photo"）或 "3"（"video"）',
  },
  INVALID_QUERY_VERSION = {
    kind = "invalid_request",
    en = 'query_version is malformed; the service knows "1.0"',
    zh = 'query_version 格式错误，可用值为 "1.0"',
  },
  INVALID_BASE_URL = {
    kind = "invalid_request",
    en = "base_url is not a url of the form https://host", zh = "base_url 不是 https://host 形式的地址",
  },
  INSECURE_URL = {
    kind = "invalid_request",
    en = "base_url is not https", zh = "base_url 不是 https",
    advice = {
      en = "Use https: tickets and faces never travel in the clear.",
      zh = "请使用 https：ticket 与人脸数据不会明文传输。",
    },
  },
  INVALID_PATH = {
    kind = "invalid_request",
    en = "the path is empty, malformed or given twice", zh = "路径为空、格式错误或重复",
  },
  INVALID_SETTING = {
    kind = "invalid_request",
    en = "a setting has a value that cannot be used", zh = "配置项的值无法使用",
  },
  INVALID_SECRET = {
    kind = "invalid_request",
    en = "secret is empty, or holds what no secret does: a blank, a line break, a quotation mark, a byte"
      .. " order mark",
    zh = "secret 为空，或含有不应出现的字符：空格、换行、引号、BOM",
    advice = {
      en = "Set secret (or FACEQUERY_SECRET) to the one that belongs to app_id.",
      zh = "请将 secret（或 FACEQUERY_SECRET）设为与 app_id 对应的值。",
    },
  },
  NO_TRANSPORT = {
    kind = "invalid_request",
    en = "nothing here can carry a query without blocking: no thread pool, or an OpenSSL without threads;"
      .. " no lua-resty-http of 0.16 or later; or not the phase for it",
    zh = "此处无法进行非阻塞查询：没有线程池或 OpenSSL 不支持线程，没有 lua-resty-http（0.16 及以上），或所处阶段不支持",
    advice = {
      en = "Query in rewrite, access, content or a timer; add `thread_pool facequery threads=32"
        .. " max_queue=65536;` to the main part of nginx.conf, or install lua-resty-http."
        .. ' transport = "curl" blocks the worker: it is for init and scripts only.',
      zh = "请在 rewrite、access、content 阶段或定时器中查询；并在 nginx.conf 的 main 段加入"
        .. " `thread_pool facequery threads=32 max_queue=65536;`，或安装 lua-resty-http。"
        .. 'transport = "curl" 会阻塞 worker，仅用于 init 阶段和脚本。',
    },
  },
  TICKET_MISSING = {
    kind = "auth",
    en = "neither a ticket nor a secret was given", zh = "未提供 ticket，也未提供 secret",
    advice = {
      en = "Pass ticket or secret, or set FACEQUERY_TICKET or FACEQUERY_SECRET.",
      zh = "请传入 ticket 或 secret，或设置 FACEQUERY_TICKET 或 FACEQUERY_SECRET。",
    },
  },
  TICKET_FAILED = {
    kind = "auth",
    en = "the ticket function gave no ticket", zh = "ticket 函数没有返回 ticket",
    advice = {
      en = "Look at the function passed as ticket: it must return a SIGN ticket as a string, without"
        .. " blanks, line breaks or quotation marks.",
      zh = "请检查传入的 ticket 函数：须以字符串返回 SIGN ticket，且不含空格、换行、引号。",
    },
  },
  INVALID_CALLBACK_SIGN = {
    kind = "auth",
    en = "the signature in the H5 return url does not match", zh = "H5 回跳地址中的签名不匹配",
    advice = {
      en = "Do not trust the return url. Query the order: only the service's answer counts.",
      zh = "请勿信任该回跳地址。请查询该订单，以服务返回的结果为准。",
    },
  },
}

-- libcurl's other names that an HTTPS exchange can end with, and the name for what has none: whether
-- to ask again.
local other_transport = {
  ABORTED_BY_CALLBACK = false, AGAIN = true, AUTH_ERROR = false, BAD_FUNCTION_ARGUMENT = false,
  CHUNK_FAILED = true, FAILED_INIT = false, FILESIZE_EXCEEDED = false, HTTP_POST_ERROR = false,
  HTTP_RETURNED_ERROR = false, INTERFACE_FAILED = false, LOGIN_DENIED = false,
  NO_CONNECTION_AVAILABLE = true, OTHER_TRANSPORT_ERROR = false, QUIC_CONNECT_ERROR = true,
  RANGE_ERROR = false, READ_ERROR = false, RECURSIVE_API_CALL = false, SEND_FAIL_REWIND = true,
  SETOPT_OPTION_SYNTAX = false,
  SSL_CIPHER = false, SSL_CLIENTCERT = false, SSL_CRL_BADFILE = false,
  SSL_ENGINE_INITFAILED = false, SSL_ENGINE_NOTFOUND = false, SSL_ENGINE_SETFAILED = false,
  SSL_INVALIDCERTSTATUS = false, SSL_ISSUER_ERROR = false, SSL_PINNEDPUBKEYNOTMATCH = false,
  SSL_SHUTDOWN_FAILED = true, UNKNOWN_OPTION = false, UNRECOVERABLE_POLL = true,
  UPLOAD_FAILED = true, USE_SSL_FAILED = false, WRITE_ERROR = false,
}

local transport_failed = {
  kind = "transport", en = "the exchange with the service failed", zh = "与服务的通信失败",
}
local connection_failed = {
  kind = "transport", retryable = true, advice = network,
  en = "the connection to the service failed", zh = "与服务的连接失败",
}

-- HTTP statuses, then their classes.
local http = {
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
    kind = "http", retryable = true, advice = network,
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
    advice = kinds.rate_limited,
  },
  [500] = {
    kind = "http", retryable = true, advice = kinds.service,
    en = "internal error at the server (HTTP 500)", zh = "服务器内部错误（HTTP 500）",
  },
  [502] = {
    kind = "http", retryable = true, advice = kinds.service,
    en = "a gateway got no proper answer (HTTP 502)", zh = "网关未得到有效响应（HTTP 502）",
  },
  [503] = {
    kind = "http", retryable = true, advice = kinds.service,
    en = "the server is not available for now (HTTP 503)", zh = "服务器暂不可用（HTTP 503）",
  },
  [504] = {
    kind = "http", retryable = true, advice = kinds.service,
    en = "a gateway waited too long (HTTP 504)", zh = "网关超时（HTTP 504）",
  },
}

local http_classes = {
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
    kind = "http", advice = kinds.service,
    en = "the server failed (HTTP <status>)", zh = "服务器出错（HTTP <status>）",
  },
}

local http_other = {
  kind = "http",
  en = "the server answered with an HTTP status that is not expected here (HTTP <status>)",
  zh = "服务器返回了意外的 HTTP 状态（HTTP <status>）",
}

-- Marks where something went wrong, at the end of the sentence.
local marks = {
  en = {
    offset = "at offset %.0f", limit = "limit %.0f", values = "possible: %s", open = " (", comma = ", ", close = ")",
  },
  zh = {
    offset = "位置 %.0f", limit = "上限 %.0f", values = "可用值：%s", open = "（", comma = "，", close = "）",
  },
}

-- To be called by a check_… that a public function calls: the error is at that function's caller.
local function argument_error(position, name, expected, got)
  error(("bad argument #%d to '%s' (%s expected, got %s)"):format(position, name, expected, got), 4)
end

local function check_lang(lang, position, name)
  if lang == nil then
    return "en"
  end
  if lang ~= "en" and lang ~= "zh" then
    local got = type(lang) == "string" and ('"%s"'):format(lang) or type(lang)
    argument_error(position, name, '"en" or "zh"', got)
  end
  return lang
end

local function check_where(where, position, name)
  if where ~= nil and type(where) ~= "table" then
    argument_error(position, name, "table", type(where))
  end
  return where
end

-- A code as the service writes it. Numbers come from JSON, where 0 may have become 0.0.
local function check_code(code, name)
  if type(code) == "string" then
    return code
  end
  if type(code) ~= "number" then
    argument_error(1, name, "string or number", type(code))
  end
  if code == 0 then
    return "0" -- -0.0 would be "-0"
  end
  return ("%.14g"):format(code)
end

local function check_status(status, name)
  local text = status
  if type(status) == "number" then
    text = ("%.14g"):format(status)
  elseif type(status) ~= "string" then
    argument_error(1, name, "string or number", type(status))
  end
  if not text:match("^%d+$") then
    argument_error(1, name, "HTTP status", ('"%s"'):format(text))
  end
  return text
end

local function check_name(transport_name, name)
  if type(transport_name) ~= "string" then
    argument_error(1, name, "string", type(transport_name))
  end
  return transport_name
end

local function locate(message, where, lang)
  if where == nil then
    return message
  end
  local mark, parts = marks[lang], {}
  if type(where.field) == "string" then
    parts[#parts + 1] = where.field
  end
  if type(where.offset) == "number" then
    parts[#parts + 1] = mark.offset:format(where.offset)
  end
  if type(where.limit) == "number" then
    parts[#parts + 1] = mark.limit:format(where.limit)
  end
  if type(where.values) == "string" then
    parts[#parts + 1] = mark.values:format(where.values)
  end
  if type(where.detail) == "string" and where.detail ~= "" then
    -- one line, so that a log line stays one
    parts[#parts + 1] = (where.detail:gsub("%c+", " "))
  end
  if #parts == 0 then
    return message
  end
  return message .. mark.open .. table.concat(parts, mark.comma) .. mark.close
end

local function build(code, meaning, lang, where)
  local default = kinds[meaning.kind]
  local causes = {}
  if meaning.causes ~= nil then
    for i, cause in ipairs(meaning.causes[lang]) do
      causes[i] = cause
    end
  end
  local retryable = meaning.retryable
  if retryable == nil then
    retryable = default.retryable
  end
  return {
    code = code,
    kind = meaning.kind,
    message = locate(meaning[lang], where, lang),
    causes = causes,
    advice = (meaning.advice or default)[lang],
    retryable = retryable,
  }
end

local function build_http(code, lang, where)
  local status = tonumber(code)
  local meaning = http[status] or http_classes[math.floor(status / 100)] or http_other
  local result = build(code, meaning, lang, where)
  result.message = result.message:gsub("<status>", code, 1)
  return result
end

local function other_transport_meaning(name)
  return other_transport[name] and connection_failed or transport_failed
end

local function is_capture(code)
  local last = tonumber(code:match("^%-50(%d%d)$"))
  return last ~= nil and last >= 1 and last <= 27
end

local function service_meaning(code)
  return service[code] or (is_capture(code) and capture) or nil
end

local function front_meaning(code)
  local number = code:find "^%d%d%d%d%d$" and tonumber(code)
  for _, range in ipairs(number and not front[code] and sdk or {}) do
    if number >= range[1] and number <= range[2] then
      return range[3]
    end
  end
  return front[code]
end

--- What a code means: the service's, or what its pages call that, the code of H5's return url or of the
--- app SDK, an HTTP status of three digits, or a name of ours.
--- Never fails for a code that is not known: that is kind "unknown".
---@param code string|number
---@param lang? facequery.Lang default "en"
---@param where? facequery.Where added to the message
---@return facequery.Meaning meaning the caller's own
function codes.explain(code, lang, where)
  local text = check_code(code, "explain")
  lang = check_lang(lang, 2, "explain")
  where = check_where(where, 3, "explain")
  text = service_names[text] or text
  local meaning = service_meaning(text) or own[text] or front_meaning(text)
  if meaning == nil and text:match("^[1-5]%d%d$") then
    return build_http(text, lang, where)
  elseif meaning == nil and other_transport[text] ~= nil then
    meaning = other_transport_meaning(text)
  end
  return build(text, meaning or unknown, lang, where)
end

--- What a code that the service has answered means.  It is looked up among the service's alone: one
--- that reads like an HTTP status or a name of ours is kind "unknown".
---@param code string|number
---@param lang? facequery.Lang default "en"
---@param secret_for? "fetch"|"query" what a client with a secret had asked for: it is told of nothing that
--- it has done already
---@return facequery.Meaning meaning the caller's own
function codes.explain_service(code, lang, secret_for)
  local text = check_code(code, "explain_service")
  lang = check_lang(lang, 2, "explain_service")
  local meaning = service_meaning(text) or unknown
  local result = build(text, meaning, lang)
  if secret_for and meaning.with_secret then
    local special = meaning.with_secret[secret_for]
    result.causes, result.advice = { unpack(special.causes[lang]) }, special.advice[lang]
  end
  return result
end

--- What an HTTP status means, where the answer was not the service's.
---@param status string|number
---@param lang? facequery.Lang default "en"
---@return facequery.Meaning meaning of kind "http"; the caller's own
function codes.explain_http(status, lang)
  local text = check_status(status, "explain_http")
  lang = check_lang(lang, 2, "explain_http")
  return build_http(text, lang)
end

--- What a transport's failure means. A name that is not known is still a failed exchange, never a
--- code of the service: no transport can make an answer of it.
---@param name string libcurl's without CURLE_, or one of ours
---@param lang? facequery.Lang default "en"
---@param where? facequery.Where added to the message
---@return facequery.Meaning meaning the caller's own
function codes.explain_transport(name, lang, where)
  name = check_name(name, "explain_transport")
  lang = check_lang(lang, 2, "explain_transport")
  where = check_where(where, 3, "explain_transport")
  return build(name, own[name] or other_transport_meaning(name), lang, where)
end

local renewing = { ["400101"] = true, ["400102"] = true, ["400105"] = true, ["15"] = true }

--- Whether a new ticket and a new signature may turn the service's answer.
---@param code string|number
---@return boolean
function codes.renews_ticket(code)
  return renewing[check_code(code, "renews_ticket")] == true
end

return codes
