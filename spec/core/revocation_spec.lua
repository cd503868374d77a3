-- The core's judgement of revocation lists, which are openssl's own.

local authority = require "help.authority"
local core = require "facequery.core"
local support = require "help.support"

describe("core.timestamp_revocation", function()
  local folder, authorities, root, reply, time
  lazy_setup(function()
    folder = support.folder()
    authorities = authority.new(folder)
    root = authorities:certify("root", "ca")
    authorities:certify("tsa", "tsa", "root")
    authorities:certify("middle", "ca", "root")
    authorities:certify("deep", "tsa", "middle")
    reply = authorities:stamp("tsa", "text")
    time = assert(core.timestamp_check(reply, assert(core.timestamp_request("text", false)), root)).time
  end)
  lazy_teardown(function() support.remove_folder(folder) end)

  local function judge(lists, response, ca)
    local judged, failure = core.timestamp_revocation(response or reply, time, ca or root, lists)
    return judged or failure.status
  end

  it("says of whom the lists know that they were not revoked, whatever day it is", function()
    assert.equal("chain", judge(authorities:list "root"))
    assert.equal("chain", core.timestamp_revocation(reply, 0, root, authorities:old_list "root"))
    authorities:certify("other", "ca")
    local foreign = authorities:list "other"
    assert.equal("none", judge(foreign))
    assert.equal("chain", judge(foreign .. "text between\n" .. authorities:list "root"))
    local deep, own = authorities:stamp("deep", "text", "middle"), authorities:list "middle"
    assert.equal("signer", judge(own, deep))
    assert.equal("chain", judge(own .. authorities:list "root", deep))
    assert.equal("TOKEN_REVOKED", judge(own .. authorities:list("root", "middle", "390101000000Z", "superseded"), deep))
    assert.equal("TOKEN_REVOKED", judge(authorities:list("middle", "deep", "200101000000Z"), deep))
  end)

  it("believes a list that is older than the token whom it names, and no more", function()
    assert.equal("none", judge(authorities:old_list "root"))
    assert.equal("TOKEN_REVOKED", judge(authorities:old_list("root", "tsa", "191231000000Z", "superseded")))
    assert.equal("signer", judge(authorities:list "middle" .. authorities:old_list "root",
      authorities:stamp("deep", "text", "middle")))
  end)

  it("takes a certificate for good that was revoked later for a reason that is not its key", function()
    for _, reason in ipairs { "superseded", "cessationOfOperation", "affiliationChanged", "unspecified" } do
      assert.equal("chain", judge(authorities:list("root", "tsa", "390101000000Z", reason)))
      assert.equal("TOKEN_REVOKED", judge(authorities:list("root", "tsa", "200101000000Z", reason)))
    end
    for _, reason in ipairs { "keyCompromise", "CACompromise", false } do
      assert.equal("TOKEN_REVOKED", judge(authorities:list("root", "tsa", "390101000000Z", reason)))
    end
    local _, failure = core.timestamp_revocation(reply, time, root, authorities:list("root", "tsa", "200101000000Z"))
    assert.equal("certificate revoked", failure.detail)
  end)

  it("names lists that are none or were altered, and what else it can't read", function()
    local list = authorities:list "root"
    for _, wrong in ipairs { "", "x", root, list:sub(1, -40), list .. list:sub(1, -40), authorities:alter() } do
      assert.equal("CRL_INVALID", judge(wrong))
    end
    assert.equal("CERTIFICATE_INVALID", judge(list, reply, "x"))
    for _, wrong in ipairs { "", "x", reply:sub(1, -2) } do
      assert.equal("TOKEN_MALFORMED", judge(list, wrong))
    end
  end)

  it("raises on what is no text and no time", function()
    for _, arguments in ipairs { {}, { reply }, { reply, "x", root, root }, { reply, time, {}, root },
      { reply, time, root, {} } } do
      assert.has_error(function() core.timestamp_revocation((table.unpack or unpack)(arguments)) end)
    end
  end)
end)
