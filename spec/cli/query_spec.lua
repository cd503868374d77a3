-- facequery query, as a shell sees it: what it prints where, and its exit status.

local cjson = require "cjson"
local cli = require "help.cli"
local support = require "help.support"

local facequery, has, has_not, records = cli.run, cli.has, cli.has_not, cli.records
local order, sha256 = support.order, support.sha256
local decode = cjson.decode

describe("the command query", function()
  local folder
  before_each(function() folder = support.folder() end)
  after_each(function() support.remove_folder(folder) end)

  it("prints the record as a line of JSON, and asks for no files", function()
    local number = order "verified"
    local output, messages, status = facequery { "query", number }
    assert.same({ "", 0 }, { messages, status })
    assert.matches("^%b{}\n$", output)
    local record = decode(output)
    assert.same({ "0", number, "99", "88.01", support.env "APP_ID" },
      { record.code, record.orderNo, record.liveRate, record.similarity, record.appId })
    assert.same({}, { record.photo, record.video })
  end)

  it("gives the size and the digest of files that are not saved, never their bytes", function()
    local output, _, status = facequery { "query", order "verified", "--get-file", "both" }
    assert.equal(0, status)
    assert.is_true(#output < 2000)
    local record = decode(output)
    assert.same({ size = #support.medium "photo.jpg", format = "jpeg", mime = "image/jpeg",
      sha256 = sha256(support.medium_path "photo.jpg") }, record.photo)
    assert.same({ size = #support.medium "video.mp4", format = "mp4", mime = "video/mp4",
      sha256 = sha256(support.medium_path "video.mp4") }, record.video)
  end)

  it("saves the file that --get-file names", function()
    local number = order "png"
    local output, _, status = facequery { "query", number, "--get-file", "photo", "--out", folder }
    assert.equal(0, status)
    assert.equal(number .. "-photo.png", support.list(folder))
    assert.equal(support.medium "photo.png", support.read_file(folder .. "/" .. number .. "-photo.png"))
    assert.is_nil(decode(output).video)
  end)

  it("saves both with --out alone", function()
    local number = order "verified"
    local _, messages, status = facequery { "query", number, "--out", folder }
    assert.same({ "", 0 }, { messages, status })
    assert.equal(number .. "-photo.jpg\n" .. number .. "-video.mp4", support.list(folder))
    assert.equal(support.medium "photo.jpg", support.read_file(folder .. "/" .. number .. "-photo.jpg"))
  end)

  it("says in words what is wrong with an order, and exits with 1", function()
    local number = order "rejected"
    local output, messages, status = facequery { "query", number }
    assert.same({ "", 3 }, { output, status })
    assert.matches("^" .. number .. ": .*%(rejected 66660004%)\n", messages)
    has("the service says: 无法确认为同一人\n", messages)
    has("risk tag 03: ", messages)
    has("risk tag 12: ", messages)
    has("what to do: ", messages)
    assert.matches("for the provider's support: orderNo " .. number .. ", bizSeqNo %d+\n", messages)
    has_not("{", messages)
  end)

  it("lists the six causes of an order that isn't there", function()
    local _, messages, status = facequery { "query", order "nosuch" }
    assert.equal(4, status)
    local causes = 0
    for number in messages:gmatch "possible cause (%d):" do
      causes = causes + 1
      assert.equal(causes, tonumber(number))
    end
    assert.equal(6, causes)
  end)

  it("speaks Chinese with --lang zh", function()
    local _, messages = facequery { "query", order "rejected", "--lang", "zh" }
    has("请用新订单重新发起", messages)
    for line in messages:gmatch "\n(  [^\n]*)" do
      assert.matches("^  [^%a]", line)
    end
    has("服务返回：无法确认为同一人\n", messages)
    _, messages = facequery { "query", order "stall", "--lang", "zh", "--timeout", "0.1" }
    assert.matches("%d 秒后重新查询\n", messages)
    has_not("asking", messages)
    _, messages = facequery { "query", "bad-order", "--lang", "zh" }
    has("须为 1 到 32 位字母或数字", messages)
  end)

  it("goes on after an order that failed, in the order of the arguments, and exits with 1", function()
    local first, bad, last = order "verified", order "nosuch", order "flat"
    local output, messages, status = facequery { "query", first, bad, "no/order", last }
    assert.equal(1, status)
    local list = records(output)
    assert.same({ 2, first, last }, { #list, list[1].orderNo, list[2].orderNo })
    assert.matches("^" .. bad .. ": .*%(not_found 66660011%)\n", messages)
    assert.matches("\nno…: .*%(invalid_request INVALID_ORDER_NO%)\n", messages)
    has_not(first, messages)
  end)

  it("prints what came, fields that nobody knows included", function()
    local record = decode((facequery { "query", order "unknownfields" }))
    assert.same({ true, false }, { record.newTrue, record.newFalse })
    assert.same({ 1, "two", { 3 }, { four = 4 }, cjson.null, {}, {} }, record.newList)
  end)

  it("asks for sdkVersion and trtcFlag with --query-version", function()
    local record = decode((facequery { "query", order "verified", "--query-version", "1.0" }))
    assert.same({ "string", "string" }, { type(record.sdkVersion), type(record.trtcFlag) })
  end)

  it("takes options in place of the environment", function()
    local output, messages, status = facequery({ "query", order "verified",
      "--app-id", support.env "APP_ID", "--base-url", support.env "BASE_URL",
      "--ca-file", support.env "CA_FILE", "--ticket-from", "-",
    }, { input = support.env "TICKET" .. "\n", env = { FACEQUERY_APP_ID = false,
      FACEQUERY_BASE_URL = false, FACEQUERY_CA_FILE = false, FACEQUERY_TICKET = false } })
    assert.same({ "", 0 }, { messages, status })
    assert.equal("0", decode(output).code)
  end)

  it("tells of what it waits for, and gives up after --timeout", function()
    local started = support.now()
    local output, messages, status = facequery { "query", order "stall", "--timeout", "0.1" }
    assert.same({ "", 6 }, { output, status })
    assert.is_true(support.now() - started < 30) -- without a timeout the sandbox stalls for a minute
    has("transport OPERATION_TIMEDOUT; asking again in ", messages)
    has("(transport OPERATION_TIMEDOUT)\n", messages)
  end)

  it("needs an App ID and a ticket, and names the variables to set", function()
    local output, messages, status = facequery({ "query", order "verified" },
      { env = { FACEQUERY_TICKET = false } })
    assert.same({ "", 5 }, { output, status })
    has("(auth TICKET_MISSING)", messages)
    has("FACEQUERY_TICKET", messages)
    output, messages, status = facequery({ "query", order "verified" },
      { env = { FACEQUERY_APP_ID = false } })
    assert.same({ "", 5 }, { output, status })
    has("(invalid_request INVALID_APP_ID)", messages)
    has("FACEQUERY_APP_ID", messages)
  end)

  it("asks again as often as --retries says", function()
    local number = order "http503x"
    local _, _, status = facequery { "query", number, "--retries", "0" }
    assert.same({ 6, 1 }, { status, support.queries(number) })
    number = order "http503x"
    facequery { "query", number, "--retries", "1" }
    assert.equal(2, support.queries(number))
  end)

  it("takes no file that is larger than --max-media", function()
    local _, messages, status = facequery { "query", order "size2kx3kn", "--out", folder, "--max-media", "1k" }
    assert.equal(7, status)
    has("(media MEDIA_TOO_LARGE)", messages)
    assert.equal(0, select(3, facequery { "query", order "size2kx3kn", "--out", folder, "--max-media", "1M" }))
  end)

  it("asks by way of --proxy", function()
    local _, messages, status = facequery { "query", order "verified", "--proxy", "http://127.0.0.1:1",
      "--retries", "0" }
    assert.equal(6, status)
    has("(transport COULDNT_CONNECT)", messages)
  end)

  it("says that it reads a ticket from the terminal where it does", function()
    local text = support.must(("printf 'x\\n' | script -qec %s /dev/null"):format(support.quote(
      cli.words("query a-b --ticket-from -") .. " || :")))
    has("reads from the terminal; Ctrl-D ends it", text)
    has_not("reads from", (select(2, facequery({ "query", "a-b", "--ticket-from", "-" }, { input = "x\n" }))))
  end)
end)
