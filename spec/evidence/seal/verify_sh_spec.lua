-- What verify.sh says of revocation lists, and of what it does not look at, in the shells that people have.
-- spec/cli/export_spec.lua alters everything else that it reads.
-- Only on lua5.4 luajit: it is about a shell's script.

local archives = require "help.archives"
local authority = require "help.authority"
local cli = require "help.cli"
local support = require "help.support"
local tsa = require "help.tsa"

local must, run = support.must, cli.shell

local SHELLS = { "dash", "busybox sh", "bash" }

describe("verify.sh", function()
  local folder, order_no, path, authorities
  local function list(...) return authorities:list(...) end
  -- Puts a TSA's stamp in the place of the sandbox's.
  local function stamp(name, chain)
    support.write_file(path .. "/x.tsr", authorities:stamp(name, support.read_file(path .. "/checkpoint"), chain))
  end

  lazy_setup(function()
    local dir, orders
    folder, dir, orders = archives.begin()
    order_no = support.order "size30x40n"
    archives.write_list(orders, { order_no })
    archives.run(orders, dir)
    assert.equal(0, select(3, run(("seal %s --tsa %s"):format(dir, tsa.url()))))
    assert.equal(0, select(3, run(("export %s --from %s --out %s/x.tar"):format(order_no, dir, folder))))
    must(("cd %s && tar xf x.tar && rm %s/*.tsr"):format(folder, order_no))
    path = folder .. "/" .. order_no
    authorities = authority.new(folder)
    authorities:certify("root", "ca")
    authorities:certify("tsa", "tsa", "root")
    stamp "tsa"
  end)
  lazy_teardown(function() support.remove_folder(folder) end)
  before_each(function()
    os.remove(path .. "/crl.pem")
    must(("cp %s/root.pem %s/tsa-ca.pem"):format(folder, path))
  end)

  -- One shell after the other, so that each does a third of the work.
  local turn = 0
  local function says(status, words, arguments)
    turn = turn % #SHELLS + 1
    local output, ended = support.shell(("cd %s && %s %s/verify.sh %s 2>&1"):format(folder, SHELLS[turn], path,
      arguments or ""))
    assert.equal(status, ended, output)
    cli.has(words, output)
  end
  local function says_with(crl, ...)
    support.write_file(path .. "/crl.pem", crl)
    says(...)
  end

  it("says that revocation was not judged where no list is here", function()
    says(0, "note   Whether a TSA's certificate was revoked was not judged: no revocation list (crl.pem) is here.")
    says(0, "未判断时间戳机构的证书是否被吊销")
  end)

  it("says that the pages are no evidence, whatever is in them", function()
    local sheet = support.read_file(path .. "/sheet.html")
    support.write_file(path .. "/sheet.html", "altered")
    says(0, "note   sheet.html and sheet.zh.html are for reading: they are not checked, and no evidence.")
    support.write_file(path .. "/sheet.html", sheet)
    says(0, "sheet.html 与 sheet.zh.html 仅供阅读，未作核验，不构成证据。")
  end)

  it("says of which day a list is that has revoked nothing, and takes one of the reader's own", function()
    local crl = list("root")
    local day = authorities:openssl("crl -in list.pem -noout -lastupdate"):match "=(.*)"
    says_with(crl, 0,
      ("ok     Neither its TSA's certificate nor those of its issuers were revoked (crl.pem: %s;)."):format(day))
    says(0, "均未被吊销")
    says_with(authorities:old_list "root", 0, "were revoked (crl.pem: Jan  1 00:00:00 2020 GMT;).")
    says(0, "note   A list that is older than the stamp knows nothing of what was revoked later.")
    os.remove(path .. "/crl.pem")
    says(0, ("were revoked (%s/list.pem: "):format(folder), "root.pem list.pem")
  end)

  it("names a certificate that was revoked, but for a good reason after the stamp", function()
    for _, reason in ipairs { "superseded", "cessationOfOperation", "affiliationChanged", "unspecified" } do
      says_with(list("root", "tsa", "390101000000Z", reason), 0, "which leaves the stamp good.")
    end
    for reason, words in pairs { superseded = "Superseded", keyCompromise = "Key Compromise",
      [false] = "no reason given" } do
      says_with(list("root", "tsa", "200101000000Z", reason), 1,
        ("WRONG  x.tsr: its TSA's certificate was revoked (Jan  1 00:00:00 2020 GMT, %s)"):format(words))
    end
    says_with(list("root", "tsa", "390101000000Z", "keyCompromise"), 1, "was revoked (Jan  1 00:00:00 2039 GMT, Key C")
    says_with(list("root", "tsa", "390101000000Z"), 1, "时间戳机构的证书已被吊销")
  end)

  it("judges by no list of others, and names one that was altered, or is none", function()
    authorities:certify("other", "ca")
    says_with(list("other"), 0,
      "note   Whether its TSA's certificate was revoked was not judged: crl.pem is not of its issuer.")
    local crl = list("root")
    authorities:alter()
    says(1, "altered.pem: no revocation lists of the TSA's issuers: foreign, or altered", "root.pem altered.pem")
    says_with("x", 1, "WRONG  crl.pem: no revocation lists of the TSA's issuers")
    says_with(crl, 0, "\nYES: ")
  end)

  it("says of whom it has judged where the TSA's issuer has an issuer, too", function()
    authorities:certify("middle", "ca", "root")
    authorities:certify("deep", "tsa", "middle")
    finally(function() stamp "tsa" end)
    stamp("deep", "middle")
    local own = list("middle")
    says_with(own, 0, "those of its issuers were not judged.")
    says_with(own .. list("root"), 0, "ok     Neither its TSA's certificate nor those of its issuers were revoked")
    says_with(own .. list("root", "middle", "390101000000Z", "superseded"), 1,
      "WRONG  x.tsr: the certificate of an issuer of its TSA's was revoked (crl.pem)")
  end)
end)
