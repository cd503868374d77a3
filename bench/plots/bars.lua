-- The plots of what takes turns: speeds and ratios, as bars.
-- Each is a function from say(en, zh), which chooses the language, to the SVG.
-- luacheck: no max line length

local chart = require "plots.chart"
local results = require "plots.results"

local bars = {}

local find, rows = results.find, results.rows

-- Who asks, as the results call them, and as what they are drawn.
local ASKERS = {
  { "facequery, Lua 5.4", "ours" },
  { "facequery, LuaJIT", "luajit" },
  { "luasec, cjson, mime, Lua 5.4", "peer" },
  { "luasec, cjson, mime, LuaJIT", "peer_luajit" },
  { "lua-curl, cjson, mime, LuaJIT", "other" },
}

function bars.query(say)
  local text = results.read "amd-epyc.txt"
  local groups = {}
  for size in text:gmatch "\n(%d+ MB) to files, HTTP/1%.1" do
    local group = { title = say(size .. " of video", size .. " 视频") }
    local measured = rows(text, size .. " to files, HTTP/1.1")
    for _, asker in ipairs(ASKERS) do
      group[#group + 1] = { label = asker[1], class = asker[2], value = measured[asker[1]][4] }
    end
    groups[#groups + 1] = group
  end
  local turns = find(text, "Medians of (%d+) turns")
  return chart.bars {
    title = say("CPU of a query to a file, beside the floor's", "查询并写入文件所用 CPU 与下限之比"),
    notes = {
      say("AMD EPYC, HTTP/1.1, connection open; medians of " .. turns .. " turns.", "AMD EPYC，HTTP/1.1，连接已建立；"
        .. turns .. " 轮的中位数。") .. say(" The floor: libcurl discards the same answer,", "下限：libcurl 收下同样的应答并丢弃，"),
      say("SHA-256 of the decoded bytes, one write. The others hash nothing.", "另加解码后字节的 SHA-256 与一次写入。其他各家不计算摘要。"),
    },
    axis = say("CPU time, times the floor's (less is better)", "CPU 时间，为下限的倍数（越小越好）"),
    one = say("floor = 1", "下限 = 1"), left = 220, groups = groups,
  }
end

-- A bar of a row whose median, least and most stand side by side from `column`.
local function spread(row, column, label, class)
  return { label = label, class = class, value = row[column], least = row[column + 1], most = row[column + 2] }
end

-- Orders a second of a row of seconds for so many orders.
local function speed(row, orders, label, class)
  local function rate(seconds) return ("%.1f"):format(orders / tonumber(seconds)) end
  return { label = label, class = class, value = rate(row[1]), least = rate(row[3]), most = rate(row[2]) }
end

-- The archive beside its floors.
local function beside(text, say)
  local orders = find(text, "\n(%d+) orders of 200 KB and 1 MB, every twentieth")
  local measured = rows(text, orders .. " orders of 200 KB and 1 MB, every")
  return {
    title = say(orders .. " orders, every twentieth of the first half late, tmpfs", orders .. " 个订单，前一半中每二十个有一个晚到，tmpfs"),
    speed(measured["floor, all bytes hashed"], orders, say("floor, all bytes hashed", "下限，全部字节计算摘要"), "floor"),
    speed(measured["floor, media alone hashed"], orders, say("floor, media alone hashed", "下限，仅媒体计算摘要"),
      "floor"),
    speed(measured.facequery, orders, "facequery archive", "ours"),
  }
end

function bars.archive(say)
  local text = results.read "archive-amd-epyc.txt"
  local on_disk, together = find(text, "\n(%d+) orders[^\n]*ext2/ext3"), find(text, "\n(%d+) orders[^\n]*by N processes")
  local slow = { title = say(on_disk .. " orders, ext2/ext3, each fsync longer by", on_disk .. " 个订单，ext2/ext3，每次 fsync 延长") }
  for _, row in ipairs(rows(text, "fsync longer")) do
    slow[#slow + 1] = spread(row, 1, row.label, "ours")
  end
  local several = {
    title = say(together .. " orders, tmpfs, several processes over one folder", together .. " 个订单，tmpfs，多个进程共用一个目录"),
  }
  for _, row in ipairs(rows(text, "processes ")) do
    local count = row.label
    several[#several + 1] = spread(row, 1, say(count .. (count == "1" and " process" or " processes"), count .. " 个进程"), "ours")
  end
  local cpus, turns = find(text, "AMD EPYC, (%d+) CPUs"), find(text, "tmpfs; (%d+) turns")
  return chart.bars {
    title = say("Throughput of an archive", "存证吞吐量"),
    notes = {
      say(("AMD EPYC, %s CPUs, which the service shares; orders of 200 KB and 1 MB; medians of %s turns,"):format(cpus, turns),
        ("AMD EPYC，%s 个 CPU，与服务端共用；订单为 200 KB 与 1 MB；%s 轮的中位数，"):format(cpus, turns)),
      say("whiskers from the least to the most.", "细线为最小值至最大值。"),
    },
    axis = say("orders a second (more is better)", "每秒订单数（越大越好）"), left = 220, groups = { beside(text, say), slow, several },
  }
end

function bars.encryption(say)
  local text = results.read "secrecy-amd-epyc.txt"
  local groups = {}
  for load, orders, turns in text:gmatch "\n(Load %d+ to %d+)%.\n(%d+) orders[^\n]*; (%d+) turns" do
    local measured = rows(text, load)
    local least, most = find(load, "(%d+) to (%d+)")
    groups[#groups + 1] = {
      title = say(("%s orders, %s turns, load %s to %s"):format(orders, turns, least, most),
        ("%s 个订单，%s 轮，负载 %s 至 %s"):format(orders, turns, least, most)),
      spread(measured["a plain archive and those bytes, no keys"], 4, say("AES-GCM and SHA-256 alone", "仅 AES-GCM 与 SHA-256"), "floor"),
      spread(measured["for RSA-3072"], 4, say("for RSA-3072", "RSA-3072"), "ours"),
      spread(measured["for P-256"], 4, say("for P-256", "P-256"), "ours"),
      spread(measured["for both"], 4, say("for both", "两者"), "ours"),
    }
  end
  return chart.bars {
    title = say("CPU of an encrypted archive, beside a plain one", "加密存证所用 CPU 与未加密之比"),
    notes = {
      say("AMD EPYC, a busy machine; orders of 200 KB and 1 MB, tmpfs; medians, whiskers from the least to the most.",
        "AMD EPYC，机器另有负载；订单为 200 KB 与 1 MB，tmpfs；中位数，细线为最小值至最大值。"),
      say("Grey: a plain archive, and as many bytes encrypted and hashed in a loop, without any key.",
        "灰色：未加密存证，加上循环中加密并计算摘要的同样多的字节，不含密钥。"),
    },
    axis = say("CPU time for an order, times a plain archive's (less is better)", "每个订单的 CPU 时间，为未加密存证的倍数（越小越好）"),
    one = say("plain = 1", "未加密 = 1"), left = 230, groups = groups,
  }
end

return bars
