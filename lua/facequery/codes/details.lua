--- What a library below, or the system, has said of a failure, for a sentence in the user's language.

local details = {}

-- errno's in glibc's words.
local SYSTEM = {
  ["No such file or directory"] = "文件或文件夹不存在",
  ["Permission denied"] = "没有权限",
  ["Operation not permitted"] = "不允许该操作",
  ["Is a directory"] = "是文件夹",
  ["Not a directory"] = "不是文件夹",
  ["File exists"] = "已存在",
  ["No space left on device"] = "磁盘已满",
  ["Disk quota exceeded"] = "超出磁盘配额",
  ["File too large"] = "文件过大",
  ["Read-only file system"] = "文件系统只读",
  ["Too many open files"] = "打开的文件过多",
  ["Too many levels of symbolic links"] = "符号链接层数过多",
  ["File name too long"] = "文件名过长",
  ["Input/output error"] = "读写错误",
  ["Cannot allocate memory"] = "内存不足",
}

--- A detail for a sentence.  What nobody has translated stands in quotation marks in Chinese: they are somebody else's
--- words.
---@param lang facequery.Lang
---@param text string
---@return string
function details.of(lang, text)
  -- A message is one line, because tostring(err) goes into a log as one.
  text = text:gsub("%c+", " ")
  if lang == "en" or not text:find "%a %a" or text:find "[\228-\233][\128-\191][\128-\191]" then
    return text
  end
  local folder = text:match "^(.*): no such folder$"
  if folder then
    return folder .. "：文件夹不存在"
  end
  return SYSTEM[text] or "「" .. text .. "」"
end

return details
