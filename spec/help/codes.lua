--- Every code there is, and what an explanation has to be.

local assert = require "luassert"

local all = {}

--- The service's codes, as the provider's pages give them: code, kind, its words.
all.service = {
  { "400101", "auth", "不合法请求" },
  { "400102", "auth", "登录态失效" },
  { "400105", "auth", "身份验证不通过" },
  { "15", "auth", "token 过期" },
  { "400103", "auth", "服务器拒绝访问此接口" },
  { "400104", "auth", "无权限" },
  { "400501", "rate_limited", "请求超限" },
  { "400504", "rate_limited", "访问频率过高" },
  { "400506", "rate_limited", "访问频率过高" },
  { "400502", "invalid_request", "版本错误" },
  { "400503", "invalid_request", "文件校验错误" },
  { "400601", "invalid_request", "参数体过大" },
  { "66660000", "invalid_request", "参数过长" },
  { "66660001", "invalid_request", "不合法请求" },
  { "66660030", "invalid_request", "不支持此类型服务" },
  { "66660011", "not_found", "无此查询结果" },
  { "66660020", "not_found", "无此查询结果" },
  { "66660002", "expired", "服务已过有效期" },
  { "66660018", "expired", "操作超时，请退出重试" },
  { "66660022", "expired", "动态数字失效" },
  { "66660017", "risk", "验证次数超限" },
  { "400604", "risk", "上传的视频非实时录制" },
  { "66660004", "rejected", "无法确认为同一人" },
  { "66660005", "rejected", "无照片信息" },
  { "66660010", "rejected", "姓名和身份证不一致" },
  { "66660015", "rejected", "姓名或身份证不合法" },
  { "66660024", "rejected", "无此证件号码" },
  { "66660016", "rejected", "视频格式或大小不合法" },
  { "66660026", "rejected", "高清照大小不符合" },
  { "66660033", "rejected", "人脸数超限" },
  { "66660037", "rejected", "照片出现多张脸" },
  { "66660023", "rejected", "请确保本人操作且正脸对框" },
  { "66660025", "rejected", "请确保本人操作且正脸对框" },
  { "66660036", "rejected", "请确保本人操作且正脸对框" },
  { "66660035", "rejected", "未识别到人脸" },
  { "66660038", "rejected", "未识别到人脸" },
  { "66660039", "rejected", "证件照不存在或无法处理" },
  { "66660040", "rejected", "证件照不存在或无法处理" },
  { "66660041", "rejected", "脸部有遮挡" },
  { "66660042", "rejected", "照片模糊" },
  { "-1101", "rejected", "未检测到人脸" },
  { "-1102", "rejected", "未检测到人脸" },
  { "-1404", "rejected", "请确保本人操作且正脸对框" },
  { "-4014", "rejected", "未检测到人脸" },
  { "-4017", "rejected", "证件照不存在或无法处理" },
  { "-4018", "rejected", "证件照不存在或无法处理" },
  { "-5001", "rejected", "视频异常" },
  { "-5008", "rejected", "声音未能识别" },
  { "-5009", "rejected", "未检测到人脸" },
  { "-5010", "rejected", "声音未能识别" },
  { "66660021", "service", "网络不给力" },
  { "999997", "service", "系统异常" },
  { "999998", "service", "系统异常" },
  { "999999", "service", "系统异常" },
}

