-- What a code that nobody knows may have been meant to be.

local codes = require "facequery.codes"
local nearest = require "facequery.codes.nearest"

describe("the nearest codes", function()
  it("differ in the fewest characters: changed, put in, left out, or two of them swapped", function()
    for given, expected in pairs {
      ABCDEF = "ABCDEX ABCDFE", ABCDE = "ABCDEX ABCDFE", ABCDEXX = "ABCDEX", ["abc-dex"] = "ABCDEX", ABCDFE = "ABCDFE",
    } do
      assert.equal(expected, table.concat(nearest.of(given, { "ABCDFE", "ABCDEX", "Z" }), " "), given)
    end
  end)

  it("are three at most, and none where nothing is near", function()
    assert.same({ "A1", "A2", "A3" }, nearest.of("A0", { "A4", "A3", "A2", "A1" }))
    assert.same({}, nearest.of("QUITEOTHER", { "A1", "66660011" }))
    assert.same({}, nearest.of("", { "66660011" }))
  end)

  it("are not asked for where a code is known, also as a number, a range's, or a newer page's name", function()
    for _, code in ipairs { 0, "0", 66660011, "-5013", "503", "43005", "3004", "TPS_EXCEED_LIMIT", "FILE_EXISTS",
      "PROXY_REFUSES" } do
      assert.is_nil(codes.nearest(code), code)
    end
    assert.same({ "66660011" }, { codes.nearest "66660011x"[1] })
    assert.equal("CLOCK_WRONG", codes.nearest "CLOCK_WRONGS"[1])
  end)
end)
