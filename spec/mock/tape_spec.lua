-- Recordings: what stands in one, what does not, and what is answered from it.
-- Only on lua5.4 luajit: the C code is the transports'.

local clients = require "help.clients"
local facequery = require "facequery"
local json = require "facequery.json"
local mock = require "facequery.mock"
local support = require "help.support"
local tickets = require "facequery.tickets"

local fails, raises = clients.fails, clients.raises
local order = support.order

local function no_sleep() end

-- A client that can ask nobody but this transport.
local function replaying(path, settings)
  local all = {
    app_id = "IDAXXXXX", ticket = "any", retries = 0, base_url = "https://nowhere.invalid",
    transport = mock.replay(path), sleep = no_sleep,
  }
  for name, value in pairs(settings or {}) do
    all[name] = value or nil
  end
  return assert(facequery.new(all))
end

-- The exchanges in a file.
local function lines_of(path)
  local list = {}
  for line in support.read_file(path):gmatch "[^\n]+" do
    list[#list + 1] = assert(json.decode(line))
  end
  return list
end

-- What a query or a poll came to, without what a recording does not keep.
local function told(record, err)
  local result = record or err.record or {}
  local copy = { err_code = err and err.code, err_kind = err and err.kind, err_offset = err and err.offset }
  for name, value in pairs(result) do
    copy[name] = value
  end
  copy.msg = copy.msg ~= nil
  for _, name in ipairs { "photo", "video" } do
    copy[name] = result[name] and result[name].format
    copy.damaged = result.damaged and true
  end
  return copy
end

describe("a recording", function()
  local folder, path

  before_each(function()
    folder = support.folder()
    path = folder .. "/exchanges.jsonl"
  end)
  after_each(function() support.remove_folder(folder) end)

  -- What a client of the sandbox, and then one of its recording, gets when it does this.
  local function both(work, settings)
    local all = { retries = 0, sleep = no_sleep, transport = mock.record(path) }
    for name, value in pairs(settings or {}) do
      all[name] = value or nil
    end
    local there = work(assert(facequery.new(all)))
    all.transport, all.base_url, all.ca_file = nil, "https://nowhere.invalid", false
    all.ticket = all.secret == nil and "any" or nil
    all.ticket_store = all.secret and tickets.memory()
    return there, work(replaying(path, all))
  end

  it("gives records and errors as the real service did, whatever they are", function()
    local orders = {}
    for word in ([[verified png flat escaped noorder nomedia rejected rejectednomedia nosuch code66660018x
      http503x http302x cutjson notjson wrongorder badbase64 cutbase64 ratelimit]]):gmatch "%S+" do
      orders[#orders + 1] = order(word)
    end
    local function work(client)
      local results = {}
      for i, order_no in ipairs(orders) do
        results[i] = told(client:query { order_no = order_no, get_file = "both" })
      end
      client:close()
      return results
    end
    local there, here = both(work)
    assert.same(there, here)
    assert.equal(#orders, #lines_of(path))
  end)

  it("keeps the order of a poll's answers, and the last one for good", function()
    local order_no = order "late"
    local function work(client)
      local polled = told(client:poll { order_no = order_no })
      return { polled, told(client:query { order_no = order_no, get_file = "both" }) }
    end
    local there, here = both(work)
    assert.same(there, here)
    assert.equal("jpeg", here[1].photo)
    assert.equal("mp4", here[2].video)
    assert.equal(4, #lines_of(path))
    assert.equal("mp4", replaying(path):poll { order_no = order_no, get_file = "both" }.video.format)
  end)

  it("keeps a transport's failures by their names", function()
    local order_no = order "stall"
    local there, here = both(function(client)
      return told(client:query { order_no = order_no })
    end, { timeout = 0.3 })
    assert.same({ "OPERATION_TIMEDOUT", "transport" }, { there.err_code, there.err_kind })
    assert.same(there, here)
  end)

  it("keeps a renewed ticket apart from the one before", function()
    local order_no = order "ratelimit"
    local there, here = both(function(client)
      local results = { told(client:query { order_no = order_no }) }
      support.control("revoke", "POST")
      results[2] = told(client:query { order_no = order_no })
      return results
    end, { secret = support.env "SANDBOX_SECRET", ticket_store = tickets.memory() })
    assert.same(there, here)
    assert.equal("400504", here[2].err_code)
  end)

  it("keeps a NONCE ticket apart from a SIGN ticket", function()
    local settings = { secret = support.env "SANDBOX_SECRET", ticket_store = tickets.memory(), retries = 0 }
    settings.transport = mock.record(path)
    local client = assert(facequery.new(settings))
    assert(client:nonce_ticket { user_id = "u1" })
    support.control("revoke", "POST")
    client:query { order_no = order "verified" } -- takes another SIGN ticket
    client:close()
    client = replaying(path, { ticket = false, secret = "any", ticket_store = tickets.memory() })
    for _ = 1, 2 do
      assert.equal(120, assert(client:nonce_ticket { user_id = "u1" }).expires_in)
    end
  end)

  it("streams its small files to paths, as files are", function()
    local order_no = order "verified"
    local client = assert(facequery.new { transport = mock.record(path) })
    assert(client:query { order_no = order_no, photo_path = folder .. "/a", video_path = folder .. "/b" })
    client:close()
    local record = assert(replaying(path):query {
      order_no = order_no, photo_path = folder .. "/photo", video_path = folder .. "/video",
    })
    assert.same({ "jpeg", "mp4" }, { record.photo.format, record.video.format })
    assert.equal("\255\216\255", support.read_file(folder .. "/photo"):sub(1, 3))
    assert.equal("ftypisom", support.read_file(folder .. "/video"):sub(5, 12))
    assert.equal("600", support.mode(folder .. "/video"))
  end)

  it("notes what the files were, and has small ones in their place", function()
    local client = assert(facequery.new { transport = mock.record(path) })
    assert(client:query { order_no = order "verified", get_file = "both" })
    local line = lines_of(path)[1]
    assert.same({
      photo = { format = "jpeg", size = #support.medium "photo.jpg" },
      video = { format = "mp4", size = #support.medium "video.mp4" },
    }, line.media)
    assert.is_true(#facequery.decode_media(line.answer.result.video) < 1024)
    assert.equal("600", support.mode(path))
    assert.is_true(#support.read_file(path) < 4096)
    client:close()
  end)

  it("asks nobody and overwrites nothing where the file is there or can't be made", function()
    support.write_file(path, "mine")
    local order_no = order "verified"
    for where, code in pairs { [path] = "FILE_EXISTS", [folder .. "/none/x"] = "FILE_UNWRITABLE" } do
      local client = assert(facequery.new { transport = mock.record(where) })
      local err = fails("storage", code, client:query { order_no = order_no })
      assert.matches(where, tostring(err), 1, true)
      -- Nor does a second query find another path there.
      assert.equal(tostring(err), tostring(select(2, client:query { order_no = order_no })))
    end
    assert.equal(0, support.queries(order_no))
    assert.equal("mine", support.read_file(path))
  end)

  it("that can't be written any more ends a query, and leaves no file of it", function()
    local client = assert(facequery.new { transport = mock.record(path) })
    assert(client:query { order_no = order "nomedia" })
    support.must(("rm %s && mkdir %s"):format(path, path))
    fails("storage", "FILE_UNWRITABLE", client:query { order_no = order "verified", photo_path = folder .. "/photo" })
    assert.equal("exchanges.jsonl", support.list(folder))
    client:close()
  end)

  it("names the request that it has no answer for, and a file that is none", function()
    local client = assert(facequery.new { transport = mock.record(path) })
    assert(client:query { order_no = "verified1" })
    client:close()
    local err = fails("transport", "MOCK_UNANSWERED", replaying(path):query { order_no = "verified2" })
    assert.matches("no exchange about /api/v2/base/queryfacerecord verified2", tostring(err), 1, true)
    fails("transport", "MOCK_UNANSWERED", replaying(path):query { order_no = "verified1", get_file = "both" })
    fails("storage", "FILE_UNREADABLE", replaying(folder .. "/none"):query { order_no = "verified1" })
    for _, text in ipairs { "{}", "no JSON", '{"request":{"endpoint":"/"}}', '{"request":5,"answer":{}}' } do
      support.write_file(path, text .. "\n")
      err = fails("transport", "MOCK_UNANSWERED", replaying(path):query { order_no = "verified1" })
      assert.matches("exchanges.jsonl:1: no exchange of mock.record", tostring(err), 1, true)
    end
  end)

  it("is begun and read with right arguments alone", function()
    raises("bad argument #1 to 'record' (string expected, got nil)", mock.record)
    raises("bad argument #2 to 'record'", mock.record, path, "tcp")
    raises("bad argument #1 to 'replay' (string expected, got table)", mock.replay, {})
  end)
end)
