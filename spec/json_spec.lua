-- What is read of JSON, and what is printed and stored, beside python's json.

local core = require "facequery.core"
local json = require "facequery.json"
local support = require "help.support"

local must = support.must

-- Returns what the Python code prints; it finds the text's bytes in `data`.
local function python(code, data)
  local folder = support.folder()
  support.write_file(folder .. "/data", data)
  support.write_file(folder .. "/code.py", [[
import json, sys
data = open(sys.argv[1], "rb").read()
class Literal(float):
    def __new__(cls, text):
        self = super().__new__(cls, text)
        self.text = text
        return self
    def __repr__(self):
        return self.text
def ordered(value):
    if isinstance(value, dict):
        names = sorted(value, key=lambda name: name.encode("utf-16-be", "surrogatepass"))
        return {name: ordered(value[name]) for name in names}
    return [ordered(v) for v in value] if isinstance(value, list) else value
def write(value):
    if isinstance(value, dict):
        return "{" + ",".join(json.dumps(k, ensure_ascii=False) + ":" + write(v) for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(write, value)) + "]"
    return value.text if isinstance(value, Literal) else json.dumps(value, ensure_ascii=False)
]] .. code)
  local output = must(("python3 %s/code.py %s/data"):format(folder, folder))
  support.remove_folder(folder)
  return output
end

describe("JSON that is printed and stored", function()
  it("has sorted keys, and the digits and empty lists that came", function()
    local text = [==[{"z":1.10,"a":[],"b":{},"é":1e400,"￿":3,"😀":4,"":5,"A":"a/b","n":123456789012345678901234567890,
      "l":[[],[1.0,-0,-0.0,0e0,1E+2,0.1e-7],{"y":[ ],"x":12345678901234.50}],"t":true,"f":false,
      "s":"\u0000\u001f\"\\\/\b\f\n\r\t\u007f\u4e2d","m":88.010}]==]
    local expected = python("sys.stdout.buffer.write(write(ordered(json.loads(data, parse_int=Literal,"
      .. " parse_float=Literal))).encode())", text)
    assert.equal(expected, json.canonical(json.decode(text)))
  end)

  it("is the same when it is read and written again", function()
    for _, text in ipairs {
      "{}", "[]", '{"a":[]}', '{"a":1.50,"b":[1e2,{}]}', '"x"', "[1,[2,[]]]", '{"":"\\u0001n5"}',
      '["\\u0001s\\u0001a"]',
    } do
      assert.equal(text, json.canonical(json.decode(text)))
    end
  end)

  it("is UTF-8, with U+FFFD for what was none, as python replaces it", function()
    for _, bytes in ipairs {
      "abc", "é", "中文", "😀", "\255", "\192\128", "\224\128\128", "\237\160\128", "\240\159\152", "\240\159\152x",
      "\244\144\128\128", "\228\184", "\228\184\228\184\173", "\213\226\202\199GBK", "\128\129", "\194", "a\226\130",
    } do
      local expected = python('print(data.decode("utf-8", "replace").encode().hex(), end="")', bytes)
      local hex = core.utf8(bytes):gsub(".", function(c) return ("%02x"):format(c:byte()) end)
      assert.equal(expected, hex)
      assert.equal('{"msg":"' .. core.utf8(bytes) .. '"}', json.canonical { msg = bytes })
      assert.equal('{"msg":"' .. core.utf8(bytes) .. '"}', json.canonical(json.decode('{"msg":"' .. bytes .. '"}')))
    end
  end)

  it("has U+FFFD for half a surrogate pair, and for a control character that was not escaped", function()
    for text, expected in pairs {
      ["\\ud83d"] = "\239\191\189", ["\\ude42"] = "\239\191\189", ["\\ud83d\\ude42"] = "🙂",
      ["\\ud83dx"] = "\239\191\189x", ["\\ud83d\\ud83d\\ude42"] = "\239\191\189🙂", ["\\uD83D\\n"] = "\239\191\189\\n",
      ["\1"] = "\239\191\189", ["a\nb"] = "a\239\191\189b", ["\0"] = "\239\191\189",
    } do
      assert.equal('"' .. expected .. '"', json.canonical(json.decode('"' .. text .. '"')))
    end
  end)

  it("has names that begin alike in an order that no locale has a say in", function()
    local names = { "b", "a", "aa", "", "B", "ä", "a b", "a-b", "\255", "é", "\239\191\189",
      "\238\128\128", "😀", "😁", "中", "z" }
    local sorted = core.sort_names(names)
    local hex = {}
    for i, name in ipairs(names) do
      hex[i] = name:gsub(".", function(c) return ("%02x"):format(c:byte()) end)
    end
    -- Python has no UTF-16 for what is no UTF-8: the byte 255 is compared as it is.
    local expected = python([[
names = [bytes.fromhex(line) for line in data.decode().split(",")]
units = lambda name: b"\xff" if name == b"\xff" else name.decode().encode("utf-16-be")
print(",".join(name.hex() for name in sorted(names, key=units)), end="")
]], table.concat(hex, ","))
    for i, name in ipairs(sorted) do
      sorted[i] = name:gsub(".", function(c) return ("%02x"):format(c:byte()) end)
    end
    assert.equal(expected, table.concat(sorted, ","))
    assert.error(function() core.sort_names { "a", 1 } end)
    assert.same({}, core.sort_names {})
  end)

  it("has our own numbers as they are, in the fewest digits", function()
    for _, case in ipairs {
      { 0, "0" }, { 1, "1" }, { -5, "-5" }, { 1.5, "1.5" }, { 0.1, "0.1" }, { 123456789012345, "123456789012345" },
      { 9007199254740991, "9007199254740991" }, { 1e21, "1e+21" }, { 1e-7, "1e-7" }, { 1 / 3, "0.3333333333333333" },
      { 2.0, "2" }, { 1 / 0, "null" }, { 0 / 0, "null" }, { -0.0, "0" }, { { -0.0 }, "[0]" },
    } do
      assert.equal(case[2], json.canonical(case[1]))
    end
  end)

  it("has every digit of an integer of Lua's", function()
    local integers = { 20261120100000123, math.maxinteger, math.mininteger, math.maxinteger and math.maxinteger - 1 }
    for _, integer in ipairs(math.type and integers or {}) do
      assert.equal(("%d"):format(integer), json.canonical(integer))
      assert.equal(('{"a":%d}'):format(integer), json.canonical { a = integer })
    end
  end)

  it("says when the core has no memory for it, and raises nothing", function()
    local json_string, plain_json = core.json_string, core.plain_json
    finally(function() core.json_string, core.plain_json = json_string, plain_json end)
    local failure = { status = "NO_MEMORY" }
    core.json_string = function() return nil, failure end
    core.plain_json = core.json_string
    assert.same({ nil, failure }, { json.canonical { a = { "é" } } })
    assert.same({ nil, failure }, { json.decode "{}" })
  end)

  it("keeps a list's places where null was", function()
    assert.equal("[1,null,3]", json.canonical { 1, nil, 3 })
    assert.equal('{"1":1,"a":2}', json.canonical { 1, a = 2 })
  end)
end)

