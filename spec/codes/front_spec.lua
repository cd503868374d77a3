-- The codes of H5's return url and of the app SDK.

local all = require "help.codes"
local codes = require "facequery.codes"

local has, is_complete = all.has, all.is_complete

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
    for domain, numbers in pairs {
      Params = { 13000, 13001, 13002 }, LoginNetwork = { 23100, 23200 }, GetInfoNetwork = { 33100, 33200 },
      NativeProcess = { 43001, 43014 }, CompareNetwork = { 53100, 53200 },
    } do
      for _, code in ipairs(numbers) do
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
