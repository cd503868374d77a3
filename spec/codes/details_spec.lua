-- What a library has said, inside of a sentence.

local details = require "facequery.codes.details"

describe("a detail", function()
  it("is what the library has said, on one line, in English", function()
    assert.equal("Could not resolve host", details.of("en", "Could not\nresolve host"))
  end)

  it("is in Chinese what the system has said, or else a quotation", function()
    for said, expected in pairs {
      ["No space left on device"] = "磁盘已满", ["Permission denied"] = "没有权限",
      ["/x/: no such folder"] = "/x/：文件夹不存在", ["Could not resolve host"] = "「Could not resolve host」",
      ["index.jsonl"] = "index.jsonl", ["(2026) 沪 01 民初"] = "(2026) 沪 01 民初",
    } do
      assert.equal(expected, details.of("zh", said))
    end
  end)

  it("has the words that the C library has", function()
    local support = require "help.support"
    local errors = support.must "python3 -c 'import os, errno\nfor n in errno.errorcode: print(os.strerror(n))'"
    local source = support.read_file "lua/facequery/codes/details.lua"
    local count = 0
    for said in source:gmatch '%["(.-)"%] = ' do
      assert.is_truthy(("\n" .. errors .. "\n"):find("\n" .. said .. "\n", 1, true), said)
      count = count + 1
    end
    assert.equal(15, count)
  end)
end)
