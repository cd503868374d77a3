-- Sealing a log, and what verify finds of seals that were altered.

local archives = require "facequery.evidence"
local core = require "facequery.core"
local facequery = require "facequery"
local support = require "help.support"
local tsa = require "help.tsa"

local must, quote = support.must, support.quote

describe("evidence.seal", function()
  -- An archive that every spec has a copy of: three orders, sealed, then two more.
  local folder, original, dir, client
  local send = require("facequery.tsa").new()

  local function options(more)
    local all = { tsa = { { url = tsa.url() } }, send = send, tsa_ca = tsa.ca() }
    for name, value in pairs(more or {}) do
      all[name] = value
    end
    return all
  end

  local function seal(more)
    return assert(archives.seal(archives.at(dir), options(more)))
  end

  local function archive(count)
    for _ = 1, count do
      assert(client:archive { order_no = support.order "size30x40n", dir = dir })
    end
  end

  lazy_setup(function()
    folder = support.folder()
    client = assert(facequery.new())
    original = folder .. "/original"
    dir = original
    archive(3)
    seal()
    archive(2)
  end)
  lazy_teardown(function()
    client:close()
    support.remove_folder(folder)
  end)
  before_each(function()
    dir = folder .. "/evidence"
    must(("rm -rf %s && cp -a %s %s"):format(dir, original, dir))
  end)

  local function read(name) return support.read_file(dir .. "/seals/" .. name) end
  local function write(name, bytes) support.write_file(dir .. "/seals/" .. name, bytes) end
  local function names() return must(("ls -A %s/seals"):format(dir)):gsub("\n", " ") end
  local function token(size) return size .. "." .. tsa.url():gsub("^http://", ""):gsub("[:/]", "-") .. ".tsr" end

  local function check(ca)
    local problems = {}
    local result = archives.check_seals(archives.at(dir), function(path, problem)
      problems[#problems + 1] = path .. ": " .. problem
    end, ca or tsa.ca())
    assert.equal(#problems, result.problems)
    table.sort(problems)
    return problems, result
  end

  -- Certificate Transparency's recursion over the log's first lines.
  local function root_of(size)
    support.write_file(folder .. "/oracle.py", [[
import base64, hashlib, sys
def sha(b): return hashlib.sha256(b).digest()
def root(l):
    if len(l) == 1: return sha(b"\0" + l[0])
    k = 1
    while 2 * k < len(l): k *= 2
    return sha(b"\1" + root(l[:k]) + root(l[k:]))
print(base64.b64encode(root(open(sys.argv[1], "rb").read().split(b"\n")[:int(sys.argv[2])])).decode())
]])
    return must(("python3 %s/oracle.py %s/index.jsonl %d"):format(folder, dir, size))
  end

  it("makes a checkpoint of the log's lines, and has it stamped so that openssl agrees", function()
    local sealed = seal()
    local first = must(("head -1 %s/index.jsonl | tr -d '\\n' | sha256sum"):format(dir)):match "^%x+"
    assert.same({ 5, root_of(5), true, {} }, { sealed.size, sealed.root, sealed.is_new, sealed.failures })
    assert.equal(("facequery/%s\n5\n%s\n"):format(first, root_of(5)), read "5.checkpoint")
    assert.equal(("facequery/%s\n3\n%s\n"):format(first, root_of(3)), read "3.checkpoint")
    local stamp = sealed.stamps[1]
    assert.same({ tsa.url(), token(5), "1.2.3.4.1", "CN=facequery sandbox TSA" },
      { stamp.tsa, stamp.file, stamp.policy, stamp.signer })
    assert.matches("^%d%d%d%d%-%d%d%-%d%dT%d%d:%d%d:%d%dZ$", stamp.time)
    local verified = must(("cd %s/seals && openssl ts -verify -data 5.checkpoint -in %s -CAfile %s 2>&1"):format(
      dir, token(5), quote(support.env "CA_FILE")))
    assert.matches("Verification: OK", verified, 1, true)
    assert.same({ {}, { seals = 2, stamps = 2, judged = 0, problems = 0 } }, { check() })
    assert.same({}, (support.verify(dir)))
  end)

  it("does nothing where nothing is new", function()
    seal()
    local before = must(("cd %s && find . | xargs stat -c '%%n %%y %%z' | sort"):format(dir))
    local sealed = seal { send = function() error "asked" end }
    assert.same({ 5, false, 1 }, { sealed.size, sealed.is_new, #sealed.stamps })
    assert.equal(before, must(("cd %s && find . | xargs stat -c '%%n %%y %%z' | sort"):format(dir)))
  end)

  it("seals no log that has no line", function()
    dir = folder .. "/empty"
    local place = assert(archives.open(dir))
    place:close()
    assert.same({ size = 0, is_new = false, stamps = {}, failures = {} }, seal())
    assert.same({ {}, { seals = 0, stamps = 0, judged = 0, problems = 0 } }, { check() })
  end)

  it("reads the new lines alone", function()
    -- An older line that was changed is verify's to find.
    local log = support.read_file(dir .. "/index.jsonl")
    support.write_file(dir .. "/index.jsonl", (log:gsub('"action"', '"acTion"', 1)))
    assert.not_equal(root_of(5), seal().root)
    assert.equal(2, #(check()))
  end)

  it("leaves the checkpoint where a TSA fails, names why, and asks again in the next run", function()
    local answers = {
      down = "HTTP", html = "NOT_TIMESTAMP", garbage = "TOKEN_MALFORMED", cut = "TOKEN_MALFORMED",
      long = "ENVELOPE_TOO_LARGE", wrongnonce = "TOKEN_NONCE", wrongimprint = "TOKEN_IMPRINT",
      expired = "TOKEN_UNTRUSTED", foreign = "TOKEN_UNTRUSTED",
    }
    for way, status in pairs(answers) do
      local sealed = seal { tsa = { { url = tsa.url(way) } } }
      assert.same({ 5, {}, 1 }, { sealed.size, sealed.stamps, #sealed.failures })
      assert.same({ tsa.url(way), status }, { sealed.failures[1].tsa, sealed.failures[1].failure.status })
    end
    local nobody = seal { tsa = { { url = "http://127.0.0.1:1/tsa" } } }
    assert.equal("COULDNT_CONNECT", nobody.failures[1].failure.code)
    assert.equal("3." .. token(3):sub(3) .. " 3.checkpoint 3.tree 5.checkpoint 5.tree", (names()))
    assert.same({}, (check()))
    local sealed = seal { tsa = { { url = tsa.url "down" }, { url = tsa.url() } } }
    assert.same({ false, 1, 1 }, { sealed.is_new, #sealed.stamps, #sealed.failures })
    assert.same({ {}, { seals = 2, stamps = 2, judged = 0, problems = 0 } }, { check() })
  end)

  it("takes no token whose time is minutes away", function()
    finally(function() core.now = support.real_clock end) -- luacheck: ignore 122
    support.real_clock = core.now
    for _, apart in ipairs { -900, 900 } do
      core.now = function() return support.real_clock() + apart end -- luacheck: ignore 122
      local sealed = seal()
      assert.same({ {}, "TOKEN_TIME" }, { sealed.stamps, sealed.failures[1].failure.status })
    end
  end)

  it("asks for a policy where one is wanted", function()
    local sealed = seal { tsa = { { url = tsa.url(), policy = "1.2.3.4.2" } } }
    assert.equal("1.2.3.4.2", sealed.stamps[1].policy)
    sealed = seal { tsa = { { url = tsa.url "b", policy = "1.2.3.4.9" }, { url = tsa.url "c", policy = "x" } } }
    assert.same({ "TOKEN_REFUSED", "TOKEN_POLICY" },
      { sealed.failures[1].failure.status, sealed.failures[2].failure.status })
  end)

  it("signs the checkpoint so that openssl agrees", function()
    local path = tsa.certify(folder, "signer")
    local pair = { certificate = support.read_file(path .. ".pem"), key = support.read_file(path .. ".key") }
    assert.is_true(seal { sign = pair }.signed)
    assert.matches("Verification successful", must(("cd %s/seals && openssl cms -verify -binary -inform DER -in 5.p7s"
      .. " -content 5.checkpoint -CAfile %s.pem -purpose any 2>&1"):format(dir, path)), 1, true)
    assert.same({}, (check()))
    assert.is_nil(seal({ sign = pair }).signed)
    write("5.p7s", read "5.p7s" .. "x")
    assert.same({ "seals/5.p7s: not a signature of this checkpoint, or changed" }, (check()))
    os.remove(dir .. "/seals/5.p7s")
    local ok, failure = archives.seal(archives.at(dir), options { sign = { certificate = "x", key = "y" } })
    assert.same({ nil, "CERTIFICATE_INVALID" }, { ok, failure.status })
  end)

  it("goes on where it was interrupted between the tree and its checkpoint", function()
    seal()
    os.remove(dir .. "/seals/5.checkpoint")
    os.remove(dir .. "/seals/" .. token(5))
    assert.same({}, (check()))
    assert.same({ true, 1 }, { seal().is_new, #seal().stamps })
    assert.same({}, (check()))
  end)

  it("leaves what a crash has left of a line to the next run", function()
    local file = assert(io.open(dir .. "/index.jsonl", "ab"))
    file:write '{"action":"archived","ord'
    file:close()
    assert.same({ 5, root_of(5) }, { seal().size, seal().root })
    assert.same({}, (check()))
  end)

  it("is made by several processes at once", function()
    local code = ([[
      local sealed = assert(require("facequery.evidence").seal(require("facequery.evidence").at(%q), {
        tsa = { { url = %q } }, send = require("facequery.tsa").new() }))
      assert(#sealed.failures == 0, "unstamped")]]):format(dir, tsa.url())
    local processes = {}
    for i = 1, 4 do
      processes[i] = support.start_lua(code)
    end
    for _, process in ipairs(processes) do
      assert.same({ "", 0 }, { process.wait() })
    end
    assert.same({ {}, { seals = 2, stamps = 2, judged = 0, problems = 0 } }, { check() })
  end)

  it("refuses a log that is not the one that was sealed", function()
    local function refused()
      local sealed, failure = archives.seal(archives.at(dir), options())
      assert.same({ nil, "SEAL_MISMATCH" }, { sealed, failure.status })
    end
    local log = support.read_file(dir .. "/index.jsonl")
    must(("sed -i '3,$d' %s/index.jsonl"):format(dir))
    refused()
    support.write_file(dir .. "/index.jsonl", (log:gsub("\n[^\n]*\n$", "\n")):sub(1, -2) .. "xx\n")
    must(("head -c $(jq .bytes %s/seals/3.tree) %s/index.jsonl | tr 0 1 >%s/x && mv %s/x %s/index.jsonl"):format(
      dir, dir, dir, dir, dir))
    refused()
    support.write_file(dir .. "/index.jsonl", log)
    write("3.tree", "{}")
    refused()
  end)

  describe("once altered", function()
    before_each(function() seal() end)

    local function flip(text)
      return text:sub(1, -10) .. (text:sub(-9, -9) == "A" and "B" or "A") .. text:sub(-8)
    end

    it("names a line that was changed, added or taken away, by every seal over it", function()
      local log = support.read_file(dir .. "/index.jsonl")
      local both = {}
      for i, size in ipairs { 3, 5 } do
        both[i] = (("seals/%d.checkpoint: has another root than the log's first %d lines: one of them, or this,"
          .. " was changed"):format(size, size))
      end
      support.write_file(dir .. "/index.jsonl", (log:gsub('"time":"2', '"time":"1', 1)))
      assert.same(both, (check()))
      support.write_file(dir .. "/index.jsonl", (log:gsub("^[^\n]*\n", "%0x\n", 1)))
      assert.same(both, (check()))
      support.write_file(dir .. "/index.jsonl", (log:gsub("[^\n]*\n$", "")))
      assert.same({ "seals/5.checkpoint: of more lines than the log has: it was cut, or begun anew" }, (check()))
    end)

    it("names a checkpoint with another origin, size or root", function()
      local text = read "3.checkpoint"
      local imprint = "seals/" .. token(3) .. ": about another checkpoint (message imprint mismatch)"
      for altered, words in pairs {
        [text:gsub("/%x", "/g", 1)] = "not a checkpoint of this size, or changed",
        [text:gsub("/%x", function(c) return c == "/0" and "/1" or "/0" end, 1)] = "of another log, or changed",
        [text:gsub("\n3\n", "\n4\n")] = "not a checkpoint of this size, or changed",
        [text:gsub("\n3\n", "\n03\n")] = "not a checkpoint of this size, or changed",
        [flip(text)] = "has another root than the log's first 3 lines: one of them, or this, was changed",
        [text .. "\n"] = "not a checkpoint of this size, or changed",
      } do
        write("3.checkpoint", altered)
        assert.same({ imprint, "seals/3.checkpoint: " .. words }, (check()))
      end
    end)

    it("names a token that was changed, of another checkpoint, or by another TSA", function()
      local bytes = read(token(5))
      for altered, words in pairs {
        [bytes:sub(1, -2)] = "not a timestamp, or changed",
        [read(token(3))] = "about another checkpoint (message imprint mismatch)",
        [flip(bytes)] = "not signed by the TSA, or changed",
        [tsa.answer(assert(core.timestamp_request(read "5.checkpoint", true)), "foreign")] =
          "the TSA's certificate is not one that the given authorities vouch for",
        [tsa.answer(assert(core.timestamp_request(read "5.checkpoint", true)), "expired")] =
          "the TSA's certificate is not one that the given authorities vouch for",
        [tsa.answer(assert(core.timestamp_request(read "5.checkpoint", true, "1.2.9")))] = "the TSA has refused it",
        [("x"):rep(70000)] = "unreadable",
      } do
        write(token(5), altered)
        local problems = check()
        assert.equal(1, #problems)
        assert.equal("seals/" .. token(5) .. ": " .. words, problems[1]:sub(1, #token(5) + 8 + #words))
      end
    end)

    it("names what is missing, and what is no seal's", function()
      local tree = read "3.tree"
      write("3.tree", (tree:gsub('"bytes":', '"bytes":1')))
      write("5.tree", (read "5.tree":gsub('"frontier":%["%w', '"frontier":["%%')))
      os.remove(dir .. "/seals/5.checkpoint")
      write("notes.txt", "")
      write("03.checkpoint", "")
      local expected = {
        "seals/03.checkpoint: not a seal's", "seals/3.tree: not the tree of these lines, or changed",
        "seals/" .. token(5) .. ": its checkpoint is missing", "seals/notes.txt: not a seal's",
      }
      table.sort(expected)
      assert.same(expected, (check()))
    end)

    it("does not look who the TSA is where no authority is given", function()
      local other = support.read_file(tsa.certify(folder, "other") .. ".pem")
      assert.equal(2, #(check(other)))
      local result = archives.check_seals(archives.at(dir), error)
      assert.same({ seals = 2, stamps = 2, judged = 0, problems = 0 }, result)
    end)
  end)

  it("is the archive's own, and no bundle", function()
    assert.same({}, (support.verify(dir)))
    for name in assert(archives.at(dir):names()) do
      assert.not_equal("seals", name)
    end
    assert.equal("own", archives.at(dir):about "seals")
    assert.equal(5, require("facequery.evidence.count").run(archives.at(dir)).bundles)
  end)
end)
