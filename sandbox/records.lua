-- What the service's answers are made of: for the sandbox, and for facequery.mock, which has no nginx.

local records = {}

--- The service's words for its codes.
records.MESSAGES = {
  ["0"] = "请求成功", ["15"] = "token 过期",
  ["400101"] = "不合法请求", ["400102"] = "登录态失效", ["400103"] = "服务器拒绝访问此接口",
  ["400104"] = "无权限", ["400105"] = "身份验证不通过", ["400501"] = "请求超限",
  ["400502"] = "版本错误", ["400503"] = "文件校验错误", ["400504"] = "访问频率过高",
  ["400506"] = "访问频率过高", ["400601"] = "参数体过大", ["400604"] = "上传的视频非实时录制",
  ["66660000"] = "参数过长", ["66660001"] = "不合法请求", ["66660002"] = "服务已过有效期",
  ["66660004"] = "无法确认为同一人", ["66660005"] = "无照片信息",
  ["66660010"] = "姓名和身份证不一致", ["66660011"] = "无此查询结果",
  ["66660015"] = "姓名或身份证不合法", ["66660016"] = "视频格式或大小不合法",
  ["66660017"] = "验证次数超限", ["66660018"] = "操作超时,请退出重试",
  ["66660020"] = "无此查询结果", ["66660021"] = "网络不给力", ["66660022"] = "动态数字失效",
  ["66660023"] = "请确保本人操作且正脸对框", ["66660024"] = "无此证件号码",
  ["66660025"] = "未识别到人脸", ["66660026"] = "高清照大小不符合",
  ["66660030"] = "不支持此类型服务", ["66660033"] = "人脸数超限",
  ["66660035"] = "未识别到人脸", ["66660036"] = "请确保本人操作且正脸对框",
  ["66660037"] = "照片出现多张脸", ["66660038"] = "未识别到人脸",
  ["66660039"] = "证件照不存在或无法处理", ["66660040"] = "脸部有遮挡",
  ["66660041"] = "照片模糊", ["66660042"] = "照片模糊",
  ["-1101"] = "未检测到人脸", ["-1102"] = "视频异常", ["-1404"] = "声音未能识别",
  ["999997"] = "系统异常", ["999998"] = "系统异常", ["999999"] = "系统异常",
}

--- The files of an answer as base64 texts: jpeg, png, mp4.
---@param folder string with a slash at its end
---@param base64 fun(bytes: string): string
---@return table<string, string>
function records.read_media(folder, base64)
  local media = {}
  for name, path in pairs { jpeg = "photo.jpg", png = "photo.png", mp4 = "video.mp4" } do
    local file = assert(io.open(folder .. path, "rb"))
    media[name] = base64(file:read("*a"))
    file:close()
  end
  return media
end

--- The provider's clock shows the time of Beijing.
---@param offset? number seconds from now
---@return string
function records.beijing(offset)
  return os.date("!%Y%m%d%H%M%S", os.time() + 8 * 3600 + (offset or 0))
end

--- What every answer has.
---@param code string
---@param serial string 26 digits
---@param msg? string
---@return table
function records.envelope(code, serial, msg)
  return {
    code = code, msg = msg or records.MESSAGES[code] or "未知错误", transactionTime = records.beijing(),
    bizSeqNo = records.beijing():sub(3, 8) .. serial,
  }
end

---@class sandbox.Sources what answers are made of
---@field media table<string, string> base64 texts: jpeg, png, mp4
---@field base64 fun(bytes: string): string
---@field serial fun(): string 26 digits
---@field elsewhere string a url to be led to

--- The query as a scenario's `answer` in orders.lua gets it.
---@param request { orderNo: string, getFile?: string, queryVersion?: string, appId: string }
---@param asked { queries: table<string, integer>, file_queries: table<string, integer> } is added to
---@param sources sandbox.Sources
---@return table
function records.context(request, asked, sources)
  local order, get_file = request.orderNo, request.getFile
  local q = {
    order = order,
    wants_photo = get_file == "1" or get_file == "2",
    wants_video = get_file == "1" or get_file == "3",
    media = sources.media,
    base64 = sources.base64,
    elsewhere = sources.elsewhere,
  }
  -- How often this order was asked for, this time included; and how often with files.
  q.queries = (asked.queries[order] or 0) + 1
  asked.queries[order] = q.queries
  q.file_queries = asked.file_queries[order] or 0
  if q.wants_photo or q.wants_video then
    q.file_queries = q.file_queries + 1
    asked.file_queries[order] = q.file_queries
  end

  function q.refusal(code)
    local body = records.envelope(code, sources.serial())
    body.orderNo = order
    return body
  end

  function q.record(code)
    local body = records.envelope(code, sources.serial())
    local more = request.queryVersion == "1.0"
    body.result = {
      orderNo = order, liveRate = "99", similarity = "88.01", occurredTime = records.beijing(-60),
      appId = request.appId, bizSeqNo = body.bizSeqNo,
      sdkVersion = more and "1.12.12" or nil, trtcFlag = more and "Y" or nil,
    }
    return body
  end

  return q
end

return records
