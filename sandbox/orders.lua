-- What each order number makes the sandbox answer.  An order number is a word and a serial that
-- makes it unique: `verified1`, `verified2`, `late20241124a`.  The word chooses the scenario; so that
-- it has an end, the serial begins with a digit.
--
-- A scenario's `answer` is given the query (its fields are in service.lua) and the parameters in
-- the order number; it returns the body, and optionally how to send it (both as in answer.lua).

-- luacheck: push no max line length
local SAMPLE = [==[{"code":"0","msg":"请求成功","bizSeqNo":"22032920001184453211174015790894","result":{"orderNo":"1617091885609174325769165852","liveRate":"99","similarity":"88.01","occurredTime":"20220329104717","appId":"IDAXXXXX”,”photo”:”******","video":"******","bizSeqNo":"22032920001184453211174015790894","sdkVersion":"1.12.12","trtcFlag":"Y"},"transactionTime":"20220329111740"}]==]
-- luacheck: pop

local PAGE = "<!DOCTYPE html><html><head><title>%s</title></head><body><h1>%s</h1></body></html>\n"

local null = { raw = { "null" } }

local function quoted(...)
  local parts = { '"', ... }
  parts[#parts + 1] = '"'
  return { raw = parts }
end

-- A record with these media, where the query asks for them.
local function with(q, photo, video, code)
  local record = q.record(code or "0")
  record.result.photo = q.wants_photo and photo or nil
  record.result.video = q.wants_video and video or nil
  return record
end

local function verified(q, code)
  return with(q, quoted(q.media.jpeg), quoted(q.media.mp4), code)
end

-- The files come with the third query that asks for them.
local function late(q, record)
  local result = record.result
  if q.file_queries == 1 then
    result.photo, result.video = nil, nil
  elseif q.file_queries == 2 then
    result.photo, result.video = result.photo and quoted(""), result.video and null
  end
  return record
end

local function rejected(q)
  local record = verified(q, "66660004")
  record.result.RiskInfo = { livenessInfoTag = "03,12" }
  return record
end

local function status(q, number)
  local how = { status = number, type = "text/html" }
  if number >= 300 and number < 400 then how.location = q.elsewhere end
  return PAGE:format(number, number), how
end

-- A record for code 0 whose photo and video have had their base64 text changed by the same function.
local function changed(q, change)
  return with(q, quoted(change(q.media.jpeg)), quoted(change(q.media.mp4)))
end

local JPEG = "\255\216\255\224\0\16JFIF\0"
local MP4 = "\0\0\0\32ftypisom"
local BLOCK = 48 * 1024 -- a multiple of 3 and of 256: every block encodes alike

-- `bytes` bytes: `magic`, then at offset i the byte i % 256.
local function generated(q, magic, bytes)
  local ramp = {}
  for i = 0, 255 do ramp[i + 1] = string.char(i) end
  local filler = table.concat(ramp):rep(BLOCK / 256)
  local first = magic .. filler:sub(#magic + 1)
  if bytes <= BLOCK then return quoted(q.base64(first:sub(1, bytes))) end
  local more = math.floor(bytes / BLOCK) - 1
  local rest = filler:sub(1, bytes % BLOCK)
  return quoted(q.base64(first), { text = q.base64(filler), times = more }, q.base64(rest))
end

local UNITS = { [""] = 1, k = 1024, m = 1024 * 1024 }
local function sized(q, photo, photo_unit, video, video_unit)
  local function bytes(number, unit) return math.min(tonumber(number) * UNITS[unit], 2 ^ 32) end
  return generated(q, JPEG, bytes(photo, photo_unit)), generated(q, MP4, bytes(video, video_unit))
end
local SIZES = "(%d+)([km]?)x(%d+)([km]?)"

---@class sandbox.Scenario
---@field name string the word, with the names of its parameters in capitals behind it
---@field about string what it answers, in one line
---@field parameters? string Lua pattern of the parameters
---@field serial? string what the serial begins with: a digit where nothing else is said
---@field answer function

---@type sandbox.Scenario[]
local scenarios = {
  { name = "verified", about = "code 0, with a JPEG and an MP4", answer = function(q)
    return verified(q)
  end },
  { name = "late", about = "code 0; the files come with the third query that asks for them",
    answer = function(q) return late(q, verified(q)) end },
  { name = "png", about = "code 0; the photo is a PNG", answer = function(q)
    return with(q, quoted(q.media.png), quoted(q.media.mp4))
  end },
  { name = "nomedia", about = "code 0; the files never come", answer = function(q)
    return with(q, null, nil)
  end },
  { name = "rejected", about = "66660004 with scores, files and the liveness tags 03 and 12",
    answer = rejected },
  { name = "rejectednomedia", about = "the same without files", answer = function(q)
    local record = rejected(q)
    record.result.photo, record.result.video = nil, nil
    return record
  end },
  { name = "rejectedlate", about = "66660004; the files come with the third query that asks for them",
    answer = function(q) return late(q, rejected(q)) end },
  { name = "codeN", about = "the code N, as in code66660011; a serial follows an x: code66660011x7",
    parameters = "(%d+)", serial = "x", answer = function(q, code) return q.refusal(code) end },
  { name = "codeminusN", about = "the code -N, as in codeminus1101x7", parameters = "(%d+)",
    serial = "x", answer = function(q, code) return q.refusal("-" .. code) end },

  { name = "flat", about = "code 0, all fields at the root, as in the page's table",
    answer = function(q)
      local record = verified(q)
      for name, value in pairs(record.result) do record[name] = value end
      record.result = nil
      return record
    end },
  { name = "unknownfields", about = "code 0 as a number, scores as numbers, and new fields",
    answer = function(q)
      local record = verified(q)
      record.code = 0
      record.result.liveRate, record.result.similarity = 99, 88.01
      record.newText = { raw = { [["\ud83d\ude42 \u0000 \"}{][,:\\ 新"]] } }
      record.newNumber = { raw = { "-1.25e-7" } }
      record.newTrue, record.newFalse, record.newNull = true, false, null
      record.newList = { raw = { '[1,"two",[3],{"four":4},null,[],{}]' } }
      record.newObject = { raw = { '{"photo":"not the photo","result":{"video":[]},"":0}' } }
      record.result.newText = "photo"
      record.result.newObject = { raw = { ' { "video" : "not the video" } ' } }
      return record
    end },
  { name = "escaped", about = [[code 0; files and a field name with \/ and \uXXXX escapes]],
    answer = function(q)
      local record = changed(q, function(text)
        local start = text:sub(1, 64):gsub(".", function(character)
          return ("\\u%04x"):format(character:byte())
        end)
        return start .. text:sub(65):gsub("/", "\\/"):gsub("%+", "\\u002B")
      end)
      record.result["\\u0070hoto"], record.result.photo = record.result.photo, nil
      return record
    end },
  { name = "linebroken", about = "code 0; a line break after every 76 characters of the files",
    answer = function(q)
      return changed(q, function(text) return (text:gsub(("."):rep(76), "%0\\r\\n")) end)
    end },
  { name = "dataurl", about = "code 0; the files are data: urls", answer = function(q)
    return with(q, quoted("data:image/jpeg;base64,", q.media.jpeg),
      quoted("data:video/mp4;base64,", q.media.mp4))
  end },
  { name = "unpadded", about = "code 0; the files' base64 lacks its padding", answer = function(q)
    return changed(q, function(text) return (text:gsub("=+$", "")) end)
  end },
  { name = "badbase64", about = "code 0; a * at offset 1000 of the photo's base64",
    answer = function(q)
      local text = q.media.jpeg
      return with(q, quoted(text:sub(1, 1000), "*", text:sub(1002)), quoted(q.media.mp4))
    end },
  { name = "cutbase64", about = "code 0; the photo's base64 ends after the first character of four",
    answer = function(q)
      return with(q, quoted(q.media.jpeg:sub(1, 1001)), quoted(q.media.mp4))
    end },

  { name = "cutjson", about = "JSON that stops half-way, in a whole HTTP answer",
    answer = function(q)
      return verified(q), { edit = function(text) return text:sub(1, math.floor(#text / 2)) end }
    end },
  { name = "notjson", about = "an HTML page with status 200", answer = function(q)
    return status(q, 200)
  end },
  { name = "array", about = "a JSON array", answer = function(q)
    return verified(q), { edit = function(text) return "[" .. text .. "]" end }
  end },
  { name = "trailing", about = "a JSON object and more behind it", answer = function(q)
    return verified(q), { edit = function(text) return text .. '{"code":"0"}' end }
  end },
  { name = "deep", about = "code 0; 100,000 arrays inside each other under an unknown field",
    answer = function(q)
      local record = verified(q)
      record.deep = { raw = { ("["):rep(100000) .. ("]"):rep(100000) } }
      return record
    end },
  { name = "fullwidth", about = "the page's own sample, full-width quotation marks and all",
    answer = function() return SAMPLE end },
  { name = "bigenvelope", about = "code 0; an unknown field of 2 MiB", answer = function(q)
    local record = verified(q)
    record.padding = ("x"):rep(2 * 1024 * 1024)
    return record
  end },
  { name = "wrongorder", about = "code 0, for another order", answer = function(q)
    local record = verified(q)
    record.result.orderNo = "someoneelse1"
    return record
  end },
  { name = "noorder", about = "code 0, without an order number", answer = function(q)
    local record = verified(q)
    record.result.orderNo = nil
    return record
  end },
  { name = "gzip", about = "code 0, compressed for a client that accepts gzip", answer = function(q)
    return verified(q)
  end },

  { name = "httpN", about = "HTTP status N and a page of HTML, as in http503x7; 3xx lead elsewhere",
    parameters = "([2-5]%d%d)", serial = "x", answer = function(q, number)
      return status(q, tonumber(number))
    end },
  { name = "flaky", about = "HTTP status 503 for the first query, then code 0", answer = function(q)
    if q.queries == 1 then return status(q, 503) end
    return verified(q)
  end },
  { name = "ratelimit", about = "400504 for the first two queries, then code 0",
    answer = function(q)
      if q.queries <= 2 then return q.refusal("400504") end
      return verified(q)
    end },
  { name = "cut", about = "the connection ends half-way through the body, every time",
    answer = function(q) return verified(q), { cut = true } end },
  { name = "cutonce", about = "the connection ends half-way the first time, then code 0",
    answer = function(q) return verified(q), { cut = q.queries == 1 } end },
  { name = "stall", about = "no answer; the connection ends after a minute",
    answer = function() return "", { delay = 60, silent = true } end },
  { name = "slowN", about = "code 0 after N milliseconds, as in slow1000x7", parameters = "(%d+)",
    serial = "x", answer = function(q, milliseconds)
      return verified(q), { delay = math.min(tonumber(milliseconds), 60000) / 1000 }
    end },
  { name = "drip", about = "code 0 in small pieces over five seconds", answer = function(q)
    return verified(q), { pieces = 50 }
  end },

  { name = "sizeAxB", parameters = SIZES, serial = "n",
    about = "code 0; a photo of A and a video of B bytes, k or m: size200kx1m, size0x40mn7",
    answer = function(q, ...) return with(q, sized(q, ...)) end },
  { name = "latesizeAxB", parameters = SIZES, serial = "n",
    about = "the same, with the third query that asks for files",
    answer = function(q, ...) return late(q, with(q, sized(q, ...))) end },

  { name = "anything else", about = "66660011: there is no such record", answer = function(q)
    return q.refusal("66660011")
  end },
}

local by_word = {}
for _, scenario in ipairs(scenarios) do by_word[scenario.name:match("^%l+")] = scenario end

local orders = { scenarios = scenarios }

--- The scenario that an order number chooses, and the parameters in it.
---@param order string
---@return sandbox.Scenario scenario
---@return string[] parameters
function orders.find(order)
  local word = order:match("^%a+") or ""
  local scenario = by_word[word]
  if scenario then
    local rest, pattern = order:sub(#word + 1), "^" .. (scenario.parameters or "")
    local parameters = { rest:match(pattern .. "$") }
    if not parameters[1] then
      parameters = { rest:match(pattern .. (scenario.serial or "%d") .. "%w*$") }
    end
    if parameters[1] then return scenario, parameters end
  end
  return scenarios[#scenarios], {}
end

return orders
