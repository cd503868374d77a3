--- What a query comes to for each word of the sandbox's order numbers (sandbox/orders.lua).

local assert = require "luassert"
local clients = require "help.clients"
local facequery = require "facequery"

local holds, holds_both, holds_none = clients.holds, clients.holds_both, clients.holds_none

---@class scenarios.Scenario
---@field word? string the word of the order number, where it is not the scenario's name
---@field retries? integer how often the client asks again; default: not at all
---@field timeout? number the client's; default: 10
---@field kind? string the error's, where there is no record
---@field code? string the error's, where that is always the same
---@field holds fun(result: table) what there is to the record, or to the error

local function holds_png(record) holds_both(record, "png") end

-- New fields in what the service sends are kept, whatever they are.
local function holds_new_fields(record)
  holds(record.photo, "jpeg")
  holds(record.video, "mp4")
  assert.same({ 99, 88.01 }, { record.liveRate, record.similarity })
  assert.equal("🙂 \0 \"}{][,:\\ 新", record.newText)
  assert.equal(-1.25e-7, record.newNumber)
  assert.same({ true, false, nil }, { record.newTrue, record.newFalse, record.newNull })
  assert.same({ photo = "not the photo", result = { video = {} }, [""] = 0 }, record.newObject)
  assert.equal(1, record.newList[1])
  assert.same({ four = 4 }, record.newList[4])
  assert.is_nil(record.result)
end

local function holds_sizes(record)
  assert.same({ 200 * 1024, "jpeg" }, { record.photo.size, record.photo.format })
  assert.same({ 1024 * 1024, "mp4" }, { record.video.size, record.video.format })
  assert.equal("\255\216\255\224\0\16JFIF\0\11\12\13", record.photo.data:sub(1, 14))
  assert.equal(record.photo.size, #record.photo.data)
end

local function refusal(err)
  assert.equal(err.code, err.record.code)
  assert.equal("string", type(err.msg))
  assert.matches("^%d+$", err.bizSeqNo)
end

local function refusal_with_media(err)
  refusal(err)
  holds(err.record.photo, "jpeg")
  holds(err.record.video, "mp4")
  local tags = facequery.risk_tags(err.record)
  assert.same({ "03", "12" }, { tags[1].tag, tags[2].tag })
  assert.equal("无法确认为同一人", err.msg)
end

local function refusal_without_media(err)
  refusal(err)
  assert.is_nil(err.record.photo)
  assert.is_nil(err.record.video)
end

local function refusal_with_causes(err)
  refusal(err)
  assert.equal(6, #err.causes)
end

local function no_record(err) assert.is_nil(err.record) end

-- The error names the damaged photo and where the damage is; the record has what came of the photo, and the
-- whole video.
local function damaged_photo(offset)
  return function(err)
    assert.same({ "photo", offset }, { err.field, err.offset })
    assert.same({ "0", "99" }, { err.record.code, err.record.liveRate })
    assert.is_nil(err.record.photo)
    local damaged = err.record.damaged.photo
    assert.same({ err.code, offset, #damaged.data, true },
      { damaged.code, damaged.offset, damaged.size, damaged.exact })
    holds(err.record.video, "mp4")
  end
end

---@type table<string, scenarios.Scenario>
return {
  verified = { holds = holds_both },
  png = { holds = holds_png },
  flat = { holds = holds_both },
  escaped = { holds = holds_both },
  linebroken = { holds = holds_both },
  dataurl = { holds = holds_both },
  unpadded = { holds = holds_both },
  gzip = { holds = holds_both },
  drip = { holds = holds_both },
  noorder = { holds = holds_both },
  nomedia = { holds = holds_none },
  late = { holds = holds_none },
  slow = { word = "slow300x", holds = holds_both },
  flaky = { retries = 1, holds = holds_both },
  ratelimit = { retries = 2, holds = holds_both },
  cutonce = { retries = 1, holds = holds_both },
  unknownfields = { holds = holds_new_fields },
  size = { word = "size200kx1mn", holds = holds_sizes },
  latesize = { word = "latesize10kx10kn", holds = holds_none },

  rejected = { kind = "rejected", code = "66660004", holds = refusal_with_media },
  rejectednomedia = { kind = "rejected", code = "66660004", holds = refusal_without_media },
  rejectedlate = { kind = "rejected", code = "66660004", holds = refusal },
  code = { word = "code66660018x", kind = "expired", code = "66660018", holds = refusal },
  codeminus = { word = "codeminus1101x", kind = "rejected", code = "-1101", holds = refusal },
  anything = { kind = "not_found", code = "66660011", holds = refusal_with_causes },
  badbase64 = { kind = "media", code = "BASE64_FOREIGN", holds = damaged_photo(1000) },
  cutbase64 = { kind = "media", code = "BASE64_CUT", holds = damaged_photo(nil) },
  cutjson = { kind = "protocol", code = "JSON_CUT", holds = no_record },
  notjson = { kind = "protocol", code = "NOT_JSON", holds = no_record },
  array = { kind = "protocol", code = "NOT_JSON", holds = no_record },
  trailing = { kind = "protocol", code = "TRAILING_DATA", holds = no_record },
  deep = { kind = "protocol", code = "JSON_TOO_DEEP", holds = no_record },
  fullwidth = { kind = "protocol", code = "WRONG_ORDER", holds = no_record }, -- the order of the page's example
  bigenvelope = { kind = "protocol", code = "ENVELOPE_TOO_LARGE", holds = no_record },
  wrongorder = { kind = "protocol", code = "WRONG_ORDER", holds = no_record },
  http = { word = "http503x", kind = "http", code = "503", holds = no_record },
  -- HTTP/2 and HTTP/1.1 have different names for a connection that is cut.
  cut = { kind = "transport", holds = no_record },
  stall = { timeout = 0.3, kind = "transport", code = "OPERATION_TIMEDOUT", holds = no_record },
}
