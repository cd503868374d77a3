-- What the checks of values and of arguments let pass, and whom they blame.

local check = require "facequery.check"

describe("an alphanumeric value", function()
  local function is_alphanumeric(value, longest)
    return check.text("INVALID", 1, longest, "alphanumeric").valid(value)
  end

  it("holds the 62 letters and digits of ASCII and no other byte", function()
    local accepted = {}
    for byte = 0, 255 do
      if is_alphanumeric(string.char(byte), 1) then
        accepted[#accepted + 1] = string.char(byte)
      end
    end
    assert.equal("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
      table.concat(accepted))
  end)

  it("is refused for one foreign byte, wherever it is", function()
    for _, value in ipairs { "-ab", "a-b", "ab-", "ab\n", "\nab", "ab\0", "a\0b", "ab ", "é1" } do
      assert.is_false(is_alphanumeric(value, 32), ("%q"):format(value))
    end
  end)

  it("has one character at least and the longest at most", function()
    assert.is_false(is_alphanumeric("", 8))
    assert.is_true(is_alphanumeric(("a"):rep(8), 8))
    assert.is_false(is_alphanumeric(("a"):rep(9), 8))
  end)
end)

describe("a ticket or a secret", function()
  it("holds what can be seen of ASCII but quotation marks, and no other byte", function()
    local accepted = {}
    for byte = 0, 255 do
      if check.is_token(string.char(byte)) then
        accepted[#accepted + 1] = string.char(byte)
      end
    end
    assert.equal("!#$%&()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_abcdefghijklmnopqrstuvwxyz{|}~",
      table.concat(accepted))
  end)

  it("is refused for one foreign byte, wherever it is", function()
    for _, value in ipairs {
      "", "\239\187\191ab", " ab", "ab ", "a b", "ab\r", "ab\n", "a\nb", '"ab"', "'ab'", "“ab”", "ab\0",
    } do
      assert.is_false(check.is_token(value), ("%q"):format(value))
    end
  end)
end)

describe("a clean value", function()
  it("is not empty and holds no control character", function()
    assert.is_true(check.is_clean("a b/c.é-_*"))
    for _, value in ipairs { "", "\0", "a\0b", "a\n", "\ra", "a\tb", "\27[m", "a\127" } do
      assert.is_false(check.is_clean(value), ("%q"):format(value))
    end
  end)
end)

describe("the check of fields", function()
  local known = {
    name = { types = "string", code = "INVALID_NAME", valid = function(value) return value ~= "" end },
    size = { types = "number", valid = function(value) return value > 0 end },
    either = { types = "string function" },
  }

  -- A public function that checks its argument as the modules' functions do.
  local function public(fields, level)
    local code, field = check.fields("public", fields, known, level)
    return code, field
  end

  local function message_of(...)
    local ok, message = pcall(public, ...)
    assert.is_false(ok)
    return message
  end

  it("lets known fields with good values through", function()
    assert.is_nil((public {}))
    assert.is_nil((public { name = "x", size = 1, either = "x" }))
    assert.is_nil((public { either = print }))
  end)

  it("names the code and the field of a bad value", function()
    assert.same({ "INVALID_NAME", "name" }, { public { name = "", size = 1 } })
    assert.same({ "INVALID_SETTING", "size" }, { public { name = "x", size = 0 } })
  end)

  it("raises on what is no table", function()
    for _, value in ipairs { "text", 1, true, print } do
      assert.matches("bad argument #1 to 'public' (table expected, got " .. type(value) .. ")",
        message_of(value), 1, true)
    end
    assert.matches("(table expected, got nil)", message_of(nil), 1, true)
  end)

  it("raises on an unknown field", function()
    assert.matches("bad argument #1 to 'public' (unknown field 'naem')",
      message_of { naem = "x" }, 1, true)
    assert.matches("(unknown field '1')", message_of { "x" }, 1, true)
  end)

  it("raises on a wrong type and says what it wants", function()
    assert.matches("bad argument #1 to 'public' (field 'name': string expected, got number)",
      message_of { name = 1 }, 1, true)
    assert.matches("(field 'size': number expected, got string)",
      message_of { size = "1" }, 1, true)
    assert.matches("(field 'either': string or function expected, got table)",
      message_of { either = {} }, 1, true)
  end)

  it("raises on a wrong type beside a bad value", function()
    assert.matches("field 'size'", message_of { name = "", size = "1" }, 1, true)
    assert.matches("unknown field 'other'", message_of { name = "", size = 0, other = 1 }, 1, true)
  end)

  it("blames the line that called the public function", function()
    local line = debug.getinfo(1, "l").currentline
    local _, message = pcall(function()
      public { name = 1 } -- two lines below `line`
    end)
    assert.matches("check_spec.lua:" .. line + 2 .. ": ", message, 1, true)

    local function inner() public({ name = 1 }, 4) end -- level 4 blames the caller of `inner`
    line = debug.getinfo(1, "l").currentline
    _, message = pcall(function()
      inner()
      return nil
    end)
    assert.matches("check_spec.lua:" .. line + 2 .. ": ", message, 1, true)
  end)
end)
