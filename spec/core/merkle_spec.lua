-- core.merkle: the Merkle tree of RFC 6962, held to Certificate Transparency's own vectors and to Python.

local core = require "facequery.core"
local support = require "help.support"

local function hex_of(base64)
  return support.must(("printf %%s '%s' | openssl base64 -d -A | xxd -p -c 64"):format(base64))
end

local function tree_of(leaves)
  local tree = assert(core.merkle())
  for _, leaf in ipairs(leaves) do
    assert.is_true(tree:add(leaf))
  end
  return tree
end

-- From certificate-transparency's merkle_tree_test.cc: the leaves, and the root of the first 0 to 8 of them.
local LEAVES = { "", "\0", "\16", "\32\33", "\48\49", "\64\65\66\67", "\80\81\82\83\84\85\86\87",
  "\96\97\98\99\100\101\102\103\104\105\106\107\108\109\110\111" }
local ROOTS = { [0] = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
  "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
  "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
  "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
  "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
  "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
  "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
  "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
  "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328" }

-- The RFC's own recursion, for the decimal numbers below `n` as leaves.
local PYTHON = [[
import base64, hashlib, sys
def sha(b): return hashlib.sha256(b).digest()
def root(l):
    if not l: return sha(b"")
    if len(l) == 1: return sha(b"\0" + l[0])
    k = 1
    while 2 * k < len(l): k *= 2
    return sha(b"\1" + root(l[:k]) + root(l[k:]))
for n in map(int, sys.argv[1:]):
    print(base64.b64encode(root([str(i).encode() for i in range(n)])).decode())
]]

describe("core.merkle", function()
  it("has the roots that Certificate Transparency's test vectors give", function()
    local tree = assert(core.merkle())
    assert.equal(ROOTS[0], hex_of(tree:root()))
    for size, leaf in ipairs(LEAVES) do
      assert.is_true(tree:add(leaf))
      assert.equal(ROOTS[size], hex_of(tree:root()))
    end
  end)

  it("has the roots of the RFC's recursion, at any size", function()
    local sizes = { 1, 2, 3, 31, 32, 33, 255, 256, 257, 1000 }
    for _ = 1, 10 do
      sizes[#sizes + 1] = math.random(1, 1000)
    end
    local folder = support.folder()
    finally(function() support.remove_folder(folder) end)
    support.write_file(folder .. "/oracle.py", PYTHON)
    local expected = support.must(("python3 %s/oracle.py %s"):format(folder, table.concat(sizes, " ")))
    local found = {}
    for i, size in ipairs(sizes) do
      local leaves = {}
      for number = 0, size - 1 do
        leaves[#leaves + 1] = ("%d"):format(number)
      end
      found[i] = tree_of(leaves):root()
    end
    assert.equal(expected, table.concat(found, "\n"))
  end)

  it("goes on from a frontier, which has a hash for each bit of the size", function()
    local whole = tree_of(LEAVES)
    for size = 0, 8 do
      local begun = tree_of { (table.unpack or unpack)(LEAVES, 1, size) }
      local frontier = begun:frontier()
      local bits = 0
      for bit = 0, 3 do
        bits = bits + math.floor(size / 2 ^ bit) % 2
      end
      assert.equal(bits, #frontier)
      local other = assert(core.merkle(size, frontier))
      assert.equal(begun:root(), other:root())
      for i = size + 1, 8 do
        assert.is_true(other:add(LEAVES[i]))
      end
      assert.equal(whole:root(), other:root())
    end
  end)

  it("refuses what is no frontier of such a tree", function()
    local good = tree_of({ "a", "b", "c" }):frontier()
    assert.equal(2, #good)
    for _, wrong in ipairs { {}, { good[1] }, { good[1], "x" }, { good[1], 7 }, { good[1], ("="):rep(44) },
      { good[1], good[2]:sub(1, -2) .. "A" }, { good[1], (good[2]:gsub("=$", "\0")) } } do
      assert.has_error(function() core.merkle(3, wrong) end)
    end
    for _, wrong in ipairs { -1, 0.5, 2 ^ 60, 0 / 0 } do
      assert.has_error(function() core.merkle(wrong, {}) end)
    end
    assert.has_error(function() core.merkle("3", good) end)
    assert.has_error(function() core.merkle(3) end)
  end)

  it("is of no use once it is closed", function()
    local tree = assert(core.merkle())
    tree:close()
    tree:close()
    assert.has_error(function() tree:add "x" end)
    assert.has_error(function() tree:root() end)
    assert.has_error(function() tree:frontier() end)
  end)
end)
