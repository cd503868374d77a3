-- facequery export, and what verify.sh says of what was exported, in the shells that people have.
-- Only on lua5.4 luajit: it is about verify.sh, and core/merkle_spec holds the C code under the sanitizers.

local archives = require "help.archives"
local certificates = require "help.certificates"
local cjson = require "cjson"
local cli = require "help.cli"
local core = require "facequery.core"
local pages = require "help.pages"
local support = require "help.support"
local tsa = require "help.tsa"

local must, run = support.must, cli.shell

local SHELLS = { "dash", "busybox sh", "bash" }

describe("the command export", function()
  -- An archive of five orders, sealed and signed; then two more, sealed, too.
  local folder, dir, list, orders, original
  lazy_setup(function()
    folder, dir, list = archives.begin()
    orders = support.orders_of("size30x40n", 5)
    archives.write_list(list, orders)
    archives.run(list, dir, "--hash sm3")
    local signer = tsa.certify(folder, "signer")
    local seal = ("seal %s --tsa %s --tsa-ca %s --sign %s.pem,%s.key"):format(
      dir, tsa.url(), support.env "CA_FILE", signer, signer)
    assert.equal(0, select(3, run(seal)))
    local more = support.orders_of("size30x40n", 2)
    archives.write_list(list, more)
    archives.run(list, dir)
    assert.equal(0, select(3, run(seal)))
    orders[6], orders[7] = more[1], more[2]
  end)
  lazy_teardown(function() support.remove_folder(folder) end)

  local function export(order_no, more)
    os.remove(folder .. "/x.tar")
    return run(("export --json %s --from %s --out %s/x.tar %s"):format(order_no, dir, folder,
      more or "--tsa-ca " .. support.env "CA_FILE"))
  end

  -- The unpacked folder of an order's export.
  local function unpacked(order_no, more)
    local output, messages, status = export(order_no, more)
    assert.equal(0, status, messages)
    must(("cd %s && rm -rf %s && tar xf x.tar"):format(folder, order_no))
    return folder .. "/" .. order_no, cjson.decode(output)
  end

  local function verify(path, shell, more)
    return support.shell(("%s %s/verify.sh %s 2>&1"):format(shell or "dash", path, more or ""))
  end

  it("writes what verify.sh says yes to, in any shell, for every line of the log", function()
    for number = 1, 7 do
      local path, about = unpacked(orders[number])
      local index = tonumber(must(("grep -n %s %s/index.jsonl"):format(orders[number], dir)):match "^%d+") - 1
      assert.same({ index, index < 5 and 5 or 7, 1, orders[number] },
        { about.index, about.size, about.stamps, about.order_no })
      for _, shell in ipairs(number % 3 == 0 and SHELLS or { "dash" }) do
        local output, status = verify(path, shell)
        assert.equal(0, status, output)
        cli.has("YES: the evidence of order " .. orders[number] .. " is unaltered since it was stamped.", output)
        cli.has("是：订单 " .. orders[number] .. " 的存证自时间戳之时起未被改动。", output)
        assert.is_nil(output:find "WRONG")
      end
    end
  end)

  it("has in it what openssl and sha256sum check by themselves", function()
    local path = unpacked(orders[2])
    local names = must(("cd %s && find . -type f | LC_ALL=C sort"):format(path))
    local token = names:match "[^\n/]*%.tsr"
    assert.equal(("./%s ./bundle/manifest.json ./bundle/photo.jpg ./bundle/record.json ./bundle/video.mp4 ./checkpoint"
      .. " ./checkpoint.p7s ./line ./proof.tlog-proof ./sheet.html ./sheet.zh.html ./tsa-ca.pem ./verify.sh"):format(
      token), (names:gsub("\n", " ")))
    local verified = must(("cd %s && openssl ts -verify -data checkpoint -in %s -CAfile tsa-ca.pem 2>&1"):format(
      path, token))
    assert.matches("Verification: OK", verified, 1, true)
    must(("cd %s/bundle && for file in *; do cmp $file %s/$file; done"):format(
      path, support.bundle_path(dir, orders[2])))
    assert.equal(must(("grep %s %s/index.jsonl"):format(orders[2], dir)), support.read_file(path .. "/line"))
  end)

  it("has a page in each language, whose commands check what lies beside it", function()
    local path = unpacked(orders[2])
    for name, words in pairs {
      ["sheet.html"] = { "Verified", "proves nothing by itself", "confirms that the log's first 5" },
      ["sheet.zh.html"] = { "核身通过", "本身不构成证明", "证明：日志前 5 行" },
    } do
      local page = pages.read(path .. "/" .. name)
      assert.same({}, page.errors)
      for _, text in ipairs(words) do
        cli.has(text, page.text)
      end
      assert.is_nil(page.text:find("seals/", 1, true))
      assert.equal(support.sha256(path .. "/bundle/video.mp4"), page.media.video.sha256)
      local ran = ""
      for i = 2, #page.commands do -- the first is the log's line
        ran = ran .. must(("cd %s && {\n%s\n} 2>&1"):format(path, page.commands[i])) .. "\n"
      end
      for _, text in ipairs { "bundle/manifest.json: OK", "bundle/photo.jpg: OK", "Verification: OK", "\nYES: ",
        page.commands[1], cjson.decode(page.commands[1]).digest .. "  -" } do
        cli.has(text, ran)
      end
    end
  end)

  describe("once altered", function()
    local path, token
    lazy_setup(function()
      original = unpacked(orders[3])
      must(("rm -rf %s/original && mv %s %s/original"):format(folder, original, folder))
      token = must(("cd %s/original && ls *.tsr"):format(folder))
      path = folder .. "/altered"
    end)
    before_each(function() must(("rm -rf %s && cp -a %s/original %s"):format(path, folder, path)) end)

    -- Alters a file; verify.sh must name each of these, in one shell after the other.
    local turn = 0
    local function named(file, alter, ...)
      local text = support.read_file(path .. "/" .. file)
      local altered = alter(text)
      assert.not_equal(text, altered)
      support.write_file(path .. "/" .. file, altered)
      turn = turn % #SHELLS + 1
      local output, status = verify(path, SHELLS[turn])
      assert.equal(1, status, output)
      cli.has("\nNO: ", output)
      for _, words in ipairs { ... } do
        cli.has("WRONG  " .. words, output)
      end
    end
    local function flip(at)
      return function(text)
        local byte = text:byte(at)
        return text:sub(1, at - 1) .. string.char(byte % 2 == 0 and byte + 1 or byte - 1) .. text:sub(at + 1)
      end
    end
    local function replace(pattern, by)
      return function(text) return (text:gsub(pattern, by, 1)) end
    end
    local ROOT = "proof.tlog-proof: leads to another root than the checkpoint's"

    it("names the line", function()
      named("line", replace('"time":"2', '"time":"1'), ROOT)
    end)

    it("names the line that tells of another manifest", function()
      local function other(text) return text:sub(1, -2) .. (text:sub(-1) == "0" and "1" or "0") end
      named("line", replace('"manifest":"%x', other),
        "bundle/manifest.json: not the one that the log's line tells of", ROOT)
    end)

    it("names a file of the bundle", function()
      named("bundle/photo.jpg", flip(5), "bundle/photo.jpg: other content than the manifest says")
    end)

    it("names a file that is missing, and one that was added", function()
      os.remove(path .. "/bundle/video.mp4")
      support.write_file(path .. "/bundle/.hidden", "x")
      named("bundle/record.json", flip(3), "bundle/video.mp4: missing", "bundle/.hidden: not in the manifest",
        "bundle/record.json: other content")
    end)

    it("names the manifest", function()
      named("bundle/manifest.json", replace('"size":30', '"size":31'),
        "bundle/manifest.json: not the one that the log's line tells of")
    end)

    it("names the checkpoint, its root and its size", function()
      local function other_root(text) -- which is base64 still
        return text:sub(1, -11) .. (text:sub(-10, -10) == "A" and "B" or "A") .. text:sub(-9)
      end
      named("checkpoint", other_root, "proof.tlog-proof: has another checkpoint in it",
        token .. ": about another checkpoint", "checkpoint.p7s: not a signature of the checkpoint")
      must(("cp -a %s/original/checkpoint %s"):format(folder, path))
      named("checkpoint", replace("\n5\n", "\n4\n"), "proof.tlog-proof: has another checkpoint in it",
        token .. ": about another checkpoint")
      must(("cp -a %s/original/checkpoint %s"):format(folder, path))
      named("checkpoint", replace("\n5\n", "\n05\n"), "checkpoint: not a checkpoint")
    end)

    it("names the proof's path, its index and its size", function()
      named("proof.tlog-proof", replace("\n..([^\n])([^\n]*\n\n)", function(digit, rest)
        return "\nAA" .. (digit == "A" and "B" or "A") .. rest
      end), ROOT)
      for index, words in pairs {
        ["9"] = "proof.tlog-proof: its index is not below the checkpoint's size",
        ["x"] = "proof.tlog-proof: not a proof",
        ["01"] = "proof.tlog-proof: not a proof", ["4"] = "proof.tlog-proof: ",
      } do
        must(("cp -a %s/original/proof.tlog-proof %s"):format(folder, path))
        named("proof.tlog-proof", replace("index %d", "index " .. index), words)
      end
      must(("cp -a %s/original/proof.tlog-proof %s"):format(folder, path))
      named("proof.tlog-proof", replace("\n[^\n]*\n\n", "\n\n"), "proof.tlog-proof: ")
      must(("cp -a %s/original/proof.tlog-proof %s"):format(folder, path))
      named("proof.tlog-proof", replace("\n5\n", "\n6\n"), "proof.tlog-proof: has another checkpoint in it")
    end)

    it("names the token", function()
      named(token, function(text) return flip(#text - 9)(text) end, token .. ": not signed by its TSA")
      must(("cp -a %s/original/%s %s"):format(folder, token, path))
      named(token, function(text) return text:sub(1, 100) end, token .. ": not a timestamp")
      os.remove(path .. "/" .. token)
      cli.has("WRONG  checkpoint: no timestamp about it is here", (verify(path)))
    end)

    it("names a token by another TSA, by one that had expired, and about something else", function()
      local request = assert(core.timestamp_request(support.read_file(path .. "/checkpoint"), true))
      for way, words in pairs { foreign = "its TSA's certificate is not issued by tsa-ca.pem: foreign",
        expired = "a certificate of its TSA's, or in tsa-ca.pem, was not valid at ",
        wrongimprint = "about another checkpoint" } do
        named(token, function() return tsa.answer(request, way) end, token .. ": " .. words)
      end
      -- An answer whose nonce is another says nothing wrong of the checkpoint: it is refused when it comes.
      support.write_file(path .. "/" .. token, tsa.answer(request, "wrongnonce"))
      assert.equal(0, select(2, verify(path)))
    end)

    it("names the certificate", function()
      local other = support.read_file(tsa.certify(folder, "other") .. ".pem")
      named("tsa-ca.pem", function() return other end, token .. ": its TSA's certificate is not issued by tsa-ca.pem")
      named("tsa-ca.pem", function() return "x" end, "tsa-ca.pem: no certificates")
      os.remove(path .. "/tsa-ca.pem")
      cli.has("WRONG  tsa-ca.pem: no certificates", (verify(path)))
      assert.equal(0, select(2, verify(path, "dash", support.env "CA_FILE")))
      assert.equal(1, select(2, verify(path, "dash", folder .. "/other.pem")))
    end)

    it("names the signature", function()
      named("checkpoint.p7s", function(text) return flip(#text - 9)(text) end, "checkpoint.p7s: not a signature")
    end)
  end)

  it("writes an encrypted bundle as it is stored, of which verify.sh says so, and what was altered", function()
    local own, one = folder .. "/encrypted", support.order "verified"
    archives.write_list(list, { one })
    archives.run(list, own, "--hash sm3 --encrypt-to " .. certificates.make(folder, "audit", "ec").pem)
    assert.equal(0, select(3, run(("seal %s --tsa %s --tsa-ca %s"):format(own, tsa.url(), support.env "CA_FILE"))))
    assert.equal(0, select(3, run(("export %s --from %s --out %s/encrypted.tar --tsa-ca %s"):format(one, own, folder,
      support.env "CA_FILE"))))
    must(("cd %s && tar xf encrypted.tar"):format(folder))
    local path = ("%s/%s"):format(folder, one)
    for _, shell in ipairs(SHELLS) do
      local output, status = verify(path, shell)
      assert.equal(0, status, output)
      cli.has("manifest.json.cms\n       photo.jpg.cms\n       record.json.cms\n       video.mp4.cms\n"
        .. "note   The files .cms are encrypted", output)
    end
    local video = path .. "/bundle/video.mp4.cms"
    local bytes = support.read_file(video)
    support.write_file(video, bytes:sub(1, -2) .. string.char((bytes:byte(-1) + 1) % 256))
    for _, shell in ipairs(SHELLS) do
      local output, status = verify(path, shell)
      assert.equal(1, status, output)
      cli.has("WRONG  bundle/video.mp4.cms: other content than the manifest says", output)
    end
  end)

  it("refuses what is not archived, not sound, not sealed, or there already; and leaves nothing", function()
    local function refused(code, order_no)
      local output, messages, status = export(order_no)
      local failure = cjson.decode(output)
      assert.same({ code, false, "" }, { failure.code, failure.ok, messages })
      assert.equal(failure.kind == "invalid_request" and 5 or 7, status)
      assert.equal("", (support.shell(("ls %s/x.tar 2>/dev/null"):format(folder))))
    end
    refused("BUNDLE_INVALID", "nosuchorder1")
    refused("INVALID_ORDER_NO", "a-b")
    local one = support.order "size30x40n"
    archives.write_list(list, { one })
    archives.run(list, dir)
    refused("NOT_SEALED", one)
    local photo = support.bundle_path(dir, orders[1]) .. "/photo.jpg"
    local bytes = support.read_file(photo)
    support.write_file(photo, "another face")
    refused("BUNDLE_INVALID", orders[1])
    support.write_file(photo, bytes)
    unpacked(orders[1])
    local _, messages, status = run(("export %s --from %s --out %s/x.tar"):format(orders[1], dir, folder))
    assert.equal(7, status)
    cli.has("FILE_EXISTS", messages)
  end)
end)
