--- What the tags in RiskInfo say. The numbers are those of the query's own page: the provider's
--- other API numbers its liveness tags differently.

local risk = {}

local liveness = {
  ["01"] = { en = "the user kept their eyes closed all the time", zh = "用户全程闭眼" },
  ["02"] = { en = "the user did not complete the required action", zh = "用户未完成指定动作" },
  ["03"] = { en = "suspected recapture attack (a screen or a photo was filmed)", zh = "疑似翻拍攻击" },
  ["04"] = { en = "suspected synthesis attack", zh = "疑似合成攻击" },
  ["05"] = { en = "suspected template of the fraud industry", zh = "疑似黑产模版" },
  ["06"] = { en = "suspected watermark", zh = "疑似存在水印" },
  ["07"] = { en = "the light reflection check did not pass", zh = "反光校验未通过" },
  ["08"] = { en = "several faces appeared", zh = "出现多张人脸" },
  ["09"] = { en = "the quality of the face is too poor", zh = "人脸质量过差" },
  ["10"] = { en = "the distance check did not pass", zh = "距离校验不通过" },
  ["11"] = { en = "suspected adversarial example attack", zh = "疑似对抗样本攻击" },
  ["12"] = { en = "suspected traces of an attack in the face area", zh = "脸部区域疑似存在攻击痕迹" },
}

local unknown = { en = "unknown tag", zh = "未知标签" }

-- The app SDK's tags: no page says what their values mean.
local sdk_fields = {
  { key = "deviceInfoTag", alias = "DeviceInfoTag", en = "device tag %s", zh = "设备标签 %s" },
  { key = "riskInfoTag", alias = "RiskInfoTag", en = "risk tag %s", zh = "风险标签 %s" },
}

--- A risk that was found in a scan.
---@class facequery.RiskTag
---@field tag string two digits where the table knows it, else as sent
---@field text string what it says
---@field field? "deviceInfoTag"|"riskInfoTag" where it is not a liveness tag

-- How deep tables are searched: one that a user has made may contain itself.
local DEPTH = 8

-- A list's indexes in their order.
local function indexes(list)
  local found = {}
  for index in pairs(list) do
    found[#found + 1] = type(index) == "number" and index or nil
  end
  table.sort(found)
  return found
end

-- What separates tags in texts of East Asia, and no byte of which does so in ASCII.
local WIDE = { "，", "、", "；", "｜", "＿", "　" }

-- The SDK's pages list the value "null-无": no tag.
local NONE = { null = true, ["null-无"] = true, ["无"] = true }

-- An object in a list of tags holds its own under one of these.
local TAG_KEYS = { "tag", "Tag", "code", "livenessInfoTag", "LivenessInfoTag" }

-- Every tag in a value of whatever type the service sent: text, a number, a list or objects of them.
local function each_tag(value, found, depth)
  depth = depth or 0
  if type(value) == "number" then
    found(("%.14g"):format(value))
  elseif type(value) == "string" then
    for _, wide in ipairs(WIDE) do
      value = value:gsub(wide, ",")
    end
    for tag in value:gmatch("[^_,;| \t\r\n]+") do
      if not NONE[tag:lower()] then
        found(tag)
      end
    end
  elseif type(value) == "table" and depth < DEPTH then
    -- By sorted indexes instead of ipairs: nulls have left holes in the list.
    for _, index in ipairs(indexes(value)) do
      each_tag(value[index], found, depth + 1)
    end
    for _, key in ipairs(TAG_KEYS) do
      each_tag(value[key], found, depth + 1)
    end
  end
end

local function add(list, seen, tag, text, field)
  local key = (field or "") .. ":" .. tag
  if not seen[key] then
    seen[key] = true
    list[#list + 1] = { tag = tag, text = text, field = field }
  end
end

local function add_liveness(list, seen, value, lang)
  each_tag(value, function(tag)
    if tag:match("^%d$") and liveness["0" .. tag] then
      tag = "0" .. tag
    end
    add(list, seen, tag, (liveness[tag] or unknown)[lang])
  end)
end

local function add_info(list, seen, info, lang)
  add_liveness(list, seen, info.livenessInfoTag, lang)
  add_liveness(list, seen, info.LivenessInfoTag, lang)
  for _, field in ipairs(sdk_fields) do
    local function found(tag)
      add(list, seen, tag, field[lang]:format(tag), field.key)
    end
    each_tag(info[field.key], found)
    each_tag(info[field.alias], found)
  end
end

-- Adds an item of a list that stands in RiskInfo's place.
local function add_one(list, seen, item, lang)
  if type(item) == "table" then
    add_info(list, seen, item, lang)
  end
  add_liveness(list, seen, item, lang)
end

local function add_list(list, seen, items, lang)
  for _, index in ipairs(indexes(items)) do
    add_one(list, seen, items[index], lang)
  end
end

-- No recorded answer shows where RiskInfo sits, so a table is read as RiskInfo and as what may hold
-- one. A RiskInfo that is no object is read as its liveness tags.
local function add_table(list, seen, holder, lang)
  add_info(list, seen, holder, lang)
  add_list(list, seen, holder, lang)
  for _, key in ipairs({ "riskInfo", "RiskInfo" }) do
    local info = holder[key]
    if type(info) == "table" then
      add_info(list, seen, info, lang)
      add_list(list, seen, info, lang)
      -- The object's `code` is not looked at: it may belong to anything.
      add_liveness(list, seen, info.tag, lang)
      add_liveness(list, seen, info.Tag, lang)
    else
      add_liveness(list, seen, info, lang)
    end
  end
end

--- The risks that an answer names ("RiskInfo 对象说明"), in order of appearance, each once. Tags that are not in the
--- page's table stay visible. No risk named: an empty list. Nothing inside an answer raises.
---@param x string|number|table "03,12" (separated by _ , ; | or blanks), a RiskInfo, or a record
---@param lang? facequery.Lang default "en"
---@return facequery.RiskTag[] tags
function risk.tags(x, lang)
  if type(x) ~= "string" and type(x) ~= "number" and type(x) ~= "table" then
    error(("bad argument #1 to 'risk_tags' (string or table expected, got %s)"):format(type(x)), 2)
  end
  if lang == nil then
    lang = "en"
  elseif lang ~= "en" and lang ~= "zh" then
    local got = type(lang) == "string" and ('"%s"'):format(lang) or type(lang)
    error(("bad argument #2 to 'risk_tags' (\"en\" or \"zh\" expected, got %s)"):format(got), 2)
  end

  local list, seen = {}, {}
  if type(x) == "table" then
    add_table(list, seen, x, lang)
    if type(x.result) == "table" then
      add_table(list, seen, x.result, lang)
    end
  else
    add_liveness(list, seen, x, lang)
  end
  return list
end

return risk
