-- JSON in and out: what came in a record goes out again.

local json = require "facequery.json"

describe("facequery's JSON", function()
  it("reads text, and takes what is none for nothing", function()
    assert.same({ a = { 1, "b", false } }, json.decode '{"a":[1,"b",false]}')
    for _, text in ipairs { "", "{", "{}{}", "nope", '{"a":NaN}', '{"a":Infinity}', '{"a":0x10}' } do
      assert.is_nil(json.decode(text), text)
    end
  end)

  it("has one value for null", function()
    assert.equal(json.null(), json.decode('{"a":null}').a)
  end)

  it("writes lists with holes, and numbers past a double's range, instead of raising", function()
    assert.equal('{"a":[null,null,null,null,null,null,null,null,null,null,null,null,1]}',
      json.encode { a = { [13] = 1 } })
    assert.equal('{"a":null}', json.encode { a = math.huge })
  end)

  it("is not changed by what the application sets on its own cjson", function()
    local cjson = require "cjson"
    cjson.encode_sparse_array(false, 1, 1)
    cjson.decode_invalid_numbers(true)
    assert.equal('[null,null,null,1]', json.encode { [4] = 1 })
    assert.is_nil(json.decode "[NaN]")
    cjson.encode_sparse_array(false, 2, 10)
  end)
end)
