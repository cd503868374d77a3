-- Which proxy the doctor takes for the one in use: libcurl's, by its rules.

local proxy = require "facequery.doctor.proxy"

describe("the doctor's proxy", function()
  local before, variables

  setup(function()
    before = os.getenv
    os.getenv = function(name) -- luacheck: ignore 122
      if name:lower():find "_proxy$" then
        return variables[name]
      end
      return before(name)
    end
  end)
  before_each(function() variables = {} end)
  teardown(function() os.getenv = before end) -- luacheck: ignore 122

  local function of(settings)
    settings.base_url = settings.base_url or "https://kyc1.qcloud.com"
    return proxy.of(settings)
  end

  it("is the setting's, then that of libcurl's variables in their order", function()
    assert.is_nil(of {})
    variables.ALL_PROXY = "http://d:4"
    assert.same({ "d:4", "ALL_PROXY" }, { of {}.place, of {}.from })
    variables.all_proxy = "socks5h://c:3"
    assert.same({ "c:3", "c", "all_proxy" }, { of {}.place, of {}.host, of {}.from })
    variables.HTTPS_PROXY = "b:2"
    assert.same({ "b:2", "b", "HTTPS_PROXY" }, { of {}.place, of {}.host, of {}.from })
    variables.https_proxy = "http://a:1/"
    assert.same({ "a:1", "https_proxy" }, { of {}.place, of {}.from })
    assert.same({ "e:5", "proxy" }, { of { proxy = "e:5" }.place, of { proxy = "e:5" }.from })
    assert.is_nil(of { proxy = "" })
    -- http is for loopback alone, and never goes through a proxy.
    assert.is_nil(of { base_url = "http://127.0.0.1:80" })
  end)

  it("is shown without a name or a password, however they are written", function()
    for _, text in ipairs { "http://me:pASSWORD@h:1", "me:pASSWORD@h:1", "http://me:pASS/WORD@h:1/x",
      "http://me:p@SSWORD@h:1", "http://pASSWORD@h:1?#", "socks5://me:pASS#WORD@h:1" } do
      assert.same({ "h:1", "h" }, { of { proxy = text }.place, of { proxy = text }.host }, text)
    end
    assert.same({ "[::1]:1", "::1" }, { of { proxy = "http://[::1]:1" }.place, of { proxy = "http://[::1]:1" }.host })
  end)

  it("is not used for a host that no_proxy names", function()
    variables.https_proxy = "a:1"
    for list, excepted in pairs {
      ["kyc1.qcloud.com"] = true, ["qcloud.com"] = true, [".qcloud.com, other"] = true, ["other,*"] = true,
      ["cloud.com"] = false, ["kyc1"] = false, ["1.kyc1.qcloud.com"] = false, [""] = false,
    } do
      variables.no_proxy = list
      assert.equal(excepted and "no_proxy" or nil, of {}.except, list)
    end
  end)
end)