describe("JSON that is read", function()
  it("has numbers that both Luas print alike, or their digits", function()
    for literal, printed in pairs {
      ["99"] = "99", ["99.0"] = "99", ["88.01"] = "88.01", ["1e2"] = "100", ["-0"] = "0", ["0.5"] = "0.5",
      ["12345678901234"] = "12345678901234", ["123456789012345"] = "123456789012345", ["1e400"] = "1e400",
      ["99.12345678901234567"] = "99.12345678901234567",
    } do
      assert.equal(printed, tostring(json.decode('{"n":' .. literal .. "}").n))
    end
  end)

  it("is refused where python refuses it, but for what python takes beyond JSON", function()
    local texts = {
      "{}", "[]", "", " ", "1", "-", "01", "1.", ".5", "1e", "1e+", "+1", "-0", "0x1", "1 2", "tru", "true",
      "nul", "null",
      '"', '"a', '"\\', '"\\x"', '"\\u12"', '"\\u12g4"', "[1,]", "[,1]", "[1 2]", "[", "]", "{", "}", '{"a"}', '{"a":}',
      '{"a":1,}', "{1:1}", '{"a" 1}', '{"a":1 "b":2}', "[1}", '{"a":1]', "'a'", "//", "[1]x", "\239\187\191{}", "{,}",
      '{"a":1,,"b":2}', '[{"a":[]}]', "\0", "[\0]", '{"a":1}\0', "[1]\12",
    }
    local lines = {}
    for i, text in ipairs(texts) do
      lines[i] = text:gsub(".", function(c) return ("%02x"):format(c:byte()) end)
    end
    local judged = python([[
for line in data.decode().split(","):
    try:
        json.loads(bytes.fromhex(line).decode("utf-8", "replace"), strict=False)
        print("y", end="")
    except ValueError:
        print("n", end="")
]], table.concat(lines, ","))
    for i, text in ipairs(texts) do
      assert.equal(judged:sub(i, i), core.plain_json(text) and "y" or "n", ("%q"):format(text))
    end
  end)

  it("is refused beyond 128 levels", function()
    assert.is_truthy(json.decode(("["):rep(128) .. ("]"):rep(128)))
    assert.is_nil(json.decode(("["):rep(129) .. ("]"):rep(129)))
    assert.is_nil(json.decode(("["):rep(1000000)))
  end)
end)
