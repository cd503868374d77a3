-- What the sandbox takes for a query, and what it refuses.
-- Only on lua5.4: none of the module's code is held to account here.

local service = require "help.service"
local support = require "help.support"

local env, quote, shell = support.env, support.quote, support.shell
local ask, code, jq, query = service.ask, service.code, service.jq, service.query

describe("the sandbox checks: it", function()
  setup(service.begin)
  teardown(service.finish)
  before_each(service.reset)

  it("signs by the page's rule", function()
    assert.equal("D7606F1741DDCF90757DA924EDCF152A200AC7F0", support.sign {
      "IDAXXXXX", "userID19959248596551", "1.0.0",
      "XO99Qfxlti9iTVgHAjwvJdAZKN3nMuUhrsPdPlPVKlcyS50N6tlLnfuFBPIucaMS",
      "kHoSxvLZGxSoFsjxlbzEoUzh5PAnTU7T",
    })
    assert.equal("0", code("verified1"))
  end)

  it("takes a sign in either case, and a nonce a second time", function()
    local lower = support.sign { env("APP_ID"), "verified1", "1.0.0", service.NONCE, env("TICKET") }:lower()
    assert.equal("0", code("verified1", { sign = lower }))
    assert.equal("0", code("verified1", { sign = lower }))
  end)

  it("refuses a sign that does not match", function()
    assert.equal("400105", code("verified1", { sign = ("0"):rep(40) }))
    assert.equal("400105", code("verified1", {}, { ticket = "another" }))
    assert.equal("2", jq(".refused_signs", (ask("/sandbox/counters"))))
  end)

  it("refuses any field that is missing, of another type or of a wrong length", function()
    local wrong = {
      appId = { false, 12345678, "IDAXXXXXX", "" },
      version = { false, 1, ("1"):rep(21) },
      nonce = { false, 1, service.NONCE:sub(2), service.NONCE .. "1", service.NONCE:sub(2) .. "-" },
      orderNo = { false, 1, ("1"):rep(33), "a-b", "" },
      sign = { false, 1, ("A"):rep(39), ("A"):rep(41), ("G"):rep(40) },
      getFile = { 1, true, "11", "null" },
      queryVersion = { 1.0, "1.0000000" },
    }
    for name, values in pairs(wrong) do
      for _, value in ipairs(values) do
        local fields = { [name] = value }
        local options
        if value == "null" then -- as JSON's null
          options = { body = '{"appId":"IDAXXXXX","version":"1.0.0","nonce":"' .. service.NONCE
            .. '","orderNo":"verified1","sign":"' .. ("A"):rep(40) .. '","getFile":null}' }
        end
        local answer = query("verified1", fields, options)
        assert.equal("66660000", answer.jq(".code"))
        assert.matches(": " .. name .. "$", answer.jq(".msg"))
      end
    end
  end)

  it("refuses a body that is not a JSON object", function()
    for _, body in ipairs { "", "[]", "null", "{", "appId=IDAXXXXX" } do
      local answer = query("verified1", {}, { body = body })
      assert.equal("66660000", answer.jq(".code"))
    end
  end)

  it("refuses another order number in the url, or none", function()
    local path = "/api/v2/base/queryfacerecord"
    assert.equal("66660000", code("verified1", {}, { url = path }))
    assert.equal("66660000", code("verified1", {}, { url = path .. "?orderNo=verified2" }))
  end)

  it("refuses another version, another app and another content type", function()
    assert.equal("400502", code("verified1", { version = "1.0.1" }))
    assert.equal("400101", code("verified1", { appId = "IDAYYYYY" }))
    local answer = query("verified1", {}, { type = "text/plain" })
    assert.equal("66660000", answer.jq(".code"))
    assert.matches("Content%-Type", answer.jq(".msg"))
    assert.equal("0", code("verified1", {}, { type = "application/json; charset=utf-8" }))
  end)

  it("answers POST alone, and nothing elsewhere", function()
    local _, status = ask("/api/v2/base/queryfacerecord?orderNo=verified1")
    assert.equal(405, status)
    assert.equal(404, query("verified1", {}, { url = "/elsewhere" }).status)
  end)

  it("speaks HTTP/2 and 1.1 over TLS 1.3 and 1.2, and no older one", function()
    assert.equal("2", query("verified1").version)
    assert.equal("1.1", query("verified1", {}, { curl = "--http1.1 --tls-max 1.2" }).version)
    assert.equal("2", query("verified1", {}, { curl = "--tlsv1.3" }).version)
    assert.equal(35, query("verified1", {},
      { curl = "--tls-max 1.1 --tlsv1.0 --ciphers DEFAULT@SECLEVEL=0" }).exit)
  end)

  it("has a certificate for localhost and 127.0.0.1, from its own authority alone", function()
    local url = env("BASE_URL") .. "/sandbox/neighbour"
    local ca = " --cacert " .. quote(env("CA_FILE")) .. " "
    assert.equal("ok", (shell("curl -s" .. ca .. url)))
    assert.equal("ok", (shell("curl -s" .. ca .. url:gsub("localhost", "127.0.0.1"))))
    assert.equal(60, select(2, shell("curl -s " .. url)))
  end)
end)
