-- facequery.core: which characters a text has.  What each class holds is in spec/check_spec.lua.

local core = require "facequery.core"

describe("core.is_text", function()
  it("takes a text without control characters where no class is named", function()
    assert.is_true(core.is_text "a b")
    assert.is_false(core.is_text "a\nb")
    assert.is_false(core.is_text "")
  end)

  it("raises for what is no string, and for a class that is none", function()
    assert.has_error(function() core.is_text() end)
    assert.has_error(function() core.is_text({}, "clean") end)
    assert.has_error(function() core.is_text("a", "letters") end)
    assert.has_error(function() core.is_text("a", 1) end)
  end)
end)
