-- facequery.core: what it signs.

local core = require "facequery.core"
local support = require "help.support"

local quote, must = support.quote, support.must

-- Of the provider's page.
local TICKET = "XO99Qfxlti9iTVgHAjwvJdAZKN3nMuUhrsPdPlPVKlcyS50N6tlLnfuFBPIucaMS"
local NONCE = "kHoSxvLZGxSoFsjxlbzEoUzh5PAnTU7T"
local USER = "userID19959248596551"

describe("core.sign", function()
  it("gives the provider's own signatures", function()
    assert.equal("4AE72E6FBC2E9E1282922B013D1B4C2CBD38C4BD", core.sign("TIDA0001", USER, "1.0.0", TICKET, NONCE))
    assert.equal("D7606F1741DDCF90757DA924EDCF152A200AC7F0", core.sign("IDAXXXXX", USER, "1.0.0", TICKET, NONCE))
  end)

  it("gives FIPS 180's digests of single values", function()
    assert.equal("A9993E364706816ABA3E25717850C26C9CD0D89D", core.sign("abc"))
    assert.equal("DA39A3EE5E6B4B0D3255BFEF95601890AFD80709", core.sign(""))
    assert.equal("34AA973CD4C4DAA4F61EEB2BDBAD27316534016F", core.sign(("a"):rep(1000000)))
  end)

  it("does not mind the order it is given", function()
    local values = { "TIDA0001", USER, "1.0.0", TICKET, NONCE }
    for i = 1, #values do
      table.insert(values, table.remove(values, i))
      table.insert(values, 1, table.remove(values, #values - i % 3))
      assert.equal("4AE72E6FBC2E9E1282922B013D1B4C2CBD38C4BD", core.sign((table.unpack or unpack)(values)))
    end
  end)

  -- As sort and openssl have it.
  local function expected(values)
    local words = {}
    for i, value in ipairs(values) do
      words[i] = quote(value)
    end
    return must("printf '%s\\n' " .. table.concat(words, " ")
      .. " | LC_ALL=C sort | tr -d '\\n' | openssl sha1 -r | cut -c 1-40 | tr a-f A-F")
  end

  it("sorts by bytes", function()
    for _, values in ipairs {
      { "b", "B", "a", "A", "0", "_", "~" },
      { "\255", "a", "\128", "\127", "\195\169", "Z" },
      { "abc", "ab", "abcd", "a", "", "abb" },
      { "same", "same", "same" },
      { "10", "9", "1.0.0", "1" },
    } do
      assert.equal(expected(values), core.sign((table.unpack or unpack)(values)))
    end
  end)

  it("signs values of any length, short ones beside long ones", function()
    for _, lengths in ipairs {
      { 511, 1 }, { 512, 1 }, { 513, 1 }, { 1, 511, 1 }, { 1, 512 }, { 300, 300, 300 }, { 5, 600, 5, 600, 5 },
      { 0, 512, 0, 1 },
    } do
      local values = {}
      for i, length in ipairs(lengths) do
        values[i] = (string.char(96 + i)):rep(length)
      end
      assert.equal(expected(values), core.sign((table.unpack or unpack)(values)))
      assert.equal(expected(values), core.signer({}, error)(values))
    end
  end)

  it("sorts by bytes whatever the locale", function()
    local before = os.setlocale(nil, "collate")
    for name in must("locale -a"):gmatch("%S+") do
      os.setlocale(name, "collate")
      local sign = core.sign("b", "B", "a", "A", "_")
      os.setlocale(before, "collate")
      assert.equal(expected { "b", "B", "a", "A", "_" }, sign)
    end
  end)

  it("signs every byte, NUL too", function()
    -- Sorted: "a", "a\0", "a\0b", "a\1".
    assert.equal(must("printf 'aa\\0a\\0ba\\1' | openssl sha1 -r | cut -c 1-40 | tr a-f A-F"),
      core.sign("a\1", "a\0b", "a", "a\0"))
  end)

  it("signs a hundred values as well as five", function()
    local values = {}
    for i = 1, 100 do
      values[i] = ("%x"):format(i * 7919 % 10007)
    end
    assert.equal(expected(values), core.sign((table.unpack or unpack)(values)))
  end)

  it("signs the same again and again", function()
    for _ = 1, 1000 do
      assert.equal("A9993E364706816ABA3E25717850C26C9CD0D89D", core.sign("abc"))
    end
  end)

  it("raises when a value is not a string", function()
    assert.has_error(function() core.sign() end)
    for _, wrong in ipairs { 1, 1.5, true, {}, print } do
      assert.has_error(function() core.sign("a", wrong) end)
    end
    assert.has_error(function() core.sign("a", nil) end)
  end)
end)
