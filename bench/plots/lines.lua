-- The plots of what grows: with an answer's size, with an archive, with the service's head-room.
-- Each is a function from say(en, zh), which chooses the language, to the SVG.
-- luacheck: no max line length

local chart = require "plots.chart"
local results = require "plots.results"

local lines = {}

local find, rows = results.find, results.rows

-- Sizes as the results spell them, in KB.
local function kilobytes(size)
  local number, unit = size:match "^(%d+) ([KM])B$"
  return tonumber(number) * (unit == "M" and 1000 or 1)
end

function lines.memory(say)
  local text = results.read "amd-epyc.txt"
  local series = {
    { "facequery, Lua 5.4", "ours" },
    { "luasec, cjson, mime, Lua 5.4", "peer" },
    { "lua-curl, cjson, mime, LuaJIT", "other" },
    { "curl | jq | base64 -d", "floor" },
  }
  for _, one in ipairs(series) do
    one.label, one.class = table.remove(one, 1), table.remove(one, 1)
    for size in text:gmatch "\n(%d+ MB) to files, HTTP/1%.1" do
      local row = rows(text, size .. " to files, HTTP/1.1")[one.label]
      one[#one + 1] = { x = kilobytes(size), label = size, value = row[5] }
    end
  end
  return chart.lines {
    title = say("Peak memory of a process that queries to a file", "查询并写入文件的进程的内存峰值"),
    notes = { say("AMD EPYC, HTTP/1.1, after a process's first query.", "AMD EPYC，HTTP/1.1，进程的第一次查询之后。") },
    x_axis = say("size of the video", "视频大小"), y_axis = say("peak memory, MB (less is better)", "内存峰值，MB（越小越好）"),
    is_log = true, right = 270, series = series,
  }
end

function lines.decode(say)
  local text = results.read "amd-epyc.txt"
  local sizes = {}
  for size in find(text, "2%. decode_media, characters in([^\n]*)"):gmatch "%d+ [KM]B" do
    sizes[#sizes + 1] = size
  end
  local measured = rows(text, "2. decode_media")
  local series = {
    { "memcpy of 3/4 as many bytes", "floor", say("memcpy, bytes that come out", "memcpy，解码后的字节") },
    { "the decoder in C", "other", say("the decoder in C", "C 解码器") },
    { "facequery.decode_media, LuaJIT", "luajit" },
    { "facequery.decode_media, Lua 5.4", "ours" },
    { "OpenSSL's EVP_DecodeBlock", "floor" },
    { "mime.unb64, Lua 5.4", "peer" },
    { "mime.unb64, LuaJIT", "peer_luajit" },
  }
  for _, one in ipairs(series) do
    local row = measured[one[1]]
    one.label, one.class = one[3] or one[1]:gsub("^facequery%.", ""), one[2]
    for i, size in ipairs(sizes) do
      one[i] = { x = kilobytes(size), label = size, value = row[2 * i] }
    end
  end
  return chart.lines {
    title = say("Speed of decoding base64", "base64 解码速度"),
    notes = { say("AMD EPYC, one thread; medians of ", "AMD EPYC，单线程；") .. find(text, "Medians of (%d+) turns")
      .. say(" turns.", " 轮的中位数。") },
    x_axis = say("characters", "字符数"), y_axis = say("GB of characters a second (more is better)", "每秒解码字符数，GB（越大越好）"),
    is_log = true, right = 270, series = series,
  }
end

-- What bench/scale has of the operation that the pattern finds, with each count of bundles: its CPU, or its memory,
-- which are the last two of the numbers for a count.
local function grown(text, pattern, is_memory)
  local points = {}
  for start in text:gmatch "()\nbundles " do
    local part, counts = text:sub(start), {}
    for count in find(part, "\nbundles ([^\n]*)"):gmatch "(%d+), %d+ days" do
      counts[#counts + 1] = count
    end
    for _, row in ipairs(rows(part, "bundles ")) do
      for i, count in ipairs(row.label:find(pattern) and counts or {}) do
        local column = #row / #counts * i - (is_memory and 0 or 1)
        points[#points + 1] = { x = tonumber(count), label = count, value = row[column] }
      end
    end
  end
  return points
end

-- Where the counts come from, and what is not the same with each of them.
local function scale_notes(text, say)
  local bundles = find(text, "purge the (%d+) of the first day")
  local million = find(text, "Its first day has ([%d,]+) bundles")
  return {
    say("AMD EPYC, ext2/ext3, files in the page cache, a busy machine; small bundles over 10 to 1,000 days.",
      "AMD EPYC，ext2/ext3，文件在页缓存中，机器另有负载；小存证包，分布在 10 至 1,000 天。"),
    say(("A day has %s bundles to purge, with a million it has %s."):format(bundles, million),
      ("清除的一天有 %s 个存证包，一百万个时为 %s 个。"):format(bundles, million)),
  }
end

local function growth(operations, is_memory)
  local text, series = results.read "scale-amd-epyc.txt", {}
  for i, operation in ipairs(operations) do
    series[i] = grown(text, operation[1], is_memory)
    series[i].label, series[i].class = operation[2], operation[3]
  end
  return text, series
end

function lines.scale(say)
  local text, series = growth({
    { "^verify", say("verify all", "verify 全部"), "other" },
    { "^purge", say("purge a day", "清除一天"), "peer" },
    { "^count", say("count all", "统计全部"), "peer_luajit" },
    { "^each of the next, alone", say("add a bundle", "添加一个"), "luajit" },
    { "^each of the next$", say("look for an order", "查找订单"), "ours" },
    { "^begin a run", say("begin a run", "开始一次运行"), "floor" },
  })
  return chart.lines {
    title = say("CPU of operations on an archive, by its size", "存证库各项操作所用 CPU 与存证库大小"),
    notes = scale_notes(text, say),
    x_axis = say("bundles in the archive", "存证库中的存证包数"),
    y_axis = say("CPU time, ms (less is better)", "CPU 时间，毫秒（越小越好）"),
    is_log = true, right = 200, series = series,
  }
end

lines["scale-memory"] = function(say)
  local text, series = growth({
    { "^purge", say("purge a day", "清除一天"), "peer" },
    { "^verify", say("verify all", "verify 全部"), "other" },
    { "^count", say("count all", "统计全部"), "peer_luajit" },
    { "^each of the next, alone", say("add a bundle", "添加一个"), "luajit" },
  }, true)
  return chart.lines {
    title = say("Peak memory of operations on an archive, by its size", "存证库各项操作的内存峰值与存证库大小"),
    notes = scale_notes(text, say),
    x_axis = say("bundles in the archive", "存证库中的存证包数"),
    y_axis = say("peak memory, MB (less is better)", "内存峰值，MB（越小越好）"),
    is_log = true, right = 180, series = series,
  }
end

function lines.fleet(say)
  local text = results.read "fleet.txt"
  local gone = { label = say("backlog gone after", "积压清空用时"), class = "ours" }
  local longest = { label = say("longest wait", "最长等待"), class = "peer" }
  for i, row in ipairs(rows(text, "head-room ")) do
    gone[i] = { x = tonumber(row.label), label = row.label, value = row[9] }
    longest[i] = { x = tonumber(row.label), label = row.label, value = row[5] }
  end
  local orders, days, workers, jobs = find(text, "(%d+) orders a day for (%d+) days on (%d+) workers of (%d+) jobs")
  local from, to = find(text, "from hour (%d+) to hour (%d+)")
  return chart.lines {
    title = say("After an outage: how long until a fleet has caught up", "服务中断之后，多久能赶上"),
    notes = {
      say(("Simulated: %s orders a day for %s days, %s workers of %s jobs, each of which dies once an hour;"):format(
        chart.number(orders), days, workers, jobs), ("模拟：每天 %s 个订单，共 %s 天；%s 个工作进程，各 %s 个并发，每小时各崩溃一次；"):format(
        chart.number(orders), days, workers, jobs)),
      say(("the service is away from hour %s to hour %s. The backlog's hours count from its return."):format(from, to),
        ("服务在第 %s 至第 %s 小时中断。积压的小时数自服务恢复时算起。"):format(from, to)),
    },
    x_axis = say("head-room: the service's rate by the mean of new orders", "余量：服务的处理速率与新订单平均速率之比"),
    y_axis = say("hours (less is better)", "小时（越小越好）"),
    is_log = false, is_each_labelled = true, right = 170, series = { gone, longest },
  }
end

return lines
