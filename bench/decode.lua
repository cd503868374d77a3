-- facequery.decode_media, and LuaSocket's mime.unb64.

local report = require "report"

local facequery = require "facequery"
local mime = require "mime"

for _, size in ipairs { 4 * 2 ^ 10, 200 * 2 ^ 10, 4 * 2 ^ 20 } do
  local text = {}
  for i = 1, size / 4 do
    text[i] = ("%04X"):format(i * 7919 % 65536)
  end
  text = table.concat(text)
  assert(facequery.decode_media(text) == mime.unb64(text))
  local calls = math.ceil(2 ^ 23 / size) * 2
  report.calls(("decode.facequery.%d"):format(size), calls * 8, function()
    return facequery.decode_media(text)
  end)
  report.calls(("decode.mime.%d"):format(size), calls, function() return mime.unb64(text) end)
end
