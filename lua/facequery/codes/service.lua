--- The codes that the service answers ("错误码"), and what each means.

local service = {}

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

-- Why the service refuses ticket, secret or App ID, the most likely cause first.  A client with a secret renews its
-- ticket by itself, which leaves fewer causes: `fetch` for its requests of a token or a ticket, `query` for a query
-- that was refused with a new ticket, too.
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

-- Several codes share one meaning: the service tells them apart, its words do not.
local meanings = {
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
        "66660017：验证次数超限后被风控，风控后的订单无效，没有查询结果。",
        "用户中途退出刷脸，没有完成人脸验证的流程，没有比对，因此没有查询结果。",
        "66660018：操作超时（请退出重试），或无此 ID 的用户身份信息。H5faceid 的有效期为 5 分钟，"
          .. "失效后无法进入刷脸流程，因此没有查询结果。",
        "66660016：视频格式或大小不合法，无法进行比对，因此没有查询结果。",
        "400604：上传的视频非实时录制，被时间戳校验拦截，因此没有查询结果。",
        "订单已超过 3 天，查询不到结果。",
      },
    },
  },
  ["66660020"] = { kind = "not_found", en = "no such result", zh = "无此查询结果" },

  ["66660002"] = {
    kind = "expired", en = "the service's period of validity is over", zh = "服务已过有效期",
  },
  ["66660018"] = {
    kind = "expired", en = "the operation timed out: leave and try again", zh = "操作超时，请退出重试",
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

-- What newer pages call some of the service's codes.  INVALID_VERSION is one of ours, too, and stays that.
local names = {
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

local function is_capture(code)
  local last = tonumber(code:match("^%-50(%d%d)$"))
  return last ~= nil and last >= 1 and last <= 27
end

--- What a code means that is not known here.
service.unknown = {
  kind = "unknown", en = "the service answered a code that is not known here",
  zh = "服务返回了未收录的返回码",
}

--- The code that newer pages have given a name to; any other text as it is.
---@param text string
---@return string code
function service.code_of(text)
  return names[text] or text
end

--- What one of the service's codes means; nil where it is none.
---@param code string
---@return table|nil
function service.meaning(code)
  return meanings[code] or (is_capture(code) and capture) or nil
end

local renewing = { ["400101"] = true, ["400102"] = true, ["400105"] = true, ["15"] = true }

--- Whether a new ticket and a new signature may turn the answer with this code.
---@param code string
---@return boolean
function service.renews_ticket(code)
  return renewing[code] == true
end

--- The codes that are known here by themselves.
---@return string[] in no order
function service.names()
  local list = {}
  for code in pairs(meanings) do
    list[#list + 1] = code
  end
  for name in pairs(names) do
    list[#list + 1] = name
  end
  return list
end

return service
