--- What front ends call a face check's end: the code in H5's return url, and the app SDK's, by the
--- hundreds of its domains.  The service has answered none of them to a query.

local front = {}

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

local h5 = {
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

--- What a front end's code means; nil where it is none.
---@param code string
---@return table|nil
function front.meaning(code)
  local number = code:find "^%d%d%d%d%d$" and tonumber(code)
  for _, range in ipairs(number and not h5[code] and sdk or {}) do
    if number >= range[1] and number <= range[2] then
      return range[3]
    end
  end
  return h5[code]
end

--- The app SDK's codes, by the hundreds of its domains.
---@return integer[][] first and last code of each, in their order
function front.ranges()
  local list = {}
  for i, range in ipairs(sdk) do
    list[i] = { range[1], range[2] }
  end
  return list
end

--- The codes that are known here by themselves.
---@return string[] in no order
function front.names()
  local list = {}
  for code in pairs(h5) do
    list[#list + 1] = code
  end
  return list
end

return front
