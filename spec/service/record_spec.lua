-- Which answers are a record, and which are an error.

local json = require "facequery.json"
local record = require "facequery.service.record"

-- The sample answer of the service's page, with ASCII quotation marks and without its media.
local NESTED = [[{"code":"0","msg":"请求成功","bizSeqNo":"22032920001184453211174015790894",
  "result":{"orderNo":"16170918856091743257","liveRate":"99","similarity":"88.01",
  "occurredTime":"20220329104717","appId":"IDAXXXXX","photo":"","video":"",
  "bizSeqNo":"22032920001184453211174015790894","sdkVersion":"1.12.12","trtcFlag":"Y"},
  "transactionTime":"20220329111740"}]]
-- The same answer as the page's table of fields describes it: without an object `result`.
local FLAT = [[{"code":"0","msg":"请求成功","bizSeqNo":"22032920001184453211174015790894",
  "transactionTime":"20220329111740","orderNo":"16170918856091743257","liveRate":"99",
  "similarity":"88.01","occurredTime":"20220329104717","photo":"","video":"",
  "sdkVersion":"1.12.12","trtcFlag":"Y","appId":"IDAXXXXX"}]]
local ORDER = "16170918856091743257"

local function read(text, order_no)
  local answer, failure = record.decode(text, order_no)
  assert.is_nil(failure)
  return answer
end

local function refused(text, order_no)
  local answer, failure = record.decode(text, order_no)
  assert.is_nil(answer, text)
  return failure.status
end

local function code_of(text)
  return read(text).code
end

