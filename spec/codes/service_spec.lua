-- The codes that the service answers: their kinds, words, causes and advice.

local all = require "help.codes"
local codes = require "facequery.codes"

local has, is_chinese, is_complete = all.has, all.is_chinese, all.is_complete

describe("a service's code", function()
  for _, row in ipairs(all.service) do
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
    for _, row in ipairs(all.service) do
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

describe("66660011", function()
  it("has the page's six causes, each a sentence in Chinese punctuation", function()
    assert.same({
      "66660017：验证次数超限后被风控，风控后的订单无效，没有查询结果。",
      "用户中途退出刷脸，没有完成人脸验证的流程，没有比对，因此没有查询结果。",
      "66660018：操作超时（请退出重试），或无此 ID 的用户身份信息。H5faceid 的有效期为 5 分钟，"
        .. "失效后无法进入刷脸流程，因此没有查询结果。",
      "66660016：视频格式或大小不合法，无法进行比对，因此没有查询结果。",
      "400604：上传的视频非实时录制，被时间戳校验拦截，因此没有查询结果。",
      "订单已超过 3 天，查询不到结果。",
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

describe("a ticket is renewed", function()
  it("for the four codes that a new ticket may turn, and no other", function()
    local renewing = { ["400101"] = true, ["400102"] = true, ["400105"] = true, ["15"] = true }
    for _, row in ipairs(all.service) do
      assert.equal(renewing[row[1]] == true, codes.renews_ticket(row[1]), row[1])
    end
    assert.is_true(codes.renews_ticket(400101))
    assert.is_true(codes.renews_ticket(15.0))
    assert.is_false(codes.renews_ticket("0"))
    assert.is_false(codes.renews_ticket("TICKET_FAILED"))
  end)
end)
