-- The risk tags of a record.

local risk = require "facequery.service.risk"

-- The table of risk tags on the service's page, literally, and each line in English.
local page = {
  { "01", "用户全程闭眼", "eyes closed" },
  { "02", "用户未完成指定动作", "did not complete" },
  { "03", "疑似翻拍攻击", "suspected recapture attack" },
  { "04", "疑似合成攻击", "suspected synthesis attack" },
  { "05", "疑似黑产模版", "suspected template" },
  { "06", "疑似存在水印", "suspected watermark" },
  { "07", "反光校验未通过", "reflection check did not pass" },
  { "08", "出现多张人脸", "several faces" },
  { "09", "人脸质量过差", "too poor" },
  { "10", "距离校验不通过", "distance check did not pass" },
  { "11", "疑似对抗样本攻击", "suspected adversarial example attack" },
  { "12", "脸部区域疑似存在攻击痕迹", "face area" },
}

local zh_03_12 = { { tag = "03", text = "疑似翻拍攻击" }, { tag = "12", text = "脸部区域疑似存在攻击痕迹" } }

local function has(text, part)
  assert.is_truthy(text:find(part, 1, true), ("%q is not in %q"):format(part, text))
end

local function tags_of(x)
  local tags = {}
  for i, entry in ipairs(risk.tags(x)) do
    tags[i] = entry.tag
  end
  return table.concat(tags, " ")
end

