-- `if record then` against generated answers: decoys, escapes, exotic numbers, and an independent strict
-- reader (python's json) that says which of them are a success.

local core = require "facequery.core"
local record = require "facequery.service.record"
local request_for = require "help.request"
local support = require "help.support"

local COUNT = 6000

-- Park and Miller's generator, so that a seed brings the same answers on every Lua.
local function generator(seed)
  return function(limit)
    seed = seed * 16807 % 2147483647
    return seed % limit + 1
  end
end

local CODES = {
  '"0"', "0", '"0"', "0", '"66660004"', "66660004", "-0", "0.0", "0e5", "0E-0", "1e-400", "-1e-400", "4.9e-324",
  '"00"', '"0 "', '"\\u0030"', '"0\\u0000"', '""', "null", "true", "false", "{}", "[]", '["0"]', '{"code":"0"}',
  "0.", ".0", "+0", "00", "0x0", "NaN", "Infinity", "-Infinity", "-", "1e", "1e999", "99999999999999999999",
  '"\\ud83d"', '"０"', '"\1n0"', '"\\u0001n0"', '"\\u0001s0"', '"\\u0001a"',
}
local NAMES = {
  "code", "code", "code", "c\\u006fde", "\\u0063ode", "Code", "code ", "code\\u0000", "c\\/ode", "result", "result",
  "r\\u0065sult", "orderNo", "msg", "x", "", "\255code", "code\1",
}
local OTHERS = { '"a"', "1", "null", "[]", "[1,2]", "{}", '{"code":"0","result":{"code":0}}', '[{"code":0}]',
  '"\\"code\\":0"', '"{\\"code\\":\\"0\\"}"', "1e-400", '"\255\254"' }
local TOKENS = { "{", "}", "[", "]", ",", ":", '"', "0", "\\", "e", " ", "\0", "\n", '"code":0,', "-", "null" }

local object
local function value(random, depth)
  local kind = random(10)
  if kind <= 2 and depth < 3 then
    return object(random, depth + 1)
  elseif kind <= 6 then
    return CODES[random(#CODES)]
  end
  return OTHERS[random(#OTHERS)]
end

function object(random, depth)
  local parts = {}
  for i = 1, random(4) - (depth > 0 and 1 or 0) do
    local name = NAMES[random(#NAMES)]
    local inner = value(random, depth)
    if name == "code" and random(3) == 1 then
      inner = ({ '"0"', "0" })[random(2)]
    elseif name == "result" and random(2) == 1 then
      inner = depth < 3 and object(random, depth + 1) or "{}"
    elseif name == "orderNo" then
      inner = '"a1"'
    end
    parts[i] = '"' .. name .. '"' .. (" "):rep(random(3) - 1) .. ":" .. inner
  end
  return "{" .. table.concat(parts, ",") .. "}"
end

local function answer(random)
  local text = object(random, 0)
  if random(4) == 1 then -- damaged: a token stands between two bytes, or in place of one
    local at = random(#text)
    text = text:sub(1, at - 1) .. TOKENS[random(#TOKENS)] .. text:sub(at + random(2) - 1)
  end
  return text
end

-- Reads a record as every transport does: out of the envelope that the core leaves of an answer.
local function verdict(text)
  local response = assert(core.answer(request_for()))
  local got
  if response:feed(text) and response:finish() then
    got = record.decode(response:envelope(), "a1")
  end
  response:close()
  return got and got.code == "0" and "success" or "no"
end

describe("a record of code 0", function()
  it("is one to an independent strict reader, too, and none is missing", function()
    local seed = math.floor(core.random() * 2147483645) + 1
    print("# seed " .. seed)
    local random, texts, lines = generator(seed), {}, {}
    for i = 1, COUNT do
      texts[i] = answer(random)
      lines[i] = texts[i]:gsub(".", function(c) return ("%02x"):format(c:byte()) end)
    end
    local folder = support.folder()
    support.write_file(folder .. "/answers", table.concat(lines, "\n") .. "\n")
    local judged = support.must(("python3 spec/fixtures/strict.py <%s/answers"):format(folder))
    support.remove_folder(folder)
    local index, successes = 0, 0
    for expected in judged:gmatch "%a+" do
      index = index + 1
      successes = successes + (expected == "success" and 1 or 0)
      assert.equal(expected, verdict(texts[index]), ("answer %d: %q"):format(index, texts[index]))
    end
    assert.equal(COUNT, index)
    assert.is_true(successes > COUNT / 50)
  end)
end)
