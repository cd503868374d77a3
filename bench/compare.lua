-- Lets everybody have a turn, again and again, and prints medians, ratios and targets.
-- compare.lua <checkout> <folder of the C programs> <port> <port of HTTP/2> [<turns>]

local root, build, port, port_h2 = arg[1], arg[2], arg[3], arg[4]
local TURNS = tonumber(arg[5] or 7)
local LUAS = { { "lua5.4", "Lua 5.4" }, { "luajit", "LuaJIT" } }
local PROTOCOLS = { { port, "HTTP/1.1" }, { port_h2, "HTTP/2" } }
local MEGABYTE = 1 << 20

-- ---- measuring

local function capture(command)
  local pipe = assert(io.popen(command))
  local text = pipe:read "a"
  assert(pipe:close(), command)
  return text
end

local function on(lua, program)
  return ("LUA_PATH='%s/lua/?.lua;%s/lua/?/init.lua;%s/bench/?.lua;;' LUA_CPATH='%s/build/%s/?.so;;' %s %s/bench/%s")
    :format(root, root, root, root, lua, lua, root, program)
end

local function median(values)
  table.sort(values)
  local middle = #values // 2
  return #values % 2 == 1 and values[middle + 1] or (values[middle] + values[middle + 1]) / 2
end

--- A, B, C, A, B, C, …: commands print lines of a name and a number.  Medians by name, for each.
local function take_turns(turns, commands)
  local samples = {}
  for _ = 1, turns do
    for i, command in ipairs(commands) do
      samples[i] = samples[i] or {}
      for name, value in capture(command):gmatch "(%S+)\t(%S+)\n" do
        local values = samples[i][name] or {}
        values[#values + 1] = tonumber(value)
        samples[i][name] = values
      end
    end
  end
  for _, sample in ipairs(samples) do
    for name, values in pairs(sample) do
      sample[name] = median(values)
    end
  end
  return samples
end

-- ---- printing

local function out(format, ...)
  print((format:format(...):gsub(" +$", "")))
end

local targets = {}

--- `measured` must be at most, or at least, `wanted`.
local function target(what, comparison, wanted, measured, unit)
  local reached = measured <= wanted
  if comparison == "at least" then
    reached = measured >= wanted
  end
  targets[#targets + 1] = {
    what, ("%s %g %s"):format(comparison, wanted, unit), ("%.2f"):format(measured),
    reached and "reached" or "MISSED",
  }
end

-- ---- the four comparisons

local function sign()
  local samples = take_turns(TURNS, {
    build .. "/sign", on("lua5.4", "sign.lua"), on("luajit", "sign.lua"),
  })
  local floor = samples[1]["sign.floor"]
  out "\n1. sign, five values of 129 bytes                     ns   x floor   luaossl's time over it, for the same"
  out("%-48s %7.0f %9.2f", "SHA-1 in C, its context reused", floor * 1e9, 1)
  for i, lua in ipairs(LUAS) do
    local sample = samples[i + 1]
    for _, way in ipairs {
      { "list", "list", "facequery.sign of a list" },
      { "luaossl_list", "list", "sort, concat, luaossl, hex" },
      { "named", "named", "facequery.sign by name, checked" },
      { "luaossl_named", "named", "check, sort, concat, luaossl, hex" },
    } do
      local time = sample["sign." .. way[1]]
      out("%-48s %7.0f %9.2f %10.1f", way[3] .. ", " .. lua[2], time * 1e9, time / floor,
        sample["sign.luaossl_" .. way[2]] / time)
    end
  end
  for _, way in ipairs { "list", "named" } do
    local time = samples[2]["sign." .. way]
    target("sign, " .. way .. ", Lua 5.4: time", "at most", 4, time / floor, "x floor")
    target("sign, " .. way .. ", Lua 5.4: speed", "at least", 10,
      samples[2]["sign.luaossl_" .. way] / time, "x luaossl for the same")
  end
end

local function decode()
  local samples = take_turns(TURNS, {
    build .. "/decode", on("lua5.4", "decode.lua"), on("luajit", "decode.lua"),
  })
  out "\n2. decode_media, characters in           4 KB         200 KB           4 MB   (us, and GB/s)"
  local sizes = { 4 << 10, 200 << 10, 4 << 20 }
  local function row(label, sample, name)
    local cells = {}
    for i, size in ipairs(sizes) do
      local time = sample[("decode.%s.%d"):format(name, size)]
      if not time then
        return
      end
      cells[i] = ("%8.2f %6.2f"):format(time * 1e6, size / time / 1e9)
    end
    out("%-32s %s", label, table.concat(cells))
  end
  local c = samples[1]
  row("memcpy of the characters", c, "memcpy_characters")
  row("memcpy of 3/4 as many bytes", c, "memcpy_bytes")
  row("the decoder in C", c, "c")
  for _, kernel in ipairs { "avx512", "avx2", "neon", "scalar" } do
    row("  its kernel " .. kernel, c, kernel)
  end
  row("OpenSSL's EVP_DecodeBlock", c, "openssl")
  for i, lua in ipairs(LUAS) do
    local sample = samples[i + 1]
    row("facequery.decode_media, " .. lua[2], sample, "facequery")
    row("mime.unb64, " .. lua[2], sample, "mime")
    target("decode_media, 4 MB, " .. lua[2] .. ": speed", "at least", i == 1 and 15 or 5,
      sample["decode.mime.4194304"] / sample["decode.facequery.4194304"], "x mime.unb64")
  end
  target("decoder in C, 4 MB: speed", "at least", 0.7,
    c["decode.memcpy_characters.4194304"] / c["decode.c.4194304"], "x memcpy of the characters")
  target("decoder in C, 4 MB: speed", "at least", 0.7,
    c["decode.memcpy_bytes.4194304"] / c["decode.c.4194304"], "x memcpy of the bytes")
end

local function split()
  local sample = take_turns(TURNS, { build .. "/split" })[1]
  -- It takes its time.
  local slow = take_turns(3, { build .. "/split yajl" })[1]
  sample["split.yajl_pieces"] = slow["split.yajl_pieces"]
  out "\n3. a response of 40 MB in pieces of 16 KB          GB/s"
  for _, way in ipairs {
    { "memcpy", "memcpy" }, { "facequery", "splitter and decoder" },
    { "memcpy_fresh", "memcpy into fresh pages" },
    { "facequery_fresh", "splitter and decoder into fresh pages" },
    { "yajl_pieces", "yajl (median of 3)" }, { "yajl_whole", "yajl, all in one piece" },
  } do
    out("%-46s %8.3f", way[2], sample["split." .. way[1]] / 1e9)
  end
  local speed = sample["split.facequery"]
  target("splitter and decoder, 40 MB: speed", "at least", 0.5, speed / sample["split.memcpy"],
    "x memcpy")
  target("the same into fresh pages: speed", "at least", 0.5,
    sample["split.facequery_fresh"] / sample["split.memcpy_fresh"], "x memcpy")
  target("splitter and decoder, 40 MB: speed", "at least", 10, speed / sample["split.yajl_pieces"],
    "x yajl")
end

-- Everybody who can answer a query of so many megabytes.
local function contestants(megabytes, sink, protocol, queries)
  local url = "https://localhost:" .. protocol[1]
  local order = ("%s video%d %s"):format(url, megabytes, sink)
  local list = {
    { ({ none = "floor: libcurl", memory = "floor: libcurl, SHA-256", files = "floor: libcurl, SHA-256, write" })[sink],
      ("%s/floor %s %d %d"):format(build, order, megabytes * MEGABYTE, queries) },
    { "facequery, Lua 5.4", on("lua5.4", ("query.lua %s %d"):format(order, queries)) },
    { "facequery, LuaJIT", on("luajit", ("query.lua %s %d"):format(order, queries)) },
  }
  if megabytes > 0 then
    local few = math.max(2, queries // 4)
    if protocol[1] == port then
      list[#list + 1] = { "luasec, cjson, mime, Lua 5.4", on("lua5.4", ("peer.lua luasec %s %d"):format(order, few)) }
      list[#list + 1] = { "luasec, cjson, mime, LuaJIT", on("luajit", ("peer.lua luasec %s %d"):format(order, few)) }
    end
    list[#list + 1] = { "lua-curl, cjson, mime, LuaJIT", on("luajit", ("peer.lua luacurl %s %d"):format(order, few)) }
    if sink == "files" then
      list[#list + 1] = { "curl | jq | base64 -d", ([[%s/processes "curl -sS --%s --cacert $FACEQUERY_CA_FILE ]]
        .. [[-H 'Content-Type: application/json' -d '{}' '%s/api/v2/base/queryfacerecord?orderNo=video%d' ]]
        .. [[| jq -r .result.video | base64 -d >pipe.out; rm pipe.out"]]):format(
          build, protocol[1] == port and "http1.1" or "http2", url, megabytes) }
    end
  end
  return list
end

local function number(value, format, scale)
  return value and format:format(value * scale) or "-"
end

-- Prints what each contestant took.  Returns the CPU of the fastest peer's next query, by Lua; there is none
-- of Lua 5.4 over HTTP/2.
local function print_queries(title, list, samples)
  local floor, peers = samples[1], {}
  out("\n%-32s %9s %8s %9s %8s %9s", title, "first ms", "x floor", "next ms", "x floor", "peak MB")
  for i, contestant in ipairs(list) do
    local sample = samples[i]
    out("%-32s %9s %8s %9s %8s %9s", contestant[1],
      number(sample.first, "%.3f", 1e3), number(sample.first, "%.2f", 1 / floor.first),
      number(sample.next, "%.3f", 1e3), number(sample.next, "%.2f", 1 / floor.next),
      number(sample.peak, "%.1f", 1 / MEGABYTE))
    if contestant[1]:find "mime" then
      local name = contestant[1]:match "(Lua[^,]*)$"
      peers[name] = math.min(peers[name] or math.huge, sample.next)
    end
  end
  return peers
end

-- The targets of queries with media to files; `peer` is the CPU of this Lua's fastest peer.
local function file_targets(who, lua, sample, floor, peer)
  target(who .. ": CPU", "at most", 1.25, sample.next / floor.next, "x floor")
  target(who .. ": CPU, first query", "at most", 1.25, sample.first / floor.first, "x floor")
  -- LuaJIT's at 1 MB takes less than three times the floor itself.
  if peer and (lua == "lua5.4" or peer >= 3 * floor.next) then
    target(who .. ": CPU", "at least", 3, peer / sample.next, "x less than this Lua's peer")
  end
end

-- The target of a query's memory beyond `empty`, the peak of queries without media.
local function memory_target(who, sink, megabytes, sample, empty)
  local more = sample.peak - empty
  if sink == "files" then
    target(who .. ": memory over none", "at most", 2, more / MEGABYTE, "MB")
  else
    target(who .. ": memory over none", "at most", 2.2, more / (megabytes * MEGABYTE), "x the decoded size")
  end
end

local function query()
  local QUERIES = { [0] = 4000, 40, [10] = 8, [40] = 2 }
  local empty = {} -- peaks of queries without media, by Lua and protocol
  out "\n4. query: CPU of a process's first, connection and handshake included, and of each of the next,"
  out "   on the same connection; peak memory after the first"
  for _, case in ipairs {
    { 0, "none" }, { 1, "files" }, { 10, "files" }, { 40, "files" },
    { 1, "memory" }, { 10, "memory" }, { 40, "memory" },
  } do
    local megabytes, sink = case[1], case[2]
    for _, protocol in ipairs(PROTOCOLS) do
      local list = contestants(megabytes, sink, protocol, QUERIES[megabytes])
      local commands = {}
      for i, contestant in ipairs(list) do
        commands[i] = contestant[2]
      end
      -- A query without media is the smallest thing measured, and so the noisiest.
      local samples = take_turns(megabytes == 0 and 2 * TURNS or TURNS, commands)
      local title = (megabytes == 0 and "without media" or ("%d MB to %s"):format(megabytes, sink))
        .. ", " .. protocol[2]
      local peers = print_queries(title, list, samples)
      for i, lua in ipairs(LUAS) do
        local floor, sample = samples[1], samples[i + 1]
        local who = ("query, %s, %s"):format(title, lua[2])
        local key = lua[1] .. protocol[1]
        if megabytes == 0 then
          empty[key] = sample.peak
          target(who .. ": CPU", "at most", 1.5, sample.next / floor.next, "x libcurl")
        elseif sink == "files" then
          file_targets(who, lua[1], sample, floor, peers[lua[2]])
        end
        if megabytes == 40 then
          memory_target(who, sink, megabytes, sample, empty[key])
        end
      end
    end
  end
end

local function first_line(command)
  return capture(command):match "[^\n]*"
end

out("facequery's bench, %s", os.date "!%Y-%m-%d")
out("%s, %s CPUs; Linux %s", first_line "sed -n 's/^model name.*: //p' /proc/cpuinfo",
  first_line "nproc", first_line "uname -r")
out("%s; %s", first_line "openssl version", first_line "curl --version":match "libcurl/%S+")
out("Medians of %d turns.  CPU time is the process's own, user and system.", TURNS)
local started = os.time()
sign()
decode()
split()
query()
out "\nTargets"
for _, row in ipairs(targets) do
  out("%-62s %-38s %8s  %s", row[1], row[2], row[3], row[4])
end
out("\n%d s", os.time() - started)