describe("a risk tag", function()
  for _, row in ipairs(page) do
    it(row[1] .. " says what the page says, in both languages", function()
      assert.same({ { tag = row[1], text = row[2] } }, risk.tags(row[1], "zh"))
      local english = risk.tags(row[1])
      assert.equal(1, #english)
      has(english[1].text, row[3])
      assert.is_nil(english[1].text:find("[\128-\255]"))
      assert.same(english, risk.tags(row[1], "en"))
    end)
  end

  it("has one digit or is a number, and is the same", function()
    assert.same({ { tag = "03", text = "疑似翻拍攻击" } }, risk.tags("3", "zh"))
    assert.same({ { tag = "03", text = "疑似翻拍攻击" } }, risk.tags(3, "zh"))
    assert.same({ { tag = "12", text = "脸部区域疑似存在攻击痕迹" } }, risk.tags(12.0, "zh"))
  end)

  it("stays visible when it is not in the table", function()
    assert.same({ { tag = "13", text = "unknown tag" }, { tag = "X9", text = "unknown tag" } },
      risk.tags("13,X9"))
    assert.same({ { tag = "99", text = "未知标签" } }, risk.tags("99", "zh"))
    assert.equal("0 00 013", tags_of("0,00,013"))
  end)
end)

describe("several risk tags", function()
  it("are joined by any of the service's separators", function()
    for _, text in ipairs({ "03,12", "03_12", "03;12", "03|12", "03 12", " 03 , 12 ", "03\t\r\n12",
      ",,03__12||", "3,12" }) do
      assert.same(zh_03_12, risk.tags(text, "zh"), text)
    end
  end)

  it("come in order of appearance, each once", function()
    assert.equal("12 03 01", tags_of("12,03,12,3,01,03"))
  end)

  it("are none in an empty text", function()
    assert.same({}, risk.tags(""))
    assert.same({}, risk.tags(" ,; "))
  end)
end)

describe("RiskInfo", function()
  it("is read with its key in either case of the first letter", function()
    assert.same(zh_03_12, risk.tags({ livenessInfoTag = "03_12" }, "zh"))
    assert.same(zh_03_12, risk.tags({ LivenessInfoTag = "03_12" }, "zh"))
  end)

  it("is found in a record and in an answer, at the root and under result", function()
    local info = { LivenessInfoTag = "03,12" }
    assert.same(zh_03_12, risk.tags({ code = "0", riskInfo = info }, "zh"))
    assert.same(zh_03_12, risk.tags({ code = "0", RiskInfo = info }, "zh"))
    assert.same(zh_03_12, risk.tags({ code = "0", result = { riskInfo = info } }, "zh"))
    assert.same(zh_03_12, risk.tags({ code = "0", result = { RiskInfo = info } }, "zh"))
    assert.same(zh_03_12, risk.tags({ riskInfo = info, result = { RiskInfo = info } }, "zh"))
    assert.same(zh_03_12, risk.tags({ code = "0", riskInfo = "03,12" }, "zh"))
  end)

  it("keeps the app SDK's tags apart, under their field", function()
    assert.same({
      { tag = "03", text = "疑似翻拍攻击" },
      { tag = "03", text = "设备标签 03", field = "deviceInfoTag" },
      { tag = "7", text = "设备标签 7", field = "deviceInfoTag" },
      { tag = "R1", text = "风险标签 R1", field = "riskInfoTag" },
    }, risk.tags({
      riskInfo = {
        livenessInfoTag = "03", deviceInfoLevel = "2", deviceInfoTag = "03,7,03",
        riskInfoLevel = "3", RiskInfoTag = "R1",
      },
    }, "zh"))
    assert.same({ { tag = "5", text = "device tag 5", field = "deviceInfoTag" } },
      risk.tags({ DeviceInfoTag = 5 }))
  end)

  it("is absent: there are no tags", function()
    assert.same({}, risk.tags({}))
    assert.same({}, risk.tags({ code = "0", liveRate = "99", similarity = "88.01" }))
    assert.same({}, risk.tags({ code = "0", result = { riskInfo = {} } }))
  end)

  it("is found in every shape", function()
    for _, shape in ipairs {
      { livenessInfoTag = "03，12" }, { livenessInfoTag = "03、12" }, { livenessInfoTag = "03；12" },
      { livenessInfoTag = "03　12" }, { livenessInfoTag = "03｜12＿03" },
      { riskInfo = { "03", "12" } }, { riskInfo = { "03", nil, 12 } }, { { livenessInfoTag = "03_12" } },
      { riskInfo = { { livenessInfoTag = "03" }, { LivenessInfoTag = 12 } } },
      { riskInfo = { { tag = "03" }, { Tag = "12" } } },
      { RiskInfo = { livenessInfoTag = { { tag = "03" }, { code = "12" } } } },
      { result = { riskInfo = { { livenessInfoTag = { "03", "12" } } } } },
      { riskInfo = { livenessInfoTag = { tag = { "03", "12" } } } },
    } do
      assert.equal("03 12", tags_of(shape))
    end
    local itself = { "03" }
    itself[2] = itself
    assert.equal("03", tags_of { livenessInfoTag = itself, riskInfo = itself })
  end)

  it("is none where it says so", function()
    for _, none in ipairs { "null", "NULL", "null-无", "无", "null,null", "", "，" } do
      assert.equal("", tags_of(none))
      assert.equal("", tags_of { riskInfo = { livenessInfoTag = none, deviceInfoTag = none, riskInfoTag = { none } } })
    end
    assert.equal("03", tags_of "null,03")
  end)

  it("is found in every shape of list and object", function()
    for _, info in ipairs {
      { { code = "03" } }, { { tag = "03" } }, { { Tag = 3 } }, { { livenessInfoTag = "03" } }, { { "03" } },
      { { { tag = "03" } } }, { tag = "03" }, { Tag = { "03" } }, { { { { code = "03" } } } },
    } do
      assert.equal("03", tags_of({ riskInfo = info }))
      assert.equal("03", tags_of({ code = "66660004", result = { RiskInfo = info } }))
    end
    -- A field `code` in RiskInfo, or in the record, is not read as a risk tag.
    assert.equal("", tags_of({ code = "66660004", riskInfo = { code = "0" } }))
    assert.equal("deviceInfoTag 03", (function()
      local list = risk.tags({ riskInfo = { { deviceInfoTag = "7", tag = "03" } } })
      return list[1].field .. " " .. list[2].tag
    end)())
  end)

  it("of another type is read as far as it goes, and never raises", function()
    assert.equal("03 12", tags_of({ livenessInfoTag = { "03", 12 } }))
    assert.equal("03 12", tags_of({ livenessInfoTag = { "03", { "12" } } }))
    assert.equal("03", tags_of({ livenessInfoTag = 3 }))
    local null = io.stdout -- a userdata, as cjson's null is one
    for _, odd in ipairs({ null, true, {}, { {} }, { a = 1 }, print, { null, false } }) do
      assert.same({}, risk.tags({ livenessInfoTag = odd, deviceInfoTag = odd, riskInfoTag = odd }))
      assert.same({}, risk.tags({ riskInfo = odd, RiskInfo = odd, result = odd }))
      assert.same({}, risk.tags({ result = { riskInfo = odd } }))
    end
  end)
end)

describe("the list of risk tags", function()
  it("belongs to the caller: changing it changes no other", function()
    local first = risk.tags("03,12", "zh")
    first[1].text, first[2].tag, first[3] = "", "", {}
    assert.same(zh_03_12, risk.tags("03,12", "zh"))
  end)

  it("raises where a type is wrong, and blames the caller", function()
    for _, wrong in ipairs({ false, true, print, io.stdout }) do
      local ok, message = pcall(function() local list = risk.tags(wrong); return list end)
      assert.is_false(ok)
      has(message, "bad argument #1 to 'risk_tags'")
      has(message, "risk_spec.lua:")
    end
    assert.is_false(pcall(risk.tags))
    assert.is_false(pcall(risk.tags, nil))
    for _, lang in ipairs({ "fr", "", 5, {}, false }) do
      local ok, message = pcall(risk.tags, "03", lang)
      assert.is_false(ok)
      has(message, "bad argument #2 to 'risk_tags'")
    end
  end)
end)
