-- What is so of every explanation, whatever its code.

local all = require "help.codes"
local codes = require "facequery.codes"

local has = all.has

local function raises(pattern, f, ...)
  local ok, message = pcall(f, ...)
  assert.is_false(ok)
  has(message, "bad argument")
  has(message, pattern)
end

describe("an explanation", function()
  it("belongs to the caller: changing it changes no other", function()
    for _, explain in ipairs({
      function() return codes.explain("66660011") end,
      function() return codes.explain("NOT_JSON") end,
      function() return codes.explain_http(503) end,
      function() return codes.explain_service("999999") end,
      function() return codes.explain_transport("SOMETHING_NEW") end,
    }) do
      local first, again = explain(), explain()
      assert.are_not_equal(first, again)
      assert.are_not_equal(first.causes, again.causes)
      first.kind, first.message, first.advice, first.retryable = "success", "", "", "?"
      first.causes[1] = "changed"
      first.causes[7] = "added"
      assert.same(again, explain())
    end
  end)

  it("raises where a type is wrong, and blames the caller", function()
    raises("to 'explain'", codes.explain, nil)
    raises("got boolean", codes.explain, true)
    raises("got table", codes.explain, {})
    raises('"en" or "zh" expected, got "fr"', codes.explain, "0", "fr")
    raises('"en" or "zh" expected, got number', codes.explain, "0", 5)
    raises("bad argument #3 to 'explain'", codes.explain, "0", "en", "photo")
    raises("to 'explain_http'", codes.explain_http, nil)
    raises("HTTP status expected", codes.explain_http, "gone")
    raises("HTTP status expected", codes.explain_http, -1)
    raises("HTTP status expected", codes.explain_http, 1.5)
    raises('got ""', codes.explain_http, 503, "")
    raises("to 'explain_service'", codes.explain_service, {})
    raises("bad argument #2 to 'explain_service'", codes.explain_service, "0", "de")
    raises("to 'explain_transport'", codes.explain_transport, 7)
    raises("bad argument #2 to 'explain_transport'", codes.explain_transport, "PROXY", "de")
    raises("bad argument #3 to 'explain_transport'", codes.explain_transport, "PROXY", "en", 1)
    raises("to 'renews_ticket'", codes.renews_ticket, nil)

    for _, call in ipairs({
      function() local m = codes.explain(nil); return m end,
      function() local m = codes.explain_http("x"); return m end,
      function() local m = codes.explain_transport(nil); return m end,
      function() local m = codes.renews_ticket({}); return m end,
    }) do
      local _, message = pcall(call)
      has(message, "codes/init_spec.lua:")
    end
  end)
end)

describe("the list of kinds", function()
  it("is the documented one, in its order", function()
    assert.same({
      "invalid_request", "auth", "not_found", "rejected", "expired", "risk", "rate_limited",
      "service", "unknown", "transport", "http", "protocol", "media", "storage", "pending",
    }, codes.kinds)
  end)

  it("holds every kind that is answered", function()
    local known = {}
    for _, kind in ipairs(codes.kinds) do
      known[kind] = true
    end
    for _, rows in ipairs({ all.service, all.names }) do
      for _, row in ipairs(rows) do
        assert.is_true(known[codes.explain(row[1]).kind], row[1])
      end
    end
  end)
end)
