-- facequery seal, and seals in facequery verify, as a shell sees them.

local archives = require "help.archives"
local authority = require "help.authority"
local cjson = require "cjson"
local cli = require "help.cli"
local support = require "help.support"
local tsa = require "help.tsa"

local run = cli.shell

describe("the command seal", function()
  local folder, dir, list
  before_each(function()
    folder, dir, list = archives.begin()
    archives.write_list(list, support.orders_of("size30x40n", 2))
    archives.run(list, dir)
  end)
  after_each(function() support.remove_folder(folder) end)

  local function seal(url, more, how)
    return run(("seal --json %s --tsa %s --tsa-ca %s %s"):format(dir, url, support.env "CA_FILE", more or ""), how)
  end

  it("seals the log, says so in both languages, and verify knows the seals", function()
    local output, messages, status = seal(tsa.url())
    local told = cjson.decode(output)
    assert.same({ dir, 2, true, {}, 0 }, { told.dir, told.size, told.new, told.missing, status })
    assert.same({ tsa.url(), "CN=facequery sandbox TSA" }, { told.stamps[1].tsa, told.stamps[1].signer })
    cli.has(("%s: 2 lines sealed, root %s"):format(dir, told.root), messages)
    cli.has("stamped " .. told.stamps[1].time .. " by CN=facequery sandbox TSA", messages)
    assert.equal("", (run(("seal %s --tsa %s"):format(dir, tsa.url()))))
    cli.has("nothing new since 2 lines were sealed", (select(2, seal(tsa.url()))))
    cli.has("自封存 2 行以来无新增", (select(2, seal(tsa.url(), "--lang zh"))))
    output, messages, status = run(("verify %s --tsa-ca %s"):format(dir, support.env "CA_FILE"))
    assert.same({ "", 0 }, { output, status })
    cli.has("2 bundles, 1 seals, 0 problems, head ", messages)
    cli.has(dir .. ": seals: of 1 timestamps nobody has judged whether the TSA's certificate was revoked", messages)
    cli.has("without --tsa-ca nobody has looked who the TSAs are", (select(2, run("verify " .. dir))))
    output = run(("verify --json %s --tsa-ca %s"):format(dir, support.env "CA_FILE"))
    told = cjson.decode(output)
    assert.same({ 1, 1, 0 }, { told.seals, told.stamps, told.problems })
  end)

  it("names a TSA that fails, ends with 6, and catches up in the next run", function()
    local down, html = tsa.url "down", tsa.url "html"
    local output, messages, status = seal(down .. " " .. html, "--tsa " .. tsa.url())
    local told = cjson.decode(output)
    assert.same({ 6, 1 }, { status, #told.stamps })
    assert.same({ down, "503", "http", html, "NOT_TIMESTAMP", "protocol" }, {
      told.missing[1].tsa, told.missing[1].code, told.missing[1].kind,
      told.missing[2].tsa, told.missing[2].code, told.missing[2].kind,
    })
    cli.has("not stamped: " .. tsa.url "down", messages)
    cli.has("the TSA's answer is no timestamp (text/html)", messages)
    cli.has("时间戳机构的响应不是时间戳", (select(2, seal(tsa.url "html", "--lang zh"))))
    assert.equal(0, select(3, seal(tsa.url "x" .. " " .. tsa.url())))
  end)

  it("names what was altered", function()
    seal(tsa.url())
    local path = dir .. "/seals/2.checkpoint"
    support.write_file(path, (support.read_file(path):gsub("\n2\n", "\n1\n")))
    local output, _, status = run(("verify %s --tsa-ca %s"):format(dir, support.env "CA_FILE"))
    cli.has(path .. ": not a checkpoint of this size, or changed\n", output)
    cli.has(".tsr: about another checkpoint", output)
    assert.equal(7, status)
    output, _, status = run("verify --json " .. dir)
    assert.same({ dir, "seals/2.checkpoint", 7 }, { cjson.decode(output:match "^[^\n]*").dir,
      cjson.decode(output:match "^[^\n]*").path, status })
  end)

  it("verifies by revocation lists, and says where they are of others", function()
    seal(tsa.url())
    local authorities = authority.new(folder)
    local root = authorities:certify("root", "ca")
    authorities:certify("tsa", "tsa", "root")
    local token = support.must(("ls %s/seals/*.tsr"):format(dir))
    support.write_file(token, authorities:stamp("tsa", support.read_file(dir .. "/seals/2.checkpoint")))
    support.write_file(folder .. "/both.pem", root .. tsa.ca())
    local function verify(...)
      support.write_file(folder .. "/crl.pem", authorities:list(...))
      return run(("verify %s --tsa-ca %s/both.pem --crl %s/crl.pem"):format(dir, folder, folder))
    end
    local output, messages, status = verify "root"
    assert.same({ "", 0, nil }, { output, status, messages:find "nobody has judged" })
    cli.has("the TSA's certificate, or one of its issuers', was revoked (certificate revoked)",
      (verify("root", "tsa", "200101000000Z", "superseded")))
    authorities:certify("other", "ca")
    output, messages, status = verify "other"
    assert.same({ "", 0 }, { output, status })
    cli.has("of 1 timestamps nobody has judged", messages)
    assert.equal(2, select(3, run(("verify %s --crl %s/crl.pem"):format(dir, folder))))
    assert.equal(7, select(3, run(("verify %s --tsa-ca %s/both.pem --crl %s/none"):format(dir, folder, folder))))
  end)

  it("signs with a certificate and its key", function()
    local path = tsa.certify(folder, "signer")
    assert.equal(0, select(3, seal(tsa.url(), ("--sign %s.pem,%s.key"):format(path, path))))
    support.must(("cd %s/seals && openssl cms -verify -binary -inform DER -in 2.p7s -content 2.checkpoint"
      .. " -CAfile %s.pem -purpose any 2>&1"):format(dir, path))
    os.remove(dir .. "/seals/2.p7s")
    local output, _, status = seal(tsa.url(), ("--sign %s.pem,%s.pem"):format(path, path))
    assert.equal(5, status)
    cli.has("a certificate or a key is not PEM, or they do not belong together (key)", output)
  end)

  it("refuses what it can't read or does not understand", function()
    for _, more in ipairs { "--sign x", "--tsa ftp://x", "--tsa 'http://a b'", "--timeout 0" } do
      assert.equal(2, select(3, seal(tsa.url(), more)), more)
    end
    assert.equal(2, select(3, run("seal " .. dir)))
    for _, words in ipairs { ("seal %s --tsa %s --tsa-ca %s/none"):format(dir, tsa.url(), folder),
      ("seal %s --tsa %s --sign %s/none,%s/none"):format(dir, tsa.url(), folder, folder),
      ("seal %s --tsa %s --tsa-ca %s"):format(dir, tsa.url(), folder),
      ("verify %s --tsa-ca %s/none"):format(dir, folder), ("seal %s/none --tsa %s"):format(folder, tsa.url()) } do
      local output, messages, status = run(words)
      assert.same({ "", 7 }, { output, status }, words)
      assert.not_equal("", messages)
    end
  end)

  it("goes to a TSA by http, for what goes there is public; the service's tickets never do", function()
    -- 192.0.2.0/24 is for documentation: nobody is there (RFC 5737).
    local _, messages = run(("seal %s --tsa http://192.0.2.1/tsa --timeout 0.2"):format(dir))
    assert.is_truthy(messages:find "OPERATION_TIMEDOUT" or messages:find "COULDNT_CONNECT", messages)
    cli.has("INSECURE_URL", (select(2, run("query order1 --base-url http://192.0.2.1"))))
  end)
end)
