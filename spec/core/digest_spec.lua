-- Digests of bytes and of files, against sha256sum and openssl.

local core = require "facequery.core"
local support = require "help.support"

local must = support.must

local function raises(part, call, ...)
  local ok, message = pcall(call, ...)
  assert.is_false(ok, "did not raise")
  assert.matches(part, tostring(message), 1, true)
end

describe("digest", function()
  it("is FIPS 180's of 'abc', and GB/T 32905's", function()
    assert.same({
      sha256 = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
      sm3 = "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0",
    }, core.digest("abc", { "sm3", "sha256" }))
  end)

  it("is SHA-256 where nothing else is asked for, and only what is", function()
    assert.same({ sha256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" },
      core.digest "")
    assert.same({ sm3 = "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0" },
      core.digest("abc", { "sm3" }))
    assert.same({}, core.digest("abc", {}))
  end)

  it("is of every byte, zeros and line feeds too", function()
    local bytes = {}
    for i = 0, 255 do
      bytes[i + 1] = string.char(i)
    end
    -- python3: hashlib.sha256(bytes(range(256)) * 3)
    assert.equal("f3a25aa93aa2fbba28d79260535bbd6a5eb0fc1c24a8b0f04e12b484c1dfe363",
      core.digest(table.concat(bytes):rep(3)).sha256)
  end)

  it("raises on what is no string, no list, or no digest's name", function()
    raises("string expected", core.digest, {})
    raises("table expected", core.digest, "abc", "sm3")
    raises("md5", core.digest, "abc", { "md5" })
    raises("string expected", core.digest, "abc", { {} })
  end)
end)

describe("digest_file", function()
  local folder
  before_each(function() folder = support.folder() end)
  after_each(function() support.remove_folder(folder) end)

  it("is what sha256sum and openssl say, whatever the file's length", function()
    for _, size in ipairs { 0, 1, 55, 56, 63, 64, 65, 32767, 32768, 32769, 1000003 } do
      local path = folder .. "/" .. size
      must(("head -c %d /dev/urandom >%s"):format(size, path))
      assert.same({
        size = size,
        sha256 = must("sha256sum " .. path):match "^%x+",
        sm3 = must("openssl dgst -sm3 -r " .. path):match "^%x+",
      }, core.digest_file(path, { "sha256", "sm3" }))
    end
  end)

  it("is SHA-256 where nothing else is asked for", function()
    support.write_file(folder .. "/abc", "abc")
    assert.same({ size = 3, sha256 = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
      core.digest_file(folder .. "/abc"))
    assert.same({ size = 3 }, core.digest_file(folder .. "/abc", {}))
  end)

  it("tells a missing file from one that is none, and waits for no pipe", function()
    support.write_file(folder .. "/abc", "abc")
    must(("cd %s && ln -s abc link && ln -s none dangling && mkfifo pipe && mkdir folder"):format(folder))
    local expected = { none = "FILE_MISSING", link = "FILE_UNTRUSTED", dangling = "FILE_UNTRUSTED",
      pipe = "FILE_UNTRUSTED", folder = "FILE_UNTRUSTED" }
    for name, status in pairs(expected) do
      local digests, failure = core.digest_file(folder .. "/" .. name)
      assert.is_nil(digests)
      assert.same({ name, status }, { name, failure.status })
    end
    local digests, failure = core.digest_file(folder .. "/abc/def")
    assert.is_nil(digests)
    assert.same({ "FILE_UNREADABLE", "Not a directory" }, { failure.status, failure.detail })
  end)

  it("closes what it opens", function()
    support.write_file(folder .. "/abc", "abc")
    local function open_files()
      -- The pipe to this shell has one end here, or still two.
      return tonumber(must "readlink /proc/$PPID/fd/* | grep -vc pipe")
    end
    local before = open_files()
    for _ = 1, 50 do
      core.digest_file(folder .. "/abc", { "sm3" })
      core.digest_file(folder)
      core.digest_file(folder .. "/none")
    end
    -- The specs' own files come and go.
    assert.is_true(open_files() < before + 50)
  end)

  it("raises on what is no path", function()
    raises("string expected", core.digest_file, nil)
    raises("md5", core.digest_file, folder, { "md5" })
  end)
end)
