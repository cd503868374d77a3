-- An answer that is cut at every byte: by the end of its stream, by a reset, and over TLS by an end
-- without close_notify.  What comes of it is an error, and nothing on the disk, unless all of it came.

local curl = require "facequery.transport.curl"
local pools = require "facequery.transport.pool"
local complete = require "help.request"
local servers = require "help.servers"
local support = require "help.support"
local tap = require "torture.tap"

local BODY = '{"code":"0","msg":"ok","result":{"orderNo":"a1","photo":"/9j/","video":"AAAAIGZ0eXBpc29t"}}'
local HEAD = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"

local function chunked(body)
  local parts = {}
  for i = 1, #body, 40 do
    local part = body:sub(i, i + 39)
    parts[#parts + 1] = ("%x\r\n%s\r\n"):format(#part, part)
  end
  return table.concat(parts) .. "0\r\n\r\n"
end

local function gzip(body)
  local folder = support.folder()
  support.write_file(folder .. "/body", body)
  support.must(("gzip -nk %s/body"):format(folder))
  local bytes = support.read_file(folder .. "/body.gz")
  support.remove_folder(folder)
  return bytes
end

local zipped = gzip(BODY)
local ANSWERS = {
  length = HEAD .. "Content-Length: " .. #BODY .. "\r\n\r\n" .. BODY,
  chunked = HEAD .. "Transfer-Encoding: chunked\r\n\r\n" .. chunked(BODY),
  ["gzip"] = HEAD .. "Content-Encoding: gzip\r\nContent-Length: " .. #zipped .. "\r\n\r\n" .. zipped,
  ["gzip until its end"] = HEAD .. "Content-Encoding: gzip\r\nConnection: close\r\n\r\n" .. zipped,
  ["until its end"] = HEAD .. "Connection: close\r\n\r\n" .. BODY,
}

local raw, folder = servers.raw(), support.folder()

local function request_to(url)
  return complete {
    method = "POST", url = url, headers = {}, body = "{}", timeout = 5, connect_timeout = 5, order_no = "a1",
    ca_file = support.env "CA_FILE", photo_path = folder .. "/photo", video_path = folder .. "/video",
  }
end

-- The two ways to ask: blocking, and in a pool.
local function ask_alone(url)
  local transport, close = curl.new()
  local answer, failure = transport(request_to(url))
  close()
  return answer, failure
end
local function ask_in_pool(url)
  local pool, answer, failure, is_done = assert(pools.new(1)), nil, nil, false
  pool:start(function()
    answer, failure = pool:send(request_to(url))
    is_done = true
  end)
  while not is_done do
    pool:step(true)
  end
  pool:close()
  return answer, failure
end

local function exists(name)
  local file = io.open(folder .. "/" .. name, "rb")
  return file and file:close() and true or false
end

-- What is wrong with what came of the first `count` bytes.  libcurl waits for no line feed behind the
-- chunk that says that it was the last.
local function judge(name, how, count, answer, failure)
  local is_whole = count >= #ANSWERS[name] - (name == "chunked" and 1 or 0)
  local has_files = exists "photo" or exists "video"
  os.remove(folder .. "/photo")
  os.remove(folder .. "/video")
  if answer then
    return not is_whole and "an answer" or answer.record.code ~= "0" and "a wrong answer" or nil
  elseif type(failure) ~= "table" or type(failure.status) ~= "string" then
    return "no failure"
  elseif has_files then
    return "a file"
  end
  return count == #ANSWERS[name] and how == "fin" and "no answer, but " .. failure.status or nil
end

local cuts = { { "http", "fin" }, { "http", "rst" }, { "https", "fin" }, { "https", "rst" }, { "https", "bare" } }
for name, bytes in pairs(ANSWERS) do
  raw.answer(name:gsub(" ", "-"), bytes)
  local problems, done, answers = {}, 0, 0
  for i, cut in ipairs(cuts) do
    for _, count in ipairs(tap.turns(0, #bytes, 12)) do
      local ask = (count + i) % 2 == 0 and ask_alone or ask_in_pool
      local answer, failure = ask(("%s/%s/%d/%s"):format(raw[cut[1]], cut[2], count, (name:gsub(" ", "-"))))
      local problem = judge(name, cut[2], count, answer, failure)
      done, answers = done + 1, answers + (answer and 1 or 0)
      if problem then
        problems[#problems + 1] = ("%s by %s after %d bytes: %s"):format(cut[1], cut[2], count, problem)
      end
    end
  end
  tap.report("connections cut in an answer with " .. name, ("%d, %d answers, seed %d"):format(done, answers, tap.seed),
    problems)
end
raw.stop()
support.remove_folder(folder)
tap.finish()