describe("a record", function()
  local expected = {
    code = "0", msg = "请求成功", bizSeqNo = "22032920001184453211174015790894",
    transactionTime = "20220329111740", orderNo = ORDER, liveRate = "99", similarity = "88.01",
    occurredTime = "20220329104717", appId = "IDAXXXXX", sdkVersion = "1.12.12", trtcFlag = "Y",
  }

  it("reads the same from the page's sample and from its table", function()
    assert.same(expected, read(NESTED, ORDER))
    assert.same(expected, read(FLAT, ORDER))
  end)

  it("prefers the root's field where result has it too", function()
    local answer = read '{"code":"0","msg":"root","result":{"msg":"inner","liveRate":"99"}}'
    assert.same({ code = "0", msg = "root", liveRate = "99" }, answer)
  end)

  it("takes result's field where the root's is null", function()
    assert.equal("99", read('{"code":"0","liveRate":null,"result":{"liveRate":"99"}}').liveRate)
  end)

  it("is not disturbed by a result that is no object", function()
    for _, result in ipairs { "null", '"text"', "5", "true" } do
      assert.equal("1", read('{"code":"0","liveRate":"1","result":' .. result .. "}").liveRate)
    end
    assert.same({ code = "0" }, read '{"code":"0","result":{}}')
    assert.same({ code = "0" }, read '{"code":"0","result":[]}')
    assert.equal("text", read('{"code":"0","result":"text"}').result)
  end)

  it("is refused where result is a list, whatever is in it", function()
    for _, result in ipairs { '[{"code":"66660004"}]', '["0"]', '[null,{"code":"66660004"}]', "[[]]" } do
      assert.equal("NOT_JSON", refused('{"code":"0","result":' .. result .. "}"), result)
    end
  end)

  it("keeps types as they are sent", function()
    local answer = read '{"code":"0","liveRate":99,"result":{"similarity":88.01,"trtcFlag":true,"msg":["a"]}}'
    assert.equal(99, answer.liveRate)
    assert.equal(88.01, answer.similarity)
    assert.equal(true, answer.trtcFlag)
    assert.same({ "a" }, answer.msg)
  end)

  it("keeps unknown fields, whatever they hold", function()
    local answer = read [[{"code":"0","new":{"deep":[1,{"a":false}]},"":1,
      "result":{"newer":"新","orderNo":"a1"}}]]
    assert.same({ deep = { 1, { a = false } } }, answer.new)
    assert.equal("新", answer.newer)
    assert.equal(1, answer[""])
  end)

  it("keeps what the pages don't list and recorded answers have: success, and result's oriCode", function()
    local answer = read [[{"code":"66660004","success":false,"result":{"oriCode":"-5009","success":true}}]]
    assert.same({ "66660004", "-5009", false }, { answer.code, answer.oriCode, answer.success })
    assert.is_true(read('{"code":"0","success":true}').success)
  end)

  it("has nothing where the answer has null, at any depth", function()
    local answer = read '{"code":"0","msg":null,"new":{"a":null,"b":1},"result":{"liveRate":null}}'
    assert.same({ code = "0", new = { b = 1 } }, answer)
  end)

  it("keeps the places of a list whose nulls are gone", function()
    for _, list in ipairs { "[null]", "[1,null]", "[null,null,2]", "[[null],null]", "[]", '[{"a":[null,null]}]' } do
      local text = '{"code":"0","new":' .. list .. "}"
      assert.equal(text, json.canonical(read(text)))
    end
  end)

  it("has no media but the response's, whatever the envelope says", function()
    local photo = { data = "x", size = 1 }
    for _, text in ipairs {
      '{"code":"0","photo":"QUJD","video":"QUJD"}', '{"code":"0","result":{"photo":1,"video":[]}}',
    } do
      local answer = read(text)
      assert.is_nil(answer.photo)
      assert.is_nil(answer.video)
      answer = record.from_response({ status = 200, envelope = text, media = { photo = photo } })
      assert.equal(photo, answer.photo)
      assert.is_nil(answer.video)
    end
  end)

  it("says of each medium that is none, at the root or in its result", function()
    for text, odd in pairs {
      ['{"code":"0","photo":"","result":{"photo":["x"]}}'] = { "photo" },
      ['{"code":"0","photo":["x"],"result":{"photo":""}}'] = { "photo" },
      ['{"code":"0","photo":5,"result":{"photo":" ","video":{}}}'] = { "photo", "video" },
      ['{"code":"0","video":1,"result":{"photo":2}}'] = { "photo", "video" },
    } do
      assert.same(odd, (select(3, record.decode(text))))
    end
    assert.is_nil((select(3, record.decode '{"code":"0","photo":"","video":null,"result":{"photo":null,"video":""}}')))
  end)

  it("is none of an HTTP status that is not 200, nor of what is no response", function()
    local answer, failure = record.from_response({ status = 503, envelope = '{"code":"0"}' })
    assert.is_nil(answer)
    assert.same({ status = "HTTP", http_status = 503 }, failure)
    for _, response in ipairs { false, 5, "text", true } do
      assert.same({ nil, "failure", n = 2 }, { n = 2, record.from_response(response, "failure") })
    end
  end)

  it("does without media in the response", function()
    assert.is_nil(record.from_response({ status = 200, envelope = FLAT }).photo)
  end)

  it("does not depend on the application's settings of cjson", function()
    local cjson = require "cjson"
    cjson.decode_max_depth(1)
    cjson.decode_invalid_numbers(true)
    local answer, failure = record.decode(NESTED, ORDER)
    local hex = record.decode '{"code":0x0}'
    cjson.decode_max_depth(1000)
    assert.is_nil(failure)
    assert.equal("99", answer.liveRate)
    assert.is_nil(hex)
  end)
end)

