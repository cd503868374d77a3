-- HTTP's statuses as codes.

local all = require "help.codes"
local codes = require "facequery.codes"

local has, is_complete = all.has, all.is_complete

describe("an HTTP status", function()
  local retryable = {
    [408] = true, [429] = true, [500] = true, [502] = true, [503] = true, [504] = true,
  }

  it("is of kind http, and retryable where waiting may help", function()
    for status = 100, 599 do
      local meaning = codes.explain_http(status)
      assert.equal(("%d"):format(status), meaning.code)
      assert.equal("http", meaning.kind)
      assert.equal(retryable[status] == true, meaning.retryable, status)
      has(meaning.message, ("%d"):format(status))
    end
  end)

  it("is explained in both languages", function()
    for _, status in ipairs({ 101, 204, 302, 400, 401, 403, 404, 407, 408, 413, 418, 429, 500, 501,
      502, 503, 504, 599, 0, 999 }) do
      is_complete(codes.explain_http, status)
    end
  end)

  it("says what to check", function()
    has(codes.explain_http(302).message, "not followed")
    has(codes.explain_http(302).advice, "base_url")
    has(codes.explain_http(403).message, "forbidden")
    has(codes.explain_http(404).advice, "base_url")
    has(codes.explain_http(413).message, "too large")
    has(codes.explain_http(429).advice, "less often")
    has(codes.explain_http(503).advice, "in a while")
  end)

  it("is found by explain too: no code of the service has three digits", function()
    assert.same(codes.explain_http(503), codes.explain("503"))
    assert.same(codes.explain_http(404, "zh"), codes.explain(404, "zh"))
    assert.equal("unknown", codes.explain("600").kind)
    assert.equal("unknown", codes.explain("099").kind)
  end)
end)
