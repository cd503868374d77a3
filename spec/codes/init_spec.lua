local codes = require "facequery.codes"

-- The service's codes, as the provider's pages give them: code, kind, its words.
local service = {
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
  { "66660018", "expired", "操作超时,请退出重试" },
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

-- The names of ours: name, kind, whether asking again may help.
local names = {
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
  { "MEDIA_PENDING", "pending", true },
  { "INVALID_ORDER_NO", "invalid_request", false },
  { "INVALID_APP_ID", "invalid_request", false },
  { "INVALID_VERSION", "invalid_request", false },
  { "INVALID_TICKET", "invalid_request", false },
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
  { "TICKET_FAILED", "auth", false },
  { "INVALID_CALLBACK_SIGN", "auth", false },
}

local function has(text, part)
  assert.is_truthy(text:find(part, 1, true), ("%q is not in %q"):format(part, text))
end

local function is_chinese(text)
  -- U+4E00 to U+9FFF begin with E4 to E9 in UTF-8
  return text:find("[\228-\233][\128-\191][\128-\191]") ~= nil
end

-- Both languages are there, differ, and are each in their own script.
local function is_complete(explain, code)
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
  assert.is_false(is_chinese(en.message), code)
  assert.is_false(is_chinese(en.advice), code)
  assert.is_true(is_chinese(zh.message), code)
  assert.is_true(is_chinese(zh.advice), code)
  assert.equal(en.code, zh.code)
  assert.equal(en.kind, zh.kind)
  assert.equal(en.retryable, zh.retryable)
  assert.equal(#en.causes, #zh.causes)
end

local function raises(pattern, f, ...)
  local ok, message = pcall(f, ...)
  assert.is_false(ok)
  has(message, "bad argument")
  has(message, pattern)
end

describe("a service's code", function()
  for _, row in ipairs(service) do
    local code, kind, words = row[1], row[2], row[3]

    it(code .. " is of kind " .. kind .. " and says what the provider says", function()
      local meaning = codes.explain(code, "zh")
      assert.equal(code, meaning.code)
      assert.equal(kind, meaning.kind)
      has(meaning.message, words)
      assert.same(meaning, codes.explain_service(code, "zh"))
      is_complete(codes.explain, code)
    end)
  end

  it("is looked up among the service's alone where the service has answered it", function()
    for _, code in ipairs { "500", "429", "503", "REDIS", "MEDIA_PENDING", "OPERATION_TIMEDOUT", "AGAIN" } do
      assert.not_equal("unknown", codes.explain(code).kind, code)
      local meaning = codes.explain_service(code)
      assert.same({ code, "unknown", false }, { meaning.code, meaning.kind, meaning.retryable })
      is_complete(codes.explain_service, code)
    end
    assert.equal("rejected", codes.explain_service("-5013").kind)
    assert.equal("success", codes.explain_service(0).kind)
  end)

  it("is retryable when the service is limiting or failing, and only then", function()
    for _, row in ipairs(service) do
      local expected = row[2] == "rate_limited" or row[2] == "service"
      assert.equal(expected, codes.explain(row[1]).retryable, row[1])
    end
  end)

  it("is explained in English where no language is asked for", function()
    assert.same(codes.explain("66660011", "en"), codes.explain("66660011"))
  end)

  it("0 means verified, which is no error", function()
    local meaning = codes.explain("0")
    assert.equal("success", meaning.kind)
    assert.equal("verified: the same person", meaning.message)
    assert.is_false(meaning.retryable)
    assert.same({}, meaning.causes)
    has(codes.explain("0", "zh").message, "身份验证成功且认证为同一人")
    is_complete(codes.explain, "0")
  end)

  it("is success for nothing but 0", function()
    for _, code in ipairs({ "", "00", "0.0", "-0", " 0", "0\n", "+0", "O", "OK", "0x0", "\0" }) do
      assert.equal("unknown", codes.explain(code).kind, code)
    end
    assert.equal("unknown", codes.explain(0.3).kind)
    assert.equal("unknown", codes.explain(0 / 0).kind)
  end)

  it("may be a number, as sibling calls answer it", function()
    assert.equal("0", codes.explain(0).code)
    assert.equal("success", codes.explain(0.0).kind)
    assert.equal("0", codes.explain(-0.0).code)
    assert.equal("66660011", codes.explain(66660011.0).code)
    assert.equal("not_found", codes.explain(66660011).kind)
    assert.equal("-5001", codes.explain(-5001).code)
    assert.equal("9999999999999", codes.explain(9999999999999).code)
    assert.equal("1.5", codes.explain(1.5).code)
  end)

  it("from -5001 to -5027 is about the capture, each of them", function()
    for code = -5027, -5001 do
      local meaning = codes.explain(code)
      assert.equal("rejected", meaning.kind, code)
      assert.equal(("%d"):format(code), meaning.code)
      is_complete(codes.explain, ("%d"):format(code))
    end
    for _, code in ipairs({ "-5000", "-5028", "-50011", "-501", "5001", "-5001 " }) do
      assert.equal("unknown", codes.explain(code).kind, code)
    end
  end)

  it("that is not known comes through as it is", function()
    local meaning = codes.explain("77770001")
    assert.equal("77770001", meaning.code)
    assert.equal("unknown", meaning.kind)
    assert.is_false(meaning.retryable)
    has(meaning.message, "not known")
    has(meaning.advice, "msg")
    has(meaning.advice, "bizSeqNo")
    has(codes.explain("77770001", "zh").advice, "bizSeqNo")
    is_complete(codes.explain, "77770001")
  end)
end)

describe("a refusal of ticket, secret or App ID", function()
  it("lists its causes, the most likely first: age, a NONCE ticket, another App ID, the address", function()
    for _, code in ipairs { "400101", "400102", "400105", "15" } do
      local causes = codes.explain(code).causes
      assert.equal(4, #causes)
      has(causes[1], "an hour")
      has(causes[2], "NONCE ticket")
      has(causes[3], "app_id")
      has(causes[4], "IP address is not on the provider's list")
      has(codes.explain(code, "zh").causes[2], "NONCE ticket")
      has(codes.explain(code, "zh").causes[4], "IP 白名单")
    end
    for _, code in ipairs { "400103", "400104" } do
      local causes = codes.explain(code).causes
      has(causes[1], "not opened")
      has(causes[2], "IP address is not on the provider's list")
    end
  end)

  it("tells a client with a secret nothing that it has done already", function()
    for _, code in ipairs { "400101", "400102", "400105", "15" } do
      for asked, first in pairs { fetch = "The secret is not this App ID's", query = "Another program fetches" } do
        local meaning = codes.explain_service(code, "en", asked)
        has(meaning.causes[1], first)
        has(meaning.causes[#meaning.causes], "IP address")
        local said = table.concat(meaning.causes, " ") .. meaning.advice
        for _, done in ipairs { "new SIGN ticket", "sign again", "renews", "NONCE" } do
          assert.is_nil(said:find(done, 1, true), done)
        end
        is_complete(function(one, lang) return codes.explain_service(one, lang, asked) end, code)
      end
    end
    assert.same(codes.explain "66660004", codes.explain_service("66660004", "en", "query"))
  end)
end)

describe("a front end's code", function()
  -- Pages 655/14370 and 1007/61074.
  it("of H5's return url says what its page says", function()
    for code, words in pairs {
      ["3001"] = { "不支持视频录制", "record", "another way" },
      ["3002"] = { "cookie", "cookie", "enter the face check again" },
      ["3003"] = { "中断", "interrupted", "enter the face check again" },
      ["3004"] = { "摄像头权限", "permission", "allow the camera" },
      ["3005"] = { "实时模式", "real-time mode", "another browser" },
      ["300101"] = { "报文包体异常", "body", "enter the face check again" },
    } do
      has(codes.explain(code, "zh").message, words[1])
      has(codes.explain(code).message, words[2])
      has(codes.explain(code).advice, words[3])
      is_complete(codes.explain, code)
      assert.is_false(codes.explain(tonumber(code)).retryable)
    end
  end)

  -- Pages 1007/108004 and 1007/114163.
  it("of the app SDK says its domain, and that there is no record", function()
    for domain, all in pairs {
      Params = { 13000, 13001, 13002 }, LoginNetwork = { 23100, 23200 }, GetInfoNetwork = { 33100, 33200 },
      NativeProcess = { 43001, 43014 }, CompareNetwork = { 53100, 53200 },
    } do
      for _, code in ipairs(all) do
        has(codes.explain(code).message, "domain " .. domain)
        has(codes.explain(code).advice:lower(), "there is no record")
        is_complete(codes.explain, ("%d"):format(code))
      end
    end
    has(codes.explain("43000").message, "the user cancelled")
    for _, code in ipairs { "12999", "13003", "23201", "43015", "53201", "130000" } do
      assert.equal("unknown", codes.explain(code).kind, code)
    end
  end)

  it("is none that the service answers", function()
    for _, code in ipairs { "3001", "3005", "300101", "13000", "43000" } do
      assert.equal("unknown", codes.explain_service(code).kind, code)
    end
  end)
end)

describe("a code's name on newer pages", function()
  it("is explained as the code", function()
    for name, code in pairs {
      OAUTH_INVALID_REQUEST = "400101", OAUTH_INVALID_LOGIN_STATUS = "400102", ACCESS_DENIED = "400103",
      INVALID_PRIVILEGE = "400104", REQUEST_VALIDATE_ERROR = "400105", TPS_EXCEED_LIMIT = "400501",
      INVALID_FILE_HASH = "400503", REQUEST_RATE_LIMIT = "400504", SERVICE_TIME_OUT = "999997",
      FRONT_INTERNAL = "999998", INTERNAL = "999999",
    } do
      assert.same(codes.explain(code), codes.explain(name))
      assert.equal("unknown", codes.explain_service(name).kind)
    end
  end)
end)

describe("66660011", function()
  it("has the page's six causes in the page's own words", function()
    assert.same({
      "66660017 验证次数超限后被风控,风控后的订单为无效,查询结果为无此查询结果。",
      "用户中途退出刷脸,没有完成人脸验证的流程,没有比对,查询结果为无此查询结果。",
      "66660018 操作超时,请退出重试 无此 ID 的用户身份信息,H5faceid 5分钟有效期,失效后无法进入刷脸流程,"
        .. "查询结果为无此查询结果。",
      "66660016 视频格式或大小不合法 文件或视频不合法,无法进行比对,查询结果为无此查询结果。",
      "400604 上传的视频非实时录制,被时间戳校验拦截,查询结果为无此查询结果。",
      "查询超过3天的订单返回无此查询结果。",
    }, codes.explain("66660011", "zh").causes)
  end)

  it("has the same six causes in English", function()
    local causes = codes.explain("66660011").causes
    assert.equal(6, #causes)
    has(causes[1], "66660017")
    has(causes[2], "left")
    has(causes[3], "66660018")
    has(causes[3], "5 minutes")
    has(causes[4], "66660016")
    has(causes[5], "400604")
    has(causes[6], "3 days")
    for _, cause in ipairs(causes) do
      assert.is_false(is_chinese(cause))
    end
  end)

  it("says when to query and what to do otherwise", function()
    local advice = codes.explain("66660011").advice
    has(advice, "front end")
    has(advice, "3 days")
    has(advice, "new order")
  end)
end)

describe("a name of ours", function()
  for _, row in ipairs(names) do
    local name, kind, retryable = row[1], row[2], row[3]

    it(name .. " is of kind " .. kind, function()
      local meaning = codes.explain(name)
      assert.equal(name, meaning.code)
      assert.equal(kind, meaning.kind)
      assert.equal(retryable, meaning.retryable)
      is_complete(codes.explain, name)
    end)
  end

  it("has a message of its own", function()
    for _, lang in ipairs({ "en", "zh" }) do
      local seen = {}
      for _, row in ipairs(names) do
        local message = codes.explain(row[1], lang).message
        assert.is_nil(seen[message], row[1])
        seen[message] = row[1]
      end
    end
  end)

  it("is there for every status of the C core", function()
    local header = assert(io.open("csrc/status.h")):read("*a")
    local count = 0
    for name in header:gmatch("X%(([A-Z0-9_]+)%)") do
      count = count + 1
      -- OK is no error; the other two carry libcurl's name or the HTTP status instead
      if name ~= "OK" and name ~= "TRANSPORT" and name ~= "HTTP" then
        assert.not_equal("unknown", codes.explain(name).kind, name)
      end
    end
    assert.is_true(count > 10)
  end)

  it("of a broken file says to give support what such an error has: the order's number", function()
    for _, name in ipairs { "BASE64_FOREIGN", "BASE64_CUT" } do
      for _, lang in ipairs { "en", "zh" } do
        has(codes.explain(name, lang).advice, "orderNo")
        assert.is_nil(codes.explain(name, lang).advice:find "bizSeqNo")
      end
    end
  end)

  it("MEDIA_PENDING says to ask again within 3 days", function()
    has(codes.explain("MEDIA_PENDING").advice, "3 days")
    has(codes.explain("MEDIA_PENDING", "zh").advice, "3 天")
  end)

  it("NO_TRANSPORT says what to add to nginx.conf", function()
    for _, lang in ipairs({ "en", "zh" }) do
      local advice = codes.explain("NO_TRANSPORT", lang).advice
      has(advice, "thread_pool facequery threads=32 max_queue=65536;")
      has(advice, "nginx.conf")
      has(advice, "lua-resty-http")
      has(advice, 'transport = "curl"')
    end
  end)

  it("says where it went wrong when told", function()
    local plain = codes.explain("BASE64_FOREIGN").message
    local where = { field = "photo", offset = 1000 }
    local message = codes.explain("BASE64_FOREIGN", "en", where).message
    assert.equal(plain .. " (photo, at offset 1000)", message)

    message = codes.explain("MEDIA_TOO_LARGE", "en", { field = "video", limit = 67108864 }).message
    has(message, "video")
    has(message, "67108864")

    message = codes.explain("INVALID_SETTING", "en", { field = "timeout", detail = "-1" }).message
    has(message, "(timeout, -1)")

    message = codes.explain("BASE64_FOREIGN", "zh", { field = "photo", offset = 1000.0 }).message
    has(message, "photo")
    has(message, "1000）")

    assert.equal(plain, codes.explain("BASE64_FOREIGN", "en", {}).message)
    assert.equal(plain, codes.explain("BASE64_FOREIGN", "en", { detail = "" }).message)
  end)

  it("stays on one line whatever the detail holds", function()
    local message = codes.explain("FILE_UNWRITABLE", "en", { detail = "a\r\nb\0c" }).message
    has(message, "(a b c)")
    assert.is_nil(message:find("%c"))
  end)
end)

describe("a transport's failure", function()
  it("has the meaning of its name", function()
    for _, row in ipairs(names) do
      assert.same(codes.explain(row[1], "zh"), codes.explain_transport(row[1], "zh"))
    end
  end)

  it("is a failed exchange where the name is not known", function()
    local meaning = codes.explain_transport("SOMETHING_NEW", "en", { detail = "gone" })
    assert.equal("SOMETHING_NEW", meaning.code)
    assert.equal("transport", meaning.kind)
    assert.is_false(meaning.retryable)
    has(meaning.message, "gone")
    is_complete(codes.explain_transport, "SOMETHING_NEW")
  end)

  it("is never a code of the service", function()
    for _, name in ipairs({ "0", "", "66660011", "503", "-5001" }) do
      assert.equal("transport", codes.explain_transport(name).kind, name)
    end
  end)

  it("is retryable where the connection failed, by any of libcurl's names", function()
    for name, retryable in pairs({
      QUIC_CONNECT_ERROR = true,
      NO_CONNECTION_AVAILABLE = true,
      SSL_SHUTDOWN_FAILED = true,
      SSL_PINNEDPUBKEYNOTMATCH = false,
      SSL_CIPHER = false,
      WRITE_ERROR = false,
      OTHER_TRANSPORT_ERROR = false,
    }) do
      local meaning = codes.explain_transport(name)
      assert.equal("transport", meaning.kind)
      assert.equal(retryable, meaning.retryable, name)
      assert.same(meaning, codes.explain(name))
      is_complete(codes.explain, name)
    end
  end)
end)

describe("an HTTP status", function()
  local retryable = {
    [408] = true, [429] = true, [500] = true, [502] = true, [503] = true, [504] = true,
  }

  it("is of kind http, and retryable where waiting may help", function()
    for status = 100, 599 do
      local meaning = codes.explain_http(status)
      assert.equal(("%d"):format(status), meaning.code)
      assert.equal("http", meaning.kind)
      assert.equal(retryable[status] == true, meaning.retryable, status)
      has(meaning.message, ("%d"):format(status))
    end
  end)

  it("is explained in both languages", function()
    for _, status in ipairs({ 101, 204, 302, 400, 401, 403, 404, 407, 408, 413, 418, 429, 500, 501,
      502, 503, 504, 599, 0, 999 }) do
      is_complete(codes.explain_http, status)
    end
  end)

  it("says what to check", function()
    has(codes.explain_http(302).message, "not followed")
    has(codes.explain_http(302).advice, "base_url")
    has(codes.explain_http(403).message, "forbidden")
    has(codes.explain_http(404).advice, "base_url")
    has(codes.explain_http(413).message, "too large")
    has(codes.explain_http(429).advice, "less often")
    has(codes.explain_http(503).advice, "in a while")
  end)

  it("is found by explain too: no code of the service has three digits", function()
    assert.same(codes.explain_http(503), codes.explain("503"))
    assert.same(codes.explain_http(404, "zh"), codes.explain(404, "zh"))
    assert.equal("unknown", codes.explain("600").kind)
    assert.equal("unknown", codes.explain("099").kind)
  end)
end)

describe("a ticket is renewed", function()
  it("for the four codes that a new ticket may turn, and no other", function()
    local renewing = { ["400101"] = true, ["400102"] = true, ["400105"] = true, ["15"] = true }
    for _, row in ipairs(service) do
      assert.equal(renewing[row[1]] == true, codes.renews_ticket(row[1]), row[1])
    end
    assert.is_true(codes.renews_ticket(400101))
    assert.is_true(codes.renews_ticket(15.0))
    assert.is_false(codes.renews_ticket("0"))
    assert.is_false(codes.renews_ticket("TICKET_FAILED"))
  end)
end)

describe("an explanation", function()
  it("belongs to the caller: changing it changes no other", function()
    for _, explain in ipairs({
      function() return codes.explain("66660011") end,
      function() return codes.explain("NOT_JSON") end,
      function() return codes.explain_http(503) end,
      function() return codes.explain_service("999999") end,
      function() return codes.explain_transport("SOMETHING_NEW") end,
    }) do
      local first, again = explain(), explain()
      assert.are_not_equal(first, again)
      assert.are_not_equal(first.causes, again.causes)
      first.kind, first.message, first.advice, first.retryable = "success", "", "", "?"
      first.causes[1] = "changed"
      first.causes[7] = "added"
      assert.same(again, explain())
    end
  end)

  it("raises where a type is wrong, and blames the caller", function()
    raises("to 'explain'", codes.explain, nil)
    raises("got boolean", codes.explain, true)
    raises("got table", codes.explain, {})
    raises('"en" or "zh" expected, got "fr"', codes.explain, "0", "fr")
    raises('"en" or "zh" expected, got number', codes.explain, "0", 5)
    raises("bad argument #3 to 'explain'", codes.explain, "0", "en", "photo")
    raises("to 'explain_http'", codes.explain_http, nil)
    raises("HTTP status expected", codes.explain_http, "gone")
    raises("HTTP status expected", codes.explain_http, -1)
    raises("HTTP status expected", codes.explain_http, 1.5)
    raises('got ""', codes.explain_http, 503, "")
    raises("to 'explain_service'", codes.explain_service, {})
    raises("bad argument #2 to 'explain_service'", codes.explain_service, "0", "de")
    raises("to 'explain_transport'", codes.explain_transport, 7)
    raises("bad argument #2 to 'explain_transport'", codes.explain_transport, "PROXY", "de")
    raises("bad argument #3 to 'explain_transport'", codes.explain_transport, "PROXY", "en", 1)
    raises("to 'renews_ticket'", codes.renews_ticket, nil)

    for _, call in ipairs({
      function() local m = codes.explain(nil); return m end,
      function() local m = codes.explain_http("x"); return m end,
      function() local m = codes.explain_transport(nil); return m end,
      function() local m = codes.renews_ticket({}); return m end,
    }) do
      local _, message = pcall(call)
      has(message, "codes/init_spec.lua:")
    end
  end)
end)

describe("the list of kinds", function()
  it("is the documented one, in its order", function()
    assert.same({
      "invalid_request", "auth", "not_found", "rejected", "expired", "risk", "rate_limited",
      "service", "unknown", "transport", "http", "protocol", "media", "storage", "pending",
    }, codes.kinds)
  end)

  it("holds every kind that is answered", function()
    local known = {}
    for _, kind in ipairs(codes.kinds) do
      known[kind] = true
    end
    for _, rows in ipairs({ service, names }) do
      for _, row in ipairs(rows) do
        assert.is_true(known[codes.explain(row[1]).kind], row[1])
      end
    end
  end)
end)