describe("the code", function()
  it("is the text 0 where the service says 0, as text or number", function()
    for _, zero in ipairs { '"0"', "0", " 0 ", '"\\u0030"' } do
      assert.equal("0", code_of('{"code":' .. zero .. "}"))
      assert.equal("0", code_of('{"result":{"code":' .. zero .. "}}"))
      assert.equal("0", code_of('{"code":' .. zero .. ',"result":{"code":"0"}}'))
    end
  end)

  it("is never 0 where the service says anything else", function()
    for _, other in ipairs {
      '"00"', '" 0"', '"0 "', '"0.0"', '"-0"', '"false"', '"null"', '"０"', '"0\\u0000"',
      "1", "-1",
    } do
      assert.not_equal("0", code_of('{"code":' .. other .. "}"), other)
      assert.not_equal("0", code_of('{"code":"0","result":{"code":' .. other .. "}}"), other)
      assert.not_equal("0", code_of('{"code":' .. other .. ',"result":{"code":"0"}}'), other)
    end
  end)

  it("is none where it is a number but no whole one, even where a double can't tell it from 0", function()
    for _, number in ipairs {
      "0.0", "-0", "0e5", "0E-0", "66660011.0", "6666001e1", "0.4", "-0.4",
      "0.5", "0.0004", "1e-9", "4.9e-324", "1e999", "1e-400", "-1E-400", "0.1e-400",
      "10e-400", "0." .. ("0"):rep(400) .. "1",
    } do
      for _, text in ipairs {
        '{"code":%s}', '{"result":{"code":%s}}', '{"code":"0","result":{"code":%s}}',
        '{"code":%s,"result":{"code":"0"}}', '{"code":%s,"result":{"code":0}}',
        '{"code":0,"result":{"code":%s}}',
      } do
        assert.equal("NO_CODE", refused(text:format(number)), text:format(number))
      end
    end
  end)

  it("is the text of a number", function()
    assert.equal("66660011", code_of '{"code":66660011}')
    assert.equal("123456789012345678901234567890", code_of '{"code":123456789012345678901234567890}')
    assert.equal("-1101", code_of '{"code":-1101}')
    assert.equal("400105", code_of '{"result":{"code":400105}}')
  end)

  it("is the one that is not 0 where root and result disagree", function()
    assert.equal("66660004", code_of '{"code":"0","result":{"code":"66660004"}}')
    assert.equal("66660004", code_of '{"code":"66660004","result":{"code":"0"}}')
    assert.equal("66660004", code_of '{"code":0,"result":{"code":66660004}}')
    assert.equal("66660004", code_of '{"code":"66660004","result":{"code":"66660011"}}')
  end)

  it("is looked for in result where the root has none", function()
    assert.equal("0", code_of '{"code":null,"result":{"code":"0"}}')
    assert.equal("15", code_of '{"code":null,"result":{"code":"15"}}')
    assert.equal("15", code_of '{"code":"15","result":{"code":null}}')
  end)

  it("must be there, as text or number", function()
    for _, text in ipairs {
      "{}", '{"Code":"0"}', '{"code":null}', '{"code":""}', '{"code":true}', '{"code":false}',
      '{"code":{}}', '{"code":["0"]}', '{"result":{}}', '{"result":{"code":null}}',
      '{"code":false,"result":{"code":"0"}}', '{"code":{},"result":{"code":"0"}}',
      '{"code":"0","result":{"code":true}}', '{"code":"0","result":{"code":false}}',
      '{"code":"0","result":{"code":[66660004]}}',
      '{"code":"","result":{"code":"0"}}', '{"code":"0","result":{"code":""}}',
      '{"data":{"code":"0"}}', '{"result":{"result":{"code":"0"}}}',
    } do
      assert.equal("NO_CODE", refused(text), text)
    end
  end)
end)

describe("the order number", function()
  it("must be the one asked for, at the root and in result", function()
    for _, text in ipairs {
      '{"code":"0","orderNo":"b2"}', '{"code":"0","result":{"orderNo":"b2"}}',
      '{"code":"0","orderNo":"a1","result":{"orderNo":"b2"}}',
      '{"code":"0","orderNo":"b2","result":{"orderNo":"a1"}}',
      '{"code":"66660004","orderNo":"b2"}', '{"orderNo":"b2"}',
      '{"code":"0","orderNo":"A1"}', '{"code":"0","orderNo":"a1 "}', '{"code":"0","orderNo":"a10"}',
      '{"code":"0","orderNo":"a1\\u0000"}',
      '{"code":"0","orderNo":["a1"]}', '{"code":"0","orderNo":{}}', '{"code":"0","orderNo":true}',
    } do
      assert.equal("WRONG_ORDER", refused(text, "a1"), text)
    end
  end)

  it("may be missing, or null", function()
    assert.equal("0", read('{"code":"0"}', "a1").code)
    assert.equal("0", read('{"code":"0","orderNo":null,"result":{"orderNo":null}}', "a1").code)
  end)

  it("may be a number, digit for digit", function()
    assert.equal("42", read('{"code":"0","orderNo":42}', "42").orderNo)
    assert.equal("WRONG_ORDER", refused('{"code":"0","orderNo":42.0}', "42"))
    assert.equal("WRONG_ORDER", refused('{"code":"0","orderNo":42.4}', "42"))
    assert.equal("WRONG_ORDER", refused('{"code":"0","orderNo":43}', "42"))
    assert.equal("WRONG_ORDER", refused('{"code":"0","orderNo":42}', "042"))
  end)

  it("may be a number of more digits than a double holds", function()
    for _, order_no in ipairs {
      "9007199254740993", "123456789012345678", "9223372036854775807", "1617091885609174325769165852",
    } do
      local got = read(('{"code":"0","orderNo":%s}'):format(order_no), order_no)
      assert.same({ "0", order_no }, { got.code, got.orderNo })
      assert.equal("WRONG_ORDER", refused(('{"code":"0","orderNo":%s}'):format(order_no:sub(1, -2) .. "0"), order_no))
      assert.equal("WRONG_ORDER", refused(('{"code":"0","orderNo":%s}'):format(order_no), "1" .. order_no))
    end
  end)

  it("is not looked at where none was asked for", function()
    assert.equal("b2", read('{"code":"0","orderNo":"b2"}').orderNo)
  end)
end)

