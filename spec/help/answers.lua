-- Answers by hand: how they are fed to the core, what comes of them, and two small media to put into them.

local assert = require "luassert"

local core = require "facequery.core"
local request_for = require "help.request"
local support = require "help.support"

local answers = {}

-- 20 bytes each: a photo that begins like a JPEG, a video that begins like an MP4.
answers.PHOTO, answers.PHOTO_TEXT = "\255\216\255\224\0\16JFIF\0\1+/+/\251\255\254\1", "/9j/4AAQSkZJRgABKy8rL/v//gE="
answers.VIDEO, answers.VIDEO_TEXT = "\0\0\0\24ftypisom\0\0\2\0isom", "AAAAGGZ0eXBpc29tAAACAGlzb20="

local PHOTO_TEXT, VIDEO_TEXT = answers.PHOTO_TEXT, answers.VIDEO_TEXT

-- Answers in every shape that is known.  `photo`, `video`: false where there is none.
answers.SHAPES = {
  { "flat", '{"code":"0","photo":"' .. PHOTO_TEXT .. '","video":"' .. VIDEO_TEXT .. '","orderNo":"a1"}' },
  { "nested", '{"code":"0","result":{"photo":"' .. PHOTO_TEXT .. '","orderNo":"a1","video":"' .. VIDEO_TEXT .. '"}}' },
  { "in both places", '{"video":"' .. VIDEO_TEXT .. '","result":{"x":[{"y":1}],"photo":"' .. PHOTO_TEXT .. '"}}' },
  { "with blanks", ' \r\n\t{ "result" :\n{ "photo"\t: "' .. PHOTO_TEXT .. '" ,\r\n"video" : "' .. VIDEO_TEXT
    .. '" } }\n ' },
  { "with escaped media", '{"photo":"' .. PHOTO_TEXT:gsub("/", "\\/"):gsub("%+", "\\u002b"):gsub("=", "\\u003D")
    .. '","video":"' .. VIDEO_TEXT:gsub(".", function(c) return ("\\u%04x"):format(c:byte()) end) .. '"}' },
  { "with escaped keys", '{"\\u0072esul\\u0074":{"\\u0070hoto":"' .. PHOTO_TEXT .. '","vide\\u006F":"' .. VIDEO_TEXT
    .. '"}}' },
  { "with line breaks", '{"photo":"\\r\\n' .. PHOTO_TEXT:gsub("....", "%0\\r\\n") .. '","video":"'
    .. VIDEO_TEXT:gsub("...", "%0\\n") .. '"}' },
  { "with data urls", '{"photo":"data:image\\/jpeg;base64,' .. PHOTO_TEXT .. '","video":"data:video/mp4;base64,'
    .. VIDEO_TEXT .. '"}' },
  { "without padding", '{"photo":"' .. PHOTO_TEXT:gsub("=", "") .. '","video":"' .. VIDEO_TEXT:gsub("=", "") .. '"}' },
  { "without media", '{"code":"66660011","msg":"无此查询结果","result":{"photo":null,"video":""}}', false, false },
  { "with an empty medium first", '{"photo":"","result":{"photo":"' .. PHOTO_TEXT .. '","video":null},"video":""}',
    true, false },
  { "with media's names elsewhere", '{"a":{"photo":"p","video":["v"],"result":{"photo":"q"}},"photos":"r","Photo":"s",'
    .. '"list":["photo","video",{"photo":"t"}],"result":{"deeper":{"video":"u"},"result":{"photo":"w"},"pho":"to",'
    .. '"phot":"x","photo ":"y","\\u0000photo":"z","photo\\u0000":"z","ph\\u00f6to":1,"photo\\ud83d\\ude42":2}}', false,
    false },
  { "with media that are no strings", '{"photo":{"photo":"a","x":[1]},"video":["b",{"video":"c"}],"result":{"photo":1,'
    .. '"video":true}}', false, false },
  { "with a list as its result", '{"result":[{"photo":"a"},"photo","b"],"x":{"photo":"c"}}', false, false },
  { "with quotes and brackets inside texts", '{"a":"\\"photo\\":\\"x\\"","b":"}]{[,:","c\\\\":"\\\\","d\\"":"\\\\\\"",'
    .. '"photo":"' .. PHOTO_TEXT .. '","e":"\\u0022,\\u005c"}', true, false },
  { "with every kind of value", '{"n":-1.25e-7,"t":true,"f":false,"z":null,"l":[1,"two",[3],{"four":4},[],{}],"":0,'
    .. '"emoji":"\\ud83d\\ude42 🙂","long name of a field that matters to nobody":1,"photo":"' .. PHOTO_TEXT .. '"}',
    true, false },
  { "empty", "{}", false, false },
}

-- With both, at the root.
answers.BOTH = answers.SHAPES[1][2]

-- Feeds an answer in pieces.  What came of it: { envelope =, media =, damaged = }, or nil and a failure.
function answers.read(pieces, options)
  local response, failure = core.answer(request_for(options))
  if not response then
    return nil, failure
  end
  local ok
  for _, piece in ipairs(type(pieces) == "string" and { pieces } or pieces) do
    ok, failure = response:feed(piece)
    if not ok then
      return nil, failure
    end
  end
  ok, failure = response:finish()
  if not ok then
    return nil, failure
  end
  local envelope = response:envelope()
  local media, damaged = response:keep()
  if not media then
    return nil, damaged
  end
  return { envelope = envelope, media = media, damaged = damaged }
end

function answers.refuses(status, pieces, options, more)
  local answer, failure = answers.read(pieces, options)
  assert.is_nil(answer)
  local expected = { status = status }
  for name, value in pairs(more or {}) do
    expected[name] = value
  end
  assert.same(expected, failure)
end

-- Everything that came of it as one text, to compare by.
function answers.told(pieces)
  local answer, failure = answers.read(pieces)
  local words = {}
  if answer then
    words[1] = answer.envelope
    for _, name in ipairs { "photo", "video" } do
      local medium = answer.media[name] or {}
      local damage = (answer.damaged or {})[name] or {}
      for _, field in ipairs { "size", "format", "mime", "data", "code", "offset", "exact" } do
        words[#words + 1] = ("%s.%s=%s %s"):format(name, field, tostring(medium[field]), tostring(damage[field]))
      end
    end
  else
    words = { failure.status, tostring(failure.field), tostring(failure.offset) }
  end
  return table.concat(words, "\n")
end

-- What a command makes of these bytes.
function answers.through(command, bytes)
  local folder = support.folder()
  support.write_file(folder .. "/bytes", bytes)
  local output = support.must(("%s %s/bytes"):format(command, folder))
  support.remove_folder(folder)
  return output
end

function answers.base64(bytes)
  return answers.through("base64 -w 0", bytes)
end

return answers