--- The names of ours: name, kind, whether asking again may help.
all.names = {
  { "COULDNT_RESOLVE_HOST", "transport", true },
  { "COULDNT_RESOLVE_PROXY", "transport", true },
  { "COULDNT_CONNECT", "transport", true },
  { "OPERATION_TIMEDOUT", "transport", true },
  { "SSL_CONNECT_ERROR", "transport", true },
  { "PEER_FAILED_VERIFICATION", "transport", false },
  { "SSL_CACERT_BADFILE", "transport", false },
  { "SSL_CERTPROBLEM", "transport", false },
  { "SEND_ERROR", "transport", true },
  { "RECV_ERROR", "transport", true },
  { "GOT_NOTHING", "transport", true },
  { "PARTIAL_FILE", "transport", true },
  { "HTTP2", "transport", true },
  { "HTTP2_STREAM", "transport", true },
  { "HTTP3", "transport", true },
  { "WEIRD_SERVER_REPLY", "transport", true },
  { "BAD_CONTENT_ENCODING", "transport", false },
  { "UNSUPPORTED_PROTOCOL", "transport", false },
  { "URL_MALFORMAT", "transport", false },
  { "PROXY", "transport", false },
  { "TOO_MANY_REDIRECTS", "transport", false },
  { "MOCK_UNANSWERED", "transport", false },
  { "OUT_OF_MEMORY", "transport", false },
  { "CRYPTO_FAILED", "transport", false },
  { "NO_VM", "transport", true },
  { "REDIS", "transport", false },
  { "LOCK_TIMEOUT", "transport", false },
  { "NOT_JSON", "protocol", false },
  { "JSON_CUT", "protocol", true },
  { "JSON_TOO_DEEP", "protocol", false },
  { "TRAILING_DATA", "protocol", false },
  { "ENVELOPE_TOO_LARGE", "protocol", false },
  { "DUPLICATE_FIELD", "protocol", false },
  { "DUPLICATE_MEDIA", "protocol", false },
  { "RAISED", "unknown", false },
  { "WRONG_ORDER", "protocol", false },
  { "NO_CODE", "protocol", false },
  { "NO_TICKET", "protocol", false },
  { "BASE64_FOREIGN", "media", false },
  { "BASE64_CUT", "media", false },
  { "MEDIA_TOO_LARGE", "media", false },
  { "FILE_EXISTS", "storage", false },
  { "FILE_UNWRITABLE", "storage", false },
  { "FILE_UNREADABLE", "storage", false },
  { "STORE_UNWRITABLE", "storage", false },
  { "BUNDLE_INVALID", "storage", false },
  { "NOT_ARCHIVED", "storage", false },
  { "ORDER_HELD", "storage", false },
  { "NOT_HELD", "storage", false },
  { "MEDIA_PENDING", "pending", true },
  { "INVALID_ORDER_NO", "invalid_request", false },
  { "INVALID_APP_ID", "invalid_request", false },
  { "INVALID_VERSION", "invalid_request", false },
  { "INVALID_TICKET", "invalid_request", false },
  { "INVALID_USER_ID", "invalid_request", false },
  { "INVALID_NAME", "invalid_request", false },
  { "INVALID_ID_NO", "invalid_request", false },
  { "INVALID_PHOTO", "invalid_request", false },
  { "INVALID_RETURN_URL", "invalid_request", false },
  { "INVALID_PERSON", "invalid_request", false },
  { "IDENTITY_MISSING", "invalid_request", false },
  { "FIELD_UNUSED", "invalid_request", false },
  { "NO_FACE_ID", "protocol", false },
  { "INVALID_NONCE", "invalid_request", false },
  { "INVALID_GET_FILE", "invalid_request", false },
  { "INVALID_QUERY_VERSION", "invalid_request", false },
  { "INVALID_BASE_URL", "invalid_request", false },
  { "INSECURE_URL", "invalid_request", false },
  { "INVALID_PATH", "invalid_request", false },
  { "INVALID_SETTING", "invalid_request", false },
  { "INVALID_SECRET", "invalid_request", false },
  { "NO_TRANSPORT", "invalid_request", false },
  { "TICKET_MISSING", "auth", false },
  { "SECRET_MISSING", "auth", false },
  { "TICKET_FAILED", "auth", false },
  { "INVALID_CALLBACK_SIGN", "auth", false },
  { "NOT_SEALED", "storage", false },
  { "SEAL_MISMATCH", "storage", false },
  { "CERTIFICATE_INVALID", "invalid_request", false },
  { "SIGNATURE_INVALID", "storage", false },
  { "NOT_TIMESTAMP", "protocol", false },
  { "TOKEN_MALFORMED", "protocol", false },
  { "TOKEN_REFUSED", "protocol", false },
  { "TOKEN_IMPRINT", "protocol", false },
  { "TOKEN_NONCE", "protocol", false },
  { "TOKEN_POLICY", "protocol", false },
  { "TOKEN_SIGNATURE", "protocol", false },
  { "TOKEN_UNTRUSTED", "protocol", false },
  { "TOKEN_REVOKED", "protocol", false },
  { "CRL_INVALID", "invalid_request", false },
  { "TOKEN_TIME", "protocol", false },
}

--- The names of what `facequery doctor` finds.
all.findings = {
  { "TICKET_REFUSED", "auth", false },
  { "SECRET_REFUSED", "auth", false },
  { "TICKET_IS_SECRET", "auth", false },
  { "TICKET_UNUSED", "invalid_request", false },
  { "TICKET_LENGTH", "auth", false },
  { "CLOCK_WRONG", "invalid_request", false },
  { "SERVICE_CERTIFICATE_EXPIRED", "transport", false },
  { "NAME_SERVER_SILENT", "transport", true },
  { "NO_RESOLVER", "invalid_request", false },
  { "PROXY_UNREACHABLE", "transport", true },
  { "PROXY_REFUSES", "http", false },
  { "AUTHORITY_MISSING", "transport", false },
  { "NGINX_AUTHORITIES", "transport", false },
  { "TWO_OPENSSLS", "transport", false },
  { "NO_THREAD_POOL", "invalid_request", false },
  { "NO_SHARED_DICT", "storage", false },
  { "LITTLE_ROOM", "storage", false },
}

--- Holds that a text has this part.
function all.has(text, part)
  assert.is_truthy(text:find(part, 1, true), ("%q is not in %q"):format(part, text))
end

--- Whether a text has a Chinese character.
function all.is_chinese(text)
  -- U+4E00 to U+9FFF begin with the bytes E4 to E9 in UTF-8.
  return text:find("[\228-\233][\128-\191][\128-\191]") ~= nil
end

--- Holds that a code is explained in both languages, each in its own script, and the same in both.
function all.is_complete(explain, code)
  local en, zh = explain(code, "en"), explain(code, "zh")
  for _, meaning in ipairs({ en, zh }) do
    assert.equal("string", type(meaning.code))
    assert.equal("string", type(meaning.kind))
    assert.equal("table", type(meaning.causes))
    assert.equal("boolean", type(meaning.retryable))
    assert.is_true(#meaning.message > 0, code)
    assert.is_true(#meaning.advice > 0, code)
    assert.is_nil(meaning.message:find("[%c<>]"), code)
  end
  assert.is_false(all.is_chinese(en.message), code)
  assert.is_false(all.is_chinese(en.advice), code)
  assert.is_true(all.is_chinese(zh.message), code)
  assert.is_true(all.is_chinese(zh.advice), code)
  assert.equal(en.code, zh.code)
  assert.equal(en.kind, zh.kind)
  assert.equal(en.retryable, zh.retryable)
  assert.equal(#en.causes, #zh.causes)
end

return all