describe("RiskInfo", function()
  it("is riskInfo, however it is spelt and wherever it sits", function()
    for _, name in ipairs { "riskInfo", "RiskInfo" } do
      for _, shape in ipairs { '{"code":"0","%s":%s}', '{"code":"0","result":{"%s":%s}}' } do
        local answer = read(shape:format(name, '{"LivenessInfoTag":"03","riskInfoTag":"7"}'))
        assert.same({ LivenessInfoTag = "03", riskInfoTag = "7" }, answer.riskInfo)
        assert.is_nil(answer.RiskInfo)
      end
    end
  end)

  it("stays as sent where it is no object", function()
    assert.equal("03,12", read('{"code":"0","RiskInfo":"03,12"}').riskInfo)
  end)

  it("stays visible in both spellings where both were sent", function()
    local answer = read '{"code":"0","riskInfo":{"livenessInfoTag":"01"},"RiskInfo":{"livenessInfoTag":"02"}}'
    assert.equal("01", answer.riskInfo.livenessInfoTag)
    assert.equal("02", answer.RiskInfo.livenessInfoTag)
  end)
end)

describe("what is not one JSON object", function()
  it("is refused", function()
    for _, text in ipairs {
      "", " ", "null", "0", '"0"', "true", "<html></html>", "{", '{"code":"0"', '{"code":"0"}}',
      '{"code":"0"} {"code":"0"}', '{"code":"0",}', "{'code':'0'}", '{code:"0"}', '{"code":"0"}x',
    } do
      assert.equal("NOT_JSON", refused(text), text:sub(1, 60))
    end
    for _, text in ipairs {
      ("["):rep(100000), ("["):rep(100000) .. ("]"):rep(100000),
      '{"code":"0","deep":' .. ("["):rep(100000) .. ("]"):rep(100000) .. "}",
    } do
      assert.equal("JSON_TOO_DEEP", refused(text), text:sub(1, 60))
    end
  end)

  it("is refused for a number that JSON does not know", function()
    for _, number in ipairs { "NaN", "nan", "Infinity", "-Infinity", "inf", "0x0", "0x10", "-0x0", "+1" } do
      assert.equal("NOT_JSON", refused('{"code":' .. number .. "}"), number)
      assert.equal("NOT_JSON", refused('{"code":"0","liveRate":' .. number .. "}"), number)
    end
  end)

  it("is refused as an array, whatever is in it", function()
    for _, text in ipairs { '["code","0"]', '[{"code":"0"}]', '[null,{"code":"0"}]' } do
      assert.equal("NOT_JSON", refused(text))
    end
    assert.equal("NO_CODE", refused "[]")
  end)

  it("is refused where a transport left it out", function()
    for _, envelope in ipairs { false, 5, {} } do
      local answer, failure = record.from_response { status = 200, envelope = envelope or nil }
      assert.is_nil(answer)
      assert.is_truthy(({ NOT_JSON = true, NO_CODE = true })[failure.status])
    end
  end)
end)
